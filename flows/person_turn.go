package flows

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"olle/flows/places"
)

// playPerson plays an update of a person: who is it, what do we know, what was said, what is pending now.
func (b *Book) playPerson(u Update, src Source) (Outcome, error) {
	t, err := b.openTurn(u, src)
	if err != nil {
		return Outcome{}, err
	}
	if t.Person == nil { // deleted meanwhile: an alarm or a finished download finds nobody
		return Outcome{Subject: u.Subject, Check: t.out.Check, Put: unheard(u)}, nil
	}
	before := t.card()
	born := t.Person.Seen.IsZero()
	if u.Call != "" {
		t.called()
	} else {
		t.heard(born)
	}
	if t.moved || t.asked {
		t.ask()
	}
	t.flush()
	if t.err != nil {
		return Outcome{}, t.err
	}
	if t.gone {
		t.farewell()
		return t.out, nil
	}
	t.out.Put = append(t.out.Put, Doc{Key: t.Person.ID, Data: Must(t.Person), Value: t.Person})
	if after := t.card(); born || !reflect.DeepEqual(after, before) {
		t.out.Put = append(t.out.Put, Doc{Key: cardKey(t.Person.ID), Data: Must(after)})
		t.closingLine(after)
	}
	return t.out, nil
}

// farewell marks what is said to whom this turn deletes.
func (t *Turn) farewell() {
	for i := range t.out.Messages {
		m := &t.out.Messages[i]
		m.Farewell = m.To == "" || m.To == t.Chat || slices.Contains(t.Person.Addresses, m.To)
	}
}

// card is the person's card with the rights they have, those the operator's settings give included.
func (t *Turn) card() Card {
	c := t.Person.card(t.Event)
	c.Rights = slices.Clone(t.Book.RightsOf(t.Person)) // the turn may change them in place
	return c
}

// openTurn loads whose turn it is: the identity behind the address, the person, and the event as it stands. A word from a new
// address makes a new person; a call for somebody unknown makes nobody.
func (b *Book) openTurn(u Update, src Source) (*Turn, error) {
	t := &Turn{Update: u, Book: b, Event: b.Current, src: src}
	id, at, known, event, err := b.whose(u, src)
	if err != nil {
		return nil, err
	}
	t.out.Subject = id
	if u.Subject == "" {
		t.out.Check = append(t.out.Check, at)
	}
	t.out.Check = append(t.out.Check, Doc{Key: id, Rev: known.Rev})
	now, err := b.standing(event)
	if err != nil {
		return nil, err
	}
	t.changes, t.Event = now.changes, now.event
	switch {
	case known.Data != nil:
		if t.Person, err = personOf(known); err != nil {
			return nil, err
		}
		b.forgetUnknown(t.Person)
	case u.Subject == "" && u.Call == "":
		t.Person = newPerson(id, u, t.Event)
	default:
		return t, nil
	}
	if u.Subject == "" && at.Data == nil {
		t.out.Put = append(t.out.Put, Doc{Key: "at/" + string(u.From), Data: Must(Identity{Person: id})})
	}
	t.texts = t.Event.In(t.Person.Language)
	return t, nil
}

// forgetUnknown ends what a person is in the middle of and the book does not have: a newer pack may be without a form.
func (b *Book) forgetUnknown(p *Person) {
	unknown := func(f Frame) bool { return b.talks[f.Flow] == nil }
	p.Talk = slices.DeleteFunc(p.Talk, unknown)
	if p.Asking != nil {
		p.Asking.Aside = slices.DeleteFunc(p.Asking.Aside, unknown)
	}
}

// whose finds the person an update belongs to: their ID, the identity behind the address (of a word from outside), what is known of
// them, and the organisers' changes of the event.
func (b *Book) whose(u Update, src Source) (id string, at, known, event Doc, err error) {
	if u.Subject == "" {
		id = PersonID(u.From)
		docs, err := src.Load("at/"+string(u.From), id, eventKey(b.Current.ID))
		if err != nil {
			return "", at, known, event, err
		}
		who, err := docs[0].identity(id)
		if err != nil || who == "" || who == id {
			return id, docs[0], docs[1], docs[2], err
		}
		id, at = who, docs[0]
	} else {
		id = u.Subject
	}
	docs, err := src.Load(id, eventKey(b.Current.ID))
	if err != nil {
		return "", at, known, event, err
	}
	return id, at, docs[0], docs[1], nil
}

