package bot

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"olle/storage"
)

// bounds are the upper ends of a histogram's buckets in seconds: from a local round trip to the hour a reminder may be late.
var bounds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 3600}

// span observes durations.
type span struct{ prometheus.Observer }

func (s span) observe(d time.Duration) { s.Observe(max(d, 0).Seconds()) }

// meter is what is measured of a platform. Its figures are looked up by their labels once, not per update.
type meter struct {
	fresh, seen, failed prometheus.Counter // updates from outside
	recorded            span               // from the platform's time of an update to its commit
	live, bulk          span               // from a message's commit to the platform's yes
}

// meters are everything measured beside the totals.
type meters struct {
	platforms map[string]meter
	files     *prometheus.CounterVec // what became of a file: "kept" or the problem
	commits   span
	late      span // from the moment an alarm was meant for to its strike
	all       []prometheus.Collector
}

// elsewhere are the addresses of no platform here; they share one meter, so that nobody's typing makes metrics.
const elsewhere = "other"

func newMeters(platforms []string) meters {
	m := meters{platforms: map[string]meter{}}
	spans := func(name, help string, labels ...string) *prometheus.HistogramVec {
		v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: bounds}, labels)
		m.all = append(m.all, v)
		return v
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		m.all = append(m.all, v)
		return v
	}
	updates := counters("updates_total", "Updates from outside: new, seen before, or not recorded (they come again).", "platform", "result")
	recorded := spans("receive_seconds", "From the platform's time of an update to its record.", "platform")
	carried := spans("carry_seconds", "From a message's record to the platform's yes.", "platform", "kind")
	for _, name := range append(platforms, elsewhere) {
		m.platforms[name] = meter{
			fresh: updates.WithLabelValues(name, "new"), seen: updates.WithLabelValues(name, "seen"), failed: updates.WithLabelValues(name, "failed"),
			recorded: span{recorded.WithLabelValues(name)},
			live:     span{carried.WithLabelValues(name, "live")}, bulk: span{carried.WithLabelValues(name, "bulk")},
		}
	}
	m.files = counters("files_total", "Files that people sent: kept, or refused and why.", "result")
	m.files.WithLabelValues("kept")
	m.commits = span{spans("commit_seconds", "A turn's commit.").WithLabelValues()}
	m.late = span{spans("alarm_late_seconds", "From the moment an alarm was meant for to its strike.").WithLabelValues()}
	return m
}

// meter is that of a platform.
func (b *Bot) meter(platform string) meter {
	if m, ok := b.count.platforms[platform]; ok {
		return m
	}
	return b.count.platforms[elsewhere]
}

// took is how much real time has passed since a moment of the program's.
func (b *Bot) took(since time.Time) time.Duration {
	d := b.clock.Now().Sub(since)
	if b.clock.speed > 1 {
		d = time.Duration(float64(d) / b.clock.speed)
	}
	return d
}

// measureUpdate counts an update from outside and how long it took from the platform to the record.
func (b *Bot) measureUpdate(platform string, sent time.Time, r Receipt, err error) {
	m := b.meter(platform)
	switch {
	case err != nil:
		m.failed.Inc()
	case r.Seen:
		m.seen.Inc()
	default:
		m.fresh.Inc()
		if !sent.IsZero() {
			m.recorded.observe(b.took(sent))
		}
	}
}

// measureSend counts a message that its platform took, and how long it waited for that since it was recorded or due.
func (b *Bot) measureSend(j storage.Job) {
	m := b.meter(j.Queue)
	if j.Bulk {
		m.bulk.observe(b.took(dueSince(j)))
	} else {
		m.live.observe(b.took(dueSince(j)))
	}
}

// measureFile counts what became of a file that was sent; "" was kept.
func (b *Bot) measureFile(problem string) {
	b.count.files.WithLabelValues(cmp.Or(problem, "kept")).Inc()
}

