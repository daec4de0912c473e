package discord

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"olle/flows"
)

// The shapes of events: only what is used, so that something new elsewhere in them breaks nothing.

type user struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	GlobalName string `json:"global_name"`
	Bot        bool   `json:"bot"`
}

type member struct {
	User user   `json:"user"`
	Nick string `json:"nick"`
}

type attachment struct {
	ID       string `json:"id"`
	Filename string `json:"filename"`
	Title    string `json:"title"`
	Type     string `json:"content_type"`
	Size     int64  `json:"size"`
	URL      string `json:"url"`
}

type message struct {
	ID          string       `json:"id"`
	Channel     string       `json:"channel_id"`
	Guild       string       `json:"guild_id"`
	Author      user         `json:"author"`
	Member      *member      `json:"member"`
	Webhook     string       `json:"webhook_id"`
	Type        int          `json:"type"`
	Flags       int          `json:"flags"`
	Content     string       `json:"content"`
	Edited      string       `json:"edited_timestamp"` // "": never
	Mentions    []user       `json:"mentions"`
	Attachments []attachment `json:"attachments"`
	Answered    *message     `json:"referenced_message"`
	Snapshots   []struct {
		Message struct {
			Content     string       `json:"content"`
			Attachments []attachment `json:"attachments"`
		} `json:"message"`
	} `json:"message_snapshots"` // of a forwarded message
}

const (
	typeDefault = 0
	typeReply   = 19

	flagSuppressEmbeds = 1 << 2
	flagEphemeral      = 1 << 6
	flagLoading        = 1 << 7
)

// Kinds of interactions.
const (
	kindCommand      = 2
	kindComponent    = 3
	kindAutocomplete = 4
	kindModal        = 5
)

type interaction struct {
	ID      string          `json:"id"`
	App     string          `json:"application_id"`
	Kind    int             `json:"type"`
	Token   string          `json:"token"`
	Channel string          `json:"channel_id"`
	Guild   string          `json:"guild_id"`
	Member  *member         `json:"member"`
	User    *user           `json:"user"`
	Locale  string          `json:"locale"`
	Message *message        `json:"message"`
	Data    json.RawMessage `json:"data"`
}

type option struct {
	Name    string          `json:"name"`
	Type    int             `json:"type"`
	Value   json.RawMessage `json:"value"`
	Focused bool            `json:"focused"`
	Options []option        `json:"options"`
}

type interactionData struct {
	Name     string   `json:"name"`
	Type     int      `json:"type"`
	Options  []option `json:"options"`
	CustomID string   `json:"custom_id"`
	Values   []string `json:"values"`
	Resolved struct {
		Attachments map[string]attachment `json:"attachments"`
	} `json:"resolved"`
	Components []component `json:"components"`
}

// component is a part of a submitted form, at any depth.
type component struct {
	CustomID   string      `json:"custom_id"`
	Value      string      `json:"value"`
	Values     []string    `json:"values"`
	Components []component `json:"components"`
	Component  *component  `json:"component"`
}

// sentAt reads the time in a number Discord gave.
func sentAt(snowflake string) time.Time {
	n, err := strconv.ParseUint(snowflake, 10, 64)
	if err != nil || n>>22 == 0 {
		return time.Now()
	}
	return time.UnixMilli(int64(n>>22) + 1420070400000)
}

// number says whether s is one of Discord's.
func number(s string) bool {
	_, err := strconv.ParseUint(s, 10, 64)
	return err == nil
}

// text makes an update of a message; false: it is none of ours. self is the bot's own number.
func (m *message) update(self string) (flows.Update, bool) {
	if m.Author.Bot || m.Webhook != "" || m.Type != typeDefault && m.Type != typeReply || !number(m.ID) || !number(m.Channel) || !number(m.Author.ID) {
		return flows.Update{}, false
	}
	u := flows.Update{
		ID: "discord:m" + m.ID, Sent: sentAt(m.ID), From: person(m.Author.ID), Chat: person(m.Author.ID), Private: true,
		Name: nameOf(m.Author, m.Member), Text: m.Content, Files: filesOf(m),
	}
	for _, s := range m.Snapshots {
		if u.Text == "" {
			u.Text = s.Message.Content
		}
	}
	if m.Answered != nil && m.Answered.Author.ID == self {
		u.Quoted = m.Answered.beginning()
	}
	if m.Guild != "" {
		if !m.addresses(self) {
			return flows.Update{}, false
		}
		u.Chat, u.Private, u.Text = room(m.Channel), false, withoutMention(u.Text, self)
	}
	return u, u.Text != "" || len(u.Files) > 0 || m.Guild != ""
}

// beginning is how a message of ours begins, as it was to be read: without the marks that keep Discord from reading it as markup.
func (m *message) beginning() string {
	text := []rune(m.Content)
	return marks.ReplaceAllString(string(text[:min(len(text), 200)]), "$1")
}

var marks = regexp.MustCompile(`\\([[:punct:]])`)

// addresses says whether a message in a server is meant for the bot: it mentions it, or answers one of its messages.
func (m *message) addresses(self string) bool {
	for _, u := range m.Mentions {
		if u.ID == self {
			return true
		}
	}
	return m.Answered != nil && m.Answered.Author.ID == self
}

