package telegram

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is the length of one message in UTF-16 units, maxCaption of the text under a file.
const (
	maxText    = 4096
	maxCaption = 1024
)

// split cuts a text into parts of at most limit UTF-16 units: between paragraphs if it can, else between lines, sentences, words,
// and only in a word longer than a message between characters; never within one that is made of several (an emoji family, a letter
// and its accent). White space at a seam is dropped; nothing else is.
func split(text string, limit int) []string {
	text = strings.TrimSpace(text)
	var parts []string
	for text != "" {
		if units(text) <= limit {
			return append(parts, text)
		}
		head := seam(text, limit)
		if part := strings.TrimSpace(text[:head]); part != "" {
			parts = append(parts, part)
		}
		text = strings.TrimSpace(text[head:])
	}
	return parts
}

// seam finds the best place to cut within the first limit units, in bytes. A cut that leaves the part shorter than half is too
// early for all but the last resort.
func seam(text string, limit int) int {
	most := within(text, limit)
	window := text[:most]
	for _, mark := range []string{"\n\n", "\n", ". ", "? ", "! ", "。", " "} {
		if i := strings.LastIndex(window, mark); i > most/2 {
			return i + len(mark)
		}
	}
	if i := strings.LastIndexFunc(window, unicode.IsSpace); i > 0 {
		_, n := utf8.DecodeRuneInString(window[i:])
		return i + n
	}
	return whole(text, most)
}

// whole moves a cut back to where a character begins that people see as one.
func whole(text string, at int) int {
	for cut := at; cut > at-200 && cut > 0; {
		before, n := utf8.DecodeLastRuneInString(text[:cut])
		after, _ := utf8.DecodeRuneInString(text[cut:])
		if !joined(text[:cut], before, after) {
			return cut
		}
		cut -= n
	}
	return at
}

const zeroWidthJoiner = '\u200d'

// joined says that two characters in a row are parts of one that is seen.
func joined(head string, before, after rune) bool {
	switch {
	case after == zeroWidthJoiner, before == zeroWidthJoiner, unicode.Is(unicode.M, after), after >= 0x1f3fb && after <= 0x1f3ff:
		return true
	case flag(before) && flag(after): // flags are pairs
		n := 0
		for r, size := utf8.DecodeLastRuneInString(head); flag(r); r, size = utf8.DecodeLastRuneInString(head) {
			head = head[:len(head)-size]
			n++
		}
		return n%2 == 1
	case before >= 0x1100 && before <= 0x11ff && after >= 0x1160 && after <= 0x11ff: // Korean letters of one syllable
		return true
	}
	return false
}

func flag(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

// trimUnits shortens a label or caption to so many UTF-16 units, with a mark that something is missing.
func trimUnits(s string, limit int) string {
	if units(s) <= limit {
		return s
	}
	return strings.TrimSpace(s[:whole(s, within(s, limit-1))]) + "…"
}

// within is how many bytes of s fit into so many units.
func within(s string, limit int) int {
	n := 0
	for i, r := range s {
		if n += unitsOf(r); n > limit {
			return i
		}
	}
	return len(s)
}
