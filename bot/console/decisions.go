package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"olle/flows"
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
	Show       string
	Rows       []candidate
	Pager      pager
	Criteria   []flows.Criterion
	Selected   int // decided, not told yet
	Waiting    int
	Told       int
	LastChange *flows.Release
}

// reviewer is the name under which this organiser reviews.
func (v *visit) reviewer() string { return cmp.Or(v.session.Person, string(flows.Operator)) }

// candidates are all who began to apply, with what reviewers and the team think. It reads what is decided anew: nothing here is a hint.
func (v *visit) candidates() ([]candidate, error) {
	all, err := v.c.people.all(v.r.Context())
	if err != nil {
		return nil, err
	}
	decisions, reviews := map[string]flows.Decision{}, map[string]map[string]flows.Review{}
	err = v.each("decision/", func(key string, data []byte) {
		var d flows.Decision
		if json.Unmarshal(data, &d) == nil {
			decisions[strings.TrimPrefix(key, "decision/")] = d
		}
	})
	if err != nil {
		return nil, err
	}
	err = v.each("review/", func(key string, data []byte) {
		name, by, _ := strings.Cut(strings.TrimPrefix(key, "review/"), "/")
		var r flows.Review
		if json.Unmarshal(data, &r) == nil {
			if reviews[name] == nil {
				reviews[name] = map[string]flows.Review{}
			}
			reviews[name][by] = r
		}
	})
	var list []candidate
	for _, r := range all {
		if applied(r) {
			list = append(list, v.candidate(r, decisions[r.Name], reviews[r.Name]))
		}
	}
	return list, err
}

