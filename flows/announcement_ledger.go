package flows

import (
	"slices"
	"strconv"
	"time"
)

// underWay is what is due and not settled.
type underWay struct {
	all   int
	of    map[string]int     // by network
	names map[string]bool    // of the people
	held  map[string]Carried // people whose turn or message found the announcement paused, or whose turn came too late
	next  time.Time          // when the first of them who wait for their hour are asked anew
	old   int                // messages with an older text: under way, or settled just now
}

// collect moves what is settled to the ledger and counts it.
func (t *announcementTurn) collect() (*underWay, error) {
	due := &underWay{of: map[string]int{}, names: map[string]bool{}, held: map[string]Carried{}}
	version := strconv.Itoa(t.it.Version)
	var settled []recipient
	err := every(t.src, dueKey(t.it.ID, ""), func(name string, c Carried) {
		if c.Note != "" && c.Note != version && c.State != dueHeld {
			due.old++
		}
		switch {
		case c.State == dueHeld && !t.it.over():
			due.held[name] = c
		case (c.State == dueLet || c.State == dueSaid) && t.At.Sub(c.At) < lostAfter:
			due.add(name, c.To.Platform())
		default:
			settled = append(settled, recipient{name, c})
		}
	})
	if err != nil {
		return nil, err
	}
	return due, t.settle(settled)
}

func (u *underWay) add(name, platform string) {
	u.all++
	u.of[platform]++
	u.names[name] = true
}

// The states of a due document before it is settled.
const (
	dueLet  = "let"  // the person's turn is posted
	dueSaid = "said" // the message waits to be carried
	dueHeld = "held" // the person's turn came while it was paused, or too late, or the message while it was paused
)

// recipient is a due document: whose it is, and how it stands.
type recipient struct {
	name string
	Carried
}

// settle enters results into the ledger.
func (t *announcementTurn) settle(settled []recipient) error {
	counts := map[string]int{}
	for page := range slices.Chunk(settled, cardPage) {
		var keys []string
		for _, r := range page {
			keys = append(keys, sentKey(t.it.ID, r.name), "card/"+r.name)
		}
		docs, err := t.src.Load(keys...)
		if err != nil {
			return err
		}
		for i, r := range page {
			if t.settleOne(r, docs[2*i], docs[2*i+1]) {
				counts[r.To.Platform()]++
			}
		}
	}
	t.drip.pace(counts, t.At)
	return nil
}

// settleOne enters one result in place of the entry that was there, and says whether it is the recipient's first. A person deleted
// meanwhile, who has no card any more, is counted and leaves no entry.
func (t *announcementTurn) settleOne(due recipient, entry, card Doc) (first bool) {
	var was Carried
	if decode(entry, &was) != nil {
		return false
	}
	t.out.Put = append(t.out.Put, Doc{Key: dueKey(t.it.ID, due.name)})
	now := due.Carried
	switch now.State {
	case dueLet, dueSaid:
		now.State = "failed" // lost
	case dueHeld:
		now.State = "skipped" // cancelled meanwhile
	}
	if was.State == "sent" && now.State != "sent" {
		return false // it could not be edited: the ledger keeps what is there
	}
	t.count(was.State, -1)
	t.count(now.State, 1)
	if first = was.State == ""; first {
		t.drip.recent(now.State)
	}
	if card.Data != nil || !first || due.name == postName {
		t.out.Put = append(t.out.Put, Doc{Key: sentKey(t.it.ID, due.name), Data: Must(now)})
	}
	return first
}

func (t *announcementTurn) count(state string, n int) {
	switch state {
	case "sent":
		t.drip.Sent += n
	case "gone":
		t.drip.Gone += n
	case "failed":
		t.drip.Failed += n
	case "skipped":
		t.drip.Skipped += n
	}
}

func (d *Drip) recent(state string) {
	switch state {
	case "sent":
		d.Recent += "y"
	case "gone", "failed":
		d.Recent += "n"
	}
	if n := len(d.Recent); n > spikeOf {
		d.Recent = d.Recent[n-spikeOf:]
	}
}

// pace takes what was settled since the last tick into the smoothed rates.
func (d *Drip) pace(settled map[string]int, now time.Time) {
	since := now.Sub(d.Last).Seconds()
	if since < tickEvery.Seconds()/2 {
		return
	}
	if d.Pace == nil {
		d.Pace = map[string]float64{}
	}
	for platform := range d.Pace {
		settled[platform] += 0
	}
	for platform, n := range settled {
		if rate, known := d.Pace[platform]; known {
			d.Pace[platform] = (rate + float64(n)/since) / 2
		} else if n > 0 {
			d.Pace[platform] = float64(n) / since
		}
	}
}
