package flows

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// An anonymous form (the evaluation, and the self-rating before the workshop) is answered like any other; what becomes of the answers is
// different.
//
// # What is kept where
//
//	Person.Sheets            the draft, until it is handed in: the person's own, seen by nobody else, removed by /delete
//	Person.Handed            that it was handed in: no time, nothing of what was said
//	evaluation/EVENT/FORM    every sheet handed in, in one document, in the order of their content
//
// A sheet holds the answers and nothing else: no key, no time, no language, no number. It comes to the document by a post of the
// event's own, which writes the whole document anew in the alphabetical order of the sheets; neither its place nor the document's
// revision tells which of them came last, or when. Nothing is derived from the person or from an update, so there is nothing to
// compute back with the installation's secret either. On the web page, where the talk itself is kept, what was typed or tapped for an
// answer is removed as it is heard, and the bot does not repeat answers.
//
// Results are computed once, over all sheets, when the evaluation has closed, and only of five or more: there is never an earlier result
// to subtract from a later one. Until then organisers see how many came, and no name beside it.
//
// # What holds, and what does not
//
// It holds against organisers, whatever they export, back up or read in the store once people have handed in: a sheet is one of so many.
// It does not hold, and people are told so where it is theirs to weigh:
//   - against who runs the server and looks while somebody answers: the draft is in their document then;
//   - against who keeps copies of the store from different days: the sheets in between are those that came in between;
//   - against what the disk keeps of values overwritten (Redis's append-only file until it is rewritten, free pages of the local file);
//   - against who compares revisions: they tell how many messages somebody needed (two sessions named or three), not which;
//   - against the network's own copy of the chat (Telegram, Discord);
//   - against a free text by which its writer is recognised.

// fewest is the smallest group that is shown as figures.
const fewest = 5

// Sheet is what one person answered, by question: a bool, number, string or list of strings.
type Sheet map[string]any

// Sheets is the document of all sheets of one form.
type Sheets struct {
	Sheets []json.RawMessage `json:",omitempty"` // encoded Sheets, in the order of their bytes
}

// SheetsKey is the document of a form's sheets, and the subject of its updates.
func SheetsKey(event, form string) string { return "evaluation/" + event + "/" + form }

// Evaluation says when the evaluation is open.
type Evaluation struct {
	Opens, Closes time.Time // zero: at the beginning of the last day; two weeks after it
}

// evaluates is when an anonymous form is open. The one named "before" is about what people bring: until the end of the first day.
func (e *Event) evaluates(form string) (opens, closes time.Time) {
	if form == beforeForm {
		return time.Time{}, e.Start.AddDate(0, 0, 1)
	}
	opens, closes = e.Evaluation.Opens, e.Evaluation.Closes
	if opens.IsZero() {
		opens = e.End
	}
	if closes.IsZero() {
		closes = e.End.AddDate(0, 0, 15)
	}
	return opens, closes
}

// The names of the two forms that belong together: the same questions before and after are compared.
const (
	beforeForm   = "before"
	feedbackForm = "evaluation"
)

// feedback is /feedback.
func feedback(t *Turn, _ string) {
	f := t.Event.Forms[feedbackForm]
	if f == nil {
		t.Say("evaluation.none")
		t.asked = t.top() != nil
		return
	}
	t.beginSheet(f)
}

// beginSheet begins an anonymous form, or goes on with the draft.
func (t *Turn) beginSheet(f *Form) {
	p := t.Person
	opens, closes := t.Event.evaluates(f.Name)
	switch {
	case slices.Contains(p.Handed, f.Name):
		t.Say("evaluation.handed")
	case !t.participates():
		t.Say("evaluation.not_yours")
	case t.At.Before(opens):
		t.Say("evaluation.opens", "when", t.moment(opens))
	case !t.At.Before(closes):
		t.Say("evaluation.over")
	default:
		if p.Sheets == nil {
			p.Sheets = map[string]*Record{}
		}
		if p.Sheets[f.Name] == nil {
			p.Sheets[f.Name] = &Record{Answers: map[string]Value{}}
		}
		t.Begin(f.Name, f.first(p))
		return
	}
	t.asked = t.top() != nil
}

// handIn sends the draft to the other sheets and forgets it, in one commit.
func (f *Form) handIn(t *Turn) {
	p, sheet := t.Person, Sheet{}
	for _, q := range f.Questions {
		if v := p.record(f.Name).Answers[q.ID]; v.Data != nil && q.Must == "" {
			sheet[q.ID] = v.Data
		}
	}
	delete(p.Sheets, f.Name)
	t.Done()
	if _, closes := t.Event.evaluates(f.Name); !t.At.Before(closes) {
		t.Say("evaluation.over")
		return
	}
	p.Handed = append(p.Handed, f.Name)
	t.out.post(t.At, Update{ID: t.ID + "/sheet", Subject: SheetsKey(t.Event.ID, f.Name), Call: "evaluation/add", Args: Must(sheet)})
	t.Quote(t.form(f.Name+".done", f.Done))
}

