package terminal

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

func (t *Terminal) wrapped(text string) string { return wrap(harmless(text), t.opt.Width) }

func oneLine(text string) string { return strings.Join(strings.Fields(harmless(text)), " ") }

// harmless removes what could steer a terminal: control and direction characters, and bytes that are no text.
func harmless(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n':
			return c
		case c == '\t':
			return ' '
		case c == '\u200d': // joins emoji
			return c
		case unicode.Is(unicode.C, c):
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// wrap breaks lines between words at the given number of columns. A word longer than that stays whole: it may be an address.
func wrap(text string, columns int) string {
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		at := 0
		for j, word := range strings.Split(line, " ") {
			w := columnsOf(word)
			switch {
			case j == 0:
			case at+1+w > columns:
				b.WriteByte('\n')
				at = 0
			default:
				b.WriteByte(' ')
				at++
			}
			b.WriteString(word)
			at += w
		}
	}
	return b.String()
}

// columnsOf counts what a word takes up: two columns for wide letters, none for marks.
func columnsOf(word string) int {
	n := 0
	for _, c := range word {
		switch k := width.LookupRune(c).Kind(); {
		case unicode.Is(unicode.Mn, c), c == '\u200d':
		case k == width.EastAsianWide || k == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
