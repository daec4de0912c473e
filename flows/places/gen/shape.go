//go:build ignore

package main

import "unicode"

// tokens counts the units of matching in a folded name as the package does: words, or characters of scripts without
// spaces. A test of the package holds the two together.
func tokens(key string) int {
	n, open := 0, false
	for _, r := range key {
		switch {
		case r == ' ':
			open = false
		case unit(r):
			n, open = n+1, false
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r) || r == 0x30FC:
		case !open:
			n, open = n+1, true
		}
	}
	return n
}

// firstToken is the first of them.
func firstToken(key string) string {
	for i, r := range key {
		if i > 0 && (r == ' ' || unit(r) || unit([]rune(key)[0]) && !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Mc, r) && r != 0x30FC) {
			return key[:i]
		}
	}
	return key
}

func unit(r rune) bool {
	switch {
	case r >= 0x0E00 && r <= 0x0EFF, r >= 0x1000 && r <= 0x109F, r >= 0x1780 && r <= 0x17FF:
		return unicode.IsLetter(r)
	}
	return r >= 0x3041 && r <= 0x3096 || r >= 0x3400 && r <= 0x9FFF || r >= 0xAC00 && r <= 0xD7A3 ||
		r >= 0xF900 && r <= 0xFAFF || r >= 0x20000 && r <= 0x323AF
}
