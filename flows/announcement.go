package flows

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Announcement is what organisers tell many people at once, under "announcement/" + ID, which is also the subject it is played as.
//
// # How it goes out
//
// It is drip-fed. A tick each second (announcement/walk) looks at what has been settled and lets so many more recipients in that some
// five seconds of sending are under way. Each recipient gets a document of their own, "due/ID/PERSON", and a post; their own turn
// (announcement/hear) reads the announcement again and says it, and the commit that records the platform's yes writes the same due
// document (Message.Ledger). The next tick moves what is settled to the ledger, "sent/ID/PERSON", and counts it. So a recipient is
// always in exactly one of three places: still ahead, due, or in the ledger; each step between them is one commit; and a crash, a
// pause or a second replica neither loses nor doubles anybody. Pause and cancel take hold at once: a recipient's turn
// checks the announcement's revision, and what is said but has not left is looked at once more before it does (Ledger.Withheld).
//
// Each network is walked on its own (Leg), for they have rates of their own: the slowest would else stop all. With a local hour there
// is a leg for each time zone too. A last leg looks at everybody once more and takes in who came or moved meanwhile.
//
// How far it is stands in a document of its own, "drip/ID", so that the tick's writing never makes a recipient's turn play again.
//
// # Its calls
//
//	announcement/create   AnnouncementArgs: a new draft, or the draft changed
//	announcement/approve  by a second person
//	announcement/try      shown to the organiser who asks
//	announcement/start    now, or at its time
//	announcement/pause, announcement/resume, announcement/cancel
//	announcement/correct  AnnouncementArgs with the new text: edited wherever it was sent
//	announcement/retract  replaced by a neutral sentence wherever it was sent
//	announcement/due, announcement/walk, announcement/expire  its own alarms
type Announcement struct {
	ID         string
	Text       string        // at most MaxAnnouncement characters, so that it is one message on every network
	File       *File         `json:",omitempty"`
	Choices    []Choice      `json:",omitempty"` // Value is a command, "/documents", or an address on the web
	Audience   string        `json:",omitempty"` // as Audience.String writes it
	To         Address       `json:",omitempty"` // a channel or group instead of an audience: one post
	Read       bool          `json:",omitempty"` // asks for "I have read this"
	At         time.Time     `json:",omitzero"`  // not before
	Local      string        `json:",omitempty"` // "09:00": that hour of each recipient's own day
	StaleAfter time.Duration `json:",omitempty"` // so late it asks before it goes on; 0: never too late

	State      string  // see the constants
	By         Address // who wrote it last
	ApprovedBy Address `json:",omitempty"`
	Asked      bool    `json:",omitempty"` // was to be started, and waits for a second person
	Version    int     // of the text
	Retracted  bool    `json:",omitempty"`
	PausedWhy  string  `json:",omitempty"` // "", "failures" or "stale"
	Round      int     // how often recipients who were held back were asked anew: each time under another update's name

	Created, Changed time.Time
	Started          time.Time `json:",omitzero"`
	Ended            time.Time `json:",omitzero"`
}

// States of an announcement.
const (
	AnnouncementDraft     = "draft"
	AnnouncementScheduled = "scheduled"
	AnnouncementRunning   = "running"
	AnnouncementPaused    = "paused"
	AnnouncementCancelled = "cancelled"
	AnnouncementFinished  = "finished"
)

// MaxAnnouncement is the longest text in UTF-16 units: with its buttons' addresses it still fits into one message on every network, so
// that it can be corrected as one.
const MaxAnnouncement = 1800

const postName = "post" // stands for the person where there is one post to a channel

// AnnouncementKey is the document of an announcement, and the subject of its updates.
func AnnouncementKey(id string) string { return "announcement/" + id }

func dripKey(id string) string         { return "drip/" + id }
func dueKey(id, person string) string  { return "due/" + id + "/" + person }
func sentKey(id, person string) string { return "sent/" + id + "/" + person }
func readKey(id, person string) string { return "read/" + id + "/" + person }

// announcementID takes the ID out of its key.
func announcementID(key string) string { return strings.TrimPrefix(key, "announcement/") }

