package flows

import (
	"strings"

	"olle/flows/answers"
	"olle/flows/places"
)

// /ask without a question asks for it; any question can be typed at any time anyway.
func askFlow() *Flow {
	return &Flow{Name: "ask", Light: true, Steps: []Step{{
		Name: "question",
		Ask: func(t *Turn) {
			t.Say("ask.question")
		},
		Take: func(t *Turn, in Input) bool {
			if in.Text == "" {
				return false
			}
			t.Done()
			t.moved = t.top() != nil
			t.reply(in.Text, t.Event.Answers.Answer(in.Text))
			return true
		},
		Free: true,
	}}}
}

// beginAsk is /ask, with or without a question.
func beginAsk(t *Turn, question string) {
	if question == "" {
		t.Push("ask", "question")
		return
	}
	t.reply(question, t.Event.Answers.Answer(question))
	t.asked = t.top() != nil
}

// reply answers a question, and offers what goes with the answer.
func (t *Turn) reply(question string, a answers.Answer) {
	p := t.Person
	t.visit("answer", a.Intent)
	if !a.Known {
		if a = t.Book.Ask(t.Event, question); !a.Known {
			t.unknown()
			if t.missed(question); a.Question && t.Person.Misses < 2 {
				t.offerRequest(question, "unknown")
			}
			return
		}
	}
	p.Misses = 0
	p.Last = a.Intent
	if t.asksProgramme(a.Intent) {
		return
	}
	t.Quote(t.Event.Answers.In(t.texts.Language, a).Text)
	if a.Source != "" {
		t.Say("ask.source", "source", a.Source)
	}
	t.deadlineNow(a)
	if t.top() == nil || a.None {
		t.follow(question, a)
	}
}

// follow offers what goes with an answer when nothing else is pending. An airfare answer without a place has asked for it.
func (t *Turn) follow(question string, a answers.Answer) {
	if a.Intent == "airfare" && t.Event.Offers("airfare") {
		r := places.Departure(question)
		if len(r.Places) > 0 {
			t.offerAfterAirfare(r.Places[0].Code, question)
			return
		}
		t.Person.Talk = append(t.Person.Talk, Frame{Flow: "airfare", Step: "from"})
		t.askBack(r.Ask)
		t.Offer(airfareChoices(t)...)
		return
	}
	switch {
	case a.None:
		t.offerRequest(question, "unknown")
	case a.Offer == "apply" && t.late(t.At): // it would only hear that it is too late
	case a.Offer != "":
		t.Offer(t.Command(a.Offer))
	}
}

// deadlineNow adds to an answer that names the announced deadline what has become of it: answers are filled when the pack is loaded, and
// organisers may have moved it since, it may be over, or this person may have one of their own. Who asks when it is hears their own time too.
func (t *Turn) deadlineNow(a answers.Answer) {
	announced := t.Book.Current.Deadline
	if announced.IsZero() || t.Event.Closed || !strings.Contains(a.Text, Day(announced.In(t.Event.Zone))) {
		return
	}
	switch closes := t.closes(); {
	case t.late(t.At):
		t.Say("deadline.over")
	case !closes.Equal(t.Event.Deadline):
		t.Say("deadline.yours")
	case !closes.Equal(announced):
		t.Say("deadline.moved_since")
	case t.zone() != nil && strings.HasPrefix(a.Intent, "deadline"):
		t.Say("deadline.yours")
	}
}

// missed counts words nobody understood; the second in a row offers a person. Where the consent is pending there is nothing to offer:
// a request needs it first.
func (t *Turn) missed(text string) {
	if t.again() {
		t.Say("common.offer_human")
		t.offerRequest(text, "misunderstood")
	}
	t.Person.Misses++
}

// again says that words nobody understood are the second in a row, so that a person is offered.
func (t *Turn) again() bool {
	return t.Person.Misses > 0 && (t.top() == nil || t.top().Flow != "consent")
}

// unknown says that the words were not understood and, as that may be somebody in danger, where to turn then. Where a person is offered, the
// offer says both.
func (t *Turn) unknown() {
	if !t.again() {
		t.Say("ask.unknown")
	}
	t.offerHelp()
}

func (t *Turn) offerHelp() {
	if t.top() == nil {
		t.Offer(t.Command("human"), t.Command("help"))
	}
}
