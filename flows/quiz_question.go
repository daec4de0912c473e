package flows

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A question in a player's chat: it comes by the player's own subject, in their language and where they are reached, is answered by taps
// and by words, and its answer is one document of their own.

// quizFlow is the question that is on: it takes what is typed, and is asked again after something else was said.
func quizFlow() *Flow {
	return &Flow{Name: "quiz", Steps: []Step{
		{Name: "pick", Ask: askQuizAgain, Take: takeQuiz, Skip: skipQuiz},
		{Name: "type", Free: true, Ask: askQuizAgain, Take: takeQuiz, Skip: skipQuiz},
	}}
}

func skipQuiz(t *Turn) { t.dropQuiz(); t.Say("quiz.skipped") }

// quizOf is the quiz that news are about, and this person's part in it; nil: they are not in it.
func (t *Turn) quizOf() (n quizNews, it *Quiz, part *QuizPart) {
	if json.Unmarshal(t.Args, &n) != nil {
		return n, nil, nil
	}
	if part = t.quizPart(n.Code); part == nil || part.Over || t.Person.Home == "" {
		return n, nil, nil
	}
	if it = t.liveQuiz(n.Code); it == nil || it.Number != n.Number {
		return n, nil, nil
	}
	return n, it, part
}

// hearQuestion hears that a question is on.
func hearQuestion(t *Turn) {
	if _, it, part := t.quizOf(); it != nil && (it.State == QuizOpen || !it.Now.asks()) && part.Number != it.Number {
		t.putQuestion(it, part, t.Bulk)
	}
}

// putQuestion asks the question that is on. Its message's own record says when it was on the person's screen.
func (t *Turn) putQuestion(it *Quiz, part *QuizPart, bulk bool) {
	if part.Number != it.Number {
		part.Number, part.Asked = it.Number, t.At
		if part.Choice != "" {
			part.Choice = ""
		}
	}
	t.dropQuiz()
	m := t.questionMessage(it)
	m.Bulk = bulk
	if it.Now.asks() {
		m.Ledger = &Ledger{Key: askedKey(it.Code, it.Number) + part.As}
		step := "pick"
		if !it.Now.chosen() {
			step = "type"
		}
		t.visit("quiz", step)
		t.Person.Talk = append(t.Person.Talk, Frame{Flow: "quiz", Step: step, Vars: map[string]string{"code": it.Code, "number": strconv.Itoa(it.Number)}})
	}
	t.out.Messages = append(t.out.Messages, m)
}

func (t *Turn) questionMessage(it *Quiz) Message {
	q := t.quizNow(it)
	buttons, whole := q.buttons(fmt.Sprintf("quiz/%s/%d/", it.Code, it.Number))
	if q.Type == "order" {
		for i := range buttons {
			buttons[i].Label = strings.ToUpper(Letter(i))
		}
	}
	parts := []string{t.Text("quiz.number", "n", it.Number, "of", it.Count), q.text(whole)}
	if hint := "quiz.how." + q.Type; t.texts.Has(hint) {
		parts = append(parts, t.Text(hint))
	}
	if left := it.Until.Sub(t.At); !it.Until.IsZero() && left > 0 {
		parts = append(parts, t.Text("quiz.seconds", "n", int((left+time.Second/2)/time.Second)))
	}
	if !q.asks() && q.Source != "" {
		parts = append(parts, t.Text("quiz.source", "source", q.Source))
	}
	to := t.Chat
	if to == "" {
		to = t.Person.Home
	}
	return Message{To: to, Text: strings.Join(parts, "\n\n"), Choices: buttons}
}

// askQuizAgain shows the question once more, if it is still on.
func askQuizAgain(t *Turn) {
	it := t.liveQuiz(t.top().Vars["code"])
	if it == nil || it.State != QuizOpen || strconv.Itoa(it.Number) != t.top().Vars["number"] {
		t.Done()
		return
	}
	m := t.questionMessage(it)
	t.Tell(m.Text)
	t.Offer(m.Choices...)
}

// takeQuiz hears a typed answer.
func takeQuiz(t *Turn, in Input) bool {
	f := t.top()
	it := t.liveQuiz(f.Vars["code"])
	part := t.quizPart(f.Vars["code"])
	if it == nil || part == nil {
		t.dropQuiz()
		return false
	}
	number, _ := strconv.Atoi(f.Vars["number"])
	if it.Number != number || it.State == QuizRevealed || it.State == QuizEnded {
		t.dropQuiz()
		t.Say("quiz.late", "n", number)
		t.asked = t.top() != nil
		return true
	}
	choice, ok := readOwn(t.quizNow(it), it.Now, in.Text)
	if !ok {
		return false
	}
	t.Tell(t.answerQuiz(it, part, number, choice))
	return true
}

