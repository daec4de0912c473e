package bot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"olle/bot"
	"olle/bot/inspect/inspecttest"
	"olle/flows"
	"olle/storage"
	"olle/storage/redis/redistest"
)

// A download may take longer than a claim lasts: while somebody is at it, nobody else begins. What a process was at when it was killed
// is done by another as soon as that is known, though a download may take minutes.
func TestSlowWorkIsDoneOnceAndLostWorkSoonAgain(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		const lease = 600 * time.Millisecond
		var begun atomic.Int64
		end := make(chan struct{})
		d := newDesk(t, open(), clock, false)
		d.stop()
		start := func(s storage.Store) *bot.Bot {
			net := newNetwork("net")
			net.file = func() (io.ReadCloser, error) {
				begun.Add(1)
				<-end
				return io.NopCloser(bytes.NewReader(inspecttest.PDF(1))), nil
			}
			b, err := bot.New(bot.Options{Play: play, Store: s, Platforms: []bot.Platform{net}, Files: d.files, Clock: clock, Log: quiet(), Lease: lease})
			if err != nil {
				t.Fatal(err)
			}
			running(t, b)
			return b
		}
		killed := &mortal{Store: open()}
		b := start(killed)
		if _, err := b.Handle(t.Context(), said("slow", "net:1", "fetch "+string(flows.Must(rules("pdf"))))); err != nil {
			t.Fatal(err)
		}
		soon(t, "a download", func() bool { return begun.Load() == 1 })
		d.Bot = start(open())
		time.Sleep(3 * lease)
		if n := begun.Load(); n != 1 {
			t.Errorf("downloaded %d times at once", n)
		}
		killed.dead.Store(true)
		began := time.Now()
		soon(t, "another download", func() bool { return begun.Load() == 2 })
		if took := time.Since(began); took > 10*lease {
			t.Errorf("what was lost waited for %s", took)
		}
		close(end)
		if got := d.heard(t, "slow"); got.Type != "pdf" {
			t.Errorf("%+v", got)
		}
	})
}

// What a killed process was about to say is said by another within seconds, not when the longest send could be over.
func TestAKilledProcesssMessagesAreSaidSoon(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		killed := &mortal{Store: open()}
		first, second := newNetwork("net"), newNetwork("net")
		start := func(s storage.Store, net *network) *bot.Bot {
			b, err := bot.New(bot.Options{Play: play, Store: s, Platforms: []bot.Platform{net}, Clock: clock, Log: quiet()})
			if err != nil {
				t.Fatal(err)
			}
			running(t, b)
			return b
		}
		var sends atomic.Int64
		hang := make(chan struct{})
		defer close(hang)
		first.mood = func(string, flows.Message, int) error {
			sends.Add(1)
			<-hang
			return errors.New("killed")
		}
		b := start(killed, first)
		if _, err := b.Handle(t.Context(), said("asked", "net:1", "hi")); err != nil {
			t.Fatal(err)
		}
		soon(t, "a send", func() bool { return sends.Load() == 1 })
		start(open(), second)
		time.Sleep(3 * time.Second)
		if n := second.total(); n != 0 {
			t.Fatalf("said %d times by another while a worker is at it", n)
		}
		killed.dead.Store(true)
		began := time.Now()
		soon(t, "the other's reply", func() bool { return second.total() == 1 })
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("what was lost waited for %s", took)
		}
	})
}

// slowly is a store that takes its time, or a process that stands still while it is answered.
type slowly struct {
	storage.Store
	held   time.Duration // what the first commit takes that returns held jobs
	always time.Duration // what everything takes
	once   sync.Once
}

func (s *slowly) Load(ctx context.Context, keys ...string) ([]storage.Doc, error) {
	time.Sleep(s.always)
	return s.Store.Load(ctx, keys...)
}

func (s *slowly) Commit(ctx context.Context, b storage.Batch) (storage.Result, error) {
	time.Sleep(s.always / 2)
	r, err := s.Store.Commit(ctx, b)
	time.Sleep(s.always / 2)
	if len(r.Held) > 0 {
		s.once.Do(func() { time.Sleep(s.held) })
	}
	return r, err
}

func (s *slowly) Claim(ctx context.Context, c storage.Claim) ([]storage.Job, error) {
	time.Sleep(s.always / 2)
	jobs, err := s.Store.Claim(ctx, c)
	time.Sleep(s.always / 2)
	return jobs, err
}

