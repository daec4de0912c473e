package flows_test

import (
	"slices"
	"strings"
	"testing"

	"olle/flows"
)

// Whose device speaks one of the pack's languages is offered that at the first word, and asked no more once they have chosen.
func TestOnesOwnLanguageIsOffered(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	offered := func(who flows.Address, locale string) string {
		messages, err := r.Guest(who, flows.Update{Text: "/start", Locale: locale})
		if err != nil || len(messages) == 0 {
			t.Fatal(messages, err)
		}
		choices := messages[len(messages)-1].Choices
		at := slices.IndexFunc(choices, func(c flows.Choice) bool { return strings.HasPrefix(c.Value, "/language ") })
		if at < 0 {
			return ""
		}
		return choices[at].Label + " " + choices[at].Value
	}
	for i, tt := range []struct{ locale, want string }{
		{"ko", "한국어 /language ko"}, {"ko-KR", "한국어 /language ko"}, {"VI", "Tiếng Việt /language vi"}, {"id-ID", "Bahasa Indonesia /language id"},
		{"en-GB", ""}, {"ne", ""}, {"", ""}, {"-", ""},
	} {
		if got := offered(flows.Address("telegram:7"+string(rune('0'+i))), tt.locale); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.locale, got, tt.want)
		}
	}
	for _, chosen := range []string{"/language en", "/language ko"} {
		who := flows.Address("telegram:8" + chosen[len(chosen)-2:])
		as(t, r, who, chosen)
		if got := offered(who, "ko"); got != "" {
			t.Errorf("after %s: %q is offered", chosen, got)
		}
	}
	messages, err := r.Guest("telegram:70", flows.Update{Choice: "/language ko"})
	if err != nil || !strings.Contains(texts(messages), "한국어") {
		t.Error(texts(messages), err)
	}
}

// In a language written from right to left, dates and commands keep their own direction, and addresses carry no marks.
func TestWordsFromRightToLeft(t *testing.T) {
	arabic, err := flows.NewCatalogue("ar", "العربية", map[string]string{"when": "{title}: {dates}. اكتب /airfare أو {link}", "lines": "{items}"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]string{"title": "ورشة", "dates": "5–16 July 2027", "link": "https://olle.example/a", "items": "1. a\n2. b"}
	fill := func(name string) (string, bool) { return facts[name], true }
	for key, want := range map[string]string{
		"when":  "\u2068ورشة\u2069: \u20685–16 July 2027\u2069. اكتب \u2068/airfare\u2069 أو https://olle.example/a",
		"lines": "\u20681. a\u2069\n\u20682. b\u2069",
	} {
		if got := arabic.Text(key, fill); got != want {
			t.Errorf("%s: %q", key, got)
		}
	}
	if got := arabic.Own("when"); strings.Contains(got, "\u2068") {
		t.Errorf("as it is written: %q", got)
	}
}
