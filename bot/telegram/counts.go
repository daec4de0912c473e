package telegram

import "sync/atomic"

type counters struct{ unreadable, doubtful, repeated atomic.Int64 }

// Counts are totals since the start of the process, for a page of figures.
type Counts struct {
	Unreadable int64 // set aside because they could not be decoded
	Doubtful   int64 // sends without an answer: Telegram has no key that would tell whether they were shown
	Repeated   int64 // of them, sent again: a person may see the message twice
}

// Counts returns the totals.
func (t *Telegram) Counts() Counts {
	c := &t.counts
	return Counts{Unreadable: c.unreadable.Load(), Doubtful: c.doubtful.Load(), Repeated: c.repeated.Load()}
}
