package places

import _ "embed"

// sieve is a set of words that lies ready in the program, in sixteen bits a word: it knows every word that went in, and takes one in
// two thousand others for one of them. For questions where that does no harm.
type sieve string

// strokes are how many bits a word sets.
const strokes = 8

// MakeSieve is the set of these words. For gen.
func MakeSieve(words []string) []byte {
	b := make([]byte, 2*len(words)+1)
	for _, w := range words {
		for i, step, n := first(w, len(b)); n > 0; n-- {
			b[i>>3] |= 1 << (i & 7)
			i = (i + step) % (8 * len(b))
		}
	}
	return b
}

func first(word string, size int) (bit, step, n int) {
	h := slotOf([]byte(word))
	return int(h) % (8 * size), 1 + int(h>>7^h<<9)%(8*size-1), strokes
}

func (s sieve) has(word string) bool {
	for i, step, n := first(word, len(s)); n > 0; n-- {
		if s[i>>3]&(1<<(i&7)) == 0 {
			return false
		}
		i = (i + step) % (8 * len(s))
	}
	return true
}

//go:embed data/english.idx
var english sieve

// English says whether a word of four small letters or more is one of the English dictionary, as it is written. It may err for one in two
// thousand that are none.
func English(word string) bool { return english.has(word) }
