package flows

import (
	"fmt"
	"strings"
)

// status shows where the person stands, which is how it stands with their place once one was offered; then the pending question is asked
// again.
func status(t *Turn, _ string) {
	t.visit("status", "show")
	if t.Person.Seat != nil {
		seat(t, "")
		t.Tell(strings.Join(t.helpState(), "\n\n"))
		return
	}
	t.Tell(t.summary())
	if !t.Person.Mailed.IsZero() {
		t.Say("status.mailed", "when", t.moment(t.Person.Mailed))
	}
	if t.late(t.At) {
		t.Say("deadline.over")
	} else {
		t.Say("deadline.open")
	}
	for _, line := range t.helpState() {
		t.Tell(line)
	}
	t.asked = t.top() != nil
	if t.top() == nil {
		switch t.Person.Stage(t.Event) {
		case "applying", "complete":
			t.Offer(t.Command("documents"), t.Command("mydata"))
		case "mailed":
			t.Offer(t.Command("mydata"))
		default:
			t.menu()
		}
	}
}

// summary is the checklist with its count, or that nothing was begun.
func (t *Turn) summary() string {
	if r := t.Person.Forms["profile"]; t.Person.Began.IsZero() && r != nil {
		return t.Text("status.filling", "n", len(r.Answers))
	}
	if t.Person.Began.IsZero() && len(t.Person.Items) == 0 {
		return t.Text("status.nothing")
	}
	return t.Text("status.title") + "\n" + t.checklist()
}

// checklist prints each item with its state, and the count.
func (t *Turn) checklist() string {
	var lines []string
	received := 0
	for _, it := range t.Event.Items {
		lines = append(lines, fmt.Sprintf("%d. %s: %s", it.Number, it.Name, t.itemState(it)))
		if t.Person.Received(it.ID) != nil {
			received++
		}
	}
	lines = append(lines, t.Text("status.count", "n", received, "of", len(t.Event.Items)))
	return strings.Join(lines, "\n")
}

func (t *Turn) itemState(it Item) string {
	u := t.Person.Items[it.ID]
	switch {
	case u == nil:
		return t.Text("state.missing")
	case u.State == "receiving":
		return t.Text("state.receiving")
	case u.State == "accepted":
		return t.Text("state.accepted")
	case u.State == "returned":
		return t.Text("state.returned", "reason", u.Reason)
	case u.State == "received":
		return t.Text("state.received", "size", Bytes(u.Size), "when", t.moment(u.Sent))
	case t.Person.Received(it.ID) != nil:
		return t.Text("state.kept")
	}
	return t.Text("state.refused")
}
