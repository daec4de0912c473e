package main

import (
	"context"
	"math"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A collection of garbage costs by what lives, whatever became garbage: so collections should be some time apart, and memory that is
// full of garbage before that time is memory for nothing.
const (
	collectEvery = time.Second * 2 / 5
	lookEvery    = time.Second / 25 // a question of a quiz brings answers at once: before the first collection, not after
	leastGrowth  = 20               // per cent of what lives, between two collections
	mostGrowth   = 300              // likewise: four times what lives, under the heaviest load
)

// paceCollector lets the heap grow between collections by what two fifths of a second of the present load make. An idle bot and one with a
// few words a second stay small, and one under load does not collect ten times a second. Whoever sets GOGC decides alone.
func paceCollector(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	before, growth, set := sample[0].Value.Uint64(), 0.0, 0
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(sample)
		made := sample[0].Value.Uint64() - before
		before += made
		growth = paced(growth, growthFor(made*uint64(collectEvery/lookEvery), sample[1].Value.Uint64()))
		if g := int(growth); g > set*5/4 || g < set*3/4 { // setting it stops everything for a moment
			set = g
			debug.SetGCPercent(set)
		}
	}
}

// growthFor is the growth in per cent of the live bytes that leaves room for the bytes made between two collections.
func growthFor(made, live uint64) float64 {
	return min(max(100*float64(made)/float64(max(live, 1)), leastGrowth), mostGrowth)
}

// paced is the growth now, with what the load wants: more at once, less only little by little, half of it in some fifteen seconds. A
// question of a quiz follows the one before after a while, and must not find a heap that collects at every turn.
func paced(growth, wanted float64) float64 {
	const halved = 15 * time.Second
	return max(wanted, growth*math.Exp2(-float64(lookEvery)/float64(halved)))
}
