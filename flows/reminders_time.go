package flows

import (
	"slices"
	"strings"
	"time"
)

// When reminders strike. A strike is an instant: an offset before or after a date, or what a cron schedule says, in the reminder's
// zone. With Local the strike only names the day, and each person hears at that time of day by their own clock.

// earliest and latest are the clocks that show a time of day first and last.
var earliest, latest = time.FixedZone("UTC+14", 14*3600), time.FixedZone("UTC-12", -12*3600)

// reminder returns the reminder of that name; ok is false where the pack has none.
func (e *Event) reminder(name string) (r Reminder, ok bool) {
	i := slices.IndexFunc(e.Reminders, func(r Reminder) bool { return r.Name == name })
	if i < 0 {
		return r, false
	}
	return e.Reminders[i], true
}

// anchor is what an offset counts from. Nobody is reminded of a form before it is open, wherever organisers moved it.
func (e *Event) anchor(r Reminder) time.Time {
	at := e.dateOf(r)
	if opens, _ := e.evaluates(r.Handed); r.Handed != "" && at.Add(-r.Before).Before(opens) {
		return opens.Add(r.Before)
	}
	return at
}

// dateOf is the date that a reminder names.
func (e *Event) dateOf(r Reminder) time.Time {
	switch r.Of {
	case "opens":
		opens, _ := e.evaluates(r.Handed)
		return opens
	case "closes":
		_, closes := e.evaluates(r.Handed)
		return closes
	case "start":
		return e.Start
	case "end":
		return e.End.AddDate(0, 0, 1)
	case "session":
		if s := e.Session(r.Session); s != nil {
			return s.Start
		}
		return time.Time{}
	}
	return e.Deadline
}

// use is when a reminder stops being of use: its date itself, or the end of its schedule; zero: never.
func (e *Event) use(r Reminder) time.Time {
	switch {
	case r.Handed != "":
		_, closes := e.evaluates(r.Handed)
		return closes
	case r.Cron != "" && !r.To.IsZero():
		return r.To
	case r.Cron != "":
		return e.Deadline
	case r.Before > 0:
		return e.anchor(r)
	}
	return time.Time{}
}

// over says that an instant is at or after an end; a zero end never comes.
func over(at, end time.Time) bool { return !end.IsZero() && !at.Before(end) }

// next returns a reminder's first strike after t; zero: never again.
func (e *Event) next(r Reminder, t time.Time) time.Time {
	if r.Cron == "" {
		if at := e.anchor(r).Add(-r.Before); at.After(t) {
			return at
		}
		return time.Time{}
	}
	s, err := NewSchedule(r.Cron, e.zoneOf(r))
	if err != nil {
		return time.Time{} // the loader refused it
	}
	if !r.From.IsZero() && t.Before(r.From) {
		t = r.From.Add(-time.Second)
	}
	at := s.Next(t)
	if at.After(e.use(r)) {
		return time.Time{}
	}
	return at
}

func (e *Event) zoneOf(r Reminder) *time.Location {
	if r.Zone != nil {
		return r.Zone
	}
	return e.Zone
}

// due is when a person in a zone is to hear a strike. A local time of day at which it would be of no use any more is not waited for.
func (e *Event) due(r Reminder, strike time.Time, zone *time.Location) time.Time {
	if r.Local == 0 {
		return strike
	}
	at := e.localTime(r, strike, zone)
	if over(at, e.use(r)) {
		return strike
	}
	return at
}

// localTime is the reminder's time of day on the day of the strike, in a zone.
func (e *Event) localTime(r Reminder, strike time.Time, zone *time.Location) time.Time {
	y, m, d := strike.In(e.zoneOf(r)).Date()
	return instant(time.Date(y, m, d, 0, 0, int(r.Local/time.Second), 0, time.UTC), zone)
}

// alarmAt is when the event must look at a strike: early enough for whoever's clock shows the time of day first.
func (e *Event) alarmAt(r Reminder, strike time.Time) time.Time {
	if r.Local == 0 {
		return strike
	}
	return e.localTime(r, strike, earliest)
}

