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
	from   int             // marks in carry before this were taken in
	object string          // the object under way, by number
	seen   map[string]bool // objects that are pages
	packed bool
}

// The marks: the beginning of an object, a page (not a page tree), packed objects. Their words are searched first and the patterns
// are tried only there, so that a large file is read at the speed of a plain search.
var (
	objectMark = regexp.MustCompile(`(?:^|[^\d])(\d{1,10})\s{1,8}\d{1,5}\s{1,8}obj$`)
	typeMark   = regexp.MustCompile(`^/Type\s{0,8}/(?:(Page)|(ObjStm))(?:[^\w]|$)`)
)

const (
	markBytes = 40 // no mark reaches further before "obj", or behind "/Type"
	maxPages  = 10_000
)

func (s *pageScan) write(b []byte) {
	buf := append(s.carry, b...)
	end := len(buf) - markBytes // a mark beginning later might go on in the next bytes
	if end <= s.from {
		s.carry = buf
		return
	}
	s.scan(buf, end)
	keep := max(0, end-markBytes)
	s.carry, s.from = append([]byte(nil), buf[keep:]...), end-keep
}

// scan takes in the marks whose words begin between from and end, in their order.
func (s *pageScan) scan(buf []byte, end int) {
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	object, kind := after(buf, "obj", s.from), after(buf, "/Type", s.from)
	for object < end || kind < end {
		if object < kind {
			if m := objectMark.FindSubmatch(buf[max(0, object-markBytes) : object+3]); m != nil {
				s.object = string(m[1])
			}
			object = after(buf, "obj", object+1)
			continue
		}
		switch m := typeMark.FindSubmatch(buf[kind:min(len(buf), kind+markBytes)]); {
		case m == nil:
		case m[2] != nil:
			s.packed = true
		case len(s.seen) < maxPages:
			s.seen[s.object] = true
		}
		kind = after(buf, "/Type", kind+1)
	}
}

// after is where the word stands next at or after from; past the end when nowhere.
func after(buf []byte, word string, from int) int {
	if from < len(buf) {
		if i := bytes.Index(buf[from:], []byte(word)); i >= 0 {
			return from + i
		}
	}
	return len(buf) + 1
}

// pages ends the scan; 0 means unknown.
func (s *pageScan) pages() int {
	s.scan(s.carry, len(s.carry))
	s.carry, s.from = nil, 0
	if s.packed {
		return 0
	}
	return len(s.seen)
}
