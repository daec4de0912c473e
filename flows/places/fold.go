package places

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold is the package's normalisation for matching: lower case, compatibility forms resolved, accents of alphabetic
// scripts dropped, punctuation to single spaces, invisible characters (bidirectional controls, joiners, soft hyphens)
// removed. Vowel signs of the scripts of South and South-East Asia stay: there they are letters in all but name.
func Fold(s string) string {
	if plain(s) {
		return s
	}
	if folded, ok := foldSimple(s); ok {
		return folded
	}
	folded, _ := scan(s)
	return string(folded)
}

// foldSimple folds what most people type: letters, figures and spaces of ASCII, with at most a mark at the end. false: it is not that simple.
func foldSimple(s string) (string, bool) {
	var short [64]byte
	folded := short[:0]
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c == ' ':
			if n := len(folded); n == 0 || folded[n-1] == ' ' {
				continue
			}
		case (c < 'a' || c > 'z') && (c < '0' || c > '9'):
			if i < len(s)-1 || c >= utf8.RuneSelf {
				return "", false
			}
			continue
		}
		folded = append(folded, c)
	}
	if n := len(folded); n > 0 && folded[n-1] == ' ' {
		folded = folded[:n-1]
	}
	return string(folded), true
}

// plain says that folding changes nothing: words of small letters and figures, one space between them. Most of what is looked for is
// written so.
func plain(s string) bool {
	gap := true // a space may not come next
	for i := range len(s) {
		c := s[i]
		if c == ' ' && gap || c != ' ' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
		gap = c == ' '
	}
	return !gap
}

// token is one unit of matching: a word, or one character of a script that is written without spaces.
type token struct {
	from, to   int // in the folded text
	start, end int // in the original text
	case_      uint8
	unit       bool // a character of a script without spaces (or Hangul)
	sep        byte // what stood before it: 0 nothing, ' ', or the last punctuation mark seen, '.' for an end of sentence
}

const (
	lower uint8 = iota
	title       // first letter in capitals
	upper       // all letters in capitals, at least two
)

// what a character means for matching.
const (
	separator uint8 = iota
	dropped
	letter
	single // a token of its own
	attached
)

// scan folds a text and cuts it into tokens. It looks at every byte once.
func scan(s string) ([]byte, []token) {
	t := scanner{folded: make([]byte, 0, len(s)+8), tokens: make([]token, 0, len(s)/5+2)}
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if t.hangul.r != 0 {
				t.settle()
			}
			t.ascii(c, i)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		t.rune(r, s[i:i+size], i, size)
		i += size
	}
	t.finish()
	return t.folded, t.tokens
}

type scanner struct {
	folded []byte
	tokens []token
	open   bool // a word is being read
	sep    byte
	caps   int // capitals and letters of the open word
	count  int
	titled bool

	hangul struct { // a syllable that the next character may still complete
		r        rune // 0: none
		at, size int
	}
}

func (t *scanner) ascii(c byte, at int) {
	switch {
	case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
		t.put(rune(c), at, 1, c >= '0' && c <= '9', false)
	case c >= 'A' && c <= 'Z':
		t.put(rune(c)+'a'-'A', at, 1, false, true)
	default:
		t.gap(c)
	}
}

func (t *scanner) rune(r rune, text string, at, size int) {
	if r == utf8.RuneError {
		t.settle()
		t.gap(' ')
		return
	}
	if d := string(norm.NFKD.PropertiesString(text).Decomposition()); d != "" {
		for _, x := range d { // a circled syllable comes apart into the pieces of Hangul
			t.plain(x, at, size)
		}
		return
	}
	t.plain(r, at, size)
}

// plain takes a character that has no further decomposition. Hangul that arrives in pieces (as some systems store it) is put together.
func (t *scanner) plain(r rune, at, size int) {
	h := &t.hangul
	if h.r != 0 {
		if whole := syllable(h.r, r); whole != 0 {
			h.r, h.size = whole, at+size-h.at
			return
		}
		if classify(r) == dropped {
			return
		}
		t.settle()
	}
	if r >= 0x1100 && r <= 0x1112 || r >= 0xAC00 && r <= 0xD7A3 {
		h.r, h.at, h.size = r, at, size
		return
	}
	t.place(r, at, size)
}

// settle says that nothing completes the syllable that waits.
func (t *scanner) settle() {
	if h := &t.hangul; h.r != 0 {
		t.place(h.r, h.at, h.size)
		h.r = 0
	}
}

func (t *scanner) place(r rune, at, size int) {
	if r < utf8.RuneSelf {
		t.ascii(byte(r), at)
		if t.open {
			t.tokens[len(t.tokens)-1].end = at + size
		}
		return
	}
	low := unicode.ToLower(r)
	if special := letters[low]; special != "" {
		for _, x := range special {
			t.put(x, at, size, false, low != r)
		}
		return
	}
	switch classify(r) {
	case separator:
		t.gap(sentenceMark(r))
	case letter:
		t.put(low, at, size, false, low != r)
	case single:
		t.close()
		t.put(r, at, size, false, false)
		t.tokens[len(t.tokens)-1].unit = true
		t.open = false
	case attached:
		if n := len(t.tokens); n > 0 && t.sep == 0 {
			t.folded = utf8.AppendRune(t.folded, r)
			t.tokens[n-1].to, t.tokens[n-1].end = len(t.folded), at+size
		}
	}
}

