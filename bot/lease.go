package bot

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

const (
	// LeaseTime is how long a right outlives a process that died with it, in real time: longer than a Redis that fails over is away.
	LeaseTime = 10 * time.Second

	farewell = LeaseTime / 4 // what is left of a right that cannot be prolonged, for what runs under it to end
)

// ErrLeaseLost is why the context of what runs under a lease ended, when it was not the caller's wish.
var ErrLeaseLost = errors.New("bot: another replica does this now")

// Lease takes or prolongs, for d of real time, a right that one process at a time may have; d = 0 gives it up. It is for networks that
// insist on one reader per token. Nil: this is the only process.
type Lease func(ctx context.Context, name string, d time.Duration) (held bool, err error)

// WhileHeld runs do whenever this process is the one that has the right, until ctx ends or do fails for good. The context of do ends
// with the right, early enough for do to stop before another process begins.
func (l Lease) WhileHeld(ctx context.Context, name string, log *slog.Logger, do func(context.Context) error) error {
	if l == nil {
		return do(ctx)
	}
	for told := false; ctx.Err() == nil; {
		until := time.Now().Add(LeaseTime)
		held, err := l(ctx, name, LeaseTime)
		switch {
		case err == nil && held:
			if err := l.under(ctx, name, until, log, do); err != nil {
				return err
			}
			told = false
			continue
		case err != nil && ctx.Err() == nil:
			log.Warn("cannot ask whose turn it is to receive", "right", name, "err", err)
		case err == nil && !told:
			told = true
			log.Info("standing by: another replica receives", "right", name)
		}
		Pause(ctx, LeaseTime/5)
	}
	return nil
}

// under does it as long as the lease can be prolonged.
func (l Lease) under(ctx context.Context, name string, until time.Time, log *slog.Logger, do func(context.Context) error) error {
	own, lose := context.WithCancelCause(ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		l.prolong(own, name, until, log, lose)
	}()
	defer func() {
		lost := context.Cause(own) == ErrLeaseLost
		lose(nil)
		<-kept
		if !lost {
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_, _ = l(last, name, 0) // a failure costs the next replica LeaseTime
		}
	}()
	return do(own)
}

// prolong keeps the lease, which is sure until then, until ctx ends; when it cannot, what runs must stop before somebody else begins. A store
// that says nothing is not waited for longer than that.
func (l Lease) prolong(ctx context.Context, name string, until time.Time, log *slog.Logger, lose context.CancelCauseFunc) {
	for {
		Pause(ctx, max(time.Until(until)-LeaseTime*4/5, LeaseTime/20))
		if ctx.Err() != nil {
			return
		}
		asked := time.Now()
		inTime, cancel := context.WithDeadline(ctx, until.Add(-farewell))
		held, err := l(inTime, name, LeaseTime)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && held:
			until = asked.Add(LeaseTime)
		case err == nil, time.Until(until) <= farewell:
			log.Warn("another replica receives now, or the store cannot say", "right", name, "err", err)
			lose(ErrLeaseLost)
			return
		}
	}
}
