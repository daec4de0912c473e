package bot

import "sync/atomic"

type counters struct {
	Updates, Seen, Conflicts, Sent, Waits, Failures, GivenUp atomic.Int64
	meters
}

// Counts are totals since the start of the process, for a page of figures.
type Counts struct {
	Updates   int64 // turns begun, redeliveries included
	Seen      int64 // of them, done before
	Conflicts int64 // turns played again because a document had changed
	Sent      int64 // messages carried
	Waits     int64 // sends a platform asked to put off
	Failures  int64 // sends, turns and fetches that failed and were put off
	GivenUp   int64 // jobs and updates set aside for good
}

// Counts returns the totals.
func (b *Bot) Counts() Counts {
	c := &b.count
	return Counts{
		Updates: c.Updates.Load(), Seen: c.Seen.Load(), Conflicts: c.Conflicts.Load(), Sent: c.Sent.Load(),
		Waits: c.Waits.Load(), Failures: c.Failures.Load(), GivenUp: c.GivenUp.Load(),
	}
}
