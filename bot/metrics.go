package bot

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"olle/storage"
)

// Metric is one figure of this process or of the store, as data: whoever shows it chooses the format. No label ever names a person, a
// chat or an update.
type Metric struct {
	Name    string // without the program's prefix
	Help    string
	Kind    string // "counter", "gauge" or "histogram"
	Samples []Sample
}

// Sample is one value of a metric, or one line of a histogram (Suffix "_bucket", "_sum" or "_count").
type Sample struct {
	Suffix string
	Labels [][2]string
	Value  float64
}

// bounds are the upper ends of a histogram's buckets in seconds: from a local round trip to the hour a reminder may be late.
var bounds = [...]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 3600}

// histogram counts durations. It is made by its zero value, and observing costs two additions.
type histogram struct {
	buckets [len(bounds) + 1]atomic.Int64
	sum     atomic.Int64 // ns
}

func (h *histogram) observe(d time.Duration) {
	d = max(d, 0)
	at, _ := slices.BinarySearch(bounds[:], d.Seconds())
	h.buckets[at].Add(1)
	h.sum.Add(int64(d))
}

// samples lists a histogram the way Prometheus reads them: cumulated.
func (h *histogram) samples(labels ...[2]string) []Sample {
	var all []Sample
	total := int64(0)
	for i := range h.buckets {
		total += h.buckets[i].Load()
		le := "+Inf"
		if i < len(bounds) {
			le = fmt.Sprint(bounds[i])
		}
		all = append(all, Sample{"_bucket", append(slices.Clone(labels), [2]string{"le", le}), float64(total)})
	}
	return append(all, Sample{"_sum", labels, time.Duration(h.sum.Load()).Seconds()}, Sample{"_count", labels, float64(total)})
}

// meter is what is measured per platform.
type meter struct {
	fresh, seen, failed atomic.Int64 // updates from outside
	recorded            histogram    // from the platform's time of an update to its commit
	live, bulk          histogram    // from a message's commit to the platform's yes
}

// meters are everything measured beside the totals of Counts; the zero value is ready.
type meters struct {
	platforms sync.Map // name → *meter
	files     sync.Map // what became of a file: "kept" or the problem → *atomic.Int64
	commits   histogram
	late      histogram // from the moment an alarm was meant for to its strike
}

// meter is that of a platform; addresses of no platform here share one, so that nobody's typing makes metrics.
func (b *Bot) meter(platform string) *meter {
	if b.platforms[platform] == nil {
		platform = "other"
	}
	if m, ok := b.count.platforms.Load(platform); ok {
		return m.(*meter)
	}
	m, _ := b.count.platforms.LoadOrStore(platform, &meter{})
	return m.(*meter)
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
		m.failed.Add(1)
	case r.Seen:
		m.seen.Add(1)
	default:
		m.fresh.Add(1)
		if !sent.IsZero() {
			m.recorded.observe(b.took(sent))
		}
	}
}

// measureSend counts a message that its platform took, and how long it waited for that since it was recorded or due.
func (b *Bot) measureSend(j storage.Job) {
	since := j.Born
	if j.At.After(since) {
		since = j.At
	}
	m := b.meter(j.Queue)
	if j.Bulk {
		m.bulk.observe(b.took(since))
	} else {
		m.live.observe(b.took(since))
	}
}

// measureFile counts what became of a file that was sent; "" was kept.
func (b *Bot) measureFile(problem string) {
	n, _ := b.count.files.LoadOrStore(cmp.Or(problem, "kept"), &atomic.Int64{})
	n.(*atomic.Int64).Add(1)
}

// Metrics returns the figures of this process since its start, and of the store now. What the store does not answer in time is left
// out, and metric "up" says so.
func (b *Bot) Metrics(ctx context.Context) []Metric {
	c := b.Counts()
	counter := func(name, help string, n int64) Metric {
		return Metric{Name: name, Help: help, Kind: "counter", Samples: []Sample{{Value: float64(n)}}}
	}
	all := []Metric{
		counter("turns_total", "Turns begun, redeliveries included.", c.Updates),
		counter("turns_seen_total", "Turns of updates that were done before.", c.Seen),
		counter("conflicts_total", "Turns played again because a document had changed.", c.Conflicts),
		counter("sent_total", "Messages carried.", c.Sent),
		counter("waits_total", "Sends and fetches that a platform asked to put off.", c.Waits),
		counter("retries_total", "Sends, turns and fetches that failed and were put off.", c.Failures),
		counter("given_up_total", "Jobs and updates set aside for good.", c.GivenUp),
		{Name: "commit_seconds", Help: "A turn's commit.", Kind: "histogram", Samples: b.count.commits.samples()},
		{Name: "alarm_late_seconds", Help: "From the moment an alarm was meant for to its strike.", Kind: "histogram", Samples: b.count.late.samples()},
		b.fileMetric(),
	}
	all = append(all, b.platformMetrics()...)
	return append(all, b.storeMetrics(ctx)...)
}

