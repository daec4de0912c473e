package flows

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrNoAnnouncement says that there is none of that ID.
var ErrNoAnnouncement = errors.New("flows: there is no such announcement")

// AnnouncementReport is how far an announcement is, for chat, console and command line. Its figures are those of the last tick: what
// was carried since, a second's worth, comes with the next.
type AnnouncementReport struct {
	Announcement
	Recipients int
	Sent       int
	Failed     int // of them Gone for good: blocked, deleted
	Gone       int
	Skipped    int       // no longer meant when their turn came
	Rate       float64   // settled a second
	Editing    bool      // a correction is on its way
	Begins     time.Time // of the next leg, when all wait for their local hour; else zero
}

// Share is the part that is settled, 0 to 1, for a bar.
func (r AnnouncementReport) Share() float64 {
	if r.Recipients == 0 {
		return 0
	}
	return min(1, float64(r.Sent+r.Failed+r.Skipped)/float64(r.Recipients))
}

// Left is how long it will yet take at the present rate; 0: unknown, or not running.
func (r AnnouncementReport) Left(now time.Time) time.Duration {
	rest := r.Recipients - r.Sent - r.Failed - r.Skipped
	if r.State != AnnouncementRunning || rest <= 0 || r.Rate < 0.1 || r.Begins.After(now) {
		return 0
	}
	return time.Duration(float64(rest) / r.Rate * float64(time.Second))
}

// ReportAnnouncement loads one.
func ReportAnnouncement(src Source, id string) (AnnouncementReport, error) {
	var r AnnouncementReport
	docs, err := src.Load(AnnouncementKey(id), dripKey(id))
	if err != nil {
		return r, err
	}
	if docs[0].Data == nil {
		return r, fmt.Errorf("%w: %q", ErrNoAnnouncement, id)
	}
	var d Drip
	if err := errors.Join(decode(docs[0], &r.Announcement), decode(docs[1], &d)); err != nil {
		return r, err
	}
	r.Recipients, r.Sent, r.Gone, r.Failed, r.Skipped = d.Recipients, d.Sent, d.Gone, d.Gone+d.Failed, d.Skipped
	for _, rate := range d.Pace {
		r.Rate += rate
	}
	r.Editing = d.Fix != nil
	for _, l := range d.Legs {
		if !l.Done && (r.Begins.IsZero() || l.At.Before(r.Begins)) {
			r.Begins = l.At
		}
	}
	if !r.Begins.After(d.Last) {
		r.Begins = time.Time{}
	}
	return r, nil
}

// ListAnnouncements lists all, the newest first.
func ListAnnouncements(src Source) ([]AnnouncementReport, error) {
	docs, err := src.List(AnnouncementKey(""), "", 1000)
	if err != nil {
		return nil, err
	}
	var all []AnnouncementReport
	for _, d := range docs {
		r, err := ReportAnnouncement(src, announcementID(d.Key))
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b AnnouncementReport) int { return b.Created.Compare(a.Created) })
	return all, nil
}

// Recipient is one line of an announcement's ledger.
type Recipient struct {
	Ref      string
	Platform string
	State    string // "sent", "gone", "failed", "skipped"
	At       time.Time
	Read     time.Time // when they pressed "I have read this"; zero: not
	Text     string    // version of the text they have
}

// Recipients lists a page of the ledger: up to n behind after, and where the next page begins ("" this was the last).
func Recipients(e *Event, src Source, id, after string, n int) (page []Recipient, next string, err error) {
	prefix := sentKey(id, "")
	docs, err := src.List(prefix, after, n)
	if err != nil {
		return nil, "", err
	}
	var keys []string
	for _, d := range docs {
		keys = append(keys, readKey(id, strings.TrimPrefix(d.Key, prefix)))
	}
	read, err := src.Load(keys...)
	if err != nil {
		return nil, "", err
	}
	for i, d := range docs {
		var c Carried
		r := Recipient{Ref: RefOf(e, strings.TrimPrefix(d.Key, prefix))}
		if err := errors.Join(decode(d, &c), decode(read[i], &r.Read)); err != nil {
			return nil, "", err
		}
		r.Platform, r.State, r.At, r.Text = c.To.Platform(), c.State, c.At, c.Note
		page = append(page, r)
	}
	if len(docs) == n {
		next = docs[n-1].Key
	}
	return page, next, nil
}

// Unread lists the references of those who got it and have not said that they read it.
func Unread(e *Event, src Source, id string) (refs []string, err error) {
	for after := ""; ; {
		page, next, err := Recipients(e, src, id, after, cardPage)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			if r.State == "sent" && r.Read.IsZero() {
				refs = append(refs, r.Ref)
			}
		}
		if after = next; next == "" {
			return refs, nil
		}
	}
}
