package flows

import (
	"encoding/json"
	"slices"
)

// What a person hears of their request. While an organiser has it, what the person types is the organiser's: Olle does not answer
// between two people. Commands, files, buttons, reminders and quizzes go on.

// toOrganiser passes words on while an organiser talks to the person; false: they are Olle's.
func (t *Turn) toOrganiser(in Input) bool {
	if !t.handedOver() {
		return false
	}
	if top := t.top(); top != nil {
		talk := t.Book.talks[top.Flow]
		if t.repairWord(in.Text) != "" {
			return false
		}
		if talk.take(t, in) { // asked for with a command since
			t.Person.Misses = 0
			return true
		}
	} else if word := t.repairWord(in.Text); word == "status" || word == "help" || word == "human" {
		return false
	}
	t.visit("human", "relay")
	t.postHelp(t.Person.Asking.Ref, "help/say", in.Text)
	t.Say("human.relayed")
	return true
}

// news reads what the request's history tells; ok is false when it is no request of this person.
func (t *Turn) news() (n HelpNews, ok bool) {
	ok = json.Unmarshal(t.Args, &n) == nil && slices.Contains(t.Person.Help, n.Ref)
	return n, ok
}

// humanTaken hears that an organiser has taken the request.
func humanTaken(t *Turn) {
	n, ok := t.news()
	if a := t.Person.Asking; ok && a != nil && a.Ref == n.Ref && !a.Taken {
		t.Say("human.taken", "ref", n.Ref)
		t.handOver()
	}
}

// handOver silences Olle. A pending question that words may answer would swallow what is meant for the organiser: it waits. The
// checklist does not: it waits for files.
func (t *Turn) handOver() {
	a := t.Person.Asking
	a.Taken = true
	t.leaveLight()
	top := t.top()
	if top == nil {
		return
	}
	_, form := t.Book.talks[top.Flow].(*Form)
	if talk := t.Book.talks[top.Flow]; form || talk != nil && talk.free(t) {
		a.Aside, t.Person.Talk = t.Person.Talk, nil
	}
}

// humanAnswer hears the organisers' answer.
func humanAnswer(t *Turn) {
	n, ok := t.news()
	switch a := t.Person.Asking; {
	case !ok:
	case t.Person.Home == "":
		t.postHelp(n.Ref, "help/unheard", nil)
	default:
		t.Say("human.answer", "ref", n.Ref)
		t.Tell(n.Text)
		if a == nil || a.Ref != n.Ref {
			return
		}
		if !a.Taken {
			t.handOver()
		}
		if t.top() != nil {
			t.Say("human.answer_between")
		}
		t.Offer(t.solvedChoice())
	}
}

// humanClosed hears that the request is closed: Olle is back.
func humanClosed(t *Turn) {
	if n, ok := t.news(); ok && t.Person.Asking != nil && t.Person.Asking.Ref == n.Ref {
		t.Say("human.closed", "ref", n.Ref)
		t.takeBack()
	}
}

// takeBack hands the conversation back to Olle; a question that waited is asked again.
func (t *Turn) takeBack() {
	aside := t.Person.Asking.Aside
	t.Person.Asking = nil
	if len(t.Person.Talk) == 0 && len(aside) > 0 {
		t.Person.Talk = aside
		t.closeLate()
	}
	if t.asked = t.top() != nil; t.asked {
		t.Say("common.back_to")
	}
}

// humanNudge hears, as an organiser, that a request waits.
func humanNudge(t *Turn) {
	var n HelpNews
	if json.Unmarshal(t.Args, &n) != nil || !t.may(MaySend) {
		return
	}
	if n.Why == "line" {
		t.Tell(n.Text)
		t.Offer(n.Choices...)
		return
	}
	docs, err := t.src.Load(HelpKey(n.Ref))
	if err != nil {
		t.err = err
		return
	}
	var r HelpRequest
	if t.err = decode(docs[0], &r); r.State != "open" && r.State != "taken" {
		return
	}
	t.Say("team.ticket."+n.Why, "ref", n.Ref)
	t.Offer(ticketButton(t.Event, n.Ref, "show"), ticketButton(t.Event, n.Ref, "take"), ticketButton(t.Event, n.Ref, "close"))
}

// helpState is a line of /status for each request: those that are not closed, and the newest.
func (t *Turn) helpState() (lines []string) {
	for i, r := range t.helpRequests() {
		if r.State != "closed" || i == len(t.Person.Help)-1 {
			lines = append(lines, t.Text("status.help."+r.State, "ref", r.Ref))
		}
	}
	return lines
}

// helpRequests loads the person's requests. One that was asked a moment ago may not be there yet.
func (t *Turn) helpRequests() []HelpRequest {
	if len(t.Person.Help) == 0 {
		return nil
	}
	keys := make([]string, len(t.Person.Help))
	for i, ref := range t.Person.Help {
		keys[i] = HelpKey(ref)
	}
	docs, err := t.src.Load(keys...)
	if err != nil {
		t.err = err
		return nil
	}
	all := make([]HelpRequest, len(docs))
	for i, d := range docs {
		all[i] = HelpRequest{Ref: t.Person.Help[i], State: "open"}
		if err := decode(d, &all[i]); err != nil {
			t.err = err
		}
	}
	return all
}
