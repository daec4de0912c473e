package bot_test

import (
	"context"
	"errors"
	"fmt"
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
)

// counting counts round trips.
type counting struct {
	storage.Store
	loads, commits atomic.Int64
}

func (c *counting) Load(ctx context.Context, keys ...string) ([]storage.Doc, error) {
	c.loads.Add(1)
	return c.Store.Load(ctx, keys...)
}

func (c *counting) Commit(ctx context.Context, b storage.Batch) (storage.Result, error) {
	c.commits.Add(1)
	return c.Store.Commit(ctx, b)
}

func TestWarmConversationCostsOneRoundTrip(t *testing.T) {
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		s := &counting{Store: open()}
		b := newBot(t, s, clock)
		if _, err := b.Handle(t.Context(), said("first", "net:0", "hi")); err != nil { // makes the installation's secret
			t.Fatal(err)
		}
		s.loads.Store(0)
		s.commits.Store(0)
		for i := range 5 {
			if _, err := b.Handle(t.Context(), said(fmt.Sprint("w", i), "net:1", "hi")); err != nil {
				t.Fatal(err)
			}
		}
		if l, c := s.loads.Load(), s.commits.Load(); l != 1 || c != 5 {
			t.Errorf("five updates cost %d loads and %d commits, want 1 and 5", l, c)
		}
	})
}

func TestEachUpdateCountsOnceHoweverOftenItComes(t *testing.T) {
	const updates, people, times = 60, 3, 5
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		first := open()
		net := newNetwork("net")
		bots := []*bot.Bot{newBot(t, first, clock, net), newBot(t, open(), clock, net)}
		for _, b := range bots {
			running(t, b)
		}
		var wg sync.WaitGroup
		var seen atomic.Int64
		for i := range updates {
			for k := range times {
				wg.Go(func() {
					u := said(fmt.Sprint("u", i), fmt.Sprint("net:", i%people), fmt.Sprint("line", i))
					for {
						rec, err := bots[k%2].Handle(t.Context(), u)
						if err != nil {
							continue // a platform would deliver again
						}
						if rec.Seen {
							seen.Add(1)
						}
						return
					}
				})
			}
		}
		wg.Wait()
		for p := range people {
			got := map[string]int{}
			for _, l := range lines(t, first, fmt.Sprint("net:", p)) {
				got[l]++
			}
			if len(got) != updates/people {
				t.Errorf("person %d: %d different lines, want %d", p, len(got), updates/people)
			}
			for l, n := range got {
				if n != 1 {
					t.Errorf("person %d: %q counted %d times", p, l, n)
				}
			}
		}
		if seen.Load() != updates*(times-1) {
			t.Errorf("%d deliveries were answered as seen, want %d", seen.Load(), updates*(times-1))
		}
		soon(t, "all replies carried", func() bool { return net.total() == updates })
		for p := range people { // the numbers in the replies say in which order the turns were decided
			for i, l := range net.chat(flows.Address(fmt.Sprint("net:", p))) {
				if !strings.HasPrefix(l, fmt.Sprint(i+1, ": ")) {
					t.Errorf("chat %d: reply %d is %q", p, i+1, l)
				}
			}
		}
	})
}

func TestWhatWasReadFromMemoryIsChecked(t *testing.T) {
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		s := open()
		// the answer depends on a document that the turn does not check itself
		gate := func(u flows.Update, src flows.Source) (flows.Outcome, error) {
			docs, err := src.Load("code/ABCD")
			if err != nil {
				return flows.Outcome{}, err
			}
			return flows.Outcome{Messages: []flows.Message{{To: "net:1", Text: "code=" + string(docs[0].Data)}}}, nil
		}
		b, err := bot.New(bot.Options{Play: gate, Store: s, Clock: clock, Log: quiet()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Handle(t.Context(), said("1", "net:1", "before")); err != nil {
			t.Fatal(err)
		}
		if _, err := open().Commit(t.Context(), storage.Batch{Put: []storage.Doc{{Key: "code/ABCD", Data: []byte("made elsewhere")}}, Now: noon}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Handle(t.Context(), said("2", "net:1", "after")); err != nil {
			t.Fatal(err)
		}
		jobs, err := s.Jobs(t.Context(), storage.Filter{Prefix: "2/"}, "", 10)
		if err != nil || len(jobs) != 1 || !strings.Contains(string(jobs[0].Data), "made elsewhere") {
			t.Errorf("the turn went by an old memory: %v %s", err, jobs[0].Data)
		}
	})
}

func TestPanicIsAnErrorAndAPoisonousUpdateIsSetAside(t *testing.T) {
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		s := open()
		b := newBot(t, s, clock)
		for range 2 {
			if _, err := b.Handle(t.Context(), said("p", "net:1", "boom")); !errors.Is(err, bot.ErrTurn) {
				t.Fatalf("a panic answered %v", err)
			}
		}
		if _, err := b.Handle(t.Context(), said("p", "net:1", "boom")); err != nil {
			t.Fatalf("the third time it should be set aside, got %v", err)
		}
		jobs, err := s.Jobs(t.Context(), storage.Filter{Queue: "given-up"}, "", 10)
		if err != nil || len(jobs) != 1 || jobs[0].ID != "given-up/p" {
			t.Errorf("set aside: %v, %v", jobs, err)
		}
		if _, err := b.Handle(t.Context(), said("q", "net:1", "fine")); err != nil {
			t.Errorf("the person's next word: %v", err)
		}
	})
}

