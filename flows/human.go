package flows

import (
	"fmt"
	"slices"
	"strings"

	"olle/flows/places"
)

// A person who wants a human asks with /human, or says yes when Olle offers it: after words it did not understand twice, for a departure
// that is not in the table, for a question that the announcement does not answer. A request is on record before the person is told so;
// desk.go has its own history, hand_over.go what the person hears of it.

func humanFlow() *Flow {
	return &Flow{Name: "human", Steps: []Step{
		{
			Name: "topic",
			Ask: func(t *Turn) {
				if a := t.Person.Asking; a != nil {
					t.Say("human.more", "ref", a.Ref)
					t.Offer(t.Choice("nothing"), t.solvedChoice())
					return
				}
				t.Say("human.topic")
				t.Offer(t.Choice("nothing"))
			},
			Take: func(t *Turn, in Input) bool {
				if in.Is(Option{Value: "nothing", Label: t.Text("choice.human.nothing")}) {
					t.Say("human.nothing")
					t.Done()
					return true
				}
				if in.Text == "" {
					return false
				}
				t.askOrganisers(in.Text, "asked")
				t.Done()
				return true
			},
			Free: true,
		},
		{
			Name: "send", // what was offered and agreed to; it waited for the consent at most
			Ask: func(t *Turn) {
				text, topic := t.top().Vars["text"], t.top().Vars["topic"]
				t.Done()
				t.askOrganisers(text, topic)
			},
			Take: func(*Turn, Input) bool { return false },
		},
	}}
}

// beginHuman is /human: with what to pass on, without, or "close" when it is solved.
func beginHuman(t *Turn, text string) {
	switch {
	case text != "" && t.solvedWord(text):
		t.solve()
	case text == "" && t.handedOver():
		t.Say("human.just_write", "ref", t.Person.Asking.Ref)
		t.Offer(t.solvedChoice())
	case text != "":
		t.Begin("human", "send", "text", text, "topic", "asked")
	default:
		t.Begin("human", "topic")
	}
}

// askOrganisers opens a request, or adds to the one that is open.
func (t *Turn) askOrganisers(text, topic string) {
	if a := t.Person.Asking; a != nil {
		t.postHelp(a.Ref, "help/say", text)
		t.Say("human.added", "ref", a.Ref)
		return
	}
	t.openHelp(text, topic)
}

// openHelp posts a new request to its own subject and tells the person what happens next.
func (t *Turn) openHelp(text, topic string) {
	help, ref := t.Event.Help, t.postRequest(topic, "applicant", text)
	t.Person.Asking = &Asking{Ref: ref}
	t.Say("human.opened", "ref", ref)
	if !help.Office.Open(t.At, t.Event.Zone) {
		t.Say("human.office_closed", "when", t.moment(help.Office.Next(t.At, t.Event.Zone)))
	}
	if a := t.Event.Answers.Answer(text); topic == "asked" && a.Known && a.Question && !a.None {
		t.Say("human.meanwhile")
		t.Quote(a.Text)
	}
}

// postRequest posts a new request about the person to its own subject, begun by their words or by a note.
func (t *Turn) postRequest(topic, from, text string) (ref string) {
	p := t.Person
	ref = fmt.Sprintf("H-%s-%d", strings.TrimPrefix(p.Ref, t.Event.Prefix+"-"), len(p.Help)+1)
	p.Help = append(p.Help, ref)
	t.postHelp(ref, "help/open", HelpRequest{
		Ref: ref, Person: p.ID, Topic: topic, Opened: t.At, Context: t.helpContext(), Lines: []HelpLine{{At: t.At, From: from, Text: text}},
	})
	return ref
}

// helpContext is what the desks may know of the person.
func (t *Turn) helpContext() HelpContext {
	p := t.Person
	c := p.card(t.Event)
	return HelpContext{
		Stage: c.Stage, Country: places.Name(c.Country), Language: t.texts.Name, Items: len(c.Items), Of: len(t.Event.Items), Last: p.Last,
	}
}

// postHelp posts to a request's own subject. A turn posts each call to a request once.
func (t *Turn) postHelp(ref, call string, args any) {
	t.out.post(t.At, Update{ID: t.ID + "/" + call + "/" + ref, Subject: HelpKey(ref), Call: call, Sent: t.Sent, Args: Must(args)})
}

// offerFlow asks whether to ask the organisers. Whoever turns to something else is not asked again.
func offerFlow() *Flow {
	return &Flow{Name: "offer", Light: true, Steps: []Step{{
		Name: "ask",
		Ask: func(t *Turn) {
			t.Say("offer.ask")
			t.Offer(t.Choice("yes"), t.Choice("no"))
		},
		Take: func(t *Turn, in Input) bool {
			switch yes, no := t.offered(in); {
			case yes:
				vars := t.top().Vars
				t.Done()
				t.Begin("human", "send", "text", vars["text"], "topic", vars["topic"])
			case no:
				t.Done()
				t.Say("offer.no")
			default:
				return false
			}
			return true
		},
	}}}
}

// offered reads the answer to an offer.
func (t *Turn) offered(in Input) (yes, no bool) {
	if in.Choice != "" {
		return in.Choice == "yes", in.Choice == "no"
	}
	said := func(value string) bool {
		return in.Is(Option{Value: value, Label: t.Text("choice.offer." + value), Also: t.texts.Words("words." + value)})
	}
	yes, no = said("yes"), said("no")
	return yes && !no, no
}

// leaveOffer ends an offer that was passed over for something else.
func (t *Turn) leaveOffer(in Input) {
	if top := t.top(); top != nil && top.Flow == "offer" {
		if yes, no := t.offered(in); !yes && !no {
			t.Person.Talk = t.Person.Talk[:len(t.Person.Talk)-1]
		}
	}
}

// offerRequest asks whether to pass a text on to the organisers. In a group nobody is asked.
func (t *Turn) offerRequest(text, topic string) {
	if t.Private {
		t.Push("offer", "ask", "text", text, "topic", topic)
	}
}

// Asking is a person's request that is not closed.
type Asking struct {
	Ref   string
	Taken bool    `json:",omitempty"` // by an organiser: the bot answers no free text until it is closed
	Aside []Frame `json:",omitempty"` // what was pending when it was taken
}

// handedOver says whether an organiser talks to the person.
func (t *Turn) handedOver() bool { return t.Person.Asking != nil && t.Person.Asking.Taken }

func (t *Turn) solvedChoice() Choice {
	return Choice{Label: t.Text("choice.human.solved"), Value: "/human close"}
}

// solvedWord says whether the words tell that the open request is solved.
func (t *Turn) solvedWord(text string) bool {
	if t.Person.Asking == nil {
		return false
	}
	said := places.Fold(text)
	return said == "close" || said == places.Fold(t.Text("choice.human.solved")) || slices.Contains(t.texts.Words("words.solved"), said)
}

// solve closes the person's request, as the person wishes.
func (t *Turn) solve() {
	a := t.Person.Asking
	t.postHelp(a.Ref, "help/solved", nil)
	t.Say("human.solved", "ref", a.Ref)
	t.takeBack()
}
