package console

import (
	"cmp"
	"slices"

	"olle/flows"
)

// plansPage is how the cohort's action plans stand.
type plansPage struct {
	Plans           []*flows.Plan
	States, Targets []counted
	Shared          int
}

type counted struct {
	Label string
	N, Of int
}

// planStates are the states as pages name them.
var planStates = map[string]string{"": "nothing said yet", "going": "on the way", "stuck": "stuck", "done": "done"}

// PlanState is how a state of a plan is named on pages.
func (s sheet) PlanState(state string) string { return planStates[state] }

// Last is the last check-in of a plan, nil when there was none.
func (s sheet) Last(p *flows.Plan) *flows.PlanCheck {
	if n := len(p.Checks); n > 0 {
		return &p.Checks[n-1]
	}
	return nil
}

func (v *visit) plansPage() (p plansPage, err error) {
	plans, err := flows.ReadPlans(v.source())
	if err != nil {
		return p, err
	}
	states, targets := map[string]int{}, map[string]int{}
	for _, name := range sortedNames(plans) {
		plan := plans[name]
		p.Plans = append(p.Plans, plan)
		states[plan.State()]++
		targets[cmp.Or(plan.Target, "none")]++
		if plan.Shared {
			p.Shared++
		}
	}
	order := map[string]int{"stuck": 0, "": 1, "going": 2, "done": 3}
	slices.SortStableFunc(p.Plans, func(a, b *flows.Plan) int {
		return cmp.Or(order[a.State()]-order[b.State()], cmp.Compare(a.Name, b.Name), cmp.Compare(a.Ref, b.Ref))
	})
	for _, state := range flows.PlanStates() {
		p.States = append(p.States, counted{planStates[state], states[state], len(plans)})
	}
	for _, target := range sortedNames(targets) {
		p.Targets = append(p.Targets, counted{target, targets[target], len(plans)})
	}
	return p, nil
}

// plans shows the dashboard: those that are stuck first.
func (v *visit) plans() error {
	p, err := v.plansPage()
	if err != nil {
		return err
	}
	return v.show("plans", "Action plans", p)
}

// printPlans shows every plan on a page of its own, for the presentation session.
func (v *visit) printPlans() error {
	p, err := v.plansPage()
	if err != nil {
		return err
	}
	return v.show("plansprint", "Action plans, to print", p)
}
