package flows

import (
	"encoding/json"
	"slices"
	"strings"
)

// organiser does what an organiser wants of the request: the right is asked here, when it is done, wherever it came from.
func (t *deskTurn) organiser() error {
	if t.Args != nil && json.Unmarshal(t.Args, &t.act) != nil {
		return nil
	}
	ok, err := t.book.permits(t.Update, t.src)
	if err != nil {
		return err
	}
	if !ok {
		t.tellActor("team.ticket.refused")
		return nil
	}
	if t.who, err = t.book.who(t.src, t.From); err != nil {
		return err
	}
	switch t.Call {
	case "help/take":
		t.take()
	case "help/reply":
		t.reply()
	case "help/note":
		t.jot()
	case "help/close":
		t.close()
	case "help/assign":
		return t.assign()
	}
	return nil
}

// who is the organiser behind an address.
func (b *Book) who(src Source, from Address) (Who, error) {
	if from == Operator || from == "" {
		return Who{ID: string(Operator), Ref: string(Operator)}, nil
	}
	docs, err := src.Load("at/" + string(from))
	if err != nil {
		return Who{}, err
	}
	var at Identity
	if err := decode(docs[0], &at); err != nil {
		return Who{}, err
	}
	if docs, err = src.Load(at.Person); err != nil {
		return Who{}, err
	}
	var p Person
	if err := decode(docs[0], &p); err != nil {
		return Who{}, err
	}
	return Who{ID: p.ID, Ref: p.Ref}, nil
}

// called is how the desks read who did something: as the platform names them there, else by reference.
func (t *deskTurn) called() string {
	name := []rune(strings.Join(strings.Fields(clean(t.act.Name)), " "))
	if len(name) == 0 {
		return t.who.Ref
	}
	return string(name[:min(len(name), 40)])
}

// take makes the organiser the one who answers. Two who take at once are decided by the commit: one has it, the other is told.
func (t *deskTurn) take() {
	r := &t.request
	switch {
	case r.Taker != nil && r.Taker.ID == t.who.ID && r.State != "closed":
		t.tellActor("team.ticket.yours")
	case r.Taker != nil && r.State != "closed":
		t.tellActor("team.ticket.theirs", "who", r.Taker.Ref)
	case r.State == "closed":
		t.tellActor("team.ticket.is_closed")
	default:
		t.seize()
		t.tell(t.text("team.ticket.took", "who", t.called()), t.button("close"))
		t.tellActor("team.ticket.you_took")
	}
}

// seize gives the request to the organiser; the person hears that somebody has it, and the bot falls silent there.
func (t *deskTurn) seize() {
	r := &t.request
	who := t.who
	r.Taker, r.State = &who, "taken"
	t.since()
	t.out.note(t.Update, "help request taken", r.Ref, "")
	t.news("human/taken", "")
	t.plan()
}

// reply carries words to the person. Who answers an open request has taken it. A closed one stays closed.
func (t *deskTurn) reply() {
	r := &t.request
	text, ok := t.event.Help.reply(t.act.Text)
	if !ok {
		t.tellActor("team.ticket.no_canned", "names", strings.Join(sortedKeys(t.event.Help.Canned), ", "))
		return
	}
	if text == "" {
		t.tellActor("team.ticket.empty")
		return
	}
	if r.State == "open" {
		t.seize()
	}
	if r.Answered.IsZero() {
		r.Answered = t.At
	}
	r.add(HelpLine{At: t.At, From: "organiser", By: t.who.Ref, Text: text})
	t.out.note(t.Update, "help request answered", r.Ref, "")
	t.news("human/answer", text)
	t.act.Tap = false
	if r.State == "closed" {
		t.tellActor("team.ticket.sent_closed")
	} else {
		r.State = "waiting"
		t.tellActor("team.ticket.sent")
		t.offerNext()
	}
	t.tellOthers(t.Chat, t.text("team.ticket.answered", "who", t.called(), "text", text), t.button("close"), t.button("draft"))
	t.plan()
}

