package answers

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"olle/flows/places"
)

// maxInput is how many bytes of a question are read: 2,000 characters of plain text. More is no question.
const maxInput = 2000

// token is one word or number of the question.
type token struct {
	text       string // folded
	start, end int    // byte offsets in the question
	num        int    // value of a number, -1 for a word
}

// clip cuts the question to maxInput bytes at a character and makes it valid UTF-8.
func clip(q string) string {
	if len(q) > maxInput {
		cut := maxInput
		for cut > 0 && !utf8.RuneStart(q[cut]) {
			cut--
		}
		q = q[:cut]
	}
	return strings.ToValidUTF8(q, " ")
}

// signs are characters that are words of their own.
var signs = map[rune]string{'$': "usd", '＄': "usd", '₩': "krw", '￦': "krw", '€': "eur", '£': "gbp", '₹': "inr", '¥': "jpy", '%': "percent"}

// tokenise splits into folded words and numbers: apostrophes vanish ("don't" is "dont"), digits and letters part
// ("5yrs" is "5 yrs"), and "1,200" is one number.
func tokenise(q string, toks []token) []token {
	for i := 0; i < len(q); {
		r, n := utf8.DecodeRuneInString(q[i:])
		switch {
		case r >= '0' && r <= '9':
			var t token
			t, i = number(q, i)
			toks = append(toks, t)
		case wordRune(r):
			var t token
			t, i = word(q, i)
			if t.text != "" {
				toks = append(toks, t)
			}
		default:
			if s, ok := sign(r); ok {
				toks = append(toks, token{s, i, i + n, -1})
			}
			i += n
		}
	}
	return toks
}

func sign(r rune) (string, bool) {
	if r != '$' && r != '%' && r < 0x80 {
		return "", false
	}
	s, ok := signs[r]
	return s, ok
}

func wordRune(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}

func apostrophe(r rune) bool { return r == '\'' || r == '’' || r == '‘' || r == '`' || r == '´' }

// number reads digits, joined over commas that part thousands.
func number(q string, i int) (token, int) {
	t := token{start: i}
	for i < len(q) {
		c := q[i]
		if c >= '0' && c <= '9' {
			if t.num < 1e8 {
				t.num = t.num*10 + int(c-'0')
			}
			i++
			continue
		}
		if c == ',' && thousands(q[i+1:]) {
			i++
			continue
		}
		break
	}
	t.end = i
	t.text = q[t.start:i]
	if strings.IndexByte(t.text, ',') >= 0 {
		t.text = strings.ReplaceAll(t.text, ",", "")
	}
	return t, i
}

func thousands(s string) bool {
	if len(s) < 3 {
		return false
	}
	for k := 0; k < 3; k++ {
		if s[k] < '0' || s[k] > '9' {
			return false
		}
	}
	return len(s) == 3 || s[3] < '0' || s[3] > '9'
}

// word reads letters, over apostrophes inside the word.
func word(q string, i int) (token, int) {
	t := token{start: i, num: -1}
	plain, lower := true, true
	for i < len(q) {
		r, n := utf8.DecodeRuneInString(q[i:])
		if !wordRune(r) && !(apostrophe(r) && i > t.start) {
			break
		}
		plain = plain && r < 0x80 && r != '\'' && r != '`'
		lower = lower && !(r >= 'A' && r <= 'Z')
		i += n
	}
	t.end = i
	t.text = q[t.start:i]
	switch {
	case plain && lower:
	case plain:
		t.text = strings.ToLower(t.text)
	default:
		t.text = places.Fold(strings.Map(dropApostrophe, t.text))
	}
	return t, i
}

func dropApostrophe(r rune) rune {
	if apostrophe(r) {
		return -1
	}
	return r
}

// stem takes the plural off, nothing else: concepts list the other forms.
func stem(w string) string {
	n := len(w)
	switch {
	case n < 4 || w[n-1] != 's' || w[n-1] >= 0x80:
		return w
	case strings.HasSuffix(w, "ies") && n > 4:
		return w[:n-3] + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"), strings.HasSuffix(w, "xes"):
		return w[:n-2]
	case w[n-2] == 's' || w[n-2] == 'u' || w[n-2] == 'i':
		return w
	}
	return w[:n-1]
}
