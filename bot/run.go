package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"olle/flows"
	"olle/storage"
	"olle/storage/files"
)

// Options are the parts of a Bot.
type Options struct {
	Play      func(flows.Update, flows.Source) (flows.Outcome, error) // decides; pure
	Store     storage.Store
	Platforms []Platform
	Files     *files.Folder // nil: uploads are refused as "sealed"
	Clock     *Clock        // nil: real time
	Log       *slog.Logger  // nil: slog.Default
	MaxAge    time.Duration // program time after which a job that keeps failing is given up; 0: 24 hours
	Lease     time.Duration // real time a claimed message, alarm or post may take; so long a crash can delay it. 0: 20 seconds
	Memory    int           // bytes of documents remembered; 0: 64 MiB
}

// Bot is the door and everything behind it. Any number of Bots, in any number of processes, may share a store.
type Bot struct {
	play      func(flows.Update, flows.Source) (flows.Outcome, error)
	store     storage.Store
	platforms map[string]Platform
	files     *files.Folder
	clock     *Clock
	log       *slog.Logger
	maxAge    time.Duration
	lease     time.Duration

	cache    *cache
	subjects *locks
	poison   tally // turns that failed, by update
	failures tally // attempts that failed, by job
	queues   map[string]*queue
	rates    map[string]storage.Rate
	count    counters

	open    atomic.Bool // Run is on: this process does jobs
	stopBy  atomic.Pointer[time.Time]
	work    context.Context // of workers; ends with the time a clean stop allows
	workers crew

	mu   sync.Mutex
	down map[string]error // platforms that cannot receive, and why
}

type counters struct{ Updates, Seen, Conflicts, Sent, Waits, Failures, GivenUp atomic.Int64 }

// Counts are totals since the start of the process, for a page of figures.
type Counts struct {
	Updates   int64 // turns begun, redeliveries included
	Seen      int64 // of them, done before
	Conflicts int64 // turns played again because a document had changed
	Sent      int64 // messages carried
	Waits     int64 // sends a platform asked to put off
	Failures  int64 // sends, turns and fetches that failed and were put off
	GivenUp   int64 // jobs and updates set aside for good
}

// New puts a Bot together; nothing runs yet. Handle works before, after and without Run: what it records waits for a Run.
func New(o Options) (*Bot, error) {
	if o.Play == nil || o.Store == nil {
		return nil, errors.New("bot: needs something to decide (Play) and somewhere to keep it (Store)")
	}
	b := &Bot{
		play: o.Play, store: o.Store, files: o.Files, clock: o.Clock, log: o.Log, maxAge: o.MaxAge, lease: o.Lease,
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
	b.cache = newCache(o.Memory)
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
		q.do = w.do
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
		rate := storage.Rate{PerSecond: l.PerSecond, Burst: l.Burst}
		if rate.PerSecond > 0 {
			rate.Burst = max(rate.Burst, 1)
			b.rates[p.Name()] = rate
		}
		o := &outbox{bot: b, platform: p, perChat: l.PerChat}
		o.queue = b.newQueue(p.Name(), workers, b.lease, rate)
		o.queue.do = o.carry
		b.platforms[p.Name()], b.queues[p.Name()] = p, o.queue
	}
	return nil
}

// Run receives, carries, strikes and works until ctx ends, or until no platform receives any more (a terminal at its end of
// input). Then it stops cleanly, within five seconds: sends under way are finished, everything else is given back to the store.
//
// A platform whose Receive fails is reported by Ready and in the log while the others go on; when none is left Run returns
// their errors. A Bot runs once.
func (b *Bot) Run(ctx context.Context) error {
	work, cancelWork := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelWork()
	b.work = work
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if err := b.follow(ctx); err != nil {
		return err
	}
	b.open.Store(true)
	var loops, receivers crew
	for _, q := range b.queues {
		loops.spawn(func() { q.run(ctx) })
	}
	loops.spawn(func() { b.keepMoment(ctx) })
	for _, p := range b.platforms {
		receivers.spawn(func() { b.receive(ctx, p) })
	}
	b.untilEnd(ctx, &receivers)
	stop()
	b.finish(&loops, &receivers, cancelWork)
	return b.failed()
}

// untilEnd waits for ctx, or until every platform has stopped receiving and what was decided is carried.
func (b *Bot) untilEnd(ctx context.Context, receivers *crew) {
	if len(b.platforms) == 0 {
		<-ctx.Done()
		return
	}
	for !receivers.wait(time.Now().Add(100 * time.Millisecond)) {
		if ctx.Err() != nil {
			return
		}
	}
	for end := time.Now().Add(4 * time.Second); ctx.Err() == nil && time.Now().Before(end); {
		if idle, err := b.idle(ctx); err != nil || idle {
			return
		}
		pause(ctx, 20*time.Millisecond)
	}
}

