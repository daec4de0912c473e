package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxNesting bounds how deep lists and groups may lie inside each other. The parser's cost grows with the square of the depth,
// so depth is counted before it sees the file.
const maxNesting = 64

// maxKeyLines bounds the lines that hold a key, for the same reason: groups of keys cost the square of their length. It is four
// times what the largest pack has.
const maxKeyLines = 8000

// kind is what a node is.
type kind uint8

const (
	nothing kind = iota // "key:" with nothing behind it
	scalar
	sequence
	mapping
	refused // something these files do not use; told already
)

func (k kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a group of keys", "something else"}[k]
}

// node is a value of a YAML file with its place. It is what the parser's many node types come down to, and all that the readers
// of settings and packs see.
type node struct {
	kind         kind
	line, column int
	text         string  // scalar: its text; for numbers and true/false as written
	items        []*node // sequence
	fields       []field // mapping
}

// field is one key of a mapping.
type field struct {
	key   *node
	value *node
}

// get returns the value of a key, nil if there is none.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for _, f := range n.fields {
		if f.key.text == key {
			return f.value
		}
	}
	return nil
}

// parseYAML reads one YAML document. It returns nil when the file cannot be read at all, after noting why.
func parseYAML(r *report, data []byte) (root *node) {
	defer func() {
		if p := recover(); p != nil {
			r.add(0, 0, "this file confuses the YAML reader (%v): write it in a simpler way", p)
			root = nil
		}
	}()
	if !prescan(r, data) {
		return nil
	}
	if root, ok := readPlain(data); ok {
		return root
	}
	return parseGeneral(r, data)
}

// parseGeneral is parseYAML for what is not plain.
func parseGeneral(r *report, data []byte) *node {
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err, data)
		return nil
	}
	var bodies []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil {
			bodies = append(bodies, d.Body)
		}
	}
	switch {
	case len(bodies) == 0:
		r.add(1, 1, "the file is empty")
		return nil
	case len(bodies) > 1:
		at := position(bodies[1].GetToken())
		r.add(at.Line, at.Column, "a second document begins here: keep one document per file, without ---")
	}
	return convert(r, bodies[0], 0)
}

// syntax notes what the parser could not read.
func (r *report) syntax(err error, data []byte) {
	var known yaml.Error
	if errors.As(err, &known) {
		at := position(known.GetToken())
		if line, column := tabbed(data, at.Line); line > 0 {
			r.add(line, column, "a tab: indent with spaces")
			return
		}
		r.add(at.Line, at.Column, "not readable as YAML: %s; check the indentation, and put text with : or # in quotes%s", known.GetMessage(), openQuote(data, at.Line))
		return
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	r.add(0, 0, "not readable as YAML: %s", first)
}

// tabbed finds a tab that indents a line, the one where the parser stumbled or one before; line 0: there is none.
func tabbed(data []byte, stumbled int) (line, column int) {
	for i, text := range strings.SplitN(string(data), "\n", stumbled+1) {
		if column := strings.IndexByte(text, '\t'); i < stumbled && column >= 0 && strings.TrimLeft(text[:column], " ") == "" && strings.TrimSpace(text) != "" {
			return i + 1, column + 1
		}
	}
	return 0, 0
}

// openQuote points to the likeliest culprit when the parser stumbles over what follows it: a line with a quote that is not closed.
func openQuote(data []byte, stumbled int) string {
	for i, line := range strings.SplitN(string(data), "\n", stumbled+1) {
		if i < stumbled && strings.Count(line, `"`)%2 == 1 && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			return fmt.Sprintf("; in line %d a quote may not be closed", i+1)
		}
	}
	return ""
}

// position is a token's place; tokens may be missing in damaged files.
func position(t *token.Token) token.Position {
	if t == nil || t.Position == nil {
		return token.Position{}
	}
	return *t.Position
}

