package telegram

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"olle/bot"
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
		if bot.Units(text) <= limit {
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
		_, n := utf8.DecodeLastRuneInString(text[:cut])
		after, _ := utf8.DecodeRuneInString(text[cut:])
		if !bot.Joined(text[:cut], after) {
			return cut
		}
		cut -= n
	}
	return at
}

// trimUnits shortens a label or caption to so many UTF-16 units, with a mark that something is missing.
func trimUnits(s string, limit int) string {
	if bot.Units(s) <= limit {
		return s
	}
	return strings.TrimSpace(s[:whole(s, within(s, limit-1))]) + "…"
}

// within is how many bytes of s fit into so many units.
func within(s string, limit int) int {
	n := 0
	for i, r := range s {
		if n += utf16.RuneLen(r); n > limit {
			return i
		}
	}
	return len(s)
}
