package flows

import (
	"slices"
	"strconv"
	"strings"
)

// A quiz in other languages. The pack's questions are in the language of the edition, which the big screen shows; texts/LANGUAGE.yaml may
// say them in another, under "quizzes.NAME.…", and each player then reads their own. There is one key for all: what an option is called
// never changes which is right, and words that are accepted stand in the question itself, in every language.
//
//	quizzes.NAME.title, .intro
//	quizzes.NAME.2.ask, .explain     of the second question
//	quizzes.NAME.2.a, .b             its options, in the order in which the pack has them
//	quizzes.NAME.2.right             what is right, where words are typed

// Sentences lists what a quiz says, by the keys under which texts of other languages say it.
func (s *QuizSet) Sentences() map[string]string {
	said := map[string]string{s.sentence("title"): s.Title}
	if s.Intro != "" {
		said[s.sentence("intro")] = s.Intro
	}
	for i := range s.Questions {
		q := &s.Questions[i]
		said[s.sentenceOf(i+1, "ask")] = q.Ask
		if q.Explain != "" {
			said[s.sentenceOf(i+1, "explain")] = q.Explain
		}
		if q.Type == "text" && len(q.Accept) > 0 {
			said[s.sentenceOf(i+1, "right")] = q.Accept[0]
		}
		for k := range q.Options {
			said[s.sentenceOf(i+1, q.written(k))] = q.Options[k]
		}
	}
	return said
}

func (s *QuizSet) sentence(part string) string { return "quizzes." + s.Name + "." + part }

func (s *QuizSet) sentenceOf(number int, part string) string {
	return s.sentence(strconv.Itoa(number) + "." + part)
}

// written is the letter an option has in the pack: an order is mixed once it is read.
func (q *QuizQuestion) written(i int) string {
	if place := strings.Index(q.Key, Letter(i)); q.Type == "order" && place >= 0 {
		return Letter(place)
	}
	return Letter(i)
}

// inOwnWords is a question as this person reads it. A quiz is played as it was when it began; where the pack has another question by now,
// its translation is of no use.
func (t *Turn) inOwnWords(name string, number int, q *QuizQuestion) *QuizQuestion {
	set := t.Event.Quizzes[name]
	if q == nil || set == nil || number < 1 || number > len(set.Questions) || !t.texts.Has(set.sentenceOf(number, "ask")) {
		return q
	}
	if now := &set.Questions[number-1]; now.Ask != q.Ask || now.Key != q.Key || !slices.Equal(now.Options, q.Options) {
		return q
	}
	own := *q
	say := func(into *string, part string) {
		if key := set.sentenceOf(number, part); *into != "" && t.texts.Has(key) {
			*into = t.Text(key)
		}
	}
	say(&own.Ask, "ask")
	say(&own.Explain, "explain")
	own.right = own.Right()
	if say(&own.right, "right"); q.Type != "text" {
		own.right = ""
	}
	own.Options = slices.Clone(q.Options)
	for i := range own.Options {
		say(&own.Options[i], q.written(i))
	}
	return &own
}

// quizNow is the question of a live quiz that is on, as this person reads it.
func (t *Turn) quizNow(it *Quiz) *QuizQuestion { return t.inOwnWords(it.Name, it.Number, it.Now) }

// quizTitle is what a quiz is called.
func (t *Turn) quizTitle(name, original string) string {
	if key := "quizzes." + name + ".title"; t.texts.Has(key) && t.Event.Quizzes[name] != nil && t.Event.Quizzes[name].Title == original {
		return t.Text(key)
	}
	return original
}

// partTitle is what a quiz is called that the person is or was in.
func (t *Turn) partTitle(part QuizPart) string {
	for _, name := range sortedKeys(t.Event.Quizzes) {
		if t.Event.Quizzes[name].Title == part.Title {
			return t.quizTitle(name, part.Title)
		}
	}
	return part.Title
}

func (t *Turn) quizIntro(s *QuizSet) string {
	if key := s.sentence("intro"); s.Intro != "" && t.texts.Has(key) {
		return t.Text(key)
	}
	return s.Intro
}

// readOwn reads what was typed as the person reads the question, and as it was written.
func readOwn(own, q *QuizQuestion, typed string) (choice string, ok bool) {
	if choice, ok = own.Read(typed); !ok {
		choice, ok = q.Read(typed)
	}
	return choice, ok
}
