package discord

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"olle/bot"
)

const (
	maxText = 2000 // of a message, counted as UTF-16, which is the most strict of the possible ways
	maxLink = 1000 // a longer one is taken for text
)

var (
	linkPattern  = regexp.MustCompile(`^https?://[^\s<]+[^<.,:;"')\]\s]`)
	emojiPattern = regexp.MustCompile(`^:[\w+-]{1,64}:`)
	itemPattern  = regexp.MustCompile(`^\d{1,9}[.)]`)
)

// next cuts the smallest piece off s that must stay together, and writes it so that Discord shows it as it is. line says that the
// piece stands at the beginning of a line, white space aside.
func next(s string, line bool) (raw int, shown string) {
	near := s[:min(len(s), maxLink+1)] // a pattern must not read a long text from every place in it
	if link := linkPattern.FindString(near); link != "" && len(link) <= maxLink {
		return len(link), link
	}
	c, n := utf8.DecodeRuneInString(s)
	if line {
		if strings.ContainsRune("#->+", c) {
			return n, `\` + s[:n]
		}
		if item := itemPattern.FindString(near); item != "" {
			return len(item), item[:len(item)-1] + `\` + item[len(item)-1:]
		}
	}
	switch {
	case strings.ContainsRune("\\*_~`|[<", c),
		c == '@' && (strings.HasPrefix(s, "@everyone") || strings.HasPrefix(s, "@here")),
		c == ':' && emojiPattern.MatchString(near):
		return n, `\` + s[:n]
	}
	n = cluster(s)
	return n, s[:n]
}

// cluster returns the length of the first character as people see it.
func cluster(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	for n < len(s) && n < 200 {
		next, size := utf8.DecodeRuneInString(s[n:])
		if !bot.Joined(s[:n], next) {
			break
		}
		n += size
	}
	return n
}

// fit writes as much of s as limit holds, to the end of a paragraph, line, sentence or word where there is one late enough, and returns
// how much of s that is.
func fit(s string, limit int) (shown string, raw int) {
	type mark struct{ raw, shown int }
	var paragraph, row, word mark
	var b strings.Builder
	line, used := true, 0
	for raw < len(s) {
		n, piece := next(s[raw:], line)
		c, _ := utf8.DecodeRuneInString(s[raw:])
		if used+bot.Units(piece) > limit {
			break
		}
		if c == '\n' && strings.HasSuffix(s[:raw], "\n") {
			paragraph = mark{raw, b.Len()}
		}
		if c == '\n' {
			row = mark{raw, b.Len()}
		}
		if unicode.IsSpace(c) {
			word = mark{raw, b.Len()}
		}
		line = c == '\n' || line && unicode.IsSpace(c)
		b.WriteString(piece)
		used += bot.Units(piece)
		raw += n
	}
	if raw == len(s) {
		return b.String(), raw
	}
	for _, m := range []struct {
		mark
		least int
	}{{paragraph, raw / 2}, {row, raw / 2}, {word, 1}} {
		if m.raw >= m.least && m.raw > 0 {
			return b.String()[:m.shown], m.raw
		}
	}
	return b.String(), raw
}

// split writes text in as many messages as it takes.
func split(text string) (parts []string) {
	text = strings.Map(func(c rune) rune {
		if c == 0 || c == '\r' {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
	for text = strings.TrimSpace(text); text != ""; {
		shown, n := fit(text, maxText)
		if shown = strings.TrimSpace(shown); shown != "" {
			parts = append(parts, shown)
		}
		text = strings.TrimSpace(text[n:])
	}
	return parts
}

// cut shortens a label to so many units.
func cut(s string, most int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if bot.Units(s) <= most {
		return s
	}
	var b strings.Builder
	for used := 0; s != ""; {
		n := cluster(s)
		if used += bot.Units(s[:n]); used > most-1 {
			break
		}
		b.WriteString(s[:n])
		s = s[n:]
	}
	return strings.TrimSpace(b.String()) + "…"
}
