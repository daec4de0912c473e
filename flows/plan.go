package flows

import (
	"slices"
	"strings"
	"time"

	"olle/flows/places"
)

// The action plan is a form of the pack ("plan"), so that its questions are the organisers' to change and every answer can be corrected.
// Here is what a form does not do: the document others read, checking in later, and printing.
//
// Plan is what others than its author read of it, under "plan/" + the person's name: organisers, and the cohort where it is shared.
type Plan struct {
	Ref     string
	Name    string `json:",omitempty"` // of the author, as in the profile
	Country string `json:",omitempty"` // ISO code
	Goal    string
	Lines   []PlanLine // every part that is filled in, in the form's order
	Kind    string     `json:",omitempty"` // as the pack calls it
	Target  string     `json:",omitempty"` // SDG target, as the pack calls it or as typed
	Shared  bool       // with everybody who takes part
	Made    time.Time
	Checks  []PlanCheck `json:",omitempty"`
	Stopped bool        `json:",omitempty"` // wants no more check-ins
}

// PlanLine is one part of a plan: what it is called in the pack, and what the author wrote.
type PlanLine struct{ Part, Text string }

// PlanCheck is what the author said at a check-in.
type PlanCheck struct {
	Month int // 3, 6 or 12 after the workshop; 0: of their own accord
	At    time.Time
	State string // "done", "going", "stuck"
	Line  string `json:",omitempty"`
}

// planPrefix is the prefix of plans.
const planPrefix = "plan/"

// planMonths are when authors are asked how it goes, in months after the workshop, or after the plan if that is later.
var planMonths = []int{3, 6, 12}

// PlanStates lists the states of plans in their order; "" is a plan that nobody has said anything about yet.
func PlanStates() []string { return []string{"", "going", "stuck", "done"} }

// State is what was said last.
func (p *Plan) State() string {
	if n := len(p.Checks); n > 0 {
		return p.Checks[n-1].State
	}
	return ""
}

func planKey(person string) string { return planPrefix + PersonName(person) }

// ReadPlans reads every plan, by the authors' names.
func ReadPlans(src Source) (map[string]*Plan, error) {
	all := map[string]*Plan{}
	err := readable(src, planPrefix, func(name string, p Plan) {
		if p.Goal != "" {
			all[name] = &p
		}
	})
	return all, err
}

// ReadPlan reads the plan of one person ("person/…"), nil when there is none.
func ReadPlan(src Source, person string) (*Plan, error) {
	docs, err := src.Load(planKey(person))
	if err != nil || docs[0].Data == nil {
		return nil, err
	}
	p := &Plan{}
	return p, decode(docs[0], p)
}

// plan is this person's plan as others read it, nil when there is none.
func (t *Turn) plan() *Plan {
	p, err := ReadPlan(t.src, t.Person.ID)
	if err != nil {
		t.err = err
	}
	return p
}

// planned follows the form, whether it was filled in or a part was corrected: the document others read is written anew.
func planned(t *Turn) {
	form, r := t.Event.Forms["plan"], t.Person.Forms["plan"]
	if form == nil || r == nil || r.Done.IsZero() {
		return
	}
	fresh := &Plan{Ref: t.Person.Ref, Made: t.At}
	if old := t.plan(); old != nil {
		fresh.Made, fresh.Checks, fresh.Stopped = old.Made, old.Checks, old.Stopped
	}
	if v, ok := t.Person.Answer("profile", "full_name"); ok {
		fresh.Name = v.Text
	}
	fresh.Country = t.Person.country()
	for _, q := range form.Questions {
		v, ok := r.Answers[q.ID]
		if !ok || v.Text == "" {
			continue
		}
		switch q.ID {
		case "goal":
			fresh.Goal = v.Text
		case "kind":
			fresh.Kind = v.Text
		case "target":
			fresh.Target = v.Text
		case "which_target":
			fresh.Target = v.Text
		case "share":
			fresh.Shared = v.Data == "cohort"
			continue
		}
		fresh.Lines = append(fresh.Lines, PlanLine{q.Short, v.Text})
	}
	t.putApart(planKey(t.Person.ID), fresh)
	t.plantPlan(fresh)
	t.Say("plan.kept")
	t.offerPlan()
}

// plantPlan plants the check-ins that are still ahead.
func (t *Turn) plantPlan(p *Plan) {
	if p.Stopped || p.State() == "done" {
		t.dropPlanAlarms()
		return
	}
	for _, m := range planMonths {
		if at := t.checkIn(p, m); at.After(t.At) {
			t.out.Alarms = append(t.out.Alarms, Alarm{Name: planAlarm(m), At: at, Call: "plan/check", Args: Must(m)})
		}
	}
}

// checkIn is at ten in the morning, by the author's own clock at home.
func (t *Turn) checkIn(p *Plan, month int) time.Time {
	from := t.Event.End
	if p.Made.After(from) {
		from = p.Made
	}
	there := from.In(t.homeZone())
	return time.Date(there.Year(), there.Month()+time.Month(month), there.Day(), 10, 0, 0, 0, there.Location())
}

func planAlarm(month int) string {
	return "plan/" + []string{"3", "6", "12"}[slices.Index(planMonths, month)]
}

func (t *Turn) dropPlanAlarms() {
	for _, m := range planMonths {
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: planAlarm(m)})
	}
}

// Report is a plan as it is printed, as the author wrote it.
func (p *Plan) Report(e *Event) Report {
	who := slices.DeleteFunc([]string{p.Name, places.Name(p.Country), p.Ref}, func(s string) bool { return s == "" })
	r := Report{Title: "Action plan – " + e.Short, Note: strings.Join(who, ", ")}
	for _, l := range p.Lines {
		r.Parts = append(r.Parts, Part{Heading: l.Part, Sentences: []string{l.Text}})
	}
	return r
}

// Text is the same in plain lines.
func (p *Plan) Text(e *Event) string {
	r := p.Report(e)
	lines := []string{r.Title, r.Note, ""}
	for _, part := range r.Parts {
		lines = append(lines, part.Heading+": "+strings.Join(part.Sentences, " "))
	}
	return strings.Join(lines, "\n")
}
