package flows

import (
	"slices"
	"strings"

	"olle/flows/answers"
	"olle/flows/places"
)

// conversation is a flow written in Go or a form written in the pack: something that asks and hears.
type conversation interface {
	steps() []string
	ask(t *Turn)                 // says the pending question of the top frame
	take(t *Turn, in Input) bool // hears an answer; false: it does not fit, and nothing has changed
	skip(t *Turn) bool           // leaves the pending question out; false: it is needed
	back(t *Turn) bool           // returns to the question before; false: there is none
	hint(t *Turn)                // says what an answer looks like
	free(t *Turn) bool           // any words are the answer, questions too
	change(t *Turn, what Input) bool
}

// Flow is a conversation with named steps, written in Go.
type Flow struct {
	Name  string
	Steps []Step
	Light bool // asks only to help with one answer: it ends quietly when the person turns to something else
	// Anew begins again what the frame was about. Nil: the first step, about nothing in particular.
	Anew func(t *Turn, was Frame)
}

// Step is one question of a flow.
type Step struct {
	Name string
	Ask  func(t *Turn)
	Take func(t *Turn, in Input) bool
	Skip func(t *Turn) // nil: cannot be skipped
	Free bool          // any words are the answer, questions too
}

// conversations lists the flows of Olle; one file each.
func conversations() []*Flow {
	return []*Flow{consentFlow(), airfareFlow(), documentsFlow(), humanFlow(), offerFlow(), deleteFlow(), languageFlow(), mydataFlow(), askFlow(), announceFlow(), quizFlow(), studyFlow(), rateFlow(), meetFlow(), checkinFlow(), groupworkFlow(), attendFlow()}
}

func (f *Flow) steps() []string {
	var names []string
	for _, s := range f.Steps {
		names = append(names, s.Name)
	}
	return names
}

func (f *Flow) step(name string) *Step {
	for i := range f.Steps {
		if f.Steps[i].Name == name {
			return &f.Steps[i]
		}
	}
	return &f.Steps[0] // a step that an older release wrote: begin the flow again
}

func (f *Flow) ask(t *Turn) { f.step(t.top().Step).Ask(t) }

func (f *Flow) take(t *Turn, in Input) bool { return f.step(t.top().Step).Take(t, in) }

func (f *Flow) skip(t *Turn) bool {
	s := f.step(t.top().Step)
	if s.Skip == nil {
		return false
	}
	s.Skip(t)
	return true
}

func (f *Flow) back(t *Turn) bool { return t.top().back(t) }

func (f *Flow) hint(t *Turn) {
	key := "hint." + f.Name + "." + t.top().Step
	if t.texts.Has("team." + key) { // what only organisers see
		key = "team." + key
	}
	t.Say(key)
}

func (f *Flow) free(t *Turn) bool { return f.step(t.top().Step).Free }

func (f *Flow) change(*Turn, Input) bool { return false }

// back goes to the step before, if any.
func (f *Frame) back(t *Turn) bool {
	n := len(f.Trail)
	if n == 0 {
		return false
	}
	f.Step, f.Trail = f.Trail[n-1], f.Trail[:n-1]
	t.moved = true
	return true
}

// words hears typed words that are no command, with what they are answered when they are a question.
func (t *Turn) words(in Input, answer answers.Answer) {
	if t.solvedWord(in.Text) {
		t.command("/human close")
		return
	}
	t.leaveOffer(in)
	t.otherAddress(in.Text) // an address may be what the question under the offer asks for
	if t.answersOffer(in) {
		return
	}
	if what := t.reminderWish(in.Text, false); what != "" {
		t.command("/reminders " + what)
		return
	}
	if t.toOrganiser(in) {
		return
	}
	if word := t.repairWord(in.Text); word != "" {
		t.repair(word, in)
		return
	}
	if t.top() == nil {
		t.reply(in.Text, answer)
		return
	}
	talk := t.Book.talks[t.top().Flow]
	side := answer.Known && answer.Question && !talk.free(t)
	if !side && talk.take(t, in) {
		t.Person.Misses = 0
		return
	}
	if side || answer.Known && answer.Source == "" && !oneWord(in.Text) {
		t.leaveLight()
		t.reply(in.Text, answer)
		if t.top() != nil && t.top().Flow != "airfare" && t.top().Flow != "offer" {
			t.Say("common.back_to")
			t.asked = true
		}
		return
	}
	if t.Person.Misses > 0 {
		t.leaveLight()
	}
	if t.top() == nil {
		t.unknown()
	} else {
		t.Book.talks[t.top().Flow].hint(t)
		t.asked = true
	}
	t.missed(in.Text)
}

// oneWord says that a text is a single word: more likely a failed answer than a remark.
func oneWord(text string) bool { return !strings.Contains(places.Fold(text), " ") }

// leaveLight ends light flows on top of the talk.
func (t *Turn) leaveLight() {
	for f := t.top(); f != nil; f = t.top() {
		if flow, ok := t.Book.talks[f.Flow].(*Flow); !ok || !flow.Light {
			return
		}
		t.Person.Talk = t.Person.Talk[:len(t.Person.Talk)-1]
	}
}

