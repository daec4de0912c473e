package main

import (
	"testing"
	"time"
)

// Between two collections there is room for what the present load makes, within limits.
func TestGrowthFollowsTheLoad(t *testing.T) {
	const mib = 1 << 20
	for _, tt := range []struct {
		made, live uint64
		want       float64
	}{
		{0, 20 * mib, leastGrowth},
		{10 * mib, 20 * mib, 50},
		{50 * mib, 20 * mib, 250},
		{500 * mib, 20 * mib, mostGrowth},
		{mib, 0, mostGrowth},
	} {
		if got := growthFor(tt.made, tt.live); got != tt.want {
			t.Errorf("%d made, %d living: %.0f %%, want %.0f %%", tt.made, tt.live, got, tt.want)
		}
	}
}

// What a burst needs stays for the next one, and is given back when none comes.
func TestGrowthStaysForAWhile(t *testing.T) {
	after := func(d time.Duration) float64 {
		growth := paced(leastGrowth, mostGrowth)
		for range d / lookEvery {
			growth = paced(growth, leastGrowth)
		}
		return growth
	}
	if soon, late := after(10*time.Second), after(time.Minute); paced(leastGrowth, mostGrowth) != mostGrowth || soon < mostGrowth/2 || late != leastGrowth {
		t.Errorf("ten seconds after a burst the heap may grow by %.0f %%, a minute after by %.0f %%", soon, late)
	}
}
