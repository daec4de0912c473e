package flows

import (
	"fmt"
	"strings"
	"time"

	"olle/flows/places"
)

// The programme is read from the sessions as they stand: those of the pack, with what organisers changed (programme_set.go). While there
// are none, nothing is made up: the announcement's words are the answer.

// Session returns the session with that ID, or nil.
func (e *Event) Session(id string) *Session {
	for i := range e.Sessions {
		if e.Sessions[i].ID == id {
			return &e.Sessions[i]
		}
	}
	return nil
}

// Programme is what of the programme somebody can ask for.
var programmeParts = []string{"now", "next", "today", "tomorrow", "all"}

// programme is /programme [now|next|today|tomorrow|all]. Without a word it is today's on the days of the workshop, everything before and
// after.
func programme(t *Turn, args string) {
	if len(t.Event.Sessions) == 0 {
		question("programme", listModules)(t, args)
		return
	}
	part := t.programmePart(args)
	if part == "" {
		part = "all"
		if len(t.sessionsOf(t.At)) > 0 {
			part = "today"
		}
	}
	switch part {
	case "now", "next":
		t.sayNow(part == "next")
	case "today":
		t.sayDay(t.At)
	case "tomorrow":
		t.sayDay(t.At.AddDate(0, 0, 1))
	default:
		t.Say("programme.all")
		t.Tell(t.listed(t.Event.Sessions))
	}
	if t.top() == nil {
		t.offerProgramme(part)
	}
	t.asked = t.top() != nil
}

// programmePart is the part that words ask for, "" when they ask for none.
func (t *Turn) programmePart(args string) string {
	folded := places.Fold(args)
	for _, part := range programmeParts {
		words := part + "|" + t.Text("choice.programme."+part)
		for word := range strings.SplitSeq(words, "|") {
			if word = places.Fold(word); word != "" && folded == word {
				return part
			}
		}
	}
	return ""
}

func (t *Turn) offerProgramme(shown string) {
	var choices []Choice
	for _, part := range []string{"next", "today", "all"} {
		if part != shown && (part == "all" || len(t.sessionsOf(t.At)) > 0) {
			choices = append(choices, Choice{Label: t.Text("choice.programme." + part), Value: "/programme " + part})
		}
	}
	t.Offer(append(choices, t.Command("calendar"))...)
}

// sessionsOf are the sessions that begin on the day of a moment, by the event's calendar.
func (t *Turn) sessionsOf(day time.Time) (all []Session) {
	y, m, d := day.In(t.Event.Zone).Date()
	for _, s := range t.Event.Sessions {
		if sy, sm, sd := s.Start.In(t.Event.Zone).Date(); sy == y && sm == m && sd == d {
			all = append(all, s)
		}
	}
	return all
}

func (t *Turn) sayDay(day time.Time) {
	sessions := t.sessionsOf(day)
	if len(sessions) == 0 {
		t.Say("programme.nothing", "day", day.In(t.Event.Zone).Format(t.Text("format.day")))
		return
	}
	t.Tell(t.listed(sessions))
}

// sayNow says what is on and what comes; with next only the latter.
func (t *Turn) sayNow(next bool) {
	var on, then []Session
	for _, s := range t.Event.Sessions {
		switch {
		case s.Start.After(t.At):
			if len(then) == 0 || s.Start.Equal(then[0].Start) {
				then = append(then, s)
			}
		case s.End.After(t.At):
			on = append(on, s)
		}
	}
	if !next {
		if len(on) == 0 {
			t.Say("programme.not_now")
		} else {
			t.Say("programme.now", "sessions", t.listed(on))
		}
	}
	if len(then) == 0 {
		t.Say("programme.over")
		return
	}
	t.Say("programme.next", "left", t.left(then[0].Start.Sub(t.At)), "sessions", t.listed(then))
}

// listed prints sessions by days: "Tue 31 Mar", then a line each.
func (t *Turn) listed(sessions []Session) string {
	var lines []string
	last := ""
	for _, s := range sessions {
		if day := s.Start.In(t.Event.Zone).Format(t.Text("format.day")); day != last {
			if last != "" {
				lines = append(lines, "")
			}
			lines = append(lines, day+" ("+t.Event.ZoneTag+")")
			last = day
		}
		line := "• " + t.sessionLine(s)
		if !s.Start.After(t.At) && s.End.After(t.At) {
			line += " ← " + t.Text("choice.programme.now")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// sessionLine prints one session without its day: "09:00–10:30 Opening, Hall A (Tim Howe)", and behind it, where the reader's clock shows
// another time, when it begins by that: "(05:45 your time)".
func (t *Turn) sessionLine(s Session) string {
	clock := t.Text("format.clock")
	line := fmt.Sprintf("%s–%s %s", s.Start.In(t.Event.Zone).Format(clock), s.End.In(t.Event.Zone).Format(clock), s.Name)
	if s.Room != "" {
		line += ", " + s.Room
	}
	if len(s.Speakers) > 0 {
		line += " (" + strings.Join(s.Speakers, ", ") + ")"
	}
	return line + t.local(s.Start)
}

// asksProgramme answers a question whose topic is the timetable from the sessions, where there are any.
func (t *Turn) asksProgramme(intent string) bool {
	if intent != "schedule" || len(t.Event.Sessions) == 0 {
		return false
	}
	programme(t, "")
	return true
}
