package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"olle/storage"
)

// recorder writes down what became of jobs. While one commit is under way the results that arrive meanwhile gather, and the next
// commit takes them all: prompt when it is quiet, few commits when it is not.
type recorder struct {
	store storage.Store
	clock *Clock
	mu    sync.Mutex
	queue []*record
	busy  bool
}

type record struct {
	batch storage.Batch
	until time.Time // real time after which it is of no use
	err   error
	done  chan struct{}
}

const maxRecords = 128 // results in one commit

// record commits b (only Done, Free, Put, Push and Pause) and returns when it is on record. Failures of the store are retried until
// the real time until: after that the job's claim has lapsed and it is offered again anyway.
func (r *recorder) record(b storage.Batch, until time.Time) error {
	e := &record{batch: b, until: until, done: make(chan struct{})}
	r.mu.Lock()
	r.queue = append(r.queue, e)
	if !r.busy {
		r.busy = true
		go r.flush()
	}
	r.mu.Unlock()
	<-e.done
	return e.err
}

func (r *recorder) flush() {
	for {
		r.mu.Lock()
		n := min(len(r.queue), maxRecords)
		if n == 0 {
			r.busy = false
			r.mu.Unlock()
			return
		}
		group := r.queue[:n:n]
		r.queue = r.queue[n:]
		r.mu.Unlock()
		r.commit(group)
		for _, e := range group {
			close(e.done)
		}
	}
}

func (r *recorder) commit(group []*record) {
	all := storage.Batch{Now: r.clock.Now()}
	until := group[0].until
	for _, e := range group {
		all.Done = append(all.Done, e.batch.Done...)
		all.Free = append(all.Free, e.batch.Free...)
		all.Put = append(all.Put, e.batch.Put...)
		all.Push = append(all.Push, e.batch.Push...)
		all.Pause = append(all.Pause, e.batch.Pause...)
		if e.until.Before(until) {
			until = e.until
		}
	}
	err := r.try(all, until)
	if err != nil && len(group) > 1 {
		for _, e := range group { // one bad apple, or one that ran out of time
			r.commit([]*record{e})
		}
		return
	}
	for _, e := range group {
		e.err = err
	}
}

func (r *recorder) try(b storage.Batch, until time.Time) error {
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		ctx, cancel := context.WithDeadline(context.Background(), until)
		_, err := r.store.Commit(ctx, b)
		cancel()
		if err == nil {
			return nil
		}
		if errors.Is(err, storage.ErrClosed) || errors.Is(err, storage.ErrTooLarge) || time.Until(until) < wait {
			return fmt.Errorf("bot: recording results: %w", err)
		}
		time.Sleep(jitter(wait))
	}
}
