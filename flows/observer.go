package flows

import (
	"encoding/json"
	"slices"
	"strings"
)

// An observer takes part as the one of 2014 did: hands in nothing, gets no airfare, is counted apart in the report, and has no certificate
// by the rule; organisers may give one all the same. Who observes is the organisers' word ("/decide REF observer"). It is kept as the
// person's cohort, so that an audience can have it ("cohort=observer").

// role finds a role of the pack.
func (e *Event) role(id string) (Role, bool) {
	i := slices.IndexFunc(e.Roles, func(r Role) bool { return strings.EqualFold(r.ID, id) })
	if i < 0 {
		return Role{}, false
	}
	return e.Roles[i], true
}

// Observes says whether the role is one of those who hand in nothing.
func (r Role) Observes() bool { return !r.Items && !r.Airfare }

// Observes says whether the person takes part as an observer.
func (p *Person) Observes(e *Event) bool {
	r, ok := e.role(p.Cohort)
	return ok && r.Observes()
}

// takeRole hears as what this person takes part. Nothing is said: what it changes they hear where it matters.
func takeRole(t *Turn) {
	var id string
	if !t.permitted() || json.Unmarshal(t.Args, &id) != nil {
		return
	}
	r, ok := t.Event.role(id)
	if !ok {
		return
	}
	t.Person.Cohort = ""
	if r.Observes() {
		t.Person.Cohort = r.ID
	} else if t.confirmed() {
		t.Person.Cohort = t.Event.ID
	}
	t.note("role set", t.Person.Ref, r.ID)
}
