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
