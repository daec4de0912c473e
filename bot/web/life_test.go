package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"olle/bot"
	"olle/bot/web"
	"olle/flows"
	"olle/storage/bolt"
)

// desk is a page without a bot: whatever is said is on record at once and answered by nobody.
type desk struct {
	*house
	now  atomic.Int64 // seconds the clock was moved by
	stop func()
}

func newDesk(t *testing.T, store *bolt.Store, dir string, settled bot.Settlement) *desk {
	d := &desk{house: &house{t: t, store: store, spool: filepath.Join(dir, "spool")}}
	clock := func() time.Time { return noon.Add(time.Duration(d.now.Load()) * time.Second) }
	if store == nil {
		var err error
		d.store, err = bolt.Open(filepath.Join(dir, "store"), clock)
		must(t, err)
		t.Cleanup(func() { d.store.Close() })
	}
	var err error
	d.web, err = web.New(web.Options{Store: d.store, Dir: d.spool, Now: clock,
		Settled: func(context.Context, string) (bot.Settlement, error) { return settled, nil }})
	must(t, err)
	server := httptest.NewServer(d.web)
	t.Cleanup(server.Close)
	d.url = server.URL
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := d.web.Receive(ctx, func(_ context.Context, u flows.Update) (bot.Receipt, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.heard = append(d.heard, u)
			return bot.Receipt{}, nil
		})
		if err != nil {
			t.Error(err)
		}
	}()
	d.stop = func() { cancel(); <-done }
	t.Cleanup(d.stop)
	d.ready()
	return d
}

func TestATalkIsKeptNinetyDaysFromItsLastLine(t *testing.T) {
	d := newDesk(t, nil, t.TempDir(), bot.Settled)
	s := d.say("", "/start").Session
	d.now.Add(80 * 86400)
	d.say(s, "still here")
	d.now.Add(80 * 86400)
	if lines := d.history(s); len(lines) != 1 || lines[0].Text != "still here" {
		t.Errorf("after 160 days: %+v", lines)
	}
	d.now.Add(11 * 86400)
	if r, a := d.post(map[string]any{"session": s, "text": "hello?"}); r.StatusCode != 404 || a.Error == "" {
		t.Errorf("91 days after its last line: %d %+v", r.StatusCode, a)
	}
}

func TestEveryReplicaShowsTheSameTalkLive(t *testing.T) {
	dir := t.TempDir()
	one := newDesk(t, nil, dir, bot.Settled)
	two := newDesk(t, one.store, t.TempDir(), bot.Settled)
	s := one.say("", "/start").Session
	live, _ := two.listen(s, "")
	one.say(s, "said at one")
	if e := next(t, live); e.Text != "said at one" {
		t.Errorf("%+v", e)
	}
	two.say(s, "said at two")
	one.say(s, "and at one again")
	for i, want := range []string{"said at two", "and at one again"} {
		if e := next(t, live); e.Text != want {
			t.Errorf("event %d: %+v", i, e)
		}
	}
}

func TestAStopLetsGoOfStreamsAndOfThoseWhoWait(t *testing.T) {
	other := newDesk(t, nil, t.TempDir(), bot.Settled)
	quiet := goleak.IgnoreCurrent() // the store and its owner go on
	d := newDesk(t, other.store, t.TempDir(), bot.Unsettled)
	session := make(chan answer, 1)
	go func() {
		_, a := d.post(`{"text":"a question whose answer never settles"}`)
		session <- a
	}()
	time.Sleep(100 * time.Millisecond)
	began := time.Now()
	d.stop()
	a := <-session
	if !a.Pending || a.Session == "" || time.Since(began) > 2*time.Second {
		t.Errorf("after %v: %+v", time.Since(began), a)
	}
	if r, _ := d.post(map[string]any{"session": a.Session, "text": "x"}); r.StatusCode != http.StatusServiceUnavailable {
		t.Error("after the stop:", r.StatusCode)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(quiet, goleak.IgnoreTopFunction("net/http/httptest.(*Server).goServe.func1"),
		goleak.IgnoreAnyFunction("net/http.(*Server).Serve"),
		goleak.IgnoreAnyFunction("net/http.(*conn).serve")); err != nil {
		t.Error(err)
	}
}

func TestUploadsNobodyAskedForAreSweptAfterADay(t *testing.T) {
	dir := t.TempDir()
	d := newDesk(t, nil, dir, bot.Settled)
	for _, name := range []string{"old.pdf", "new.pdf"} {
		kind, body := form(t, nil, upload{name, []byte("x")})
		d.send(kind, body)
		if name == "old.pdf" {
			found, _ := filepath.Glob(filepath.Join(d.spool, "*.*"))
			for _, f := range found {
				must(t, os.Chtimes(f, time.Time{}, time.Now().Add(-25*time.Hour)))
			}
		}
	}
	if n := spooled(d.house); n != 2 {
		t.Fatal(n, "uploads wait")
	}
	d.stop()
	newDesk(t, d.store, dir, bot.Settled)
	if n := spooled(d.house); n != 1 {
		t.Error(n, "uploads after the sweep, want the new one")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if r, err := d.web.Fetch(t.Context(), d.heard[1].Files[0]); err != nil {
		t.Error("the new one:", err)
	} else {
		r.Close()
	}
}
