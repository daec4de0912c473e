//go:build ignore

// Command gen turns the source tables in data into the embedded ones, data/*.idx.
//
//	go generate ./flows/places      (runs "go run gen/*.go" in flows/places, file by file)
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"log"
	"maps"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"

	"olle/flows/places"
)

// listed are the 29 departure points of the announcement: their cities win over namesakes elsewhere.
const listed = "KR CN HK MO JP TW MN BN ID MY PH SG TH VN KH LA MM BT IN MV PK LK BD NP KI PG WS TV VU"

// name is one folded name on its way into the index.
type name struct {
	flags  string
	places []string // "NP", "NP:Kathmandu"
	note   string
	unless string
	rank   int // a source of higher rank replaces one of lower
	pop    int // of the first city
}

type index struct {
	display map[string]string // code to English name
	alpha3  map[string]string
	zones   map[string][]string
	cityAt  map[string]string // "NP:kathmandu" to its zone
	names   map[string]*name
	english map[string]bool // lower-case dictionary words
	proper  map[string]bool // names of persons and the like, and place names of other languages
}

// sources, weakest first.
const (
	fromCities = iota
	fromLocalCities
	fromLocal
	fromDemonyms
	fromEnglish
	fromSpecial
)

func main() {
	log.SetFlags(0)
	x := &index{display: map[string]string{}, alpha3: map[string]string{}, zones: map[string][]string{},
		cityAt: map[string]string{}, names: map[string]*name{}, english: map[string]bool{}}
	x.dictionary()
	x.countries()
	x.cities()
	x.localCities()
	x.demonyms()
	x.local()
	x.special()
	x.write()
}

func lines(file string) []string {
	b, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	return strings.Split(strings.TrimRight(string(b), "\n"), "\n")
}

