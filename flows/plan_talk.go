package flows

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"olle/flows/places"
)

// planCommand is /plan: begins the plan, goes on with it, or shows it. "change PART", "share", "print", "others", "done", "going", "stuck"
// and "stop" are its buttons.
func planCommand(t *Turn, args string) {
	form := t.Event.Forms["plan"]
	word, rest, _ := strings.Cut(strings.ToLower(strings.TrimSpace(args)), " ")
	if form == nil || !t.takesPart() && t.Person.Forms["plan"] == nil {
		t.Say("plan.none")
		t.asked = t.top() != nil
		return
	}
	if word == "others" {
		t.otherPlans()
		return
	}
	p := t.plan()
	if t.err != nil {
		return
	}
	if p == nil {
		t.Begin("plan", form.first(t.Person))
		return
	}
	switch word {
	case "change":
		t.changePlan(form, rest)
	case "print":
		t.Say("plan.print")
		t.Give(&File{Handle: HandoutPlan + t.Person.ID + ".pdf", Name: p.Ref + "-plan.pdf", Type: "application/pdf"})
		t.flush()
		t.Say("plan.print_text")
		t.Give(&File{Handle: HandoutPlan + t.Person.ID, Name: p.Ref + "-plan.txt", Type: "text/plain"})
	case "done", "going", "stuck":
		t.checkPlan(p, word)
	case "stop":
		p.Stopped = true
		t.putApart(planKey(t.Person.ID), p)
		t.dropPlanAlarms()
		t.Say("plan.stopped")
	default:
		t.sayPlan(form)
	}
	t.asked = t.asked || t.top() != nil && !t.moved
}

// sayPlan shows the author's plan, in their language where the parts have one.
func (t *Turn) sayPlan(form *Form) {
	lines := []string{t.Text("plan.title")}
	for _, q := range form.Questions {
		if v, ok := t.Person.Answer("plan", q.ID); ok && v.Text != "" {
			lines = append(lines, "• "+form.short(t, q)+": "+form.shown(t, q, v))
		}
	}
	t.Tell(strings.Join(lines, "\n"))
	if p := t.plan(); p != nil && len(p.Checks) > 0 {
		t.Say("plan.state", "state", t.Text("choice.plan."+p.State()))
	}
	t.offerPlan()
}

func (t *Turn) offerPlan() {
	t.Offer(Choice{Label: t.Text("choice.plan.change"), Value: "/plan change"}, Choice{Label: t.Text("choice.plan.print"), Value: "/plan print"},
		Choice{Label: t.Text("choice.plan.others"), Value: "/plan others"})
}

// changePlan asks one part again; which one, where it is not said.
func (t *Turn) changePlan(form *Form, what string) {
	var options []Option
	for _, q := range form.Questions {
		if _, ok := t.Person.Answer("plan", q.ID); ok {
			options = append(options, Option{Value: q.ID, Label: form.short(t, q), Also: []string{q.Short}})
		}
	}
	if o, ok := (Input{Text: what}).Pick(options); ok {
		t.Begin("plan", o.Value, "only", "yes", "intro", "said")
		return
	}
	var choices []Choice
	for _, o := range options {
		choices = append(choices, Choice{Label: o.Label, Value: "/plan change " + strings.ReplaceAll(o.Value, "_", " ")})
	}
	t.Say("plan.change_what")
	t.Offer(choices...)
}

// mostPlans is how many shared plans one message shows.
const mostPlans = 10

// otherPlans shows the plans whose authors share them.
func (t *Turn) otherPlans() {
	if !t.takesPart() {
		t.Say("plan.none")
		return
	}
	plans, err := ReadPlans(t.src)
	if err != nil {
		t.err = err
		return
	}
	var lines []string
	for _, name := range sortedKeys(plans) {
		if p := plans[name]; p.Shared && name != PersonName(t.Person.ID) && len(lines) < mostPlans {
			who := strings.Join(slices.DeleteFunc([]string{p.Name, places.Name(p.Country)}, func(s string) bool { return s == "" }), ", ")
			lines = append(lines, "• "+strings.TrimPrefix(who+": ", ": ")+p.Goal)
		}
	}
	if len(lines) == 0 {
		t.Say("plan.no_others")
		return
	}
	t.Say("plan.others")
	t.Tell(strings.Join(lines, "\n"))
}

