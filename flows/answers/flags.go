package answers

import (
	"strings"

	"olle/flows/places"
)

// flags are what rules may ask beside concepts; they are computed from the text.
var flags = []string{
	"@place",    // a place is named, other than the venue
	"@departs",  // a point of departure was read
	"@listed",   // a departure read stands in the airfare table
	"@unlisted", // a departure read does not
	"@outside",  // a place named lies outside Asia and the Pacific, as the pack's text "asia-pacific" lists it
	"@two",      // two departures or more
	"@which",    // a place name that may mean several
	"@venue",    // the venue's country is named, in whatever role
	"@bare",     // nothing but places and filler words
	"@number",   // a number is named
	"@amount",   // a number that is printed in the airfare table
	"@years",    // a number of years of work
	"@over",     // ... above five
	"@five",     // ... exactly five
	"@under",    // ... below five
	"@aged",     // an age
	"@mark",     // a question mark
	"@short",    // three words or fewer
	"@from",     // "from X", "leaving X"
	"@national", // a demonym or citizenship
	"@home",     // a departure read lies in the venue's country
	"@bound",    // ... as more or less than a number
	"@denied",   // a role or level that somebody says not to have
}

const (
	fPlace = iota
	fDeparts
	fListed
	fUnlisted
	fOutside
	fTwo
	fWhich
	fVenue
	fBare
	fNumber
	fAmount
	fYears
	fOver
	fFive
	fUnder
	fAged
	fMark
	fShort
	fFrom
	fNational
	fHome
	fBound
	fDenied
)

// numbersIn sets the flags of numbers.
func (x *Index) numbersIn(a *reading) {
	for i := range a.toks {
		n, ok := x.valueAt(a, i)
		if !ok {
			continue
		}
		a.have.add(fNumber)
		if x.printed[n] != "" {
			a.have.add(fAmount)
			a.amount = x.printed[n]
		}
		if aged(x, a, i) {
			a.have.add(fAged)
		}
	}
}

// unit says whether one of the next two words belongs to the concept.
func (x *Index) unit(a *reading, i, concept int) bool {
	if concept < 0 {
		return false
	}
	for k := i; k < min(i+2, len(a.ids)); k++ {
		if id := a.ids[k]; id >= 0 && x.lex.concepts[id].has(concept) || x.partBegins(a.toks[k].text, concept) {
			return true
		}
	}
	return false
}

// aged: "62 years old", "age 62".
func aged(x *Index, a *reading, i int) bool {
	if x.cAge < 0 {
		return false
	}
	for k := max(0, i-2); k < min(i+4, len(a.ids)); k++ {
		if id := a.ids[k]; id >= 0 && x.lex.concepts[id].has(x.cAge) {
			return true
		}
	}
	return false
}

// placesIn reads the places and sets their flags.
func (x *Index) placesIn(a *reading) {
	a.where = places.Departure(a.text)
	if masked, again := x.notPlaces(a); again {
		a.where = places.Departure(masked)
	}
	x.alternatives(a)
	for _, m := range a.where.Mentions {
		if x.venue != "" && m.Place.Code == x.venue {
			a.have.add(fVenue)
			if m.Role == places.To || m.Note == "jeju" && m.Role == places.Bare {
				continue
			}
		}
		a.have.add(fPlace)
		if len(m.Ask) > 0 {
			a.have.add(fWhich)
		} else if len(x.asiaPacific) > 0 && !x.asiaPacific[m.Place.Code] && !(m.Role == places.National && x.worksHere(a)) {
			a.have.add(fOutside)
		}
		switch m.Role {
		case places.From:
			a.have.add(fFrom)
		case places.National:
			a.have.add(fNational)
		}
	}
	x.departures(a)
}

// worksHere says that a place in the region is named, in which somebody is rather than of which they are.
func (x *Index) worksHere(a *reading) bool {
	for _, m := range a.where.Mentions {
		if x.asiaPacific[m.Place.Code] && m.Place.Code != x.venue && m.Role != places.National && m.Role != places.To {
			return true
		}
	}
	return false
}

// departures sets the flags of the places of departure that were read.
func (x *Index) departures(a *reading) {
	for _, p := range a.where.Places {
		a.have.add(fDeparts)
		if _, ok := x.rows[p.Code]; ok {
			a.have.add(fListed)
		} else {
			a.have.add(fUnlisted)
		}
		if p.Code == x.venue {
			a.have.add(fHome)
		}
	}
	if len(a.where.Places) > 1 {
		a.have.add(fTwo)
	}
}

// alternatives adds a place that an "or" offers beside the departure that was read: "at Vientiane or at Udon Thani in
// Thailand". Somebody's nationality, or where the journey goes, is no departure.
func (x *Index) alternatives(a *reading) {
	all := a.where.Mentions
	if len(a.where.Places) == 0 || len(a.where.Ask) > 0 || len(all) > 12 {
		return
	}
	chosen := map[string]bool{}
	for _, p := range a.where.Places {
		chosen[p.Code] = true
	}
	list := a.where.Places[:len(a.where.Places):len(a.where.Places)]
	for i := 1; i < len(all); i++ {
		before, m := &all[i-1], &all[i]
		if m.Place.Code == "" || before.Place.Code == "" || chosen[m.Place.Code] == chosen[before.Place.Code] || before.End > m.Start {
			continue
		}
		if chosen[m.Place.Code] {
			m = before
		}
		if m.Role == places.To || m.Role == places.Via || m.Role == places.National || !x.offered(a.text[before.End:all[i].Start]) {
			continue
		}
		chosen[m.Place.Code] = true
		list = append(list, m.Place)
	}
	a.where.Places = list
}

// offered says whether what stands between two places makes them alternatives.
func (x *Index) offered(gap string) bool {
	words := tokenise(gap, nil)
	if len(words) > 6 || strings.ContainsAny(gap, ".!;") {
		return false
	}
	if len(words) == 2 && words[0].text == "and" && words[1].text == "for" {
		return true
	}
	or := false
	for _, w := range words {
		switch id, exact := x.lex.find(w.text, false); {
		case exact && x.cOr >= 0 && x.lex.concepts[id].has(x.cOr):
			or = true
		case w.text == "but":
			return false
		}
	}
	return or
}

// notPlaces blanks words that only a correction made a place, though the pack knows them as they stand ("kapan" is
// no mistyped Japan). Offsets stay.
func (x *Index) notPlaces(a *reading) (masked string, found bool) {
	var text []byte
	for _, m := range a.where.Mentions {
		if m.How != places.Typo || !x.known(a, m.Start, m.End) {
			continue
		}
		if text == nil {
			text = []byte(a.text)
		}
		for i := m.Start; i < m.End; i++ {
			text[i] = ' '
		}
	}
	return string(text), text != nil
}

// known says whether every word between the offsets is one of the pack's, as written.
func (x *Index) known(a *reading, start, end int) bool {
	n := 0
	for _, t := range a.toks {
		if t.start < start || t.end > end {
			continue
		}
		if id, exact := x.lex.find(t.text, false); !exact || x.lex.concepts[id] == (set{}) {
			return false
		}
		n++
	}
	return n > 0
}
