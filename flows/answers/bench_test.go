package answers

import (
	"strings"
	"testing"
)

// BenchmarkAnswer asks the development set in turn; the promise is 10,000 questions a second on one core.
func BenchmarkAnswer(b *testing.B) {
	x := index(b, "vca-jeju-2020")
	cases := questions(b, "testdata/dev.jsonl")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		x.Answer(cases[i%len(cases)].Q)
	}
}

func FuzzAnswer(f *testing.F) {
	x := index(f, "vca-jeju-2020")
	for _, s := range []string{"", "?", "airfare from Nepal", "\xff\xfe", "ตั๋ว 1,200 $ €", "5yrs 12345678901234567890 years old", "'''’", "what's 97%", "AAnAA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a := x.Answer(s)
		if a.Text == "" || len([]rune(a.Text)) > MaxAnswer || strings.Contains(a.Text, "{") && !strings.Contains(s, "{") {
			t.Errorf("%q: %d characters", s, len([]rune(a.Text)))
		}
		if b := x.Answer(s); a != b {
			t.Errorf("%q: two answers", s)
		}
	})
}