// planDue is the alarm of a check-in. It looks again first: the plan may be gone, done, or changed since.
func planDue(t *Turn) {
	var month int
	if json.Unmarshal(t.Args, &month) != nil || !slices.Contains(planMonths, month) {
		return
	}
	p := t.plan()
	switch {
	case p == nil || p.Stopped || p.State() == "done":
		return
	case t.At.Before(t.checkIn(p, month)): // the workshop was moved, or the author's clock
		t.plantPlan(p)
		return
	}
	t.Say("plan.check", "goal", p.Goal, "months", month)
	t.Offer(Choice{Label: t.Text("choice.plan.done"), Value: "/plan done"}, Choice{Label: t.Text("choice.plan.going"), Value: "/plan going"},
		Choice{Label: t.Text("choice.plan.stuck"), Value: "/plan stuck"}, Choice{Label: t.Text("choice.plan.stop"), Value: "/plan stop"})
}

// checkPlan keeps how it goes, and asks for a line about it.
func (t *Turn) checkPlan(p *Plan, state string) {
	month := 0
	for _, m := range planMonths {
		if !t.At.Before(t.checkIn(p, m)) {
			month = m
		}
	}
	if n := len(p.Checks); n > 0 && p.Checks[n-1].Month == month && month > 0 {
		p.Checks = p.Checks[:n-1] // they thought again
	}
	p.Checks = append(p.Checks, PlanCheck{Month: month, At: t.At, State: state})
	if len(p.Checks) > 20 {
		p.Checks = p.Checks[len(p.Checks)-20:]
	}
	t.putApart(planKey(t.Person.ID), p)
	t.plantPlan(p)
	t.Say("plan.noted." + state)
	t.Push("checkin", "line")
}

// checkinFlow takes the line behind a check-in.
func checkinFlow() *Flow {
	return &Flow{Name: "checkin", Light: true, Steps: []Step{{
		Name: "line", Free: true,
		Ask:  func(t *Turn) { t.Say("plan.line"); t.Offer(t.Choice("skip")) },
		Skip: func(t *Turn) { t.Done(); t.Say("plan.thanks") },
		Take: func(t *Turn, in Input) bool {
			line := strings.Join(strings.Fields(in.Text), " ")
			if in.Choice == "" && (utf8.RuneCountInString(line) < 2 || utf8.RuneCountInString(line) > 300) {
				return false
			}
			if p := t.plan(); p != nil && len(p.Checks) > 0 && in.Choice == "" {
				p.Checks[len(p.Checks)-1].Line = line
				t.putApart(planKey(t.Person.ID), p)
			}
			t.Done()
			t.Say("plan.thanks")
			return true
		},
	}}}
}

// plansCommand is the organisers' /plans: how many there are, and how they go.
func plansCommand(t *Turn, _ string) {
	plans, err := ReadPlans(t.src)
	if err != nil {
		t.err = err
		return
	}
	states, shared := map[string]int{}, 0
	for _, p := range plans {
		states[p.State()]++
		if p.Shared {
			shared++
		}
	}
	t.Say("team.plans", "n", len(plans), "shared", shared, "done", states["done"], "going", states["going"], "stuck", states["stuck"], "silent", states[""])
	var lines []string
	for _, name := range sortedKeys(plans) {
		p := plans[name]
		if len(lines) < mostListed {
			state := p.State()
			if state == "" {
				state = "nothing said yet"
			}
			lines = append(lines, "• "+strings.TrimSpace(p.Ref+" "+p.Name)+" ("+state+"): "+p.Goal)
		}
	}
	t.Tell(strings.Join(lines, "\n"))
	if n := len(plans) - len(lines); n > 0 {
		t.Say("team.more", "n", n)
	}
	t.asked = t.top() != nil
}
