package flows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Results are the figures of the evaluation: what pages, charts and the report are made of.
type Results struct {
	Opens   time.Time
	Open    bool // people can hand in
	Closed  bool // it is over; before that only the numbers of sheets are told
	Few     bool // it is over, but fewer than five handed in: nothing is shown
	Before  int  // sheets of the self-rating before
	Sheets  int  // of the evaluation
	Figures []Figure
	Pairs   []Pair // questions asked before and after
}

// Figure is one question's answers, added up. With fewer than five answers only their number is told.
type Figure struct {
	Question *Question
	N        int           // answers
	Few      bool          // too few to be shown
	Counts   []OptionCount // by option, in the options' order; of a ranking by points, the most first
	Mean     float64       // of a scale
	Texts    []string
}

// OptionCount is how often an option was chosen. Of a ranking, Points are three for a first place, two for a second, one for a third, and
// First how often it came first.
type OptionCount struct {
	Value, Label     string
	N, Points, First int
}

// Pair is a self-rating before and after: means of all who answered then, since nobody's two sheets are kept together.
type Pair struct {
	Question      *Question
	Before, After float64
	NBefore, N    int
}

// EvaluationResults computes the results from what is in the store. e is the event as it stands.
func EvaluationResults(src Source, e *Event, now time.Time) (r Results, err error) {
	form := e.Forms[feedbackForm]
	if form == nil {
		return r, nil
	}
	before, err := LoadSheets(src, e.ID, beforeForm)
	if err != nil {
		return r, err
	}
	sheets, err := LoadSheets(src, e.ID, feedbackForm)
	if err != nil {
		return r, err
	}
	r.Before, r.Sheets = len(before), len(sheets)
	opens, closes := e.evaluates(feedbackForm)
	r.Opens, r.Closed = opens, !now.Before(closes)
	r.Open = !r.Closed && !now.Before(opens)
	r.Few = r.Closed && r.Sheets < fewest
	if !r.Closed || r.Few {
		return r, nil
	}
	earlier := e.Forms[beforeForm]
	for _, q := range form.Questions {
		if q.Must != "" {
			continue // the question whether to hand in
		}
		f := e.figure(q, sheets)
		if earlier != nil && earlier.question(q.ID) != nil && q.Type == "scale" {
			was := e.figure(q, before)
			if !f.Few && !was.Few {
				r.Pairs = append(r.Pairs, Pair{Question: q, Before: was.Mean, NBefore: was.N, After: f.Mean, N: f.N})
				continue
			}
		}
		r.Figures = append(r.Figures, f)
	}
	return r, nil
}

// figure adds up the answers of one question.
func (e *Event) figure(q *Question, sheets []Sheet) Figure {
	f, counts, sum := Figure{Question: q}, e.counts(q), 0.0
	for _, s := range sheets {
		answer, given := s[q.ID]
		if !given {
			continue
		}
		f.N++
		switch v := answer.(type) {
		case bool:
			counts.add(map[bool]string{true: "yes", false: "no"}[v], 0)
		case float64:
			sum += v
			counts.add(fmt.Sprintf("%g", v), 0)
		case []any:
			for place, one := range v {
				counts.add(fmt.Sprint(one), place)
			}
		case string:
			if q.Type == "text" {
				f.Texts = append(f.Texts, v)
			} else {
				counts.add(v, 0)
			}
		}
	}
	if f.Few = f.N < fewest && q.Type != "text"; f.Few {
		return f
	}
	slices.Sort(f.Texts)
	if f.Counts = counts; q.From != "" {
		slices.SortStableFunc(f.Counts, func(a, b OptionCount) int { return cmp.Compare(b.Points, a.Points) })
	}
	if q.Type == "scale" && f.N > 0 {
		f.Mean = sum / float64(f.N)
	}
	return f
}

type counts []OptionCount

// counts makes room for every option, those nobody chose too.
func (e *Event) counts(q *Question) (all counts) {
	switch q.Type {
	case "yesno":
		return counts{{Value: "yes", Label: "Yes"}, {Value: "no", Label: "No"}}
	case "text":
		return nil
	}
	for _, o := range e.optionsOf(q) {
		all = append(all, OptionCount{Value: o.Value, Label: o.Label})
	}
	return all
}