func (v *visit) candidate(r *row, d flows.Decision, reviews map[string]flows.Review) candidate {
	c := candidate{row: r, Decision: d}
	sum, n := 0.0, 0
	for by, one := range reviews {
		if mean, ok := one.Score(v.event.Criteria); ok {
			sum, n = sum+mean, n+1
		}
		if by == strings.TrimPrefix(v.reviewer(), "person/") {
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
	for after := ""; ; {
		docs, err := v.c.opt.Store.List(v.r.Context(), prefix, after, readPage)
		if err != nil {
			return fmt.Errorf("console: list %s: %w", prefix, err)
		}
		for _, d := range docs {
			f(d.Key, d.Data)
			after = d.Key
		}
		if len(docs) < readPage {
			return nil
		}
	}
}

// decisions lists the applications with scores and what is decided.
func (v *visit) decisions() error {
	all, err := v.candidates()
	if err != nil {
		return err
	}
	p := decisionsPage{Show: v.r.URL.Query().Get("show"), Criteria: v.event.Criteria, LastChange: v.changes.Release}
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
		if p.Show == "" || p.Show == "undecided" && c.Decision.State == "" || p.Show == "unscored" && c.Mine == nil || p.Show == c.Decision.State {
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

// scoreLine is one criterion with the score the reviewer gave.
type scoreLine struct {
	flows.Criterion
	Score int
}

// decisionPage is one application as reviewers see it: without name and addresses.
type decisionPage struct {
	candidate
	Person  *flows.Person
	Answers []answerGroup
	Lines   []scoreLine
	Others  []flows.Review // shown once one has given one's own
	Seat    *flows.Seat
}

// personal are the answers that say who somebody is: reviewers score without them.
var personal = []string{"full_name", "email", "phone", "organisation"}

func (v *visit) decision() error {
	p, err := v.person()
	if err != nil {
		return err
	}
	page, err := v.decisionPage(p)
	if err != nil {
		return err
	}
	return v.show("decision", "Application "+p.Ref, page)
}

func (v *visit) decisionPage(p *flows.Person) (*decisionPage, error) {
	name := strings.TrimPrefix(p.ID, "person/")
	page := &decisionPage{Person: p, Seat: p.Seat}
	var d flows.Decision
	if err := v.c.load(v.r.Context(), flows.DecisionKey(p.ID), &d); err != nil {
		return nil, err
	}
	reviews := map[string]flows.Review{}
	err := v.each(flows.ReviewKey(p.ID, ""), func(key string, data []byte) {
		var r flows.Review
		if json.Unmarshal(data, &r) == nil {
			reviews[key[strings.LastIndexByte(key, '/')+1:]] = r
		}
	})
	if err != nil {
		return nil, err
	}
	card := &row{Name: name}
	card.Card.Ref, card.Card.Stage = p.Ref, p.Stage(v.event)
	page.candidate = v.candidate(card, d, reviews)
	for _, c := range v.event.Criteria {
		line := scoreLine{Criterion: c}
		if page.Mine != nil {
			line.Score = page.Mine.Scores[c.ID]
		}
		page.Lines = append(page.Lines, line)
	}
	if page.Mine != nil {
		for _, by := range slices.Sorted(maps.Keys(reviews)) {
			if by != strings.TrimPrefix(v.reviewer(), "person/") {
				page.Others = append(page.Others, reviews[by])
			}
		}
	}
	page.Answers = v.blind(p)
	return page, nil
}

// blind is what somebody answered, without what says who they are.
func (v *visit) blind(p *flows.Person) []answerGroup {
	shown := *p
	shown.Forms = map[string]*flows.Record{}
	for form, r := range p.Forms {
		answers := maps.Clone(r.Answers)
		for _, id := range personal {
			delete(answers, id)
		}
		shown.Forms[form] = &flows.Record{Answers: answers}
	}
	return v.answers(&shown)
}

// score keeps this reviewer's view.
func (v *visit) score() error {
	p, err := v.person()
	if err != nil {
		return err
	}
	r := flows.Review{Scores: map[string]int{}, Conflict: v.r.PostFormValue("conflict") == "yes", Note: strings.TrimSpace(v.r.PostFormValue("note"))}
	for _, c := range v.event.Criteria {
		if n, err := strconv.Atoi(v.r.PostFormValue("score-" + c.ID)); err == nil && n >= 1 && n <= 5 {
			r.Scores[c.ID] = n
		}
	}
	if !r.Conflict && len(r.Scores) < len(v.event.Criteria) || len(r.Note) > flows.MaxNote {
		page, err := v.decisionPage(p)
		if err != nil {
			return err
		}
		return v.again("decision", "Application "+p.Ref, "Please give every criterion a score from 1 to 5, or declare a conflict.", page)
	}
	if _, err := v.do(flows.Update{Subject: flows.ReviewKey(p.ID, v.reviewer()), Call: "review/score", Args: flows.Must(r)}); err != nil {
		return err
	}
	return v.to("/decisions/"+v.r.PathValue("name"), "scored")
}

// decide keeps what is decided so far. Nobody outside can see it.
func (v *visit) decide() error {
	p, err := v.person()
	if err != nil {
		return err
	}
	args := flows.DecisionArgs{State: v.r.PostFormValue("state")}
	if args.State == "waiting" {
		args.Rank, _ = strconv.Atoi(v.r.PostFormValue("rank"))
		args.Rank = max(args.Rank, 0)
	}
	if _, err := v.do(flows.Update{Subject: flows.DecisionKey(p.ID), Call: "decision/set", Args: flows.Must(args)}); err != nil {
		return err
	}
	var d flows.Decision
	if err := v.c.load(v.r.Context(), flows.DecisionKey(p.ID), &d); err != nil {
		return err
	}
	said := "decided"
	if d.State != args.State {
		said = "refused"
	}
	return v.to("/decisions/"+v.r.PathValue("name"), said)
}

// revokeSeat takes a seat back that was offered or confirmed.
func (v *visit) revokeSeat() error {
	p, err := v.person()
	if err != nil {
		return err
	}
	if p.Seat == nil || v.r.PostFormValue("sure") != "yes" {
		return v.to("/decisions/"+v.r.PathValue("name"), "refused")
	}
	if _, err := v.do(flows.Update{Subject: p.ID, Call: "seat/revoke"}); err != nil {
		return err
	}
	return v.to("/decisions/"+v.r.PathValue("name"), "revoked")
}

// release tells those who are selected. It is asked twice: the second page names them all, and wants their number.
func (v *visit) release() error {
	all, err := v.candidates()
	if err != nil {
		return err
	}
	var told []candidate
	for _, c := range all {
		if c.Decision.State == "selected" && c.Decision.Released.IsZero() {
			told = append(told, c)
		}
	}
	slices.SortFunc(told, func(a, b candidate) int { return cmp.Compare(a.RefOr(), b.RefOr()) })
	n := strings.TrimSpace(v.r.PostFormValue("number"))
	switch {
	case len(told) == 0:
		return v.to("/decisions", "nobody")
	case n == "":
		return v.show("release", "Release the decisions", told)
	case n != strconv.Itoa(len(told)):
		return v.again("release", "Release the decisions", "That is not their number. Nobody has been told.", told)
	}
	if _, err := v.do(flows.Update{Subject: "event/" + v.event.ID, Call: "event/release"}); err != nil {
		return err
	}
	return v.to("/decisions", "told")
}
