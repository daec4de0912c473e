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
	held     []heldJob
	inflight map[claimID]*atWork
	lanes    map[string]chan struct{} // of jobs at work: closed when the result is entered
	behind   map[string]bool          // of these, lanes in which something waits for that
	drawn    int                      // jobs at work that a claim returned: more may wait in their lanes
	closed   bool
	more     bool      // jobs are known to wait that no claim has returned yet
	flowing  time.Time // real time of the last claim that returned any
	due      time.Time // program time of the next job known to wait, zero if none
}

// claimID tells two claims of one job apart.
type claimID struct {
	id    string
	token int64
}

// atWork is a job that a worker is at; with entered it is done, and that is about to be on record.
type atWork struct {
	storage.Job
	entered bool
}

type heldJob struct {
	job     storage.Job
	message *flows.Message
	at      time.Time // real time of the claim, or a little before
}

func (b *Bot) newQueue(name string, workers int, lease time.Duration, rate storage.Rate) *queue {
	return &queue{
		bot: b, name: name, rate: rate, workers: workers, lease: lease,
		claimed:  min(claimTime, b.lease),
		patience: longPoll,
		rec:      newRecorder(b.store, b.clock),
		wake:     make(chan struct{}, 1),
		inflight: map[claimID]*atWork{},
		lanes:    map[string]chan struct{}{},
		behind:   map[string]bool{},
	}
}

// offer takes a job that a commit returned claimed, with the message it carries where that is at hand. It never blocks and never
// refuses: while all workers are busy the job waits.
func (q *queue) offer(j storage.Job, m *flows.Message, claimed time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		q.bot.workers.spawn(func() { q.giveBack(j, 0) })
		return
	}
	if len(q.inflight) < q.workers && len(q.held) == 0 {
		q.start(j, m, false)
		return
	}
	q.held = append(q.held, heldJob{j, m, claimed})
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
		h := q.held[0]
		q.held = q.held[1:]
		if time.Since(h.at) > q.lease-q.bot.sendTime() {
			q.bot.workers.spawn(func() { q.giveBack(h.job, 0) }) // it waited so long that its claim could lapse under the send
			q.more = true
			continue
		}
		q.start(h.job, h.message, false)
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
	claim := storage.Claim{Queue: q.name, N: n, Now: q.bot.clock.Now(), Lease: q.claimed, Rate: q.rate}
	if room := q.bulkRoom(); room > 0 {
		claim.N = min(n, room)
	} else {
		claim.Live = true
	}
	jobs, err := q.bot.store.Claim(c, claim)
	if err != nil {
		q.bot.log.Warn("cannot claim", "queue", q.name, "err", err)
		q.recover(ctx)
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range jobs {
		if q.closed {
			q.bot.workers.spawn(func() { q.giveBack(j, 0) })
			continue
		}
		// A claim that lapsed while this process stood still may bring what is here already.
		if h := slices.IndexFunc(q.held, func(h heldJob) bool { return h.job.ID == j.ID }); h >= 0 {
			q.held[h].job, q.held[h].at = j, time.Now()
		} else if !q.working(j.ID) {
			q.start(j, nil, true)
		}
	}
	if len(jobs) > 0 {
		q.more, q.flowing = true, time.Now()
	} else if q.drawn+len(q.behind) == 0 {
		q.more = false
	}
	return len(jobs) > 0
}

// working says whether a worker is at that job. The caller holds q.mu.
func (q *queue) working(id string) bool {
	for c := range q.inflight {
		if c.id == id {
			return true
		}
	}
	return false
}

// hasAny says whether jobs are here, and not done, whose IDs begin with prefix.
func (q *queue) hasAny(prefix string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for c, w := range q.inflight {
		if !w.entered && strings.HasPrefix(c.id, prefix) {
			return true
		}
	}
	return slices.ContainsFunc(q.held, func(h heldJob) bool { return strings.HasPrefix(h.job.ID, prefix) })
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
func (q *queue) start(j storage.Job, m *flows.Message, drawn bool) {
	if drawn {
		q.drawn++
	}
	q.inflight[claimID{j.ID, j.Token}] = &atWork{Job: j}
	over := make(chan struct{})
	q.lanes[j.Lane] = over
	q.bot.workers.spawn(func() {
		q.do(q.bot.work, j, m)
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
	q.closed = true
	held := q.held
	q.held = nil
	q.mu.Unlock()
	for _, h := range held {
		q.bot.workers.spawn(func() { q.giveBack(h.job, 0) })
	}
}

// abandon gives back jobs whose workers did not return in time.
func (q *queue) abandon() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range q.inflight {
		q.bot.workers.spawn(func() { q.giveBack(w.Job, 0) })
	}
}
