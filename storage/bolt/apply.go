package bolt

import (
	"bytes"
	"iter"
	"math"
	"time"

	"olle/storage"
)

// apply shows a batch that is in the file to the board, and returns the jobs held for the caller.
func (b *board) apply(r *request, real time.Time) []storage.Job {
	b.rouse(real)
	for _, j := range r.Done {
		if e := b.jobs[j.ID]; e != nil && e.seq == j.Seq {
			b.forget(e, real)
		}
		if l := b.held(j); l != nil {
			b.release(l, real)
		}
	}
	for _, j := range r.Free {
		if l := b.held(j); l != nil {
			b.release(l, real)
		}
	}
	for _, j := range r.Keep {
		if l := b.held(j); l != nil {
			l.until = real.Add(r.KeepFor)
			b.settle(l, real)
		}
	}
	for _, id := range r.Drop {
		if e := b.jobs[id]; e != nil {
			b.forget(e, real)
		}
	}
	for i, j := range r.Push {
		j.Seq = r.seqs[i]
		b.push(j, r.Now, real)
	}
	for _, p := range r.Pause {
		b.pause(p, real)
	}
	if r.Hold > 0 {
		return b.hold(r, real)
	}
	return nil
}

// push places a job, and takes the one it replaces off.
func (b *board) push(j storage.Job, now, real time.Time) {
	q := b.queue(j.Queue)
	b.ripen(q, now, real) // what became due before this push stands before it
	if old := b.jobs[j.ID]; old != nil {
		b.forget(old, real)
	}
	e := &entry{id: j.ID, lane: q.lane(j.Lane), seq: j.Seq, at: j.At, bulk: j.Bulk}
	b.jobs[j.ID] = e
	b.enter(e, now, real)
}

// pause closes or opens a lane or a queue.
func (b *board) pause(p storage.Pause, real time.Time) {
	q := b.queue(p.Queue)
	until := real.Add(p.For)
	if p.Lane == "" {
		if p.For < 0 || until.After(q.shut) {
			q.shut, q.rate.emptied = until, b.seconds(until)
		}
		if p.For < 0 {
			q.rate.emptied = math.Inf(-1)
		}
		return
	}
	l := q.lane(p.Lane)
	if p.For < 0 || until.After(l.shut) {
		l.shut = until
	}
	b.settle(l, real)
}

// hold claims those of the pushed jobs that could go now.
func (b *board) hold(r *request, real time.Time) []storage.Job {
	var held []storage.Job
	for i, j := range r.Push {
		e := b.jobs[j.ID]
		if e == nil || e.seq != r.seqs[i] || e.bulk || e.claimed || e.waiting {
			continue
		}
		q, rate := e.lane.q, r.Rates[j.Queue]
		if q.shut.After(real) || e.lane.in != &q.live || e.lane.head() != e || q.rate.room(rate, b.seconds(real), 1) == 0 {
			continue
		}
		q.rate.use(rate, b.seconds(real), 1)
		t := b.take(e.lane, r.Hold, real)
		j.Seq, j.Token, j.Tries, j.Born = t.Seq, t.Token, t.Tries, r.borns[i]
		j.Data = bytes.Clone(j.Data)
		held = append(held, j)
	}
	return held
}

// restore makes the board hold exactly these jobs, given in the order of their pushes. Claims on jobs that are still there stay.
func (b *board) restore(now, real time.Time, jobs iter.Seq[storage.Job]) {
	if len(b.jobs) > 0 {
		known := map[string]int64{}
		for j := range jobs {
			known[j.ID] = j.Seq
		}
		for id, e := range b.jobs {
			if known[id] != e.seq {
				b.forget(e, real)
			}
		}
	}
	for j := range jobs {
		if b.jobs[j.ID] == nil {
			b.push(j, time.Time{}, real) // everything with an hour waits, and ripens in the order of the hours
		}
	}
	for _, q := range b.queues {
		b.ripen(q, now, real)
	}
}
