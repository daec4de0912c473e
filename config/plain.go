package config

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// plainReader reads the YAML that packs are written in: keys, lists and texts on one line each, "|" texts, and [lists] and {groups}
// within a line. It is a tenth of the work of the general parser, for which the program's start would wait. What is any less
// plain, or wrong, it leaves to the general parser; what it does read, it reads as that one does, which a test holds it to for every
// file that ships and a fuzz target for everything else.
type plainReader struct {
	lines []string
	next  int    // the line to read next, from 0
	nodes []node // room for nodes, many made at once
	ok    bool

	line, offset, runes int // a place whose column was counted last: long lines are counted once
}

// readPlain returns the document's root, or ok false where it is not plain.
func readPlain(data []byte) (root *node, ok bool) {
	p := &plainReader{lines: strings.Split(string(data), "\n"), ok: true}
	indent := p.ahead()
	odd := func(c byte) bool { return c < ' ' && c != '\n' } // tabs too: the parser has its own mind about each
	if indent != 0 || data[len(data)-1] != '\n' || slices.ContainsFunc(data, odd) {
		return nil, false
	}
	root = p.block(0, 0)
	if p.ahead() >= 0 {
		p.ok = false
	}
	return root, p.ok
}

// leave gives the file up.
func (p *plainReader) leave() *node {
	p.ok = false
	return &node{}
}

// node makes a node at a place of the present line, in bytes.
func (p *plainReader) node(k kind, at int, text string) *node {
	if p.line != p.next || at < p.offset {
		p.line, p.offset, p.runes = p.next, 0, 0
	}
	p.runes += utf8.RuneCountInString(p.lines[p.next][p.offset:at])
	p.offset = at
	if len(p.nodes) == cap(p.nodes) {
		p.nodes = make([]node, 0, 512)
	}
	p.nodes = append(p.nodes, node{kind: k, line: p.next + 1, column: 1 + p.runes, text: text})
	return &p.nodes[len(p.nodes)-1]
}

// ahead skips empty lines and comments and returns the indentation of the next line, -1 at the end.
func (p *plainReader) ahead() int {
	for ; p.next < len(p.lines); p.next++ {
		line := p.lines[p.next]
		rest := strings.TrimLeft(line, " ")
		if rest == "" || rest[0] == '#' {
			continue
		}
		if rest[len(rest)-1] == ' ' {
			p.leave()
		}
		return len(line) - len(rest)
	}
	return -1
}

// block reads a list or a group of keys whose lines begin at an indentation. The next line is its first; an item's first line may
// hold "- " before it.
func (p *plainReader) block(indent, depth int) *node {
	if depth > maxNesting {
		return p.leave()
	}
	if isItem(p.lines[p.next][indent:]) {
		return p.list(indent, depth)
	}
	return p.group(indent, depth)
}

func isItem(line string) bool { return line == "-" || strings.HasPrefix(line, "- ") }

func (p *plainReader) list(indent, depth int) *node {
	n := p.node(sequence, indent, "")
	for p.ok {
		line := p.lines[p.next]
		rest := strings.TrimLeft(line[indent+1:], " ")
		at := len(line) - len(rest)
		if rest == "" || rest[0] == '#' {
			return p.leave()
		}
		if isItem(rest) || keyLength(rest) > 0 {
			n.items = append(n.items, p.block(at, depth+1))
		} else {
			n.items = append(n.items, p.value(at, indent, depth))
		}
		if p.ahead() != indent || !isItem(p.lines[p.next][indent:]) {
			break
		}
	}
	return n
}

func (p *plainReader) group(indent, depth int) *node {
	n := p.node(mapping, indent, "")
	known := map[string]bool{}
	for p.ok {
		line := p.lines[p.next]
		size := keyLength(line[indent:])
		if size == 0 {
			return p.leave()
		}
		key := p.node(scalar, indent, line[indent:indent+size])
		if known[key.text] {
			return p.leave() // a mistake, to be told with its place
		}
		known[key.text] = true
		n.fields = append(n.fields, field{key, p.behind(indent, indent+size+1, depth)})
		if p.ahead() != indent || isItem(p.lines[p.next][indent:]) {
			break
		}
	}
	return n
}

// behind reads the value behind the key that stands at an indentation; from is where the value may begin.
func (p *plainReader) behind(indent, from, depth int) *node {
	line := p.lines[p.next]
	rest := strings.TrimLeft(line[from:], " ")
	switch {
	case rest == "":
		p.next++
		below := p.ahead()
		if below > indent || below == indent && isItem(p.lines[p.next][indent:]) {
			return p.block(below, depth+1)
		}
		return p.leave()
	case rest[0] == '#':
		return p.leave()
	}
	return p.value(len(line)-len(rest), indent, depth)
}

// value reads what stands in the present line from a column on, and goes to the next line. Lines further in than indent would
// belong to it.
func (p *plainReader) value(from, indent, depth int) (n *node) {
	line := p.lines[p.next]
	if line[from:] == "|" || line[from:] == ">-" {
		return p.literal(from, indent)
	}
	n, end := p.inline(line, from, depth, false)
	if rest := strings.TrimLeft(line[end:], " "); rest != "" && (rest[0] != '#' || line[end] != ' ') {
		return p.leave()
	}
	p.next++
	if p.ahead() > indent {
		return p.leave() // goes on in the next line
	}
	return n
}

// literal reads the lines of a text behind "|", or of a paragraph behind ">-".
func (p *plainReader) literal(from, indent int) *node {
	n := p.node(scalar, from, "")
	folded := p.lines[p.next][from] == '>'
	var text strings.Builder
	inner, empty := -1, 0
	for p.next++; p.next < len(p.lines); p.next++ {
		line := p.lines[p.next]
		rest := strings.TrimLeft(line, " ")
		at := len(line) - len(rest)
		if rest == "" {
			if at > 0 {
				return p.leave()
			}
			empty++
			continue
		}
		if at <= indent {
			break
		}
		if inner < 0 {
			if inner = at; empty > 0 {
				return p.leave()
			}
		}
		if at < inner {
			return p.leave()
		}
		if folded && (at > inner || empty > 0) || line[len(line)-1] == ' ' {
			return p.leave()
		}
		for ; empty > 0; empty-- {
			text.WriteByte('\n')
		}
		text.WriteString(line[inner:])
		text.WriteByte('\n')
	}
	if inner < 0 {
		return p.leave()
	}
	if n.text = text.String(); folded {
		n.text = strings.ReplaceAll(strings.TrimSuffix(n.text, "\n"), "\n", " ")
	}
	return n
}
