package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/jpeg"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func photo(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never came true: " + what)
		}
	}
}

// An organiser sends a photo with /announce in Telegram. It reaches people as a photo on Telegram, as an attachment on Discord and as
// a download in the web chat; its words are corrected under it, and taken back it is gone from all three.
func TestAnnounceAPicture(t *testing.T) {
	t.Parallel()
	telegram, discord := simulate(t, "tgsim", "-limits", "-token", "123:abc"), simulate(t, "dcsim", "-limits")
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_TELEGRAM_TOKEN": "123:abc", "OLLE_TELEGRAM_API_URL": telegram.base,
		"OLLE_DISCORD_TOKEN": "sim-token", "OLLE_DISCORD_API_URL": discord.base,
		"OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00", "OLLE_AGE_RECIPIENTS": ageKey(t), "OLLE_ORGANISERS": "telegram:1"})
	discord.connected()
	olga, nina, omar := &user{sim: telegram, id: 1}, &user{sim: telegram, id: 4711}, &user{sim: telegram, id: 4712}
	dara := &user{sim: discord, id: 990001, where: map[string]any{"dm": true}}
	web := &visitor{t: t, base: s.base, log: s.log}
	for _, u := range []*user{olga, nina, omar, dara} {
		u.says("hello", "Olle")
	}
	web.say("hello")

	picture := photo(t)
	olga.posts(map[string]any{"photo": map[string]any{"data_base64": base64.StdEncoding.EncodeToString(picture)}, "caption": "/announce This is the venue."}, "goes with the announcement")
	preview := olga.says("everybody", "With it goes photo.jpg", "Send it")
	if !strings.Contains(preview, "To 5 people") {
		t.Errorf("the preview says %s", preview)
	}
	olga.says("Send it", "is on its way")
	for _, u := range []*user{nina, omar} {
		u.hears("the announcement", 0, `"sendPhoto"`, "This is the venue.")
	}
	eventually(t, "the web chat has it", func() bool { return strings.Contains(web.history(), "This is the venue.") })
	if got := web.download("This is the venue."); !bytes.Equal(got, picture) {
		t.Errorf("the web chat hands out %d bytes of %d", len(got), len(picture))
	}
	eventually(t, "Discord has it", func() bool { return discord.attachments("This is the venue.") == 1 })

	id := announcementOf(t, olga)
	olga.says("/announce correct "+id+" This is the hall.", "is corrected")
	nina.hears("the correction", 0, "editMessageCaption", "This is the hall.")
	eventually(t, "Discord has the correction under the picture", func() bool { return discord.attachments("This is the hall.") == 1 })
	olga.says("/announce retract "+id, "is taken back")
	nina.hears("the retraction", 0, "deleteMessage", "have taken this message back")
	eventually(t, "Discord has neither words nor picture", func() bool { return discord.attachments("have taken this message back") == 0 })
	eventually(t, "the web chat hands it out no more", func() bool { return web.download("This is the venue.") == nil })
	s.stop()
	telegram.lawful()
	discord.lawful()
}

// announcementOf finds the ID of the organiser's announcement in what the bot said.
func announcementOf(t *testing.T, u *user) string {
	t.Helper()
	_, rest, ok := strings.Cut(u.hears("the ID", 0, "/announce status"), "/announce status ")
	if !ok || len(rest) < 6 {
		t.Fatal("no announcement")
	}
	return rest[:6]
}

// attachments counts the files of the message on Discord that says this; -1: there is none.
func (s *simulator) attachments(text string) int {
	s.t.Helper()
	var state struct {
		Messages []struct {
			Content     string
			Attachments []any
		}
	}
	raw := getAll(s.t, s.base+"/control/messages?user_id=990001&dm=true")
	if err := json.Unmarshal([]byte(raw), &state); err != nil {
		s.t.Fatalf("%v: %s", err, raw)
	}
	for _, m := range state.Messages {
		if strings.Contains(m.Content, text) {
			return len(m.Attachments)
		}
	}
	return -1
}

// history is the visitor's talk as the page reads it.
func (v *visitor) history() string {
	return getAll(v.t.(*testing.T), v.base+"/api/chat/history?session="+url.QueryEscape(v.session))
}

// download gets the file of the line that says this; nil: there is none.
func (v *visitor) download(text string) []byte {
	v.t.Helper()
	var r struct {
		Lines []struct{ ID, Text string }
	}
	if err := json.Unmarshal([]byte(v.history()), &r); err != nil {
		v.t.Fatal(err)
	}
	for _, m := range r.Lines {
		if !strings.Contains(m.Text, text) {
			continue
		}
		answer, err := http.PostForm(v.base+"/api/chat/file", url.Values{"session": {v.session}, "id": {m.ID}})
		if err != nil {
			v.t.Fatal(err)
		}
		defer answer.Body.Close()
		var b bytes.Buffer
		_, _ = b.ReadFrom(answer.Body)
		if answer.StatusCode == http.StatusOK {
			return b.Bytes()
		}
	}
	return nil
}
