package bot

import (
	"time"

	"olle/storage"
)

// leave says that nothing of the lane is at work any more. The caller holds q.mu.
func (q *queue) leave(lane string) {
	if over := q.lanes[lane]; over != nil {
		close(over)
		delete(q.lanes, lane)
		delete(q.behind, lane)
	}
}

// until waits for the end of what is at work in a lane, but not for long. Who answers a message at once can be faster than the
// network's yes to it, and only with that yes can the next message go without a claim.
func (q *queue) until(lane string) {
	q.mu.Lock()
	over := q.lanes[lane]
	q.mu.Unlock()
	if over == nil {
		return
	}
	t := time.NewTimer(linger)
	defer t.Stop()
	select {
	case <-over:
	case <-t.C:
	}
}

// giveBack returns an unfinished job, with its lane closed for a while if wait > 0.
func (q *queue) giveBack(j storage.Job, wait time.Duration) {
	b := storage.Batch{Free: []storage.Job{j}}
	if wait > 0 {
		b.Pause = []storage.Pause{{Queue: j.Queue, Lane: j.Lane, For: wait}}
	}
	q.write(j, b)
}

// write records what became of a job.
func (q *queue) write(j storage.Job, b storage.Batch) {
	limit := time.Now().Add(q.lease)
	if stop := q.bot.stopBy.Load(); stop != nil && stop.Before(limit) {
		limit = *stop
	}
	if len(b.Push) > 0 {
		b, limit = q.final(j, b, limit)
	}
	if !onlyDone(b) {
		q.bot.own.left(j.ID)
	}
	q.mu.Lock()
	e := q.rec.enter(b, limit, !j.Bulk && !q.behind[j.Lane] && !q.closed && onlyDone(b))
	if w := q.inflight[claimID{j.ID, j.Token}]; w != nil {
		w.entered = true
	}
	q.leave(j.Lane)
	q.mu.Unlock()
	if <-e.done; e.err != nil {
		q.bot.own.left(j.ID)
		q.bot.log.Error("a result could not be recorded; the job will be done again", "job", j.ID, "queue", q.name, "err", e.err)
	}
	q.bot.recorded(b)
}

// final returns what may be recorded, and until when, of a failure that tells others of it: only while nobody else can have the job, for
// they may have done it. After that the job is just tried again.
func (q *queue) final(j storage.Job, b storage.Batch, limit time.Time) (storage.Batch, time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	w := q.inflight[claimID{j.ID, j.Token}]
	switch {
	case w == nil || q.lapsed(w.sure):
		q.bot.log.Warn("a failure is not recorded: its claim may have lapsed", "job", j.ID, "queue", q.name)
		return storage.Batch{Free: []storage.Job{j}}, limit
	case w.sure.Before(limit):
		return b, w.sure
	}
	return b, limit
}

func onlyDone(b storage.Batch) bool {
	return len(b.Free)+len(b.Put)+len(b.Push)+len(b.Pause)+len(b.Keep)+len(b.Drop) == 0
}
