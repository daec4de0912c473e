package flows

import (
	"strconv"
	"strings"
	"time"
)

// underWay is what is due and not settled.
type underWay struct {
	all   int
	of    map[string]int    // by network
	names map[string]bool   // of the people
	held  map[string]string // people whose turn found the announcement paused, or came too late, and their network
	next  time.Time         // when the first of them who wait for their hour are asked anew
	old   int               // messages with an older text: under way, or settled just now
}

// collect moves what is settled to the ledger and counts it.
func (t *announcementTurn) collect() (*underWay, error) {
	due := &underWay{of: map[string]int{}, names: map[string]bool{}, held: map[string]string{}}
	version := strconv.Itoa(t.it.Version)
	var settled []Doc
	prefix := dueKey(t.it.ID, "")
	for after := ""; ; {
		docs, err := t.src.List(prefix, after, cardPage)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			var c Carried
			if err := decode(d, &c); err != nil {
				return nil, err
			}
			name := strings.TrimPrefix(d.Key, prefix)
			if after = d.Key; c.Note != "" && c.Note != version {
				due.old++
			}
			switch {
			case c.State == dueHeld && !t.it.over():
				due.held[name] = c.To.Platform()
			case (c.State == dueLet || c.State == dueSaid) && t.At.Sub(c.At) < lostAfter:
				due.add(name, c.To.Platform())
			default:
				settled = append(settled, d)
			}
		}
		if len(docs) < cardPage {
			break
		}
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
	dueHeld = "held" // the person's turn came while it was paused, or too late
)

// settle enters results into the ledger. A person deleted meanwhile is counted and leaves no entry.
func (t *announcementTurn) settle(settled []Doc) error {
	counts := map[string]int{}
	for len(settled) > 0 {
		page := settled[:min(len(settled), cardPage)]
		settled = settled[len(page):]
		var keys []string
		for _, d := range page {
			name := strings.TrimPrefix(d.Key, dueKey(t.it.ID, ""))
			keys = append(keys, sentKey(t.it.ID, name), "card/"+name)
		}
		docs, err := t.src.Load(keys...)
		if err != nil {
			return err
		}
		for i, d := range page {
			var now, was Carried
			if decode(d, &now) != nil || decode(docs[2*i], &was) != nil {
				continue
			}
			t.out.Put = append(t.out.Put, Doc{Key: d.Key})
			switch now.State {
			case dueLet, dueSaid:
				now.State = "failed" // lost
			case dueHeld:
				now.State = "skipped" // cancelled meanwhile
			}
			if was.State == "sent" && now.State != "sent" {
				continue // it could not be edited: the ledger keeps what is there
			}
			t.count(was.State, -1)
			t.count(now.State, 1)
			if was.State == "" {
				counts[now.To.Platform()]++
				t.drip.recent(now.State)
			}
			name := strings.TrimPrefix(d.Key, dueKey(t.it.ID, ""))
			if docs[2*i+1].Data != nil || was.State != "" || name == postName {
				t.out.Put = append(t.out.Put, Doc{Key: sentKey(t.it.ID, name), Data: Must(now)})
			}
		}
	}
	t.drip.pace(counts, t.At)
	return nil
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
