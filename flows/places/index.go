package places

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"io"
	"math/bits"
	"strings"
	"sync"
)

//go:generate go run gen/main.go gen/cities.go gen/special.go gen/shape.go

// index.gz holds three tables, written by gen: countries, names and ordinary words (see parse).
//
//go:embed data/index.gz
var packed []byte

// flags of a name.
const (
	weak     uint16 = 1 << iota // also an ordinary word: only when marked as a place
	capitals                    // only in capitals in running text
	code                        // only in capitals, or after "from"
	answer                      // only as an answer
	doubtful                    // must be confirmed
	typos                       // misspellings are recognised
	asked                       // must be asked which
	both                        // stands for all of its places at once
	nothing                     // no place
	demonym
	misspelt // a known misspelling
)

var flagLetters = map[byte]uint16{'w': weak, 'u': capitals, 'k': code, 'r': answer, 'm': doubtful, 'f': typos, '?': asked,
	'&': both, '-': nothing, 'd': demonym, 's': misspelt}

type country struct {
	code, name, alpha3 string
	zones              []string
}

func (c *country) place() Place { return Place{Code: c.code, Name: c.name, Zones: c.zones} }

// entry is what a name means. The first place counts, the others serve "City, Country".
type entry struct {
	flags  uint16
	places []Place
	note   string
	unless []string
}

// typoName is a name whose misspellings are recognised.
type typoName struct {
	letters string // without spaces
	words   string // with spaces
	mask    uint32 // letters that occur
}

type data struct {
	countries map[string]*country
	alpha3    map[string]*country
	names     map[string]string       // folded name to the rest of its line
	lengths   map[string]uint64       // first token to the numbers of tokens of the names it begins, as bits
	typos     [longest + 1][]typoName // by number of letters, names of one or more words
	phrases   [26][]typoName          // names of several words, by first letter
	ordinary  map[string]struct{}     // English words that look like a misspelt place
}

// load unpacks the tables once, at the first question.
var load = sync.OnceValue(unpack)

func unpack() *data {
	text := make([]byte, binary.LittleEndian.Uint32(packed[len(packed)-4:])) // a gzip file ends with its length
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		_, err = io.ReadFull(r, text)
	}
	if err != nil {
		panic("places: embedded index: " + err.Error()) // the program was built from a broken file
	}
	return parse(string(text))
}

// parse reads the three tables, separated by lines of "%".
func parse(text string) *data {
	d := &data{
		countries: make(map[string]*country, 256),
		alpha3:    make(map[string]*country, 256),
		names:     make(map[string]string, 20000),
		lengths:   make(map[string]uint64, 12000),
		ordinary:  make(map[string]struct{}, 4000),
	}
	tables := strings.SplitN(text, "\n%\n", 3)
	eachLine(tables[0], d.country)
	eachLine(tables[1], d.name)
	eachLine(tables[2], func(w string) { d.ordinary[w] = struct{}{} })
	return d
}

func eachLine(s string, f func(string)) {
	for len(s) > 0 {
		line, rest, _ := strings.Cut(s, "\n")
		if line != "" {
			f(line)
		}
		s = rest
	}
}

// country reads "NP<TAB>NPL<TAB>Nepal<TAB>Asia/Kathmandu".
func (d *data) country(line string) {
	f := strings.Split(line, "\t")
	c := &country{code: f[0], alpha3: f[1], name: f[2]}
	if f[3] != "" {
		c.zones = strings.Split(f[3], ",")
	}
	d.countries[c.code] = c
	if c.alpha3 != "" {
		d.alpha3[c.alpha3] = c
	}
}

// name reads "cox s bazar<TAB>31f<TAB>BD:Cox's Bazar": the number of tokens less one in base 36, how long the first
// token is in base 36, flags; then the places, a note and the words that exclude it, each behind a tab.
func (d *data) name(line string) {
	key, rest, _ := strings.Cut(line, "\t")
	n, first := base36(rest[0])+1, 0
	if i := strings.IndexByte(key, ' '); i > 0 {
		first = i
	} else {
		first = len(key)
	}
	if rest[1] != '0' { // begins with a character of a script without spaces
		first = base36(rest[1])
	}
	d.names[key] = rest[2:]
	d.lengths[key[:first]] |= 1 << (n - 1)
	flags, _, _ := strings.Cut(rest[2:], "\t")
	if strings.IndexByte(flags, 'f') >= 0 {
		d.typo(key)
	}
}

func base36(c byte) int {
	if c <= '9' {
		return int(c - '0')
	}
	return int(c-'a') + 10
}

func (d *data) typo(key string) {
	t := typoName{letters: strings.ReplaceAll(key, " ", ""), words: key}
	t.mask = letterMask(t.letters)
	if len(t.letters) > longest-3 {
		return
	}
	d.typos[len(t.letters)] = append(d.typos[len(t.letters)], t)
	if len(key) != len(t.letters) {
		i := key[0] - 'a'
		d.phrases[i] = append(d.phrases[i], t)
	}
}

func letterMask(s string) uint32 {
	var m uint32
	for i := 0; i < len(s); i++ {
		m |= 1 << (s[i] & 31)
	}
	return m
}

// apart says how many kinds of letters two words do not share; each slip changes at most two.
func apart(a, b uint32) int { return bits.OnesCount32(a ^ b) }

// lookup returns what a folded name means.
func (d *data) lookup(name []byte) *entry {
	rest, ok := d.names[string(name)]
	if !ok {
		return nil
	}
	return d.entry(rest)
}

func (d *data) entry(rest string) *entry {
	e := &entry{}
	f := strings.Split(rest, "\t")
	for i := 0; i < len(f[0]); i++ {
		e.flags |= flagLetters[f[0][i]]
	}
	if len(f) > 1 && f[1] != "" {
		for _, p := range strings.Split(f[1], ";") {
			e.places = append(e.places, d.place(p))
		}
	}
	if len(f) > 2 {
		e.note = f[2]
	}
	if len(f) > 3 {
		e.unless = strings.Split(f[3], ",")
	}
	return e
}

// place reads "NP", "NP:Kathmandu" or "ID:Kupang:2", the last with the number of its zone.
func (d *data) place(s string) Place {
	code, city, _ := strings.Cut(s, ":")
	p := d.countries[code].place()
	city, zone, zoned := strings.Cut(city, ":")
	p.City = city
	if zoned {
		i := base36(zone[0])
		p.Zones = p.Zones[i : i+1 : i+1]
	}
	return p
}
