package flows

import (
	"slices"
	"strings"
)

// What the desks read. Every line begins with the request's reference, so that a reply to it in the group says by its quotation which
// request it is about: no memory of message numbers is needed, and it works wherever the line stands.

// text fills one of the organisers' sentences.
func (t *deskTurn) text(key string, pairs ...any) string {
	return teamText(t.event, key, append(pairs, "ref", t.request.Ref)...)
}

// teamText fills a sentence for organisers, which is in English.
func teamText(e *Event, key string, pairs ...any) string { return e.Sentence("en", key, pairs...) }

// button makes a button that types "/ticket REF what".
func (t *deskTurn) button(what string) Choice { return ticketButton(t.event, t.request.Ref, what) }

func ticketButton(e *Event, ref, what string) Choice {
	return Choice{Label: teamText(e, "team.ticket.button."+what), Value: "/ticket " + ref + " " + what}
}

// tell says something at every desk.
func (t *deskTurn) tell(text string, choices ...Choice) { t.tellOthers("", text, choices...) }

// tellOthers says something at every desk but the one of chat, where it is known already.
func (t *deskTurn) tellOthers(chat Address, text string, choices ...Choice) {
	for _, desk := range t.event.Help.Desks {
		if chat == "" || chat != desk && !strings.HasPrefix(string(chat), string(desk)+"/") {
			t.out.Messages = append(t.out.Messages, Message{To: desk, Text: text, Choices: choices})
		}
	}
	if taker := t.request.Taker; len(t.event.Help.Desks) == 0 && taker != nil && taker.ID != t.who.ID {
		t.nudge(taker.ID, t.ID+"/line", HelpNews{Why: "line", Text: text, Choices: choices})
	}
}

// tellOrganisers says something privately to those whom the operator's settings name, but for the addresses of somebody who knows.
func (t *deskTurn) tellOrganisers(but []Address, text string, choices ...Choice) {
	for _, a := range t.book.Organisers {
		if !slices.Contains(but, a) {
			t.out.Messages = append(t.out.Messages, Message{To: a, Text: text, Choices: choices})
		}
	}
}

// tellActor answers the organiser who did something, where they did it. The console shows the request itself.
func (t *deskTurn) tellActor(key string, pairs ...any) {
	if t.Chat != "" {
		t.out.Messages = append(t.out.Messages, Message{To: t.Chat, Text: t.text(key, pairs...), Reply: t.Reply, Ack: t.act.Tap})
	}
}

// news tells the person, whose own turn knows language and chat.
func (t *deskTurn) news(call, text string) {
	t.out.post(t.At, Update{
		ID: t.ID + "/" + call, Subject: t.request.Person, Call: call, Sent: t.Sent, Args: Must(HelpNews{Ref: t.request.Ref, Text: text}),
	})
}

// card is the request with its context.
func (t *deskTurn) card() string { return t.request.card(t.event) }

func (h *HelpRequest) card(e *Event) string {
	c := h.Context
	unknown := func(s string) string {
		if s == "" {
			return "–"
		}
		return s
	}
	return teamText(e, "team.ticket.card", "ref", h.Ref, "state", h.State, "stage", unknown(c.Stage), "country", unknown(c.Country),
		"language", unknown(c.Language), "n", c.Items, "of", c.Of, "last", unknown(c.Last), "topic", unknown(h.Topic), "text", h.Text())
}

// transcript is the card with what was said since, for /ticket REF. No group gets longer texts than a platform shows in a few messages.
func (h *HelpRequest) transcript(e *Event) string {
	lines := []string{h.card(e)}
	if h.Taker != nil {
		lines = append(lines, teamText(e, "team.ticket.taken_by", "who", h.Taker.Ref))
	}
	for _, l := range h.Lines[min(1, len(h.Lines)):] {
		at := l.At.In(e.Zone).Format("2 Jan 15:04")
		lines = append(lines, teamText(e, "team.ticket.line."+l.From, "at", at, "by", l.By, "text", l.Text))
	}
	return strings.Join(lines, "\n\n")
}
