package answers

import "strings"

// count is a number of years of work as the text gives it.
type count struct {
	years     int // whole ones
	half      bool
	months    bool // counted in months
	less      bool // "less than five"
	more      bool // "more than five"
	uncertain bool // another count is named too
}

// yearsIn reads how long somebody has worked. What is only bounded ("less than five") has no number to print, and two different counts
// say nothing for certain.
func (x *Index) yearsIn(a *reading) (years int, half bool) {
	var first count
	found := false
	for i := range a.toks {
		c, ok := x.countAt(a, i)
		switch {
		case !ok || c.years > 80:
		case !found:
			first, found = c, true
		case c.months && !first.months: // "5 years and 2 months"
			first.more = first.more || first.years == 5
		case first != c:
			first.uncertain = true
		}
	}
	if !found {
		return -1, false
	}
	a.have.add(fYears)
	if first.uncertain || x.besides(a, first.years) {
		return -1, false
	}
	years, half = first.years, first.half
	switch {
	case first.less && years > 5 || first.more && years < 5:
	case first.less:
		a.have.add(fUnder)
	case years > 5 || years == 5 && (half || first.more):
		a.have.add(fOver)
	case years == 5:
		a.have.add(fFive)
	default:
		a.have.add(fUnder)
	}
	if first.less || first.more {
		a.have.add(fBound)
		return -1, false
	}
	return years, half
}

// countAt reads the number at a token, if it counts years or months of work.
func (x *Index) countAt(a *reading, i int) (c count, ok bool) {
	n, known := x.valueAt(a, i)
	if !known || aged(x, a, i) || i > 0 && x.decimal(a, i) {
		return c, false
	}
	next := i + 1
	switch {
	case next < len(a.toks) && x.decimal(a, next):
		c.half = a.toks[next].num == 5
		next++
	case x.andHalf(a, next) > 0:
		c.half = true
		next += x.andHalf(a, next)
	case a.toks[i].text == "half":
		return c, false
	}
	c.less, c.more = x.bounded(a, i, x.cLess), x.bounded(a, i, x.cMore)
	switch {
	case x.unit(a, next, x.cYear):
		c.years = n
		for k := next; k < min(next+3, len(a.toks)) && !c.half; k++ {
			c.half = k > next && x.cHalf >= 0 && (a.each[k].has(x.cHalf) || x.partBegins(a.toks[k].text, x.cHalf))
		}
		return c, true
	case x.unit(a, next, x.cMonth):
		c.years, c.months = n/12, true
		return c, true
	}
	return c, false
}

// andHalf is how many words "and a half" takes, 0 where it does not stand.
func (x *Index) andHalf(a *reading, i int) int {
	for n := 1; n <= 2 && i+n < len(a.toks) && a.toks[i].text == "and"; n++ {
		if a.toks[i+n].text == "half" {
			return n + 1
		}
	}
	return 0
}

func (x *Index) valueAt(a *reading, i int) (int, bool) {
	if n := a.toks[i].num; n >= 0 {
		return n, true
	}
	n, ok := x.numbers[a.toks[i].text]
	return n, ok
}

// decimal says that the number at a token is what follows the point of the one before: "4.5".
func (x *Index) decimal(a *reading, i int) bool {
	t, before := a.toks[i], a.toks[i-1]
	return t.num >= 0 && before.num >= 0 && t.start == before.end+1 && (a.text[before.end] == '.' || a.text[before.end] == ',')
}

// bounded says whether a word of the concept stands just before the number at a token, or just after its unit ("5년 미만").
func (x *Index) bounded(a *reading, i, concept int) bool {
	if concept < 0 {
		return false
	}
	for k := max(0, i-3); k < i; k++ {
		if a.each[k].has(concept) {
			return true
		}
	}
	for k := i + 1; k < min(i+4, len(a.toks)); k++ {
		if x.partBegins(a.toks[k].text, concept) {
			return true
		}
	}
	return false
}

// besides says whether another number is named as all there is, without a unit: "20 years in police but only 1 in this field".
func (x *Index) besides(a *reading, years int) bool {
	for i := 1; i < len(a.toks) && x.cOnly >= 0; i++ {
		if n, ok := x.valueAt(a, i); ok && n < years && a.each[i-1].has(x.cOnly) && !aged(x, a, i) {
			return true
		}
	}
	return false
}

// partBegins says whether a word begins with one of the concept's words of a script that puts endings on.
func (x *Index) partBegins(word string, concept int) bool {
	if ascii(word) || concept < 0 {
		return false
	}
	for _, p := range x.lex.parts {
		if p.concept == concept && strings.HasPrefix(word, p.text) {
			return true
		}
	}
	return false
}