// tapQuiz hears a tapped option: "CODE/NUMBER/OPTION". It is acknowledged and nothing is said.
func (t *Turn) tapQuiz(value string) {
	code, rest, _ := strings.Cut(value, "/")
	n, letter, _ := strings.Cut(rest, "/")
	number, _ := strconv.Atoi(n)
	var it *Quiz
	if code = ReadQuizCode(code); code != "" {
		it = t.liveQuiz(code)
	}
	if it == nil || number < 1 || number > it.Count {
		t.Say("common.stale")
		t.asked = true
		return
	}
	part := t.quizPart(code)
	if part == nil {
		if !t.takesPart() {
			t.ack(t.Text("quiz.closed"))
			return
		}
		part = t.enterQuiz(it)
	}
	was := ""
	if part.Number == number {
		was = part.Choice
	}
	choice, ok := was, false
	if it.Number == number {
		if choice, ok = it.Now.tap(was, letter); !ok {
			t.Say("common.stale")
			return
		}
	}
	t.visit("quiz", "tap")
	t.ack(t.answerQuiz(it, part, number, choice))
}

// ack acknowledges a tap.
func (t *Turn) ack(text string) {
	t.out.Messages = append(t.out.Messages, Message{To: t.Chat, Text: text, Reply: t.Reply, Ack: true})
}

// answerQuiz takes an answer to a question, and returns what to say of it. The quiz is checked by the turn's commit: what is on record
// here was in time.
func (t *Turn) answerQuiz(it *Quiz, part *QuizPart, number int, choice string) string {
	q, had := t.quizNow(it), part.Choice
	if part.Number != number {
		had = ""
	}
	switch {
	case slices.Contains(it.Kicked, part.As):
		return t.Text("quiz.kicked")
	case it.State == QuizPaused && it.Number == number:
		return t.Text("quiz.paused")
	case it.State != QuizOpen || it.Number != number || !it.Until.IsZero() && t.At.After(it.Until):
		if had != "" && it.Number == number {
			return t.Text("quiz.late_had", "n", number, "answer", q.shown(had))
		}
		return t.Text("quiz.late", "n", number)
	case had != "" && !it.Rules.Change && q.done(had):
		return t.Text("quiz.fixed", "answer", q.shown(had))
	}
	if part.Number != number {
		part.Number, part.Asked = number, t.At // the question itself is still on its way
	}
	if had == "" {
		part.Given++
	}
	part.Choice, part.Over = choice, false
	a := QuizAnswer{Choice: choice, At: t.At, Asked: part.Asked}
	t.out.Put = append(t.out.Put, Doc{Key: QuizAnswersKey(it.Code, number) + part.As, Data: Must(a)})
	if choice == "" {
		return t.Text("quiz.withdrawn")
	}
	return t.Text("quiz.taken", "answer", q.shown(choice))
}

// done says whether an answer is complete; until then further taps belong to it. Of several options only the player knows.
func (q *QuizQuestion) done(choice string) bool {
	return q.Type != "several" && !(q.Type == "order" && len(choice) < len(q.Options))
}

// hearReveal hears the right answer.
func hearReveal(t *Turn) {
	n, it, part := t.quizOf()
	if it == nil || it.State == QuizOpen {
		return
	}
	t.dropQuiz()
	q, choice := t.quizNow(it), part.Choice
	if part.Number != n.Number {
		choice = ""
	}
	lines := []string{t.Text("quiz.number", "n", n.Number, "of", it.Count), t.verdict(q, choice)}
	if n.Points > 0 && it.Rules.Mode != "unscored" {
		lines[1] += " " + t.Text("quiz.points", "n", n.Points)
	}
	t.out.Messages = append(t.out.Messages, Message{To: t.Person.Home, Text: strings.Join(append(lines, t.explained(q)...), "\n\n"), Bulk: t.Bulk})
}

// verdict says how right an answer was, and what would have been.
func (t *Turn) verdict(q *QuizQuestion, choice string) string {
	switch share := q.Grade(choice); {
	case !q.keyed() && choice == "":
		return t.Text("quiz.opinion_none")
	case !q.keyed():
		return t.Text("quiz.opinion", "answer", q.shown(choice))
	case choice == "":
		return t.Text("quiz.none_given", "right", q.Right())
	case share == 1:
		return t.Text("quiz.right", "right", q.Right())
	case share > 0:
		return t.Text("quiz.partly", "answer", q.shown(choice), "right", q.Right())
	default:
		return t.Text("quiz.wrong", "answer", q.shown(choice), "right", q.Right())
	}
}

// explained are the paragraphs after the verdict.
func (t *Turn) explained(q *QuizQuestion) (lines []string) {
	if q.Explain != "" {
		lines = append(lines, q.Explain)
	}
	if q.Source != "" {
		lines = append(lines, t.Text("quiz.source", "source", q.Source))
	}
	return lines
}

// hearEnd hears how it went.
func hearEnd(t *Turn) {
	n, it, part := t.quizOf()
	if it == nil {
		return
	}
	t.dropQuiz()
	part.Over, part.Choice = true, ""
	t.Say("quiz.end", "title", t.quizTitle(it.Name, it.Title))
	if it.Rules.Mode != "unscored" {
		t.Say("quiz.score", "right", n.Right, "of", cmp.Or(n.Of, it.Count), "points", n.Points)
		if n.Place > 0 {
			t.Say("quiz.place", "n", n.Place)
		}
		if n.Leaders != "–" {
			t.Say("quiz.leaders", "lines", n.Leaders)
		}
	}
	t.asked = t.top() != nil
}

// Stays says whether the buttons a choice belongs to stay after a tap: those of a live question take further taps until it closes.
func Stays(choice string) bool { return strings.HasPrefix(choice, "quiz/") }
