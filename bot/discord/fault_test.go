package discord_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"olle/bot"
	"olle/bot/discord"
	"olle/flows"
)

// answer makes the next request of a path fail in a given way.
func (n *network) answer(part string, how func(w http.ResponseWriter, r *http.Request, do http.HandlerFunc)) *atomic.Int32 {
	var times atomic.Int32
	n.mu.Lock()
	defer n.mu.Unlock()
	n.interrupt = func(w http.ResponseWriter, r *http.Request, do http.HandlerFunc) bool {
		if !strings.Contains(r.Method+" "+r.URL.Path, part) || times.Add(1) > 1 {
			return false
		}
		how(w, r, do)
		return true
	}
	return &times
}

func plainly(status int, header, body string) func(http.ResponseWriter, *http.Request, http.HandlerFunc) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		if name, value, ok := strings.Cut(header, "="); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestFailuresAreFacts(t *testing.T) {
	tests := []struct {
		name           string
		how            func(http.ResponseWriter, *http.Request, http.HandlerFunc)
		wait           time.Duration // at least
		everyone, gone bool
	}{
		{"429 of a channel", plainly(429, "X-RateLimit-Scope=user", `{"message":"slow","retry_after":0.3,"global":false}`), 300 * time.Millisecond, false, false},
		{"429 of all", plainly(429, "X-RateLimit-Global=true", `{"message":"slow","retry_after":0.4,"global":true}`), 400 * time.Millisecond, true, false},
		{"429 in HTML", plainly(429, "Retry-After=1", `<html>Cloudflare</html>`), time.Second, true, false},
		{"429 without a wait", plainly(429, "", ``), 5 * time.Second, true, false},
		{"500", plainly(500, "", `{"message":"oops","code":0}`), 0, false, false},
		{"502 in HTML", plainly(502, "", `<html>`), 0, false, false},
		{"garbage", plainly(200, "", `<html>`), 0, false, false},
		{"cut off before", func(http.ResponseWriter, *http.Request, http.HandlerFunc) { panic(http.ErrAbortHandler) }, 0, false, false},
		{"cut off after", func(w http.ResponseWriter, r *http.Request, do http.HandlerFunc) {
			do(discarding{w}, r)
			panic(http.ErrAbortHandler)
		}, 0, false, false},
		{"cannot be written to", plainly(403, "", `{"message":"Cannot send messages to this user","code":50007}`), 0, false, true},
		{"missing access", plainly(403, "", `{"message":"Missing Access","code":50001}`), 0, false, true},
		{"refused", plainly(400, "", `{"message":"Invalid Form Body","code":50035}`), 0, false, true},
		{"slow mode", plainly(403, "", `{"message":"Slow mode","code":20016}`), time.Minute, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := newNetwork(t)
			d := newDiscord(t, n, nil)
			n.answer("/messages", tt.how)
			m := flows.Message{To: "discord:" + guest, Text: "hello"}
			_, err := d.Send(t.Context(), "x/m0", m)
			var fact *bot.SendError
			errors.As(err, &fact)
			switch {
			case err == nil:
				t.Fatal("counts as sent")
			case strings.Contains(err.Error(), "http") || strings.Contains(err.Error(), "Bot good"):
				t.Errorf("the error holds an address or a token: %v", err)
			case fact == nil:
				if tt.wait > 0 || tt.gone {
					t.Fatalf("is no fact: %v", err)
				}
			case fact.Gone != tt.gone || fact.Wait < tt.wait || fact.Everyone != tt.everyone:
				t.Errorf("%+v", fact)
			}
			if tt.gone || tt.wait > time.Second {
				return
			}
			for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
				if _, err = d.Send(t.Context(), "x/m0", m); err == nil {
					break
				}
			}
			if got := n.shown(""); err != nil || len(got) != 1 {
				t.Errorf("after another attempt %d are shown, %v", len(got), err)
			}
		})
	}
}

func TestARateIsKeptAsTheHeadersSay(t *testing.T) {
	n := newNetwork(t)
	d := newDiscord(t, n, nil)
	var count, over atomic.Int32
	var start atomic.Int64
	n.mu.Lock()
	n.interrupt = func(w http.ResponseWriter, r *http.Request, do http.HandlerFunc) bool {
		if !strings.HasSuffix(r.URL.Path, "/messages") {
			return false
		}
		now := time.Now().UnixMilli()
		if now-start.Load() >= 500 {
			start.Store(now)
			count.Store(0)
		}
		if used := count.Add(1); used > 5 {
			over.Add(1)
		} else {
			w.Header().Set("X-RateLimit-Bucket", "abc")
			w.Header().Set("X-RateLimit-Remaining", fmt.Sprint(5-used))
			w.Header().Set("X-RateLimit-Reset-After", fmt.Sprintf("%.3f", float64(start.Load()+500-now)/1000))
		}
		return false
	}
	n.mu.Unlock()
	long := strings.Repeat("word ", 12*400) // twelve messages
	waits := 0
	for {
		_, err := d.Send(t.Context(), "long/m0", flows.Message{To: "discord:" + guest, Text: long})
		var fact *bot.SendError
		if err == nil {
			break
		}
		if !errors.As(err, &fact) || fact.Wait <= 0 || fact.Everyone {
			t.Fatal(err)
		}
		waits++
		time.Sleep(fact.Wait)
	}
	if got := n.shown(""); len(got) != 12 || over.Load() != 0 || waits == 0 {
		t.Errorf("%d messages, %d too early, %d waits", len(got), over.Load(), waits)
	}
}

