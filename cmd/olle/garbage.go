package main

import (
	"context"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A collection of garbage costs by what lives, whatever became garbage: so collections should be some time apart, and memory that is
// full of garbage before that time is memory for nothing.
const (
	collectEvery = 2 * time.Second // where that takes little memory: people who write meanwhile wait some milliseconds longer
	cheapRoom    = 12 << 20        // bytes: so little
	collectOften = time.Second * 2 / 5
	lookEvery    = time.Second / 25 // a question of a quiz brings answers at once: before the first collection, not after
	leastRoom    = 0.2              // of what lives
	mostRoom     = 3                // likewise: the heap is four times what lives, under the heaviest load
	stillness    = 64 << 10         // bytes made in lookEvery: some five messages
	worthwhile   = 4 << 20          // bytes of garbage
)

// collectLater lets the start, for which everybody waits, leave behind what it wants. The function it returns gives that back to the system.
func collectLater() (started func()) {
	const lazy = 800
	percent := debug.SetGCPercent(lazy)
	return func() {
		debug.SetGCPercent(percent)
		debug.FreeOSMemory()
	}
}

// paceCollector lets the heap grow between collections by what some time of the present load makes. An idle bot and one with a few words a
// second stay small, and one under load does not collect ten times a second. What a burst leaves behind is collected in the pause after
// it, in nobody's way, so that the next one finds all the room. Whoever sets GOGC decides alone.
func paceCollector(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	before, room, set := sample[0].Value.Uint64(), 0.0, 0
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(sample)
		made, live := sample[0].Value.Uint64()-before, float64(max(sample[1].Value.Uint64(), 1))
		before += made
		room = roomAfter(room, wantedRoom(float64(made)), live)
		if growth := int(100 * room / live); growth > set*5/4 || growth < set*3/4 { // setting it stops everything for a moment
			set = growth
			debug.SetGCPercent(set)
		}
		if inPause(float64(made), float64(sample[2].Value.Uint64())-live, live) {
			runtime.GC()
		}
	}
}

// wantedRoom is the room for garbage, in bytes, where so much was made in lookEvery.
func wantedRoom(made float64) float64 {
	return max(made*float64(collectOften/lookEvery), min(made*float64(collectEvery/lookEvery), cheapRoom))
}

// roomAfter is the room for garbage between two collections, in bytes, lookEvery after it was room: what the load wants, more at once, less
// only little by little, half of it in some fifteen seconds. A question of a quiz follows the one before after a while, and must not
// find a heap that collects at every turn.
func roomAfter(room, wanted, live float64) float64 {
	const halved = 15 * time.Second
	room = max(wanted, room*math.Exp2(-float64(lookEvery)/float64(halved)))
	return min(max(room, leastRoom*live), mostRoom*live)
}

// inPause says whether to collect because nobody waits now: a burst is over, and the garbage it left is more than what the collector of an
// idle bot lets gather.
func inPause(made, garbage, live float64) bool {
	return made < stillness && garbage > max(leastRoom*live, worthwhile)
}
