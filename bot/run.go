package bot

import (
	"context"
	"fmt"
	"time"

	"olle/storage"
)

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
		go q.prolong(work) // a stop waits for what is under way
	}
	loops.spawn(func() { b.keepMoment(ctx) })
	loops.spawn(func() { b.sweepDaily(ctx) })
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
		Pause(ctx, 20*time.Millisecond)
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
