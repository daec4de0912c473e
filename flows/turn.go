package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Turn is one update of one person being decided. Conversations speak and move through it; nothing they do takes effect before
// the outcome is committed.
type Turn struct {
	Update
	Book   *Book
	Event  *Event // as it stands with the organisers' changes
	Person *Person

	src     Source
	changes Override // what organisers changed of the event
	err     error    // of the source; the turn is not decided then
	texts   *Catalogue
	knows   func(string) (string, bool) // placeholder, made once
	facts   map[string]string           // of Event
	out     Outcome
	said    []string // paragraphs of the message being made
	choices []Choice
	file    *File // goes with the message being made
	moved   bool  // the pending question is another one, or must be asked again
	asked   bool  // the pending question must be asked again, briefly: something else was said in between
	brief   bool  // the pending question was asked in full before
	gone    bool  // the person asked to be deleted
	forget  bool  // what the person wrote must not be kept
}

// Say adds a paragraph: the text under key, filled with pairs of placeholder and value, and with the event's facts.
func (t *Turn) Say(key string, pairs ...any) { t.Tell(t.Text(key, pairs...)) }

// Text fills a text without saying it.
func (t *Turn) Text(key string, pairs ...any) string {
	if len(t.Event.Items) == 1 {
		key = t.texts.ofOne(key)
	}
	return t.texts.Text(key, t.fill(pairs))
}

// Tell adds a paragraph that is no text of the catalogue: an answer, a list.
func (t *Turn) Tell(paragraph string) {
	if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
		t.said = append(t.said, paragraph)
	}
}

// Quote adds a paragraph from elsewhere in the pack, its placeholders filled.
func (t *Turn) Quote(text string, pairs ...any) { t.Tell(Fill(text, t.fill(pairs))) }

// Offer puts choices under the message, but for commands that the pack has nothing for. The last offer of a turn wins: it belongs to the
// pending question.
func (t *Turn) Offer(choices ...Choice) {
	t.choices = slices.DeleteFunc(choices, func(c Choice) bool { return strings.HasPrefix(c.Value, "/") && !t.Event.Offers(c.Value[1:]) })
}

// Give hands out a file with the message being made, which must say something too.
func (t *Turn) Give(f *File) { t.file = f }

// Choice makes a choice for the pending step; its label is the text under "choice." + value.
func (t *Turn) Choice(value string) Choice {
	top := t.top()
	return Choice{Label: t.Text("choice." + top.Flow + "." + value), Value: top.Flow + "/" + top.Step + "/" + value}
}

// Command makes a choice that works like typing the command; its label is the text under "command." + name, else the title of the form of
// that name, else how the command is described in menus.
func (t *Turn) Command(name string) Choice {
	c := Choice{Value: "/" + name}
	switch f := t.Event.Forms[name]; {
	case t.texts.Has("command." + name):
		c.Label = t.Text("command." + name)
	case f != nil:
		c.Label = t.form(name+".title", f.Title)
	default:
		c.Label = t.Text("describe." + name)
	}
	return c
}

func (t *Turn) fill(pairs []any) func(string) (string, bool) {
	if t.knows == nil {
		t.knows = t.placeholder
	}
	return pairsOr(pairs, t.knows)
}

// placeholder says what a placeholder stands for: some mean something else to each person, the others are the event's facts.
func (t *Turn) placeholder(name string) (string, bool) {
	switch name {
	case "ref":
		return t.Person.Ref, true
	case "deadline":
		return fmt.Sprintf("%s, %s", Day(t.closes().In(t.Event.Zone)), t.Event.clock(t.closes())), true
	case "deadline_both":
		return t.moment(t.closes()), true
	case "deadline_local":
		return t.local(t.closes()), true
	case "left":
		return t.left(t.closes().Sub(t.At)), true
	case "early": // there is a day yet to be early by
		if t.closes().Sub(t.At) > 24*time.Hour {
			return "yes", true
		}
		return "", true
	case "now":
		return t.moment(t.At), true
	}
	if t.facts == nil {
		t.facts = t.Event.Facts()
	}
	v, ok := t.facts[name]
	return v, ok
}