// put adds one folded character to the open word, or opens one.
func (t *scanner) put(r rune, at, size int, digit, capital bool) {
	if n := len(t.tokens); !t.open {
		if t.sep != 0 && n > 0 {
			t.folded = append(t.folded, ' ')
		}
		t.tokens = append(t.tokens, token{from: len(t.folded), start: at, sep: t.sep})
		t.open, t.sep, t.caps, t.count, t.titled = true, 0, 0, 0, capital
	}
	t.folded = utf8.AppendRune(t.folded, r)
	if !digit {
		t.count++
	}
	if capital {
		t.caps++
	}
	last := &t.tokens[len(t.tokens)-1]
	last.to, last.end = len(t.folded), at+size
}

func (t *scanner) gap(c byte) {
	t.close()
	switch {
	case t.sep == '.': // the end of a sentence outweighs what follows it
	case c == '.' || c == '!' || c == '?' || c == ';' || c == '\n':
		t.sep = '.'
	case c > ' ' && c != 0x7f:
		t.sep = c
	case t.sep == 0:
		t.sep = ' '
	}
}

func (t *scanner) close() {
	if !t.open {
		return
	}
	t.open = false
	last := &t.tokens[len(t.tokens)-1]
	switch {
	case t.caps >= 2 && t.caps == t.count:
		last.case_ = upper
	case t.titled:
		last.case_ = title
	}
}

func (t *scanner) finish() {
	t.settle()
	t.close()
}

// syllable is a syllable of Hangul with its next piece: a lead with its vowel, or an open syllable with its tail. 0: they do not join.
// The arithmetic is that of the Unicode standard, section 3.12.
func syllable(r, next rune) rune {
	switch {
	case r <= 0x1112 && next >= 0x1161 && next <= 0x1175:
		return 0xAC00 + ((r-0x1100)*21+(next-0x1161))*28
	case r >= 0xAC00 && (r-0xAC00)%28 == 0 && next >= 0x11A8 && next <= 0x11C2:
		return r + next - 0x11A7
	}
	return 0
}

// letters, small, without a decomposition that people type as plain ones.
var letters = map[rune]string{
	'đ': "d", 'ð': "d", 'ł': "l", 'ø': "o", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ı': "i", 'þ': "th",
}

func sentenceMark(r rune) byte {
	switch r {
	case '。', '．', '！', '？', '।', '॥', '؟', '።', '།', '၊', '။', '។':
		return '.'
	case '、', '،', '，', '・':
		return ','
	case '–', '—', '→', '‐', '‑', '➔', '➜', '⇒', '−':
		return '-'
	}
	return ' '
}

// classify says what a character outside ASCII means for matching.
func classify(r rune) uint8 {
	switch {
	case r >= 0x0E00 && r <= 0x0EFF, r >= 0x1000 && r <= 0x109F, r >= 0x1780 && r <= 0x17FF: // Thai, Lao, Burmese, Khmer
		return unspaced(r)
	case r >= 0x3041 && r <= 0x3096, r >= 0x3400 && r <= 0x9FFF, r >= 0xAC00 && r <= 0xD7A3,
		r >= 0xF900 && r <= 0xFAFF, r >= 0x20000 && r <= 0x323AF: // kana, Han, Hangul
		return single
	case r >= 0x0300 && r <= 0x036F, r >= 0x0483 && r <= 0x0489, r >= 0x0591 && r <= 0x05C7, r >= 0x064B && r <= 0x065F,
		r == 0x0670, r >= 0x06D6 && r <= 0x06ED, r >= 0x1AB0 && r <= 0x1AFF, r >= 0x1DC0 && r <= 0x1DFF,
		r >= 0x20D0 && r <= 0x20FF, r == 0x3099, r == 0x309A, r >= 0xFE00 && r <= 0xFE0F, r >= 0xFE20 && r <= 0xFE2F,
		r == 0x093C, r == 0x09BC, r == 0x0A3C, r == 0x0ABC, r == 0x0640: // accents, points, nukta, tatweel
		return dropped
	case r == 0x30FC:
		return attached
	}
	switch {
	case unicode.Is(unicode.Cf, r), r == 0x034F, r == 0x115F, r == 0x1160, r == 0x3164:
		return dropped
	case unicode.Is(unicode.Lm, r) && r >= 0x02B0 && r <= 0x02FF: // ʻ and ʼ, typed as ' by most
		return separator
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return letter
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r):
		return attached
	}
	return separator
}

func unspaced(r rune) uint8 {
	switch {
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r):
		return attached
	case unicode.IsLetter(r):
		return single
	case unicode.IsDigit(r):
		return letter
	}
	return separator
}
