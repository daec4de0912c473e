package bot

import (
	"context"
	"hash/maphash"
	"sync"
)

// locks lets one holder per key in at a time. Keys share a fixed number of stripes, so two of them may wait for each other;
// nobody may hold two.
type locks struct {
	seed    maphash.Seed
	stripes [1024]chan struct{}
}

func newLocks() *locks {
	l := &locks{seed: maphash.MakeSeed()}
	for i := range l.stripes {
		l.stripes[i] = make(chan struct{}, 1)
	}
	return l
}

// lock waits for the key's turn and returns how to end it, or ctx's error.
func (l *locks) lock(ctx context.Context, key string) (unlock func(), err error) {
	s := l.stripes[maphash.String(l.seed, key)%uint64(len(l.stripes))]
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// tally counts failures by name. It forgets everything when it holds too many names: it bounds repetition, nothing hangs on it.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (t *tally) count(name string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == nil || len(t.n) > 10_000 {
		t.n = map[string]int{}
	}
	t.n[name]++
	return t.n[name]
}

func (t *tally) forget(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.n, name)
}
