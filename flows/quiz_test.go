package flows

import (
	"strings"
	"testing"
	"time"
)

// What people tap and type for each kind of question, and how right it is.
func TestAnswersToQuestions(t *testing.T) {
	several := QuizQuestion{Type: "several", Options: []string{"Prevention", "Publicity", "Protection"}, Key: "ac"}
	order := QuizQuestion{Type: "order", Ask: "?", Options: []string{"one", "two", "three"}}
	order.Shuffle()
	number := QuizQuestion{Type: "number", Number: -2.5, Within: 0.5}
	text := QuizQuestion{Type: "text", Accept: []string{"prevention"}}
	for _, c := range []struct {
		q      QuizQuestion
		typed  string
		choice string
		grade  float64
	}{
		{several, "a, c", "ac", 1}, {several, "3 1", "ac", 1}, {several, "A", "a", 0.5}, {several, "a b", "ab", 0}, {several, "Protection", "c", 0.5},
		{order, strings.ToUpper(order.Key), order.Key, 1}, {order, "a a a", "", -1}, {order, "a b", "", -1},
		{number, "-3", "-3", 1}, {number, "minus three", "", -1}, {number, "2.5", "2.5", 0},
		{text, "  PREVENTION! ", "PREVENTION!", 1}, {text, "it is prevention", "it is prevention", 1}, {text, "protection", "protection", 0},
		{text, "there are prevention, protection and prosecution, all of them", "there are prevention, protection and prosecution, all of them", 0},
	} {
		choice, ok := c.q.Read(c.typed)
		if ok != (c.grade >= 0) || ok && (choice != c.choice || c.q.Grade(choice) != c.grade) {
			t.Errorf("%s %q: %q %v, graded %v", c.q.Type, c.typed, choice, ok, c.q.Grade(choice))
		}
	}
	taps := ""
	for _, letter := range []string{"a", "b", "c", "b"} {
		taps, _ = several.tap(taps, letter)
	}
	if taps != "ac" {
		t.Errorf("taps came to %q", taps)
	}
	if _, ok := several.tap("", "d"); ok {
		t.Error("an option that is not there was taken")
	}
}

// A right answer is worth less the later it comes, and never less than half.
func TestSpeed(t *testing.T) {
	q := &QuizQuestion{Type: "single", Key: "a", Seconds: 20}
	for took, want := range map[time.Duration]int{-time.Second: 100, 0: 100, 10 * time.Second: 75, 20 * time.Second: 50, time.Hour: 50} {
		if got := points(q, "speed", 1, took); got != want {
			t.Errorf("after %v: %d, not %d", took, got, want)
		}
	}
	if points(q, "unscored", 1, 0) != 0 || points(q, "accuracy", 1, time.Hour) != 100 || points(q, "speed", 0, 0) != 0 {
		t.Error("other modes")
	}
}

// Whoever has as many points has the same place; nobody without points leads.
func TestPlaces(t *testing.T) {
	all := []QuizPlace{{Alias: "c", Points: 100}, {Alias: "a", Points: 200}, {Alias: "b", Points: 200}, {Alias: "d"}}
	rank(all)
	if all[0].Place != 1 || all[1].Place != 1 || all[2].Place != 3 || all[3].Place != 4 {
		t.Errorf("%+v", all)
	}
	if shown := Leaders(&Quiz{}, all, 3); len(shown) != 3 {
		t.Errorf("shown are %+v", shown)
	}
	if shown := Leaders(&Quiz{Rules: QuizRules{Mode: "unscored"}}, all, 3); shown != nil {
		t.Errorf("unscored shows %+v", shown)
	}
}

func FuzzQuizRead(f *testing.F) {
	for _, s := range []string{"a", "1 2", "b→a", "ⓐ", "7", "\x00", "cab", "2.", "and"} {
		f.Add(s)
	}
	questions := []QuizQuestion{
		{Type: "single", Options: []string{"x", "y"}, Key: "a"}, {Type: "several", Options: []string{"x", "y", "z"}, Key: "ab"},
		{Type: "order", Options: []string{"x", "y", "z"}, Key: "bca"}, {Type: "number", Number: 1}, {Type: "text", Accept: []string{"x"}}, {Type: "opinion", Options: []string{"x", "y"}},
	}
	f.Fuzz(func(t *testing.T, typed string) {
		for _, q := range questions {
			choice, ok := q.Read(typed)
			if grade := q.Grade(choice); grade < 0 || grade > 1 {
				t.Errorf("%s %q: %v", q.Type, typed, grade)
			}
			if ok && q.chosen() && q.shown(choice) == "" {
				t.Errorf("%s %q was taken as %q", q.Type, typed, choice)
			}
		}
	})
}
