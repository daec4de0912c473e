package discord_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"olle/bot"
	"olle/bot/discord"
)

func TestNothingTypedIsMarkup(t *testing.T) {
	for in, want := range map[string]string{
		"**bold** _it_ ~~s~~ `c` ||sp||":    `\*\*bold\*\* \_it\_ \~\~s\~\~ \` + "`c\\`" + ` \|\|sp\|\|`,
		"# title":                           `\# title`,
		"-# small\n- item\n> quote":         "\\-# small\n\\- item\n\\> quote",
		"a\n  3. third\n4) fourth":          "a\n  3\\. third\n4\\) fourth",
		"2.5 and 1-2 # 3":                   `2\.5 and 1-2 # 3`,
		"[x](https://a.org/b_c) <@1> <#2>":  `\[x](https://a.org/b_c) \<@1> \<#2>`,
		"@everyone :tada: 10:30":            `\@everyone \:tada: 10:30`,
		`back\slash`:                        `back\\slash`,
		"see https://a.org/x_y_z?q=*, then": "see https://a.org/x_y_z?q=*, then",
	} {
		if got := strings.Join(discord.Split(in), "|"); got != want {
			t.Errorf("%q is written\n%q, want\n%q", in, got, want)
		}
	}
}

func TestLongTextIsCutAtSensiblePlaces(t *testing.T) {
	paragraph := strings.Repeat("word ", 250) // 1,250 characters
	got := discord.Split(paragraph + "\n\n" + paragraph + "\n\n" + paragraph)
	if len(got) != 3 {
		t.Fatalf("%d parts", len(got))
	}
	for _, p := range got {
		if p != strings.TrimSpace(paragraph) {
			t.Errorf("a part is %d long", len(p))
		}
	}
	family := "👩‍👩‍👧‍👦"
	for _, p := range discord.Split(strings.Repeat(family, 600)) {
		if strings.ReplaceAll(p, family, "") != "" {
			t.Error("a family was torn apart")
		}
	}
	if got := discord.Cut("one two three", 8); got != "one two…" {
		t.Errorf("cut to %q", got)
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "a b", "#\n# #", strings.Repeat("*", 5000), strings.Repeat("https://a.org/", 400), "1. 2) 🇰🇷🇰🇷🇰 \\", "\x00\xff<@everyone>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var all string
		for _, p := range discord.Split(s) {
			if bot.Units(p) > 2000 || !utf8.ValidString(p) || strings.TrimSpace(p) == "" {
				t.Fatalf("a part of %d units", bot.Units(p))
			}
			all += p
		}
		bare := func(s string) string {
			s = strings.Map(func(c rune) rune {
				if c == 0 || c == '\r' || c == '\\' {
					return -1
				}
				return c
			}, strings.ToValidUTF8(s, "\uFFFD"))
			return strings.Join(strings.Fields(s), "")
		}
		if bare(all) != bare(s) {
			t.Fatalf("%q became %q", s, all)
		}
	})
}
