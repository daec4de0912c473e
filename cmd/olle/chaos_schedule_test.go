package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// blow is one thing of a schedule that goes wrong, and for how long.
type blow struct {
	at, lasts time.Duration // since the storm began
	what      string
	who       int // which replica; -1 all
	how       string
}

func (b blow) String() string {
	s := fmt.Sprintf("%s %s", b.at.Round(10*time.Millisecond), b.what)
	if b.how != "" {
		s += " (" + b.how + ")"
	}
	switch {
	case b.who >= 0:
		s += fmt.Sprint(" of replica ", b.who)
	default:
		s += " for all"
	}
	if b.lasts > 0 {
		s += fmt.Sprint(", ", b.lasts.Round(10*time.Millisecond))
	}
	return s
}

// kinds of blows, each as often as it stands here.
var blowKinds = []string{
	"kill", "kill", "kill", "stop", "freeze", "freeze", "redis killed", "redis frozen", "redis network", "redis network", "telegram network",
	"discord network", "disk full", "telegram moods", "telegram moods", "discord moods", "gateway", "gateway", "repeats", "clock back",
}

// schedule derives all that happens in a storm from the seed, the storm's length and the number of replicas, and from nothing else.
// Whatever the seed, somebody blocks the bot for a while, and the clock jumps over a reminder.
func schedule(seed uint64, storm time.Duration, replicas int) []blow {
	chance := rand.New(rand.NewPCG(seed, 7))
	between := func(from, to time.Duration) time.Duration { return from + time.Duration(chance.Int64N(int64(to-from))) }
	long := storm >= time.Minute
	all := []blow{
		{at: between(storm/4, storm/2), lasts: storm / 4, what: "blocked", who: -1},
		{at: between(storm*4/10, storm*6/10), what: "clock jump", who: -1, how: "20m"},
	}
	for at := between(200*time.Millisecond, time.Second); at < storm-500*time.Millisecond; {
		b := blow{at: at, what: blowKinds[chance.IntN(len(blowKinds))], who: chance.IntN(replicas)}
		b.lasts = min(between(200*time.Millisecond, 4*time.Second), storm-at)
		b.detail(chance, long, storm-at)
		all = append(all, b)
		if long {
			at += between(500*time.Millisecond, 4*time.Second)
		} else {
			at += between(400*time.Millisecond, 1500*time.Millisecond)
		}
	}
	slices.SortStableFunc(all, func(a, b blow) int { return int(a.at - b.at) })
	return all
}

// detail chooses what else there is to choose of a kind; left is how much of the storm is.
func (b *blow) detail(chance *rand.Rand, long bool, left time.Duration) {
	pick := func(all ...string) string { return all[chance.IntN(len(all))] }
	switch b.what {
	case "freeze":
		if longer := time.Duration(16+chance.IntN(10)) * time.Second; long && longer < left && chance.IntN(3) == 0 {
			b.lasts = longer // than what it had leased
		}
	case "redis killed", "redis frozen", "disk full", "clock back":
		b.who = -1
	case "redis network", "telegram network":
		b.how = pick("slow", "cut", "deaf", "mute", "dead")
	case "discord network": // all replicas share it
		b.how, b.who = pick("slow", "cut", "deaf", "mute", "dead"), -1
	case "telegram moods", "discord moods":
		b.how, b.who = pick(append(everyMood, "mixed", "mixed", "mixed")...), -1
	case "gateway":
		b.how, b.who = pick(gatewayActs...), -1
	case "repeats":
		b.who = -1
	}
}

var weathers = map[string]weather{
	"slow": {delay: 150 * time.Millisecond}, "cut": {cut: true}, "deaf": {deaf: true}, "mute": {mute: true}, "dead": {deaf: true, mute: true},
}

// The same seed is the same schedule, another seed is another, and every kind of blow occurs.
func TestChaosScheduleIsOfItsSeed(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(50) {
		one, two := schedule(seed, time.Minute, 3), schedule(seed, time.Minute, 3)
		if !slices.Equal(one, two) || slices.Equal(one, schedule(seed+1, time.Minute, 3)) {
			t.Fatalf("seed %d: %v and %v", seed, one, two)
		}
		for _, b := range one {
			seen[b.what] = true
			if b.at+b.lasts > time.Minute {
				t.Errorf("seed %d: %s is not over with the storm", seed, b)
			}
		}
	}
	for _, kind := range blowKinds {
		if !seen[kind] {
			t.Errorf("nothing of the kind %q in fifty schedules", kind)
		}
	}
}
