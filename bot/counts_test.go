package bot

// Counts are the totals since the start of the process.
type Counts struct{ Updates, Seen, Conflicts, Sent, Waits, Failures, GivenUp int64 }

// Counts returns the totals.
func (b *Bot) Counts() Counts {
	c := &b.count
	return Counts{
		Updates: c.Updates.Load(), Seen: c.Seen.Load(), Conflicts: c.Conflicts.Load(), Sent: c.Sent.Load(),
		Waits: c.Waits.Load(), Failures: c.Failures.Load(), GivenUp: c.GivenUp.Load(),
	}
}
