package flows

import (
	"slices"
	"strings"
	"time"
)

// Who was in a session is known from a code shown in the room, typed or scanned on any platform, or from a host's tap (attend_host.go).
// Each presence is a document of its own, "attend/SESSION/NAME", put by the person's own turn; Person.Attended says which there are, so
// that they go when the person does.

// Attendance is one person's presence in one session.
type Attendance struct {
	Session string
	Ref     string
	At      time.Time
	By      string // "code", or the address of the organiser who tapped
}

// attendKey is the document of a presence; with person "" the prefix of a session's.
func attendKey(session, person string) string {
	return "attend/" + session + "/" + PersonName(person)
}

// A code holds from a little before the session, when people come in, until a little after it.
const (
	attendBefore = 30 * time.Minute
	attendAfter  = 15 * time.Minute
	attendSigns  = 6
)

// attendFlow asks for the code of a session; it is also where the code waits while the consent is asked.
func attendFlow() *Flow {
	return &Flow{Name: "attend", Light: true, Steps: []Step{{
		Name: "code",
		Ask: func(t *Turn) {
			code := t.top().Vars["code"]
			if code == "" {
				t.Say("attend.ask")
				return
			}
			t.Done()
			t.moved = t.top() != nil
			redeem(t, code)
		},
		Take: func(t *Turn, in Input) bool {
			if len(readCode(in.Text)) != attendSigns || strings.Contains(strings.TrimSpace(in.Text), " ") {
				return false
			}
			t.Done()
			t.moved = t.top() != nil
			redeem(t, in.Text)
			return true
		},
	}}}
}

// attend is /attend [CODE].
func attend(t *Turn, code string) {
	if code == "" {
		t.Push("attend", "code")
		return
	}
	redeem(t, code)
	t.asked = t.top() != nil && !t.moved
}

// participates says whether the person is one of those the workshop is held for: who confirmed a seat, or, where no seats were ever released
// (a demonstration), whoever is there.
func (t *Turn) participates() bool {
	return t.confirmed() || t.changes.Release == nil && t.Person.Seat == nil
}

// takeAttend redeems the code of a session.
func takeAttend(t *Turn, c Code) {
	s := t.Event.Session(c.Session)
	switch {
	case s == nil:
		t.Say("attend.gone")
	case !t.participates():
		t.Say("attend.not_yours")
		t.Offer(t.Command("human"))
	case !t.agreed():
		t.Begin("attend", "code", "code", c.code)
	case slices.Contains(t.Person.Attended, s.ID):
		t.Say("attend.again", "session", s.Name)
	case t.At.Before(s.Start.Add(-attendBefore)):
		t.Say("attend.early", "session", s.Name, "when", t.moment(s.Start))
	case t.At.After(s.End.Add(attendAfter)):
		t.Say("attend.over", "session", s.Name)
	default:
		t.present(s.ID, "code")
		t.Say("attend.done", "session", s.Name, "n", len(t.Person.Attended))
	}
}

// present puts the presence.
func (t *Turn) present(session, by string) {
	t.Person.Attended = append(t.Person.Attended, session)
	t.out.Put = append(t.out.Put, Doc{Key: attendKey(session, t.Person.ID), Data: Must(Attendance{Session: session, Ref: t.Person.Ref, At: t.At, By: by})})
}

// attended are the keys of every presence of a person, for deletion.
func (p *Person) attended() (keys []string) {
	for _, session := range p.Attended {
		keys = append(keys, attendKey(session, p.ID))
	}
	return keys
}

// absorbAttended moves the presences of a person who becomes this one.
func (t *Turn) absorbAttended(gone *Person) {
	for _, session := range gone.Attended {
		t.out.Put = append(t.out.Put, Doc{Key: attendKey(session, gone.ID)})
		if !slices.Contains(t.Person.Attended, session) {
			t.present(session, "code")
		}
	}
}

// presentOf names the sessions the person was in, as far as the programme still has them.
func (t *Turn) presentOf() (names []string) {
	for _, id := range t.Person.Attended {
		if s := t.Event.Session(id); s != nil {
			names = append(names, s.Name)
		} else {
			names = append(names, id)
		}
	}
	return names
}
