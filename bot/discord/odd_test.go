package discord_test

import (
	"fmt"
	"strings"
	"testing"

	"olle/bot/discord"
	"olle/flows"
)

// What people and organisers may think of, against the official description of the API: all of it is rendered, nothing refused.
func TestOddThingsOnTheSimulator(t *testing.T) {
	s := startSim(t, "-strict")
	h := openHouse(t, s, t.TempDir(), newKept(), func(o *discord.Options) { o.PerSecond = 10_000 })
	h.say("hello", "Olle")
	before := h.count()
	texts := []string{
		"<b>_*[markup](x)*_</b> `~>#+-=|{}.!\\ &amp; @everyone <@99> <#1> /start https://example.org",
		strings.Repeat("*_~`|>#-[]()\\", 340), // every character is markup
		strings.Repeat("가", 4096), strings.Repeat("😀 ", 3000), "\u202eright to left\u202c \u200fעברית",
	}
	to := flows.Address("discord:" + simGuest)
	for i, text := range texts {
		if _, err := h.d.Send(t.Context(), fmt.Sprint("odd/", i), flows.Message{To: to, Text: text}); err != nil {
			t.Errorf("text %d: %v", i, err)
		}
	}
	var many []flows.Choice
	for i := range 150 {
		many = append(many, flows.Choice{Label: strings.Repeat("wide ", i%20) + "\u200f" + fmt.Sprint(i), Value: fmt.Sprint("value/", i)})
	}
	for i, m := range []flows.Message{
		{Text: "a hundred buttons", Choices: many[:100]},
		{Text: "more than menus hold", Choices: many},
		{Text: texts[1], Choices: many[:25]},
		{Text: "an edit of what is gone", Edit: "987654"},
	} {
		m.To = to
		if _, err := h.d.Send(t.Context(), fmt.Sprint("odd/m", i), m); err != nil {
			t.Errorf("message %d: %v", i, err)
		}
	}
	var all strings.Builder
	for _, m := range h.messages("user_id=" + simGuest)[before:] {
		all.WriteString(unescaped(m["content"].(string)))
	}
	for _, text := range texts {
		if !strings.Contains(strings.Join(strings.Fields(all.String()), ""), strings.Join(strings.Fields(text), "")) {
			t.Errorf("not shown in full: %.40q", text)
		}
	}
	s.clean()
}
