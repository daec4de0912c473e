package bot

import (
	"slices"
	"sync"
	"time"
)

// crew counts goroutines at work. Unlike a sync.WaitGroup it may be joined while somebody waits for it, and waiting can end early.
//
// Who has finished stays a moment for the next piece of work: its stack has grown to what such work needs, and growing one anew for
// every message costs more than the message.
type crew struct {
	mu   sync.Mutex
	n    int
	idle chan struct{}   // closed when n falls to zero; nil while nobody waits
	rest []chan<- func() // of those who wait for work, the latest last
}

const (
	restTime = 200 * time.Millisecond
	maxRest  = 64 // who wait for work
)

func (c *crew) spawn(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	if last := len(c.rest) - 1; last >= 0 {
		c.rest[last] <- f // has room for one
		c.rest = c.rest[:last]
		return
	}
	go c.work(f)
}

// work does f, and what comes soon after.
func (c *crew) work(f func()) {
	next := make(chan func(), 1)
	timer := time.NewTimer(restTime)
	defer timer.Stop()
	for c.do(f); c.wishes(next); c.do(f) {
		timer.Reset(restTime)
		select {
		case f = <-next:
		case <-timer.C:
			if c.leaves(next) {
				return
			}
			f = <-next
		}
	}
}

func (c *crew) do(f func()) {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.n--; c.n == 0 && c.idle != nil {
			close(c.idle)
			c.idle = nil
		}
	}()
	f()
}

// wishes puts somebody among those who wait for work; false: there are enough.
func (c *crew) wishes(next chan<- func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.rest) >= maxRest {
		return false
	}
	c.rest = append(c.rest, next)
	return true
}

// leaves takes somebody from among those who wait; false: work has come.
func (c *crew) leaves(next chan<- func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.rest, next)
	if i >= 0 {
		c.rest = slices.Delete(c.rest, i, i+1)
	}
	return i >= 0
}

// wait returns true once nobody works, false if that takes longer than until.
func (c *crew) wait(until time.Time) bool {
	c.mu.Lock()
	if c.n == 0 {
		c.mu.Unlock()
		return true
	}
	if c.idle == nil {
		c.idle = make(chan struct{})
	}
	idle := c.idle
	c.mu.Unlock()
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-idle:
		return true
	case <-t.C:
		return false
	}
}