// offerNext puts what comes next under the answer to the organiser.
func (t *deskTurn) offerNext() {
	if n := len(t.out.Messages); n > 0 && t.Chat != "" {
		t.out.Messages[n-1].Choices = []Choice{t.button("close"), t.button("draft")}
	}
}

// reply is what an organiser's words stand for: themselves, or the canned reply "!name".
func (h HelpDesk) reply(words string) (text string, ok bool) {
	words = clean(words)
	if name, canned := strings.CutPrefix(words, "!"); canned && !strings.ContainsAny(name, " \n") && name != "" {
		text, ok = h.Canned[strings.ToLower(name)]
		return text, ok
	}
	return words, true
}

// jot keeps a note, which the person never hears.
func (t *deskTurn) jot() {
	text := clean(t.act.Text)
	if text == "" {
		t.tellActor("team.ticket.empty")
		return
	}
	t.request.add(HelpLine{At: t.At, From: "note", By: t.who.Ref, Text: text})
	t.out.note(t.Update, "help request noted", t.request.Ref, "")
	t.tellActor("team.ticket.noted")
	t.tellOthers(t.Chat, t.text("team.ticket.note", "who", t.called(), "text", text))
}

func (t *deskTurn) close() {
	if t.request.State == "closed" {
		t.tellActor("team.ticket.is_closed")
		return
	}
	t.end("team.ticket.closed", "who", t.called())
	t.out.note(t.Update, "help request closed", t.request.Ref, "")
	t.news("human/closed", "")
	t.tellActor("team.ticket.you_closed")
}

// assign gives the request to another organiser, or back to all.
func (t *deskTurn) assign() error {
	r := &t.request
	if r.State == "closed" {
		t.tellActor("team.ticket.is_closed")
		return nil
	}
	to, err := t.assignee()
	if err != nil {
		return err
	}
	switch {
	case to == nil:
		t.tellActor("team.ticket.nobody", "who", t.act.To)
		return nil
	case to.ID == "":
		r.Taker, r.State = nil, "open" // the person goes on with whoever answers next
		t.tell(t.text("team.ticket.released", "who", t.called()), t.button("take"))
	default:
		r.Taker = to
		if r.State == "open" {
			r.State = "taken"
			t.news("human/taken", "")
		}
		t.tell(t.text("team.ticket.assigned", "who", t.called(), "to", to.Ref))
		if to.ID != t.who.ID {
			t.nudge(to.ID, t.ID+"/"+to.ID, HelpNews{Why: "given"})
		}
	}
	t.since()
	t.out.note(t.Update, "help request assigned", r.Ref, to.Ref)
	t.plan()
	return nil
}

// assignee finds the organiser meant; nil: there is none with the right to answer, an empty one: nobody in particular.
func (t *deskTurn) assignee() (*Who, error) {
	to := strings.TrimSpace(t.act.To)
	switch {
	case to == "" || strings.EqualFold(to, "nobody"):
		return &Who{}, nil
	case strings.EqualFold(to, "me"):
		return &t.who, nil
	}
	prefix := to
	if ref, ok := strings.CutPrefix(strings.ToUpper(to), t.event.Prefix+"-"); ok && len(ref) >= 6 {
		prefix = "person/" + strings.ToLower(ref)
	}
	if !strings.HasPrefix(prefix, "person/") || len(prefix) < len("person/")+6 {
		return nil, nil
	}
	docs, err := t.src.List(prefix, "", 5)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(docs, func(d Doc) bool {
		var p Person
		return decode(d, &p) == nil && Allows(t.book.RightsOf(&p), MaySend)
	})
	if i < 0 {
		return nil, nil
	}
	var p Person
	err = decode(docs[i], &p)
	return &Who{ID: p.ID, Ref: p.Ref}, err
}
