package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"olle/bot"
	"olle/config"
	"olle/flows"
	"olle/storage"
	"olle/storage/bolt"
)

// hall is a network with keys for messages, which notes what each chat was shown and refuses those who blocked the bot.
type hall struct {
	mu      sync.Mutex
	shown   map[flows.Address][]string
	seen    map[string]bool
	blocked func(flows.Address) bool
	rate    float64
	deliver chan bot.Deliver
}

func newHall(rate float64) *hall {
	return &hall{shown: map[flows.Address][]string{}, seen: map[string]bool{}, rate: rate, blocked: func(flows.Address) bool { return false }, deliver: make(chan bot.Deliver, 1)}
}

func (h *hall) Name() string { return "hall" }
func (h *hall) Limits() bot.Limits {
	return bot.Limits{PerSecond: h.rate, Burst: 8, Workers: 16}
}

func (h *hall) Receive(ctx context.Context, deliver bot.Deliver) error {
	h.deliver <- deliver
	<-ctx.Done()
	return nil
}

func (h *hall) Send(_ context.Context, id string, m flows.Message) (string, error) {
	if h.blocked(m.To) {
		return "", &bot.SendError{Gone: true, Err: errors.New("blocked")}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.seen[id] {
		h.seen[id] = true
		h.shown[m.To] = append(h.shown[m.To], m.Text)
	}
	return "shown " + id, nil
}

func (h *hall) Fetch(context.Context, flows.File) (io.ReadCloser, error) {
	return nil, errors.New("no files here")
}

// counts says how many chats were shown a text, and how many more than once.
func (h *hall) counts(text string) (chats, doubled int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, all := range h.shown {
		n := 0
		for _, t := range all {
			if strings.Contains(t, text) {
				n++
			}
		}
		chats += min(n, 1)
		if n > 1 {
			doubled++
		}
	}
	return chats, doubled
}

// mortal is a store that a process can be cut off from, as by kill -9: from then on nothing of that process reaches it.
type mortal struct {
	storage.Store
	dead atomic.Bool
}

func (m *mortal) Commit(ctx context.Context, b storage.Batch) (storage.Result, error) {
	if m.dead.Load() {
		return storage.Result{}, storage.ErrClosed
	}
	return m.Store.Commit(ctx, b)
}

func (m *mortal) Claim(ctx context.Context, c storage.Claim) ([]storage.Job, error) {
	if m.dead.Load() {
		return nil, storage.ErrClosed
	}
	return m.Store.Claim(ctx, c)
}

// hallBot runs a bot on a store; the first function cuts it off without grace, the second stops it.
type hallBot struct {
	deliver bot.Deliver
	kill    func()
	stop    func()
}

func openHall(t *testing.T, book *flows.Book, store storage.Store, h *hall, clock *bot.Clock) *hallBot {
	t.Helper()
	m := &mortal{Store: store}
	b, err := bot.New(bot.Options{Play: book.Play, Store: m, Platforms: []bot.Platform{h}, Clock: clock, Log: slog.New(slog.DiscardHandler), Lease: 400 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = b.Run(ctx) }()
	return &hallBot{deliver: <-h.deliver, kill: func() { m.dead.Store(true); cancel() }, stop: func() { cancel(); <-ended }}
}

// seated puts people into a store as if they had written to the bot: their address, themselves and their card.
func seated(t *testing.T, store storage.Store, addresses []flows.Address) {
	t.Helper()
	now := time.Now()
	var docs []storage.Doc
	for i, a := range addresses {
		id := flows.PersonID(a)
		name := strings.TrimPrefix(id, "person/")
		p := flows.Person{ID: id, Ref: "VCA20-" + strings.ToUpper(name[:6]), Addresses: []flows.Address{a}, Home: a, Born: now, Seen: now, Forms: map[string]*flows.Record{}}
		c := flows.Card{Ref: p.Ref, Born: now, Stage: "new", Platforms: []string{a.Platform()}, Home: a.Platform()}
		docs = append(docs, storage.Doc{Key: "at/" + string(a), Data: flows.Must(flows.Identity{Person: id})},
			storage.Doc{Key: id, Data: flows.Must(p)}, storage.Doc{Key: "card/" + name, Data: flows.Must(c)})
		if len(docs) >= 600 || i == len(addresses)-1 {
			if _, err := store.Commit(t.Context(), storage.Batch{Put: docs}); err != nil {
				t.Fatal(err)
			}
			docs = nil
		}
	}
}

func addresses(n int, form string, from int) (all []flows.Address) {
	for i := range n {
		all = append(all, flows.Address(fmt.Sprintf(form, from+i)))
	}
	return all
}

func book2020(t *testing.T) *flows.Book {
	t.Helper()
	events, err := config.LoadAll("")
	if err != nil {
		t.Fatal(err)
	}
	book, err := flows.NewBook(events, "vca-jeju-2020", nil)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func orders(t *testing.T, deliver bot.Deliver, id, call string, args any) {
	t.Helper()
	u := flows.Update{ID: fmt.Sprintf("%s/%s/%d", call, id, rand.Int64()), Subject: flows.AnnouncementKey(id), Call: "announcement/" + call, From: flows.Operator, Args: flows.Must(args)}
	if _, err := deliver(t.Context(), u); err != nil {
		t.Fatal(err)
	}
}

// until waits for an announcement to be in a state.
func until(t *testing.T, store storage.Store, id string, patience time.Duration, done func(flows.AnnouncementReport) bool) flows.AnnouncementReport {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		r, err := flows.ReportAnnouncement(bot.Source(t.Context(), store), id)
		if err != nil {
			t.Fatal(err)
		}
		if done(r) {
			return r
		}
		if time.Now().After(end) {
			data, _ := json.Marshal(r)
			t.Fatalf("the announcement stands at %s", data)
		}
	}
}

func finished(r flows.AnnouncementReport) bool { return r.State == flows.AnnouncementFinished }

// The bot is cut off at random points of a send to three hundred: each of them has one entry in the ledger, and saw it once.
func TestASendSurvivesBeingKilled(t *testing.T) {
	t.Parallel()
	const people, kills = 300, 6
	h := newHall(150)
	clock := bot.NewClock(time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC), 1, time.Time{})
	store, err := bolt.Open(filepath.Join(t.TempDir(), "olle.db"), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	seated(t, store, addresses(people, "hall:%d", 1))
	book := book2020(t)
	b := openHall(t, book, store, h, clock)
	orders(t, b.deliver, "KILLED", "create", flows.AnnouncementArgs{Text: "Doors open at nine."})
	orders(t, b.deliver, "KILLED", "start", nil)
	for k := range kills {
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) { // a little more of it each time
			if n, _ := h.counts("Doors"); n >= (k*people/kills)+rand.IntN(people/kills) || time.Now().After(end) {
				break
			}
		}
		b.kill()
		b = openHall(t, book, store, h, clock)
	}
	until(t, store, "KILLED", 40*time.Second, finished)
	b.stop()
	ledger := map[string]int{}
	page, _, err := flows.Recipients(book.Current, bot.Source(t.Context(), store), "KILLED", "", people+1)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range page {
		if r.State == "sent" {
			ledger[r.Ref]++
		}
	}
	if chats, doubled := h.counts("Doors"); chats != people || doubled != 0 || len(ledger) != people {
		t.Errorf("%d of %d saw it, %d twice, %d in the ledger", chats, people, doubled, len(ledger))
	}
	if docs, _ := store.List(t.Context(), "due/", "", 10); len(docs) > 0 {
		t.Errorf("left due: %v", docs)
	}
}

// When many have blocked the bot a send pauses by itself, and goes on when somebody says so; the blocked are marked, not lost.
func TestASendPausesWhenManyFail(t *testing.T) {
	t.Parallel()
	h := newHall(400)
	h.blocked = func(a flows.Address) bool { return strings.ContainsAny(string(a[len(a)-1:]), "123456") } // six of ten, in whatever order
	clock := bot.NewClock(time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC), 1, time.Time{})
	store, err := bolt.Open(filepath.Join(t.TempDir(), "olle.db"), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	seated(t, store, addresses(400, "hall:%d", 1))
	b := openHall(t, book2020(t), store, h, clock)
	defer b.stop()
	orders(t, b.deliver, "SPIKES", "create", flows.AnnouncementArgs{Text: "Doors open at nine."})
	orders(t, b.deliver, "SPIKES", "start", nil)
	pauses := 0
	r := until(t, store, "SPIKES", 40*time.Second, func(r flows.AnnouncementReport) bool {
		if r.State == flows.AnnouncementPaused {
			if pauses++; r.PausedWhy != "failures" || pauses == 1 && r.Sent > 80 {
				t.Errorf("paused for %q with %d sent", r.PausedWhy, r.Sent)
			}
			orders(t, b.deliver, "SPIKES", "resume", nil)
		}
		return finished(r)
	})
	if r.Sent != 160 || r.Gone != 240 || pauses == 0 {
		t.Errorf("%d sent, %d gone, %d pauses", r.Sent, r.Gone, pauses)
	}
	if chats, doubled := h.counts("Doors"); chats != 160 || doubled != 0 {
		t.Errorf("%d saw it, %d twice", chats, doubled)
	}
}

// The command line counts, sends, steers, and says in a sentence what is wrong; scripts read the same five fields everywhere.
func TestAnnounceFromTheCommandLine(t *testing.T) {
	t.Parallel()
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir()}
	s := startServe(t, env)
	for range 3 {
		(&visitor{t: t, base: s.base, log: s.log}).say("hello")
	}
	run := func(want int, args ...string) (announceState, string) {
		t.Helper()
		code, out, errs := olle(t, env, "", append([]string{"announce"}, args...)...)
		if code != want {
			t.Fatalf("announce %q: %d, want %d: %s%s", args, code, want, out, errs)
		}
		var fields map[string]any
		var state announceState
		if code == exitOK {
			if err := errors.Join(json.Unmarshal([]byte(out), &fields), json.Unmarshal([]byte(out), &state)); err != nil || len(fields) != 5 {
				t.Errorf("announce %q printed %s, %v", args, out, err)
			}
		}
		return state, errs
	}
	if a, _ := run(exitOK, "-text", "Doors open at nine.", "-dry-run", "-json"); a.Recipients != 3 || a.State != "dry-run" || a.ID != "" {
		t.Errorf("counted %+v", a)
	}
	if a, _ := run(exitOK, "-text", "Doors open at nine.", "-audience", "stage=new platform=web", "-wait", "-json"); a.State != "finished" || a.Sent != 3 || a.Failed != 0 {
		t.Errorf("sent %+v", a)
	}
	later, _ := run(exitOK, "-text", "Doors open at ten.", "-at", "2020-02-05T09:00:00+09:00", "-json")
	for _, step := range [][2]string{{"status", "scheduled"}, {"pause", "paused"}, {"resume", "scheduled"}, {"cancel", "cancelled"}, {"resume", "cancelled"}} {
		if a, _ := run(exitOK, step[0], later.ID, "-json"); a.State != step[1] || a.ID != later.ID || a.Recipients != 3 {
			t.Errorf("after %s: %+v", step[0], a)
		}
	}
	for _, wrong := range [][]string{{}, {"-text", "x", "-file", "y"}, {"-text", "x", "-at", "noon"}, {"status"}, {"-nonsense"}} {
		run(exitUsage, wrong...)
	}
	for _, wrong := range [][]string{{"-text", "x", "-audience", "countri=Nepal"}, {"-text", "x", "-to", "channel:web:1"}, {"status", "NOSUCH"}, {"-file", filepath.Join(t.TempDir(), "none")}} {
		if _, errs := run(exitFailed, wrong...); len(errs) < 20 {
			t.Errorf("announce %q says only %q", wrong, errs)
		}
	}
	s.stop()
}

// An announcement that nobody is there to send is on record, and whoever would wait for it is told so instead.
func TestAnnounceWhereNoServeRuns(t *testing.T) {
	t.Parallel()
	env := begun(t, moved(t.TempDir(), ""))
	if code, out, errs := olle(t, env, "", "announce", "-text", "Doors open at nine.", "-at", "2020-02-05T09:00:00+09:00"); code != exitOK || !strings.Contains(errs, "no serve is running: it goes out at the next start") {
		t.Errorf("%d %s%s", code, out, errs)
	}
	if code, out, errs := olle(t, env, "", "announce", "-text", "Doors open at ten.", "-at", "2020-02-05T09:00:00+09:00", "-wait"); code != exitFailed || !strings.Contains(errs, "no serve is running: it goes out at the next start") {
		t.Errorf("waiting: %d %s%s", code, out, errs)
	}
	if code, out, errs := olle(t, env, "", "announce", "-text", "Doors open at nine.", "-dry-run"); code != exitOK || out != "would reach 0; nothing was sent\n" || errs != "" {
		t.Errorf("a rehearsal: %d %s%s", code, out, errs)
	}
}
