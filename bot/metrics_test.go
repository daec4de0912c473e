package bot_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"olle/bot"
	"olle/storage"
)

// value finds a sample by metric, suffix and labels written "a=b".
func value(all []bot.Metric, name string, labels ...string) (float64, bool) {
	for _, m := range all {
		for _, s := range m.Samples {
			if m.Name+s.Suffix == name && has(s, labels) {
				return s.Value, true
			}
		}
	}
	return 0, false
}

func has(s bot.Sample, labels []string) bool {
	for _, want := range labels {
		found := false
		for _, l := range s.Labels {
			found = found || l[0]+"="+l[1] == want
		}
		if !found {
			return false
		}
	}
	return true
}

func TestMetricsSayWhetherPromisesAreKept(t *testing.T) {
	clock := bot.NewClock(time.Time{}, 1, time.Time{})
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		b := newBot(t, open(), clock, net)
		running(t, b)
		for _, id := range []string{"a", "b", "b"} {
			u := said(id, "net:1", "hello")
			u.Sent = clock.Now()
			if _, err := b.Handle(t.Context(), u); err != nil {
				t.Fatal(err)
			}
		}
		u := said("c", "net:1", "alarm 1h later")
		u.Sent = clock.Now()
		if _, err := b.Handle(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		soon(t, "everything to be sent", func() bool {
			all := b.Metrics(t.Context())
			n, _ := value(all, "carry_seconds_count", "platform=net", "kind=live")
			oldest, _ := value(all, "queue_oldest_seconds", "queue=net")
			return n == float64(net.total()) && n >= 2 && oldest == 0
		})
		all := b.Metrics(t.Context())
		for name, want := range map[string]float64{
			"updates_total platform=net result=new": 3, "updates_total platform=net result=seen": 1, "receive_seconds_count platform=net": 3,
			"receive_seconds_bucket platform=net le=+Inf": 3, "commit_seconds_count": 4, "turns_seen_total": 1, "up": 1, "platform_up platform=net": 1,
			"queue_oldest_seconds queue=net": 0, "queue_later queue=clock": 1, "stuck_jobs": 0,
		} {
			words := strings.Fields(name)
			if got, ok := value(all, words[0], words[1:]...); !ok || got != want {
				t.Errorf("%s is %v (there: %v), want %v", name, got, ok, want)
			}
		}
	})
}

// frozen is a store that answers no commit while it is frozen.
type frozen struct {
	storage.Store
	cold atomic.Bool
}

func (f *frozen) Commit(ctx context.Context, b storage.Batch) (storage.Result, error) {
	if f.cold.Load() {
		<-ctx.Done()
		return storage.Result{}, ctx.Err()
	}
	return f.Store.Commit(ctx, b)
}

func TestReadyMeansThatTheStoreTakesCommits(t *testing.T) {
	clock := bot.NewClock(time.Time{}, 1, time.Time{})
	onEachStore(t, clock, func(t *testing.T, open replica) {
		f := &frozen{Store: open()}
		b := newBot(t, f, clock, newNetwork("net"))
		if b.Ready(t.Context()) == nil {
			t.Error("ready before it runs")
		}
		running(t, b)
		f.cold.Store(true)
		began := time.Now()
		soon(t, "the freeze to be noticed", func() bool { return b.Ready(t.Context()) != nil })
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("noticed after %v", took)
		}
		f.cold.Store(false)
		if err := b.Ready(t.Context()); err != nil {
			t.Errorf("thawed, and yet %v", err)
		}
	})
}
