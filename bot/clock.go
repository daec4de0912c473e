package bot

import (
	"context"
	"fmt"
	"sync"
	"time"

	"olle/storage"
)

// Clock tells the program's time, which may be another than the real one: another day (OLLE_NOW), and faster
// (OLLE_CLOCK_SPEED). Whatever is decided or recorded goes by it. Real time is for waits and limits, for what a network reports (until
// Map turns it), and for what an operator begins: the ID of the update, the date of an archive.
type Clock struct {
	mu    sync.Mutex
	plain bool      // program time is real time
	real  time.Time // the real moment at which the program's was base
	base  time.Time
	speed float64 // program seconds per real second; 0 stands still
	floor time.Time
	moved chan struct{} // closed when Move was called
}

// NewClock starts a clock at now (zero: the real time) that runs speed times as fast as the real one (0: 1). It never starts
// before last, the latest moment an earlier run recorded (see LastMoment), so that no restart turns time back.
func NewClock(now time.Time, speed float64, last time.Time) *Clock {
	if speed <= 0 {
		speed = 1
	}
	real := time.Now()
	c := &Clock{real: real, base: now, speed: speed, floor: last, moved: make(chan struct{})}
	c.plain = now.IsZero() && speed == 1 && !last.After(real)
	if now.IsZero() {
		c.base = real.Round(0)
	}
	if last.After(c.base) {
		c.base = last
	}
	return c
}

// StoppedClock stands still at now until somebody moves it by hand, as tests do.
func StoppedClock(now time.Time) *Clock {
	return &Clock{real: time.Now(), base: now, floor: now, moved: make(chan struct{})}
}

// Now returns the program's time.
func (c *Clock) Now() time.Time {
	if c.plain {
		return time.Now().Round(0)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base.Add(time.Duration(float64(time.Since(c.real)) * c.speed))
}

// Map turns a moment of real time, as networks report it, into program time. Moments before the start count back from it at the
// clock's speed, yet never behind what an earlier run had recorded.
func (c *Clock) Map(real time.Time) time.Time {
	if c.plain || real.IsZero() {
		return real
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.base.Add(time.Duration(float64(real.Sub(c.real)) * c.speed))
	if t.Before(c.floor) {
		return c.floor
	}
	return t
}

// Until returns how long it is, in real time, until the program's time is t; zero or less when that is now or past.
func (c *Clock) Until(t time.Time) time.Duration {
	d := t.Sub(c.Now())
	switch {
	case c.plain || d <= 0:
		return d
	case c.speed == 0:
		return time.Hour
	}
	return time.Duration(float64(d) / c.speed)
}

// paced shortens a polling pause where the clock runs fast, so that alarms are not late by the program's time, down to 20 ms.
func (c *Clock) paced(d time.Duration) time.Duration {
	if c.speed <= 1 {
		return d
	}
	return max(time.Duration(float64(d)/c.speed), 20*time.Millisecond)
}

// Moved says that the program's time is not simply the real one.
func (c *Clock) Moved() bool { return !c.plain }

// Move sets the program's time forward by d at once and wakes whoever waits for a moment.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.plain {
		panic("bot: the real clock cannot be moved")
	}
	c.base = c.base.Add(d)
	close(c.moved)
	c.moved = make(chan struct{})
}

// leap returns a channel that is closed by the next Move.
func (c *Clock) leap() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moved
}

const lastKey = "clock/last"

// LastMoment returns the latest program time that an earlier run with a moved clock recorded; zero when there was none.
func LastMoment(ctx context.Context, s storage.Store) (time.Time, error) {
	docs, err := s.Load(ctx, lastKey)
	if err != nil {
		return time.Time{}, fmt.Errorf("bot: last recorded moment: %w", err)
	}
	if docs[0].Rev == 0 {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, string(docs[0].Data))
	if err != nil {
		return time.Time{}, fmt.Errorf("bot: last recorded moment: %w", err)
	}
	return t, nil
}

// keepMoment records the moment a moved clock shows, each minute and at the end. Of several replicas the latest moment stays.
func (b *Bot) keepMoment(ctx context.Context) {
	if !b.clock.Moved() {
		return
	}
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			b.putMoment(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			b.putMoment(last)
			return
		}
	}
}

func (b *Bot) putMoment(ctx context.Context) {
	docs, err := b.store.Load(ctx, lastKey)
	if err != nil {
		b.log.Warn("the moment could not be recorded", "err", err)
		return
	}
	now := b.clock.Now()
	if old, err := time.Parse(time.RFC3339Nano, string(docs[0].Data)); err == nil && !now.After(old) {
		return
	}
	_, err = b.store.Commit(ctx, storage.Batch{
		Check: docs,
		Put:   []storage.Doc{{Key: lastKey, Data: []byte(now.Format(time.RFC3339Nano))}},
		Now:   now,
	})
	if err != nil {
		b.log.Warn("the moment could not be recorded", "err", err)
	}
}
