package flows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hosts open a session's attendance in chat: /attendance start SESSION shows a code and its picture for the screen, /attendance list
// SESSION who is there, and a tap marks somebody who has no telephone at hand.

// Attending is the code that is open for a session, under "attending/SESSION". Whoever asks again gets the same code.
type Attending struct {
	Code  string
	By    string // address
	Until time.Time
}

// attendingKey is the document of a session's open code.
func attendingKey(session string) string { return "attending/" + session }

// MarkArgs are the Args of "attend/mark", which an organiser's tap posts to the person.
type MarkArgs struct {
	Session string
	There   bool
}

// attendance is /attendance [start|list|mark|unmark] [SESSION] [REF].
func attendance(t *Turn, args string) {
	words := append(strings.Fields(strings.ToLower(args)), "", "", "")
	s := t.Event.Session(words[1])
	if s == nil && words[1] == "" {
		s = t.running()
	}
	switch {
	case len(t.Event.Sessions) == 0:
		t.Say("team.attend_none")
	case words[0] == "":
		t.attendanceOf()
	case s == nil:
		t.Say("team.attend_which", "sessions", t.sessionIDs())
	case words[0] == "start":
		t.startAttendance(s)
	case words[0] == "list":
		t.listAttendance(s)
	case words[0] == "mark", words[0] == "unmark":
		t.mark(s, words[2], words[0] == "mark")
	default:
		t.Say("team.attend_how")
	}
	t.asked = t.top() != nil && len(t.choices) == 0
}

// running is the session that is on or about to begin, nil where there is none or a doubt.
func (t *Turn) running() (found *Session) {
	for i := range t.Event.Sessions {
		s := &t.Event.Sessions[i]
		if t.At.Before(s.Start.Add(-attendBefore)) || t.At.After(s.End) {
			continue
		}
		if found != nil && found.Start.Equal(s.Start) {
			return nil // two at once
		}
		found = s // of one that ends and one that begins, the later
	}
	return found
}

func (t *Turn) sessionIDs() string {
	var ids []string
	for _, s := range t.Event.Sessions {
		ids = append(ids, s.ID)
	}
	return strings.Join(ids, ", ")
}

// attendanceOf lists today's sessions, or all, with how many were there.
func (t *Turn) attendanceOf() {
	sessions := t.sessionsOf(t.At)
	if len(sessions) == 0 {
		sessions = t.Event.Sessions
	}
	lines := []string{t.Text("team.attend_title")}
	for _, s := range sessions {
		here, err := AttendanceOf(t.src, s.ID)
		if err != nil {
			t.err = err
			return
		}
		lines = append(lines, fmt.Sprintf("• %s  %s: %d", s.ID, t.sessionLine(s), len(here)))
	}
	t.Tell(strings.Join(lines, "\n"))
	if s := t.running(); s != nil {
		t.Offer(Choice{Label: t.Text("team.attend_start_button"), Value: "/attendance start " + s.ID}, Choice{Label: t.Text("team.attend_list_button"), Value: "/attendance list " + s.ID})
	}
}

// AttendanceOf lists who was in a session.
func AttendanceOf(src Source, session string) (all []Attendance, err error) {
	err = readable(src, attendKey(session, ""), func(_ string, a Attendance) { all = append(all, a) })
	return all, err
}

// startAttendance shows the session's code, a new one if none is open.
func (t *Turn) startAttendance(s *Session) {
	docs, err := t.src.Load(attendingKey(s.ID))
	if err != nil {
		t.err = err
		return
	}
	var open Attending
	if t.err = decode(docs[0], &open); t.err != nil {
		return
	}
	until := s.End.Add(attendAfter)
	if t.At.After(until) {
		t.Say("team.attend_late", "session", s.Name)
		return
	}
	if open.Code == "" || !open.Until.Equal(until) { // none yet, or the session was moved
		open = Attending{Code: CodeFrom(t.Seed)[:attendSigns], By: string(t.From), Until: until}
		t.putCode(open.Code, Code{Kind: "attend", Session: s.ID, Lasting: true, By: open.By}, until)
		t.out.Check = append(t.out.Check, docs[0])
		t.out.Put = append(t.out.Put, Doc{Key: attendingKey(s.ID), Until: until, Data: Must(open)})
		t.note("attendance opened", "", s.ID)
	}
	t.Say("team.attend_code", "session", s.Name, "code", open.Code, "until", t.moment(until))
	t.Give(qrFile("attend/" + open.Code))
	t.Offer(Choice{Label: t.Text("team.attend_list_button"), Value: "/attendance list " + s.ID})
}

// mostTaps is how many people one list offers to mark.
const mostTaps = 12

// listAttendance says who is there, and offers to mark who is not.
func (t *Turn) listAttendance(s *Session) {
	here, err := AttendanceOf(t.src, s.ID)
	if err != nil {
		t.err = err
		return
	}
	var there, absent []string
	var taps []Choice
	t.err = everyCard(t.src, func(name string, c Card) {
		ref := RefOf(t.Event, name)
		who := strings.TrimSpace(ref + " " + c.Name)
		switch {
		case slices.ContainsFunc(here, func(a Attendance) bool { return a.Ref == ref }):
			there = append(there, who)
		case c.Stage == "confirmed":
			absent = append(absent, who)
			if len(taps) < mostTaps {
				taps = append(taps, Choice{Label: who, Value: "/attendance mark " + s.ID + " " + ref})
			}
		}
	})
	t.Say("team.attend_list", "session", s.Name, "n", len(there), "of", len(there)+len(absent))
	t.Tell(strings.Join(there, "\n"))
	if len(absent) > 0 {
		t.Say("team.attend_absent")
		t.Tell(strings.Join(absent, "\n"))
		t.Offer(taps...)
	}
}

// mark posts the host's tap to the person.
func (t *Turn) mark(s *Session, ref string, there bool) {
	name, c, ok := t.byRef(ref)
	if t.err != nil {
		return
	}
	if !ok {
		t.Say("team.attend_who", "ref", strings.ToUpper(ref))
		return
	}
	t.postAs("person/"+name, "attend/mark", Must(MarkArgs{s.ID, there}))
	key := "team.attend_marked"
	if !there {
		key = "team.attend_unmarked"
	}
	t.Say(key, "who", strings.TrimSpace(RefOf(t.Event, name)+" "+c.Name), "session", s.Name)
	t.Offer(Choice{Label: t.Text("team.attend_list_button"), Value: "/attendance list " + s.ID})
}

// markAttended hears a host's tap.
func markAttended(t *Turn) {
	var args MarkArgs
	if json.Unmarshal(t.Args, &args) != nil || !t.permitted() || t.Event.Session(args.Session) == nil {
		return
	}
	at := slices.Index(t.Person.Attended, args.Session)
	switch {
	case args.There && at < 0:
		t.present(args.Session, string(t.From))
	case !args.There && at >= 0:
		t.Person.Attended = slices.Delete(t.Person.Attended, at, at+1)
		t.out.Put = append(t.out.Put, Doc{Key: attendKey(args.Session, t.Person.ID)})
	default:
		return
	}
	t.note(map[bool]string{true: "present", false: "not present"}[args.There], t.Person.Ref, args.Session)
}
