package places

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// table is a map that is ready as it lies in the program: nothing is read in at start, and what nobody asks for takes no memory. It
// begins with the number of its slots, a power of two, and the slots, as 32-bit words with the low byte first; a slot holds the place
// after which a line begins in the text that follows, 0 where there is none. A line is "key<TAB>value". Keys stand in their slot, or in the
// next one that was free.
type table string

// MakeTable is the table of these keys, which hold no tab and no line end. For gen.
func MakeTable(m map[string]string) []byte {
	slots := 1
	for slots < 2*len(m) {
		slots *= 2
	}
	at := make([]uint32, slots)
	text := []byte{'\n'}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		i := slotOf([]byte(key)) % uint32(slots)
		for at[i] != 0 {
			i = (i + 1) % uint32(slots)
		}
		at[i] = uint32(len(text))
		text = append(append(append(append(text, key...), '\t'), m[key]...), '\n')
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(slots))
	for _, a := range at {
		b = binary.LittleEndian.AppendUint32(b, a)
	}
	return append(b, text...)
}

// slotOf is FNV-1a.
func slotOf(key []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range key {
		h = (h ^ uint32(c)) * 16777619
	}
	return h
}

func (t table) word(i uint32) uint32 {
	b := t[4*i : 4*i+4]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// text is the table's lines, after an empty one.
func (t table) text() string { return string(t[4+4*t.word(0):]) }

func (t table) find(key []byte) (value string, ok bool) {
	slots, text := t.word(0), t.text()
	for i := slotOf(key) & (slots - 1); ; i = (i + 1) & (slots - 1) {
		at := t.word(1 + i)
		if at == 0 {
			return "", false
		}
		line := text[at:]
		if len(line) > len(key) && line[len(key)] == '\t' && line[:len(key)] == string(key) {
			value, _, _ = strings.Cut(line[len(key)+1:], "\n")
			return value, true
		}
	}
}

func (t table) has(key []byte) bool {
	_, ok := t.find(key)
	return ok
}

// each walks the table in the order of its keys.
func (t table) each(f func(key, value string)) {
	for text := t.text()[1:]; text != ""; {
		line, rest, _ := strings.Cut(text, "\n")
		key, value, _ := strings.Cut(line, "\t")
		f(key, value)
		text = rest
	}
}
