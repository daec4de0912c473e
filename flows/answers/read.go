package answers

import "strings"

// read takes a question apart: words, concepts, places, numbers, features for the search.
func (x *Index) read(a *reading, q string) {
	a.text = clip(q)
	a.toks = tokenise(a.text, a.toks[:0])
	a.ids, a.feats = a.ids[:0], a.feats[:0]
	a.have, a.years, a.amount, a.unknown, a.content = set{}, -1, "", 0, 0
	x.placesIn(a)
	x.wordsIn(a)
	x.phrasesIn(a)
	x.partsIn(a)
	x.lex.imply(&a.have)
	a.years = x.numbersIn(a)
	if strings.ContainsAny(a.text, "?？؟") {
		a.have.add(fMark)
	}
	if len(a.toks) <= 3 {
		a.have.add(fShort)
	}
	if a.content == 0 && a.have.has(fPlace) {
		a.have.add(fBare)
	}
	x.featuresIn(a)
}

// wordsIn finds every word's number and the concepts it has on its own. Words inside the name of a place are taken
// as written, never set right.
func (x *Index) wordsIn(a *reading) {
	for i := range a.toks {
		t := &a.toks[i]
		inPlace := a.inPlace(t)
		id, exact := x.lex.find(t.text, false)
		begun := x.lex.begun(t.text, &a.have)
		if !exact && !begun && !inPlace && t.num < 0 {
			id, _ = x.lex.find(t.text, true)
		}
		a.ids = append(a.ids, id)
		filler := t.num >= 0 && inPlace
		if id >= 0 {
			c := &x.lex.concepts[id]
			if !inPlace {
				a.have.union(*c)
			}
			filler = filler || x.cFiller >= 0 && c.has(x.cFiller)
		} else if !begun && !inPlace && t.num < 0 {
			a.unknown++
		}
		if !filler && !inPlace {
			a.content++
		}
	}
}

func (a *reading) inPlace(t *token) bool {
	for i := range a.where.Mentions {
		m := &a.where.Mentions[i]
		if t.start < m.End && t.end > m.Start {
			return true
		}
	}
	return false
}

// phrasesIn adds the concepts said in several words.
func (x *Index) phrasesIn(a *reading) {
	for i, id := range a.ids {
		if id < 0 {
			continue
		}
		for _, p := range x.lex.phrases[id] {
			if follows(a.ids[i:], p.words) {
				a.have.add(p.concept)
			}
		}
	}
}

func follows(ids, words []int32) bool {
	if len(ids) < len(words) {
		return false
	}
	for k, w := range words {
		if ids[k] != w {
			return false
		}
	}
	return true
}

// partsIn adds concepts whose words stand inside text of other scripts.
func (x *Index) partsIn(a *reading) {
	if ascii(a.text) {
		return
	}
	var b strings.Builder
	for _, t := range a.toks {
		if !ascii(t.text) {
			b.WriteString(t.text)
			b.WriteByte(' ')
		}
	}
	if b.Len() == 0 {
		return
	}
	s := b.String()
	for _, p := range x.lex.parts {
		if strings.Contains(s, p.text) {
			a.have.add(p.concept)
		}
	}
}

// featuresIn lists concepts and those words that carry no concept.
func (x *Index) featuresIn(a *reading) {
	n := int32(len(x.lex.names))
	for i, id := range a.ids {
		if id < 0 || a.inPlace(&a.toks[i]) || x.lex.concepts[id] != (set{}) || seen(a.ids[:i], id) {
			continue
		}
		a.feats = append(a.feats, n+id)
	}
	for i := len(flags); i < int(n); i++ {
		if a.have.has(i) && i != x.cFiller && i != x.lex.guard {
			a.feats = append(a.feats, int32(i))
		}
	}
}

func seen(ids []int32, id int32) bool {
	for _, o := range ids {
		if o == id {
			return true
		}
	}
	return false
}
