package config

import (
	"slices"
	"strconv"
	"strings"

	"olle/flows/places"
)

// object reads the keys of a mapping one by one, noting what is missing or of the wrong kind; done notes the keys nobody asked
// for. So a schema is the code that reads it, and cannot differ from it.
type object struct {
	r     *report
	n     *node
	what  string // names it in messages: "the event", "this item"
	known []string
	dead  bool // it is no mapping, which was told: nothing more to say about what it lacks
}

// open begins to read a mapping; anything else is a mistake and reads as empty.
func open(r *report, n *node, what string) *object {
	dead := n != nil && n.kind != mapping
	if dead {
		if n.kind != refused {
			r.at(n, "%s is %s, but must be a group of keys (key: value)", what, n.kind)
		}
		n = &node{line: n.line, column: n.column}
	}
	return &object{r: r, n: n, what: what, dead: dead}
}

// ask returns the value of a key, nil when it is absent or empty.
func (o *object) ask(key string) *node {
	o.known = append(o.known, key)
	if v := o.n.get(key); v != nil && v.kind != nothing && v.kind != refused {
		return v
	}
	return nil
}

// lacks says whether a key is absent or has nothing behind it, and nothing was told about that yet.
func (o *object) lacks(key string) bool {
	v := o.n.get(key)
	return !o.dead && (v == nil || v.kind == nothing || v.kind == scalar && strings.TrimSpace(v.text) == "")
}

// bare says whether a key lacks its value or has an empty list.
func (o *object) bare(key string) bool {
	v := o.n.get(key)
	return o.lacks(key) || v != nil && v.kind == sequence && len(v.items) == 0
}

// place is where to point when a key's value is wrong: the value, or the object when the key is absent.
func (o *object) place(key string) *node {
	if v := o.n.get(key); v != nil {
		return v
	}
	return o.n
}

// text returns a key's text without surrounding space, "" when absent.
func (o *object) text(key string) string {
	v := o.ask(key)
	if v == nil {
		return ""
	}
	if v.kind != scalar {
		o.r.at(v, "%s must be a text, but is %s", key, v.kind)
		return ""
	}
	return strings.TrimSpace(v.text)
}

// must is text for a key that may not be absent.
func (o *object) must(key string) string {
	s := o.text(key)
	if o.lacks(key) {
		o.r.at(o.place(key), "%s needs %s: add \"%s: …\"", o.what, key, key)
	}
	return s
}

// word is text that must be one of a few; absent is the first one.
func (o *object) word(key string, among ...string) string {
	s := o.text(key)
	if s == "" {
		return among[0]
	}
	if !slices.Contains(among, s) {
		o.r.at(o.place(key), "%s is one of %s, not %q%s", key, strings.Join(nonEmpty(among), ", "), s, meant(s, among))
		return among[0]
	}
	return s
}

// words is a list of texts that must each be one of a few.
func (o *object) words(key string, among []string) []string {
	var out []string
	for _, n := range o.texts(key) {
		if !slices.Contains(among, n.text) {
			o.r.at(n, "%s: %q is not among %s%s", key, n.text, strings.Join(among, ", "), meant(n.text, among))
		}
		out = append(out, n.text)
	}
	return out
}

// flag returns true or false; absent is false.
func (o *object) flag(key string) bool {
	s := o.text(key)
	if s != "" && s != "true" && s != "false" {
		o.r.at(o.place(key), "%s is true or false, not %q", key, s)
	}
	return s == "true"
}

// number returns a number; ok is false when it is absent or no number.
func (o *object) number(key string) (value float64, ok bool) {
	s := o.text(key)
	if s == "" {
		return 0, false
	}
	value, err := strconv.ParseFloat(s, 64)
	if err != nil || value-value != 0 {
		o.r.at(o.place(key), "%s must be a number, not %q", key, s)
		return 0, false
	}
	return value, true
}

// whole returns a whole number within bounds; absent is 0.
func (o *object) whole(key string, least, most int) int {
	s := o.text(key)
	if s == "" {
		return 0
	}
	value, err := strconv.Atoi(s)
	if err != nil || value < least || value > most {
		o.r.at(o.place(key), "%s must be a whole number from %d to %d, not %q", key, least, most, s)
		return 0
	}
	return value
}

// list returns the items of a list, nil when absent.
func (o *object) list(key string) []*node {
	v := o.ask(key)
	if v == nil {
		return nil
	}
	if v.kind != sequence {
		o.r.at(v, "%s must be a list (lines that begin with \"- \"), but is %s", key, v.kind)
		return nil
	}
	return v.items
}

// texts returns a list of texts with their places; empty lines are mistakes.
func (o *object) texts(key string) []*node {
	var out []*node
	for _, item := range o.list(key) {
		if item.kind != scalar || strings.TrimSpace(item.text) == "" {
			o.r.at(item, "each line of %s must be a text, but this is %s", key, item.kind)
			continue
		}
		item.text = strings.TrimSpace(item.text)
		out = append(out, item)
	}
	return out
}

// strings is texts without their places.
func (o *object) strings(key string) []string {
	var out []string
	for _, n := range o.texts(key) {
		out = append(out, n.text)
	}
	return out
}

// done notes the keys that nobody asked for.
func (o *object) done() {
	if o.n == nil {
		return
	}
	for _, f := range o.n.fields {
		if slices.Contains(o.known, f.key.text) {
			continue
		}
		hint := meant(f.key.text, o.known)
		if hint == "" {
			hint = "; known here: " + strings.Join(o.known, ", ")
		}
		o.r.at(f.key, "%s has no key %q%s", o.what, f.key.text, hint)
	}
}

// meant suggests the nearest of the known words for a mistyped one: ", did you mean "title"?", or "".
func meant(typed string, known []string) string {
	if best := nearest(typed, known); best != "" {
		return ", did you mean " + strconv.Quote(best) + "?"
	}
	return ""
}

// nearest is the known word within two edits, "" if none is near for its length.
func nearest(typed string, known []string) string {
	best, bestDistance := "", 3
	for _, k := range known {
		if d := places.Distance(strings.ToLower(typed), k, 2); d < bestDistance && len(k) > 2*d {
			best, bestDistance = k, d
		}
	}
	return best
}

func nonEmpty(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
}

// unique notes IDs used twice; seen maps an ID to its first line.
func unique(r *report, seen map[string]int, n *node, what, id string) {
	if id == "" {
		return
	}
	if line, twice := seen[id]; twice {
		r.at(n, "%s %q stands twice (first in line %d): give each its own", what, id, line)
		return
	}
	if n != nil {
		seen[id] = n.line
	}
}
