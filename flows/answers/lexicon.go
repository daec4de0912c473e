package answers

import (
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"olle/flows/places"
)

// maxConcepts bounds concepts and flags together, so that a set of them is seven words.
const maxConcepts = 448

// set is a set of concepts and flags by number.
type set [maxConcepts / 64]uint64

func (s *set) add(i int)      { s[i>>6] |= 1 << (i & 63) }
func (s *set) del(i int)      { s[i>>6] &^= 1 << (i & 63) }
func (s *set) has(i int) bool { return s[i>>6]&(1<<(i&63)) != 0 }
func (s *set) drop(o *set) {
	for k := range s {
		s[k] &^= o[k]
	}
}
func (s *set) union(o set) {
	for k := range s {
		s[k] |= o[k]
	}
}

func (s *set) holds(o *set) bool { return !o.beyond(s) }

func (s *set) meets(o *set) bool {
	for k := range s {
		if s[k]&o[k] != 0 {
			return true
		}
	}
	return false
}

// beyond says whether s holds something that o does not.
func (s *set) beyond(o *set) bool {
	for k := range s {
		if s[k]&^o[k] != 0 {
			return true
		}
	}
	return false
}

func (s *set) each(f func(i int)) {
	for k, w := range s {
		for ; w != 0; w &= w - 1 {
			f(k<<6 + bits.TrailingZeros64(w))
		}
	}
}

// phrase is a concept's way of saying it in several words.
type phrase struct {
	words   []int32
	concept int
}

// part is a word of a script written without spaces, or with particles: found anywhere in the text.
type part struct {
	text    string
	concept int
}

// lexicon knows the pack's words: exact, by phrase, by beginning, inside other scripts, and mistyped.
type lexicon struct {
	names    []string // concept or flag by number
	number   map[string]int
	vocab    map[string]int32 // by stem
	words    []string
	concepts []set // of a word on its own, by word
	phrases  map[int32][]phrase
	prefixes map[string]set
	shortest int // length of the shortest prefix
	longest  int
	parts    []part
	typos    []typo   // by length, for the search of mistyped words
	from     []int    // typos with at least this length start here
	guard    int      // number of the concept "plain": words never to be corrected to or from
	parents  [][2]int // concept and the one it implies: "role.ngo" is a "role"
}

type typo struct {
	word    int32
	letters uint32
	text    string
}

func newLexicon(concepts map[string][]string, spellings map[string]string) (*lexicon, error) {
	l := &lexicon{number: map[string]int{}, vocab: map[string]int32{}, phrases: map[int32][]phrase{}, prefixes: map[string]set{}, shortest: 99, guard: -1}
	for _, f := range flags {
		l.number[f] = len(l.names)
		l.names = append(l.names, f)
	}
	names := conceptNames(concepts)
	var errs []error
	for _, n := range names {
		if n == "" || strings.ContainsAny(n, " !|+@*") {
			errs = append(errs, fmt.Errorf("answers: concept %q: a name is one word without ! | + @ *", n))
		}
		l.number[n] = len(l.names)
		l.names = append(l.names, n)
	}
	if len(l.names) > maxConcepts {
		return nil, fmt.Errorf("answers: %d concepts and flags, at most %d", len(l.names), maxConcepts)
	}
	for _, short := range slices.Sorted(maps.Keys(spellings)) {
		l.vocab[stem(places.Fold(short))] = l.intern(places.Fold(spellings[short]))
	}
	for _, n := range names {
		for _, w := range concepts[n] {
			if err := l.learnAll(l.number[n], w); err != nil {
				errs = append(errs, fmt.Errorf("answers: concept %s: %w", n, err))
			}
		}
	}
	for _, n := range names {
		if k := strings.LastIndexByte(n, '.'); k > 0 {
			l.parents = append(l.parents, [2]int{l.number[n], l.number[n[:k]]})
		}
	}
	if g, ok := l.number["plain"]; ok {
		l.guard = g
	}
	return l, errors.Join(errs...)
}

