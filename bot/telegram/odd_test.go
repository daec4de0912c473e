package telegram_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"olle/bot"
	"olle/bot/telegram"
	"olle/flows"
)

// What people and organisers may think of, against the official description of the API: all of it is rendered, nothing refused.
func TestOddThingsOnTheSimulator(t *testing.T) {
	sim := simulate(t, "-strict")
	d := &door{}
	tg, err := telegram.New(telegram.Options{
		Token: token, APIURL: sim.base, PerSecond: 1e5, PerChat: time.Microsecond,
		Open: func(context.Context, flows.File) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("BEGIN:VCALENDAR")), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	receive(t, tg, d)
	sim.post("/control/send", map[string]any{"user_id": 7, "text": "hello"})
	waitFor(t, "the guest", func() bool { return len(d.texts("")) == 1 })
	var hundred []flows.Choice
	for i := range 100 {
		hundred = append(hundred, flows.Choice{Label: strings.Repeat("wide ", i%20) + fmt.Sprint(i), Value: fmt.Sprint("value/", i)})
	}
	texts := []string{
		"<b>_*[markup](x)*_</b> `~>#+-=|{}.!\\ &amp; @everyone /start https://example.org",
		strings.Repeat("가", 4096), strings.Repeat("😀 ", 3000), "\u202eright to left\u202c \u200fעברית",
	}
	for i, text := range texts {
		if _, err := tg.Send(t.Context(), fmt.Sprint("odd/", i), flows.Message{To: "telegram:7", Text: text}); err != nil {
			t.Errorf("text %d: %v", i, err)
		}
	}
	for i, m := range []flows.Message{
		{Text: "a hundred buttons", Choices: hundred},
		{Text: "more than a hundred", Choices: append(hundred, hundred[0])},
		{Text: "a file", File: &flows.File{Name: "täglich \"1\".ics"}, Choices: hundred[:2]},
		{Text: "an edit of what is gone", Edit: "987654"},
	} {
		m.To = "telegram:7"
		if _, err := tg.Send(t.Context(), fmt.Sprint("odd/m", i), m); err != nil {
			t.Errorf("message %d: %v", i, err)
		}
	}
	var all strings.Builder
	for _, m := range sim.chat(7) {
		all.WriteString(m.Text)
	}
	for _, text := range texts {
		if !strings.Contains(strings.Join(strings.Fields(all.String()), ""), strings.Join(strings.Fields(text), "")) {
			t.Errorf("not shown in full: %.40q", text)
		}
	}
	sim.post("/control/block", map[string]any{"user_id": 7})
	var fact *bot.SendError
	if _, err := tg.Send(t.Context(), "odd/blocked", flows.Message{To: "telegram:7", Text: "hello?"}); !errors.As(err, &fact) || !fact.Gone {
		t.Errorf("to who blocked the bot: %v", err)
	}
	sim.clean()
}

// Many people send many files at once: each arrives, and can be fetched.
func TestFilesOfManyAtOnceOnTheSimulator(t *testing.T) {
	const people, each = 25, 10
	sim := simulate(t, "-strict")
	d := &door{}
	tg, err := telegram.New(telegram.Options{Token: token, APIURL: sim.base})
	if err != nil {
		t.Fatal(err)
	}
	receive(t, tg, d)
	want := map[string]string{}
	for n := range each {
		for user := range people {
			name, content := fmt.Sprintf("%d-%d.pdf", user, n), fmt.Sprintf("content %d of %d", n, user)
			want[fmt.Sprintf("telegram:%d %s", 1000+user, name)] = content
			sim.post("/control/send", map[string]any{"user_id": 1000 + user, "document": map[string]any{
				"filename": name, "data_base64": base64.StdEncoding.EncodeToString([]byte(content)),
			}})
		}
	}
	waitFor(t, "all files", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return len(d.came) == people*each })
	for _, u := range d.came {
		r, err := tg.Fetch(t.Context(), u.Files[0])
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		_, err = got.ReadFrom(r)
		r.Close()
		key := fmt.Sprint(u.From, " ", u.Files[0].Name)
		if err != nil || got.String() != want[key] {
			t.Errorf("%s: %q, %v", key, got.String(), err)
		}
		delete(want, key)
	}
	if len(want) != 0 {
		t.Errorf("%d files are missing", len(want))
	}
	sim.clean()
}

// In a group the bot keeps to itself until it is asked, and answers where it was asked.
func TestGroupsOnTheSimulator(t *testing.T) {
	sim := simulate(t, "-strict")
	d := &door{}
	tg, err := telegram.New(telegram.Options{Token: token, APIURL: sim.base, PerSecond: 1e5, PerChat: time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	receive(t, tg, d)
	sim.post("/control/member", map[string]any{"chat_id": -1001, "user_id": 7, "status": "member", "chat_type": "supergroup", "is_forum": true})
	say := func(text string, more map[string]any) {
		more["user_id"], more["chat_id"], more["chat_type"], more["text"] = 7, -1001, "supergroup", text
		sim.post("/control/send", more)
	}
	say("chatter among people", map[string]any{})
	say("/deadline@olle_test_bot", map[string]any{})
	say("@olle_test_bot is there a fee?", map[string]any{"message_thread_id": 5})
	say("/deadline@other_bot", map[string]any{})
	waitFor(t, "two", func() bool { return len(d.texts("")) == 2 })
	time.Sleep(50 * time.Millisecond)
	if got := d.texts(""); len(got) != 2 || got[0] != "/deadline" || got[1] != "is there a fee?" {
		t.Fatalf("came %q", got)
	}
	for i, u := range d.came {
		if u.Private || u.From != "telegram:7" {
			t.Errorf("%+v", u)
		}
		if _, err := tg.Send(t.Context(), fmt.Sprint("g/", i), flows.Message{To: u.Chat, Text: "14 February", Reply: u.Reply, Choices: []flows.Choice{{Label: "Apply", Value: "/apply"}}}); err != nil {
			t.Error(err)
		}
	}
	sim.post("/control/send", map[string]any{"user_id": 8, "chat_id": -1001, "button_text": "Apply"})
	waitFor(t, "the tap", func() bool { return len(d.texts("")) == 3 })
	if u := d.came[2]; u.Choice != "/apply" || u.From != "telegram:8" || u.Private {
		t.Errorf("tap %+v", u)
	}
	time.Sleep(150 * time.Millisecond)
	for _, m := range sim.chat(-1001) {
		if len(m.Markup.Rows) != 1 {
			t.Error("one person's tap took the buttons from everybody")
		}
	}
	sim.clean()
}
