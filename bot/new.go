package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"olle/bot/inspect"
	"olle/flows"
	"olle/storage"
	"olle/storage/files"
)

// bulkBurst is how many messages of a send to many may go at once after a quiet time. With more the first second would hold more than the
// network allows in any second, and who is told to wait has a quiet time, and so on.
const bulkBurst = 2

// Options are the parts of a Bot.
type Options struct {
	Play      func(flows.Update, flows.Source) (flows.Outcome, error) // decides; pure
	Store     storage.Store
	Platforms []Platform
	Files     *files.Files   // nil: uploads are refused as "sealed"
	Scan      *inspect.Clamd // asked about every upload; nil: nobody is
	Clock     *Clock         // nil: real time
	Log       *slog.Logger   // nil: slog.Default
	MaxAge    time.Duration  // program time after which a job that keeps failing is given up; 0: 24 hours
	Lease     time.Duration  // real time a claimed message, alarm or post may take. 0: 20 seconds
	Memory    int            // bytes of documents remembered; 0: 64 MiB
}

// Bot is the door and everything behind it. Any number of Bots, in any number of processes, may share a store.
type Bot struct {
	play      func(flows.Update, flows.Source) (flows.Outcome, error)
	store     storage.Store
	platforms map[string]Platform
	files     *files.Files
	scan      *inspect.Clamd
	clock     *Clock
	log       *slog.Logger
	maxAge    time.Duration
	lease     time.Duration

	cache    *cache
	warm     *warm
	own      *own
	dice     dice
	subjects *locks
	poison   tally // turns that failed, by update
	failures tally // attempts that failed, by job
	queues   map[string]*queue
	rates    map[string]storage.Rate
	count    counters

	open    atomic.Bool  // Run is on: this process does jobs
	proved  atomic.Int64 // real ns at which the store last took a proof (see Ready)
	stopBy  atomic.Pointer[time.Time]
	work    context.Context // of workers; ends with the time a clean stop allows
	workers crew

	mu   sync.Mutex
	down map[string]error // platforms that cannot receive, and why
}

// New puts a Bot together; nothing runs yet. Handle works before, after and without Run: what it records waits for a Run.
func New(o Options) (*Bot, error) {
	if o.Play == nil || o.Store == nil {
		return nil, errors.New("bot: needs something to decide (Play) and somewhere to keep it (Store)")
	}
	b := &Bot{
		play: o.Play, store: o.Store, files: o.Files, scan: o.Scan, clock: o.Clock, log: o.Log, maxAge: o.MaxAge, lease: o.Lease,
		platforms: map[string]Platform{}, subjects: newLocks(),
		queues: map[string]*queue{}, rates: map[string]storage.Rate{}, down: map[string]error{},
		work: context.Background(),
	}
	if b.clock == nil {
		b.clock = NewClock(time.Time{}, 1, time.Time{})
	}
	if b.log == nil {
		b.log = slog.Default()
	}
	if b.maxAge <= 0 {
		b.maxAge = 24 * time.Hour
	}
	if b.lease <= 0 {
		b.lease = 20 * time.Second
	}
	if o.Memory <= 0 {
		o.Memory = 64 << 20
	}
	b.cache, b.warm, b.own = newCache(o.Memory), newWarm(), newOwn()
	return b, b.furnish(o.Platforms)
}

// furnish makes the queues.
func (b *Bot) furnish(platforms []Platform) error {
	inside := []struct {
		name    string
		workers int
		lease   time.Duration
		do      func(context.Context, storage.Job)
	}{
		{clockQueue, 8, b.lease, b.strikeAlarm},
		{postQueue, 16, b.lease, b.deliverPost},
		{workQueue, 4, max(b.lease, workTime+time.Minute), b.doWork},
	}
	for _, w := range inside {
		q := b.newQueue(w.name, w.workers, w.lease, storage.Rate{})
		q.do = func(ctx context.Context, j storage.Job, _ *flows.Message) { w.do(ctx, j) }
		if w.name == clockQueue {
			q.patience = b.clock.paced(longPoll)
		}
		b.queues[w.name] = q
	}
	for _, p := range platforms {
		if p.Name() == "" || p.Name() == givenUp || b.queues[p.Name()] != nil {
			return fmt.Errorf("bot: two platforms, or a platform and a queue of ours, are called %q", p.Name())
		}
		l := p.Limits()
		workers := l.Workers
		if workers <= 0 {
			workers = 32
		}
		rate := storage.Rate{PerSecond: l.PerSecond, Burst: l.Burst, Spare: l.Burst - bulkBurst}
		if rate.PerSecond > 0 {
			rate.Burst, rate.Spare = max(rate.Burst, 1), max(rate.Spare, 0)
			b.rates[p.Name()] = rate
		}
		o := &outbox{bot: b, platform: p, perChat: l.PerChat}
		o.queue = b.newQueue(p.Name(), workers, b.lease, rate)
		o.queue.do = o.carry
		b.platforms[p.Name()], b.queues[p.Name()] = p, o.queue
	}
	b.count.meters = newMeters(slices.Collect(maps.Keys(b.platforms)))
	return nil
}
