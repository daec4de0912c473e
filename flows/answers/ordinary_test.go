package answers

import (
	"os"
	"testing"

	"olle/flows/places"
)

// Words that people write every day are never set right into words of danger, abuse or lateness.
func TestRealWordsAreNotMistyped(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	for text, not := range map[string]string{
		"I am confused": "danger",
		"I looked at the website but found nothing": "danger",
		"my work continued until 2019":              "danger",
		"it is rare that we get leave":              "danger",
		"I am stuck with the form":                  "insult",
		"was my email excluded":                     "deadline.late",
		"my passport expires in may":                "deadline.late",
		"the exported pdf is too big":               "deadline.late",
		"my colleague is crossing the border":       "deadline",
	} {
		if a := x.Answer(text); a.Intent == not {
			t.Errorf("%q is taken for %s", text, a.Intent)
		}
	}
	var grave set
	for _, name := range []string{"insult", "violence", "captive", "late", "exploited", "selfharm", "hurts", "confined", "distress", "alarm", "passporttaken"} {
		grave.add(x.concept(name))
	}
	for _, language := range []string{"vi", "id"} {
		b, err := os.ReadFile("../../config/texts/" + language + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, k := range tokenise(string(b), nil) {
			w := places.Fold(k.text)
			if seen[w] || k.num >= 0 {
				continue
			}
			seen[w] = true
			if id, exact := x.lex.find(w, true); !exact && id >= 0 && x.lex.concepts[id].meets(&grave) {
				t.Errorf("%s: %q is set right into %q", language, w, x.lex.words[id])
			}
		}
	}
}
