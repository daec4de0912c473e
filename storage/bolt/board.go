package bolt

import (
	"time"

	"olle/storage"
)

// board knows who may work on what: an index of the jobs in the file, in memory. It is guarded by Store.mu.
//
// A job that is not due stands in its queue's heap by time. One that is due stands in its lane, live apart from bulk, by push.
// A lane that has a due job, no worker and no pause stands in one of its queue's two lines; a claim takes the lane at the head,
// and a lane set free goes to the end, so that a flooded one starves nobody. Worker's leases and pauses of lanes end in real time:
// lanes that wait for such an end stand in one heap, which every claim looks at first.
type board struct {
	jobs   map[string]*entry
	queues map[string]*queue
	wakes  heap[*lane, byWake]
	token  int64
	start  time.Time // rates count seconds from here
}

// entry is a job without its data.
type entry struct {
	id      string
	lane    *lane
	seq     int64
	at      time.Time
	bulk    bool
	claimed bool // it stands in no heap, its lane's holder has it
	waiting bool // it stands in the queue's future
	tries   int
	place   int // in its heap
}

type queue struct {
	name       string
	lanes      map[string]*lane
	future     heap[*entry, byTime]
	live, bulk line
	shut       time.Time // paused until
	rate       gcra
}

type lane struct {
	name       string
	q          *queue
	live, bulk heap[*entry, byPush]
	future     int // how many of its jobs are not due
	holder     *entry
	token      int64     // of the claim in force; 0: nobody works on it
	until      time.Time // that claim's end
	shut       time.Time // paused until
	wake       time.Time // zero: it does not stand in wakes
	place      int       // in wakes
	in         *line
	prev, next *lane // in the line
}

func newBoard() *board {
	now := time.Now()
	return &board{jobs: map[string]*entry{}, queues: map[string]*queue{}, start: now, token: now.UnixNano()}
}

func (b *board) queue(name string) *queue {
	q := b.queues[name]
	if q == nil {
		q = &queue{name: name, lanes: map[string]*lane{}, rate: newGCRA()}
		b.queues[name] = q
	}
	return q
}

func (q *queue) lane(name string) *lane {
	l := q.lanes[name]
	if l == nil {
		l = &lane{name: name, q: q}
		q.lanes[name] = l
	}
	return l
}

// byPush is the order within a lane.
type byPush struct{}

func (byPush) less(a, b *entry) bool     { return a.seq < b.seq }
func (byPush) moved(e *entry, place int) { e.place = place }

// byTime is the order of jobs that are not due.
type byTime struct{}

func (byTime) moved(e *entry, place int) { e.place = place }
func (byTime) less(a, b *entry) bool {
	if !a.at.Equal(b.at) {
		return a.at.Before(b.at)
	}
	return a.seq < b.seq
}

// byWake is the order of lanes that wait for a lease or pause to end.
type byWake struct{}

func (byWake) less(a, b *lane) bool     { return a.wake.Before(b.wake) }
func (byWake) moved(l *lane, place int) { l.place = place }

// heap returns where a due job stands.
func (l *lane) heap(e *entry) *heap[*entry, byPush] {
	if e.bulk {
		return &l.bulk
	}
	return &l.live
}

// head is the job the lane would give next; nil: none is due.
func (l *lane) head() *entry {
	if l.live.len() > 0 {
		return l.live.top()
	}
	if l.bulk.len() > 0 {
		return l.bulk.top()
	}
	return nil
}

// enter places an entry that stands nowhere: in its lane if it is due, else in the future.
func (b *board) enter(e *entry, now, real time.Time) {
	l := e.lane
	e.claimed = false
	if e.at.After(now) {
		e.waiting = true
		l.future++
		l.q.future.push(e)
	} else {
		l.heap(e).push(e)
	}
	b.settle(l, real)
}

// forget takes a job off the board, wherever it stands. A worker who has it keeps the lane until done or given up.
func (b *board) forget(e *entry, real time.Time) {
	delete(b.jobs, e.id)
	l := e.lane
	switch {
	case e.claimed:
		l.holder = nil
	case e.waiting:
		l.future--
		l.q.future.remove(e.place)
	default:
		l.heap(e).remove(e.place)
	}
	b.settle(l, real)
}

// ripen moves what has become due by the program's clock into its lane, the longest due first.
func (b *board) ripen(q *queue, now, real time.Time) {
	for q.future.len() > 0 && !q.future.top().at.After(now) {
		e := q.future.top()
		q.future.remove(0)
		e.waiting = false
		e.lane.future--
		b.enter(e, now, real)
	}
}