// zone is the person's own time zone, nil when unknown.
func (t *Turn) zone() *time.Location {
	if t.Person.Zone == "" || !t.Private && t.Call == "" { // where somebody lives is nobody else's business
		return nil
	}
	z, err := time.LoadLocation(t.Person.Zone)
	if err != nil {
		return nil
	}
	return z
}

// late says whether applications are closed for what was sent at that time.
func (t *Turn) late(sent time.Time) bool { return t.Event.Closed || sent.After(t.closes()) }

// closes is the instant at which applications close for this person.
func (t *Turn) closes() time.Time {
	if x := t.Person.Late; x != nil && x.Until.After(t.Event.Deadline) {
		return x.Until
	}
	return t.Event.Deadline
}

// flush ends the message being made.
func (t *Turn) flush() {
	if len(t.said) == 0 {
		return
	}
	to := t.Chat
	if to == "" {
		to = t.Person.Home
	}
	if to != "" {
		t.out.Messages = append(t.out.Messages, Message{
			To: to, Text: strings.Join(t.said, "\n\n"), Choices: t.choices, File: t.file, Reply: t.Reply, Bulk: strings.HasPrefix(t.Call, "reminders/"), Forget: t.forget,
		})
	}
	t.said, t.choices, t.file = nil, nil, nil
}

// top is the frame with the pending question, nil when there is none.
func (t *Turn) top() *Frame {
	if n := len(t.Person.Talk); n > 0 {
		return &t.Person.Talk[n-1]
	}
	return nil
}

// Push begins a flow on top of the talk; its question becomes the pending one. A flow already in the talk is not begun twice: the
// talk goes back to it.
func (t *Turn) Push(flow, step string, vars ...string) {
	for i := range t.Person.Talk {
		if t.Person.Talk[i].Flow == flow {
			t.Person.Talk = t.Person.Talk[:i]
			break
		}
	}
	f := Frame{Flow: flow, Step: step}
	for i := 0; i+1 < len(vars); i += 2 {
		f.set(vars[i], vars[i+1])
	}
	t.Person.Talk = append(t.Person.Talk, f)
	t.moved = true
}

// Goto moves to another step of the flow; "back" returns.
func (t *Turn) Goto(step string) {
	if f := t.top(); f != nil {
		if f.Step != step {
			f.Trail = append(f.Trail, f.Step)
		}
		f.Step = step
	}
	t.moved = true
}

// Again asks the pending question once more.
func (t *Turn) Again() { t.moved = true }

// Done ends the flow; what was pending before it is asked again.
func (t *Turn) Done() {
	if n := len(t.Person.Talk); n > 0 {
		t.Person.Talk = t.Person.Talk[:n-1]
	}
	t.moved = true
}

func (f *Frame) set(name, value string) {
	if f.Vars == nil {
		f.Vars = map[string]string{}
	}
	f.Vars[name] = value
}

// ask asks the pending question, if there is one. Flows that end at once when asked (nothing left to do) are followed.
func (t *Turn) ask() {
	t.brief = !t.moved
	for range 10 { // a talk is never deeper
		f := t.top()
		if f == nil {
			return
		}
		talk := t.Book.talks[f.Flow]
		if talk == nil { // the pack lost this form since
			t.Done()
			continue
		}
		t.moved = false
		t.visit(f.Flow, f.Step)
		talk.ask(t)
		if !t.moved {
			return
		}
		t.brief = false
	}
}

func (t *Turn) visit(flow, step string) { t.out.Visited = append(t.out.Visited, flow+"/"+step) }

// agreed says whether the person has agreed to the notice as it reads now.
func (t *Turn) agreed() bool {
	v := t.Event.Consent.Version
	return v == "none" || t.Person.Consent != nil && t.Person.Consent.Version == v
}

// Begin starts a flow that handles personal data: the consent is asked first where it is missing.
func (t *Turn) Begin(flow, step string, vars ...string) {
	if !t.agreed() { // one that is pending already is asked on top
		t.Person.Talk = slices.DeleteFunc(t.Person.Talk, func(f Frame) bool { return f.Flow == "consent" })
	}
	t.Push(flow, step, vars...)
	if !t.agreed() {
		t.Push("consent", "ask")
	}
}