func TestOddIDs(t *testing.T) {
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		s := open()
		b := newBot(t, s, clock, newNetwork("net"))
		for _, id := range []string{strings.Repeat("x", 5000), "a\x00b", "\xff\xfe", "per cent %s/{}", "ünï 🎉", strings.Repeat("y", storage.MaxKey)} {
			rec, err := b.Handle(t.Context(), said(id, "net:1", "post person/net:2"))
			if err != nil || rec.Seen {
				t.Fatalf("%q: %v %v", id, rec, err)
			}
			if rec, err = b.Handle(t.Context(), said(id, "net:1", "post person/net:2")); err != nil || !rec.Seen {
				t.Errorf("%q again: %v %v", id, rec, err)
			}
			if how, err := b.Settled(t.Context(), id); err != nil || how != bot.Unsettled {
				t.Errorf("%q is settled while its post waits: %v", id, err)
			}
		}
		stop := running(t, b)
		soon(t, "all posts through", func() bool { how, err := b.Settled(t.Context(), "\xff\xfe"); return how != bot.Unsettled && err == nil })
		soon(t, "all posts through", func() bool { return len(lines(t, s, "net:2")) == 6 })
		stop()
		if _, err := b.Handle(t.Context(), flows.Update{Text: "no ID"}); err == nil {
			t.Error("an update without an ID was taken")
		}
	})
}

// flaky fails every third call, half of them after doing what was asked.
type flaky struct {
	storage.Store
	n atomic.Int64
}

var errNet = errors.New("connection lost")

func (f *flaky) Commit(ctx context.Context, b storage.Batch) (storage.Result, error) {
	switch f.n.Add(1) % 6 {
	case 0:
		return storage.Result{}, errNet
	case 3:
		if _, err := f.Store.Commit(ctx, b); err != nil {
			return storage.Result{}, err
		}
		return storage.Result{}, errNet
	}
	return f.Store.Commit(ctx, b)
}

func TestAStoreThatLosesAnswersLosesNothing(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		s := open()
		net := newNetwork("net")
		b, err := bot.New(bot.Options{Play: play, Store: &flaky{Store: s}, Platforms: []bot.Platform{net}, Clock: clock, Log: quiet(), Lease: 300 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		running(t, b)
		for i := range 30 {
			if _, err := b.Handle(t.Context(), said(fmt.Sprint("f", i), "net:1", fmt.Sprint("n", i))); err != nil {
				t.Fatal(err)
			}
		}
		if got := lines(t, s, "net:1"); len(got) != 30 {
			t.Errorf("%d lines on record, want 30", len(got))
		}
		soon(t, "all replies", func() bool { return len(unique(net.chat("net:1"))) == 30 })
	})
}

func unique(all []string) map[string]bool {
	m := map[string]bool{}
	for _, s := range all {
		m[s] = true
	}
	return m
}

func BenchmarkHandleWarm(b *testing.B) {
	clock := bot.NewClock(time.Time{}, 1, time.Time{})
	s, err := bolt.Open(filepath.Join(b.TempDir(), "store"), clock.Now)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.Run("bolt", func(b *testing.B) { benchHandle(b, s, clock) })
	b.Run("redis", func(b *testing.B) { benchHandle(b, openRedis(b, clock), clock) })
}

var benchRun atomic.Int64

func benchHandle(b *testing.B, s storage.Store, clock *bot.Clock) {
	door, err := bot.New(bot.Options{Store: s, Clock: clock, Log: quiet(), Play: func(u flows.Update, src flows.Source) (flows.Outcome, error) {
		key := "person/" + string(u.From)
		d, err := src.Load(key, "event/now")
		if err != nil {
			return flows.Outcome{}, err
		}
		return flows.Outcome{Check: d[:1], Put: []flows.Doc{{Key: key, Data: []byte(strings.Repeat("x", 600))}}}, nil
	}})
	if err != nil {
		b.Fatal(err)
	}
	run, n := benchRun.Add(1), atomic.Int64{}
	b.SetParallelism(32)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		who := flows.Address(fmt.Sprint("net:", n.Add(1)))
		for i := 0; pb.Next(); i++ {
			if _, err := door.Handle(b.Context(), flows.Update{ID: fmt.Sprint(run, who, i), From: who, Chat: who}); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
}
