package places

import (
	"strings"
	"testing"
	"unicode"
)

var questions = []string{
	"Our shelter is in Pokhara, Nepal. How big is the airfare contribution?",
	"tokyo, flight assistance how much?",
	"Dear team, could you tell me the airfare amount for a participant flying from Lahore?",
	"I am Bhutanese but I study in New Delhi and fly from there, amount for airfare?",
	"Which file format do you accept for the scans?",
	"how much from kathmandhu or combodia",
	"sawasdee ka, เดินทางจาก Chiang Mai, airfare support how much ka",
	"Late application is a problem for us, is signature of my director instead of seal ok for nomination",
}

func BenchmarkDeparture(b *testing.B) {
	Departure("from kathmandhoo") // what is made once
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Departure(questions[i%len(questions)])
	}
}

func BenchmarkNoise(b *testing.B) {
	long := strings.Repeat("kathmandhoo nepaul xqzzy ", 4000)
	b.SetBytes(int64(len(long)))
	for b.Loop() {
		Departure(long)
	}
}

func FuzzFind(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, m := range Find(text) {
			if m.Start < last && !m.joined || m.End <= m.Start || m.End > len(text) || text[m.Start:m.End] != m.Text {
				t.Fatalf("%q: %+v", text, m)
			}
			last = m.Start
			if (m.Place.Code == "") == (len(m.Ask) == 0) {
				t.Fatalf("%q: neither or both of place and question: %+v", text, m)
			}
		}
	})
}

func FuzzResolve(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range []Reading{Resolve(text), Departure(text)} {
			if len(r.Ask) > 0 && len(r.Places) > 0 {
				t.Fatalf("%q: %+v", text, r)
			}
		}
		if once := Fold(text); Fold(once) != once {
			t.Fatalf("%q folds to %q, then to %q", text, once, Fold(once))
		}
	})
}

func seeds(f *testing.F) {
	for _, q := range questions {
		f.Add(q)
	}
	for _, q := range []string{"", "\xff\xfe", "Ne\u202epal", "네팔에서", "ถ้าจากกรุงเทพ", "ガギグ", "ﷺ", "ÅÉ", "Bangkok/Kathmandu", "\u1100\u1161\u11a8", "\u1100\u200b\u1161", "ㄱ\u1161", "㉮", "STRAẞE", "KTM-BKK-CJU"} {
		f.Add(q)
	}
}

// What is folded stays as it is when it is folded again, whichever character it came from: keys and questions meet only so.
func TestFoldOfEveryCharacterIsFinal(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r == 0x40000 { // nothing is assigned from here on but tags and variants
			r = 0xE0000
		} else if r == 0xE1000 {
			break
		}
		for _, s := range []string{"a" + string(r) + "b", "ㄱ" + string(r), string(r) + "\u1161"} {
			if once := Fold(s); Fold(once) != once {
				t.Errorf("%q folds to %q, then to %q", s, once, Fold(once))
			}
		}
	}
}

// What is folded the short way folds the same as any other text.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"Kathmandu", "  New   Delhi ", "Nepal?", "A", "", "?", "U.S.", "Hà Nội", "3 years!"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if folded, _ := scan(s); Fold(s) != string(folded) {
			t.Errorf("%q folds to %q, want %q", s, Fold(s), folded)
		}
	})
}
