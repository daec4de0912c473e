package flows

import (
	"slices"
	"strings"
	"unicode"

	"olle/flows/answers"
)

// A person in danger may write to Olle, in any place and at any step. They get places to turn to, are asked nothing, and what they wrote is
// not kept, unless it is for the organisers.

// heed answers what was written as if it were a question, whatever it came with: who is in danger may say so behind a command. The
// command's name can be a part of it ("/help me …") or hide it ("/documents they took …"), so both readings count.
func (t *Turn) heed(text string) answers.Answer {
	if !strings.HasPrefix(text, "/") {
		return t.Event.Answers.Answer(text)
	}
	name, args := commandOf(text)
	if c, ok := t.Book.organiser[name]; ok && t.may(c.right) || args == "" && t.Book.commands[name] != nil {
		return answers.Answer{} // what organisers write in their commands is for others
	}
	if a := t.Event.Answers.Answer(text); a.Danger {
		return a
	}
	return t.Event.Answers.Answer(args)
}

// endangered hears a person who may be in danger. A file that came with the words is kept as any other.
func (t *Turn) endangered(in Input, a answers.Answer) {
	words := t.toPassOn(in.Text)
	if len(in.Files) > 0 {
		t.receive(in)
	}
	t.danger(a)
	if words != "" {
		t.Person.Talk = slices.DeleteFunc(t.Person.Talk, func(f Frame) bool { return f.Flow == "human" })
		t.askOrganisers(words, "danger")
	}
}

// toPassOn is what of a text the person knowingly writes to the organisers, "" if nothing: the answer to what to pass on, words to
// the organiser who talks to them, what they add to their request.
func (t *Turn) toPassOn(text string) string {
	top := t.top()
	switch name, args := commandOf(text); {
	case strings.HasPrefix(text, "/"):
		if name == "human" && t.Person.Asking != nil {
			return args
		}
	case t.handedOver(), top != nil && top.Flow == "human" && top.Step == "topic":
		return text
	}
	return ""
}

// danger answers a person who may be in danger: gently, with places to turn to, without questions, and without going on with
// whatever was pending. Nothing of the text is kept.
func (t *Turn) danger(a answers.Answer) {
	t.visit("answer", "danger")
	t.Person.Misses = 0
	t.said, t.forget = nil, true
	t.moved, t.asked = false, false
	t.Quote(t.Event.Answers.In(t.cryLanguage(), a).Text)
	t.Offer(t.Command("human"))
}

// cryLanguage is the language to answer a cry for help in: the chosen one, else the one its letters belong to. Nobody in danger is asked
// for a language first.
func (t *Turn) cryLanguage() string {
	const vietnamese = "đơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
	if t.Person.Language != "" {
		return t.Person.Language
	}
	for _, c := range strings.ToLower(t.Update.Text) {
		switch {
		case unicode.Is(unicode.Hangul, c):
			return "ko"
		case strings.ContainsRune(vietnamese, c):
			return "vi"
		}
	}
	return t.texts.Language
}
