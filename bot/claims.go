package bot

import (
	"context"
	"slices"
	"time"

	"olle/storage"
)

// claimTime is how long a claim lasts that nobody prolongs: so long a message waits that a killed process was about to send.
const claimTime = 2 * time.Second

// lapsed says that a claim which is sure until then is too near its end, or past it, for anything to begin under it: somebody else may
// have the job by now, or soon.
func (q *queue) lapsed(sure time.Time) bool { return time.Until(sure) < q.claimed/4 }

// term is how long claims are to last, with what a slow store takes to make one and to prolong it.
func (q *queue) term() time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.claimed + 2*q.lag
}

// stood notes how long a claim took, and says whether the store stood still meanwhile: then claims have lapsed whose workers are well,
// and what those did is about to be recorded. A store that is always slow does not stand still.
func (q *queue) stood(took time.Duration) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	usual := q.lag
	q.lag = (q.lag + took) / 2
	return took > usual+q.claimed/4
}

// prolong keeps the claims of slow jobs in force until ctx ends.
func (q *queue) prolong(ctx context.Context) {
	var before []claimID // at the last look; most jobs are done by the next
	for ctx.Err() == nil {
		Pause(ctx, q.claimed/4)
		batch := storage.Batch{KeepFor: q.term(), Now: q.bot.clock.Now()}
		var kept []*ours
		before, kept = q.slow(before, &batch)
		if len(kept) == 0 {
			continue
		}
		asked := time.Now()
		c, cancel := context.WithTimeout(ctx, batch.KeepFor-q.claimed*3/4) // in time for another attempt
		switch _, err := q.bot.store.Commit(c, batch); {
		case err == nil:
			q.prolonged(kept, batch, asked)
		case ctx.Err() == nil:
			q.bot.log.Warn("cannot prolong claims", "queue", q.name, "err", err)
		}
		cancel()
	}
}

// slow adds the jobs to the batch that are still here since before, and returns the claims that are here now and those of the batch.
func (q *queue) slow(before []claimID, batch *storage.Batch) (now []claimID, kept []*ours) {
	q.mu.Lock()
	defer q.mu.Unlock()
	look := func(w *ours) {
		id := claimID{w.ID, w.Token}
		if now = append(now, id); slices.Contains(before, id) {
			batch.Keep, kept = append(batch.Keep, w.Job), append(kept, w)
		}
	}
	for _, w := range q.inflight {
		look(w)
	}
	for _, h := range q.held {
		look(h)
	}
	return now, kept
}

// prolonged notes until when the claims are sure that a commit asked for at that time has kept. Of one that may have lapsed before it
// was kept nothing is known.
func (q *queue) prolonged(kept []*ours, batch storage.Batch, asked time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, w := range kept {
		if w.Token == batch.Keep[i].Token && time.Now().Before(w.sure) {
			w.sure = asked.Add(batch.KeepFor)
		}
	}
}

// recover waits until the store answers again, and then a little: what every process has done meanwhile is recorded before anybody's
// claims are taken as lapsed.
func (q *queue) recover(ctx context.Context) {
	for ctx.Err() == nil {
		Pause(ctx, Jitter(longPoll))
		if _, err := q.bot.store.Load(ctx, seedKey); err == nil {
			break
		}
	}
	Pause(ctx, longPoll)
}