func withoutMention(text, self string) string {
	for _, mention := range []string{"<@" + self + ">", "<@!" + self + ">"} {
		text = strings.Replace(text, mention, "", 1)
	}
	return strings.TrimSpace(text)
}

func nameOf(u user, m *member) string {
	switch {
	case m != nil && m.Nick != "":
		return m.Nick
	case u.GlobalName != "":
		return u.GlobalName
	}
	return u.Username
}

// filesOf lists what is attached to a message, or to one that it forwards.
func filesOf(m *message) (files []flows.File) {
	for _, a := range m.attached() {
		files = append(files, a.file(m.Channel, m.ID))
	}
	return files
}

func (m *message) attached() []attachment {
	all := m.Attachments
	for _, s := range m.Snapshots {
		all = append(all[:len(all):len(all)], s.Message.Attachments...)
	}
	return all
}

func (a attachment) file(channel, message string) flows.File {
	f := flows.File{Name: a.Filename, Type: a.Type, Size: a.Size}
	if a.Title != "" {
		f.Name = a.Title + extension(a.Filename)
	}
	f.Handle = strings.Join([]string{a.URL, channel, message, a.ID}, " ")
	return f
}

func extension(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[i:]
	}
	return ""
}

// from is who used the interaction.
func (i *interaction) from() user {
	switch {
	case i.Member != nil && i.Member.User.ID != "":
		return i.Member.User
	case i.User != nil:
		return *i.User
	}
	return user{}
}

// choice is the value of a tapped button or of what was chosen in a menu.
func (i *interaction) choice() string {
	var data interactionData
	if i.Kind != kindComponent || json.Unmarshal(i.Data, &data) != nil {
		return ""
	}
	if len(data.Values) > 0 {
		return data.Values[0]
	}
	return data.CustomID
}

// update makes an update of an interaction other than autocomplete; false: it cannot be read.
func (i *interaction) update() (flows.Update, bool) {
	who := i.from()
	if !number(i.ID) || !number(who.ID) || !number(i.Channel) {
		return flows.Update{}, false
	}
	u := flows.Update{
		ID: "discord:i" + i.ID, Sent: sentAt(i.ID), From: person(who.ID), Chat: person(who.ID), Private: true,
		Name: nameOf(who, i.Member), Locale: i.Locale, Reply: i.handle().String(),
	}
	if i.Guild != "" {
		u.Chat, u.Private = room(i.Channel), false
	}
	var data interactionData
	if json.Unmarshal(i.Data, &data) != nil {
		return flows.Update{}, false
	}
	switch i.Kind {
	case kindCommand:
		i.command(&u, data)
	case kindComponent:
		u.Choice = i.choice()
	case kindModal:
		u.Text = data.CustomID
		for _, v := range typed(data.Components) {
			u.Text += " " + v
		}
	default:
		return flows.Update{}, false
	}
	return u, true
}

// command writes a slash command as it would be typed. With a file, what is beside it is its caption.
func (i *interaction) command(u *flows.Update, data interactionData) {
	var words []string
	walk(data.Options, func(o option) {
		if a, ok := data.Resolved.Attachments[value(o)]; ok && o.Type == optionFile {
			u.Files = append(u.Files, a.file("", ""))
			return
		}
		if v := value(o); v != "" {
			words = append(words, v)
		}
	})
	if len(u.Files) == 0 {
		words = append([]string{"/" + data.Name}, words...)
	}
	u.Text = strings.Join(words, " ")
}

// walk visits options that hold a value, through sub-commands and groups.
func walk(options []option, visit func(option)) {
	for _, o := range options {
		if len(o.Value) > 0 {
			visit(o)
		}
		walk(o.Options, visit)
	}
}

// value reads an option's value, whatever its type, as text.
func value(o option) string {
	var text string
	if json.Unmarshal(o.Value, &text) == nil {
		return strings.TrimSpace(text)
	}
	return string(o.Value)
}

// typed lists what was entered into a form, in order.
func typed(parts []component) (all []string) {
	for _, c := range parts {
		if c.Value != "" {
			all = append(all, strings.TrimSpace(c.Value))
		}
		all = append(all, c.Values...)
		if c.Component != nil {
			all = append(all, typed([]component{*c.Component})...)
		}
		all = append(all, typed(c.Components)...)
	}
	return all
}

// joined is somebody who came to a server.
type joined struct {
	Guild string `json:"guild_id"`
	User  user   `json:"user"`
	Nick  string `json:"nick"`
	At    string `json:"joined_at"`
}

func (j *joined) update() (flows.Update, bool) {
	if j.User.Bot || !number(j.User.ID) || !number(j.Guild) {
		return flows.Update{}, false
	}
	at, err := time.Parse(time.RFC3339, j.At)
	if err != nil {
		return flows.Update{}, false // without it the ID would not be the same twice
	}
	return flows.Update{
		ID:   fmt.Sprintf("discord:j%s:%s:%d", j.Guild, j.User.ID, at.UnixMilli()),
		Sent: at, From: person(j.User.ID), Chat: person(j.User.ID), Private: true,
		Name: nameOf(j.User, &member{Nick: j.Nick}), Text: "/start joined",
	}, true
}