// Discord names a rate differently from place to place, and anew at times.
func TestARateThatChangesItsNameHoldsNobodyUp(t *testing.T) {
	n := newNetwork(t)
	d := newDiscord(t, n, nil)
	n.mu.Lock()
	n.interrupt = func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) bool {
		w.Header().Set("X-RateLimit-Bucket", fmt.Sprint("of ", r.URL.Path, time.Now().UnixMilli()/20))
		w.Header().Set("X-RateLimit-Remaining", "4")
		w.Header().Set("X-RateLimit-Reset-After", "5")
		time.Sleep(time.Millisecond)
		return false
	}
	n.mu.Unlock()
	var crew sync.WaitGroup
	for channel := range 5 {
		crew.Go(func() {
			for i := range 40 {
				if _, err := d.Send(t.Context(), fmt.Sprint(channel, "/", i), flows.Message{To: flows.Address(fmt.Sprint("discord:c60000000000000001", channel)), Text: "x"}); err != nil {
					t.Errorf("message %d: %v", i, err)
					return
				}
			}
		})
	}
	crew.Wait()
}

func TestAllRequestsTogetherKeepTheRate(t *testing.T) {
	n := newNetwork(t)
	d := newDiscord(t, n, func(o *discord.Options) { o.PerSecond = 100 })
	begun := time.Now()
	for i := range 60 {
		if _, err := d.Send(t.Context(), fmt.Sprint("x", i), flows.Message{To: "discord:c" + lounge, Text: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(begun); took < 500*time.Millisecond {
		t.Errorf("60 requests took %s, at 100 a second", took)
	}
}

func TestARushOfTapsIsAnsweredThroughTheirHandles(t *testing.T) {
	s := newStage(t, func(o *discord.Options) { o.PerSecond = 0.001 }) // nothing is left of the bot's own rate
	s.say("hello", nil)
	s.use(3, object{"custom_id": "a/1"}, object{"id": "1", "channel_id": "2", "author": object{"id": botID}, "content": "Which?"}, false)
	u := s.next(2)
	time.Sleep(50 * time.Millisecond)
	for i := range 10 {
		s.send(fmt.Sprint(u.ID, "/m", i), flows.Message{To: u.Chat, Text: fmt.Sprint(i), Reply: u.Reply})
	}
	if got := s.shown(""); len(got) != 10 {
		t.Errorf("%d are shown", len(got))
	}
}

func TestAFileIsSentWithItsText(t *testing.T) {
	n := newNetwork(t)
	size := 100
	d := newDiscord(t, n, func(o *discord.Options) {
		o.Open = func(context.Context, flows.File) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(strings.Repeat("x", size))), nil
		}
	})
	m := flows.Message{To: "discord:" + guest, Text: "Your certificate", File: &flows.File{Name: `../c"<1>.pdf`, Type: "application/pdf"}}
	if _, err := d.Send(t.Context(), "x/m0", m); err != nil {
		t.Fatal(err)
	}
	if f := n.messages[0]["file"].([]byte); len(f) != size {
		t.Errorf("%d bytes came", len(f))
	}
	size = 10<<20 + 1
	var fact *bot.SendError
	if _, err := d.Send(t.Context(), "x/m1", m); !errors.As(err, &fact) || !fact.Gone {
		t.Errorf("%v", err)
	}
}

func TestAnEditFallsBackToANewMessage(t *testing.T) {
	n := newNetwork(t)
	d := newDiscord(t, n, nil)
	to := flows.Address("discord:c" + lounge)
	id, err := d.Send(t.Context(), "x/m0", flows.Message{To: to, Text: "one"})
	if err != nil || id == "" {
		t.Fatal(id, err)
	}
	for i, edit := range []string{id, "123"} {
		if _, err := d.Send(t.Context(), fmt.Sprint("x/e", i), flows.Message{To: to, Text: "two", Edit: edit}); err != nil {
			t.Fatal(err)
		}
	}
	if got := n.shown(lounge); len(got) != 2 || got[0].Text != "two" || got[1].Text != "two" {
		t.Errorf("shown: %v", got)
	}
}

func TestAClosedDirectMessageIsOpenedAgain(t *testing.T) {
	n := newNetwork(t)
	d := newDiscord(t, n, nil)
	m := flows.Message{To: "discord:" + guest, Text: "hello"}
	if _, err := d.Send(t.Context(), "x/m0", m); err != nil {
		t.Fatal(err)
	}
	n.answer("/messages", plainly(404, "", `{"message":"Unknown Channel","code":10003}`))
	var fact *bot.SendError
	if _, err := d.Send(t.Context(), "x/m1", m); err == nil || errors.As(err, &fact) {
		t.Fatalf("%v", err)
	}
	if _, err := d.Send(t.Context(), "x/m1", m); err != nil || len(n.shown("")) != 2 {
		t.Error(err)
	}
}
