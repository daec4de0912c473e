package config

import (
	"strings"
	"testing"
)

// The shared texts are everybody's: what belongs to one workshop stands in its pack, in every language.
func TestTheSharedTextsAreNobodysWorkshop(t *testing.T) {
	e, err := LoadFolder("testdata/minimal/tea-2027")
	if err != nil {
		t.Fatal(err)
	}
	for tag, c := range e.Texts {
		for _, key := range c.Keys() {
			for _, word := range []string{"jeju", "victim", "traffick", "unitar", "cityshare", "workshop itself", "제주", "피해자", "nạn nhân", "buôn người", "korban", "jointly issue"} {
				if text := c.Own(key); strings.Contains(strings.ToLower(text), word) {
					t.Errorf("%s: %s speaks of %s: %s", tag, key, word, text)
				}
			}
		}
	}
	for tag, c := range load2020(t).Texts {
		for key, word := range map[string][4]string{"consent.care": {"victims", "피해자", "nạn nhân", "korban"}, "airfare.from": {"Jeju", "제주", "Jeju", "Jeju"}} {
			if want := word[strings.Index("enkoviid", tag)/2]; !strings.Contains(c.Own(key), want) {
				t.Errorf("%s: %s of 2020 does not speak of %s: %s", tag, key, want, c.Own(key))
			}
		}
	}
}
