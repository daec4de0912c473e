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
	Roles   []flows.Role
	Observe bool // takes part as an observer
}

// Settled says that there is nothing to decide any more.
func (p *decisionPage) Settled() bool { return p.Decision.Settled(p.Person) }

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
	name := flows.PersonName(p.ID)
	page := &decisionPage{Person: p, Seat: p.Seat, Roles: v.event.Roles, Observe: p.Observes(v.event)}
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
			if by != flows.PersonName(v.reviewer()) {
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
	if v.r.PostFormValue("then") == "next" {
		next, err := v.nextUnscored(p.ID)
		switch {
		case err != nil:
			return err
		case next == "":
			return v.to("/decisions", "all-scored")
		}
		return v.to("/decisions/"+next, "scored-next")
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
	if args.Seen, err = v.was(); err != nil {
		return err
	}
	var before, d flows.Decision
	if err := v.c.load(v.r.Context(), flows.DecisionKey(p.ID), &before); err != nil {
		return err
	}
	rec, err := v.do(flows.Update{Subject: flows.DecisionKey(p.ID), Call: "decision/set", Args: flows.Must(args)})
	if err != nil {
		return err
	}
	if err := v.c.load(v.r.Context(), flows.DecisionKey(p.ID), &d); err != nil {
		return err
	}
	if !rec.Seen && !args.Seen.Is(before.State, before.At) {
		page, err := v.decisionPage(p)
		if err != nil {
			return err
		}
		why := fmt.Sprintf("Nothing was changed: meanwhile %s decided “%s”, %s. You wanted “%s”. Please look again.", d.By, decisionName(d.State), v.moment(d.At), decisionName(args.State))
		return v.again("decision", "Application "+p.Ref, why, page)
	}
	said := "decided"
	if d.State != args.State {
		said = "refused"
	}
	return v.to("/decisions/"+v.r.PathValue("name"), said)
}

// decisionName is how a decision is named on pages.
func decisionName(state string) string {
	switch state {
	case "":
		return "undecided"
	case "waiting":
		return "waiting list"
	}
	return state
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

// setRole says as what somebody takes part.
func (v *visit) setRole() error {
	p, err := v.person()
	if err != nil {
		return err
	}
	role := v.r.PostFormValue("role")
	if !slices.ContainsFunc(v.event.Roles, func(r flows.Role) bool { return r.ID == role }) {
		return v.to("/decisions/"+v.r.PathValue("name"), "refused")
	}
	if _, err := v.do(flows.Update{Subject: p.ID, Call: "seat/role", Args: flows.Must(role)}); err != nil {
		return err
	}
	return v.to("/decisions/"+v.r.PathValue("name"), "role")
}

// release tells those who are selected. It is asked twice: the second page names them all, and wants their number. Who they are is
// read from the store itself.
func (v *visit) release() error {
	told, err := v.untold()
	if err != nil {
		return err
	}
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

// untold are those who are selected and have not been told.
func (v *visit) untold() ([]candidate, error) {
	all, err := v.c.people.all(v.r.Context())
	if err != nil {
		return nil, err
	}
	by := map[string]*row{}
	for _, r := range all {
		by[r.Name] = r
	}
	var told []candidate
	err = v.each("decision/", func(key string, data []byte) {
		d, ok := decidedOf(strings.TrimPrefix(key, "decision/"), data)
		if !ok || d.State != "selected" || !d.Released.IsZero() {
			return
		}
		r := by[d.name]
		if r == nil {
			r = &row{Name: d.name}
		}
		told = append(told, candidate{row: r, Decision: d.Decision})
	})
	slices.SortFunc(told, func(a, b candidate) int { return cmp.Compare(a.RefOr(), b.RefOr()) })
	return told, err
}
