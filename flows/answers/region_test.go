package answers

import (
	"strings"
	"testing"
)

// Where somebody works counts, not their citizenship; and weak evidence gives no confident answer.
func TestWorkInTheRegionCounts(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	if a := x.Answer("I am American working in Cambodia for NGO as country director"); strings.Contains(a.Text, "does not say that somebody from") {
		t.Error(a.Text)
	}
	for _, text := range []string{"Is Jeju safe?", "hi kak, dokumennya apa aja ya? thx", "he has a knife"} {
		if a := x.Answer(text); a.Intent == "mydata" || a.Intent == "thanks" || strings.HasPrefix(a.Intent, "y2014") {
			t.Errorf("%q: %s", text, a.Intent)
		}
	}
}
