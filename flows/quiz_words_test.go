package flows

import (
	"slices"
	"testing"
)

// A question of a live quiz that the pack has changed since is read as it was written: the translation belongs to another one.
func TestATranslationBelongsToItsQuestion(t *testing.T) {
	set := &QuizSet{Name: "tea", Title: "Tea", Questions: []QuizQuestion{{Type: "order", Ask: "In which order?", Options: []string{"one", "two", "three"}}}}
	set.Questions[0].Shuffle()
	english, err := NewCatalogue("en", "English", map[string]string{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	korean, err := NewCatalogue("ko", "한국어", map[string]string{"quizzes.tea.title": "차", "quizzes.tea.1.ask": "순서는?", "quizzes.tea.1.a": "하나", "quizzes.tea.1.b": "둘", "quizzes.tea.1.c": "셋"}, english)
	if err != nil {
		t.Fatal(err)
	}
	turn := &Turn{Event: &Event{Quizzes: map[string]*QuizSet{"tea": set}}, Person: &Person{}, texts: korean}
	q := set.Questions[0]
	own := turn.inOwnWords("tea", 1, &q)
	if own.Ask != "순서는?" || own.Key != q.Key || own.shown(own.Key) == q.shown(q.Key) {
		t.Errorf("%+v", own)
	}
	for i, o := range q.Options { // mixed like the original, whatever order the translation was written in
		if want := map[string]string{"one": "하나", "two": "둘", "three": "셋"}[o]; own.Options[i] != want {
			t.Errorf("%s is shown as %s", o, own.Options[i])
		}
	}
	if choice, ok := readOwn(own, &q, own.Options[1]); ok {
		t.Errorf("one option was taken for an order: %s", choice)
	}
	began := q
	set.Questions[0].Options = slices.Clone(q.Options)
	set.Questions[0].Options[0] = "none"
	if now := turn.inOwnWords("tea", 1, &began); now.Ask != began.Ask {
		t.Errorf("a question of before is read as %q", now.Ask)
	}
	if title := turn.quizTitle("tea", "Coffee"); title != "Coffee" {
		t.Errorf("another quiz is called %s", title)
	}
}

// What somebody played is called in their language, where the pack still has a quiz of that title.
func TestAQuizPlayedIsCalledInOnesOwnLanguage(t *testing.T) {
	korean, err := NewCatalogue("ko", "한국어", map[string]string{"quizzes.tea.title": "차", "mydata.quiz": "{title} {alias} {n}"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	turn := &Turn{Event: &Event{Quizzes: map[string]*QuizSet{"tea": {Name: "tea", Title: "Tea"}}}, texts: korean}
	turn.Person = &Person{Quizzes: []QuizPart{{Code: "ABCD", Title: "Tea", Alias: "Owl", Given: 3}, {Code: "EFGH", Title: "Coffee", Alias: "Fox"}}}
	if got := turn.quizLines(); !slices.Equal(got, []string{"차 Owl 3", "Coffee Fox 0"}) {
		t.Errorf("%q", got)
	}
}
