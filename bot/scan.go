package bot

import (
	"bytes"
	"regexp"
)

// wordScan looks for words in a stream, whichever way it is cut.
type wordScan struct {
	words [][]byte
	found [2]bool
	carry []byte
}

func (w *wordScan) write(b []byte) {
	buf := append(w.carry, b...)
	for i, word := range w.words {
		w.found[i] = w.found[i] || bytes.Contains(buf, word)
	}
	w.carry = append([]byte(nil), buf[max(0, len(buf)-64):]...)
}

// pageScan counts the pages of a PDF by the page objects it can see in the clear. It is cautious: pages written twice (a changed
// file keeps its old objects) count once, and where objects are packed, which hides pages, it does not know.
type pageScan struct {
	carry  []byte
	object string          // the object under way, by number
	seen   map[string]bool // objects that are pages
	packed bool
}

// pageMarks are the beginnings of objects, pages (not page trees), and packed objects. No match is longer than markBytes.
var pageMarks = regexp.MustCompile(`(\d{1,10})\s{1,8}\d{1,5}\s{1,8}obj\b|/Type\s{0,8}/(?:(Page)\b|(ObjStm)\b)`)

const (
	markBytes = 64
	maxPages  = 10_000
)

func (s *pageScan) write(b []byte) {
	buf := append(s.carry, b...)
	safe := len(buf) - markBytes // a mark beginning later might go on in the next bytes
	if safe <= 0 {
		s.carry = buf
		return
	}
	s.scan(buf, safe)
	s.carry = append([]byte(nil), buf[safe:]...)
}

// scan takes in the marks that begin before end.
func (s *pageScan) scan(buf []byte, end int) {
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	for _, m := range pageMarks.FindAllSubmatchIndex(buf, -1) {
		switch {
		case m[0] >= end:
			return
		case m[2] >= 0:
			s.object = string(buf[m[2]:m[3]])
		case m[4] >= 0 && len(s.seen) < maxPages:
			s.seen[s.object] = true
		case m[6] >= 0:
			s.packed = true
		}
	}
}

// pages ends the scan; 0 means unknown.
func (s *pageScan) pages() int {
	s.scan(s.carry, len(s.carry))
	s.carry = nil
	if s.packed {
		return 0
	}
	return len(s.seen)
}
