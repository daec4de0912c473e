package flows

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// HelpRequest is what a person asked the organisers, and everything said about it since, under "help/REF". It has a history of its
// own, because more than one organiser may work on it, in a group, in a channel, in the console. The text is the person's: it is shown
// at the desks the organisers have set, which are their own closed rooms, and nowhere else; no name and no document goes there.
//
// Its calls, from the person's own history:
//
//	help/open     the person asked
//	help/say      further words of the person
//	help/solved   the person needs no more
//	help/unheard  an answer found no chat of the person's
//	help/move     the person became another by linking
//	help/forget   the person is deleted
//
// from organisers (Actions says with which right; Args: HelpAct):
//
//	help/take  help/reply  help/note  help/close  help/assign
//
// and from itself: help/look (the alarm), help/walk (a page of cards, to find whom to remind).
type HelpRequest struct {
	Ref      string
	Person   string // "person/…"
	Topic    string // what it came from: "asked", "unknown", "misunderstood", "airfare", "unheard" (an offer of a place), "danger"
	State    string // "open", "taken" (the organisers' turn), "waiting" (the person's turn), "closed"
	Context  HelpContext
	Lines    []HelpLine
	Taker    *Who      `json:",omitempty"`
	Opened   time.Time // when it was asked
	Since    time.Time // when it became the organisers' turn, or another organiser's
	Answered time.Time `json:",omitzero"` // the first answer
	Closed   time.Time `json:",omitzero"`
	Nudged   time.Time `json:",omitzero"` // the organisers were last reminded
}

// HelpContext is what the desks see of the person: enough to answer, nothing to recognise.
type HelpContext struct {
	Stage     string
	Country   string // of the workplace, in words; "" unknown
	Language  string
	Items, Of int
	Last      string // topic of the last question that was answered
}

// HelpLine is one line of the conversation.
type HelpLine struct {
	At   time.Time
	From string // "applicant", "organiser", or "note" (for organisers only)
	By   string `json:",omitempty"` // organiser's reference
	Text string
}

// Who is an organiser: a person, or the operator.
type Who struct {
	ID  string // "person/…", "operator"
	Ref string // what the others see
}

// HelpAct is the Args of what organisers do with a request.
type HelpAct struct {
	Text string `json:",omitempty"` // reply, note; "!name" is a canned reply
	To   string `json:",omitempty"` // assign: reference or "person/…" of the organiser, "me", "" nobody
	Tap  bool   `json:",omitempty"` // it was a tap: a short answer is enough
	Name string `json:",omitempty"` // what the platform calls the organiser; shown at the desks, never kept
}

// HelpNews is the Args of what the person hears of a request.
type HelpNews struct {
	Ref  string
	Text string `json:",omitempty"`
	Why  string `json:",omitempty"` // nudge: "new", "given", "waits"; "line": Text is what the desks would read, if there were any

	Choices []Choice `json:",omitempty"` // line
}

const (
	maxHelpLines = 100                // of one request; older ones but the first go
	helpSilence  = 3 * 24 * time.Hour // after an answer; then the request closes itself, for nobody shall stay without the bot for ever
	deskPage     = 100                // cards looked at in one turn
)

// HelpKey is the document of a request, and the subject of its updates.
func HelpKey(ref string) string { return "help/" + ref }

// Text is what the person asked.
func (h *HelpRequest) Text() string {
	if len(h.Lines) == 0 {
		return ""
	}
	return h.Lines[0].Text
}

// own lists what the person wrote.
func (h *HelpRequest) own() (texts []string) {
	for _, l := range h.Lines {
		if l.From == "applicant" {
			texts = append(texts, l.Text)
		}
	}
	return texts
}

// add keeps a line.
func (h *HelpRequest) add(l HelpLine) {
	if h.Lines = append(h.Lines, l); len(h.Lines) > maxHelpLines {
		h.Lines = slices.Delete(h.Lines, 1, 2)
	}
}

// deskTurn is one update of a request being decided.
type deskTurn struct {
	Update
	book    *Book
	event   *Event
	src     Source
	out     Outcome
	request HelpRequest
	act     HelpAct
	who     Who
}

