package bolt

import (
	"encoding/binary"
	"time"

	bbolt "go.etcd.io/bbolt"

	"olle/storage"
)

// grouping is one transaction in the making. Later batches see what earlier ones wrote.
type grouping struct {
	s                *Store
	docs, once, jobs *bbolt.Bucket
	real, now        time.Time
	dirty            bool
	puts, names      int
}

func newGrouping(s *Store, tx *bbolt.Tx) *grouping {
	return &grouping{s: s, docs: tx.Bucket(bucketDocs), once: tx.Bucket(bucketOnce), jobs: tx.Bucket(bucketJobs), real: time.Now(), now: s.now()}
}

// refuse says why a batch may not be written. It writes nothing.
func (g *grouping) refuse(r *request) error {
	if r.Once != "" {
		if v := g.once.Get([]byte(r.Once)); v != nil && !forgotten(v, g.real) {
			return storage.ErrSeen
		}
	}
	holds := func(d storage.Doc) bool { return revision(g.docs.Get([]byte(d.Key)), g.now) == d.Rev }
	for _, d := range r.Check {
		if !holds(d) {
			current := make([]storage.Doc, len(r.Check))
			for i, d := range r.Check {
				current[i] = readDoc(d.Key, g.docs.Get([]byte(d.Key)), g.now)
			}
			return &storage.Conflict{Docs: current}
		}
	}
	return nil
}

// write puts a batch that was not refused into the transaction.
func (g *grouping) write(r *request) error {
	if err := g.remove(r); err != nil {
		return err
	}
	if len(r.docs) > 0 {
		r.result.Rev = g.next()
	}
	for i, v := range r.docs {
		if err := g.putDoc([]byte(r.Put[i].Key), v, r.result.Rev); err != nil {
			return err
		}
	}
	for i, v := range r.jobs {
		if err := g.push(r, i, v); err != nil {
			return err
		}
	}
	if r.Once == "" {
		return nil
	}
	g.dirty = true
	g.names++
	forget := g.real.Add(storage.OnceFor)
	return g.once.Put([]byte(r.Once), binary.BigEndian.AppendUint64(nil, uint64(forget.Unix())))
}

// remove takes finished and withdrawn jobs out.
func (g *grouping) remove(r *request) error {
	for _, j := range r.Done {
		id := []byte(j.ID)
		if v := g.jobs.Get(id); v != nil && stamped(v) == j.Seq {
			g.dirty = true
			if err := g.jobs.Delete(id); err != nil {
				return err
			}
		}
	}
	for _, id := range r.Drop {
		if g.jobs.Get([]byte(id)) != nil {
			g.dirty = true
			if err := g.jobs.Delete([]byte(id)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *grouping) putDoc(key, value []byte, rev int64) error {
	g.puts++
	if value == nil {
		if g.docs.Get(key) == nil {
			return nil
		}
		g.dirty = true
		return g.docs.Delete(key)
	}
	g.dirty = true
	stamp(value, rev)
	return g.docs.Put(key, value)
}

func (g *grouping) push(r *request, i int, value []byte) error {
	g.dirty = true
	id := []byte(r.Push[i].ID)
	r.seqs[i], r.borns[i] = g.next(), r.Now
	stamp(value, r.seqs[i])
	if old := g.jobs.Get(id); len(old) >= jobHead {
		r.borns[i] = rebirth(value, old)
	}
	return g.jobs.Put(id, value)
}

func (g *grouping) next() int64 {
	g.s.seq = max(g.s.seq, g.s.raise.Load()) + 1
	return g.s.seq
}

// finish records the last number given, and sweeps a little.
func (g *grouping) finish() error {
	if err := g.docs.SetSequence(uint64(g.s.seq)); err != nil {
		return err
	}
	if err := g.s.sweeps.docs.step(g.docs, sweepAtLeast+2*g.puts, func(v []byte) bool { return len(v) >= docHead && expired(v, g.now) }); err != nil {
		return err
	}
	return g.s.sweeps.once.step(g.once, sweepAtLeast+2*g.names, func(v []byte) bool { return forgotten(v, g.real) })
}

// forgotten says whether a name's time is over.
func forgotten(v []byte, real time.Time) bool {
	return len(v) != 8 || int64(binary.BigEndian.Uint64(v)) <= real.Unix()
}
