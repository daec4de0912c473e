package answers

import "strings"

// focused is what a rule gains when the sentences that ask hold it without the others: "I am a police officer. I work
// in Lahore. Where do I send the papers?"
const focused = 0.7

// focusOn finds the sentences that ask: those with a question mark, or else the last that says something. Places and
// numbers count wherever they stand.
func (x *Index) focusOn(a *reading) {
	a.parted, a.focus = false, a.have
	begin, end, asks := 0, 0, false
	var focus, last set
	said := 0
	for begin < len(a.toks) {
		end = x.sentence(a, begin)
		s, content := x.heldBy(a, begin, end)
		if content {
			said++
			last = s
			if x.questioned(a, end) {
				focus.union(s)
				asks = true
			}
		}
		begin = end
	}
	if said < 2 {
		return
	}
	if !asks {
		focus = last
	}
	a.parted = true
	for i := range flags {
		if a.have.has(i) {
			focus.add(i)
		}
	}
	x.lex.imply(&focus)
	a.focus = focus
}

// sentence is the token after the sentence that begins at one.
func (x *Index) sentence(a *reading, begin int) int {
	for i := begin + 1; i < len(a.toks); i++ {
		gap := a.text[a.toks[i-1].end:a.toks[i].start]
		if strings.ContainsAny(gap, "?!;\n？！。؟।") || strings.Contains(gap, ". ") {
			return i
		}
	}
	return len(a.toks)
}

// heldBy collects the concepts between two tokens; content is false for greetings and thanks.
func (x *Index) heldBy(a *reading, begin, end int) (s set, content bool) {
	n := 0
	for i := begin; i < end; i++ {
		if a.mute[i] {
			continue
		}
		s.union(a.each[i])
		if !x.idle(a, i) && !a.inPlace(&a.toks[i]) {
			n++
		}
	}
	return s, n > 0
}

// questioned says whether the sentence that ends before a token ends in a question mark.
func (x *Index) questioned(a *reading, end int) bool {
	to := len(a.text)
	if end < len(a.toks) {
		to = a.toks[end].start
	}
	return strings.ContainsAny(a.text[a.toks[end-1].end:to], "?？؟")
}
