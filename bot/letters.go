package bot

import (
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Units counts a text in UTF-16 units, as the networks count their limits.
func Units(s string) (n int) {
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// Joined says that a character is seen as one with the end of head, so that no text may be cut between them: marks, skin tones, joined
// emoji, pairs of letters that are a flag, the tags of a flag such as Scotland's, Korean letters of one syllable.
func Joined(head string, next rune) bool {
	last, _ := utf8.DecodeLastRuneInString(head)
	switch {
	case head == "":
		return false
	case next == zeroWidthJoiner, unicode.Is(unicode.M, next), next >= 0x1F3FB && next <= 0x1F3FF, next >= 0xE0020 && next <= 0xE007F:
		return true
	case last == zeroWidthJoiner:
		return !unicode.IsSpace(next)
	case regional(last) && regional(next):
		n := 0
		for r, size := utf8.DecodeLastRuneInString(head); regional(r); r, size = utf8.DecodeLastRuneInString(head) {
			head = head[:len(head)-size]
			n++
		}
		return n%2 == 1
	}
	return last >= 0x1100 && last <= 0x11FF && next >= 0x1160 && next <= 0x11FF
}

const zeroWidthJoiner = '\u200d'

func regional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }
