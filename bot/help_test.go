package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"olle/bot"
	"olle/flows"
	"olle/storage"
	"olle/storage/bolt"
	"olle/storage/redis"
	"olle/storage/redis/redistest"
)

var noon = time.Date(2020, 2, 3, 12, 0, 0, 0, time.UTC)

// replica opens the store once more: another connection where there can be several, the same one where there cannot.
type replica func() storage.Store

// onEachStore runs a test on every real backend.
func onEachStore(t *testing.T, clock *bot.Clock, test func(t *testing.T, open replica)) {
	t.Run("bolt", func(t *testing.T) {
		s, err := bolt.Open(filepath.Join(t.TempDir(), "store"), clock.Now)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		test(t, func() storage.Store { return s })
	})
	t.Run("redis", func(t *testing.T) {
		url := redistest.Start(t)
		test(t, func() storage.Store { return connect(t, url, clock) })
	})
}

func openRedis(t testing.TB, clock *bot.Clock) storage.Store {
	return connect(t, redistest.Start(t), clock)
}

func connect(t testing.TB, url string, clock *bot.Clock) storage.Store {
	s, err := redis.Open(t.Context(), redis.Options{URL: url, Now: clock.Now, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func quiet() *slog.Logger {
	if os.Getenv("OLLE_TEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.DiscardHandler)
}

// network is a chat network: what was sent is what its chats show, and it can be made to misbehave.
type network struct {
	name   string
	limits bot.Limits
	inbox  chan flows.Update
	mood   func(id string, m flows.Message, try int) error // before the message is shown; see after
	after  func(id string, m flows.Message, try int) error // the message is shown and yet the answer is an error
	slow   time.Duration
	file   func() (io.ReadCloser, error)

	mu    sync.Mutex
	shown map[flows.Address][]string
	tries map[string]int
	times map[string]time.Time
	busy  map[flows.Address]int
	twice bool // two messages of one chat were under way at once
}

func newNetwork(name string) *network {
	return &network{
		name: name, inbox: make(chan flows.Update, 100), shown: map[flows.Address][]string{}, tries: map[string]int{},
		times: map[string]time.Time{}, busy: map[flows.Address]int{},
	}
}

func (n *network) Name() string       { return n.name }
func (n *network) Limits() bot.Limits { return n.limits }

func (n *network) Receive(ctx context.Context, deliver bot.Deliver) error {
	for {
		select {
		case u, more := <-n.inbox:
			if !more {
				return nil
			}
			for ctx.Err() == nil {
				if _, err := deliver(ctx, u); err == nil {
					break
				}
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func (n *network) Send(ctx context.Context, id string, m flows.Message) (string, error) {
	n.mu.Lock()
	n.tries[id]++
	try := n.tries[id]
	n.busy[m.To]++
	n.twice = n.twice || n.busy[m.To] > 1
	n.mu.Unlock()
	defer func() { n.mu.Lock(); n.busy[m.To]--; n.mu.Unlock() }()
	if n.slow > 0 {
		select {
		case <-time.After(n.slow):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	if n.mood != nil {
		if err := n.mood(id, m, try); err != nil {
			return "", err
		}
	}
	n.mu.Lock()
	n.shown[m.To] = append(n.shown[m.To], m.Text)
	n.times[id] = time.Now()
	n.mu.Unlock()
	if n.after != nil {
		if err := n.after(id, m, try); err != nil {
			return "", err
		}
	}
	return "x", nil
}

func (n *network) Fetch(context.Context, flows.File) (io.ReadCloser, error) {
	if n.file == nil {
		return nil, errors.New("no file")
	}
	return n.file()
}

func (n *network) chat(a flows.Address) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.shown[a]...)
}

func (n *network) total() (all int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.shown {
		all += len(c)
	}
	return all
}

// all returns everything that is shown anywhere.
func (n *network) all() (all []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.shown {
		all = append(all, c...)
	}
	return all
}

// diary is what a person's document holds in these tests.
type diary struct{ Lines []string }

// play is a small bot: it notes every line and answers it. "twice X" answers two messages, "post P" posts to another person,
// "alarm D NAME" plants an alarm in D, "boom" panics, "bulk N" sends N bulk messages to the chat.
func play(u flows.Update, src flows.Source) (flows.Outcome, error) {
	subject := u.Subject
	if subject == "" {
		subject = "person/" + string(u.From)
	}
	key := "diary/" + subject
	docs, err := src.Load(key, "event/now")
	if err != nil {
		return flows.Outcome{}, err
	}
	var d diary
	if docs[0].Data != nil {
		if err := json.Unmarshal(docs[0].Data, &d); err != nil {
			return flows.Outcome{}, err
		}
	}
	line := u.Text
	if u.Call != "" {
		line = u.Call + " " + string(u.Args)
	}
	d.Lines = append(d.Lines, line)
	out := flows.Outcome{
		Subject: subject,
		Check:   []flows.Doc{{Key: key, Rev: docs[0].Rev}},
		Put:     []flows.Doc{{Key: key, Data: flows.Must(d)}},
	}
	say := func(format string, a ...any) {
		to := u.Chat
		if to == "" {
			to = flows.Address(strings.TrimPrefix(subject, "person/"))
		}
		out.Messages = append(out.Messages, flows.Message{To: to, Text: fmt.Sprintf(format, a...), Reply: u.Reply})
	}
	return out, act(u, &out, say, len(d.Lines), line)
}

func act(u flows.Update, out *flows.Outcome, say func(string, ...any), count int, line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "twice":
		say("%d: %s", count, rest)
		say("%d: again", count)
	case "post":
		out.Posts = append(out.Posts, flows.Update{Subject: rest, Call: "hello", Args: flows.Must(u.ID)})
	case "alarm":
		in, name, _ := strings.Cut(rest, " ")
		d, err := time.ParseDuration(in)
		if err != nil {
			return err
		}
		out.Alarms = append(out.Alarms, flows.Alarm{Name: name, At: u.At.Add(d), Call: "ring", Args: flows.Must(name)})
	case "tick": // a daily alarm: each strike plants the next
		out.Alarms = append(out.Alarms, flows.Alarm{Name: "daily", At: u.Due.Add(24 * time.Hour), Call: "tick"})
		say("tick %s", u.Due.UTC().Format(time.DateOnly))
	case "boom":
		var p *flows.Update
		_ = p.Text
	case "silent", "person/unreachable":
	case "bulk":
		n := 0
		fmt.Sscan(rest, &n)
		for i := range n {
			say("bulk %d", i)
			out.Messages[len(out.Messages)-1].Bulk = true
		}
	case "fetch":
		out.Put = append(out.Put, flows.Doc{Key: out.Subject, Data: flows.Must(line)}) // whose the file is
		out.Work = append(out.Work, flows.Work{Name: "f", Kind: "fetch", Call: "fetched", From: u.From, Blob: u.ID, Args: json.RawMessage(rest)})
	default:
		say("%d: %s", count, line)
	}
	return nil
}

func said(id, from, words string) flows.Update {
	return flows.Update{ID: id, From: flows.Address(from), Chat: flows.Address(from), Private: true, Text: words}
}

// lines returns what the person's document holds.
func lines(t *testing.T, s storage.Store, person string) []string {
	t.Helper()
	docs, err := s.Load(t.Context(), "diary/person/"+person)
	if err != nil {
		t.Fatal(err)
	}
	var d diary
	if docs[0].Data != nil {
		if err := json.Unmarshal(docs[0].Data, &d); err != nil {
			t.Fatal(err)
		}
	}
	return d.Lines
}

func newBot(t *testing.T, s storage.Store, clock *bot.Clock, platforms ...bot.Platform) *bot.Bot {
	t.Helper()
	b, err := bot.New(bot.Options{Play: play, Store: s, Platforms: platforms, Clock: clock, Log: quiet(), Lease: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// running starts Run and returns how to stop it; stop waits for Run and returns how long that took.
func running(t testing.TB, b *bot.Bot) (stop func() time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	for b.Ready(ctx) != nil {
		time.Sleep(time.Millisecond)
	}
	var once sync.Once
	stop = func() (took time.Duration) {
		once.Do(func() {
			start := time.Now()
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
			took = time.Since(start)
		})
		return took
	}
	t.Cleanup(func() { stop() })
	return stop
}

// soon waits until ok, at most half a minute.
func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within 30 s: %s", what)
}

// mortal is a store as a process sees it that is about to crash: after that nothing it asks for happens any more.
type mortal struct {
	storage.Store
	dead atomic.Bool
}

var errDead = errors.New("the process is dead")

func (m *mortal) Load(ctx context.Context, keys ...string) ([]storage.Doc, error) {
	if m.dead.Load() {
		return nil, errDead
	}
	return m.Store.Load(ctx, keys...)
}

func (m *mortal) Commit(ctx context.Context, b storage.Batch) (storage.Result, error) {
	if m.dead.Load() {
		return storage.Result{}, errDead
	}
	return m.Store.Commit(ctx, b)
}

func (m *mortal) Claim(ctx context.Context, c storage.Claim) ([]storage.Job, error) {
	if m.dead.Load() {
		return nil, errDead
	}
	return m.Store.Claim(ctx, c)
}
