package flows

import (
	"slices"
	"strings"
	"time"
)

// An announcement is part of what was said, and is kept as long as that: the class "conversations" of the pack's retention. With it go its
// ledger, who has read it, and the file it was given. One that is written when that time is over already, to say what came of the plans
// perhaps, has as many days of its own.

// spoken is the retention of what was said; ok is false where the pack has none.
func (e *Event) spoken() (r Retention, ok bool) {
	i := slices.IndexFunc(e.Retention, func(r Retention) bool { return r.Class == "conversations" })
	if i < 0 {
		return r, false
	}
	return e.Retention[i], true
}

// until is when an announcement is removed.
func (n *Announcement) until(e *Event, r Retention) time.Time {
	last := slices.MaxFunc([]time.Time{n.Created, n.Changed, n.At, n.Started, n.Ended}, time.Time.Compare)
	if end := e.ends(r); !last.After(end) {
		return end
	}
	return last.AddDate(0, 0, r.Days+1)
}

// plantEnd plants the alarm of an announcement that is there after the event's own clock has struck.
func (t *announcementTurn) plantEnd() {
	if r, ok := t.event.spoken(); ok && t.it.ID != "" && !t.At.Before(t.event.ends(r)) && t.At.Before(t.it.until(t.event, r)) {
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: "expire", At: t.it.until(t.event, r), Call: "announcement/expire"})
	}
}

// expire removes the announcement if its time is over. What is still going out is looked at again a day later.
func (t *announcementTurn) expire() error {
	r, ok := t.event.spoken()
	switch {
	case !ok || t.At.Before(t.it.until(t.event, r)): // keep plants the alarm
		return nil
	case t.it.State == AnnouncementRunning:
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: "expire", At: t.At.AddDate(0, 0, 1), Call: "announcement/expire"})
		return nil
	}
	id := t.it.ID
	t.note("announcement removed")
	t.dropFile(false)
	t.out.Put = append(t.out.Put, Doc{Key: t.Subject}, Doc{Key: dripKey(id)})
	t.out.Alarms = append(t.out.Alarms, Alarm{Name: "expire"})
	t.out.Work = append(t.out.Work, Work{Name: "expire", Kind: "erase", Args: Must(Erase{Prefixes: []string{sentKey(id, ""), readKey(id, ""), dueKey(id, "")}})})
	t.it, t.drip = Announcement{}, Drip{}
	return nil
}

// announcedStill counts the announcements this person got that are still kept.
func (t *Turn) announcedStill() (n int) {
	var keys []string
	for _, id := range t.Person.Announced {
		keys = append(keys, AnnouncementKey(id))
	}
	if len(keys) == 0 {
		return 0
	}
	docs, err := t.src.Load(keys...)
	if err != nil {
		t.err = err
	}
	for _, d := range docs {
		if d.Data != nil {
			n++
		}
	}
	return n
}

// expireAnnouncements posts to every announcement that what was said is to be removed.
func (t *eventTurn) expireAnnouncements(src Source) error {
	for d, err := range each(src, AnnouncementKey("")) {
		if err != nil {
			return err
		}
		id := strings.TrimPrefix(d.Key, AnnouncementKey(""))
		t.out.post(t.At, Update{ID: t.ID + "/announcement/" + id, Subject: d.Key, Call: "announcement/expire"})
	}
	return nil
}
