package main

import "testing"

// Between two collections there is room for what the present load makes, within limits.
func TestGrowthFollowsTheLoad(t *testing.T) {
	const mib = 1 << 20
	for _, tt := range []struct {
		made, live uint64
		want       int
	}{
		{0, 20 * mib, leastGrowth},
		{10 * mib, 20 * mib, 50},
		{50 * mib, 20 * mib, 250},
		{500 * mib, 20 * mib, mostGrowth},
		{mib, 0, mostGrowth},
	} {
		if got := growthFor(tt.made, tt.live); got != tt.want {
			t.Errorf("%d made, %d living: %d %%, want %d %%", tt.made, tt.live, got, tt.want)
		}
	}
}
