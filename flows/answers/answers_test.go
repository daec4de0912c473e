package answers

import (
	"strings"
	"testing"

	"olle/flows/places"
)

// TestEveryCountryGetsItsOwnAmountOrNone asks for every country of the world by name.
func TestEveryCountryGetsItsOwnAmountOrNone(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	listed := 0
	for _, p := range places.Countries() {
		a := x.Airfare(places.Reading{Places: []places.Place{p}})
		row, ok := x.Listed(p.Code)
		if ok {
			listed++
		} else if strings.Contains(a.Text, "US$") || strings.Contains(a.Text, "KRW") || !a.None || !strings.Contains(a.Text, "@") {
			t.Errorf("%s is not in the table: %s", p.Name, a.Text)
		}
		for _, r := range x.table {
			if has := strings.Contains(a.Text, r.Amount); has != (ok && r.Amount == row.Amount) {
				t.Errorf("%s: %s in %q", p.Name, r.Amount, a.Text)
			}
		}
	}
	if listed != 29 || len(x.table) != 29 {
		t.Errorf("%d of %d points of departure were found, 29 are printed", listed, len(x.table))
	}
}

func TestQuestionsAreToldFromAnswersToForms(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	for text, want := range map[string]bool{
		"what is the deadline":           true,
		"Nepal?":                         true,
		"can i come with my wife":        true,
		"help me i am locked in a house": true,
		"Nepal":                          false,
		"Ministry of Justice":            false,
		"Will Smith":                     false,
		"yes":                            false,
		"Senior police officer":          false,
		"12 years":                       false,
		"a@example.org":                  false,
	} {
		if got := x.Answer(text).Question; got != want {
			t.Errorf("%q: question is %v", text, got)
		}
	}
}

func TestTwoQuestionsInOneLine(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	a := x.Answer("What is the deadline? And how much is the airfare from Nepal?")
	if !strings.Contains(a.Text, "14 February 2020") || !strings.Contains(a.Text, "US$ 950") {
		t.Errorf("one of two questions is not answered: %s", a.Text)
	}
}

func TestAmbiguousNamesAreAsked(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	in, _ := places.Country("IN")
	bd, _ := places.Country("BD")
	pk, _ := places.Country("PK")
	a := x.Airfare(places.Reading{Ask: []places.Place{in, bd}, Mentions: []places.Mention{{Text: "Bengal", Ask: []places.Place{in, bd}}}})
	if strings.Contains(a.Text, "US$") || !strings.Contains(a.Text, "Which one") {
		t.Errorf("India or Bangladesh: %s", a.Text)
	}
	a = x.Airfare(places.Reading{Ask: []places.Place{in, pk}})
	if !strings.Contains(a.Text, "US$ 800") {
		t.Errorf("India and Pakistan have one amount: %s", a.Text)
	}
}

func TestNewListsEveryMistake(t *testing.T) {
	_, err := New(Config{
		Concepts: map[string][]string{"a b": {"x"}, "c": {"ab*"}, "d": {strings.Repeat("one|two ", 30)}},
		Weights:  map[string]float64{"nothing": 1},
		Topics: []Topic{
			{ID: "one", Kind: "odd", Ask: []string{"x"}, Answer: "y"},
			{ID: "one", Answer: "y"},
			{ID: "two", When: []string{"missing"}},
		},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`"a b"`, "three letters", "more than 500 phrases", "unknown kind", "used twice", "neither when nor ask", "no answer"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	_, err = New(Config{Weights: map[string]float64{"nothing": 1}, Topics: []Topic{{ID: "two", When: []string{"missing"}, Answer: "y"}}})
	for _, want := range []string{`"nothing"`, `"missing"`, `"unknown"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}
