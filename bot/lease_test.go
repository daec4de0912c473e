package bot_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"olle/bot"
)

// slowStore grants a right at once and says so after a while; away it says nothing.
type slowStore struct {
	takes time.Duration
	away  atomic.Bool
	free  atomic.Int64 // ns since 1970: when another may have the right
}

func (s *slowStore) lease(ctx context.Context, _ string, d time.Duration) (bool, error) {
	var answer <-chan time.Time
	if !s.away.Load() {
		s.free.Store(time.Now().Add(d).UnixNano())
		answer = time.After(s.takes)
	}
	select {
	case <-answer:
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// However long the store says nothing, what runs under a right is over before anybody else can have it.
func TestWorkUnderALeaseEndsBeforeTheLease(t *testing.T) {
	for _, takes := range []time.Duration{0, 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			s := &slowStore{takes: takes}
			ended := make(chan error, 1)
			go bot.Lease(s.lease).WhileHeld(ctx, "reader", slog.New(slog.DiscardHandler), func(ctx context.Context) error {
				<-ctx.Done()
				ended <- context.Cause(ctx)
				return nil
			})
			if time.Sleep(time.Minute); len(ended) > 0 {
				t.Errorf("answers take %v: ended because of %v", takes, <-ended)
			}
			s.away.Store(true)
			err := <-ended
			if left := time.Until(time.Unix(0, s.free.Load())); !errors.Is(err, bot.ErrLeaseLost) || left < time.Second {
				t.Errorf("answers take %v: ended %v before another could begin, because of %v", takes, left, err)
			}
		})
	}
}
