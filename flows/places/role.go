package places

import (
	"bytes"
	"strings"
)

// class is what the word at token i says.
func (r *reader) class(i int) uint32 {
	if i < 0 || i >= len(r.tokens) {
		return 0
	}
	return classes[string(r.word(i, i))]
}

func (r *reader) is(i int, words ...string) bool {
	if i < 0 || i >= len(r.tokens) {
		return false
	}
	for _, x := range words {
		if string(r.word(i, i)) == x {
			return true
		}
	}
	return false
}

// stays reports whether token i continues the phrase of the token before it.
func (r *reader) stays(i int) bool {
	return i > 0 && i < len(r.tokens) && r.tokens[i].sep != '.' && r.tokens[i].sep != ','
}

// role reads what the text does with the place at tokens i to j; strong says that a verb of travel goes with "from".
func (r *reader) role(i, j int) (role Role, strong bool) {
	if role = r.glued(i, j); role != Bare {
		return role, true
	}
	if r.class(j+1)&citizen != 0 && r.stays(j+1) {
		return National, false
	}
	if role, strong = r.prefix(i, j); role != Bare {
		return role, strong
	}
	return r.suffix(j)
}

// glued reads the small words of languages that write them next to the place.
func (r *reader) glued(i, j int) Role {
	head, tail := r.folded[:r.tokens[i].from], r.folded[r.tokens[j].to:]
	for _, w := range before {
		if bytes.HasSuffix(head, []byte(w.text)) {
			return w.role
		}
	}
	for _, w := range after {
		if bytes.HasPrefix(tail, []byte(w.text)) {
			return w.role
		}
	}
	return Bare
}

// prefix reads the words before a place.
func (r *reader) prefix(i, j int) (Role, bool) {
	if !r.stays(i) {
		return Bare, false
	}
	k := i - 1
	for steps := 0; steps < 3 && k > 0 && r.class(k)&skipped != 0 && r.class(k)&inside == 0 && r.stays(k); steps++ {
		k--
	}
	c, b := r.class(k), k-1
	switch {
	case r.is(k, "from", "frm", "fom"), r.is(k, "form") && r.class(b)&travel != 0:
		return r.origin(k, j)
	case r.is(k, "of") && r.is(b, "out"), r.is(k, "of") && r.class(b)&(start|leaving) != 0:
		return From, true
	case r.is(k, "of") && r.class(b)&citizen != 0:
		return National, false
	case c&passing != 0, r.is(k, "in", "at", "with", "of") && (r.class(b)|r.class(b-1))&passing != 0:
		return Via, false
	case c&towards != 0 && r.moved(k):
		return Lives, false
	case c&towards != 0, r.is(k, "for") && r.class(b)&leaving != 0:
		return To, false
	case c&leaving != 0:
		return From, true
	case r.is(k, "of") && r.class(b)&(staying|person) == 0:
		return Bare, false
	case r.is(k, "in", "at") && r.is(b, "start", "starting", "starts", "board", "boarding", "starts"):
		return From, true
	case c&inside != 0:
		return r.location(k), false
	case c&start != 0 && r.tokens[i].sep == ':', r.is(k, "is") && (r.class(b)&start != 0 || r.is(b, "point")):
		return From, true
	case c&citizen != 0:
		return National, false
	}
	return Bare, false
}

// origin tells a departure from a descent: "fly from Nepal", "I am from Nepal".
func (r *reader) origin(k, j int) (Role, bool) {
	if r.stays(k) && (r.class(k-1)|r.class(k-2))&passing != 0 {
		return Via, false
	}
	for b := k - 1; b >= 0 && b >= k-5 && r.tokens[b+1].sep != '.'; b-- {
		c := r.class(b)
		switch {
		case c&moving != 0, r.is(b, "originally", "native", "hail", "hails", "born"), r.is(b, "come", "comes", "came") && b == k-1:
			return National, false
		case c&travel != 0:
			return From, true
		case c&being != 0 && b >= k-2:
			return National, false
		}
	}
	for b := j + 1; b <= j+4 && r.stays(b); b++ {
		if r.is(b, "fly", "depart", "leave", "flying", "departing", "flight", "airport", "leaving", "airfare", "ticket") {
			return From, true
		}
	}
	return From, false
}

// aside reports whether a place only says what somebody's work is about: "with Myanmar migrants".
func (r *reader) aside(m *Mention) bool {
	if m.Role != Bare && m.Role != National || r.class(m.last+1)&affected == 0 || !r.stays(m.last+1) {
		return false
	}
	return r.is(m.first-1, "with", "about", "on", "of", "helping", "help", "assist", "assisting", "supporting", "support", "serving", "for", "among",
		"many", "between", "regarding", "the", "case")
}

// moved reports whether "to" at token k ends a move: "transferred from Nepal to Thailand".
func (r *reader) moved(k int) bool {
	for b := k - 1; b >= 0 && b >= k-6 && r.tokens[b+1].sep != '.'; b-- {
		if r.class(b)&moving != 0 {
			return true
		}
	}
	return false
}

// location reads "in": where somebody lives, or lived, or where an event takes place.
func (r *reader) location(k int) Role {
	if r.class(k-1)&past != 0 && r.class(k-1)&being == 0 || r.is(k-1, "lived", "worked", "studied", "born", "raised", "up") {
		return National
	}
	for b := k - 2; b >= 0 && b >= k-4 && r.stays(b+1); b-- {
		if c := r.class(b); c&past != 0 && c&being == 0 {
			return National
		}
	}
	for b := k - 1; b >= 0 && b >= k-4 && r.tokens[b+1].sep != '.'; b-- {
		c := r.class(b)
		switch {
		case c&meeting != 0:
			return To
		case c&staying != 0:
			return Lives
		}
	}
	return Lives
}

// suffix reads the words after a place.
func (r *reader) suffix(j int) (Role, bool) {
	if !r.stays(j + 1) {
		return Bare, false
	}
	switch {
	case r.is(j+1, "departure", "departing", "airport") && !r.is(j+2, "of"):
		return From, true
	case r.is(j+1, "based"), r.is(j+1, "resident", "residents"):
		return Lives, false
	case r.is(j+1, "to") && j+2 < len(r.tokens) && !r.is(j+2, "the", "be", "get", "attend", "join", "apply"):
		if e := r.lookupAt(j + 2); e != nil && e.flags&nothing == 0 {
			return From, true
		}
	case r.is(j+1, "is") && r.is(j+2, "my", "our", "the") && (r.class(j+3)&start != 0 || r.is(j+3, "point")),
		r.is(j+1, "as") && (r.class(j+2)&start != 0 || r.class(j+3)&start != 0):
		return From, true
	}
	return Bare, false
}

// people reports whether a demonym at tokens i to j means people, not a language, a dish or a currency.
func (r *reader) people(i, j int) bool {
	if r.stays(j+1) && r.class(j+1)&(tongue|thing) != 0 {
		return false
	}
	if r.stays(i) && r.class(i-1)&speaking != 0 {
		return false
	}
	if r.is(i-1, "in", "into") && r.stays(i) {
		return false
	}
	return !strings.HasPrefix(string(r.folded[r.tokens[j].to:min(len(r.folded), r.tokens[j].to+9)]), " speaking")
}
