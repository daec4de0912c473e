package main

import (
	"math"
	"testing"
	"time"
)

const mib = 1 << 20

// Between two collections there is room for what the present load makes, within limits that go by what lives.
func TestRoomForGarbageFollowsTheLoad(t *testing.T) {
	for _, tt := range []struct{ wanted, live, want float64 }{
		{0, 20 * mib, 4 * mib},
		{10 * mib, 20 * mib, 10 * mib},
		{50 * mib, 20 * mib, 50 * mib},
		{500 * mib, 20 * mib, 60 * mib},
		{mib, 1, 3},
	} {
		if got := roomAfter(0, tt.wanted, tt.live); got != tt.want {
			t.Errorf("%.0f bytes wanted, %.0f living: room for %.0f, want %.0f", tt.wanted, tt.live, got, tt.want)
		}
	}
}

// A light load collects every other second, a heavy one more often: its garbage would be most of the memory.
func TestRoomForGarbageLastsLongWhereItIsSmall(t *testing.T) {
	for _, tt := range []struct{ perSecond, seconds float64 }{{0.5 * mib, 2}, {6 * mib, 2}, {12 * mib, 1}, {30 * mib, 0.4}, {100 * mib, 0.4}} {
		if got := wantedRoom(tt.perSecond/25) / tt.perSecond; math.Abs(got-tt.seconds) > 0.001 {
			t.Errorf("%.1f MiB a second: room for %.2f seconds, want %.2f", tt.perSecond/mib, got, tt.seconds)
		}
	}
}

// What a burst needs stays for the next one, and is given back when none comes.
func TestRoomForGarbageStaysForAWhile(t *testing.T) {
	const live, burst = 20 * mib, 60 * mib
	after := func(d time.Duration) float64 {
		room := float64(burst)
		for range d / lookEvery {
			room = roomAfter(room, 0, live)
		}
		return room
	}
	if soon, late := after(10*time.Second), after(time.Minute); soon < burst/2 || math.Abs(late-leastRoom*live) > 1 {
		t.Errorf("ten seconds after a burst there is room for %.0f bytes of garbage, a minute after for %.0f", soon, late)
	}
}

// What comes to live after a burst does not multiply the room the burst had.
func TestRoomForGarbageIsCountedInBytes(t *testing.T) {
	room := roomAfter(0, 30*mib, 10*mib)
	if got := roomAfter(room, 0, 40*mib); got > room {
		t.Errorf("the room grew from %.0f to %.0f bytes with what lives", room, got)
	}
}

// A pause is for collecting what a burst left behind; an idle bot is left alone, and so is one that people wait for.
func TestGarbageIsCollectedInThePauseAfterABurst(t *testing.T) {
	for _, tt := range []struct {
		name                string
		made, garbage, live float64
		want                bool
	}{
		{"after a burst", 0, 10 * mib, 12 * mib, true},
		{"in a burst", mib, 10 * mib, 12 * mib, false},
		{"a word now and then", 10 << 10, 2 * mib, 12 * mib, false},
		{"the same with more living, which the collector itself is soon to see", 10 << 10, 10 * mib, 80 * mib, false},
	} {
		if got := inPause(tt.made, tt.garbage, tt.live); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
