package places

import (
	_ "embed"
	"math/bits"
	"strconv"
	"strings"
	"sync"
)

//go:generate go run gen/main.go gen/cities.go gen/special.go gen/shape.go

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

// The tables, written by gen.
var (
	//go:embed data/countries.idx
	countryLines string // "NP<TAB>NPL<TAB>Nepal<TAB>Asia/Kathmandu"

	//go:embed data/names.idx
	nameTable string // folded name to flags, places, a note and the words that exclude it, each behind a tab: "f<TAB>BD:Cox's Bazar"

	//go:embed data/firsts.idx
	firstTable string // first token to the numbers of tokens of the names it begins, as bits in hex

	//go:embed data/words.idx
	wordTable string // English words that look like a misspelt place, to nothing

	names, firsts, ordinary = table(nameTable), table(firstTable), table(wordTable)
)

type data struct{ countries, alpha3 map[string]*country }

// load reads the countries.
var load = sync.OnceValue(func() *data {
	d := &data{countries: make(map[string]*country, 256), alpha3: make(map[string]*country, 256)}
	for line := range strings.Lines(countryLines) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		c := &country{code: f[0], alpha3: f[1], name: f[2]}
		if f[3] != "" {
			c.zones = strings.Split(f[3], ",")
		}
		d.countries[c.code] = c
		if c.alpha3 != "" {
			d.alpha3[c.alpha3] = c
		}
	}
	return d
})

// lengths are the numbers of tokens of the names that a token begins, as bits.
func lengths(token []byte) uint64 {
	value, _ := firsts.find(token)
	bits, _ := strconv.ParseUint(value, 16, 64) // "": none
	return bits
}

func base36(c byte) int {
	if c <= '9' {
		return int(c - '0')
	}
	return int(c-'a') + 10
}

// typoNames are the names whose misspellings are recognised.
type typoNames struct {
	byLength [longest + 1][]typoName // by number of letters, names of one or more words
	phrases  [26][]typoName          // names of several words, by first letter
}

// typoList is made at the first word that may be misspelt.
var typoList = sync.OnceValue(func() *typoNames {
	all := &typoNames{}
	names.each(func(key, value string) {
		if flags, _, _ := strings.Cut(value, "\t"); strings.IndexByte(flags, 'f') >= 0 {
			all.add(key)
		}
	})
	return all
})

func (all *typoNames) add(key string) {
	t := typoName{letters: strings.ReplaceAll(key, " ", ""), words: key}
	t.mask = letterMask(t.letters)
	if len(t.letters) > longest-3 {
		return
	}
	all.byLength[len(t.letters)] = append(all.byLength[len(t.letters)], t)
	if len(key) != len(t.letters) {
		i := key[0] - 'a'
		all.phrases[i] = append(all.phrases[i], t)
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
	rest, ok := names.find(name)
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