// AnnouncementArgs are the Args of "announcement/create" and, with only Text, of "announcement/correct".
type AnnouncementArgs struct {
	Text       string
	File       *File         `json:",omitempty"`
	Choices    []Choice      `json:",omitempty"`
	Audience   string        `json:",omitempty"`
	To         string        `json:",omitempty"` // "channel:discord:ID", "channel:telegram:ID", or the address itself
	Read       bool          `json:",omitempty"`
	At         time.Time     `json:",omitzero"`
	Local      string        `json:",omitempty"`
	StaleAfter time.Duration `json:",omitempty"`
	Seen       time.Time     `json:",omitzero"` // when what is changed was written; another's change meanwhile stands. zero: whatever stands is changed
}

// sees says whether what is to be changed is what was looked at.
func (a AnnouncementArgs) sees(it Announcement) bool {
	return a.Seen.IsZero() || a.Seen.Equal(it.Changed)
}

// Check says in a sentence what cannot be sent as it is. What it returns without error, announcement/create takes.
func (a AnnouncementArgs) Check(e *Event) (Announcement, error) {
	n := Announcement{
		Text: strings.TrimSpace(clean(a.Text)), File: a.File, Choices: a.Choices, Read: a.Read, At: a.At, Local: a.Local,
		StaleAfter: a.StaleAfter, State: AnnouncementDraft, Version: 1,
	}
	if err := checkAnnouncementText(n.Text); err != nil && (n.File == nil || n.Text != "") {
		return n, err
	}
	for _, c := range n.Choices {
		if c.Label == "" || len(c.Label) > 60 || len(c.Value) > 200 || !strings.HasPrefix(c.Value, "/") && !strings.HasPrefix(c.Value, "https://") {
			return n, fmt.Errorf("flows: a button is a label of at most 60 letters and a command such as /documents, or an address that begins with https://")
		}
		if len(c.Value) > 64 && strings.HasPrefix(c.Value, "/") {
			return n, fmt.Errorf("flows: the command %q is too long for a button", c.Value)
		}
	}
	err := n.checkWhole(n.message(e.Texts["en"], true).Text)
	if err != nil {
		return n, err
	}
	if _, err := time.Parse("15:04", n.Local); n.Local != "" && err != nil {
		return n, fmt.Errorf("flows: %q is no hour of the day; write 09:00", n.Local)
	}
	if n.StaleAfter < 0 {
		return n, fmt.Errorf("flows: an announcement grows stale after a stretch of time, not before")
	}
	if a.To == "" {
		audience, err := ParseAudience(e, a.Audience)
		n.Audience = audience.String()
		return n, err
	}
	if n.To, err = ReadChannel(a.To); err == nil && (strings.TrimSpace(a.Audience) != "" || n.Local != "" || n.Read) {
		err = fmt.Errorf("flows: a post to a channel has no audience, no local hour and no list of readers")
	}
	return n, err
}

func checkAnnouncementText(text string) error {
	switch n := utf16Length(text); {
	case n == 0:
		return fmt.Errorf("flows: an announcement needs words")
	case n > MaxAnnouncement:
		return fmt.Errorf("flows: an announcement has at most %d characters, so that it is one message everywhere; this one has %d", MaxAnnouncement, n)
	}
	return nil
}

// utf16Length counts as Telegram and browsers do.
func utf16Length(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if r > 0xffff {
			n++
		}
	}
	return n
}

// ReadChannel reads where one post goes: "channel:discord:123", "channel:telegram:-100123", or an address as adapters write it.
func ReadChannel(s string) (Address, error) {
	rest := strings.TrimPrefix(strings.TrimSpace(s), "channel:")
	network, id, _ := strings.Cut(rest, ":")
	bare := strings.TrimPrefix(strings.TrimPrefix(id, "c"), "-")
	if network == "" || bare == "" || strings.Trim(bare, "0123456789/") != "" && network != "terminal" {
		return "", fmt.Errorf("flows: %q is no channel; write channel:discord:ID or channel:telegram:ID", s)
	}
	switch {
	case network == "discord" && !strings.HasPrefix(id, "c"):
		id = "c" + id
	case network == "telegram" && !strings.HasPrefix(id, "-"):
		id = "-" + id
	case network != "discord" && network != "telegram" && network != "terminal":
		return "", fmt.Errorf("flows: %s has no channels", network)
	}
	return Address(network + ":" + id), nil
}

