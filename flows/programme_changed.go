package flows

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// When organisers change the programme, those who take part hear it once. The event waits a moment after each change, so that a slip put
// right at once is never told; then a walk posts to everybody confirmed, whose turn compares what they knew with what is now. A change is
// a place in the trail, and each person remembers the newest told.

const (
	programmeAlarm = "@programme"
	programmeWait  = 2 * time.Minute
	mostChanges    = 8 // sessions in one message; beyond that it is a new programme
)

// programmeArgs are the Args of "event/programme" and "programme/changed": the newest change's place in Override.Trail, from 1.
type programmeArgs struct {
	Change int
	After  string `json:",omitempty"`
}

func isSession(c Change) bool { return strings.HasPrefix(c.Key, "session.") }

// lastSession is the place of the newest change of the programme; 0: none.
func (o *Override) lastSession() int {
	for i := len(o.Trail); i > 0; i-- {
		if isSession(o.Trail[i-1]) {
			return i
		}
	}
	return 0
}

// programmeChanged plants the alarm after which the change is told.
func (t *eventTurn) programmeChanged() {
	t.out.Alarms = append(t.out.Alarms, Alarm{
		Name: programmeAlarm, At: t.At.Add(programmeWait), Call: "event/programme", Args: Must(programmeArgs{Change: len(t.changes.Trail)}),
	})
}

// walkProgramme tells one page of people. A newer change has an alarm of its own, which reaches everybody.
func (t *eventTurn) walkProgramme(src Source) error {
	var args programmeArgs
	if err := json.Unmarshal(t.Args, &args); err != nil {
		return fmt.Errorf("flows: event programme: %w", err)
	}
	if t.changes.lastSession() != args.Change {
		return nil
	}
	after, err := walkCards(src, args.After, func(name string, c Card) {
		if c.Stage != "confirmed" {
			return
		}
		t.out.post(t.At, Update{
			ID: fmt.Sprintf("programme/%s/%d/to/%s", t.event.ID, args.Change, name), Subject: "person/" + name, Call: "programme/changed",
			Args: Must(programmeArgs{Change: args.Change}),
		})
	})
	if after != "" {
		t.out.post(t.At, Update{
			ID: fmt.Sprintf("programme/%s/%d/page/%s", t.event.ID, args.Change, after), Subject: t.Subject, Call: "event/programme",
			Args: Must(programmeArgs{args.Change, after}),
		})
	}
	return err
}

// hearProgramme tells a person what is different now from what they knew. The night is waited for, unless a session would have begun.
func hearProgramme(t *Turn) {
	p, newest := t.Person, t.changes.lastSession()
	if !t.confirmed() || newest <= p.Programme {
		return
	}
	moved, soon := t.programmeNews()
	morning := t.night().Morning(t.At, t.clockZone())
	if !morning.IsZero() && (soon.IsZero() || morning.Before(soon)) {
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: programmeAlarm, At: morning, Call: "programme/changed", Args: t.Args})
		return
	}
	p.Programme = newest
	switch {
	case len(moved) == 0:
		return
	case len(moved) > mostChanges:
		t.Say("programme.new", "count", len(moved))
	default:
		t.Say("programme.changed")
		t.Tell(strings.Join(moved, "\n"))
	}
	t.Offer(t.Command("programme"), t.Command("calendar"))
}

// programmeNews lists the sessions that are not what this person knew, and the next start among them, as it is or as it was known.
func (t *Turn) programmeNews() (lines []string, soon time.Time) {
	was := map[string]string{} // the first value of each key since then
	var order []string         // sessions, as first changed
	for i, c := range t.changes.Trail {
		if i < t.Person.Programme || !isSession(c) || c.At.Before(t.Person.Seat.At) {
			continue
		}
		if _, known := was[c.Key]; known {
			continue
		}
		was[c.Key] = c.Was
		if id, _, _ := sessionKey(c.Key); !strings.Contains("\n"+strings.Join(order, "\n")+"\n", "\n"+id+"\n") {
			order = append(order, id)
		}
	}
	for _, id := range order {
		line := t.sessionNews(id, was)
		if line == "" {
			continue
		}
		lines = append(lines, line)
		for _, start := range t.sessionStarts(id, was) {
			if start.After(t.At) && (soon.IsZero() || start.Before(soon)) {
				soon = start
			}
		}
	}
	return lines, soon
}

// sessionStarts are when a session begins and when the person thought it would: whoever goes there for nothing must hear in time, too.
func (t *Turn) sessionStarts(id string, was map[string]string) (all []time.Time) {
	var old Session
	if old.read(was["session."+id], t.Event.Zone) == nil && !old.Off {
		all = append(all, old.Start)
	}
	if at, err := sessionMoment(was["session."+id+".start"], t.Event.Zone); err == nil {
		all = append(all, at)
	}
	if s := t.Event.Session(id); s != nil {
		all = append(all, s.Start)
	}
	return all
}

// sessionNews is one session's line; "" when it is what it was.
func (t *Turn) sessionNews(id string, was map[string]string) (line string) {
	s := t.Event.Session(id)
	whole, set := was["session."+id]
	if s == nil {
		if name := strings.Split(whole, " | "); set && len(name) > 2 {
			return "• " + t.Text("programme.off", "session", name[2], "when", name[0])
		}
		return ""
	}
	var before []string
	different := set && whole != s.line(t.Event.Zone)
	for _, field := range sessionKeys {
		old, changed := was["session."+id+"."+field]
		now, err := t.Event.getSession("session." + id + "." + field)
		if !changed || err != nil || old == now {
			continue
		}
		different = true
		if old != "" && (field != "end" || was["session."+id+".start"] == "") {
			before = append(before, old)
		}
	}
	if !different {
		return ""
	}
	if parts := strings.Split(whole, " | "); set && len(parts) > 3 {
		before = append(before, strings.Trim(parts[0]+", "+parts[3], ", "))
	}
	line = "• " + s.Start.In(t.Event.Zone).Format(t.Text("format.day")) + ", " + t.sessionLine(*s)
	if len(before) > 0 {
		line += " (" + t.Text("programme.before", "what", strings.Join(before, ", ")) + ")"
	}
	return line
}

// sessionPairs are what the sentence of a session's reminder can say of it.
func (s *Session) pairs(e *Event, text func(key string, pairs ...any) string, when string) []any {
	room, speakers := s.Room, strings.Join(s.Speakers, ", ")
	if room == "" {
		room = text("programme.no_room")
	}
	return []any{"session", s.Name, "room", room, "speakers", speakers, "when", when, "clock", e.clock(s.Start)}
}

// toCohort says a session's reminder in the rooms of those who take part.
func (t *eventTurn) toCohort(r Reminder) {
	s := t.event.Session(r.Session)
	if s == nil {
		return
	}
	text := func(key string, pairs ...any) string { return teamText(t.event, key, pairs...) }
	when := s.Start.In(t.event.Zone).Format(text("format.moment")) + " " + t.event.ZoneTag
	for _, to := range t.event.Cohort.rooms() {
		t.out.Messages = append(t.out.Messages, Message{To: to, Text: text(r.Text, s.pairs(t.event, text, when)...)})
	}
}

// rooms are the group and the channel of those who take part, as addresses; what is no address is none.
func (c Cohort) rooms() (all []Address) {
	for _, where := range []string{c.TelegramGroup, c.DiscordChannel} {
		if to, err := ReadChannel(where); where != "" && err == nil {
			all = append(all, to)
		}
	}
	return all
}
