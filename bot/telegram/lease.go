package telegram

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// leaseTime is how long the right to poll outlives a process that died.
const leaseTime = 15 * time.Second

var errLeaseLost = errors.New("telegram: another replica polls now")

// whileHeld runs poll whenever this process is the one that may, until ctx ends or poll fails for good.
func (t *Telegram) whileHeld(ctx context.Context, poll func(context.Context) error) error {
	if t.opt.Lease == nil {
		return poll(ctx)
	}
	name := fmt.Sprint("telegram/", t.id)
	for ctx.Err() == nil {
		held, err := t.opt.Lease(ctx, name, leaseTime)
		if err != nil && ctx.Err() == nil {
			t.log.Warn("cannot ask who polls", "err", err)
		}
		if err != nil || !held {
			sleep(ctx, leaseTime/5)
			continue
		}
		if err := t.underLease(ctx, name, poll); err != nil {
			return err
		}
	}
	return nil
}

// underLease polls as long as the lease can be prolonged.
func (t *Telegram) underLease(ctx context.Context, name string, poll func(context.Context) error) error {
	own, lose := context.WithCancelCause(ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		t.prolong(own, name, lose)
	}()
	err := poll(own)
	lost := context.Cause(own) == errLeaseLost
	lose(nil)
	<-kept
	if !lost {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_, _ = t.opt.Lease(last, name, 0) // a failure costs the next replica leaseTime
	}
	return err
}

// prolong keeps the lease until ctx ends; when it cannot, polling must stop before somebody else begins.
func (t *Telegram) prolong(ctx context.Context, name string, lose context.CancelCauseFunc) {
	until := time.Now().Add(leaseTime)
	for {
		sleep(ctx, leaseTime/5)
		if ctx.Err() != nil {
			return
		}
		asked := time.Now()
		held, err := t.opt.Lease(ctx, name, leaseTime)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && held:
			until = asked.Add(leaseTime)
		case err == nil, time.Until(until) < leaseTime/4:
			t.log.Warn("another replica polls now, or the store cannot say", "err", err)
			lose(errLeaseLost)
			return
		}
	}
}