// identity reads whose an address is; nearly always it is the one expected.
func (d Doc) identity(expected string) (string, error) {
	if string(d.Data) == `{"Person":"`+expected+`"}` {
		return expected, nil
	}
	var who Identity
	err := decode(d, &who)
	return who.Person, err
}

// personOf reads a person, from memory if the turn before left them there.
func personOf(d Doc) (*Person, error) {
	if p, ok := d.Value.(*Person); ok {
		return p, nil
	}
	p := &Person{}
	return p, decode(d, p)
}

// called enters a step from inside: an alarm, finished work, a post from another subject.
func (t *Turn) called() {
	if enter := t.Book.calls[t.Call]; enter != nil {
		flow, step, _ := strings.Cut(t.Call, "/")
		t.visit(flow, step)
		enter(t)
	}
}

// unreachable hears that a chat cannot be reached any more (the bot was blocked there): what was to be said goes to another of the
// person's chats, and so does everything later.
func unreachable(t *Turn) {
	p := t.Person
	if !slices.Contains(p.Away, t.From) {
		p.Away = append(p.Away, t.From)
	}
	if p.Home == t.From {
		p.Home = ""
		for _, a := range p.Addresses {
			if !slices.Contains(p.Away, a) {
				p.Home = a
			}
		}
	}
	if p.Home == "" {
		t.unheardOffer()
	}
	var m Message
	if json.Unmarshal(t.Args, &m) != nil {
		return
	}
	switch {
	case p.Home != "" && m.To != p.Home:
		m.To, m.Reply, m.Edit = p.Home, "", ""
		t.out.Messages = append(t.out.Messages, m)
	case m.Ledger != nil:
		t.out.Put = append(t.out.Put, m.Ledger.gone(t.Update, m.To))
	}
}

// maxWords is how much of what a guest types is looked at, in bytes. Nobody's name or question is longer; the rest is not lost
// silently: the guest is told.
const maxWords = 4000

// heard hears the person: commands and repair words work at every step, then the pending question, then questions of any kind.
func (t *Turn) heard(born bool) {
	p := t.Person
	p.Seen = t.At
	if t.closeLate(); t.Private {
		p.Home = t.Chat
		p.Away = slices.DeleteFunc(p.Away, func(a Address) bool { return a == t.From })
	}
	in := Input{Text: clean(t.Update.Text), Choice: t.Update.Choice, Files: t.Files}
	if len(in.Text) > maxWords {
		t.Say("common.long")
		in.Text = strings.ToValidUTF8(in.Text[:maxWords], "")
	}
	if !t.Private {
		t.heardInGroup(in)
		return
	}
	if born && len(t.Book.RightsOf(p)) > 0 {
		t.offerOrganiserMenu()
	}
	if born && in.Choice == "" && !strings.HasPrefix(in.Text, "/start") {
		t.Say("welcome.short")
	}
	t.direct(in)
	t.hearOffer()
}

// direct hears the person in private.
func (t *Turn) direct(in Input) {
	if t.atTicket(in) || t.announces(in) {
		return
	}
	answer := t.heed(in.Text)
	switch {
	case answer.Danger:
		t.endangered(in, answer)
	case len(in.Files) > 0:
		t.receive(in)
	case in.Choice != "":
		t.chose(in.Choice)
	case in.Text == "" || places.Fold(in.Text) == "" && in.Text != "?":
		t.Say("common.empty")
		t.asked = true
	case strings.HasPrefix(in.Text, "/"):
		t.command(in.Text)
	default:
		t.words(in, answer)
	}
}

// closeLate ends what can no longer be finished: after the deadline nothing asks for documents any more, but for which item a file is that came
// in time.
func (t *Turn) closeLate() {
	if !t.late(t.At) {
		return
	}
	t.Person.Talk = slices.DeleteFunc(t.Person.Talk, func(f Frame) bool {
		naming := f.Step == "which" && len(t.Person.Loose) > 0
		return f.Flow == "documents" && !naming || f.Flow == "profile" && f.Vars["only"] == ""
	})
}

// clean makes what was typed safe to look at and to show: valid UTF-8, no control or direction-changing characters.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20 || r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f,
			r == 0xfeff, r == 0x2028, r == 0x2029:
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}
