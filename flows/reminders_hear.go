package flows

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A reminder reaches a person in the person's own turn, which reads everything again: is it still for them, what do they want, what
// does their clock show. What must wait becomes an alarm of the person, which looks again when it strikes.
//
// Two reminders never come together. Whoever is told late, after the night or after downtime, hears the newest only: it counts the
// fewest days, and names all that is missing.

// hearArgs are the Args of "reminders/hear".
type hearArgs struct {
	Reminder string
	Strike   time.Time
}

// hearAlarm names a person's alarm of a reminder that waits.
func hearAlarm(reminder string) string { return "remind/" + reminder }

// hear decides a reminder for a person.
func hear(t *Turn) {
	var args hearArgs
	if json.Unmarshal(t.Args, &args) != nil {
		return
	}
	e, zone := t.own(), t.clockZone()
	r, ok := e.reminder(args.Reminder)
	if !ok || !t.wants(r) || r.Cron == "" && !args.Strike.Equal(e.anchor(r).Add(-r.Before)) {
		return // the last: its date was moved since
	}
	due := e.due(r, args.Strike, zone)
	if !r.apart() && !due.After(t.Person.Heard) || !t.At.Before(due) && t.pauses(r, e) {
		return
	}
	switch at := e.tell(r, due, t.At, t.night(), zone); {
	case at.IsZero():
	case at.After(t.At):
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: hearAlarm(r.Name), At: at, Call: "reminders/hear", Args: t.Args})
	case !t.givesWay(r, due):
		t.remind(r, due)
	}
}

// wants says whether a reminder is for this person.
func (t *Turn) wants(r Reminder) bool {
	return r.wants(t.card(), t.Event) && (!t.Person.Fewer || r.Essential || r.Service)
}

// own is the event as it is for this person: with a deadline of their own, if they have one.
func (t *Turn) own() *Event {
	if t.closes().Equal(t.Event.Deadline) {
		return t.Event
	}
	e := *t.Event
	e.Deadline = t.closes()
	return &e
}

// clockZone is the zone of the person's clock now: on the spot the event's, else that of home.
func (t *Turn) clockZone() *time.Location {
	if t.onTheSpot() {
		return t.Event.Zone
	}
	return t.homeZone()
}

// onTheSpot says that the person is at the workshop: whoever has confirmed, from its first day to its last.
func (t *Turn) onTheSpot() bool {
	return t.confirmed() && !t.At.Before(t.Event.Start) && t.At.Before(t.Event.End.AddDate(0, 0, 1))
}

// homeZone is the zone of the person's clock at home as far as we know: the event's if we do not.
func (t *Turn) homeZone() *time.Location {
	if z, err := time.LoadLocation(t.Person.Zone); err == nil && t.Person.Zone != "" {
		return z
	}
	return t.Event.Zone
}

// night is when the person is not to be disturbed.
func (t *Turn) night() Night {
	if t.Person.Night != nil {
		return *t.Person.Night
	}
	return t.Event.Night
}

// pauses says that the person asked for a pause, at whose end they hear what there is. A pause that would outlive the reminder's use
// (the deadline was moved since) is none.
func (t *Turn) pauses(r Reminder, e *Event) bool {
	until := t.Person.Snoozed
	return !r.Service && !until.IsZero() && !over(until, e.use(r))
}

// givesWay says whether another reminder for this person was due after this one and has not been missed for good.
func (t *Turn) givesWay(r Reminder, due time.Time) bool {
	if r.apart() || r.Missed == "each" {
		return false
	}
	e, zone, after := t.own(), t.clockZone(), false
	for _, other := range e.Reminders {
		if other.Name == r.Name {
			after = true
			continue
		}
		if other.apart() || !t.wants(other) {
			continue
		}
		from := due
		if after { // of two due at the same moment the later in the pack
			from = due.Add(-time.Nanosecond)
		}
		if its := e.newest(other, from, t.At, zone); !its.IsZero() && !e.tell(other, its, t.At, Night{}, zone).IsZero() {
			return true
		}
	}
	return false
}

