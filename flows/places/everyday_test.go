package places

import (
	"os"
	"strings"
	"testing"
)

// countries are said in the texts as what they are, or as languages.
var countries = map[string]bool{"vietnamese": true, "vietnamien": true, "viet": true, "việt": true, "vietnam": true, "indonesian": true, "indonesia": true,
	"indonesio": true, "indonésien": true, "indonesien": true, "thái": true}

// Words of the languages Olle speaks are no places, whatever they are spelled like.
func TestWordsOfOtherLanguagesAreNoPlaces(t *testing.T) {
	for _, language := range []string{"vi", "id"} {
		b, err := os.ReadFile("../../config/texts/" + language + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, w := range strings.FieldsFunc(string(b), func(r rune) bool { return strings.ContainsRune(" \n\t\"'.,:;!?()[]{}|/<>=+*#@-_0123456789", r) }) {
			if seen[w] || w != strings.ToLower(w) || countries[w] {
				continue
			}
			seen[w] = true
			for _, text := range []string{w, "x " + w + " y"} {
				for _, m := range Find(text) {
					t.Errorf("%s: %q is read as %s %v", language, text, m.Place, m.Ask)
				}
			}
		}
	}
}

func TestCountriesByTheirShortNames(t *testing.T) {
	for text, want := range map[string]string{"호주에서 출발 항공료": "AU", "vé máy bay từ Úc": "AU", "vé máy bay từ Mỹ": "US", "미국에서 왔어요": "US", "toi o Úc": "AU", "북한에서 왔어요": "KP", "tôi đến từ Pháp": "FR", "từ Nga": "RU"} {
		found := Find(text)
		if len(found) != 1 || found[0].Place.Code != want {
			t.Errorf("%q: %v", text, found)
		}
	}
}
