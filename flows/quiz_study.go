package flows

import (
	"fmt"
	"strings"
	"time"
)

// Study is a person's way through a quiz taken alone, in the person's own document.
type Study struct {
	At    int               // question that is on, from 1
	Given map[string]string // answer first given, by the question's number: what progress and the organisers' figures count
	Right int               // of those, right in full
	Tries int               `json:",omitempty"` // at the question that is on
	Round int               `json:",omitempty"` // how often it was taken from the beginning, after the first time
	Done  time.Time         `json:",omitzero"`
}

// studyFlow is a quiz taken alone, such as the one to a pre-training reading: every answer is explained, a wrong one may be tried again,
// and who comes back goes on where they stopped.
func studyFlow() *Flow {
	return &Flow{Name: "study", Anew: func(t *Turn, was Frame) {
		if name := was.Vars["quiz"]; t.Event.Quizzes[name] != nil {
			t.beginStudy(name, true)
		}
	}, Steps: []Step{
		{Name: "pick", Ask: askStudy, Take: takeStudy, Skip: nextStudy},
		{Name: "type", Free: true, Ask: askStudy, Take: takeStudy, Skip: nextStudy},
		{Name: "wrong", Ask: func(t *Turn) {
			t.Say("quiz.study_again")
			t.Offer(t.Choice("again"), t.Choice("next"))
		}, Take: takeRetry, Skip: nextStudy},
	}}
}

// study is the set and the way of the frame on top; nil: the pack lost the quiz since.
func (t *Turn) study() (*QuizSet, *Study) {
	name := t.top().Vars["quiz"]
	set, way := t.Event.Quizzes[name], t.Person.Studies[name]
	if set == nil || way == nil || way.At < 1 || way.At > len(set.Questions) {
		return nil, nil
	}
	return set, way
}

// beginStudy goes on where the person stopped; anew begins from the first question.
func (t *Turn) beginStudy(name string, anew bool) {
	if t.Person.Studies == nil {
		t.Person.Studies = map[string]*Study{}
	}
	set, way := t.Event.Quizzes[name], t.Person.Studies[name]
	switch {
	case way == nil:
		way = &Study{At: 1}
		t.Say("quiz.study_begin", "title", t.quizTitle(set.Name, set.Title), "n", len(set.Questions))
		t.Quote(t.quizIntro(set))
	case anew || !way.Done.IsZero() && way.At > len(set.Questions):
		if !anew {
			t.studyDone(set, way)
			return
		}
		way = &Study{At: 1, Round: way.Round + 1, Done: way.Done}
		t.Say("quiz.study_anew", "title", t.quizTitle(set.Name, set.Title))
	default:
		t.Say("quiz.study_on", "title", t.quizTitle(set.Name, set.Title), "n", way.At, "of", len(set.Questions))
	}
	t.Person.Studies[name] = way
	t.Push("study", "pick", "quiz", name)
	t.stepStudy(set, way)
}

// stepStudy names the step after the kind of question.
func (t *Turn) stepStudy(set *QuizSet, way *Study) {
	f := t.top()
	f.Trail = nil
	if f.Step = "pick"; way.At <= len(set.Questions) && !set.Questions[way.At-1].chosen() {
		f.Step = "type"
	}
	t.moved = true
}

func askStudy(t *Turn) {
	set, way := t.study()
	if set == nil {
		t.Done()
		return
	}
	q := t.inOwnWords(set.Name, way.At, &set.Questions[way.At-1])
	buttons, whole := q.buttons("study/pick/")
	parts := []string{t.Text("quiz.number", "n", way.At, "of", len(set.Questions)), q.text(whole)}
	if hint := "quiz.how." + q.Type; t.texts.Has(hint) {
		parts = append(parts, t.Text(hint))
	}
	if so := t.top().Vars["so_far"]; so != "" { // the question stands above
		parts = []string{t.Text("quiz.study_so_far", "answer", q.shown(so))}
	}
	t.Tell(strings.Join(parts, "\n\n"))
	switch {
	case !q.asks():
		t.Offer(Choice{Label: t.Text("choice.study.next"), Value: "study/type/next"})
	case q.Type == "several" || q.Type == "order":
		for i := range buttons {
			if q.Type == "order" {
				buttons[i].Label = strings.ToUpper(Letter(i))
			}
		}
		if q.Type == "several" {
			buttons = append(buttons, Choice{Label: t.Text("choice.study.done"), Value: "study/pick/done"})
		}
		fallthrough
	default:
		t.Offer(buttons...)
	}
}

