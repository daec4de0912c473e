package flows

import (
	"strings"

	"olle/flows/answers"
)

// In a group or channel others read along. There Olle answers what anybody may hear, from the announcement, and nothing else: it asks
// for no personal data and repeats none. What is personal it says in the person's private chat, and says so.

// publicCommands answer the same to everybody. All others are personal.
var publicCommands = map[string]bool{
	"help": true, "deadline": true, "airfare": true, "programme": true, "ask": true, "objectives": true, "glossary": true, "group": true,
}

// Public says whether a command answers the same to everybody, so that a group may be offered it.
func Public(command string) bool { return publicCommands[command] }

// heardInGroup hears a person where others read along. The person's own talk is not touched.
func (t *Turn) heardInGroup(in Input) {
	talk, late := t.Person.Talk, t.Person.Late
	t.Person.Talk, t.Person.Late = nil, nil // nor does anybody else learn of an exception
	defer func() { t.Person.Talk, t.Person.Late = talk, late }()
	if t.atDesk(in) {
		return
	}
	answer := t.heed(in.Text)
	switch name, _, _ := strings.Cut(strings.TrimPrefix(in.Text+in.Choice, "/"), " "); {
	case answer.Danger:
		t.danger(answer)
	case len(in.Files) > 0:
		t.Say("group.no_files")
	case strings.HasPrefix(in.Text+in.Choice, "/") && publicCommands[strings.ToLower(name)]:
		t.command(in.Text + in.Choice)
	case strings.HasPrefix(in.Text+in.Choice, "/") || strings.Contains(in.Choice, "/"):
		t.Person.Late = late
		t.inPrivate(in, talk)
		talk, late = t.Person.Talk, t.Person.Late
		return
	case in.Text == "":
		t.Say("group.hello")
	default:
		t.answerInGroup(in.Text, answer)
	}
	if len(t.said) == 0 {
		t.Say("group.hello") // the command alone would ask something back
	}
	t.choices, t.moved, t.asked = nil, false, false // buttons and questions belong to one person
}

// answerInGroup answers a question anybody may hear.
func (t *Turn) answerInGroup(text string, a answers.Answer) {
	if a.Known {
		t.reply(text, a)
	} else {
		t.Say("group.unknown")
	}
}

// inPrivate goes on in the person's private chat. Where the network can answer only this person in place (an interaction's handle),
// nobody else sees that anything was said; elsewhere the group is told where the answer is.
func (t *Turn) inPrivate(in Input, talk []Frame) {
	group := t.Chat
	if t.Reply == "" {
		t.Say("group.in_private")
		t.flush()
	}
	t.Chat = t.Person.Home
	if t.Chat == "" || t.Chat.Platform() != group.Platform() {
		t.Chat = t.From // the network knows whether the person may be written to
	}
	t.Private = true
	t.Person.Talk = talk
	t.direct(in)
	if t.Reply != "" && t.top() != nil { // what is asked now is answered by typing, and typing in place is not private
		t.out.Messages = append(t.out.Messages, Message{To: t.Chat, Text: t.Text("group.in_private"), Reply: t.Reply})
		t.Reply = ""
	}
}
