package bot

import (
	"context"
	"math/rand/v2"
	"time"
)

// Pause waits for d of real time; false: ctx ended before.
func Pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// Jitter returns between half of d and d, so that replicas do not step in time.
func Jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
