package main

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// act is something to do at a moment of the storm.
type act struct {
	at   time.Duration
	what string // for the log; "" the end of something
	do   func()
}

// acts are the beginnings and the ends of all blows, in order.
func (c *chaos) acts(blows []blow) []act {
	var all []act
	for _, b := range blows {
		begin, end := c.does(b)
		all = append(all, act{b.at, b.String(), begin})
		if end != nil {
			all = append(all, act{at: b.at + b.lasts, do: end})
		}
	}
	slices.SortStableFunc(all, func(a, b act) int { return int(a.at - b.at) })
	return all
}

// does is how a blow begins and ends; what ends by itself has no end.
func (c *chaos) does(b blow) (begin, end func()) {
	r := c.replicas[max(0, b.who)]
	switch b.what {
	case "kill":
		return func() { r.down(syscall.SIGKILL, b.lasts/4) }, nil
	case "stop":
		return func() { r.down(syscall.SIGTERM, b.lasts/4) }, nil
	case "freeze":
		return func() { r.signal(syscall.SIGSTOP) }, func() { r.signal(syscall.SIGCONT) }
	case "redis killed":
		return c.redisDown, c.redisUp
	case "redis frozen":
		return func() {
				if !c.redisGone {
					c.redis.Freeze()
				}
			}, func() {
				if !c.redisGone {
					c.redis.Thaw()
				}
			}
	case "redis network":
		return c.through(b, r.redis)
	case "telegram network":
		return c.through(b, r.tg)
	case "discord network":
		return c.through(b, c.toDiscord)
	case "disk full":
		return c.diskFull, c.diskFree
	case "telegram moods":
		return func() { c.telegram.moods.set(b.how, 0.5) }, func() { c.telegram.moods.set("", 0) }
	case "discord moods":
		return func() { c.discord.moods.set(b.how, 0.5) }, func() { c.discord.moods.set("", 0) }
	case "gateway":
		return func() { c.discord.act(b.how) }, func() { c.discord.act("speak") }
	case "repeats":
		return c.repeat, nil
	case "blocked":
		return func() { c.blockade(true) }, func() { c.blockade(false) }
	case "clock jump":
		return func() { c.restartAt(20 * time.Minute) }, nil
	case "clock back":
		return func() { c.restartAt(-5 * time.Second) }, nil
	}
	panic("no such blow: " + b.what)
}

// through is bad weather on a link.
func (c *chaos) through(b blow, l *link) (begin, end func()) {
	return func() { l.turn(weathers[b.how]) }, func() { l.turn(weather{}) }
}

func (c *chaos) redisDown() {
	if !c.redisGone {
		c.redisGone = true
		c.redis.Thaw()
		c.redis.Kill()
	}
}

func (c *chaos) redisUp() {
	if c.redisGone {
		c.redis.Restart()
		c.redisGone = false
	}
}

func (c *chaos) diskFull() {
	if c.room {
		fillDisk(c.t, filepath.Join(c.disk, "ballast"))
	}
}

func (c *chaos) diskFree() {
	if c.room {
		_ = os.Remove(filepath.Join(c.disk, "ballast"))
	}
}

// repeat has every network bring once more what it brought before.
func (c *chaos) repeat() {
	c.telegram.repeat(12)
	c.discord.repeat(6)
	for _, g := range c.guests {
		if g.network == "web" {
			g.repeat()
		}
	}
}

// blockade has a guest block the bot; later the guest lets it in, and writes again as people do then.
func (c *chaos) blockade(on bool) {
	for _, g := range c.guests {
		if !g.blocks {
			continue
		}
		c.telegram.block(g.id, on)
		if !on {
			g.request(true)
		}
	}
}

// restartAt ends all replicas as a power cut does; the clock they come back with has moved.
func (c *chaos) restartAt(by time.Duration) {
	c.mu.Lock()
	c.jumped += by
	c.mu.Unlock()
	for _, r := range c.replicas {
		r.down(syscall.SIGKILL, 0)
	}
}

// calm ends whatever is still going on.
func (c *chaos) calm() {
	c.diskFree()
	c.redisUp()
	c.redis.Thaw()
	c.telegram.moods.set("", 0)
	c.discord.moods.set("", 0)
	c.discord.act("speak")
	c.toDiscord.turn(weather{})
	for _, r := range c.replicas {
		r.signal(syscall.SIGCONT)
		r.redis.turn(weather{})
		r.tg.turn(weather{})
	}
}