// playHelp plays a help request's own history.
func (b *Book) playHelp(u Update, src Source) (Outcome, error) {
	docs, err := src.Load(u.Subject, eventKey(b.Current.ID))
	if err != nil {
		return Outcome{}, err
	}
	t := &deskTurn{Update: u, book: b, src: src, out: Outcome{Subject: u.Subject, Check: docs[:1], Visited: []string{u.Call}}}
	var changes Override
	if err := decode(docs[0], &t.request); err != nil {
		return Outcome{}, err
	}
	if err := decode(docs[1], &changes); err != nil {
		return Outcome{}, err
	}
	t.event = changes.Apply(b.Current)
	was := string(Must(t.request))
	if err := t.play(); err != nil {
		return Outcome{}, err
	}
	if u.Call == "help/forget" {
		t.out.Put = append(t.out.Put, Doc{Key: u.Subject})
	} else if now := Must(t.request); string(now) != was {
		t.out.Put = append(t.out.Put, Doc{Key: u.Subject, Data: now})
	}
	return t.out, nil
}

func (t *deskTurn) play() error {
	if t.Call == "help/open" {
		return t.open()
	}
	if t.request.Ref == "" {
		t.tellActor("team.ticket.unknown")
		return nil
	}
	switch t.Call {
	case "help/say":
		return t.say()
	case "help/solved":
		t.end("team.ticket.solved")
	case "help/unheard":
		t.tell(t.text("team.ticket.unheard"))
	case "help/forget":
		t.forget()
	case "help/move":
		_ = json.Unmarshal(t.Args, &t.request.Person)
	case "help/look":
		return t.look()
	case "help/walk":
		return t.walk()
	default:
		return t.organiser()
	}
	return nil
}

// open puts a new request on record and shows it at the desks. Where none is set, everybody who may answer is told.
func (t *deskTurn) open() error {
	if t.request.Ref != "" {
		return nil
	}
	if err := json.Unmarshal(t.Args, &t.request); err != nil {
		return fmt.Errorf("flows: help request: %w", err)
	}
	t.request.State, t.request.Since = "open", t.At
	t.tell(t.card(), t.button("take"), t.button("close"))
	if len(t.event.Help.Desks) == 0 {
		t.tellOrganisers(nil, t.text("team.ticket.new"), t.button("show"), t.button("take"))
		t.page("", "new")
	}
	t.plan()
	return nil
}

// say adds words of the person. Words that cross with the closing of the request open it again: they are not lost.
func (t *deskTurn) say() error {
	var text string
	if err := json.Unmarshal(t.Args, &text); err != nil {
		return fmt.Errorf("flows: help request: %w", err)
	}
	r := &t.request
	r.add(HelpLine{At: t.At, From: "applicant", Text: text})
	switch r.State {
	case "waiting":
		r.State = "taken"
		t.since()
	case "closed":
		r.State, r.Taker, r.Closed = "open", nil, time.Time{}
		t.since()
	}
	t.tell(t.text("team.ticket.says", "text", text), t.nextStep())
	t.plan()
	return nil
}

// since begins the organisers' time anew.
func (t *deskTurn) since() { t.request.Since, t.request.Nudged = t.At, time.Time{} }

// nextStep is the button that goes with a new line.
func (t *deskTurn) nextStep() Choice {
	if t.request.State == "open" {
		return t.button("take")
	}
	return t.button("close")
}

// end closes the request, and tells the desks by whom with the text under key.
func (t *deskTurn) end(key string, pairs ...any) {
	if t.request.State == "closed" {
		return
	}
	t.request.State, t.request.Closed = "closed", t.At
	var offer []Choice
	if !t.request.Answered.IsZero() {
		offer = []Choice{t.button("draft")}
	}
	t.tell(t.text(key, pairs...), offer...)
	t.plan()
}

// forget lets the request go with its person; organisers who work on it hear that there is nothing left to answer.
func (t *deskTurn) forget() {
	if t.request.State != "closed" {
		t.tell(t.text("team.ticket.forgotten"))
	}
	t.request.State = "closed"
	t.plan()
}
