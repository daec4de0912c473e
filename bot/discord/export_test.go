package discord

import "time"

// Hurry shortens the waits of a Discord for tests: the hold before an interaction is deferred, and everything about connections.
func (d *Discord) Hurry(hold time.Duration) {
	d.pace = pace{hold: hold, watch: 500 * time.Millisecond, invalid: [2]time.Duration{time.Millisecond, 5 * time.Millisecond}, retry: 5 * time.Millisecond, start: time.Millisecond}
}

var (
	Split = split
	Cut   = cut
	Units = units
)
