package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	bbolt "go.etcd.io/bbolt"

	"olle/storage"
)

// Bounds of one transaction: enough to share the price of the disk, little enough that the first does not wait for long.
const (
	maxGroup = 512
	maxBytes = 16 << 20
)

// request is a batch on its way to the file, encoded by its caller so that the one writer has less to do.
type request struct {
	storage.Batch
	docs   [][]byte // encoded, as Batch.Put; nil deletes
	jobs   [][]byte // encoded, as Batch.Push
	bytes  int      // of both
	seqs   []int64  // of the jobs pushed
	borns  []time.Time
	state  atomic.Int32 // 0 waiting, 1 taken by the committer, 2 given up by the caller
	result storage.Result
	err    error
	done   chan struct{}
}

// Commit writes the batch durably, or refuses it as a whole. A context that ends before the writer took the batch withdraws it;
// after that Commit waits, which takes as long as the disk.
func (s *Store) Commit(ctx context.Context, b storage.Batch) (storage.Result, error) {
	if err := b.Validate(); err != nil {
		return storage.Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return storage.Result{}, err
	}
	if s.closed() {
		return storage.Result{}, storage.ErrClosed
	}
	r := s.newRequest(b)
	select {
	case s.requests <- r:
	case <-ctx.Done():
		return storage.Result{}, ctx.Err()
	case <-s.stopped:
		return storage.Result{}, storage.ErrClosed
	}
	select {
	case <-r.done:
		return r.result, r.err
	case <-s.stopped:
	case <-ctx.Done():
	}
	if r.state.CompareAndSwap(0, 2) {
		if err := ctx.Err(); err != nil {
			return storage.Result{}, err
		}
		return storage.Result{}, storage.ErrClosed
	}
	<-r.done
	return r.result, r.err
}

func (s *Store) newRequest(b storage.Batch) *request {
	if b.Now.IsZero() {
		b.Now = s.now()
	}
	r := &request{Batch: b, done: make(chan struct{})}
	if len(b.Put) > 0 {
		r.docs = make([][]byte, len(b.Put))
	}
	for i, d := range b.Put {
		if d.Data != nil {
			r.docs[i] = encodeDoc(d)
			r.bytes += len(r.docs[i])
		}
	}
	if n := len(b.Push); n > 0 {
		r.jobs, r.seqs, r.borns = make([][]byte, n), make([]int64, n), make([]time.Time, n)
	}
	for i, j := range b.Push {
		j.Born = b.Now
		r.jobs[i] = encodeJob(j)
		r.bytes += len(r.jobs[i])
	}
	return r
}

// write is the committer: the only goroutine that changes the file.
func (s *Store) write() {
	defer close(s.stopped)
	var p pace
	for {
		var group []*request
		select {
		case r := <-s.requests:
			group = s.gather(r, &p)
		case <-s.quit:
			select {
			case r := <-s.requests: // handed over before the end
				group = s.gather(r, &p)
			default:
				return
			}
		}
		start := time.Now()
		s.commit(group)
		p = pace{size: len(group), took: time.Since(start), ended: time.Now()}
		for _, r := range group {
			close(r.done)
		}
	}
}

// pace is how the last group went.
type pace struct {
	size  int
	took  time.Duration
	ended time.Time
}

// gather takes what waits behind the first request. Under load the callers of the last group are about to come back: it yields to
// them for a part of what a transaction takes, else they and those who wait now would take turns at half the size. On an idle
// store it does not wait.
func (s *Store) gather(r *request, p *pace) []*request {
	var group []*request
	bytes := 0
	take := func(r *request) {
		if r.state.CompareAndSwap(0, 1) {
			group = append(group, r)
			bytes += r.bytes
		}
	}
	take(r)
	expected := 0
	for len(group) < maxGroup && bytes < maxBytes {
		select {
		case r := <-s.requests:
			take(r)
			continue
		default:
		}
		since := time.Since(p.ended)
		if expected == 0 && p.size > 1 && since < p.took/8 {
			expected = min(len(group)+p.size, maxGroup)
		}
		if len(group) >= expected || since > p.took/4 || since > time.Millisecond {
			return group
		}
		runtime.Gosched()
	}
	return group
}

// commit decides and writes a group in one transaction, then shows it to workers and watchers. If the transaction fails, nobody of
// the group may rest on what it saw there, so all of them fail.
func (s *Store) commit(group []*request) {
	if len(group) == 0 {
		return
	}
	err := s.transact(group)
	if err != nil {
		s.stale = true
		for _, r := range group {
			r.result, r.err = storage.Result{}, s.failure(err)
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, r := range group {
		if r.err == nil {
			r.result.Held = s.board.apply(r, now)
			s.publish(r.Put)
		}
	}
}

func (s *Store) failure(err error) error {
	if isFull(err) {
		return fmt.Errorf("bolt: commit to %s: %w: make room on the disk", s.path, err)
	}
	return fmt.Errorf("bolt: commit to %s: %w", s.path, err)
}

// transact runs a group's transaction. A panic in it (a damaged page) ends the transaction, not the program.
func (s *Store) transact(group []*request) (err error) {
	if s.stale {
		if err := s.restore(); err != nil {
			return err
		}
		s.stale = false
	}
	tx, err := s.db.Begin(true)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, rollback(tx))
		}
	}()
	defer damage(&err)()
	g := newGrouping(s, tx)
	for _, r := range group {
		if r.err = g.refuse(r); r.err == nil {
			if err := g.write(r); err != nil {
				return err
			}
		}
	}
	if !g.dirty {
		return rollback(tx) // pauses, jobs given back, refusals: nothing for the disk
	}
	if err := g.finish(); err != nil {
		return err
	}
	return tx.Commit()
}

// rollback ends a transaction that Commit has not ended already.
func rollback(tx *bbolt.Tx) (err error) {
	defer damage(&err)()
	if tx.DB() == nil {
		return nil
	}
	return tx.Rollback()
}
