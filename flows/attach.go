package flows

import (
	"slices"
	"strings"
)

// A form can ask for a file. Like an item of the checklist it is on record in the turn that brought it, and fetched as work; the
// form waits at its question until the file is stored.

// fileQuestion is the pending question if it asks for a file.
func (t *Turn) fileQuestion() (*Form, *Question) {
	if f := t.top(); f != nil && t.agreed() {
		if form := t.Event.Forms[f.Flow]; form != nil {
			if q := form.question(f.Step); q != nil && q.Type == "file" {
				return form, q
			}
		}
	}
	return nil, nil
}

func (t *Turn) attach(form *Form, q *Question, file File) {
	u := &Upload{ID: t.ID + "/f0", Name: FileName(file.Name), Sent: t.Sent, State: "receiving", Size: file.Size}
	if t.Person.Attached == nil {
		t.Person.Attached = map[string]*Upload{}
	}
	t.Person.Attached[form.Name+"."+q.ID] = u
	rules := FetchRules{Person: t.Person.ID, Max: t.Event.MaxFile, Types: q.Types, Echo: Must(u.ID)}
	t.out.Work = append(t.out.Work, Work{Name: "f0", Kind: "fetch", Call: "documents/fetched", File: file, From: t.From, Blob: u.ID, Args: Must(rules)})
	t.Say("documents.receiving_loose", "file", u.Name)
}

// attached hears how fetching an attached file went; false: it is none.
func (t *Turn) attached(id string, result Fetched) bool {
	for _, key := range sortedKeys(t.Person.Attached) {
		u := t.Person.Attached[key]
		if u.ID != id {
			continue
		}
		if u.State != "receiving" {
			return true
		}
		formName, question, _ := strings.Cut(key, ".")
		form := t.Event.Forms[formName]
		var q *Question
		if form != nil {
			q = form.question(question)
		}
		if q == nil { // a newer pack does not ask for it any more
			delete(t.Person.Attached, key)
			t.discard(u)
			return true
		}
		u.State, u.Size, u.Type, u.Hash, u.Pages = "received", result.Size, result.Type, result.Hash, result.Pages
		if result.Problem != "" {
			delete(t.Person.Attached, key)
			t.Say("documents.problem."+result.Problem, "file", u.Name, "kinds", kinds(q.Types), "pages", result.Pages, "most", 0)
			t.asked = t.top() != nil
			return true
		}
		t.Say("documents.received_loose", "file", u.Name)
		value := Value{Data: u.ID, Text: u.Name}
		if f := t.top(); f != nil && f.Flow == formName && f.Step == question {
			form.keep(t, q, value)
		} else if slices.Contains(form.steps(), question) {
			t.Person.record(formName).Answers[question] = value
		}
		return true
	}
	return false
}
