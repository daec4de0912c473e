package bot

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// LeaseTime is how long a right outlives a process that died with it, in real time.
const LeaseTime = 15 * time.Second

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
		held, err := l(ctx, name, LeaseTime)
		switch {
		case err == nil && held:
			if err := l.under(ctx, name, log, do); err != nil {
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
		pause(ctx, LeaseTime/5)
	}
	return nil
}

// under does it as long as the lease can be prolonged.
func (l Lease) under(ctx context.Context, name string, log *slog.Logger, do func(context.Context) error) error {
	own, lose := context.WithCancelCause(ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		l.prolong(own, name, log, lose)
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

// prolong keeps the lease until ctx ends; when it cannot, what runs must stop before somebody else begins.
func (l Lease) prolong(ctx context.Context, name string, log *slog.Logger, lose context.CancelCauseFunc) {
	until := time.Now().Add(LeaseTime)
	for {
		pause(ctx, LeaseTime/5)
		if ctx.Err() != nil {
			return
		}
		asked := time.Now()
		held, err := l(ctx, name, LeaseTime)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && held:
			until = asked.Add(LeaseTime)
		case err == nil, time.Until(until) < LeaseTime/4:
			log.Warn("another replica receives now, or the store cannot say", "right", name, "err", err)
			lose(ErrLeaseLost)
			return
		}
	}
}
