package config

import (
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"

	"olle/flows"
)

// What one grid may be at most. An area with its descriptors is one message, and a level's name fits on a button.
const (
	mostLevels = 7
	mostAreas  = 20
	maxButton  = 40 // characters
)

// areaName is what an area's ID looks like: with grid and level it must fit into a button's value of 64 bytes.
var areaName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,15}$`)

// readRatings reads ratings/*.yaml; the file's name is the grid's.
func (p *pack) readRatings() {
	files, names := p.in("ratings")
	for i, f := range files {
		r := p.report(f)
		if !name.MatchString(names[i]) {
			r.add(0, 0, "the file's name is the grid's: use lower-case letters, digits, - and _, a letter first, at most 32")
		}
		if root := p.trees[f]; root != nil {
			if p.event.Ratings == nil {
				p.event.Ratings = map[string]*flows.Grid{}
			}
			p.event.Ratings[names[i]] = p.readGrid(open(r, root, "the grid"), names[i])
		}
	}
}

func (p *pack) readGrid(o *object, gridName string) *flows.Grid {
	g := &flows.Grid{Name: gridName, Title: o.must("title"), Intro: p.say(o, "intro"), Template: o.flag("template")}
	levels := o.texts("levels")
	if n := len(levels); !o.dead && (n < 2 || n > mostLevels) {
		o.r.at(o.place("levels"), "the grid needs two to %d levels, the lowest first: they are %d", mostLevels, n)
	}
	seen := map[string]int{}
	for _, l := range levels {
		if n := utf8.RuneCountInString(l.text); n > maxButton {
			o.r.at(l, "a level's name stands on a button: %d characters are too many, at most %d fit", n, maxButton)
		}
		unique(o.r, seen, l, "the level", l.text)
		g.Levels = append(g.Levels, l.text)
	}
	areas := o.list("areas")
	if n := len(areas); !o.dead && (n < 1 || n > mostAreas) {
		o.r.at(o.place("areas"), "the grid needs one to %d areas, each with id, name and levels: they are %d", mostAreas, n)
	}
	ids := map[string]int{}
	for _, n := range areas {
		ao := open(o.r, n, "an area")
		a := p.readArea(ao, len(levels))
		unique(o.r, ids, ao.place("id"), "area", a.ID)
		g.Areas = append(g.Areas, a)
	}
	o.done()
	return g
}

func (p *pack) readArea(o *object, levels int) flows.Area {
	a := flows.Area{ID: o.must("id"), Name: o.must("name"), About: p.say(o, "about")}
	if a.ID != "" && (!areaName.MatchString(a.ID) || slices.Contains([]string{"level", "match", "meet", "offer", "show", "spread", "countries", "yes", "no"}, a.ID)) {
		o.r.at(o.place("id"), "id %q: use lower-case letters, digits and -, a letter first, at most 16, and no word of /rate (level, match, meet, offer, show, spread, countries, yes, no)", a.ID)
	}
	if n := utf8.RuneCountInString(a.Name); n > maxButton {
		o.r.at(o.place("name"), "an area's name stands on a button: %d characters are too many, at most %d fit", n, maxButton)
	}
	whole := utf8.RuneCountInString(a.About)
	for _, l := range o.texts("levels") {
		p.checkHoles(o.r, l, l.text, p.eventFact, everywhere)
		a.Levels = append(a.Levels, l.text)
		whole += utf8.RuneCountInString(l.text) + maxButton
	}
	if !o.dead && len(a.Levels) != levels {
		o.r.at(o.place("levels"), "the area says what each of the %d levels means: one text for each, in their order; here are %d", levels, len(a.Levels))
	}
	for len(a.Levels) < levels { // told; the rest of the pack is looked at all the same
		a.Levels = append(a.Levels, "")
	}
	if whole > maxText {
		o.r.at(o.place("levels"), "the area has about %d characters with its levels, at most %d fit into one message: shorten it", whole, maxText)
	}
	o.done()
	return a
}

// ratingSentences are the keys of all sentences of the grids.
func (p *pack) ratingSentences() map[string]bool {
	known := map[string]bool{}
	for _, g := range p.event.Ratings {
		for k := range g.Sentences() {
			known[k] = true
		}
	}
	return known
}

// checkRatingSentence checks a grid's sentence in another language: it must be among the known ones.
func (p *pack) checkRatingSentence(r *report, known map[string]bool, key string, s sentence) {
	if !known[key] {
		r.at(s.at, "no rating grid has the sentence %q%s", key, meant(key, slices.Sorted(maps.Keys(known))))
	}
	p.checkHoles(r, s.at, s.text, p.eventFact, everywhere)
}