// remind tells the person.
func (t *Turn) remind(r Reminder, due time.Time) {
	if due.After(t.Person.Heard) && !r.apart() {
		t.Person.Heard = due
	}
	var missing []string
	for _, it := range t.Person.Missing(t.Event) {
		missing = append(missing, fmt.Sprintf("%d. %s", it.Number, it.Name))
	}
	n := len(t.Event.Items) - len(missing)
	pairs := []any{"missing", strings.Join(missing, "\n"), "n", n, "of", len(t.Event.Items), "count", len(missing)}
	if s := t.Event.Session(r.Session); s != nil {
		pairs = append(pairs, s.pairs(t.Event, t.Text, t.moment(s.Start))...)
	}
	t.Say(r.Text, pairs...)
	if r.Handed != "" {
		t.Offer(t.Command("feedback"))
	}
	if t.late(t.At) || r.Service {
		return
	}
	choices := []Choice{t.Command("documents")}
	if !over(t.At.Add(aDay), t.own().use(r)) {
		choices = append(choices, t.remindChoice("tomorrow"))
	}
	if !t.Person.Fewer {
		choices = append(choices, t.remindChoice("fewer"))
	}
	t.Offer(append(choices, t.remindChoice("off"))...)
}

// apart says that a reminder stands for itself: it gives way to no other, and none to it.
func (r Reminder) apart() bool { return r.Service || r.Session != "" || r.Handed != "" }

func (t *Turn) remindChoice(what string) Choice {
	return Choice{Label: t.Text("choice.reminders." + what), Value: "/reminders " + what}
}

// snoozeAlarm is the person's alarm at the end of a pause.
const snoozeAlarm = "snooze"

// wake ends a pause: the person hears the newest reminder there is for them.
func wake(t *Turn) {
	p, e, zone := t.Person, t.own(), t.clockZone()
	if p.Snoozed.IsZero() || t.At.Before(p.Snoozed) {
		return // ended or prolonged since
	}
	if morning := t.night().Morning(t.At, zone); !morning.IsZero() && !over(morning, t.closes()) {
		t.snooze(morning)
		return
	}
	p.Snoozed = time.Time{}
	var newest Reminder
	var due time.Time
	for _, r := range e.Reminders {
		if r.Service || !t.wants(r) || over(t.At, e.use(r)) {
			continue
		}
		if at := e.newest(r, t.At.Add(-longestSnooze), t.At, zone); !at.IsZero() && !at.Before(due) {
			newest, due = r, at
		}
	}
	if !due.IsZero() {
		t.remind(newest, due)
	}
}

// snooze keeps quiet until a moment.
func (t *Turn) snooze(until time.Time) {
	t.Person.Snoozed = until
	t.out.Alarms = append(t.out.Alarms, Alarm{Name: snoozeAlarm, At: until, Call: "reminders/wake"})
}

// ownAlarms plants the reminders of a deadline of the person's own; those of everybody's do not fit it. What counts from another day comes
// to everybody at once.
func (t *Turn) ownAlarms() {
	e := t.own()
	for _, r := range e.Reminders {
		if strike := e.anchor(r).Add(-r.Before); r.Cron == "" && (r.Of == "" || r.Of == "deadline") && strike.After(t.At) {
			t.out.Alarms = append(t.out.Alarms, Alarm{
				Name: hearAlarm(r.Name), At: e.due(r, strike, t.clockZone()), Call: "reminders/hear", Args: Must(hearArgs{r.Name, strike}),
			})
		}
	}
}

// withdraw takes back every alarm of a person who leaves.
func (t *Turn) withdraw() {
	t.out.Alarms = append(t.out.Alarms, Alarm{Name: snoozeAlarm}, Alarm{Name: movedAlarm})
	for _, r := range t.Event.Reminders {
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: hearAlarm(r.Name)})
	}
}