// idle says that nothing waits in the queues served here, alarms apart.
func (b *Bot) idle(ctx context.Context) (bool, error) {
	for name := range b.queues {
		if name == clockQueue {
			continue
		}
		jobs, err := b.store.Jobs(ctx, storage.Filter{Queue: name}, "", 1)
		if err != nil || len(jobs) > 0 {
			return false, err
		}
	}
	return true, nil
}

// finish is the clean stop.
func (b *Bot) finish(loops, receivers *crew, cancelWork func()) {
	start := time.Now()
	by := start.Add(4800 * time.Millisecond)
	b.stopBy.Store(&by)
	b.open.Store(false)
	loops.wait(start.Add(4 * time.Second))
	for _, q := range b.queues {
		q.close()
	}
	if !b.workers.wait(start.Add(4 * time.Second)) {
		cancelWork()
		if !b.workers.wait(start.Add(4400 * time.Millisecond)) {
			for _, q := range b.queues {
				q.abandon()
			}
			b.workers.wait(by)
		}
	}
	if !receivers.wait(by) {
		b.log.Warn("a platform did not stop receiving in time")
	}
	b.workers.wait(by)
}

// receive runs a platform's Receive. A panic in it is the adapter's fault and not the end of the program: it starts again.
func (b *Bot) receive(ctx context.Context, p Platform) {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		err, panicked := b.receiveOnce(ctx, p)
		if !panicked {
			if err != nil && ctx.Err() == nil {
				b.log.Error("platform cannot receive", "platform", p.Name(), "err", discreet(err))
				b.mu.Lock()
				b.down[p.Name()] = withoutAddress(err)
				b.mu.Unlock()
			}
			return
		}
		if pause(ctx, wait); ctx.Err() != nil {
			return
		}
	}
}

func (b *Bot) receiveOnce(ctx context.Context, p Platform) (err error, panicked bool) {
	defer func() {
		if v := recover(); v != nil {
			panicked = true
			b.log.Error("platform panicked", "platform", p.Name(), "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
		}
	}()
	return p.Receive(ctx, func(ctx context.Context, u flows.Update) (Receipt, error) {
		u.Sent = b.clock.Map(u.Sent)
		return b.Handle(ctx, u)
	}), false
}

// failed returns the errors of platforms if none could receive.
func (b *Bot) failed() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.down) == 0 || len(b.down) < len(b.platforms) {
		return nil
	}
	var all []error
	for name, err := range b.down {
		all = append(all, fmt.Errorf("bot: %s cannot receive: %w", name, err))
	}
	return errors.Join(all...)
}

// follow forgets documents of events as soon as any replica changes them: every turn reads them, so a stale one would make every
// turn conflict once.
func (b *Bot) follow(ctx context.Context) error {
	keys, err := b.store.Watch(ctx, "event")
	if err != nil {
		return fmt.Errorf("bot: watching the event: %w", err)
	}
	go func() {
		for key := range keys {
			if key == "" {
				b.cache.dropKind("event/")
				continue
			}
			b.cache.drop(key)
		}
	}()
	return nil
}

// Ready says whether the bot can do its work now: it runs, the store answers, every platform receives. It is for /readyz.
func (b *Bot) Ready(ctx context.Context) error {
	if !b.open.Load() {
		return errors.New("bot: not running")
	}
	if _, err := b.store.Load(ctx, lastKey); err != nil {
		return fmt.Errorf("bot: the store does not answer: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []error
	for name, err := range b.down {
		all = append(all, fmt.Errorf("bot: %s cannot receive: %w", name, err))
	}
	return errors.Join(all...)
}

// Settled says that everything the update caused has been done: its messages are carried, its posts and work are through, and
// theirs too. Alarms do not count: they are for later.
func (b *Bot) Settled(ctx context.Context, updateID string) (bool, error) {
	jobs, err := b.store.Jobs(ctx, storage.Filter{Prefix: updateName(updateID) + "/"}, "", 1)
	if err != nil {
		return false, fmt.Errorf("bot: looking for what an update left to do: %w", err)
	}
	return len(jobs) == 0, nil
}

// Counts returns the totals.
func (b *Bot) Counts() Counts {
	c := &b.count
	return Counts{
		Updates: c.Updates.Load(), Seen: c.Seen.Load(), Conflicts: c.Conflicts.Load(), Sent: c.Sent.Load(),
		Waits: c.Waits.Load(), Failures: c.Failures.Load(), GivenUp: c.GivenUp.Load(),
	}
}

// Clock returns the bot's clock.
func (b *Bot) Clock() *Clock { return b.clock }
