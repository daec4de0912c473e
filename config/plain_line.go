package config

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// inline reads a value within a line and returns where it ends. flow: it stands in a [list] or {group}.
func (p *plainReader) inline(line string, from, depth int, flow bool) (n *node, end int) {
	if depth > maxNesting || from >= len(line) {
		return p.leave(), from
	}
	switch line[from] {
	case '"':
		return p.quoted(line, from)
	case '[', '{':
		return p.flow(line, from, depth)
	}
	end = len(line)
	if i := strings.Index(line[from:], " #"); i >= 0 {
		end = from + i
	}
	if flow {
		if i := strings.IndexAny(line[from:end], ",[]{}:"); i >= 0 {
			end = from + i
		}
	}
	text := strings.TrimRight(line[from:end], " ")
	if !isPlain(text) {
		return p.leave(), end
	}
	return p.node(scalar, from, text), end
}

// flow reads a [list] or a {group} that ends in the same line.
func (p *plainReader) flow(line string, from, depth int) (n *node, end int) {
	open, closing, k := line[from], byte(']'), sequence
	if open == '{' {
		closing, k = '}', mapping
	}
	n = p.node(k, from, "")
	at := skip(line, from+1)
	if at < len(line) && line[at] == closing {
		return n, at + 1
	}
	for p.ok {
		var value *node
		if k == mapping {
			size := keyLength(line[at:])
			if size == 0 {
				return p.leave(), at
			}
			key := p.node(scalar, at, line[at:at+size])
			if n.get(key.text) != nil {
				return p.leave(), at
			}
			if len(n.fields) == 0 {
				n.line, n.column = key.line, key.column
			}
			value, at = p.inline(line, skip(line, at+size+1), depth+1, true)
			n.fields = append(n.fields, field{key, value})
		} else {
			value, at = p.inline(line, at, depth+1, true)
			n.items = append(n.items, value)
		}
		at = skip(line, at)
		switch {
		case at < len(line) && line[at] == ',':
			at = skip(line, at+1)
		case at < len(line) && line[at] == closing:
			return n, at + 1
		default:
			return p.leave(), at
		}
	}
	return n, at
}

func skip(line string, at int) int {
	for at < len(line) && line[at] == ' ' {
		at++
	}
	return at
}

// quoted reads a text in double quotes that ends in the same line.
func (p *plainReader) quoted(line string, from int) (n *node, end int) {
	escaped := false
	for i := from + 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
			if i == len(line) || strings.IndexByte(`"\n`, line[i]) < 0 {
				return p.leave(), i
			}
			escaped = true
		case '"':
			text := line[from+1 : i]
			if escaped {
				text = unescape.Replace(text)
			}
			return p.node(scalar, from, text), i + 1
		}
	}
	return p.leave(), len(line)
}

var unescape = strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\n`, "\n")

// keyLength is the length of a plain key in front of ": " or ":" at the end of the line, 0 where there is none.
func keyLength(line string) int {
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || (c == '_' || c == '.' || c == '-' || c == ' ') && i > 0:
		case c == ':' && (i+1 == len(line) || line[i+1] == ' ') && isPlain(line[:i]) && line[i-1] != ' ':
			return i
		default:
			return 0
		}
	}
	return 0
}

// isPlain says whether a text without quotes means itself: it begins with a letter, a digit or "(", holds no mark of YAML, and is none of the
// words for nothing.
func isPlain(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	if !unicode.IsLetter(first) && !unicode.IsDigit(first) && first != '(' || strings.HasSuffix(text, ":") {
		return false
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\t' || c == '\r' || c < ' ', c == ':' && text[i+1] == ' ', c == '#' && text[i-1] == ' ':
			return false
		}
	}
	return !strings.EqualFold(text, "null")
}
