package flows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A form is a conversation whose steps are its questions. Answers are written to the person's record as they are given; the frame
// only remembers which question is pending, so a form can be taken up again days later.

func (f *Form) steps() []string {
	names := make([]string, len(f.Questions))
	for i, q := range f.Questions {
		names[i] = q.ID
	}
	return names
}

func (f *Form) question(id string) *Question {
	for _, q := range f.Questions {
		if q.ID == id {
			return q
		}
	}
	return nil
}

// first is the question to begin with: the first one without an answer, or the first of all when everything was answered.
func (f *Form) first(p *Person) string {
	r := p.record(f.Name)
	for _, q := range f.Questions {
		if _, given := r.Answers[q.ID]; !given && r.meets(q.When) {
			return q.ID
		}
	}
	return f.Questions[0].ID
}

// ask asks the pending question, or ends the form when none is left.
func (f *Form) ask(t *Turn) {
	q := f.question(t.top().Step)
	if q == nil { // the pack lost the question since
		f.next(t, nil)
		return
	}
	if len(t.top().Trail) == 0 && q == f.Questions[0] && f.Intro != "" && t.top().Vars["intro"] == "" {
		t.top().set("intro", "said")
		t.Quote(t.form(f.Name+".intro", f.Intro))
	}
	t.Quote(t.form(f.sentence(q, "ask"), q.Ask))
	if old, ok := t.Person.Answer(f.Name, q.ID); ok && f.Anonymous {
		if several, _ := old.Data.([]any); len(several) > 0 { // what they are is not said: the talk may be kept
			t.Say("form.chosen_n", "n", len(several))
		}
	} else if ok && old.Text != "" {
		if q.Type == "choices" {
			t.Say("form.chosen", "answer", f.shown(t, q, old))
		} else {
			t.Say("form.so_far", "answer", f.shown(t, q, old))
		}
	}
	t.Offer(f.choices(t, q)...)
}

func (f *Form) choices(t *Turn, q *Question) []Choice {
	options := f.options(t, q)
	switch q.Type {
	case "choices":
		options = append(options, Option{Value: "done", Label: t.Text("form.done_choosing")})
	case "place":
		if t.top().Vars["ask"] != "" {
			options = askedPlaces(t)
		}
	}
	var choices []Choice
	for _, o := range options {
		choices = append(choices, Choice{Label: o.Label, Value: f.Name + "/" + q.ID + "/" + o.Value})
	}
	return choices
}

// take reads an answer as the question's type wants it.
func (f *Form) take(t *Turn, in Input) bool {
	q := f.question(t.top().Step)
	if q == nil {
		f.next(t, nil)
		return true
	}
	if f.draftless(t) {
		return true
	}
	t.forget = t.forget || f.Anonymous
	if q.Type == "place" {
		return f.takePlace(t, q, in)
	}
	if q.Type == "choices" {
		return f.takeSeveral(t, q, in)
	}
	v, ok := f.read(t, q, in)
	if !ok || q.Must != "" && v.Data != (q.Must == "yes") {
		return false
	}
	f.keep(t, q, v)
	return true
}

