package places

import (
	"slices"
	"strings"
)

// counts reports whether a name that is spelled as told is meant as a place here.
func (r *reader) counts(i, j int, e *entry) bool {
	if hangul(r, i) && i > 0 && r.tokens[i].sep == 0 && hangul(r, i-1) {
		return false
	}
	if e.flags&nothing != 0 {
		return !r.accented(i, j)
	}
	if i == j && !r.answer && r.everyday(i, true) && !r.is(i-1, "from", "in", "at", "near", "leaving") {
		return false
	}
	if len(e.places) > 0 && e.places[0].City != "" && r.named(i) {
		return false
	}
	if e.flags&(weak|capitals|code|answer) == 0 && e.unless == nil {
		return true
	}
	if r.excluded(i, e) {
		return false
	}
	loud := r.tokens[i].case_ == upper && !r.shouting
	switch {
	case e.flags&answer != 0:
		return r.answer
	case e.flags&capitals != 0:
		return loud && !(j+1 < len(r.text) && r.tokens[j].end < len(r.text) && r.text[r.tokens[j].end] == '$')
	case e.flags&code != 0:
		role, _ := r.role(i, j)
		return r.tokens[i].case_ == upper || r.answer || role == From
	case e.flags&weak != 0:
		return r.accented(i, j) || r.marked(i, j, e)
	}
	return true
}

// everyday reports whether a word, with its marks, is an ordinary one of Vietnamese or Indonesian. A name that is spelled as such a word
// is told from it by its capital.
func (r *reader) everyday(i int, spelled bool) bool {
	t := &r.tokens[i]
	if t.unit || spelled && t.case_ != lower {
		return false
	}
	w := r.text[t.start:t.end]
	return everyday[w] || t.case_ != lower && everyday[strings.ToLower(w)]
}

// accented reports whether a name was typed with marks that the ordinary word does not have ("Malé").
func (r *reader) accented(i, j int) bool {
	return r.tokens[j].end-r.tokens[i].start > r.tokens[j].to-r.tokens[i].from
}

// marked reports whether the text makes a place of a name that is also an ordinary word.
func (r *reader) marked(i, j int, e *entry) bool {
	if r.answer && (i == 0 && j == len(r.tokens)-1 || r.tokens[i].case_ != lower) {
		return true
	}
	if i == 0 && j == len(r.tokens)-1 && e.flags&doubtful == 0 && len(e.places) == 1 && e.places[0].City == "" {
		return true
	}
	if r.listed(i, j) {
		return true
	}
	if j+1 < len(r.tokens) && r.tokens[j+1].sep != '.' {
		if next := r.lookupAt(j + 1); next != nil && next.flags&(demonym|nothing) == 0 && len(next.places) > 0 && len(e.places) > 0 &&
			next.places[0].Code == e.places[0].Code && next.places[0].City == "" {
			return true
		}
	}
	role, strong := r.role(i, j)
	if role != From && role != Via && role != Lives {
		return false
	}
	return e.flags&doubtful != 0 || r.tokens[i].case_ != lower && !r.shouting || strong && r.flight(i)
}

// flight reports whether the words just before a name speak of a flight: then even "from nice" is a place.
func (r *reader) flight(i int) bool {
	for k := i - 1; k >= 0 && k >= i-3; k-- {
		if r.is(k, "fly", "flying", "flight", "flights", "airfare", "ticket", "tickets", "depart", "departing", "departure") {
			return true
		}
	}
	return false
}

// listed reports whether a name stands in a list with another place: "Colombo or Male".
func (r *reader) listed(i, j int) bool {
	if n := len(r.mentions); n > 0 && r.class(i-1)&linking != 0 && r.mentions[n-1].last == i-2 && r.stays(i) {
		return r.mentions[n-1].How != Demonym
	}
	if r.class(j+1)&linking == 0 || j+2 >= len(r.tokens) || !r.stays(j+1) {
		return false
	}
	e := r.lookupAt(j + 2)
	return e != nil && e.flags&(weak|nothing|demonym|answer|code|capitals) == 0 && r.tokens[i].case_ != lower
}

// named reports whether a name follows "my name is", "Mr" or "Dear": then it is a person's.
func (r *reader) named(i int) bool {
	for k := i - 1; k >= 0 && k >= i-3 && r.stays(k+1); k-- {
		if titles[string(r.word(k, k))] || r.is(k, "is") && r.is(k-1, "name") {
			return true
		}
		if r.tokens[k].case_ == lower {
			return false
		}
	}
	return false
}

// excluded reports whether a word that rules a reading out is within twelve words ("PNG or PDF").
func (r *reader) excluded(i int, e *entry) bool {
	if e.unless == nil || r.answer {
		return false
	}
	for k := max(0, i-12); k < len(r.tokens) && k <= i+12; k++ {
		if slices.Contains(e.unless, string(r.word(k, k))) {
			return true
		}
	}
	return false
}
