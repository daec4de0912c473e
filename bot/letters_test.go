package bot_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"olle/bot"
)

func TestJoined(t *testing.T) {
	for _, whole := range []string{"e\u0301", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇰🇷", "🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F", "\u1112\u1161\u11ab", "1️⃣", "नि"} {
		text := "x" + whole + whole
		var cuts []string
		for begin, i := 0, 0; i < len(text); {
			_, n := utf8.DecodeRuneInString(text[i:])
			i += n
			if next, _ := utf8.DecodeRuneInString(text[i:]); i == len(text) || !bot.Joined(text[:i], next) {
				cuts = append(cuts, text[begin:i])
				begin = i
			}
		}
		if got, want := strings.Join(cuts, "|"), "x|"+whole+"|"+whole; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if bot.Joined("", '\u0301') {
		t.Error("joined to nothing")
	}
}

func TestUnits(t *testing.T) {
	for text, want := range map[string]int{"": 0, "ab": 2, "한": 1, "😀": 2, "\xff": 1} {
		if got := bot.Units(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
