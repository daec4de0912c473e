package redis

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"olle/storage"
	"olle/storage/redis/redistest"
	"olle/storage/storagetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var installations atomic.Int64

// fresh gives every test an installation of its own on one server.
func fresh(url string, with ...func(*Options)) storagetest.Fresh {
	return func(t *testing.T) func(t *testing.T, now func() time.Time) storage.Store {
		name := fmt.Sprintf("test-%d", installations.Add(1))
		return func(t *testing.T, now func() time.Time) storage.Store {
			o := Options{URL: url, Name: name, Now: now, Log: slog.New(slog.DiscardHandler)}
			for _, f := range with {
				f(&o)
			}
			return open(t, o)
		}
	}
}

func open(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestOneServer(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, fresh(redistest.Start(t)))
}

func TestCluster(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, fresh(redistest.StartCluster(t)))
}

func TestSentinel(t *testing.T) {
	t.Parallel()
	w := redistest.StartSentinel(t, "s3cret")
	storagetest.Run(t, fresh(w.URL(), func(o *Options) { o.WaitReplicas = 1 }))
}

func openPlace(place string) (storage.Store, error) {
	return Open(context.Background(), Options{URL: place, Log: slog.New(slog.DiscardHandler)})
}

// TestKill kills the process that commits.
func TestKill(t *testing.T) {
	storagetest.Kill(t, storagetest.KillOptions{Place: redistest.Start(t), Open: openPlace})
}

// TestKillBoth kills the process that commits and redis-server with it.
func TestKillBoth(t *testing.T) {
	server := redistest.NewServer(t, "--appendfsync", "always")
	storagetest.Kill(t, storagetest.KillOptions{Place: server.URL(), Open: openPlace, After: func(t *testing.T) {
		server.Kill()
		server.Restart()
	}})
}

func TestKillChild(t *testing.T) { storagetest.KillChild(t, openPlace) }
