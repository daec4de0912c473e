package flows

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A request that nobody looks after calls for attention: at the desks, and privately with those who may answer. The alarm is a hint;
// the request itself says whether it is still so.

// due is when the request wants to be looked at again; zero: never.
func (t *deskTurn) due() time.Time {
	r, help := &t.request, t.event.Help
	switch {
	case r.State == "waiting":
		return r.lastWord().Add(helpSilence)
	case r.State == "closed" || help.Escalate <= 0:
		return time.Time{}
	case !r.Nudged.IsZero():
		return help.Office.Next(r.Nudged.Add(24*time.Hour), t.event.Zone)
	}
	return help.Office.After(r.Since, help.Escalate, t.event.Zone)
}

// lastWord is when the person or an organiser last said something.
func (h *HelpRequest) lastWord() (at time.Time) {
	for _, l := range h.Lines {
		if l.From != "note" {
			at = l.At
		}
	}
	return at
}

// plan plants, moves or withdraws the alarm.
func (t *deskTurn) plan() {
	t.out.Alarms = []Alarm{{Name: "look", At: t.due(), Call: "help/look"}}
}

// look is the alarm: too early, it is planted anew.
func (t *deskTurn) look() error {
	due, r := t.due(), &t.request
	if due.IsZero() || t.At.Before(due) {
		t.plan()
		return nil
	}
	if r.State == "waiting" {
		t.news("human/closed", "")
		t.end("team.ticket.silent", "days", int(helpSilence.Hours())/24)
		return nil
	}
	taker, err := t.taker()
	if err != nil {
		return err
	}
	r.Nudged = t.At
	if r.State == "open" {
		waited := t.text("span.hours", "n", int(t.At.Sub(r.Opened).Hours()))
		text := t.text("team.ticket.nobody_took", "waited", waited)
		t.tell(text, t.button("take"), t.button("show"))
		t.tellOrganisers(nil, text, t.button("take"), t.button("show"))
		t.page("", "waits")
	} else {
		text := t.text("team.ticket.unanswered", "who", r.Taker.Ref)
		t.tell(text, t.button("show"), t.button("close"))
		if len(t.event.Help.Desks) == 0 {
			t.tellOrganisers(taker.Addresses, text, t.button("show"), t.button("close"))
		}
		t.nudge(r.Taker.ID, t.ID+"/taker", HelpNews{Why: "waits"})
	}
	t.plan()
	return nil
}

// taker is the person who has the request. One who is gone or may answer no more has it no longer: it is open to all.
func (t *deskTurn) taker() (p Person, err error) {
	r := &t.request
	if r.Taker == nil || r.Taker.ID == string(Operator) {
		return p, nil
	}
	docs, err := t.src.Load(r.Taker.ID)
	if err != nil {
		return p, err
	}
	if err = decode(docs[0], &p); err == nil && !Allows(t.book.RightsOf(&p), MaySend) {
		r.Taker, r.State = nil, "open"
	}
	return p, err
}

// deskWalk is the Args of "help/walk".
type deskWalk struct {
	After, Name string // Name is of the walk: the same for all its pages
	Why         string // HelpNews.Why
}

// page posts a page of the walk through the cards to the request itself.
func (t *deskTurn) page(after, why string) {
	w := deskWalk{After: after, Name: fmt.Sprintf("%s/nudge/%d", t.Subject, t.At.Unix()), Why: why}
	t.postWalk(w)
}

func (t *deskTurn) postWalk(w deskWalk) {
	t.out.post(t.At, Update{ID: w.Name + "/page/" + w.After, Subject: t.Subject, Call: "help/walk", Args: Must(w)})
}

// walk reminds those on one page of cards who may answer.
func (t *deskTurn) walk() error {
	var w deskWalk
	if err := json.Unmarshal(t.Args, &w); err != nil {
		return fmt.Errorf("flows: help walk: %w", err)
	}
	if t.request.State != "open" {
		return nil // taken meanwhile
	}
	cards, err := t.src.List("card/", w.After, deskPage)
	if err != nil {
		return err
	}
	for _, d := range cards {
		var c Card
		if decode(d, &c) == nil && Allows(c.Rights, MaySend) {
			name := strings.TrimPrefix(d.Key, "card/")
			t.nudge("person/"+name, w.Name+"/to/"+name, HelpNews{Why: w.Why})
		}
	}
	if len(cards) == deskPage {
		w.After = cards[len(cards)-1].Key
		t.postWalk(w)
	}
	return nil
}

// nudge tells an organiser privately. The operator of the server is no person.
func (t *deskTurn) nudge(person, id string, n HelpNews) {
	if n.Ref = t.request.Ref; person != string(Operator) {
		t.out.post(t.At, Update{ID: id, Subject: person, Call: "human/nudge", Args: Must(n)})
	}
}
