package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Mistake is something a person wrote that cannot be used: where it stands, what is wrong, and what to do about it.
type Mistake struct {
	File    string // as an editor can open it; for settings from the environment the variable's name
	Line    int    // from 1; 0 when the mistake has no line (a missing file, a variable)
	Column  int    // from 1, in characters; 0 when unknown
	Message string
}

// String is "file:line:column: message", the form editors make clickable.
func (m Mistake) String() string {
	switch {
	case m.Line == 0:
		return m.File + ": " + m.Message
	case m.Column == 0:
		return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Column, m.Message)
}

// Mistakes is everything wrong with a pack or with the settings, sorted by place. As an error it prints one line each.
type Mistakes []Mistake

// Error prints one mistake a line.
func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}

// err sorts the mistakes, drops repeats, and returns nil when there are none.
func (ms Mistakes) err() error {
	if len(ms) == 0 {
		return nil
	}
	return ms.sorted()
}

// sorted puts mistakes in the order of their places, without repeats.
func (ms Mistakes) sorted() Mistakes {
	slices.SortStableFunc(ms, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(ms)
}

// maxMistakes keeps a file that is wrong everywhere from filling the screen.
const maxMistakes = 500

// report collects the mistakes of one file.
type report struct {
	file string
	all  *Mistakes
	mild bool // they are only warnings, and say so
}

// add notes a mistake at a line and column.
func (r *report) add(line, column int, format string, args ...any) {
	if len(*r.all) < maxMistakes {
		message := fmt.Sprintf(format, args...)
		if r.mild {
			message = "warning: " + message
		}
		*r.all = append(*r.all, Mistake{r.file, line, column, message})
	}
}

// at notes a mistake at a node; nil: the file as a whole.
func (r *report) at(n *node, format string, args ...any) {
	if n == nil {
		r.add(0, 0, format, args...)
		return
	}
	r.add(n.line, n.column, format, args...)
}