// patient starts a bot whose claims last as long as in earnest.
func patient(t *testing.T, s storage.Store, clock *bot.Clock, net *network) *bot.Bot {
	t.Helper()
	b, err := bot.New(bot.Options{Play: play, Store: s, Platforms: []bot.Platform{net}, Clock: clock, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	running(t, b)
	return b
}

// A process that stands still between a commit and its messages does not say what another has said meanwhile.
func TestAFrozenProcessDoesNotSayWhatAnotherHasSaid(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		frozen := patient(t, &slowly{Store: open(), held: 2900 * time.Millisecond}, clock, net)
		patient(t, open(), clock, net)
		if _, err := frozen.Handle(t.Context(), said("u", "net:1", "hi")); err != nil {
			t.Fatal(err)
		}
		soon(t, "the message", func() bool { return net.total() > 0 })
		time.Sleep(time.Second)
		if n := net.total(); n != 1 {
			t.Errorf("said %d times", n)
		}
	})
}

// Messages that wait for a worker in a process which cannot reach the store are said by others, and not by it too once a worker is free.
func TestHeldMessagesOfAProcessThatIsCutOffAreSaidOnce(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		net.limits.Workers = 2
		release := make(chan struct{})
		var slow atomic.Int32
		net.mood = func(_ string, m flows.Message, _ int) error {
			if (m.To == "net:slow1" || m.To == "net:slow2") && slow.Add(1) <= 2 {
				<-release
			}
			return nil
		}
		cut := &mortal{Store: open()}
		b := patient(t, cut, clock, net)
		others := []flows.Address{"net:1", "net:2", "net:3", "net:4", "net:5"}
		for _, who := range append([]flows.Address{"net:slow1", "net:slow2"}, others...) {
			if _, err := b.Handle(t.Context(), said("u"+string(who), string(who), "hi")); err != nil {
				t.Fatal(err)
			}
		}
		cut.dead.Store(true)
		patient(t, open(), clock, net)
		time.Sleep(3500 * time.Millisecond)
		close(release)
		cut.dead.Store(false)
		soon(t, "all messages", func() bool { return net.total() >= len(others)+2 })
		time.Sleep(1500 * time.Millisecond)
		for _, who := range others {
			if got := net.chat(who); len(got) != 1 {
				t.Errorf("%s was told %d times", who, len(got))
			}
		}
	})
}

// Redis may stand still (a fork, a disk that hangs) for less than a call waits for it, and yet for longer than claims last.
func TestAStoreThatStandsStillDoublesNothing(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	server := redistest.NewServer(t)
	net := newNetwork("net")
	net.slow = 500 * time.Millisecond
	var bots []*bot.Bot
	for range 3 {
		bots = append(bots, patient(t, connect(t, server.URL(), clock), clock, net))
	}
	const chats = 60
	go func() {
		time.Sleep(350 * time.Millisecond)
		server.Freeze()
		time.Sleep(2700 * time.Millisecond)
		server.Thaw()
	}()
	for i := range chats {
		go func() {
			time.Sleep(time.Duration(i) * 5 * time.Millisecond)
			for t.Context().Err() == nil {
				if _, err := bots[i%3].Handle(t.Context(), said(fmt.Sprint("u", i), fmt.Sprint("net:", i), "hi")); err == nil {
					return
				}
			}
		}()
	}
	soon(t, "all messages", func() bool { return net.total() >= chats })
	time.Sleep(4 * time.Second)
	if n := net.total(); n != chats {
		t.Errorf("%d messages for %d", n, chats)
	}
}

// A store that is always slow does not stand still: what is tried again gets done all the same.
func TestAStoreThatIsAlwaysSlowGetsEverythingDone(t *testing.T) {
	t.Parallel()
	for _, always := range []time.Duration{800 * time.Millisecond, 1700 * time.Millisecond} {
		t.Run(always.String(), func(t *testing.T) {
			t.Parallel()
			clock := bot.StoppedClock(noon)
			net := newNetwork("net")
			net.mood = func(_ string, _ flows.Message, try int) error {
				if try == 1 {
					return &bot.SendError{Wait: 10 * time.Millisecond, Err: errors.New("429")}
				}
				return nil
			}
			b := patient(t, &slowly{Store: openRedis(t, clock), always: always}, clock, net)
			if _, err := b.Handle(t.Context(), said("u", "net:1", "hi")); err != nil {
				t.Fatal(err)
			}
			soon(t, "the message", func() bool { return net.total() == 1 })
		})
	}
}
