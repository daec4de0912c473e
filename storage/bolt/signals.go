package bolt

import (
	"context"
	"strings"
	"time"

	"olle/storage"
)

// watchSize is how many keys a watcher may lag behind before it is told "anything may have changed".
const watchSize = 256

type watcher struct {
	kind string
	keys chan string
}

// Watch sends the keys of documents of one kind that were put or deleted.
func (s *Store) Watch(ctx context.Context, kind string) (<-chan string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &watcher{kind: kind, keys: make(chan string, watchSize)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed() {
		return nil, storage.ErrClosed
	}
	s.watchers[w] = struct{}{}
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.leave(w)
	})
	return w.keys, nil
}

// leave closes a watcher's channel once. It needs s.mu.
func (s *Store) leave(w *watcher) {
	if _, there := s.watchers[w]; there {
		delete(s.watchers, w)
		close(w.keys)
	}
}

// publish tells watchers of documents put. It needs s.mu, and waits for nobody: the last place in a watcher's channel is kept for
// the "" that stands for all that found no room.
func (s *Store) publish(docs []storage.Doc) {
	if len(s.watchers) == 0 {
		return
	}
	for _, d := range docs {
		kind, _, _ := strings.Cut(d.Key, "/")
		for w := range s.watchers {
			switch free := cap(w.keys) - len(w.keys); {
			case w.kind != kind, free == 0:
			case free == 1:
				w.keys <- ""
			default:
				w.keys <- d.Key
			}
		}
	}
}

type lease struct {
	owner string
	until time.Time
}

// Lease takes, prolongs or (d = 0) gives up a lease. It is kept in memory: the file has one process.
func (s *Store) Lease(ctx context.Context, name, owner string, d time.Duration) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed() {
		return false, storage.ErrClosed
	}
	now := time.Now()
	if l, taken := s.leases[name]; taken && l.owner != owner && l.until.After(now) {
		return false, nil
	}
	if d <= 0 {
		delete(s.leases, name)
	} else {
		s.leases[name] = lease{owner: owner, until: now.Add(d)}
	}
	return true, nil
}
