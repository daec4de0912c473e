package telegram

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"olle/flows"
)

// last is the newest message of a chat that came by, so that an edit can be told from an afterthought.
type last struct {
	message int64
	file    string // unique ID of its file, "" none
}

// editTime is how long after a message its correction counts as one.
const editTime = 5 * time.Minute

// read turns an update into what the bot understands; ok is false for what is none of its business.
func (t *Telegram) read(u *wireUpdate) (out flows.Update, ok bool) {
	switch {
	case u.Message != nil:
		return t.readMessage(u.Message)
	case u.Edited != nil:
		return t.readEdit(u.ID, u.Edited)
	case u.Tap != nil:
		return t.readTap(u.Tap)
	case u.Member != nil:
		t.log.Info("the bot's standing in a chat changed", "private", u.Member.Chat.Type == "private", "status", standing(u.Member.New.Status))
	}
	return flows.Update{}, false
}

// standing keeps the log to the words Telegram documents.
func standing(status string) string {
	switch status {
	case "kicked", "member", "left", "administrator", "restricted", "creator":
		return status
	}
	return "unknown"
}

func (t *Telegram) readMessage(m *wireMessage) (flows.Update, bool) {
	switch {
	case m.Chat.ID == 0:
	case m.MovedTo != 0:
		t.follow(m.Chat.ID, m.MovedTo)
	case m.MovedFrom != 0:
		t.follow(m.MovedFrom, m.Chat.ID)
	}
	u, ok := t.compose(m)
	if !ok {
		return u, false
	}
	f := m.file()
	was, known := t.newest.get(m.Chat.ID)
	if !known || m.ID >= was.message {
		t.newest.put(m.Chat.ID, last{m.ID, uniqueOf(f)})
	}
	u.ID = t.name(m)
	u.Sent = time.Unix(m.Date, 0)
	if f != nil {
		u.Files = []flows.File{{Handle: fileHandle(placeIn(m), f.ID), Name: validUTF8(f.Name), Type: f.Type, Size: f.Size}}
		u.Text, u.Album = captionOf(u.Text), validUTF8(m.Album)
	}
	return u, true
}

// name is a message's for all time. Two bots count what one person writes to them each for itself, so the bot's number belongs to it:
// data that a bot for tries has used serve the real one.
func (t *Telegram) name(m *wireMessage) string {
	return fmt.Sprintf("telegram:%d:%d:%d", t.id, m.Chat.ID, m.ID)
}

// readEdit takes a corrected message as something new, so that who mistyped an answer can mend it. It counts only soon after the
// message, and only while that is the newest in its chat: an old line that is edited would answer a question it was not about.
func (t *Telegram) readEdit(id int64, m *wireMessage) (flows.Update, bool) {
	age := time.Duration(m.Edited-m.Date) * time.Second
	was, _ := t.newest.get(m.Chat.ID)
	if m.Edited == 0 || age > editTime || was.message > m.ID {
		return flows.Update{}, false
	}
	if was.message < m.ID { // another replica has heard it
		was = last{}
	}
	u, ok := t.compose(m)
	if !ok {
		return u, false
	}
	f := m.file()
	if f != nil && uniqueOf(f) != was.file {
		u.Files = []flows.File{{Handle: fileHandle(placeIn(m), f.ID), Name: validUTF8(f.Name), Type: f.Type, Size: f.Size}}
	}
	u.Text = captionOf(u.Text)
	if u.Text == "" && len(u.Files) == 0 {
		return u, false
	}
	t.newest.put(m.Chat.ID, last{m.ID, uniqueOf(f)})
	// Two edits can share a second; the update's own number tells them apart.
	u.ID = fmt.Sprintf("%s:e%d.%d", t.name(m), m.Edited, id)
	u.Sent = time.Unix(m.Edited, 0)
	return u, true
}

