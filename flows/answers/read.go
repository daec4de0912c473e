package answers

import "strings"

// read takes a question apart: words, concepts, places, numbers, features for the search.
func (x *Index) read(a *reading, q string) {
	a.reset(clip(q))
	a.toks = tokenise(a.text, a.toks[:0])
	if len(x.topics) > 0 { // else nothing is said of places
		x.placesIn(a)
	}
	x.understand(a)
	x.doubtful(a)
	x.numbersIn(a)
	a.years, a.half = x.yearsIn(a)
	if strings.ContainsAny(a.text, "?？؟") {
		a.have.add(fMark)
	}
	if len(a.toks) <= 3 {
		a.have.add(fShort)
	}
	if a.content == 0 && a.have.has(fPlace) {
		a.have.add(fBare)
	}
	x.focusOn(a)
	x.featuresIn(a)
}

// learnFrom reads a way of asking of the pack: as read, but without looking for places, which examples do not need.
func (x *Index) learnFrom(a *reading, q string) {
	a.reset(clip(q))
	a.toks = tokenise(a.text, a.toks[:0])
	x.understand(a)
	x.featuresIn(a)
}

func (a *reading) reset(text string) {
	a.text = text
	a.ids, a.feats, a.each, a.mute = a.ids[:0], a.feats[:0], a.each[:0], a.mute[:0]
	a.half = false
	a.have, a.years, a.amount, a.unknown, a.content = set{}, -1, "", 0, 0
	a.where.Places, a.where.Mentions = nil, nil
}

// understand finds the concepts of all words and phrases.
func (x *Index) understand(a *reading) {
	x.wordsIn(a)
	x.courtesyIn(a)
	x.phrasesIn(a)
	x.deny(a)
	for i := range a.each {
		if !a.mute[i] {
			a.have.union(a.each[i])
		}
	}
	x.partsIn(a)
	x.lex.imply(&a.have)
	x.weigh(a)
}

// wordsIn finds every word's number and the concepts it has on its own. Words inside the name of a place are taken
// as written, never set right.
func (x *Index) wordsIn(a *reading) {
	for i := range a.toks {
		t := &a.toks[i]
		var has set
		inPlace := a.inPlace(t)
		id, exact := x.lex.find(t.text, false)
		begun := x.lex.begun(t.text, &has)
		if !exact && !begun && !inPlace && t.num < 0 && !x.lex.parted(t.text, &has) {
			id, _ = x.lex.find(t.text, true)
		}
		if id >= 0 && !inPlace {
			has.union(x.lex.concepts[id])
		}
		a.ids, a.each, a.mute = append(a.ids, id), append(a.each, has), append(a.mute, false)
		if i > 0 && !inPlace {
			x.lex.joined(a.toks[i-1].text, t.text, &a.each[i])
		}
	}
}

// courtesyIn mutes what is only politeness ("hope this finds you well", "please let me know") and phrases that say
// something else than their words ("free time", "head office"), unless nothing else is said.
func (x *Index) courtesyIn(a *reading) {
	found := false
	for i, id := range a.ids {
		if id < 0 {
			continue
		}
		for _, p := range x.lex.phrases[id] {
			if (p.concept == x.cCourtesy || p.concept == x.cAside) && follows(a.ids[i:], p.words) {
				found = true
				for k := range p.words {
					a.mute[i+k] = true
				}
			}
		}
	}
	if found && !x.anythingLeft(a) {
		clear(a.mute)
	}
}

// anythingLeft says whether a word that is not muted says something.
func (x *Index) anythingLeft(a *reading) bool {
	for i := range a.toks {
		if a.mute[i] {
			continue
		}
		if a.inPlace(&a.toks[i]) || a.ids[i] < 0 || !x.idle(a, i) {
			return true
		}
	}
	return false
}

// idle says that a word is a filler or a greeting.
func (x *Index) idle(a *reading, i int) bool {
	c := &a.each[i]
	return x.cFiller >= 0 && c.has(x.cFiller) || x.cHello >= 0 && c.has(x.cHello) || x.cThanks >= 0 && c.has(x.cThanks)
}

// weigh counts the words that say something and those nobody knows.
func (x *Index) weigh(a *reading) {
	for i := range a.toks {
		t := &a.toks[i]
		inPlace := a.inPlace(t)
		if a.mute[i] || inPlace {
			continue
		}
		if t.num < 0 && !a.each[i].beyond(&x.common) {
			if a.ids[i] < 0 || x.lex.concepts[a.ids[i]] != (set{}) {
				a.unknown++ // a common word that says nothing here is as good as one nobody knows
			}
		}
		if x.cFiller < 0 || !a.each[i].has(x.cFiller) {
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

// phrasesIn adds the concepts said in several words to the first of them.
func (x *Index) phrasesIn(a *reading) {
	for i, id := range a.ids {
		if id < 0 || a.mute[i] {
			continue
		}
		for _, p := range x.lex.phrases[id] {
			if follows(a.ids[i:], p.words) && !a.mute[i+len(p.words)-1] {
				a.each[i].add(p.concept)
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
		at := strings.Index(s, p.text)
		if at < 0 {
			continue
		}
		if x.claims.has(p.concept) && x.cDenial >= 0 && x.deniedAfter(s[at+len(p.text):]) {
			a.have.add(fDenied)
			continue
		}
		a.have.add(p.concept)
	}
}

// featuresIn lists concepts and those words that carry no concept.
func (x *Index) featuresIn(a *reading) {
	n := int32(len(x.lex.names))
	for i, id := range a.ids {
		if id < 0 || a.mute[i] || a.inPlace(&a.toks[i]) || x.lex.concepts[id].beyond(&x.quiet) || seen(a.ids[:i], id) {
			continue
		}
		a.feats = append(a.feats, n+id)
	}
	for i := len(flags); i < int(n); i++ {
		if a.have.has(i) && i != x.cFiller && i != x.lex.guard && !x.quiet.has(i) {
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
