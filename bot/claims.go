package bot

import (
	"context"

	"olle/storage"
)

// prolong keeps the claims of slow jobs in force until ctx ends: short ones, so that what a killed process was doing is soon done by
// another.
func (q *queue) prolong(ctx context.Context) {
	for ctx.Err() == nil {
		pause(ctx, q.claimed/4)
		batch := storage.Batch{KeepFor: q.claimed, Now: q.bot.clock.Now()}
		q.mu.Lock()
		for _, j := range q.inflight {
			batch.Keep = append(batch.Keep, j)
		}
		q.mu.Unlock()
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
