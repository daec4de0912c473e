package answers

import "strings"

// reach is how many words a denial reaches: "I do not work for the government".
const reach = 4

// deny takes back the roles and levels that the text denies, so that nobody is answered as what they say they are not.
func (x *Index) deny(a *reading) {
	if x.cDenial < 0 {
		return
	}
	for i := range a.toks {
		if a.mute[i] || !a.each[i].has(x.cDenial) {
			continue
		}
		for k := i + 1; k <= min(i+reach+1, len(a.toks)-1); k++ {
			if x.cOnly >= 0 && a.each[k].has(x.cOnly) || x.cBut >= 0 && a.each[k].has(x.cBut) || k > i+1 && strings.ContainsAny(a.text[a.toks[k-1].end:a.toks[k].start], ".,;!?-") {
				break
			}
			if a.each[k].meets(&x.claims) {
				a.each[k].drop(&x.claims)
				a.have.add(fDenied)
			}
		}
	}
}

// deniedAfter says whether a word of a language that denies behind it is denied: "공무원이 아닌데요".
func (x *Index) deniedAfter(rest string) bool {
	if len(rest) > 24 {
		rest = rest[:24]
	}
	for _, p := range x.lex.parts {
		if p.concept == x.cDenial && strings.Contains(rest, p.text) {
			return true
		}
	}
	return false
}
