package console

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"olle/storage"
	"olle/storage/bolt"
)

// Nobody is read before a page needs it; from then on changes show without reading all again, until pages need it no more.
func TestPeopleAreReadOnlyWhilePagesNeedThem(t *testing.T) {
	s, err := bolt.Open(filepath.Join(t.TempDir(), "store"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put := func(key string) {
		if _, err := s.Commit(t.Context(), storage.Batch{Put: []storage.Doc{{Key: key, Data: []byte("x")}}}); err != nil {
			t.Fatal(err)
		}
	}
	var reads atomic.Int64
	p := newIndex(s, "card", func(name string, _ []byte) (string, bool) { reads.Add(1); return name, true })
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go p.follow(ctx, slog.New(slog.DiscardHandler))
	put("card/a")
	if n := reads.Load(); n != 0 {
		t.Errorf("%d cards were read for nobody", n)
	}
	shows := func(n int) {
		t.Helper()
		for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			all, err := p.all(ctx)
			p.mu.RLock()
			current := p.current
			p.mu.RUnlock()
			if err != nil || len(all) == n && current {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%d shown, current %v, want %d", len(all), current, n)
			}
		}
	}
	shows(1)
	before := reads.Load()
	put("card/b")
	shows(2)
	if n := reads.Load() - before; n != 1 {
		t.Errorf("%d cards read for one change", n)
	}
	stop()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		p.mu.RLock()
		followed := p.followed
		p.mu.RUnlock()
		if !followed {
			break
		}
	}
	p.used.Store(0)
	p.forget()
	if p.current || len(p.by) != 0 {
		t.Errorf("what nobody needs is kept: %d", len(p.by))
	}
	if all, err := p.all(t.Context()); err != nil || len(all) != 2 {
		t.Errorf("%q, %v", all, err)
	}
}

// slowStore takes its time with lists.
type slowStore struct {
	storage.Store
	release chan struct{}
}

func (s slowStore) List(ctx context.Context, prefix, after string, n int) ([]storage.Doc, error) {
	<-s.release
	return s.Store.List(ctx, prefix, after, n)
}

// While very many are read for the first time a page says so, and does not read them all itself as well.
func TestAPageDoesNotWaitForVeryMany(t *testing.T) {
	t.Parallel()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "store"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Commit(t.Context(), storage.Batch{Put: []storage.Doc{{Key: "card/a", Data: []byte("x")}}}); err != nil {
		t.Fatal(err)
	}
	slow := slowStore{s, make(chan struct{})}
	p := newIndex(slow, "card", func(name string, _ []byte) (string, bool) { return name, true })
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go p.follow(ctx, slog.New(slog.DiscardHandler))
	for !func() bool { p.mu.RLock(); defer p.mu.RUnlock(); return p.followed }() {
		time.Sleep(time.Millisecond)
	}
	began := time.Now()
	_, err = p.all(ctx)
	if still := (*unread)(nil); !errors.As(err, &still) || time.Since(began) > 2*patience {
		t.Fatalf("after %v: %v", time.Since(began), err)
	}
	close(slow.release)
	if all, err := p.all(ctx); err != nil || len(all) != 1 {
		t.Errorf("%q, %v", all, err)
	}
}