// after returns the first strike whose alarm is after t, and the alarm; zero: never again.
func (e *Event) after(r Reminder, t time.Time) (alarm, strike time.Time) {
	if r.Local == 0 {
		at := e.next(r, t)
		return at, at
	}
	for s := e.next(r, t.Add(-48*time.Hour)); !s.IsZero(); s = e.next(r, s) {
		if at := e.alarmAt(r, s); at.After(t) {
			return at, s
		}
	}
	return time.Time{}, time.Time{}
}

// newest returns the latest strike that is due in a zone by t and after from; zero: none.
func (e *Event) newest(r Reminder, from, t time.Time, zone *time.Location) (due time.Time) {
	for s := e.next(r, from.Add(-48*time.Hour)); !s.IsZero() && !e.alarmAt(r, s).After(t); s = e.next(r, s) {
		if at := e.due(r, s, zone); at.After(from) && !at.After(t) {
			due = at
		}
	}
	return due
}

// tell says when a reminder that is due goes to somebody whose clock and quiet hours are these: now, later, or (zero) not at all.
//
// Quiet hours are waited for, unless the reminder's use would be over by the morning: better a message at night than a deadline
// missed. How late it may be for other reasons is the reminder's own missed policy, and the night counts towards it.
func (e *Event) tell(r Reminder, due, now time.Time, night Night, zone *time.Location) time.Time {
	if now.Before(due) {
		return due
	}
	stale := func(at time.Time) bool { return r.Missed == "skip" && at.Sub(due) > r.Skip }
	morning := night.Morning(now, zone)
	switch end := e.use(r); {
	case over(now, end), stale(now):
		return time.Time{}
	case morning.IsZero(), over(morning, end):
		return now
	case stale(morning):
		return time.Time{}
	}
	return morning
}

// wants says whether a reminder is for a person with this card.
func (r Reminder) wants(c Card, e *Event) bool {
	if c.Quiet && !r.Service {
		return false
	}
	if len(r.Stages) > 0 && !slices.Contains(r.Stages, c.Stage) || len(r.Stages) == 0 && c.Stage != "applying" && c.Stage != "complete" {
		return false
	}
	if r.Handed != "" && slices.Contains(c.Handed, r.Handed) {
		return false
	}
	if len(r.Missing) == 0 {
		return true
	}
	for _, item := range r.Missing {
		if item == "any" && len(c.Items) < len(e.Items) || item != "any" && !slices.Contains(c.Items, item) {
			return true
		}
	}
	return false
}

// Strike is one coming reminder, for previews.
type Strike struct {
	At       time.Time // with a local time of day: only its day counts
	Reminder string
	To       string // whom it is for, in words
	Missed   string // what a missed strike means, in words
}

// Strikes lists when the event's reminders strike, from a hundred days before the deadline to the event's end, earliest first.
func (e *Event) Strikes() []Strike {
	var all []Strike
	from := e.Deadline.AddDate(0, 0, -100)
	for _, r := range e.Reminders {
		s := Strike{Reminder: r.Name, To: r.audience(), Missed: r.Missed}
		if r.Missed == "skip" {
			s.Missed = "skip after " + strings.NewReplacer("h0m0s", "h", "m0s", "m").Replace(r.Skip.String())
		}
		for s.At = e.next(r, from); !s.At.IsZero() && len(all) < 10_000; s.At = e.next(r, s.At) {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b Strike) int { return a.At.Compare(b.At) })
	return all
}

func (r Reminder) audience() string {
	to := "stages " + strings.Join(r.Stages, ", ")
	if len(r.Stages) == 0 {
		to = "everybody who applies"
	}
	if len(r.Missing) > 0 {
		to += ", missing " + strings.Join(r.Missing, " or ")
	}
	switch {
	case r.Service:
		to += "; whatever their wishes"
	case r.Essential:
		to += "; also those who want fewer"
	}
	return to
}

// Reaches says when a strike reaches somebody in a zone who has set no quiet hours; due is when it would without any. Zero: not at all.
func (e *Event) Reaches(s Strike, zone *time.Location) (due, told time.Time) {
	r, ok := e.reminder(s.Reminder)
	if !ok {
		return time.Time{}, time.Time{}
	}
	due = e.due(r, s.At, zone)
	return due, e.tell(r, due, due, e.Night, zone)
}
