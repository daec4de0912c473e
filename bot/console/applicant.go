package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"olle/flows"
)

var personName = regexp.MustCompile(`^[a-z2-7]{16}$`)

// answerGroup is what somebody answered in one form.
type answerGroup struct {
	Title string
	Pairs [][2]string
}

// itemLine is one document of the checklist.
type itemLine struct {
	flows.Item
	Now   *flows.Upload // newest version; nil: nothing came
	State string        // as pages name it
	Older []flows.Kept
}

// moment is one line of somebody's history.
type moment struct {
	At       time.Time
	What, By string
}

type noteLine struct {
	flows.Note
	Key  string
	Mine bool
}

// applicantPage is what the page of one person shows.
type applicantPage struct {
	Name      string
	Person    *flows.Person
	Stage     string
	Answers   []answerGroup
	Items     []itemLine
	Others    []flows.Kept // files that belong to no item
	Timeline  []moment
	Notes     []noteLine
	Late      bool
	MaxReason int
	Typed     map[string]string // what was typed into a form that is shown again
}

// person loads the person of the address; who is not there, or is no person, is not found.
func (v *visit) person() (*flows.Person, error) {
	name := v.r.PathValue("name")
	if !personName.MatchString(name) {
		return nil, errNotFound
	}
	var p flows.Person
	if err := v.c.load(v.r.Context(), "person/"+name, &p); err != nil {
		return nil, err
	}
	if p.ID == "" {
		return nil, errNotFound
	}
	return &p, nil
}

func (v *visit) applicant() error {
	p, err := v.person()
	if err != nil {
		return err
	}
	page, err := v.applicantPage(p)
	if err != nil {
		return err
	}
	return v.show("applicant", cmp.Or(nameOf(p), p.Ref), page)
}

func nameOf(p *flows.Person) string {
	answer, _ := p.Answer("profile", "full_name")
	return answer.Text
}

func (v *visit) applicantPage(p *flows.Person) (*applicantPage, error) {
	page := &applicantPage{Name: flows.PersonName(p.ID), Person: p, Stage: p.Stage(v.event), Answers: v.answers(p),
		Late: v.event.Closed || v.now.After(v.event.Deadline), MaxReason: flows.MaxReason}
	page.Items, page.Others = v.itemLines(p)
	var err error
	if page.Notes, err = v.notes(p); err != nil {
		return nil, err
	}
	page.Timeline, err = v.timeline(p)
	return page, err
}

// answers are all answers, form by form as the pack orders them.
func (v *visit) answers(p *flows.Person) []answerGroup {
	var all []answerGroup
	names := []string{"profile", "eligibility"}
	for name := range p.Forms {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[2:])
	for _, name := range names {
		form := v.event.Forms[name]
		if form == nil {
			continue
		}
		g := answerGroup{Title: form.Title}
		for _, q := range form.Questions {
			if a, ok := p.Answer(name, q.ID); ok && a.Text != "" {
				g.Pairs = append(g.Pairs, [2]string{cmp.Or(q.Short, q.ID), a.Text})
			}
		}
		if len(g.Pairs) > 0 {
			all = append(all, g)
		}
	}
	return all
}

// itemLines are the checklist with its files, and the files that belong to none.
func (v *visit) itemLines(p *flows.Person) (lines []itemLine, others []flows.Kept) {
	kept := p.Files(v.event)
	for _, it := range v.event.Items {
		line := itemLine{Item: it, Now: p.Items[it.ID], State: "missing"}
		if line.Now != nil {
			line.State = line.Now.State
		}
		for _, k := range kept {
			if k.Item != nil && k.Item.ID == it.ID && k.Upload != line.Now {
				line.Older = append(line.Older, k)
			}
		}
		lines = append(lines, line)
	}
	for _, k := range kept {
		if k.Item == nil && k.Path != "" {
			others = append(others, k)
		}
	}
	return lines, others
}

// notes are what organisers wrote, newest first; also about the persons that became this one.
func (v *visit) notes(p *flows.Person) ([]noteLine, error) {
	var all []noteLine
	for _, id := range append([]string{p.ID}, p.Joined...) {
		docs, err := v.c.opt.Store.List(v.r.Context(), flows.NotesKey(id), "", readPage)
		if err != nil {
			return nil, fmt.Errorf("console: read notes: %w", err)
		}
		for _, d := range docs {
			n := noteLine{Key: d.Key}
			if json.Unmarshal(d.Data, &n.Note) == nil {
				n.Mine = n.By == v.session.By || v.May(flows.MayAdmin)
				all = append(all, n)
			}
		}
	}
	slices.SortFunc(all, func(a, b noteLine) int { return b.At.Compare(a.At) })
	return all, nil
}

// timeline is what is on record of somebody, newest first.
func (v *visit) timeline(p *flows.Person) ([]moment, error) {
	all := []moment{
		{At: p.Born, What: "First word"}, {At: p.Began, What: "Began to apply"}, {At: p.Seen, What: "Last word"},
		{At: p.Mailed, What: "Said that the documents were e-mailed"},
	}
	if p.Consent != nil {
		all = append(all, moment{At: p.Consent.At, What: "Agreed to the notice, version " + p.Consent.Version})
	}
	for _, k := range p.Files(v.event) {
		what := "File came: " + k.Name
		if k.Item != nil {
			what = fmt.Sprintf("Document %d came: %s", k.Item.Number, k.Item.Short)
		}
		if k.Status == "refused" {
			what += " (refused: " + k.Problem + ")"
		}
		all = append(all, moment{At: k.Sent, What: what})
	}
	entries, err := v.entries()
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Whom == p.Ref {
			all = append(all, moment{At: e.At, What: strings.TrimSuffix(e.What+": "+e.Detail, ": "), By: e.By})
		}
	}
	all = slices.DeleteFunc(all, func(m moment) bool { return m.At.IsZero() })
	slices.SortStableFunc(all, func(a, b moment) int { return b.At.Compare(a.At) })
	return all, nil
}
