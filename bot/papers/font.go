package papers

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// dejavu has the letters of Latin (Vietnamese too), Cyrillic, Greek, Armenian, Georgian and Lao. Its licence stands beside it.
//
//go:embed font/DejaVuSans.ttf
var dejavu []byte

// Font is a TrueType font for papers.
type Font struct {
	data  []byte
	spans []span
}

// span is a run of code points that the font's table of letters names, with how their glyphs are found.
type span struct {
	first, last uint16
	delta       uint16
	offset      int // of the glyphs' list in data, 0: delta alone
}

var shipped = sync.OnceValue(func() *Font {
	f, err := ReadFont(dejavu)
	if err != nil {
		panic("papers: the shipped font: " + err.Error())
	}
	return f
})

// Shipped is the font that comes with Olle.
func Shipped() *Font { return shipped() }

var errFont = errors.New("no TrueType font with a table of Unicode letters; collections (.ttc) and OpenType outlines (.otf) cannot be used")

// ReadFont reads a TrueType font (.ttf). Which letters it has is in its table "cmap", subtable format 4: Unicode's basic plane.
func ReadFont(data []byte) (f *Font, err error) {
	defer func() { // offsets in a broken font lead anywhere
		if recover() != nil {
			f, err = nil, fmt.Errorf("papers: font: %w", errFont)
		}
	}()
	u16 := func(at int) int { return int(binary.BigEndian.Uint16(data[at:])) }
	u32 := func(at int) int { return int(binary.BigEndian.Uint32(data[at:])) }
	if kind := u32(0); kind != 0x00010000 && kind != 0x74727565 {
		return nil, fmt.Errorf("papers: font: %w", errFont)
	}
	for i := range u16(4) {
		entry := 12 + 16*i
		if string(data[entry:entry+4]) != "cmap" {
			continue
		}
		cmap := u32(entry + 8)
		for j := range u16(cmap + 2) {
			record := cmap + 4 + 8*j
			at := cmap + u32(record+4)
			platform, encoding := u16(record), u16(record+2)
			if (platform == 0 || platform == 3 && encoding == 1) && u16(at) == 4 {
				return &Font{data: data, spans: spansOf(data, at)}, nil
			}
		}
	}
	return nil, fmt.Errorf("papers: font: %w", errFont)
}

// spansOf reads a subtable of format 4.
func spansOf(data []byte, at int) (all []span) {
	u16 := func(at int) uint16 { return binary.BigEndian.Uint16(data[at:]) }
	n := int(u16(at+6)) / 2
	ends, starts := at+14, at+16+2*n
	deltas, offsets := starts+2*n, starts+4*n
	for i := range n {
		s := span{first: u16(starts + 2*i), last: u16(ends + 2*i), delta: u16(deltas + 2*i)}
		if o := int(u16(offsets + 2*i)); o != 0 {
			s.offset = offsets + 2*i + o
		}
		all = append(all, s)
	}
	return all
}

// has says whether the font draws a letter.
func (f *Font) has(r rune) bool {
	if r > 0xFFFE {
		return false // beyond the basic plane PDF writing stops
	}
	for _, s := range f.spans {
		if uint16(r) < s.first || uint16(r) > s.last {
			continue
		}
		if s.offset == 0 {
			return uint16(r)+s.delta != 0
		}
		at := s.offset + 2*int(uint16(r)-s.first)
		return at+1 < len(f.data) && binary.BigEndian.Uint16(f.data[at:]) != 0
	}
	return false
}

// joined are scripts whose letters change with their neighbours or run from the right: a font alone does not write them right.
var joined = []*unicode.RangeTable{
	unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati,
	unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar,
	unicode.Tibetan, unicode.Mongolian,
}

// Joined says whether a text has letters that no font alone writes right, so that papers refuse them whatever the font.
func Joined(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, joined...) })
}

// Covers says whether a text can be printed as it is meant: the font has every letter, and the letters stand side by side.
func (f *Font) Covers(s string) bool {
	for _, r := range written(s) {
		if r == ' ' || r == '\n' {
			continue
		}
		if unicode.In(r, joined...) || !f.has(r) {
			return false
		}
	}
	return true
}

// written is a text as papers print it: safe, on one line where it has to be, and with composed letters, which fonts have.
func written(s string) string { return norm.NFC.String(plain(s)) }
