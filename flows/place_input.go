package flows

import (
	"slices"
	"strings"
	"unicode"

	"olle/flows/places"
)

// hearPlace reads a place for the pending question. A doubtful or ambiguous one is kept in the frame and asked back; then the
// reading has no place and ok is true: heard, but not decided.
func (t *Turn) hearPlace(in Input) (r places.Reading, ok bool) {
	top := t.top()
	if top.Vars["ask"] != "" {
		if o, ok := in.Pick(askedPlaces(t)); ok {
			delete(top.Vars, "ask")
			if o.Value == "other" {
				t.Again()
				return r, true
			}
			return reading(o.Value), true
		}
		if in.Choice != "" {
			return r, false
		}
	}
	if in.Choice != "" {
		return reading(in.Choice), true
	}
	r = places.Resolve(in.Text)
	candidates := append(r.Ask, r.Places...)
	if len(candidates) != 1 || r.Confirm {
		if p, ok := t.Event.Answers.Alias(in.Text, len(candidates) > 0); ok && !hasCountry(candidates, p.Code) {
			return places.Reading{Places: []places.Place{p}}, true // the event's own table has names for places that nobody else knows
		}
	}
	if len(candidates) == 0 {
		return r, false
	}
	if len(candidates) == 1 && !r.Confirm {
		return r, true
	}
	t.askBack(candidates)
	if len(candidates) == 1 {
		t.Say("place.did_you_mean", "place", placeName(candidates[0]))
	} else {
		t.Say("place.which")
	}
	t.Again()
	return places.Reading{}, true
}

// hasCountry says whether one of the places lies in that country: then what is doubtful of it (the word "male") stays so.
func hasCountry(all []places.Place, code string) bool {
	return slices.ContainsFunc(all, func(p places.Place) bool { return p.Code == code })
}

// reading is what a tapped or confirmed place says.
func reading(value string) places.Reading {
	p := parsePlace(value)
	if p.Code == "" {
		return places.Reading{}
	}
	return places.Reading{Places: []places.Place{p}}
}

// askBack keeps the places between which the person must choose.
func (t *Turn) askBack(candidates []places.Place) {
	codes := make([]string, len(candidates))
	for i, c := range candidates {
		codes[i] = c.Code + ":" + c.City
	}
	if len(codes) > 0 {
		t.top().set("ask", strings.Join(codes, "|"))
	}
}

// askedPlaces are the options of a place that was asked back.
func askedPlaces(t *Turn) []Option {
	codes := strings.Split(t.top().Vars["ask"], "|")
	var options []Option
	for _, code := range codes {
		p := parsePlace(code)
		o := Option{Value: code, Label: placeName(p), Also: []string{p.Name}}
		if len(codes) == 1 {
			o.Label, o.Also = t.Text("place.yes", "place", o.Label), slices.Concat(t.texts.Words("words.yes"), o.Also)
		}
		options = append(options, o)
	}
	return append(options, Option{Value: "other", Label: t.Text("place.other"), Also: t.texts.Words("words.no")})
}

// parsePlace reads "NP:Pokhara" or "NP".
func parsePlace(s string) places.Place {
	code, city, _ := strings.Cut(s, ":")
	p, _ := places.Country(code)
	if city != "" {
		if r := places.Resolve(city + ", " + p.Name); len(r.Places) == 1 && r.Places[0].Code == code {
			return r.Places[0]
		}
		p.City = city
	}
	return p
}

func isLetter(r rune) bool { return unicode.IsLetter(r) }
