package bot_test

import (
	"bytes"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"olle/bot"
	"olle/bot/inspect/inspecttest"
	"olle/flows"
	"olle/storage"
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
