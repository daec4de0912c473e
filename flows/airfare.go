package flows

import "olle/flows/places"

// The airfare conversation asks for the point of departure and answers from the table, in the currency printed there.
func airfareFlow() *Flow {
	return &Flow{Name: "airfare", Light: true, Steps: []Step{{
		Name: "from",
		Ask: func(t *Turn) {
			if t.top().Vars["ask"] == "" {
				t.Say("airfare.from")
			}
			t.Offer(airfareChoices(t)...)
		},
		Take: func(t *Turn, in Input) bool {
			r, ok := t.hearPlace(in)
			if ok && len(r.Places) > 0 {
				t.airfare(r)
			}
			return ok
		},
	}}}
}

func airfareChoices(t *Turn) []Choice {
	if t.top().Vars["ask"] == "" {
		return nil
	}
	var choices []Choice
	for _, o := range askedPlaces(t) {
		choices = append(choices, Choice{Label: o.Label, Value: "airfare/from/" + o.Value})
	}
	return choices
}

// airfare says the amount for a departure and ends the airfare conversation if it was pending.
func (t *Turn) airfare(r places.Reading) {
	a := t.Event.Answers.Airfare(r)
	if f := t.top(); f != nil && f.Flow == "airfare" {
		t.Done()
	}
	t.Quote(a.Text)
	if a.Source != "" {
		t.Say("ask.source", "source", a.Source)
	}
	t.Person.Last = "airfare"
	if t.top() == nil {
		t.offerAfterAirfare(r.Places[0].Code, teamText(t.Event, "team.ticket.airfare", "place", placeName(r.Places[0])))
	}
}

// offerAfterAirfare offers what comes next: to a departure that is not in the table, to ask the organisers with these words.
func (t *Turn) offerAfterAirfare(code, question string) {
	switch _, listed := t.Event.Answers.Listed(code); {
	case !listed:
		t.offerRequest(question, "airfare")
	case t.late(t.At):
		t.menu()
	default:
		t.Offer(t.Command("eligibility"), t.Command("apply"))
	}
}

// beginAirfare is /airfare, with or without a place.
func beginAirfare(t *Turn, from string) {
	if !t.Event.Offers("airfare") {
		t.answerOr("is the airfare paid", "airfare.none")
		return
	}
	t.Push("airfare", "from")
	if from == "" {
		return
	}
	switch r, ok := t.hearPlace(Input{Text: from}); {
	case !ok:
		t.Say("airfare.unknown")
	case len(r.Places) > 0:
		t.airfare(r)
	}
}