// takeStudy hears an answer. Of several options, and of an order, taps gather until they are complete.
func takeStudy(t *Turn, in Input) bool {
	set, way := t.study()
	if set == nil {
		t.Done()
		return true
	}
	q, f := t.inOwnWords(set.Name, way.At, &set.Questions[way.At-1]), t.top()
	if !q.asks() {
		t.advanceStudy(set, way)
		return true
	}
	choice, ok := readOwn(q, &set.Questions[way.At-1], in.Text)
	if in.Choice != "" {
		if choice, ok = f.Vars["so_far"], in.Choice == "done" && f.Vars["so_far"] != ""; !ok {
			if choice, ok = q.tap(f.Vars["so_far"], in.Choice); !ok {
				return false
			}
			if q.Type == "several" || q.Type == "order" && len(choice) < len(q.Options) {
				f.set("so_far", choice)
				t.Again()
				return true
			}
		}
	}
	if ok {
		t.gradeStudy(set, way, choice)
	}
	return ok
}

// gradeStudy says how right it was and why.
func (t *Turn) gradeStudy(set *QuizSet, way *Study, choice string) {
	q, f := t.inOwnWords(set.Name, way.At, &set.Questions[way.At-1]), t.top()
	delete(f.Vars, "so_far")
	number := fmt.Sprint(way.At)
	right := q.Grade(choice) == 1
	if _, before := way.Given[number]; !before {
		if way.Given == nil {
			way.Given = map[string]string{}
		}
		if way.Given[number] = choice; right {
			way.Right++
		}
	}
	way.Tries++
	if right || !q.keyed() || way.Tries > 1 {
		t.Tell(strings.Join(append([]string{t.verdict(q, choice)}, t.explained(q)...), "\n\n"))
		t.advanceStudy(set, way)
		return
	}
	t.Say("quiz.study_wrong", "answer", q.shown(choice))
	f.Step, f.Trail = "wrong", nil
	t.moved = true
}

// takeRetry hears whether a wrong answer is tried again, or looked up.
func takeRetry(t *Turn, in Input) bool {
	o, ok := in.Pick(t.options("study", "again", "next"))
	set, way := t.study()
	switch {
	case !ok:
		return false
	case set == nil:
		t.Done()
	case o.Value == "again":
		t.stepStudy(set, way)
	default:
		nextStudy(t)
	}
	return true
}

// nextStudy leaves a question: what is right is said all the same.
func nextStudy(t *Turn) {
	set, way := t.study()
	if set == nil {
		t.Done()
		return
	}
	if q := t.inOwnWords(set.Name, way.At, &set.Questions[way.At-1]); q.keyed() {
		t.Tell(strings.Join(append([]string{t.Text("quiz.study_right", "right", q.Right())}, t.explained(q)...), "\n\n"))
	}
	t.advanceStudy(set, way)
}

func (t *Turn) advanceStudy(set *QuizSet, way *Study) {
	way.At++
	way.Tries = 0
	t.stepStudy(set, way)
	if way.At > len(set.Questions) {
		if t.Person.Talk = t.Person.Talk[:len(t.Person.Talk)-1]; way.Done.IsZero() {
			way.Done = t.At
		}
		t.studyDone(set, way)
		t.asked = t.top() != nil
	}
}

// studyDone sums up.
func (t *Turn) studyDone(set *QuizSet, way *Study) {
	t.moved = false
	t.Say("quiz.study_done", "title", t.quizTitle(set.Name, set.Title), "right", way.Right, "of", set.keyed())
	t.Offer(Choice{Label: t.Text("choice.study.restart"), Value: "/quiz again " + set.Name}, t.Command("quiz"))
}

// keyed is how many questions have a right answer.
func (s *QuizSet) keyed() (n int) {
	for i := range s.Questions {
		if s.Questions[i].keyed() {
			n++
		}
	}
	return n
}

// listQuizzes lists what there is: the live quiz the person is in, and those to take alone, with how far they are.
func (t *Turn) listQuizzes() {
	var lines []string
	var choices []Choice
	if part := t.presentQuiz(); part != nil {
		lines = append(lines, "• "+t.Text("quiz.in", "title", t.partTitle(*part), "code", part.Code, "alias", part.Alias))
	}
	all, err := t.Event.QuizSets(t.src)
	if err != nil {
		t.err = err
		return
	}
	for _, set := range all {
		if t.Event.Quizzes[set.Name] == nil || !set.Study {
			continue
		}
		lines = append(lines, "• "+t.quizTitle(set.Name, set.Title)+": "+t.progress(set))
		choices = append(choices, Choice{Label: shorten(t.quizTitle(set.Name, set.Title), 38), Value: "/quiz " + set.Name})
	}
	if len(lines) == 0 {
		t.Say("quiz.nothing")
	} else {
		t.Say("quiz.list")
		t.Tell(strings.Join(lines, "\n"))
		t.Offer(choices...)
	}
	t.asked = t.top() != nil && len(choices) == 0
}

// progress says how far somebody is with a quiz taken alone.
func (t *Turn) progress(set *QuizSet) string {
	way := t.Person.Studies[set.Name]
	switch {
	case way == nil:
		return t.Text("quiz.progress_new", "n", len(set.Questions))
	case way.At > len(set.Questions):
		return t.Text("quiz.progress_done", "right", way.Right, "of", set.keyed())
	}
	return t.Text("quiz.progress", "n", way.At-1, "of", len(set.Questions))
}