// Collectors are the figures of this process since its start, and of the store now, for a registry of the caller's; their names lack the
// program's prefix. No label ever names a person, a chat or an update.
func (b *Bot) Collectors() []prometheus.Collector {
	c := &b.count
	all := slices.Clone(c.all)
	for _, total := range []struct {
		name, help string
		n          *atomic.Int64
	}{
		{"turns_total", "Turns begun, redeliveries included.", &c.Updates},
		{"turns_seen_total", "Turns of updates that were done before.", &c.Seen},
		{"conflicts_total", "Turns played again because a document had changed.", &c.Conflicts},
		{"sent_total", "Messages carried.", &c.Sent},
		{"waits_total", "Sends and fetches that a platform asked to put off.", &c.Waits},
		{"retries_total", "Sends, turns and fetches that failed and were put off.", &c.Failures},
		{"given_up_total", "Jobs and updates set aside for good.", &c.GivenUp},
	} {
		opts := prometheus.CounterOpts{Name: total.name, Help: total.help}
		all = append(all, prometheus.NewCounterFunc(opts, func() float64 { return float64(total.n.Load()) }))
	}
	return append(all, present{b})
}

// present are the figures that are looked up when somebody asks for them.
type present struct{ bot *Bot }

const (
	maxStuck    = 1000            // given-up jobs counted at most: a page, not the whole list
	presentTime = 5 * time.Second // what the store does not answer in that time is left out, and "up" says so
)

var (
	platformUp = prometheus.NewDesc("platform_up", "1: the platform receives, or stands by for another replica that does.", []string{"platform"}, nil)
	oldestJob  = prometheus.NewDesc("queue_oldest_seconds",
		"How long the oldest due live job of a queue has waited, by the program's clock; 0: none waits.", []string{"queue"}, nil)
	dueLanes = prometheus.NewDesc("queue_lanes",
		"Chats or subjects of a queue that have something due, by whether somebody works on them or they are put off.", []string{"queue", "state"}, nil)
	laterJobs = prometheus.NewDesc("queue_later", "Jobs of a queue that are not due yet.", []string{"queue"}, nil)
	stuckJobs = prometheus.NewDesc("stuck_jobs", "Jobs given up that wait for somebody's decision; counted up to 1000.", nil, nil)
	wholeUp   = prometheus.NewDesc("up", "1: this replica is at work and the store answers.", nil, nil)
)

// Describe names the figures.
func (p present) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{platformUp, oldestJob, dueLanes, laterJobs, stuckJobs, wholeUp} {
		to <- d
	}
}

// Collect looks the figures up.
func (p present) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	p.bot.mu.Lock()
	down := maps.Clone(p.bot.down)
	p.bot.mu.Unlock()
	for name, platform := range p.bot.platforms {
		up := down[name] == nil
		if t, ok := platform.(Troubled); ok {
			up = up && t.Trouble() == nil
		}
		gauge(platformUp, truth(up), name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), presentTime)
	defer cancel()
	err := cmp.Or(p.bot.Ready(ctx), p.askStore(ctx, gauge))
	gauge(wholeUp, truth(err == nil))
}

// askStore asks cheaply: a line's ends per queue, and one page of what was given up.
func (p present) askStore(ctx context.Context, gauge func(d *prometheus.Desc, v float64, labels ...string)) error {
	for name := range p.bot.queues {
		waits, err := p.bot.store.Backlog(ctx, name)
		if err != nil {
			return err
		}
		age := time.Duration(0)
		if !waits.Oldest.IsZero() {
			age = max(p.bot.clock.Now().Sub(waits.Oldest), 0)
		}
		gauge(oldestJob, age.Seconds(), name)
		gauge(dueLanes, float64(waits.Lanes), name, "waiting")
		gauge(dueLanes, float64(waits.Busy), name, "busy")
		gauge(laterJobs, float64(waits.Later), name)
	}
	jobs, err := p.bot.store.Jobs(ctx, storage.Filter{Prefix: givenUp + "/"}, "", maxStuck)
	if err != nil {
		return err
	}
	gauge(stuckJobs, float64(len(jobs)))
	return nil
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
