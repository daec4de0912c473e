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
// commit takes them all: prompt when it is quiet, few commits when it is not. A result that nobody waits for lingers a moment: the
// next turn's commit takes it along, and then it costs no commit of its own.
type recorder struct {
	store storage.Store
	clock *Clock
	mu    sync.Mutex
	queue []*record
	busy  bool
	hurry chan struct{} // something has come that does not linger
}

type record struct {
	batch   storage.Batch
	until   time.Time // real time after which it is of no use
	patient bool      // may linger; only Done
	err     error
	done    chan struct{}
}

const (
	maxRecords = 128 // results in one commit
	maxAlong   = 16  // results that a turn's commit takes along
	linger     = 2 * time.Millisecond
)

func newRecorder(store storage.Store, clock *Clock) *recorder {
	return &recorder{store: store, clock: clock, hurry: make(chan struct{}, 1)}
}

// enter writes down a result (only Done, Free, Put, Push and Pause); it is on record when e.done is closed without e.err. Failures of
// the store are retried until the real time until: after that the job's claim has lapsed and it is offered again anyway.
func (r *recorder) enter(b storage.Batch, until time.Time, patient bool) *record {
	e := &record{batch: b, until: until, patient: patient, done: make(chan struct{})}
	r.mu.Lock()
	r.queue = append(r.queue, e)
	r.begin(patient)
	r.mu.Unlock()
	return e
}

// begin makes sure that what has been entered is committed. The caller holds r.mu.
func (r *recorder) begin(patient bool) {
	if !r.busy {
		r.busy = true
		go r.flush(patient)
		return
	}
	if !patient {
		select {
		case r.hurry <- struct{}{}:
		default:
		}
	}
}

// take hands lingering results over to a turn that commits them along with its own, and then calls taken.
func (r *recorder) take() []*record {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for n < len(r.queue) && n < maxAlong && r.queue[n].patient {
		n++
	}
	group := r.queue[:n:n]
	r.queue = r.queue[n:]
	return group
}

// taken tells what became of results that were taken along. When that commit was refused they are committed on their own.
func (r *recorder) taken(group []*record, err error) {
	if err == nil {
		for _, e := range group {
			close(e.done)
		}
		return
	}
	for _, e := range group {
		e.patient = false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, group...)
	r.begin(false)
}

func (r *recorder) flush(patient bool) {
	if patient {
		t := time.NewTimer(linger)
		select {
		case <-r.hurry:
		case <-t.C:
		}
		t.Stop()
	}
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
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		ctx, cancel := context.WithDeadline(context.Background(), until)
		_, err := r.store.Commit(ctx, b)
		cancel()
		if err == nil {
			return nil
		}
		if errors.Is(err, storage.ErrClosed) || errors.Is(err, storage.ErrTooLarge) || time.Until(until) < wait {
			return fmt.Errorf("bot: recording results: %w", err)
		}
		time.Sleep(Jitter(wait))
	}
}
