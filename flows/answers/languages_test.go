package answers

import (
	"strings"
	"testing"
)

func TestDangerIsAnsweredInEveryLanguage(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	for _, language := range []string{"ko", "vi", "id"} {
		for i := range x.topics {
			if x.topics[i].Kind != "danger" {
				continue
			}
			english := x.say(&reading{years: -1}, &x.topics[i])
			if own := x.In(language, english); own.Text == english.Text || own.Intent != english.Intent || !strings.Contains(own.Text, "112") {
				t.Errorf("%s in %s: %s", english.Intent, language, own.Text)
			}
		}
	}
	if a := x.In("ko", Answer{Intent: "danger", Text: "something else"}); a.Text != "something else" {
		t.Errorf("another text was replaced: %s", a.Text)
	}
}

func TestTranslationsKeepNumbersAndAddresses(t *testing.T) {
	c := Config{Topics: []Topic{{ID: "one", Ask: []string{"x"}, Answer: "Call 112 or write to a@example.org."}},
		Texts: map[string]string{"empty": "e", "unknown": "u", "answer.ko.one": "112에 전화하세요.", "answer.vi.two": "x", "answer.id.one": "112, a@example.org"}}
	_, err := New(c)
	if err == nil || !strings.Contains(err.Error(), "answer.ko.one") || !strings.Contains(err.Error(), "answer.vi.two") || strings.Contains(err.Error(), "answer.id.one") {
		t.Errorf("the mistakes are %v", err)
	}
}
