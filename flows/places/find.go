package places

import (
	"math/bits"
	"slices"
	"unicode/utf8"
)

// Find lists every place mentioned in running text, in order, longest match first, never inside longer names or
// words ("Bali Process" is no place, "male applicant" is none, Niger is not in Nigeria).
func Find(text string) []Mention {
	r := read(text)
	r.find()
	return r.tidy()
}

// reader is one text on its way to mentions.
type reader struct {
	d        *data
	text     string
	folded   []byte
	tokens   []token
	mentions []Mention
	shouting bool // no small letters at all: capitals mean nothing
	answer   bool // the text answers "where from?"
	guesses  int  // misspellings looked up so far
	known    map[string]*entry
}

// maxGuesses bounds the search for misspellings in one text: beyond it only exact names count. No question
// comes near it; a hundred thousand characters of noise do.
const maxGuesses = 4000

func read(text string) *reader {
	r := &reader{d: load(), text: text}
	r.folded, r.tokens = scan(text)
	r.shouting = len(r.tokens) > 3
	for i := 0; i < len(text) && r.shouting; i++ {
		r.shouting = text[i] < 'a' || text[i] > 'z'
	}
	return r
}

// word is the folded text of tokens i to j.
func (r *reader) word(i, j int) []byte { return r.folded[r.tokens[i].from:r.tokens[j].to] }

// lookup returns what a folded name means; a long text's names are unpacked once.
func (r *reader) lookup(name []byte) *entry {
	if len(r.tokens) < 100 {
		return r.d.lookup(name)
	}
	e, ok := r.known[string(name)]
	if !ok {
		if e = r.d.lookup(name); e == nil {
			return nil
		}
		if r.known == nil {
			r.known = map[string]*entry{}
		}
		r.known[string(name)] = e
	}
	return e
}

func (r *reader) find() {
	for i := 0; i < len(r.tokens); {
		e, j := r.longest(i)
		if e == nil {
			e, j = r.misspelt(i, 4, 1)
		} else if !r.tokens[i].unit { // "Papua New Giunea" is more than Papua
			if longer, k := r.misspelt(i, 4, j-i+2); longer != nil && !e.same(longer) {
				e, j = longer, k
			}
		}
		if e == nil {
			i++
			continue
		}
		if e.flags&nothing == 0 {
			r.add(i, j, e)
		}
		i = j + 1
	}
}

// same reports whether both entries mean one and the same country.
func (e *entry) same(other *entry) bool {
	return len(e.places) == 1 && len(other.places) == 1 && e.places[0].Code == other.places[0].Code
}

// longest finds the longest name that begins at token i and counts here; e is nil when none does.
func (r *reader) longest(i int) (e *entry, j int) {
	for left := lengths(r.word(i, i)); left != 0; {
		n := bits.Len64(left)
		left &^= 1 << (n - 1)
		j = i + n - 1
		if j >= len(r.tokens) || !r.together(i, j) {
			continue
		}
		if e = r.lookup(r.word(i, j)); e != nil && r.whole(j) && r.counts(i, j, e) {
			return e, j
		}
	}
	return r.inflected(i), i
}

// inflected finds a name with an ending in scripts whose languages write cases as endings ("Улаанбаатараас").
func (r *reader) inflected(i int) *entry {
	w := r.word(i, i)
	if r.tokens[i].unit || len(w) < 12 || w[0] < 0xD0 {
		return nil
	}
	letters := utf8.RuneCount(w)
	for n := letters - 1; n >= 4 && n >= letters-9 && 2*n >= letters; n-- {
		_, size := utf8.DecodeLastRune(w)
		w = w[:len(w)-size]
		if e := r.lookup(w); e != nil && e.flags&(nothing|weak) == 0 {
			return e
		}
	}
	return nil
}

// together reports whether tokens i to j belong to one sentence. Initials ("U.S.A.", "St. Lucia", "S. Korea") do.
func (r *reader) together(i, j int) bool {
	for k := i + 1; k <= j; k++ {
		t := r.tokens[k]
		if t.sep == '.' && (r.tokens[k-1].to-r.tokens[k-1].from > 2 || r.text[r.tokens[k-1].end] != '.') || t.sep == '/' || t.sep == ';' {
			return false
		}
	}
	return true
}

// whole reports whether a name may end at token j: Hangul words go on only with a particle.
func (r *reader) whole(j int) bool {
	if !hangul(r, j) || j+1 >= len(r.tokens) || r.tokens[j+1].sep != 0 || !hangul(r, j+1) {
		return true
	}
	end := j + 1
	for end+1 < len(r.tokens) && end-j < 4 && r.tokens[end+1].sep == 0 && hangul(r, end+1) {
		end++
	}
	return particles[string(r.word(j+1, end))] || particles[string(r.word(j+1, j+1))] && end-j <= 3
}

func hangul(r *reader, i int) bool {
	t := r.tokens[i]
	return t.unit && r.folded[t.from] >= 0xEA && r.folded[t.from] <= 0xED
}

// lookupAt is the longest name at a token, whatever its flags.
func (r *reader) lookupAt(i int) *entry {
	for left := lengths(r.word(i, i)); left != 0; {
		n := bits.Len64(left)
		left &^= 1 << (n - 1)
		if j := i + n - 1; j < len(r.tokens) && r.together(i, j) {
			if e := r.lookup(r.word(i, j)); e != nil {
				return e
			}
		}
	}
	return nil
}

// add records a mention.
func (r *reader) add(i, j int, e *entry) {
	m := Mention{Start: r.tokens[i].start, End: r.tokens[j].end, Note: e.note, first: i, last: j, entry: e}
	m.Text = r.text[m.Start:m.End]
	m.Role, m.strong = r.role(i, j)
	if e.flags&doubtful != 0 && !(e.flags&weak != 0 && r.accented(i, j)) {
		m.confirm = true
	} else if m.Note == "confirm" {
		m.Note = ""
	}
	switch {
	case e.flags&misspelt != 0:
		m.How = Typo
	case e.flags&demonym != 0:
		if !r.people(i, j) {
			return
		}
		m.How, m.Role, m.strong = Demonym, National, false
	}
	switch {
	case e.flags&both != 0:
		for _, p := range e.places {
			m.Place = p
			r.mentions = append(r.mentions, m)
			m.joined = true
		}
		return
	case e.flags&asked != 0:
		m.Ask = slices.Clone(e.places)
	default:
		m.Place = e.places[0]
	}
	r.mentions = append(r.mentions, m)
}
