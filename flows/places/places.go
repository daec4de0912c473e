// Package places reads, from what people type, the place they will depart from.
//
// It hides where names come from (public tables of countries and cities, hand-kept aliases), how they are spelled,
// misspelled and written in a dozen scripts, and which words only look like places. It promises never to guess: a
// name that several places share comes back as a question, a misspelling comes back marked for confirmation, and a
// word that is no place comes back as nothing. Any bytes may come in; the work is proportional to their number.
//
// It is separate because several conversations and the answers need the same reading of a place, and because the
// data has its own sources and licences (see data/NOTICE). It knows nothing of amounts or of the announcement:
// whether a place is listed is the caller's business, by Code.
package places

import "sort"

// Place is a country or territory, and the city in it when one was meant.
type Place struct {
	Code  string   // ISO 3166-1 alpha-2, upper case: "NP"; Hong Kong HK, Macau MO, Taiwan TW, North Korea KP, Kosovo XK
	Name  string   // plain English name: "Nepal", "Vietnam"; labels of an event come from its own table
	City  string   // the city in its usual English form ("Kathmandu"), "" when only the country was named
	Zones []string // IANA time zones: the city's if known, else all of the country's, main first; do not modify
}

// How says how a name was recognised.
type How uint8

const (
	Exact   How = iota // a name, alias, capital or city
	Typo               // within the edit distance of one: must be confirmed or named aloud
	Demonym            // "Nepali"
)

// Role says what the text does with a place.
type Role uint8

const (
	Bare     Role = iota
	From          // leaving from, departing, flying out of
	Via           // through, with a stop in
	To            // towards
	Lives         // living, based, working, having an office or shelter in
	National      // citizen of, passport of, "I am from", a demonym
)

// Mention is one place named in a text.
type Mention struct {
	Text       string // as typed
	Start, End int    // byte offsets in the given text
	How        How
	Role       Role
	Place      Place   // zero when Ask has entries
	Ask        []Place // must be asked which of these, never guessed
	Note       string  // "jeju" (already on the island), "confirm", "kashmir", "borneo", or ""

	confirm bool // the reading is doubtful
	strong  bool // From with a verb of travel: beats "lives in"
	joined  bool // continues a list: "X or THIS"
	venue   bool // only tells where the workshop is
	aside   bool // only tells what somebody's work is about
	first   int  // tokens
	last    int
	entry   *entry
}

// Country returns a country or territory by its ISO code.
func Country(code string) (Place, bool) {
	d := load()
	c, ok := d.countries[code]
	if !ok {
		return Place{}, false
	}
	return c.place(), true
}

// Name is the name of a country or territory by its ISO code, or the code itself where it is none.
func Name(code string) string {
	if c, ok := load().countries[code]; ok {
		return c.place().Name
	}
	return code
}

// Countries returns all countries and territories, sorted by name.
func Countries() []Place {
	d := load()
	all := make([]Place, 0, len(d.countries))
	for _, c := range d.countries {
		all = append(all, c.place())
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}
