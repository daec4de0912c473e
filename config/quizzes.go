package config

import (
	"slices"
	"strings"

	"olle/flows"
)

// maxSlide and maxOption are the most characters of a question and of an option: the question with all its options is one message, and
// can be read on a wall.
const (
	maxSlide  = 600
	maxOption = 140
)

// readQuizzes reads quizzes/*.yaml; the file's name is the quiz's.
func (p *pack) readQuizzes() {
	p.event.Quizzes = map[string]*flows.QuizSet{}
	files, names := p.in("quizzes")
	for i, f := range files {
		r := p.report(f)
		if !name.MatchString(names[i]) {
			r.add(0, 0, "the file's name is the quiz's: use lower-case letters, digits, - and _, a letter first, at most 32")
		}
		if root := p.trees[f]; root != nil {
			p.event.Quizzes[names[i]] = p.readQuiz(open(r, root, "the quiz"), names[i])
		}
	}
}

func (p *pack) readQuiz(o *object, quizName string) *flows.QuizSet {
	set := &flows.QuizSet{Name: quizName, Title: p.filled(o, o.place("title"), o.must("title")), Intro: p.filled(o, o.place("intro"), p.say(o, "intro")), Study: o.flag("study"), Module: o.whole("module", 1, 99)}
	if set.Module > len(p.event.Modules) && len(p.event.Modules) > 0 {
		o.r.at(o.place("module"), "the event has %d modules", len(p.event.Modules))
	}
	set.Rules = flows.QuizRules{
		Mode: o.word("mode", "accuracy", "speed", "unscored"), Names: o.word("names", "chosen", "given", "first"),
		Teams: o.flag("teams"), Top: o.whole("top", 1, 10), Change: o.flag("change"), Seconds: o.whole("seconds", 5, 600),
	}
	if set.Rules.Top == 0 {
		set.Rules.Top = 3
	}
	questions := o.list("questions")
	if o.bare("questions") {
		o.r.at(o.place("questions"), "the quiz needs questions: a list, each with type and ask")
	}
	for _, n := range questions {
		set.Questions = append(set.Questions, p.readQuizQuestion(open(o.r, n, "a question")))
	}
	o.done()
	return set
}

func (p *pack) readQuizQuestion(o *object) flows.QuizQuestion {
	q := flows.QuizQuestion{Type: o.must("type"), Ask: p.filled(o, o.place("ask"), o.must("ask")), Explain: p.filled(o, o.place("explain"), p.say(o, "explain")), Source: o.text("source"), Seconds: o.whole("seconds", 5, 600)}
	known := slices.Contains(flows.QuizTypes, q.Type)
	if q.Type != "" {
		q.Type = o.word("type", flows.QuizTypes...)
	}
	if n := len([]rune(q.Ask)); n > maxSlide {
		o.r.at(o.place("ask"), "the question has %d characters, at most %d can be read on a wall: shorten it", n, maxSlide)
	}
	p.readQuizOptions(o, &q)
	p.readQuizKey(o, &q)
	wrong := q.Check()
	switch {
	case !known: // what it lacks depends on what it is
	case wrong != "" && q.Ask != "" && !o.dead:
		o.r.at(quizPlace(o), "%s", wrong)
	case q.Source == "" && q.Type != "opinion" && q.Type != "information" && !o.dead:
		o.r.at(o.place("ask"), "the right answer needs a source: add \"source: …\", where in the readings it stands")
	}
	if q.Type == "order" && wrong == "" {
		q.Shuffle()
	}
	o.done()
	return q
}

// filled puts the facts of the event into a text of a quiz, which goes to players and screens as it is. Nothing else could be filled there.
func (p *pack) filled(o *object, at *node, text string) string {
	p.checkHoles(o.r, at, text, p.eventFact, nil)
	return flows.Fill(text, p.eventFact)
}

// quizPlace is where to point when a question's options or key are wrong.
func quizPlace(o *object) *node {
	for _, key := range []string{"options", "answer", "accept", "type"} {
		if v := o.n.get(key); v != nil {
			return v
		}
	}
	return o.n
}

// readQuizOptions reads options: "- right: …" and "- wrong: …" where some are right, plain lines where none is (opinion) or where they
// stand in their right order.
func (p *pack) readQuizOptions(o *object, q *flows.QuizQuestion) {
	marked := q.Type == "single" || q.Type == "several"
	for i, n := range o.list("options") {
		text, right := "", false
		if !marked {
			if n.kind != scalar || strings.TrimSpace(n.text) == "" {
				o.r.at(n, "an option here is a plain line of text, but this is %s", n.kind)
				continue
			}
			text = strings.TrimSpace(n.text)
		} else {
			oo := open(o.r, n, "an option")
			text, right = oo.text("wrong"), false
			if r := oo.text("right"); r != "" {
				if text != "" {
					o.r.at(n, "an option is either right or wrong, not both")
				}
				text, right = r, true
			}
			if text == "" && !oo.dead {
				o.r.at(n, "an option is \"right: …\" or \"wrong: …\"")
			}
			oo.done()
		}
		if c := len([]rune(text)); c > maxOption {
			o.r.at(n, "the option has %d characters, at most %d can be read on a wall: shorten it", c, maxOption)
		}
		text = p.filled(o, n, text)
		q.Options = append(q.Options, text)
		if right && i < flows.MaxQuizOptions {
			q.Key += flows.Letter(i)
		}
	}
}

// readQuizKey reads what is right where nothing is chosen.
func (p *pack) readQuizKey(o *object, q *flows.QuizQuestion) {
	answer, ok := o.number("answer")
	q.Number = answer
	if q.Type == "number" && !ok && o.lacks("answer") {
		o.r.at(o.place("answer"), "no answer is right: add \"answer: …\", a number")
	}
	if within, given := o.number("within"); given {
		if q.Within = within; within < 0 {
			o.r.at(o.place("within"), "within says how far off is still right: it cannot be negative")
		}
	}
	if q.Accept = o.strings("accept"); len(q.Accept) > 0 && q.Type != "text" {
		o.r.at(o.place("accept"), "accept is for questions of type text")
	}
	for _, key := range []string{"answer", "within"} {
		if q.Type != "number" && o.n.get(key) != nil {
			o.r.at(o.place(key), "%s is for questions of type number", key)
		}
	}
}