// chose hears a tapped choice: a command, an answer to the pending question, or a correction of an earlier one.
func (t *Turn) chose(value string) {
	if strings.HasPrefix(value, "/") {
		t.command(value)
		return
	}
	if id, ok := strings.CutPrefix(value, "announcement/read/"); ok {
		t.readAnnouncement(id)
		return
	}
	flow, rest, _ := strings.Cut(value, "/")
	if flow == "quiz" {
		t.tapQuiz(rest)
		return
	}
	step, option, _ := strings.Cut(rest, "/")
	if flow != "offer" {
		t.leaveOffer(Input{})
	}
	top, talk := t.top(), t.Book.talks[flow]
	switch {
	case top != nil && top.Flow == flow && top.Step == step:
		if talk.take(t, Input{Choice: option}) {
			t.Person.Misses = 0
			return
		}
	case talk != nil && t.inTalk(flow) && talk.change(t, Input{Text: step, Choice: option}):
		return
	}
	t.Say("common.stale")
	t.asked = true
}

// inTalk says whether the flow is in the talk, and drops what was pushed on top of it.
func (t *Turn) inTalk(flow string) bool {
	for i := range t.Person.Talk {
		if t.Person.Talk[i].Flow == flow {
			t.Person.Talk = t.Person.Talk[:i+1]
			return true
		}
	}
	return false
}

// repairWords are what people say to a bot at any step, each with its list of words in the texts.
var repairWords = wordLists("words.", "help", "back", "skip", "cancel", "repeat", "restart", "status", "human", "mailed")

// repairWord recognises one of them; the whole text must be the word. "change …" carries what to change.
func (t *Turn) repairWord(text string) string {
	folded := places.Fold(text)
	for _, list := range repairWords {
		for _, word := range t.texts.Words(list.key) {
			// A letter more or less changes "I send it" into "I sent it": what is told is taken at its word.
			close := list.name != "mailed" && len(word) >= 6 && len(folded) >= 5
			if folded == word || close && places.Distance(folded, word, 1) <= 1 {
				return list.name
			}
		}
	}
	for _, word := range t.texts.Words("words.change") {
		if rest, ok := strings.CutPrefix(folded, word); ok && (rest == "" || rest[0] == ' ') {
			return "change"
		}
	}
	return ""
}

// repair does what a repair word asks for.
func (t *Turn) repair(word string, in Input) {
	top := t.top()
	if top == nil || word == "status" || word == "human" || word == "mailed" {
		t.repairOutside(word, in)
		return
	}
	talk := t.Book.talks[top.Flow]
	t.visit("repair", word)
	t.asked = true
	switch word {
	case "help":
		talk.hint(t)
		t.Say("help.inside")
	case "back":
		if !talk.back(t) {
			t.Say("common.first")
		}
	case "skip":
		if !talk.skip(t) {
			t.Say("common.needed")
		}
	case "cancel":
		applying := slices.ContainsFunc(t.Person.Talk, func(f Frame) bool { return f.Flow == "profile" || f.Flow == "documents" })
		t.Person.Talk = nil
		if applying && t.agreed() && !t.late(t.At) {
			t.Say("common.cancelled")
		} else {
			t.Say("common.stopped")
		}
		t.menu()
	case "repeat":
		t.Again()
	case "restart":
		t.restart()
	case "change":
		what := Input{Text: t.whatToChange(in.Text)}
		words := what.Text != "" && talk.free(t) // "wrong amount in the table" is what the organisers are to hear
		if !talk.change(t, what) && !(words && talk.take(t, in)) && !t.chooses(talk, in) && !t.correct(what) {
			t.Say("common.change_what")
		}
	}
}

// chooses takes what sounds like a repair as one of the choices that a flow has just offered: "Correct something". A form asks for words of
// any kind, and never means that.
func (t *Turn) chooses(talk conversation, in Input) bool {
	flow, ok := talk.(*Flow)
	return ok && !flow.free(t) && flow.take(t, in)
}

// repairOutside does it when no question is pending.
func (t *Turn) repairOutside(word string, in Input) {
	switch word {
	case "status", "human", "help":
		t.command("/" + word)
	case "mailed":
		t.tellMailed()
	case "change":
		if what := t.whatToChange(in.Text); what == "" || !t.correct(Input{Text: what}) {
			t.command("/mydata")
		}
	case "restart":
		t.command("/start")
	default:
		t.Say("common.nothing_pending")
		t.menu()
	}
}

// restart begins the flow at the bottom of the talk anew: every question of a form is asked again.
func (t *Turn) restart() {
	bottom := t.Person.Talk[0]
	t.Person.Talk = nil
	t.Say("common.restarted")
	if f, ok := t.Book.talks[bottom.Flow].(*Flow); ok && f.Anew != nil {
		f.Anew(t, bottom)
		return
	}
	t.Push(bottom.Flow, t.Book.talks[bottom.Flow].steps()[0], "anew", "yes")
	if !t.agreed() && bottom.Flow != "airfare" {
		t.Push("consent", "ask")
	}
}

// correct asks again for an answer given in a form, from outside of it.
func (t *Turn) correct(what Input) bool {
	o, ok := what.Pick(t.correctable())
	if !ok {
		return false
	}
	form, question, _ := strings.Cut(o.Value, ".")
	t.Push(form, question, "only", "yes", "intro", "said")
	return true
}

// whatToChange takes the change word off: "change my e-mail" → "my e mail".
func (t *Turn) whatToChange(text string) string {
	folded := places.Fold(text)
	for _, word := range t.texts.Words("words.change") {
		if rest, ok := strings.CutPrefix(folded, word); ok {
			return strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(rest), "my "), "the ")
		}
	}
	return folded
}

// menu offers what most people come for.
func (t *Turn) menu() {
	if t.late(t.At) {
		t.Offer(t.Command("programme"), t.Command("human"))
		return
	}
	t.Offer(t.Command("eligibility"), t.Command("airfare"), t.Command("documents"), t.Command("apply"), t.Command("deadline"), t.Command("human"))
}
