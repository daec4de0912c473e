package inspect

import (
	"errors"
	"io"
	"slices"
	"strconv"
)

const mostPacked = 20_000 // objects in one stream; everybody writes some hundreds

// contents reads the list at the beginning of an object stream: n pairs of an object's number and where it begins, from first on.
func (l *lexer) contents(n, first int64) error {
	if n < 1 || n > mostPacked || first < 1 {
		return Refusal("scripts") // its list is kept elsewhere, or it has none: what it holds cannot be told
	}
	l.starts = nil // not as long as it claims to be
	for i := range 2 * n {
		k, err := l.next()
		if err != nil {
			return ignoreEOF(err)
		}
		at, err := strconv.ParseInt(string(l.text), 10, 48)
		if k != tokenWord || err != nil {
			return Refusal("damaged")
		}
		if i%2 == 1 {
			l.starts = append(l.starts, first+at)
		}
	}
	slices.Sort(l.starts)
	return nil
}

// passStream skips a stream's data. Its declared length is not believed: it ends at its end mark, or where an object begins.
func (l *lexer) passStream() error {
	const keep = 48 // a mark may lie across two windows
	for {
		b, err := peek(l.r, glance)
		if err != nil {
			return err
		}
		if at, ok := streamEnd(b); ok {
			_, err := l.r.Discard(at)
			l.forget()
			return err
		}
		if len(b) < glance {
			_, err := l.r.Discard(len(b))
			return err
		}
		if _, err := l.r.Discard(len(b) - keep); err != nil {
			return err
		}
	}
}

// streamEnd finds where to go on reading: at the end mark, or at the number of an object.
func streamEnd(b []byte) (at int, ok bool) {
	at = index(b, "endstream", 0)
	at = index(b[:at], "trailer", 0)
	for i := index(b[:at], "obj", 0); i < at; i = index(b[:at], "obj", i+1) {
		if begin, _, ok := objectAt(b[:i+3]); ok {
			return begin, true
		}
	}
	return at, at < len(b)
}

func objectBefore(b []byte) (number uint64, ok bool) {
	_, number, ok = objectAt(b)
	return number, ok
}

// objectAt tells whether b ends in "12 0 obj", and where that begins.
func objectAt(b []byte) (begin int, number uint64, ok bool) {
	end := len(b) - 3
	if end < 0 || string(b[end:]) != "obj" {
		return 0, 0, false
	}
	end = back(b[:end], blank, 8)
	end = back(b[:max(end, 0)], digit, 5)
	last := back(b[:max(end, 0)], blank, 8)
	begin = back(b[:max(last, 0)], digit, 10)
	if end < 0 || last < 0 || begin < 0 {
		return 0, 0, false
	}
	number, err := strconv.ParseUint(string(b[begin:last]), 10, 44)
	return begin, number, err == nil
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// back goes back over at most so many bytes of a kind; -1 when there are none.
func back(b []byte, kind func(byte) bool, most int) int {
	i := len(b)
	for i > 0 && len(b)-i < most && kind(b[i-1]) {
		i--
	}
	if i == len(b) {
		return -1
	}
	return i
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
