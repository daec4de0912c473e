package answers

import (
	"sync"

	"olle/flows/places"
)

// shortNames are the countries with names of five letters or fewer, by folded name: too short for places to forgive
// a missing letter in just any text.
var shortNames = sync.OnceValue(func() map[string]places.Place {
	all := map[string]places.Place{}
	for _, p := range places.Countries() {
		if name := places.Fold(p.Name); len(name) <= 5 && ascii(name) {
			all[name] = p
		}
	}
	return all
})

// doubtful finds a departure that only the rest of the question makes one, where no other was read: the venue's own
// country in talk of a domestic flight, or a short country name that misses a letter ("nepl airfare").
func (x *Index) doubtful(a *reading) {
	if x.cTicket < 0 || x.cDepart < 0 {
		return
	}
	if !a.have.has(x.cTicket) && !a.have.has(x.cDepart) {
		return
	}
	switch {
	case len(a.where.Mentions) == 0:
		x.lettersMissing(a)
	case x.cDomestic >= 0 && a.have.has(x.cDomestic) && (len(a.where.Places) == 0 || a.where.Because == places.National):
		x.fromVenue(a)
	}
}

// fromVenue takes the venue's country for the departure, where only nationalities are named beside it.
func (x *Index) fromVenue(a *reading) {
	var home *places.Place
	for i := range a.where.Mentions {
		m := &a.where.Mentions[i]
		meant := x.maybeVenue(m)
		switch {
		case meant != nil && m.Note != "jeju":
			home = meant
		case meant == nil && m.Role != places.National:
			return
		}
	}
	if home == nil {
		return
	}
	for _, f := range []int{fListed, fUnlisted, fTwo, fWhich} {
		a.have.del(f)
	}
	a.where.Places, a.where.Ask, a.where.Confirm = []places.Place{*home}, nil, false
	a.have.add(fPlace)
	x.departures(a)
}

// maybeVenue is the venue's country where a mention means it or, unless asked, may mean it ("flights inside Korea").
func (x *Index) maybeVenue(m *places.Mention) *places.Place {
	if m.Place.Code == x.venue {
		return &m.Place
	}
	for i := range m.Ask {
		if m.Ask[i].Code == x.venue {
			return &m.Ask[i]
		}
	}
	return nil
}

// lettersMissing reads words of four letters that nobody knows; what it finds is said to be doubtful.
func (x *Index) lettersMissing(a *reading) {
	for i, t := range a.toks {
		if len(t.text) != 4 || t.num >= 0 || !ascii(t.text) || a.each[i] != (set{}) {
			continue
		}
		if _, exact := x.lex.find(t.text, false); exact {
			continue
		}
		for name, p := range shortNames() {
			if !lessOne(t.text, name) {
				continue
			}
			a.where.Places, a.where.Confirm = []places.Place{p}, true
			a.where.Mentions = []places.Mention{{Text: a.text[t.start:t.end], Start: t.start, End: t.end, How: places.Typo, Place: p}}
			a.have.add(fPlace)
			x.departures(a)
			return
		}
	}
}

// lessOne says that typed is name without one of its inner letters, or with two of them swapped.
func lessOne(typed, name string) bool {
	n := len(name)
	if typed[0] != name[0] || typed[len(typed)-1] != name[n-1] {
		return false
	}
	if len(typed) == n {
		return n == 4 && typed != name && typed[1] == name[2] && typed[2] == name[1]
	}
	for k := 1; k < n-1 && len(typed) == n-1; k++ {
		if typed == name[:k]+name[k+1:] {
			return true
		}
	}
	return false
}