func (b *Bot) fileMetric() Metric {
	m := Metric{Name: "files_total", Help: "Files that people sent: kept, or refused and why.", Kind: "counter"}
	for what, n := range b.count.files.Range {
		m.Samples = append(m.Samples, Sample{Labels: [][2]string{{"result", what.(string)}}, Value: float64(n.(*atomic.Int64).Load())})
	}
	slices.SortFunc(m.Samples, func(a, b Sample) int { return strings.Compare(a.Labels[0][1], b.Labels[0][1]) })
	return m
}

// platformMetrics are labelled by platform.
func (b *Bot) platformMetrics() []Metric {
	updates := Metric{Name: "updates_total", Help: "Updates from outside: new, seen before, or not recorded (they come again).", Kind: "counter"}
	recorded := Metric{Name: "receive_seconds", Help: "From the platform's time of an update to its record.", Kind: "histogram"}
	carried := Metric{Name: "carry_seconds", Help: "From a message's record to the platform's yes.", Kind: "histogram"}
	up := Metric{Name: "platform_up", Help: "1: the platform receives, or stands by for another replica that does.", Kind: "gauge"}
	b.mu.Lock()
	down := maps.Clone(b.down)
	b.mu.Unlock()
	for _, name := range append(slices.Sorted(maps.Keys(b.platforms)), "other") {
		label, m := [2]string{"platform", name}, b.meter(name)
		for _, r := range []struct {
			result string
			n      *atomic.Int64
		}{{"new", &m.fresh}, {"seen", &m.seen}, {"failed", &m.failed}} {
			updates.Samples = append(updates.Samples, Sample{Labels: [][2]string{label, {"result", r.result}}, Value: float64(r.n.Load())})
		}
		if name == "other" {
			continue
		}
		recorded.Samples = append(recorded.Samples, m.recorded.samples(label)...)
		carried.Samples = append(carried.Samples, m.live.samples(label, [2]string{"kind", "live"})...)
		carried.Samples = append(carried.Samples, m.bulk.samples(label, [2]string{"kind", "bulk"})...)
		up.Samples = append(up.Samples, Sample{Labels: [][2]string{label}, Value: truth(down[name] == nil)})
	}
	return []Metric{updates, recorded, carried, up}
}

// maxStuck is how many given-up jobs are counted at most: a page, not the whole list.
const maxStuck = 1000

// storeMetrics ask the store, cheaply: a line's ends per queue, and one page of what was given up.
func (b *Bot) storeMetrics(ctx context.Context) []Metric {
	gauge := func(name, help string) Metric { return Metric{Name: name, Help: help, Kind: "gauge"} }
	oldest := gauge("queue_oldest_seconds", "How long the oldest due live job of a queue has waited, by the program's clock; 0: none waits.")
	lanes := gauge("queue_lanes", "Chats or subjects of a queue that have something due, by whether somebody works on them or they are put off.")
	later := gauge("queue_later", "Jobs of a queue that are not due yet.")
	stuck := gauge("stuck_jobs", "Jobs given up that wait for somebody's decision; counted up to 1000.")
	up := gauge("up", "1: this replica is at work and the store answers.")
	err := b.Ready(ctx)
	for _, name := range slices.Sorted(maps.Keys(b.queues)) {
		waits, failed := b.store.Backlog(ctx, name)
		if failed != nil {
			err = failed
			break
		}
		label, age := [2]string{"queue", name}, time.Duration(0)
		if !waits.Oldest.IsZero() {
			age = max(b.clock.Now().Sub(waits.Oldest), 0)
		}
		oldest.Samples = append(oldest.Samples, Sample{Labels: [][2]string{label}, Value: age.Seconds()})
		lanes.Samples = append(lanes.Samples, Sample{Labels: [][2]string{label, {"state", "waiting"}}, Value: float64(waits.Lanes)},
			Sample{Labels: [][2]string{label, {"state", "busy"}}, Value: float64(waits.Busy)})
		later.Samples = append(later.Samples, Sample{Labels: [][2]string{label}, Value: float64(waits.Later)})
	}
	if jobs, failed := b.store.Jobs(ctx, storage.Filter{Prefix: givenUp + "/"}, "", maxStuck); failed == nil {
		stuck.Samples = []Sample{{Value: float64(len(jobs))}}
	} else {
		err = failed
	}
	up.Samples = []Sample{{Value: truth(err == nil)}}
	return []Metric{oldest, lanes, later, stuck, up}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
