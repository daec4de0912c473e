package flows_test

import (
	"strings"
	"testing"

	"olle/flows"
)

// An observer is one by the organisers' word: before or after the seat is confirmed, told to nobody, and taken back by a word.
func TestObservers(t *testing.T) {
	r, all := room(t, 2)
	name := strings.TrimPrefix(flows.PersonID(all[0]), "person/")
	ref := flows.RefOf(r.Book.Current, name)
	role := func() string {
		var p flows.Person
		docs, err := r.Load("person/" + name)
		if err != nil {
			t.Fatal(err)
		}
		unmarshal(t, docs[0].Data, &p)
		return p.Cohort
	}
	said := hear(t, r, chair, flows.Update{Text: "/decide " + ref + " observer"})
	if len(said) != 1 || !strings.Contains(said[0].Text, "takes part as: Observer") || role() != "observer" {
		t.Errorf("%s, and the cohort is %q", texts(said), role())
	}
	if got := as(t, r, chair, "/certificates"); !strings.Contains(got, ": observer") {
		t.Error(got)
	}
	clockTo(t, r, "2020-04-03 15:30")
	if got := as(t, r, all[0], "/certificate"); !strings.Contains(got, "no certificate is due to you by the rule") {
		t.Error(got)
	}
	as(t, r, chair, "/certificates release now")
	if said := as(t, r, chair, "/certificates give "+ref); !strings.Contains(said, "Congratulations!") {
		t.Errorf("organisers cannot give one to an observer: %s", said)
	}
	as(t, r, chair, "/decide "+ref+" participant")
	if role() != r.Book.Current.ID {
		t.Errorf("back among the participants the cohort is %q", role())
	}
	inside(t, r, flows.Update{Subject: flows.PersonID(all[1]), Call: "seat/role", From: all[1], Args: flows.Must("observer")})
	if got := as(t, r, all[1], "/certificate"); strings.Contains(got, "observer") {
		t.Errorf("somebody made themselves an observer: %s", got)
	}
}