// conceptNames lists the concepts and what their names imply ("role" for "role.ngo"), sorted.
func conceptNames(concepts map[string][]string) []string {
	all := map[string]bool{}
	for n := range concepts {
		all[n] = true
		if k := strings.LastIndexByte(n, '.'); k > 0 {
			all[n[:k]] = true
		}
	}
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// imply adds what the concepts present imply.
func (l *lexicon) imply(have *set) {
	for _, p := range l.parents {
		if have.has(p[0]) {
			have.add(p[1])
		}
	}
}

// maxAlternatives bounds the phrases that one with alternatives stands for: each takes its place in memory.
const maxAlternatives = 500

// learnAll adds every phrase that one with alternatives stands for: "keeps|hides my|our passport" are four.
func (l *lexicon) learnAll(c int, w string) error {
	if !strings.Contains(w, "|") {
		return l.learn(c, w)
	}
	all := []string{""}
	for _, field := range strings.Fields(w) {
		var longer []string
		for _, one := range strings.Split(field, "|") {
			for _, begun := range all {
				longer = append(longer, strings.TrimSpace(begun+" "+one))
			}
		}
		if all = longer; len(all) > maxAlternatives {
			return fmt.Errorf("%q stands for more than %d phrases", w, maxAlternatives)
		}
	}
	for _, phrase := range all {
		if err := l.learn(c, phrase); err != nil {
			return err
		}
	}
	return nil
}

// learn adds one word, phrase or beginning ("applic*") of a concept.
func (l *lexicon) learn(c int, w string) error {
	if p, ok := strings.CutSuffix(w, "*"); ok {
		p = places.Fold(p)
		if len(p) < 3 || strings.Contains(p, " ") {
			return fmt.Errorf("%q: a beginning is one word of three letters or more", w)
		}
		s := l.prefixes[p]
		s.add(c)
		l.prefixes[p] = s
		l.shortest, l.longest = min(l.shortest, len(p)), max(l.longest, len(p))
		return nil
	}
	toks := tokenise(w, nil)
	if len(toks) == 0 {
		return fmt.Errorf("%q has no word", w)
	}
	if !ascii(foldTokens(toks)) {
		l.parts = append(l.parts, part{foldTokens(toks), c})
		return nil
	}
	ids := make([]int32, len(toks))
	for i, t := range toks {
		ids[i] = l.intern(t.text)
	}
	if len(ids) == 1 {
		l.concepts[ids[0]].add(c)
		return nil
	}
	l.phrases[ids[0]] = append(l.phrases[ids[0]], phrase{ids, c})
	return nil
}

func (l *lexicon) intern(w string) int32 {
	s := stem(w)
	if id, ok := l.vocab[s]; ok {
		return id
	}
	id := int32(len(l.words))
	l.vocab[s] = id
	l.words = append(l.words, s)
	l.concepts = append(l.concepts, set{})
	return id
}

// joined adds the concepts of a word that was typed as two: "dead line", and the "di sekap" of Indonesian.
func (l *lexicon) joined(a, b string, have *set) {
	if len(a) < 3 && a != "di" || len(b) < 3 || len(a)+len(b) > 24 {
		return
	}
	if id, ok := l.vocab[stem(a+b)]; ok {
		have.union(l.concepts[id])
	}
}

// parted adds the concepts of two words that were typed as one: "airfaresupport".
func (l *lexicon) parted(w string, have *set) bool {
	if len(w) < 7 || len(w) > 24 || !ascii(w) {
		return false
	}
	for n := 4; n <= len(w)-3; n++ {
		a, ok := l.vocab[w[:n]]
		if !ok || l.concepts[a] == (set{}) {
			continue
		}
		if b, ok := l.vocab[stem(w[n:])]; ok && l.concepts[b] != (set{}) {
			have.union(l.concepts[a])
			have.union(l.concepts[b])
			return true
		}
	}
	return false
}

// close sorts the words for the search of mistyped ones; nothing is learned afterwards.
func (l *lexicon) close() {
	for id, w := range l.words {
		if len(w) >= 4 && ascii(w) && w[0] > '9' {
			l.typos = append(l.typos, typo{int32(id), letters(w), w})
		}
	}
	sort.SliceStable(l.typos, func(i, j int) bool { return len(l.typos[i].text) < len(l.typos[j].text) })
	l.from = make([]int, 64)
	for n := range l.from {
		l.from[n] = sort.Search(len(l.typos), func(i int) bool { return len(l.typos[i].text) >= n })
	}
}

// find is the word meant, or -1; exact says that it was written so.
func (l *lexicon) find(w string, correct bool) (id int32, exact bool) {
	s := stem(w)
	if id, ok := l.vocab[s]; ok {
		return id, true
	}
	if root, ends := strings.CutSuffix(s, "nya"); ends && len(root) >= 4 { // "the" of Indonesian
		if id, ok := l.vocab[root]; ok {
			return id, true
		}
	}
	if !correct || len(s) < 4 || len(s) > 24 || !ascii(s) {
		return -1, false
	}
	if id = l.mistyped(s); id >= 0 && (places.English(w) || places.English(s)) && !inflected(s, l.words[id]) {
		return -1, false // a word of its own: "confused" is no mistyped "confined"
	}
	return id, false
}

// inflected says that one word is the other with another ending.
func inflected(a, b string) bool {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n >= 4 && max(len(a), len(b))-n <= 2
}

// mistyped searches within one edit up to seven letters, two above; words shorter than eight letters must
// keep their first one, those of four the last one too, and two edits always keep the first. The nearest wins, then the one with the same first letter.
func (l *lexicon) mistyped(s string) int32 {
	maxEdits := 1
	if len(s) >= 8 {
		maxEdits = 2
	}
	mask, best, bestCost := letters(s), int32(-1), 99
	for _, t := range l.typos[l.from[len(s)-maxEdits]:l.from[len(s)+maxEdits+1]] {
		if bits.OnesCount32(mask^t.letters) > 2*maxEdits || !near(s, t.text) {
			continue
		}
		if l.guard >= 0 && l.concepts[t.word].has(l.guard) {
			continue
		}
		d := places.Distance(s, t.text, maxEdits)
		if d > maxEdits || d > 1 && s[0] != t.text[0] {
			continue
		}
		cost := 2 * d
		if s[0] != t.text[0] {
			cost++
		}
		if cost < bestCost {
			best, bestCost = t.word, cost
		}
	}
	return best
}

func near(a, b string) bool {
	if len(a) > 7 && len(b) > 7 {
		return true
	}
	return a[0] == b[0] && (len(a) > 4 && len(b) > 4 || a[len(a)-1] == b[len(b)-1])
}

func letters(s string) (m uint32) {
	for i := 0; i < len(s); i++ {
		m |= 1 << (s[i] & 31)
	}
	return m
}

// begun adds the concepts whose beginnings the word has.
func (l *lexicon) begun(w string, have *set) (any bool) {
	for n := l.shortest; n <= min(l.longest, len(w)); n++ {
		if s, ok := l.prefixes[w[:n]]; ok {
			have.union(s)
			any = true
		}
	}
	return any
}

func foldTokens(toks []token) string {
	var b strings.Builder
	for i, t := range toks {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