// settle puts a lane where it belongs after any change: in a line, among those that wait for an hour, or off the board.
func (b *board) settle(l *lane, real time.Time) {
	busy, shut := l.token != 0, l.shut.After(real)
	var want *line
	if !busy && !shut {
		switch {
		case l.live.len() > 0:
			want = &l.q.live
		case l.bulk.len() > 0:
			want = &l.q.bulk
		}
	}
	if l.in != want {
		if l.in != nil {
			l.in.leave(l)
		}
		if want != nil {
			want.join(l)
		}
	}
	var wake time.Time
	switch {
	case busy && shut && l.shut.Before(l.until), shut && !busy:
		wake = l.shut
	case busy:
		wake = l.until
	}
	b.setWake(l, wake)
	if !busy && !shut && l.future == 0 && l.head() == nil {
		delete(l.q.lanes, l.name)
	}
}

func (b *board) setWake(l *lane, at time.Time) {
	switch {
	case l.wake.Equal(at):
	case l.wake.IsZero():
		l.wake = at
		b.wakes.push(l)
	case at.IsZero():
		b.wakes.remove(l.place)
		l.wake = at
	default:
		l.wake = at
		b.wakes.fix(l.place)
	}
}

// rouse ends the leases and pauses whose time is over.
func (b *board) rouse(real time.Time) {
	for b.wakes.len() > 0 && !b.wakes.top().wake.After(real) {
		l := b.wakes.top()
		if l.token != 0 && !l.until.After(real) {
			b.release(l, real)
		} else {
			b.settle(l, real)
		}
	}
}

// release ends the claim on a lane; the job, if it is not finished, goes back to its place.
func (b *board) release(l *lane, real time.Time) {
	e := l.holder
	l.holder, l.token = nil, 0
	if e != nil {
		e.claimed = false
		l.heap(e).push(e)
	}
	b.settle(l, real)
}

// take claims the job at the head of a lane.
func (b *board) take(l *lane, lease time.Duration, real time.Time) storage.Job {
	e := l.head()
	l.heap(e).remove(e.place)
	b.token++
	l.holder, l.token, l.until = e, b.token, real.Add(lease)
	e.claimed = true
	e.tries++
	b.settle(l, real)
	return storage.Job{ID: e.id, Queue: l.q.name, Lane: l.name, Bulk: e.bulk, At: e.at, Seq: e.seq, Token: l.token, Tries: e.tries - 1}
}

// claim takes what a worker asks for. The jobs come without Born and Data, which are in the file.
func (b *board) claim(c storage.Claim, real time.Time) []storage.Job {
	b.rouse(real)
	q := b.queues[c.Queue]
	if q == nil || q.shut.After(real) {
		return nil
	}
	b.ripen(q, c.Now, real)
	var jobs []storage.Job
	many := 0 // bulk ones
	bulk := c.Rate
	bulk.Burst = c.Rate.Bulk()
	all, spared := q.rate.room(c.Rate, b.seconds(real), c.N), q.rate.room(bulk, b.seconds(real), c.N)
	if c.Live {
		spared = 0
	}
	for len(jobs) < all {
		l := q.live.first
		if l == nil && len(jobs) < spared {
			l = q.bulk.first
		}
		if l == nil {
			break
		}
		if e := l.head(); e.at.After(c.Now) { // the program's clock went back since it ripened
			l.heap(e).remove(e.place)
			b.enter(e, c.Now, real)
			continue
		}
		j := b.take(l, c.Lease, real)
		if jobs = append(jobs, j); j.Bulk {
			many++
		}
	}
	q.rate.use(c.Rate, b.seconds(real), len(jobs)-many)
	q.rate.use(bulk, b.seconds(real), many)
	return jobs
}

// untake gives back a claim that came to nothing: as if it had never been.
func (b *board) untake(j storage.Job, real time.Time) {
	if l := b.held(j); l != nil {
		if l.holder != nil {
			l.holder.tries--
		}
		b.release(l, real)
	}
}

// held returns the lane that a worker's claim holds; nil: the claim is not in force.
func (b *board) held(j storage.Job) *lane {
	q := b.queues[j.Queue]
	if q == nil {
		return nil
	}
	if l := q.lanes[j.Lane]; l != nil && l.token != 0 && l.token == j.Token {
		return l
	}
	return nil
}

// annotate adds to a listed job what only the board knows.
func (b *board) annotate(j *storage.Job) {
	e := b.jobs[j.ID]
	if e == nil || e.seq != j.Seq {
		return
	}
	j.Tries = e.tries
	if e.claimed {
		j.Token, j.Tries = e.lane.token, e.tries-1
	}
}

func (b *board) seconds(real time.Time) float64 { return real.Sub(b.start).Seconds() }