// prescan refuses what would make the parser slow, in one pass over the bytes: binary data, and nesting beyond maxNesting,
// whether by indentation, by "- - -" or by brackets. Brackets inside text count as well: text needs no 64 of them unclosed.
func prescan(r *report, data []byte) bool {
	if !utf8.Valid(data) {
		line := 1 + bytes.Count(data[:invalidAt(data)], []byte("\n"))
		r.add(line, 0, "not valid UTF-8: save the file as UTF-8")
		return false
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		r.add(1+bytes.Count(data[:i], []byte("\n")), 0, "a zero byte: this is no text file")
		return false
	}
	var indents []int
	brackets, keyed := 0, 0
	for number, line := range bytes.Split(data, []byte("\n")) {
		indents = indent(indents, line)
		if bytes.IndexByte(line, ':') >= 0 {
			if keyed++; keyed > maxKeyLines {
				r.add(number+1, 0, "more than %d lines with keys: split the file", maxKeyLines)
				return false
			}
		}
		deepest := len(indents)
		if bytes.ContainsAny(line, "[]{}") {
			brackets, deepest = bracket(brackets, deepest, line)
		}
		if deepest > maxNesting {
			r.add(number+1, 0, "nested more than %d deep: flatten it", maxNesting)
			return false
		}
	}
	return true
}

// bracket counts the open brackets over one more line; deepest is the most there were, or what it was.
func bracket(open, deepest int, line []byte) (now, most int) {
	for _, c := range line {
		switch c {
		case '[', '{':
			open++
			deepest = max(deepest, open)
		case ']', '}':
			open = max(0, open-1)
		}
	}
	return open, deepest
}

// indent follows the stack of indentations over one more line. Every "- " and "? " at its start is a level of its own.
func indent(stack []int, line []byte) []int {
	column, first := 0, true
	for column < len(line) {
		switch line[column] {
		case ' ', '\t':
			column++
			continue
		case '#', '\r':
			return stack
		}
		if first {
			for len(stack) > 0 && stack[len(stack)-1] >= column {
				stack = stack[:len(stack)-1]
			}
			first = false
		}
		stack = append(stack, column)
		dash := line[column] == '-' || line[column] == '?' || line[column] == ':'
		if !dash || column+1 < len(line) && line[column+1] != ' ' && line[column+1] != '\t' {
			return stack
		}
		column++
	}
	return stack
}

func invalidAt(data []byte) int {
	for i := 0; i < len(data); {
		c, n := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(data)
}

// convert makes nodes of the parser's tree, noting duplicate keys and what packs do not use (anchors, tags).
func convert(r *report, from ast.Node, depth int) *node {
	if from == nil {
		return &node{}
	}
	at := position(from.GetToken())
	n := &node{line: at.Line, column: at.Column}
	if depth > 2*maxNesting {
		r.at(n, "nested more than %d deep: flatten it", maxNesting)
		return n
	}
	switch v := from.(type) {
	case *ast.NullNode:
	case *ast.StringNode:
		n.kind, n.text = scalar, v.Value
	case *ast.LiteralNode:
		n.kind, n.text = scalar, v.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		n.kind, n.text = scalar, strings.TrimSpace(from.GetToken().Value)
	case *ast.SequenceNode:
		n.kind = sequence
		for _, item := range v.Values {
			n.items = append(n.items, convert(r, item, depth+1))
		}
	case *ast.MappingNode:
		n.kind = mapping
		n.addFields(r, v.Values, depth)
	case *ast.MappingValueNode:
		n.kind = mapping
		n.addFields(r, []*ast.MappingValueNode{v}, depth)
	default:
		n.kind = refused
		r.at(n, "%s is not used in these files: write the value itself", unusual(from))
	}
	return n
}

func (n *node) addFields(r *report, values []*ast.MappingValueNode, depth int) {
	if len(values) > 0 && values[0].Key != nil {
		at := position(values[0].Key.GetToken())
		n.line, n.column = at.Line, at.Column
	}
	first := make(map[string]int, len(values))
	for _, v := range values {
		key := convert(r, ast.Node(v.Key), depth+1)
		if key.kind != scalar {
			r.at(key, "a key is a single word or text")
			continue
		}
		if line, twice := first[key.text]; twice {
			r.at(key, "the key %q stands twice (first in line %d): remove one", key.text, line)
			continue
		}
		first[key.text] = key.line
		value := convert(r, v.Value, depth+1)
		if value.line == 0 {
			value.line, value.column = key.line, key.column
		}
		n.fields = append(n.fields, field{key, value})
	}
}

// unusual names a construct for organisers who never heard its name.
func unusual(n ast.Node) string {
	switch n.(type) {
	case *ast.AnchorNode:
		return "an anchor (&name)"
	case *ast.AliasNode:
		return "an alias (*name)"
	case *ast.TagNode:
		return "a tag (!name)"
	case *ast.MergeKeyNode:
		return "a merge (<<)"
	case *ast.MappingKeyNode:
		return "a ? key"
	}
	return fmt.Sprintf("%q", n.Type())
}
