package bot

import (
	"context"
	"slices"
	"time"

	"olle/storage"
)

// claimTime is how long a claim lasts that nobody prolongs: so long a message waits that a killed process was about to send.
const claimTime = 2 * time.Second

// prolong keeps the claims of slow jobs in force until ctx ends.
func (q *queue) prolong(ctx context.Context) {
	var before []claimID // at the last look; most jobs are done by the next
	for ctx.Err() == nil {
		pause(ctx, q.claimed/4)
		batch := storage.Batch{KeepFor: q.claimed, Now: q.bot.clock.Now()}
		before = q.slow(before, &batch)
		if len(batch.Keep) == 0 {
			continue
		}
		c, cancel := context.WithTimeout(ctx, q.claimed/4)
		if _, err := q.bot.store.Commit(c, batch); err != nil && ctx.Err() == nil {
			q.bot.log.Warn("cannot prolong claims", "queue", q.name, "err", err)
		}
		cancel()
	}
}

// slow adds the jobs to the batch that are still here since before, and returns those that are here now.
func (q *queue) slow(before []claimID, batch *storage.Batch) (now []claimID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	look := func(j storage.Job) {
		id := claimID{j.ID, j.Token}
		if now = append(now, id); slices.Contains(before, id) {
			batch.Keep = append(batch.Keep, j)
		}
	}
	for _, w := range q.inflight {
		look(w.Job)
	}
	for _, h := range q.held {
		look(h.job)
	}
	return now
}

// recover waits until the store answers again, and then a little: what every process has done meanwhile is recorded before anybody's
// claims are taken as lapsed.
func (q *queue) recover(ctx context.Context) {
	for ctx.Err() == nil {
		pause(ctx, jitter(longPoll))
		if _, err := q.bot.store.Load(ctx, seedKey); err == nil {
			break
		}
	}
	pause(ctx, longPoll)
}