// message is the announcement as it is said somewhere. Addresses on the web stand under the text, so that they work everywhere and
// show where they lead; commands are buttons, and only where they answer the reader alone.
func (n *Announcement) message(t *Catalogue, private bool) Message {
	m := Message{Text: n.Text, File: n.File, Bulk: true}
	if n.Retracted {
		return Message{Text: t.Text("announcement.retracted", func(string) (string, bool) { return "", false }), Bulk: true}
	}
	for _, c := range n.Choices {
		switch {
		case !strings.HasPrefix(c.Value, "/"):
			m.Text += "\n\n" + c.Label + ": " + c.Value
		case private:
			m.Choices = append(m.Choices, c)
		}
	}
	if n.Read && private {
		label := t.Text("choice.announcement.read", func(string) (string, bool) { return "", false })
		m.Choices = append(m.Choices, Choice{Label: label, Value: "announcement/read/" + n.ID})
	}
	return m
}

// over says that no recipient will be let in any more.
func (n *Announcement) over() bool {
	return n.State == AnnouncementFinished || n.State == AnnouncementCancelled
}

// audience is the announcement's, read again; the event's texts and items may have changed, and then nobody fits what is unknown.
func (n *Announcement) audience(e *Event) (Audience, error) { return ParseAudience(e, n.Audience) }

// announcementTurn is one update of an announcement being decided.
type announcementTurn struct {
	Update
	book  *Book
	event *Event
	src   Source
	docs  []Doc // announcement, drip
	it    Announcement
	drip  Drip
	out   Outcome
}

// playAnnouncement plays an announcement's own history. A call of somebody without the right, or that does not fit its state, does
// nothing: whoever asked sees what it is.
func (b *Book) playAnnouncement(u Update, src Source) (Outcome, error) {
	id := announcementID(u.Subject)
	docs, err := src.Load(u.Subject, dripKey(id), eventKey(b.Current.ID))
	if err != nil {
		return Outcome{}, err
	}
	t := &announcementTurn{Update: u, book: b, src: src, docs: docs[:2], out: Outcome{Subject: u.Subject, Check: docs[:2], Visited: []string{u.Call}}}
	var changes Override
	for i, into := range []any{&t.it, &t.drip, &changes} {
		if err := decode(docs[i], into); err != nil {
			return Outcome{}, err
		}
	}
	t.event = changes.Apply(b.Current)
	if enter := announcementSteps()[u.Call]; enter != nil && (t.it.ID != "" || u.Call == "announcement/create") {
		_, asked := Actions()[u.Call]
		may := !asked && u.From == ""
		if asked {
			if may, err = b.permits(u, src); err != nil {
				return Outcome{}, err
			}
		}
		if may {
			err = enter(t)
		}
	}
	t.keep()
	return t.out, err
}

func announcementSteps() map[string]func(*announcementTurn) error {
	return map[string]func(*announcementTurn) error{
		"announcement/create": (*announcementTurn).create, "announcement/approve": (*announcementTurn).approve,
		"announcement/start": (*announcementTurn).start, "announcement/pause": (*announcementTurn).pause,
		"announcement/resume": (*announcementTurn).resume, "announcement/cancel": (*announcementTurn).cancel,
		"announcement/correct": (*announcementTurn).correct, "announcement/retract": (*announcementTurn).retract,
		"announcement/try": (*announcementTurn).try,
		"announcement/due": (*announcementTurn).begin, "announcement/walk": (*announcementTurn).walk, "announcement/expire": (*announcementTurn).expire,
	}
}

// keep puts what has changed.
func (t *announcementTurn) keep() {
	t.plantEnd()
	for i, now := range []json.RawMessage{Must(t.it), Must(t.drip)} {
		if t.it.ID != "" && string(now) != string(t.docs[i].Data) {
			key := []string{t.Subject, dripKey(t.it.ID)}[i]
			t.out.Put = append(t.out.Put, Doc{Key: key, Data: now})
		}
	}
}

// tell writes to whoever wrote the announcement.
func (t *announcementTurn) tell(key string, pairs ...any) {
	if t.it.By == "" || t.it.By == Operator {
		return
	}
	t.out.Messages = append(t.out.Messages, Message{To: t.it.By, Text: teamText(t.event, key, append(pairs, "id", t.it.ID)...)})
}
