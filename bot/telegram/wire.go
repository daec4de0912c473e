package telegram

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The fields of updates that are used, and no more: what is not read cannot be unreadable.

// allowedUpdates are the kinds asked for, always all of them: leaving the list out keeps whatever was asked for last.
var allowedUpdates = []string{"message", "edited_message", "callback_query", "my_chat_member"}

type wireUpdate struct {
	ID      int64        `json:"update_id"`
	Message *wireMessage `json:"message"`
	Edited  *wireMessage `json:"edited_message"`
	Tap     *wireTap     `json:"callback_query"`
	Member  *wireMember  `json:"my_chat_member"`
}

type wireMessage struct {
	ID        int64           `json:"message_id"`
	Thread    int64           `json:"message_thread_id"`
	InTopic   bool            `json:"is_topic_message"`
	From      *wireUser       `json:"from"`
	AsChat    *wireChat       `json:"sender_chat"`
	Date      int64           `json:"date"`
	Edited    int64           `json:"edit_date"`
	Chat      wireChat        `json:"chat"`
	Answers   *wireAnswered   `json:"reply_to_message"`
	Text      string          `json:"text"`
	Entities  []wireEntity    `json:"entities"`
	Caption   string          `json:"caption"`
	InCaption []wireEntity    `json:"caption_entities"`
	MovedTo   int64           `json:"migrate_to_chat_id"`
	MovedFrom int64           `json:"migrate_from_chat_id"`
	Document  *wireFile       `json:"document"`
	Photo     []wireFile      `json:"photo"`
	Album     string          `json:"media_group_id"`
	Video     *wireFile       `json:"video"`
	Audio     *wireFile       `json:"audio"`
	Animation *wireFile       `json:"animation"`
	Live      json.RawMessage `json:"live_photo"`
	Voice     json.RawMessage `json:"voice"`
	VideoNote json.RawMessage `json:"video_note"`
	Sticker   json.RawMessage `json:"sticker"`
	Location  json.RawMessage `json:"location"`
	Venue     json.RawMessage `json:"venue"`
	Contact   json.RawMessage `json:"contact"`
	Dice      json.RawMessage `json:"dice"`
	Poll      json.RawMessage `json:"poll"`
	Game      json.RawMessage `json:"game"`
	Story     json.RawMessage `json:"story"`
	Checklist json.RawMessage `json:"checklist"`
	Rich      json.RawMessage `json:"rich_message"`
	Paid      json.RawMessage `json:"paid_media"`
}

// wireAnswered is the message a message replies to.
type wireAnswered struct {
	ID      int64     `json:"message_id"`
	From    *wireUser `json:"from"`
	Text    string    `json:"text"`
	Caption string    `json:"caption"`
}

type wireChat struct {
	ID   int64  `json:"id"`
	Type string `json:"type"`
}

type wireUser struct {
	ID       int64  `json:"id"`
	Bot      bool   `json:"is_bot"`
	First    string `json:"first_name"`
	Last     string `json:"last_name"`
	Language string `json:"language_code"`
}

type wireFile struct {
	ID     string `json:"file_id"`
	Unique string `json:"file_unique_id"`
	Name   string `json:"file_name"`
	Type   string `json:"mime_type"`
	Size   int64  `json:"file_size"`
	Width  int64  `json:"width"`
	Height int64  `json:"height"`
}

// wireEntity marks a part of a text; offset and length count UTF-16 units.
type wireEntity struct {
	Type   string    `json:"type"`
	Offset int       `json:"offset"`
	Length int       `json:"length"`
	User   *wireUser `json:"user"`
}

type wireTap struct {
	ID      string       `json:"id"`
	From    wireUser     `json:"from"`
	Message *wireMessage `json:"message"` // missing for old or inline messages; date 0: no longer accessible
	Data    string       `json:"data"`
}

type wireMember struct {
	Chat wireChat `json:"chat"`
	New  struct {
		Status string `json:"status"`
	} `json:"new_chat_member"`
}

// words is what was written, under a file too.
func (m *wireMessage) words() (string, []wireEntity) {
	if m.Text == "" && m.Caption != "" {
		return m.Caption, m.InCaption
	}
	return m.Text, m.Entities
}

// holds says whether somebody said something with the message, as against notices like "X joined the group".
func (m *wireMessage) holds() bool {
	if m.Text != "" || m.Caption != "" || m.file() != nil {
		return true
	}
	for _, kind := range []json.RawMessage{
		m.Live, m.Voice, m.VideoNote, m.Sticker, m.Location, m.Venue, m.Contact, m.Dice, m.Poll, m.Game, m.Story, m.Checklist, m.Rich, m.Paid,
	} {
		if len(kind) > 0 && !bytes.Equal(kind, []byte("null")) {
			return true
		}
	}
	return false
}

// file is the file that came with the message, with a name; nil when none did. Voice and round video messages are speech, not
// files.
func (m *wireMessage) file() *wireFile {
	var best *wireFile
	for i := range m.Photo {
		if p := &m.Photo[i]; best == nil || p.Width*p.Height > best.Width*best.Height {
			best = p
		}
	}
	if best != nil {
		photo := *best
		photo.Name, photo.Type = "photo.jpg", "image/jpeg"
		return &photo
	}
	for _, f := range []struct {
		*wireFile
		name string
	}{{m.Document, "document"}, {m.Video, "video.mp4"}, {m.Audio, "audio.mp3"}, {m.Animation, "animation.mp4"}} {
		if f.wireFile == nil || f.ID == "" {
			continue
		}
		named := *f.wireFile
		if strings.TrimSpace(named.Name) == "" {
			named.Name = f.name
		}
		return &named
	}
	return nil
}

// cut returns s without the part that begins at UTF-16 unit from and is n units long, and that part.
func cut(s string, from, n int) (without, part string) {
	start, end := byteAt(s, from), byteAt(s, from+n)
	if from < 0 || n <= 0 || start >= end {
		return s, ""
	}
	return s[:start] + s[end:], s[start:end]
}

// byteAt converts a place in UTF-16 units to one in bytes, no further than the end of s.
func byteAt(s string, units int) int {
	for i, r := range s {
		if units <= 0 {
			return i
		}
		units -= utf16.RuneLen(r)
	}
	return len(s)
}

func validUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
