package telegram

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"olle/bot"
	"olle/flows"
)

func TestTextIsSplitAtTheBestPlace(t *testing.T) {
	words := strings.Repeat("word ", 700) // 3,500 units
	tests := []struct {
		name, text string
		want       []string
	}{
		{"short", "hello", []string{"hello"}},
		{"empty", " \n ", nil},
		{"exactly one", strings.Repeat("x", 4096), []string{strings.Repeat("x", 4096)}},
		{"paragraphs", words + "\n\nlast\n" + words, []string{strings.TrimSpace(words), "last\n" + strings.TrimSpace(words)}},
		{"lines", words + "\nlast " + words, []string{strings.TrimSpace(words), "last " + strings.TrimSpace(words)}},
		{"one word", strings.Repeat("x", 4100), []string{strings.Repeat("x", 4096), "xxxx"}},
		{"surrogates", "x" + strings.Repeat("😀", 2050), []string{"x" + strings.Repeat("😀", 2047), strings.Repeat("😀", 3)}},
		{"family", strings.Repeat("x", 4090) + "👩‍👩‍👧‍👦", []string{strings.Repeat("x", 4090), "👩‍👩‍👧‍👦"}},
		{"flags", strings.Repeat("x", 4094) + "🇰🇷🇳🇵", []string{strings.Repeat("x", 4094), "🇰🇷🇳🇵"}},
		{"Scotland", strings.Repeat("x", 4090) + "🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F", []string{strings.Repeat("x", 4090), "🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F"}},
		{"accent", strings.Repeat("x", 4095) + "e\u0301", []string{strings.Repeat("x", 4095), "e\u0301"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := split(tt.text, maxText)
			if strings.Join(got, "|") != strings.Join(tt.want, "|") {
				for i, p := range got {
					t.Logf("part %d: %d units, …%q", i, bot.Units(p), p[max(0, len(p)-30):])
				}
				t.Errorf("%d parts", len(got))
			}
		})
	}
}

// No part is too long, broken or lost, whatever the text.
func FuzzSplit(f *testing.F) {
	f.Add("a b\n\nc. d", 5)
	f.Add("👩‍👩‍👧‍👦🇰🇷e\u0301 \u1112\u1161\u11ab", 3)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 2 || limit > 5000 || !utf8.ValidString(text) {
			return
		}
		parts := split(text, limit)
		for _, p := range parts {
			if bot.Units(p) > limit || strings.TrimSpace(p) == "" || !utf8.ValidString(p) {
				t.Fatalf("part %q of %d units, limit %d", p, bot.Units(p), limit)
			}
		}
		if got, want := strings.Join(strings.Fields(strings.Join(parts, "")), ""), strings.Join(strings.Fields(text), ""); got != want {
			t.Fatalf("%q became %q", want, got)
		}
	})
}

func TestLabelsAreShortenedWithoutBreakingCharacters(t *testing.T) {
	rows := keyboard([]flows.Choice{
		{Label: "Yes", Value: "y"}, {Label: "No", Value: "n"}, {Label: "A label that is rather long", Value: "l"}, {Label: "Short", Value: "s"},
		{Label: "제주특별자치도청", Value: "k"}, {Label: "제주특별자치도청입니다", Value: "w"},
	})
	var shape []int
	for _, r := range rows {
		shape = append(shape, len(r))
	}
	if len(rows) != 4 || shape[0] != 2 || shape[1] != 1 || shape[2] != 2 || shape[3] != 1 {
		t.Errorf("rows of %v", shape)
	}
	long := labelOf(flows.Choice{Label: strings.Repeat("👩‍👩‍👧‍👦", 20)})
	if got := trimUnits(long, maxLabel); bot.Units(got) > maxLabel || !strings.HasSuffix(got, "👦…") {
		t.Errorf("label %q", got)
	}
}

func TestThePace(t *testing.T) {
	now := time.Now()
	p := newPace(30, time.Second)
	p.now = func() time.Time { return now }
	count := func(chat int64) (n int) {
		for {
			if wait, _ := p.take(chat, 0); wait > 0 {
				return n
			}
			n++
		}
	}
	if n := count(1); n != 3 {
		t.Errorf("%d at once in a private chat", n)
	}
	if wait, everyone := p.take(1, 0); everyone || wait < 900*time.Millisecond || wait > 1100*time.Millisecond {
		t.Errorf("wait %v, everyone %v", wait, everyone)
	}
	group := 0
	for range 60 {
		group += count(-1)
		now = now.Add(time.Second)
	}
	if group < 15 || group > 20 {
		t.Errorf("%d in a minute in a group", group)
	}
	all := 0
	for chat := int64(10); chat < 100; chat++ {
		all += count(chat)
	}
	if all < 20 || all > 30 {
		t.Errorf("%d at once in all chats", all)
	}
	if _, everyone := p.take(1000, 0); !everyone {
		t.Error("the limit over all chats concerns everyone")
	}
	now = now.Add(time.Minute)
	if p.stop(1, 5*time.Second) {
		t.Error("one chat's pause is not everyone's")
	}
	if wait, everyone := p.take(1, 0); wait != 5*time.Second || everyone {
		t.Errorf("wait %v", wait)
	}
	if !p.stop(2, 3*time.Second) {
		t.Error("two chats at once are told to wait: it is the bot that is meant")
	}
	if wait, everyone := p.take(3, 0); wait != 3*time.Second || !everyone {
		t.Errorf("wait %v", wait)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{
		{}, {Token: "abc"}, {Token: "1:a b"}, {Token: "1:a", APIURL: "ftp://x"}, {Token: "1:a", APIURL: "https://user:pass@x"},
		{Token: "1:a", WebhookURL: "x"}, {Token: "1:a", WebhookSecret: "not allowed!"}, {Token: "99999999999999999999:a"},
	} {
		if _, err := New(o); err == nil || o.Token != "" && len(o.Token) > 4 && strings.Contains(err.Error(), o.Token) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	a, _ := New(Options{Token: "1:a"})
	b, _ := New(Options{Token: "1:b"})
	if a.secret == b.secret || !secretForm.MatchString(a.secret) {
		t.Errorf("derived secrets %q, %q", a.secret, b.secret)
	}
}