// compose fills in all but ID, time and files. In a group only what is addressed to the bot is its business.
func (t *Telegram) compose(m *wireMessage) (flows.Update, bool) {
	if m.From == nil || m.From.Bot || m.AsChat != nil || m.ID == 0 || m.Chat.ID == 0 || !m.holds() {
		return flows.Update{}, false
	}
	u := flows.Update{
		From: place{chat: m.From.ID}.address(), Chat: t.known(placeIn(m)).address(), Private: m.Chat.Type == "private",
		Name: m.From.name(), Locale: m.From.Language, Quoted: t.quoted(m.Answers),
	}
	text, entities := m.words()
	if u.Private {
		if m.Thread != 0 {
			u.Reply = handle{chat: m.Chat.ID, thread: m.Thread}.String()
		}
		u.Text = t.plainCommand(text)
		return u, true
	}
	if m.Chat.Type == "channel" {
		return u, false
	}
	var ours bool
	if u.Text, ours = t.addressed(m, text, entities); !ours {
		return u, false
	}
	u.Reply = handle{chat: m.Chat.ID, message: m.ID}.String()
	return u, true
}

// quoted is how a message of ours begins that somebody replies to.
func (t *Telegram) quoted(m *wireAnswered) string {
	if m == nil || m.From == nil || m.From.ID != t.id {
		return ""
	}
	text := validUTF8(m.Text + m.Caption)
	return text[:byteAt(text, 200)]
}

// placeIn is where a message stands. Every message of a forum has its topic; a thread of replies in an ordinary group is no place.
func placeIn(m *wireMessage) place {
	p := place{chat: m.Chat.ID}
	if m.InTopic && m.Chat.Type != "private" {
		p.topic = m.Thread
	}
	return p
}

func (u *wireUser) name() string {
	return strings.TrimSpace(validUTF8(u.First) + " " + validUTF8(u.Last))
}

func uniqueOf(f *wireFile) string {
	if f == nil {
		return ""
	}
	return f.Unique
}

// readTap reads a tap on a button.
func (t *Telegram) readTap(c *wireTap) (flows.Update, bool) {
	if c.ID == "" || c.Data == "" || c.From.ID == 0 || c.From.Bot {
		return flows.Update{}, false
	}
	where, private, h := place{chat: c.From.ID}, true, handle{chat: c.From.ID, tap: c.ID}
	if m := c.Message; m != nil && m.Chat.ID != 0 {
		where, private = t.known(placeIn(m)), m.Chat.Type == "private"
		h.chat, h.message = m.Chat.ID, m.ID
		if private {
			h.thread = m.Thread
		}
	}
	return flows.Update{
		ID: "telegram:cb:" + c.ID, Sent: time.Now(), From: place{chat: c.From.ID}.address(), Chat: where.address(), Private: private,
		Name: c.From.name(), Locale: c.From.Language, Reply: h.String(), Choice: c.Data,
	}, true
}

var command = regexp.MustCompile(`^/([A-Za-z0-9_]+)(?:@([A-Za-z0-9_]+))?(\s|$)`)

// plainCommand takes "@thisbot" off a command.
func (t *Telegram) plainCommand(text string) string {
	m := command.FindStringSubmatchIndex(text)
	if m == nil || m[4] < 0 || !t.isMe(text[m[4]:m[5]]) {
		return text
	}
	return text[:m[4]-1] + text[m[5]:]
}

// addressed says whether a group's message is meant for the bot (a command, a mention, a reply to it), and what it says without
// the address.
func (t *Telegram) addressed(m *wireMessage, text string, entities []wireEntity) (string, bool) {
	if found := command.FindStringSubmatch(text); found != nil {
		if found[2] != "" && !t.isMe(found[2]) {
			return "", false
		}
		return t.plainCommand(text), true
	}
	ours := m.Answers != nil && m.Answers.From != nil && m.Answers.From.ID == t.id && m.Answers.ID != m.Thread
	for i := len(entities) - 1; i >= 0; i-- { // from the end, so that the places before stay right
		e := entities[i]
		without, part := cut(text, e.Offset, e.Length)
		if e.Type == "mention" && t.isMe(strings.TrimPrefix(part, "@")) || e.Type == "text_mention" && e.User != nil && e.User.ID == t.id {
			text, ours = without, true
		}
	}
	return strings.Trim(text, " ,:\n"), ours
}

func (t *Telegram) isMe(name string) bool {
	me := t.me.Load()
	return me != nil && me.Username != "" && strings.EqualFold(me.Username, name)
}

var uploadCommand = regexp.MustCompile(`(?i)^/upload(?:@[A-Za-z0-9_]+)?(?:\s+|$)`)

// captionOf is what a caption says of its file: "/upload cv" names the item like "cv".
func captionOf(text string) string {
	return strings.TrimPrefix(text, uploadCommand.FindString(text))
}
