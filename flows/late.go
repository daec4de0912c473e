package flows

import "time"

// Late applications are not accepted, and nobody is told otherwise. Where the organisers themselves make an exception for one person,
// they hand out a code: whoever redeems it has a later deadline of their own, and the trail says who gave it and why.

// Exception is a later deadline of one person's own.
type Exception struct {
	Until time.Time
	Code  string
	By    string // who made the code
	Why   string
}

// takeLate gives the redeemer the later deadline. One who has a later one already keeps it.
func takeLate(t *Turn, c Code) {
	if x := t.Person.Late; x == nil || x.Until.Before(c.Until) {
		t.Person.Late = &Exception{Until: c.Until, Code: c.code, By: c.By, Why: c.Why}
		t.note("late code used", t.Person.Ref, "until "+c.Until.UTC().Format(time.RFC3339))
		t.ownAlarms()
		t.moveLinks()
	}
	t.sayLate()
}

// sayLate says until when the person may send, in both zones, and leads on.
func (t *Turn) sayLate() {
	t.Say("late.granted")
	if t.Person.Began.IsZero() {
		t.Offer(t.Command("apply"))
	} else {
		t.Offer(t.Command("documents"))
	}
}

// redeemedBefore says that the person's own deadline came from this code: typed again it uses nothing up.
func (t *Turn) redeemedBefore(code string) bool {
	x := t.Person.Late
	return x != nil && code != "" && x.Code == code && !t.late(t.At)
}
