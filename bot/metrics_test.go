package bot_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"olle/bot"
	"olle/storage"
)

// figures are what a page of b's metrics says, by series as it is written there.
func figures(t *testing.T, b *bot.Bot) map[string]float64 {
	t.Helper()
	all := prometheus.NewPedanticRegistry()
	all.MustRegister(b.Collectors()...)
	rw := httptest.NewRecorder()
	promhttp.HandlerFor(all, promhttp.HandlerOpts{}).ServeHTTP(rw, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	found := map[string]float64{}
	for line := range strings.Lines(rw.Body.String()) {
		if at := strings.LastIndexByte(line, ' '); !strings.HasPrefix(line, "#") {
			v, err := strconv.ParseFloat(strings.TrimSpace(line[at:]), 64)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			found[line[:at]] = v
		}
	}
	return found
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
			all := figures(t, b)
			n := all[`carry_seconds_count{kind="live",platform="net"}`]
			return n == float64(net.total()) && n >= 2 && all[`queue_oldest_seconds{queue="net"}`] == 0
		})
		all := figures(t, b)
		for series, want := range map[string]float64{
			`updates_total{platform="net",result="new"}`: 3, `updates_total{platform="net",result="seen"}`: 1,
			`receive_seconds_count{platform="net"}`: 3, `receive_seconds_bucket{platform="net",le="+Inf"}`: 3,
			"commit_seconds_count": 4, "turns_seen_total": 1, "up": 1, `platform_up{platform="net"}`: 1,
			`queue_oldest_seconds{queue="net"}`: 0, `queue_later{queue="clock"}`: 1, "stuck_jobs": 0,
		} {
			if got, ok := all[series]; !ok || got != want {
				t.Errorf("%s is %v (there: %v), want %v", series, got, ok, want)
			}
		}
	})
}

// ill is a network that cannot receive for the moment.
type ill struct {
	*network
	sick atomic.Bool
}

func (i *ill) Trouble() error {
	if i.sick.Load() {
		return errors.New("net: somebody else takes the updates")
	}
	return nil
}

func TestANetworkThatCannotReceiveIsDownInTheFigures(t *testing.T) {
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := &ill{network: newNetwork("net")}
		b := newBot(t, open(), clock, net)
		running(t, b)
		for _, sick := range []bool{false, true, false} {
			net.sick.Store(sick)
			want := 1.0
			if sick {
				want = 0
			}
			if all := figures(t, b); all[`platform_up{platform="net"}`] != want || all["up"] != 1 {
				t.Errorf("sick %v: platform_up %v, up %v", sick, all[`platform_up{platform="net"}`], all["up"])
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
	t.Parallel()
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
		const what, cause = "the store does not take commits", "deadline"
		var why bot.Unready
		if err := b.Ready(t.Context()); !errors.As(err, &why) || why.What() != what || !strings.Contains(err.Error(), cause) {
			t.Errorf("everybody reads %q, the operator %v", why.What(), err)
		}
		f.cold.Store(false)
		if err := b.Ready(t.Context()); err != nil {
			t.Errorf("thawed, and yet %v", err)
		}
	})
}
