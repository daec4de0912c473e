package bot

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"olle/flows"
	"olle/storage"
)

const (
	workTime = 5 * time.Minute // a fetch may take this long

	shortPoll = 5 * time.Millisecond
	longPoll  = 500 * time.Millisecond
)

// queue does the jobs of one queue: it claims as many as it has workers free, and takes those that came back held from a commit
// at once. Whatever a worker does with a job it also records; the queue only starts them.
type queue struct {
	bot     *Bot
	name    string
	rate    storage.Rate
	workers int
	lease   time.Duration // longer than any job takes, with the recording of it
	claimed time.Duration // claims last so long and are prolonged while a worker is at it
	do      func(ctx context.Context, j storage.Job, m *flows.Message)
	rec     *recorder
	wake    chan struct{}

	patience time.Duration // between claims when nothing happens

	mu       sync.Mutex
	held     []*ours
	inflight map[claimID]*ours        // by the claim that the worker began under
	lanes    map[string]chan struct{} // of jobs at work: closed when the result is entered
	behind   map[string]bool          // of these, lanes in which something waits for that
	drawn    int                      // jobs at work that a claim returned: more may wait in their lanes
	closed   bool
	more     bool          // jobs are known to wait that no claim has returned yet
	lag      time.Duration // how long claims take lately, on average
	flowing  time.Time     // real time of the last claim that returned any
	due      time.Time     // program time of the next job known to wait, zero if none
}

// claimID tells two claims of one job apart.
type claimID struct {
	id    string
	token int64
}

// ours is a job that this process has claimed: held until a worker is free, and then at work.
type ours struct {
	storage.Job
	message *flows.Message // what it carries, where that is at hand
	sure    time.Time      // real time until which nobody else can have it
	entered bool           // it is done, and that is about to be on record
}

func (b *Bot) newQueue(name string, workers int, lease time.Duration, rate storage.Rate) *queue {
	return &queue{
		bot: b, name: name, rate: rate, workers: workers, lease: lease,
		claimed:  min(claimTime, b.lease),
		patience: longPoll,
		rec:      newRecorder(b.store, b.clock),
		wake:     make(chan struct{}, 1),
		inflight: map[claimID]*ours{},
		lanes:    map[string]chan struct{}{},
		behind:   map[string]bool{},
	}
}

// offer takes a job that a commit asked for at that time returned claimed, with the message it carries where that is at hand. It never
// blocks and never refuses: while all workers are busy the job waits.
func (q *queue) offer(j storage.Job, m *flows.Message, asked time.Time) {
	w := &ours{Job: j, message: m, sure: asked.Add(q.claimed)}
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed || q.lapsed(w.sure):
		q.decline(j)
	case len(q.inflight) < q.workers && len(q.held) == 0:
		q.start(w, false)
	default:
		q.held = append(q.held, w)
	}
}

// expect says that a job waits which was pushed here but did not come back held.
func (q *queue) expect(lane string, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.lanes[lane] != nil {
		q.behind[lane] = true
	}
	if at.After(q.bot.clock.Now()) {
		if !q.due.IsZero() && !at.Before(q.due) {
			return
		}
		q.due = at
	} else {
		q.more = true
	}
	q.nudge()
}

func (q *queue) nudge() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// run claims until ctx ends. Workers use work, which outlives ctx by the time a clean stop allows.
func (q *queue) run(ctx context.Context) {
	idle := shortPoll
	for ctx.Err() == nil {
		if n := q.free(); n > 0 && q.claim(ctx, n) {
			idle = shortPoll
			continue
		}
		if q.wait(ctx, idle) {
			idle = shortPoll
		} else {
			idle = min(2*idle, q.slowest())
		}
	}
}

// slowest is the longest pause between two claims now. While a rate holds a backlog back it is a quarter of what one job's share of the
// rate takes, or the rate would not be used.
func (q *queue) slowest() time.Duration {
	if q.rate.PerSecond <= 0 {
		return q.patience
	}
	share := time.Duration(float64(time.Second) / q.rate.PerSecond)
	q.mu.Lock()
	defer q.mu.Unlock()
	if time.Since(q.flowing) < 100*time.Millisecond+3*share {
		return min(max(share/4, shortPoll), q.patience)
	}
	return q.patience
}

// free starts held jobs and returns how many workers are left.
func (q *queue) free() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.held) > 0 && len(q.inflight) < q.workers {
		w := q.held[0]
		q.held = q.held[1:]
		if q.lapsed(w.sure) {
			q.decline(w.Job)
		} else {
			q.start(w, false)
		}
	}
	if !q.due.IsZero() && !q.due.After(q.bot.clock.Now()) {
		q.due, q.more = time.Time{}, true
	}
	return q.workers - len(q.inflight)
}