// read reads an answer of one of the simple types.
func (f *Form) read(t *Turn, q *Question, in Input) (Value, bool) {
	switch q.Type {
	case "file": // files come in through receive
		return Value{}, false
	case "number":
		n, ok := in.Number()
		return Value{Data: n, Text: strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0")}, ok && within(n, q.Min, q.Max)
	case "email":
		e, ok := in.Email()
		return Value{Data: e, Text: e}, ok
	case "date":
		d, ok := in.date(t.dateWords())
		return Value{Data: d.Format(time.DateOnly), Text: Day(d)}, ok
	case "yesno":
		o, ok := in.Pick(yesno(t))
		return Value{Data: o.Value == "yes", Text: o.Label}, ok
	case "scale":
		o, ok := in.Pick(f.options(t, q))
		n, _ := strconv.ParseFloat(o.Value, 64)
		return Value{Data: n, Text: o.Label}, ok
	case "choice":
		o, ok := in.Pick(f.options(t, q))
		return Value{Data: o.Value, Text: q.label(o.Value)}, ok
	}
	text := strings.Join(strings.Fields(in.Text), " ")
	least := 1.0
	if q.Min != nil {
		least = *q.Min
	}
	most := 500.0
	if q.Max != nil {
		most = *q.Max
	}
	letters := strings.ContainsFunc(text, func(r rune) bool { return r >= '0' && r <= '9' || isLetter(r) })
	asks := strings.HasSuffix(text, "?") && !f.Anonymous && most <= 200 // no name or title is a question
	return Value{Data: text, Text: text}, letters && !asks && within(float64(utf8.RuneCountInString(text)), &least, &most)
}

func within(n float64, least, most *float64) bool {
	return (least == nil || n >= *least) && (most == nil || n <= *most)
}

// takeSeveral collects choices until "done"; several may come in one line, separated by commas.
func (f *Form) takeSeveral(t *Turn, q *Question, in Input) bool {
	if in.Is(Option{Value: "done", Label: t.Text("form.done_choosing"), Also: t.texts.Words("words.done")}) {
		chosen, _ := t.Person.Answer(f.Name, q.ID)
		values, _ := chosen.Data.([]any)
		if !within(float64(len(values)), q.Min, nil) || len(values) == 0 && !q.Optional {
			return false
		}
		f.next(t, q)
		return true
	}
	var picked []Option
	for part := range strings.SplitSeq(in.Text, ",") {
		o, ok := Input{Text: part, Choice: in.Choice}.Pick(f.options(t, q))
		if !ok {
			return false
		}
		picked = append(picked, o)
	}
	return f.toggle(t, q, picked)
}

// toggle chooses options, and leaves out those chosen before; false: that would be too many.
func (f *Form) toggle(t *Turn, q *Question, picked []Option) bool {
	r := t.Person.record(f.Name)
	var values []any
	if old, ok := r.Answers[q.ID].Data.([]any); ok {
		values = slices.Clone(old)
	}
	for _, o := range picked {
		if i := slices.Index(values, any(o.Value)); i >= 0 {
			values = slices.Delete(values, i, i+1)
		} else {
			values = append(values, o.Value)
		}
	}
	if !within(float64(len(values)), nil, q.Max) {
		return false
	}
	var labels []string
	for _, o := range t.Event.optionsOf(q) {
		if slices.Contains(values, any(o.Value)) {
			labels = append(labels, o.Label)
		}
	}
	r.Answers[q.ID] = Value{Data: values, Text: strings.Join(labels, ", ")}
	t.Again()
	return true
}

// takePlace reads a place: exact ones are kept, doubtful ones confirmed, ambiguous ones asked.
func (f *Form) takePlace(t *Turn, q *Question, in Input) bool {
	r, ok := t.hearPlace(in)
	if ok && len(r.Places) > 0 {
		place := r.Places[0]
		f.keep(t, q, Value{Data: place.Name, Text: placeName(place), More: map[string]string{
			"country": place.Code, "city": place.City, "zone": onlyZone(place)}})
	}
	return ok
}

// keep writes an answer and goes on.
func (f *Form) keep(t *Turn, q *Question, v Value) {
	t.Person.record(f.Name).Answers[q.ID] = v
	// People read their messages where they work; where they depart from is the next best guess, citizenship is none.
	if z := v.More["zone"]; z != "" && (q.ID == "workplace" || q.ID == "departure" && t.Person.Zone == "") {
		t.Person.Zone = z
	}
	f.next(t, q)
}

// next finds the next question without an answer; after the last one the form ends. A frame that corrects one answer ends at once, but in a
// form that was never finished it goes on with what is still to be answered, while that can be.
func (f *Form) next(t *Turn, after *Question) {
	top, r := t.top(), t.Person.record(f.Name)
	delete(top.Vars, "ask")
	if top.Vars["only"] != "" {
		t.Say("form.changed")
		if !r.Done.IsZero() {
			f.end(t)
			return
		}
		delete(top.Vars, "only")
		if t.closeLate(); t.top() == nil || t.top().Flow != f.Name {
			return
		}
		top, after = t.top(), nil
	}
	i := slices.Index(f.Questions, after) + 1
	for ; i < len(f.Questions); i++ {
		q := f.Questions[i]
		_, given := r.Answers[q.ID]
		switch holds := r.meets(q.When); {
		case holds && (!given || top.Vars["anew"] != ""):
			t.Goto(q.ID)
			return
		case !holds:
			delete(r.Answers, q.ID) // a correction made the question moot
		}
	}
	f.end(t)
}

// end says the verdict, or that the form is done, and what follows it.
func (f *Form) end(t *Turn) {
	if f.Anonymous {
		f.handIn(t)
		return
	}
	r := t.Person.record(f.Name)
	corrected := t.top().Vars["only"] != "" && !r.Done.IsZero()
	r.Done = t.At
	t.Done()
	if !corrected || len(f.Verdicts) > 0 {
		f.conclude(t, r)
	}
	if t.Event.task(f.Name) != nil && t.top() == nil {
		tasks(t, "")
	}
	if after := afterForm[f.Name]; after != nil {
		after(t)
	}
}

func (f *Form) conclude(t *Turn, r *Record) {
	for _, v := range f.Verdicts {
		if !r.meets(v.When) {
			continue
		}
		t.Quote(t.form(f.Name+".verdict."+v.Name, v.Say))
		if v.Rule != "" {
			t.Say("form.rule", "rule", v.Rule)
		}
		if v.Next != "" {
			t.Offer(t.Command(v.Next))
		}
		return
	}
	t.Quote(t.form(f.Name+".done", f.Done), r.pairs()...)
}

// pairs are the answers for placeholders, by question.
func (r *Record) pairs() (pairs []any) {
	for id, v := range r.Answers {
		pairs = append(pairs, id, v.Text)
	}
	return pairs
}

// skip leaves an optional question out, or keeps the answer given before.
func (f *Form) skip(t *Turn) bool {
	q := f.question(t.top().Step)
	if q == nil {
		return false
	}
	if f.draftless(t) {
		return true
	}
	t.forget = t.forget || f.Anonymous
	if _, given := t.Person.Answer(f.Name, q.ID); !given {
		if !q.Optional {
			return false
		}
		t.Person.record(f.Name).Answers[q.ID] = Value{}
	}
	f.next(t, q)
	return true
}

func (f *Form) back(t *Turn) bool { delete(t.top().Vars, "ask"); return t.top().back(t) }

func (f *Form) free(*Turn) bool { return false }

func (f *Form) hint(t *Turn) {
	q := f.question(t.top().Step)
	_, yesOrNo := Input{Text: clean(t.Update.Text)}.Pick(yesno(t))
	switch {
	case q == nil:
	case q.Must != "" && !yesOrNo: // the form's own error is for who says no
		t.Say("form.error.yesno")
	case q.Error != "":
		t.Quote(t.form(f.sentence(q, "error"), q.Error))
	default:
		t.Say("form.error." + q.Type)
	}
	if q != nil && q.Help != "" {
		t.Quote(t.form(f.sentence(q, "help"), q.Help))
	}
}

// change corrects an earlier answer: a tapped choice of an earlier question, or "change my e-mail".
func (f *Form) change(t *Turn, in Input) bool {
	var options []Option
	for _, q := range f.Questions {
		options = append(options, Option{Value: q.ID, Label: f.short(t, q), Also: []string{q.ID, q.Short}})
	}
	o, ok := Input{Text: in.Text}.Pick(options)
	q := f.question(in.Text)
	if q == nil && ok {
		q = f.question(o.Value)
	}
	if q == nil || t.top().Step == q.ID {
		return false
	}
	if _, given := t.Person.Answer(f.Name, q.ID); !given {
		return false
	}
	pending := t.top().Step
	t.Goto(q.ID)
	t.forget = t.forget || f.Anonymous
	if in.Choice != "" {
		if v, ok := f.read(t, q, Input{Choice: in.Choice}); ok {
			t.Person.record(f.Name).Answers[q.ID] = v
			t.Say("form.changed")
			t.Goto(pending)
		}
	}
	return true
}