// add counts an option chosen at a place, from 0. One the pack has lost since keeps its value as its name.
func (all *counts) add(value string, place int) {
	i := slices.IndexFunc(*all, func(c OptionCount) bool { return c.Value == value })
	if i < 0 {
		*all, i = append(*all, OptionCount{Value: value, Label: value}), len(*all)
	}
	c := &(*all)[i]
	c.N++
	c.Points += max(0, 3-place)
	if place == 0 {
		c.First++
	}
}

// optionsOf are a question's options: its own, the steps of a scale, or the sessions of the programme (the modules while there is none).
func (e *Event) optionsOf(q *Question) []Option {
	switch {
	case q.Type == "scale":
		var steps []Option
		for n := int(*q.Min); n <= int(*q.Max); n++ {
			steps = append(steps, Option{Value: fmt.Sprint(n), Label: fmt.Sprint(n)})
		}
		return steps
	case q.From == "sessions" && len(e.Sessions) > 0:
		var all []Option
		for _, s := range e.Sessions {
			all = append(all, Option{Value: s.ID, Label: s.Name})
		}
		return all
	case q.From == "sessions":
		var all []Option
		for _, m := range e.Modules {
			all = append(all, Option{Value: fmt.Sprintf("module-%d", m.Number), Label: m.Name})
		}
		return all
	}
	return q.Options
}

// results is /results [close]: how the evaluation stands, in words.
func results(t *Turn, args string) {
	switch strings.TrimSpace(args) {
	case "close":
		t.Say("team.results_sure")
		t.Offer(Choice{Label: t.Text("team.results_button"), Value: "/results close now"})
		return
	case "close now":
		if !t.may(MayDecide) {
			t.Say("team.results_may_not")
			return
		}
		t.postAs(eventKey(t.Event.ID), "event/evaluated", nil)
		t.Say("team.results_closed")
		return
	}
	r, err := EvaluationResults(t.src, t.Event, t.At)
	if err != nil {
		t.err = err
		return
	}
	_, closes := t.Event.evaluates(feedbackForm)
	switch {
	case !r.Closed:
		t.Say("team.results_open", "n", r.Sheets, "before", r.Before, "when", t.moment(closes))
		t.Offer(Choice{Label: t.Text("team.results_close"), Value: "/results close"})
	case r.Few:
		t.Say("team.results_few", "n", r.Sheets, "fewest", fewest)
	default:
		t.Say("team.results", "n", r.Sheets)
		t.Tell(strings.Join(r.lines(), "\n"))
		t.Offer(Choice{Label: t.Text("team.report_button"), Value: "/report"})
	}
	t.asked = t.top() != nil && len(t.choices) == 0
}

// lines are the figures in words, a line each.
func (r Results) lines() (all []string) {
	for _, f := range r.Figures {
		line := "• " + f.Question.Short + ": "
		var parts []string
		for _, c := range f.Counts {
			if c.N > 0 {
				parts = append(parts, fmt.Sprintf("%s %d", c.Label, c.N))
			}
		}
		switch {
		case f.Few:
			line += fmt.Sprintf("%d answers, too few to show", f.N)
		case f.Question.Type == "text":
			line += fmt.Sprintf("%d answers in words, in the report", f.N)
		case f.Question.Type == "scale":
			line += fmt.Sprintf("mean %.1f of %g (%d answers)", f.Mean, *f.Question.Max, f.N)
		default:
			line += strings.Join(parts, ", ") + fmt.Sprintf(" (%d answers)", f.N)
		}
		all = append(all, line)
	}
	for _, p := range r.Pairs {
		all = append(all, fmt.Sprintf("• %s: %.1f before (%d), %.1f after (%d)", p.Question.Short, p.Before, p.NBefore, p.After, p.N))
	}
	return all
}

// evaluated hears that an organiser closes the evaluation now.
func (t *eventTurn) evaluated() {
	_, closes := t.event.evaluates(feedbackForm)
	if !t.At.Before(closes) {
		return
	}
	when := t.event.Evaluation
	when.Closes = t.At
	t.changes.Evaluation = &when
	t.out.note(t.Update, "evaluation closed", "", "")
}
