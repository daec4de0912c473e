package console

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"olle/storage"
)

// index holds every document of one kind in memory as lists need it, in step with the store: by the store's hints as documents
// change, by reading all of them when a hint may have been lost. It does so only while somebody looks at pages: a replica that no
// organiser uses neither reads nor remembers anybody.
type index[T any] struct {
	store storage.Store
	kind  string
	read  func(name string, data []byte) (T, bool) // false: not for lists

	mu       sync.RWMutex
	by       map[string]T
	list     []T           // nil: to be made anew
	current  bool          // follow keeps it so
	followed bool          // follow is at it, or will be when a page asks
	changed  chan struct{} // closed when current or followed change
	reading  sync.Mutex
	so       atomic.Int64 // documents read so far, of the reading under way

	asked chan struct{} // tells follow that a page needs it
	used  atomic.Int64  // when the last one did, Unix nanoseconds of real time
}

func newIndex[T any](s storage.Store, kind string, read func(name string, data []byte) (T, bool)) *index[T] {
	return &index[T]{store: s, kind: kind, read: read, by: map[string]T{}, changed: make(chan struct{}), asked: make(chan struct{}, 1)}
}

const (
	readPage  = 1000
	sureAgain = time.Minute // real time after which everything is read again, whatever the hints said
	rarely    = 100         // or so many times what reading takes, if that is longer: with many people it is much work
	idleAfter = 15 * time.Minute

	patience = 3 * time.Second // a page waits so long for the first reading
)

// unread says that what a page needs is still being read: there are very many.
type unread struct{ so int64 }

func (u *unread) Error() string { return fmt.Sprintf("console: still reading, %d so far", u.so) }

// all returns everything, in no order. What it returns is shared and never changes.
func (p *index[T]) all(ctx context.Context) ([]T, error) {
	p.used.Store(time.Now().UnixNano())
	p.ask()
	if err := p.wait(ctx); err != nil {
		return nil, err
	}
	p.mu.RLock()
	list := p.list
	p.mu.RUnlock()
	if list != nil {
		return list, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.list == nil {
		p.list = make([]T, 0, len(p.by))
		for _, r := range p.by {
			p.list = append(p.list, r)
		}
	}
	return p.list, nil
}

// wait returns when everything is read: by follow, or where nobody follows by the caller. Very many take longer than a page should.
func (p *index[T]) wait(ctx context.Context) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		p.mu.RLock()
		current, followed, changed := p.current, p.followed, p.changed
		p.mu.RUnlock()
		switch {
		case current:
			return nil
		case !followed:
			return p.readAll(ctx)
		}
		select {
		case <-changed:
		case <-late.C:
			return &unread{p.so.Load()}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// stand says how things stand now, to those who wait too.
func (p *index[T]) stand(current, followed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current, p.followed = current, followed
	close(p.changed)
	p.changed = make(chan struct{})
}

// ask lets follow begin, if it has not.
func (p *index[T]) ask() {
	select {
	case p.asked <- struct{}{}:
	default:
	}
}

func (p *index[T]) prefix() string { return p.kind + "/" }

// readAll reads every document of the kind.
func (p *index[T]) readAll(ctx context.Context) error {
	p.reading.Lock()
	defer p.reading.Unlock()
	by := map[string]T{}
	p.so.Store(0)
	for d, err := range storage.Each(ctx, p.store, p.prefix()) {
		if err != nil {
			return fmt.Errorf("console: read all of %s: %w", p.kind, err)
		}
		name := strings.TrimPrefix(d.Key, p.prefix())
		if r, ok := p.read(name, d.Data); ok {
			by[name] = r
			p.so.Store(int64(len(by)))
		}
	}
	p.mu.Lock()
	p.by, p.list = by, nil
	p.mu.Unlock()
	return nil
}

// follow keeps the list in step until ctx ends, from the first page that needs it until none has for a while.
func (p *index[T]) follow(ctx context.Context, log *slog.Logger) {
	p.stand(false, true)
	defer p.stand(false, false)
	for ctx.Err() == nil {
		select {
		case <-p.asked:
		case <-ctx.Done():
			return
		}
		err := p.followOnce(ctx)
		p.stand(false, err == nil)
		p.forget()
		if err != nil && ctx.Err() == nil {
			log.Warn("cannot follow the store; pages read everything meanwhile", "kind", p.kind, "err", err)
			p.ask()
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// forget gives the memory back when no page has needed it for long.
func (p *index[T]) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle() {
		p.by, p.list = map[string]T{}, nil
	}
}

func (p *index[T]) idle() bool { return time.Since(time.Unix(0, p.used.Load())) > idleAfter }

// followOnce watches, then reads everything, then reads what the hints name: no change falls in between. It ends without an error when
// nobody has asked for long.
func (p *index[T]) followOnce(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	hints, err := p.store.Watch(ctx, p.kind)
	if err != nil {
		return err
	}
	wait, err := p.timed(ctx)
	if err != nil {
		return err
	}
	p.stand(true, true)
	again := time.NewTimer(wait)
	defer again.Stop()
	for {
		select {
		case key, open := <-hints:
			if !open {
				return nil
			}
			if err := p.reread(ctx, gather(key, hints)); err != nil {
				return err
			}
		case <-again.C:
			if p.idle() {
				return nil
			}
			if wait, err = p.timed(ctx); err != nil {
				return err
			}
			again.Reset(wait)
		case <-ctx.Done():
			return nil
		}
	}
}

// timed reads everything and says when to do so again.
func (p *index[T]) timed(ctx context.Context) (wait time.Duration, err error) {
	start := time.Now()
	err = p.readAll(ctx)
	return max(sureAgain, rarely*time.Since(start)), err
}

// gather takes the hints that wait already, so that a burst is one read. "" among them: anything may have changed.
func gather(key string, hints <-chan string) map[string]bool {
	keys := map[string]bool{key: true}
	for len(keys) < readPage {
		select {
		case k, open := <-hints:
			if !open {
				return keys
			}
			keys[k] = true
		default:
			return keys
		}
	}
	return keys
}

func (p *index[T]) reread(ctx context.Context, keys map[string]bool) error {
	if keys[""] {
		return p.readAll(ctx)
	}
	names := make([]string, 0, len(keys))
	for k := range keys {
		names = append(names, k)
	}
	p.reading.Lock()
	defer p.reading.Unlock()
	docs, err := p.store.Load(ctx, names...)
	if err != nil {
		return fmt.Errorf("console: read what changed of %s: %w", p.kind, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, d := range docs {
		name := strings.TrimPrefix(names[i], p.prefix())
		if r, ok := p.read(name, d.Data); ok && d.Data != nil {
			p.by[name] = r
		} else {
			delete(p.by, name)
		}
	}
	p.list = nil
	return nil
}