// claim asks the store for up to n jobs and starts them; false when there were none. The store is asked under a time-out of its
// own: a claim cut short by the end of the program would leave jobs claimed by nobody.
func (q *queue) claim(ctx context.Context, n int) bool {
	c, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	claim := storage.Claim{Queue: q.name, N: n, Now: q.bot.clock.Now(), Lease: q.term(), Rate: q.rate}
	if room := q.bulkRoom(); room > 0 {
		claim.N = min(n, room)
	} else {
		claim.Live = true
	}
	asked := time.Now()
	jobs, err := q.bot.store.Claim(c, claim)
	if err != nil {
		q.bot.log.Warn("cannot claim", "queue", q.name, "err", err)
		q.recover(ctx)
		return false
	}
	stood := q.stood(time.Since(asked))
	q.take(jobs, asked.Add(claim.Lease), stood)
	if stood {
		Pause(ctx, longPoll)
	}
	return len(jobs) > 0
}

// take starts what a claim returned. After a store that stood still this may be what somebody else has just done: such jobs go back, and
// who did them has a moment to record it.
func (q *queue) take(jobs []storage.Job, sure time.Time, stood bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range jobs {
		w := &ours{Job: j, sure: sure}
		held := slices.IndexFunc(q.held, func(h *ours) bool { return h.ID == j.ID })
		busy := q.working(j)
		switch {
		case busy != nil: // a claim that lapsed while this process or the store stood still is ours again
			busy.Job, busy.sure = j, sure
		case q.closed || q.lapsed(sure) || stood && j.Tries > 0:
			q.decline(j)
		case held >= 0:
			q.held[held] = w
		default:
			q.start(w, true)
		}
	}
	if len(jobs) > 0 {
		q.more, q.flowing = true, time.Now()
	} else if q.drawn+len(q.behind) == 0 {
		q.more = false
	}
}

// decline gives back a job that no worker has begun. The caller holds q.mu.
func (q *queue) decline(j storage.Job) {
	q.more = true
	q.bot.workers.spawn(func() { q.giveBack(j, 0) })
}

// working returns the job if a worker is at it, and not at an earlier push of it, which is over: an alarm's strike may plant it anew. The
// caller holds q.mu.
func (q *queue) working(j storage.Job) *ours {
	for _, w := range q.inflight {
		if w.ID == j.ID && w.Seq == j.Seq {
			return w
		}
	}
	return nil
}

// hasAny says whether jobs are here, and not done, whose IDs begin with prefix.
func (q *queue) hasAny(prefix string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range q.inflight {
		if !w.entered && strings.HasPrefix(w.ID, prefix) {
			return true
		}
	}
	return slices.ContainsFunc(q.held, func(h *ours) bool { return strings.HasPrefix(h.ID, prefix) })
}

// bulkRoom returns how many workers may yet take bulk jobs: a quarter are kept for live ones, so that a reply finds one free however
// slow a network takes a send to many.
func (q *queue) bulkRoom() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	room := q.workers - q.workers/4
	for _, w := range q.inflight {
		if w.Bulk {
			room--
		}
	}
	return room
}

// start puts a worker on a job, drawn if a claim returned it. The caller holds q.mu.
func (q *queue) start(w *ours, drawn bool) {
	if drawn {
		q.drawn++
	}
	j := w.Job
	q.inflight[claimID{j.ID, j.Token}] = w
	over := make(chan struct{})
	q.lanes[j.Lane] = over
	q.bot.workers.spawn(func() {
		q.do(q.bot.work, j, w.message)
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.lanes[j.Lane] == over {
			q.leave(j.Lane)
		}
		if drawn {
			q.drawn--
		}
		full := len(q.inflight) >= q.workers
		delete(q.inflight, claimID{j.ID, j.Token})
		if q.more || full || len(q.held) > 0 {
			q.nudge()
		}
	})
}

// wait returns true when something happened, false when only time passed.
func (q *queue) wait(ctx context.Context, d time.Duration) bool {
	q.mu.Lock()
	due := q.due
	q.mu.Unlock()
	if !due.IsZero() {
		d = min(d, max(q.bot.clock.Until(due), time.Millisecond))
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-q.wake:
		return true
	case <-q.bot.clock.leap():
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}

// close ends the queue: nothing starts any more, and what waits here is given back.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, h := range q.held {
		q.decline(h.Job)
	}
	q.held = nil
}

// abandon gives back jobs whose workers did not return in time.
func (q *queue) abandon() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range q.inflight {
		q.decline(w.Job)
	}
}
