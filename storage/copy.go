package storage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Item is one thing that Store.Copy found; exactly one field is set. A document may come twice: the later one counts, and one with Rev
// 0 and nil Data is gone. Last, the highest number given out so far, comes before the jobs, which come in the order of Seq.
type Item struct {
	Doc  *Doc
	Last int64
	Job  *Job   // without its claim
	Name string // a Once name
}

const (
	fillDocs  = 256     // documents in one commit of Fill
	fillBytes = 1 << 20 // and their bytes, about
	fillNames = 64      // commits of names under way at once
)

// Fill puts what Copy gave into a store that nobody works with, of whatever backend. next returns nil at the end. Documents get new
// revisions, jobs new numbers in the same order with the Born they had; names are remembered for OnceFor from now on.
func Fill(ctx context.Context, s Store, next func() (*Item, error)) error {
	f := &filling{ctx: ctx, store: s, room: make(chan struct{}, fillNames)}
	for {
		item, err := next()
		if err == nil && item != nil {
			err = f.take(item)
		}
		if err != nil || item == nil {
			return f.finish(err)
		}
	}
}

// filling is one Fill under way.
type filling struct {
	ctx   context.Context
	store Store
	batch Batch
	bytes int

	room  chan struct{}
	names sync.WaitGroup
	mu    sync.Mutex
	err   error // of a name
}

func (f *filling) take(item *Item) error {
	switch {
	case item.Doc != nil:
		f.batch.Put = append(f.batch.Put, *item.Doc)
		f.bytes += len(item.Doc.Data)
	case item.Job != nil:
		if err := f.makeRoom(item.Job.Born); err != nil {
			return err
		}
		f.batch.Push = append(f.batch.Push, *item.Job)
		f.bytes += len(item.Job.Data)
	case item.Last > 0:
		if err := f.flush(); err != nil {
			return err
		}
		return f.store.Raise(f.ctx, item.Last)
	case item.Name != "":
		return f.remember(item.Name)
	}
	if len(f.batch.Put)+len(f.batch.Push) >= fillDocs || f.bytes >= fillBytes {
		return f.flush()
	}
	return nil
}

// makeRoom begins a new commit where the jobs waiting for one were born at another moment: a commit's Now is its jobs' Born.
func (f *filling) makeRoom(born time.Time) error {
	if !f.batch.Now.Equal(born) {
		if err := f.flush(); err != nil {
			return err
		}
	}
	f.batch.Now = born
	return nil
}

func (f *filling) flush() error {
	b := f.batch
	f.batch, f.bytes = Batch{}, 0
	if len(b.Put)+len(b.Push) == 0 {
		return nil
	}
	_, err := f.store.Commit(f.ctx, b)
	return err
}

// remember commits names beside each other, because each is a commit of its own.
func (f *filling) remember(name string) error {
	f.room <- struct{}{}
	f.names.Go(func() {
		defer func() { <-f.room }()
		if _, err := f.store.Commit(f.ctx, Batch{Once: name}); err != nil && !errors.Is(err, ErrSeen) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.err = err
		}
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *filling) finish(err error) error {
	if err == nil {
		err = f.flush()
	}
	f.names.Wait()
	if err = errors.Join(err, f.err); err != nil {
		return fmt.Errorf("storage: filling: %w", err)
	}
	return nil
}