// playEvaluation plays what comes to the sheets of a form.
func (b *Book) playEvaluation(u Update, src Source) (Outcome, error) {
	out := Outcome{Subject: u.Subject, Visited: []string{u.Call}}
	docs, err := src.Load(u.Subject)
	if err != nil {
		return out, err
	}
	out.Check = docs
	var all Sheets
	if err := decode(docs[0], &all); err != nil {
		return out, err
	}
	if u.Call != "evaluation/add" {
		return out, fmt.Errorf("flows: evaluation: unknown call %q", u.Call)
	}
	var sheet Sheet
	if json.Unmarshal(u.Args, &sheet) != nil || len(sheet) == 0 {
		return out, nil
	}
	one := Must(sheet) // keys in alphabetical order, whatever was answered first
	i, _ := slices.BinarySearchFunc(all.Sheets, one, func(a, b json.RawMessage) int { return bytes.Compare(a, b) })
	all.Sheets = slices.Insert(all.Sheets, i, one)
	out.Put = append(out.Put, Doc{Key: u.Subject, Data: Must(all)})
	return out, nil
}

// setEvaluation changes when the evaluation opens or closes. What was closed stays closed: results were shown. So a slip must not close
// it: that is a step of its own, "event/evaluated".
func (o *Override) setEvaluation(e *Event, key, value string, now time.Time) (string, error) {
	at, err := parseMoment(value, e.Zone)
	if err != nil {
		return "", err
	}
	when := e.Evaluation
	opens, closes := e.evaluates(feedbackForm)
	day := func(t time.Time) string { return t.In(e.Zone).Format("2006-01-02 15:04") }
	switch {
	case key == "evaluation.opens" && !at.Before(closes):
		return "", fmt.Errorf("flows: the evaluation closes on %s, before it would open; move evaluation.closes first", day(closes))
	case key == "evaluation.opens":
		when.Opens = at
	case !now.Before(closes):
		return "", fmt.Errorf("flows: the evaluation closed on %s and its results can be seen; it cannot be opened again", day(closes))
	case !at.After(now):
		return "", fmt.Errorf("flows: %s is over; to close the evaluation at once, for good, use /results close", day(at))
	case !at.After(opens):
		return "", fmt.Errorf("flows: the evaluation opens on %s; it cannot close before", day(opens))
	default:
		when.Closes = at
	}
	o.Evaluation = &when
	return at.In(e.Zone).Format(time.RFC3339), nil
}

func (e *Event) getEvaluation(key string) (string, error) {
	at, closes := e.evaluates(feedbackForm)
	if key == "evaluation.closes" {
		at = closes
	}
	return at.In(e.Zone).Format(time.RFC3339), nil
}

// LoadSheets reads the sheets of a form.
func LoadSheets(src Source, event, form string) ([]Sheet, error) {
	docs, err := src.Load(SheetsKey(event, form))
	if err != nil {
		return nil, err
	}
	var all Sheets
	if err := decode(docs[0], &all); err != nil {
		return nil, err
	}
	sheets := make([]Sheet, len(all.Sheets))
	for i, one := range all.Sheets {
		if err := json.Unmarshal(one, &sheets[i]); err != nil {
			return nil, fmt.Errorf("flows: sheets of %s: %w", form, err)
		}
	}
	return sheets, nil
}

// sheet is where a person's answers of a form are: those of an anonymous one in the draft.
func (p *Person) sheet(form string) *Record {
	if r := p.Sheets[form]; r != nil {
		return r
	}
	return p.Forms[form]
}

// absorbSheets moves drafts of a person who becomes this one, and what they handed in counts.
func (t *Turn) absorbSheets(gone *Person) {
	p := t.Person
	for _, form := range gone.Handed {
		if !slices.Contains(p.Handed, form) {
			p.Handed = append(p.Handed, form)
		}
	}
	for form, r := range gone.Sheets {
		if p.Sheets == nil {
			p.Sheets = map[string]*Record{}
		}
		if p.Sheets[form] == nil {
			p.Sheets[form] = r
		}
	}
	handed := func(f Frame) bool { return slices.Contains(p.Handed, f.Flow) }
	for _, form := range p.Handed {
		delete(p.Sheets, form)
	}
	p.Talk = slices.DeleteFunc(p.Talk, handed) // what they were in the middle of has nowhere to go
	if p.Asking != nil {
		p.Asking.Aside = slices.DeleteFunc(p.Asking.Aside, handed)
	}
}

// draftless ends an anonymous form whose draft is gone, and says why: no answer to it may be kept with the person.
func (f *Form) draftless(t *Turn) bool {
	if !f.Anonymous || t.Person.Sheets[f.Name] != nil {
		return false
	}
	t.Done()
	t.beginSheet(f)
	return true
}

// sheetTitle is what an anonymous form is called.
func (t *Turn) sheetTitle(form string) string {
	if f := t.Event.Forms[form]; f != nil {
		return t.form(form+".title", f.Title)
	}
	return form
}