func (x *index) dictionary() {
	b, err := os.ReadFile("data/words.txt.gz")
	if err != nil {
		log.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		log.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(r); err != nil {
		log.Fatal(err)
	}
	for _, w := range append(strings.Fields(out.String()), vocabulary()...) {
		x.english[strings.ToLower(w)] = true
	}
}

// vocabulary is what people ask about that a small dictionary lacks.
func vocabulary() []string {
	return strings.Fields(strings.Join(lines("data/vocabulary.txt"), " "))
}

// set records a name unless a stronger source has spoken.
func (x *index) set(key string, n *name) {
	if key == "" || len(key) > 120 || tokens(key) > 36 {
		return
	}
	if old := x.names[key]; old != nil && old.rank > n.rank {
		return
	}
	x.names[key] = n
}

func (x *index) countries() {
	for _, l := range lines("data/countries.tsv") {
		f := strings.Split(l, "\t")
		code := f[0]
		x.alpha3[code] = f[1]
		if f[2] != "" {
			x.zones[code] = strings.Split(f[2], ",")
		}
		variants := strings.Split(f[3], "|")
		x.display[code] = variants[0]
		for _, v := range variants {
			key := places.Fold(v)
			n := &name{places: []string{code}, rank: fromEnglish}
			if len(key) >= 5 && len(key) < 40 {
				n.flags = "f"
			}
			x.set(key, n)
			x.set(strings.TrimPrefix(key, "the "), n)
			if strings.Contains(v, "&") {
				x.set(places.Fold(strings.ReplaceAll(v, "&", "and")), n)
			}
			if strings.Contains(key, "st ") {
				x.set(strings.ReplaceAll(key, "st ", "saint "), n)
			}
		}
	}
	for _, l := range lines("data/special.txt") {
		if f := strings.SplitN(l, " ", 3); f[0] == "@name" {
			x.display[f[1]] = f[2]
		} else if f[0] == "@zones" {
			x.zones[f[1]] = strings.Split(f[2], ",")
		}
	}
	for code, n := range x.display {
		x.set(places.Fold(n), &name{places: []string{code}, rank: fromEnglish, flags: "f"})
	}
}

func (x *index) demonyms() {
	for _, l := range lines("data/demonyms.txt") {
		if l == "" || l[0] == '#' {
			continue
		}
		codes, people, _ := strings.Cut(l, ":")
		n := &name{flags: "d", places: strings.Fields(codes), rank: fromDemonyms}
		if len(n.places) > 1 {
			n.flags += "?"
		} else if isListed(codes) {
			n.flags += "f"
		}
		for _, p := range strings.Split(people, ",") {
			m := *n
			key := places.Fold(p)
			if len(key) < 6 {
				m.flags = strings.ReplaceAll(m.flags, "f", "")
			}
			x.set(key, &m)
		}
	}
}

// local are the countries' names in other languages. Short Latin ones collide with words of every language.
func (x *index) local() {
	claims := map[string]map[string]bool{}
	for _, l := range lines("data/local.tsv") {
		code, all, _ := strings.Cut(l, "\t")
		for _, v := range strings.Split(all, "|") {
			key := places.Fold(v)
			if claims[key] == nil {
				claims[key] = map[string]bool{}
			}
			claims[key][code] = true
		}
	}
	for key, codes := range claims {
		latin := strings.IndexFunc(key, func(r rune) bool { return r > 0x24f }) < 0
		if len(codes) != 1 || latin && len(key) < 4 || !latin && len([]rune(key)) < 2 {
			continue
		}
		for code := range codes {
			n := &name{places: []string{code}, rank: fromLocal}
			if latin && x.ordinary(key) {
				n.flags = "w"
			}
			x.set(key, n)
		}
	}
}

func (x *index) write() {
	var countries strings.Builder
	for _, code := range slices.Sorted(maps.Keys(x.display)) {
		fmt.Fprintf(&countries, "%s\t%s\t%s\t%s\n", code, x.alpha3[code], x.display[code], strings.Join(x.zones[code], ","))
	}
	save("data/countries.idx", []byte(countries.String()))
	names, lengths := map[string]string{}, map[string]uint64{}
	for key, n := range x.names {
		names[key] = strings.TrimRight(n.flags+"\t"+strings.Join(n.places, ";")+"\t"+n.note+"\t"+n.unless, "\t")
		lengths[firstToken(key)] |= 1 << (tokens(key) - 1)
	}
	save("data/names.idx", places.MakeTable(names))
	firsts := map[string]string{}
	for token, bits := range lengths {
		firsts[token] = strconv.FormatUint(bits, 16)
	}
	save("data/firsts.idx", places.MakeTable(firsts))
	words := map[string]string{}
	for _, w := range x.lookalikes() {
		words[w] = ""
	}
	save("data/words.idx", places.MakeTable(words))
	save("data/english.idx", places.MakeSieve(x.dictionaryWords()))
	log.Printf("%d names, %d look-alikes", len(names), len(words))
}

// dictionaryWords are the English words that package answers never takes for mistyped ones.
func (x *index) dictionaryWords() (words []string) {
	for w := range x.english {
		if len(w) >= 4 && ascii(w) {
			words = append(words, w)
		}
	}
	sort.Strings(words)
	return words
}

func save(file string, content []byte) {
	if err := os.WriteFile(file, content, 0o644); err != nil {
		log.Fatal(err)
	}
}

// lookalikes are the English words within reach of a name whose misspellings are recognised, or of a word in it:
// they are never taken for a misspelling.
func (x *index) lookalikes() []string {
	var whole, parts []string
	for key, n := range x.names {
		if strings.Contains(n.flags, "f") {
			whole = append(whole, strings.ReplaceAll(key, " ", ""))
			if strings.Contains(key, " ") {
				parts = append(parts, strings.Fields(key)...)
			}
		}
	}
	slices.Sort(parts)
	parts = slices.Compact(parts)
	var out []string
	for w := range x.english {
		if n := x.names[w]; len(w) >= 4 && ascii(w) && (n == nil || !strings.Contains(n.flags, "f")) && (near(w, whole, len(w) >= 8) || near(w, parts, len(w) >= 6)) {
			out = append(out, w)
		}
	}
	sort.Strings(out)
	return out
}

func near(w string, names []string, two bool) bool {
	reach := 1
	if two {
		reach = 2
	}
	for _, n := range names {
		if places.Distance(w, n, reach) <= reach {
			return true
		}
	}
	return false
}
