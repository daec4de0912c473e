package answers

import (
	"bufio"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"olle/flows/places"
)

var printedAmount = regexp.MustCompile(`US\$ \d[\d,]*\d|KRW \d[\d,]*\d`)

// TestQuestionsFindTheirTopics asks testdata/topics.txt: each line a topic (its ID, or how it begins) or the amounts
// that must be printed and no others ("contact" for a place outside the table), a bar, and the question. They are
// the neighbours of questions that were once misread.
func TestQuestionsFindTheirTopics(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	f, err := os.Open("testdata/topics.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		want, q, ok := strings.Cut(lines.Text(), " | ")
		if !ok {
			continue
		}
		a := x.Answer(q)
		if n := utf8.RuneCountInString(a.Text); n > MaxAnswer || strings.Contains(a.Text, "{") {
			t.Errorf("%q: %d characters: %s", q, n, a.Text)
		}
		if topic, found := strings.CutPrefix(want, "topic "); found {
			if a.Intent != topic && !strings.HasPrefix(a.Intent, topic+".") {
				t.Errorf("%q: %s instead of %s: %s", q, a.Intent, topic, a.Text)
			}
			continue
		}
		amounts := strings.Split(want, " + ")
		contact := slices.Contains(amounts, "contact")
		amounts = slices.DeleteFunc(amounts, func(s string) bool { return s == "contact" })
		got := slices.Compact(slices.Sorted(slices.Values(printedAmount.FindAllString(a.Text, -1))))
		slices.Sort(amounts)
		if !slices.Equal(got, amounts) || contact && !strings.Contains(a.Text, "contact") {
			t.Errorf("%q: %q instead of %q: %s", q, got, want, a.Text)
		}
	}
}

// TestNoPlaceholderRemains says every topic to a question that names nothing and to one that names much.
func TestNoPlaceholderRemains(t *testing.T) {
	for _, pack := range []string{"vca-jeju-2020", "vca-jeju-2014"} {
		x := index(t, pack)
		for _, q := range []string{"", "what", "Bengal", "AAnAA", "airfare from Nepal or from Geneva, 950 dollars, 7 years in an ngo"} {
			var a reading
			x.read(&a, q)
			for i := range x.topics {
				if s := x.say(&a, &x.topics[i]).Text; strings.ContainsAny(s, "{}") {
					t.Errorf("%s, %s asked %q: %s", pack, x.topics[i].ID, q, s)
				}
			}
		}
	}
}

func TestPolitenessAndOtherSentencesDoNotShiftTheTopic(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	for _, q := range []string{
		"what is the deadline?",
		"Dear Sir, greetings! I hope this email finds you well. Could you please tell me, what is the deadline? Looking forward to hearing from you. Best regards",
		"I am a senior police officer. We help many victims. What is the deadline?",
	} {
		if a := x.Answer(q); a.Intent != "deadline" {
			t.Errorf("%q: %s", q, a.Intent)
		}
	}
	if a := x.Answer("please let me know"); a.Text == "" {
		t.Error("nothing but politeness has no answer")
	}
}

func TestAlternativesAreAllAnswered(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	var a reading
	x.read(&a, "We can start at Vientiane or at Udon Thani in Thailand. What is the airfare?")
	if !slices.ContainsFunc(a.where.Places, func(p places.Place) bool { return p.Code == "TH" }) || len(a.where.Places) != 2 {
		t.Errorf("two points of departure are offered: %v", a.where.Places)
	}
	x.read(&a, "My office is in Delhi but I fly from Kathmandu. What is the airfare?")
	if len(a.where.Places) != 1 || a.where.Places[0].Code != "NP" {
		t.Errorf("one point of departure is named: %v", a.where.Places)
	}
}
