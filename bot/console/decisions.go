package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"olle/flows"
	"olle/storage"
)

// candidate is one application among the others.
type candidate struct {
	*row
	Decision flows.Decision
	Reviews  int
	Mean     float64 // of the reviews that have scores; shown once one has given one's own
	Mine     *flows.Review
}

// Shown is the mean as this reviewer may see it: not before they have given their own view, so that it stays their own.
func (c candidate) Shown() string {
	switch {
	case c.Mine == nil && c.Reviews > 0:
		return "hidden until yours"
	case c.Mean == 0:
		return "–"
	}
	return strconv.FormatFloat(c.Mean, 'f', 2, 64)
}

// MineShown is the reviewer's own score.
func (c candidate) MineShown(criteria []flows.Criterion) string {
	if c.Mine == nil {
		return "–"
	}
	if c.Mine.Conflict {
		return "conflict"
	}
	mean, _ := c.Mine.Score(criteria)
	return strconv.FormatFloat(mean, 'f', 2, 64)
}

type decisionsPage struct {
	Show     string
	Rows     []candidate
	Pager    pager
	Criteria []flows.Criterion
	Selected int // decided, not told yet
	Waiting  int
	Told     int
}

// Complete says whether all documents are here, or were e-mailed.
func (c candidate) Complete(e *flows.Event) bool {
	return len(c.Items) == len(e.Items) || stageOrder(c.Stage) >= stageOrder("complete")
}

// nextUnscored is the application after this one that the visitor has not scored, those that are complete before the others; "" none.
func (v *visit) nextUnscored(after string) (string, error) {
	all, err := v.candidates()
	all = slices.DeleteFunc(all, func(c candidate) bool { return c.Mine != nil || "person/"+c.Name == after })
	if err != nil || len(all) == 0 {
		return "", err
	}
	ref := flows.RefOf(v.event, flows.PersonName(after))
	first := func(c candidate) int { // complete ones, and after this one, come first
		n := 0
		if !c.Complete(v.event) {
			n = 2
		}
		if c.RefOr() < ref {
			n++
		}
		return n
	}
	return slices.MinFunc(all, func(a, b candidate) int { return cmp.Or(first(a)-first(b), cmp.Compare(a.RefOr(), b.RefOr())) }).Name, nil
}

// reviewer is the name under which this organiser reviews.
func (v *visit) reviewer() string { return cmp.Or(v.session.Person, string(flows.Operator)) }

// scored is one review, decided one decision, with the name of whom it is about.
type scored struct {
	name, by string
	flows.Review
}

type decided struct {
	name string
	flows.Decision
}

func scoredOf(key string, data []byte) (s scored, ok bool) {
	s.name, s.by, _ = strings.Cut(key, "/")
	return s, json.Unmarshal(data, &s.Review) == nil
}

func decidedOf(key string, data []byte) (d decided, ok bool) {
	d.name = key
	return d, json.Unmarshal(data, &d.Decision) == nil
}

// candidates are all who began to apply, with what reviewers and the team think.
func (v *visit) candidates() ([]candidate, error) {
	all, err := v.c.people.all(v.r.Context())
	if err != nil {
		return nil, err
	}
	scores, err := v.c.scores.all(v.r.Context())
	if err != nil {
		return nil, err
	}
	choices, err := v.c.choices.all(v.r.Context())
	if err != nil {
		return nil, err
	}
	reviews, decisions := map[string]map[string]flows.Review{}, make(map[string]flows.Decision, len(choices))
	for _, d := range choices {
		decisions[d.name] = d.Decision
	}
	for _, s := range scores {
		if reviews[s.name] == nil {
			reviews[s.name] = map[string]flows.Review{}
		}
		reviews[s.name][s.by] = s.Review
	}
	var list []candidate
	for _, r := range all {
		if applied(r) {
			list = append(list, v.candidate(r, decisions[r.Name], reviews[r.Name]))
		}
	}
	return list, nil
}

func (v *visit) candidate(r *row, d flows.Decision, reviews map[string]flows.Review) candidate {
	c := candidate{row: r, Decision: d}
	sum, n := 0.0, 0
	for by, one := range reviews {
		if mean, ok := one.Score(v.event.Criteria); ok {
			sum, n = sum+mean, n+1
		}
		if by == flows.PersonName(v.reviewer()) {
			c.Mine = &one
		}
	}
	if c.Reviews = n; n > 0 {
		c.Mean = sum / float64(n)
	}
	return c
}

// each reads all documents under a prefix.
func (v *visit) each(prefix string, f func(key string, data []byte)) error {
	for d, err := range storage.Each(v.r.Context(), v.c.opt.Store, prefix) {
		if err != nil {
			return fmt.Errorf("console: list %s: %w", prefix, err)
		}
		f(d.Key, d.Data)
	}
	return nil
}

// decisions lists the applications with scores and what is decided.
func (v *visit) decisions() error {
	all, err := v.candidates()
	if err != nil {
		return err
	}
	p := decisionsPage{Show: v.r.URL.Query().Get("show"), Criteria: v.event.Criteria}
	var hits []candidate
	for _, c := range all {
		switch told := !c.Decision.Released.IsZero(); {
		case told:
			p.Told++
		case c.Decision.State == "selected":
			p.Selected++
		case c.Decision.State == "waiting":
			p.Waiting++
		}
		if p.Show == "" || p.Show == "complete" && c.Complete(v.event) || p.Show == "undecided" && c.Decision.State == "" || p.Show == "unscored" && c.Mine == nil || p.Show == c.Decision.State {
			hits = append(hits, c)
		}
	}
	slices.SortFunc(hits, func(a, b candidate) int {
		if a.Mine != nil && b.Mine != nil {
			return cmp.Or(cmp.Compare(b.Mean, a.Mean), cmp.Compare(a.RefOr(), b.RefOr()))
		}
		if (a.Mine == nil) != (b.Mine == nil) {
			return map[bool]int{true: 1, false: -1}[a.Mine == nil]
		}
		return cmp.Compare(a.RefOr(), b.RefOr())
	})
	p.Pager = newPager(v.r.URL, len(hits))
	p.Rows = hits[p.Pager.from:p.Pager.to]
	return v.show("decisions", "Decisions", p)
}
