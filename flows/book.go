package flows

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"olle/flows/answers"
)

// Book is everything needed to decide: the events, and the conversations. Site, Console and Covers are set before it is used; from
// then on it never changes, and is safe for concurrent use.
type Book struct {
	Current    *Event   // the edition people apply to
	Others     []*Event // earlier editions, for history
	Organisers []Address
	Site       string                 // address of the web chat, ending in a slash; "" none that others could reach
	Console    string                 // address of the organisers' pages, ending in a slash; "" there are none
	Covers     func(name string) bool // whether the font of papers has the letters of a name; nil: of any
	Joined     func(name string) bool // whether a name is in a script that papers cannot print with any font; nil: none is
	talks      map[string]conversation
	commands   map[string]command
	organiser  map[string]organiserCommand
	calls      map[string]func(*Turn)
	codes      map[string]func(*Turn, Code)
	seats      map[string]command // for those who have a seat
	stands     atomic.Pointer[standing]
}

// standing is the current edition with what organisers changed of it, as one document says. Persons' turns only read it.
type standing struct {
	base    *Event
	data    []byte
	changes Override
	event   *Event
}

// standing reads the document of the changes. They are few and every turn needs them, so the last reading is remembered.
func (b *Book) standing(d Doc) (*standing, error) {
	if s := b.stands.Load(); s != nil && s.base == b.Current && bytes.Equal(s.data, d.Data) {
		return s, nil
	}
	s := &standing{base: b.Current, data: d.Data}
	if err := decode(d, &s.changes); err != nil {
		return nil, err
	}
	s.event = s.changes.Apply(b.Current)
	b.stands.Store(s)
	return s, nil
}

// NewBook opens a book at the current edition. organisers hear of help requests.
func NewBook(events []*Event, current string, organisers []Address) (*Book, error) {
	b := &Book{Organisers: organisers, talks: map[string]conversation{}, commands: commandTable(), organiser: organiserTable(), calls: callTable(), codes: codeKinds(), seats: seatCommands()}
	var known []string
	for _, e := range events {
		known = append(known, e.ID)
		if e.ID == current {
			b.Current = e
		} else {
			b.Others = append(b.Others, e)
		}
	}
	if b.Current == nil {
		return nil, fmt.Errorf("flows: there is no event %q; there are: %s", current, strings.Join(known, ", "))
	}
	for _, f := range conversations() {
		b.talks[f.Name] = f
	}
	for name, form := range b.Current.Forms {
		if b.talks[name] != nil {
			return nil, fmt.Errorf("flows: event %s: form %q has the name of a conversation that is part of Olle; give it another", current, name)
		}
		b.talks[name] = form
	}
	return b, nil
}

// IsConversation says whether a conversation that is part of Olle has that name, so that no form can.
func IsConversation(name string) bool {
	return slices.ContainsFunc(conversations(), func(f *Flow) bool { return f.Name == name })
}

// Play decides one update. It is pure: the same update and documents give the same outcome. The error is the source's, or a
// document nobody can read; what a guest wrote is never an error.
func (b *Book) Play(u Update, src Source) (Outcome, error) {
	kind, _, _ := strings.Cut(u.Subject, "/")
	switch kind {
	case "", "person":
		return b.playPerson(u, src)
	case "event":
		return b.playEvent(u, src)
	case "help":
		return b.playHelp(u, src)
	case "review":
		return b.playReview(u, src)
	case "decision":
		return b.playDecision(u, src)
	case "notes":
		return b.playNotes(u, src)
	case "announcement":
		return b.playAnnouncement(u, src)
	case "evaluation":
		return b.playEvaluation(u, src)
	case "rating":
		return b.playRating(u, src)
	case "meet":
		return b.playMeet(u, src)
	case "signin":
		return b.playSignIn(u, src)
	case "quiz":
		return b.playQuiz(u, src)
	case "quizset":
		return b.playQuizSet(u, src)
	}
	return Outcome{}, fmt.Errorf("flows: update %s: nobody plays the subject %q", u.ID, kind)
}

// Ask answers one question outside any conversation, from the current edition first and from earlier ones if it does not know.
func (b *Book) Ask(e *Event, question string) answers.Answer {
	a := e.Answers.Answer(question)
	if !a.Known && !a.Danger {
		for _, past := range b.Others {
			if !strings.Contains(question, past.Start.Format("2006")) {
				continue
			}
			if old := past.Answers.Answer(question); old.Known && !old.Danger && old.Intent != "unknown" {
				old.Text = Fill(old.Text, factsOf(past))
				return old
			}
		}
	}
	a.Text = Fill(a.Text, factsOf(e))
	return a
}

func factsOf(e *Event) func(string) (string, bool) {
	var facts map[string]string
	return func(name string) (string, bool) {
		if facts == nil {
			facts = e.Facts()
		}
		v, ok := facts[name]
		return v, ok
	}
}

// Steps lists every "flow/step" of the book, for coverage.
func (b *Book) Steps() []string {
	var all []string
	for name, c := range b.talks {
		for _, s := range c.steps() {
			all = append(all, name+"/"+s)
		}
	}
	return all
}
