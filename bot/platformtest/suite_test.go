package platformtest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"olle/bot"
	"olle/bot/platformtest"
	"olle/flows"
)

// loop is the smallest network: it keeps everything in memory, redelivers what was not confirmed and knows message IDs.
type loop struct {
	in    chan flows.Update
	mu    sync.Mutex
	n     int
	sent  map[string]bool
	shown []platformtest.Shown
	files map[string][]byte
}

func (l *loop) Name() string       { return "loop" }
func (l *loop) Limits() bot.Limits { return bot.Limits{} }

func (l *loop) Receive(ctx context.Context, deliver bot.Deliver) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case u := <-l.in:
			for ctx.Err() == nil {
				if _, err := deliver(ctx, u); err == nil {
					break
				}
			}
		}
	}
}

func (l *loop) Send(_ context.Context, id string, m flows.Message) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.sent[id] {
		l.sent[id] = true
		l.shown = append(l.shown, platformtest.Shown{Text: m.Text, Choices: m.Choices})
	}
	return id, nil
}

func (l *loop) Fetch(_ context.Context, f flows.File) (io.ReadCloser, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.files[f.Handle]
	if !ok {
		return nil, &bot.SendError{Gone: true, Err: errors.New("no such file")}
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (l *loop) update(u flows.Update) {
	l.mu.Lock()
	l.n++
	u.ID, u.From, u.Chat, u.Private, u.Sent = fmt.Sprint("loop/", l.n), "loop:1", "loop:1", true, time.Now()
	l.mu.Unlock()
	l.in <- u
}

func TestTheSuitePassesOnTheSmallestNetwork(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.Harness {
		l := &loop{in: make(chan flows.Update, 1000), sent: map[string]bool{}, files: map[string][]byte{}}
		return platformtest.Harness{
			Platform: l, Redelivers: true, Key: true,
			Say: func(t *testing.T, text string) { l.update(flows.Update{Text: text}) },
			Tap: func(t *testing.T, value string) { l.update(flows.Update{Choice: value}) },
			Upload: func(t *testing.T, name string, content []byte) {
				l.mu.Lock()
				l.files["h1"] = content
				l.mu.Unlock()
				l.update(flows.Update{Files: []flows.File{{Handle: "h1", Name: name}}})
			},
			Shown: func(t *testing.T) []platformtest.Shown {
				l.mu.Lock()
				defer l.mu.Unlock()
				return append([]platformtest.Shown(nil), l.shown...)
			},
		}
	})
}
