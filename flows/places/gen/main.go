//go:build ignore

// Command gen turns the source tables in data into data/index.gz, the one embedded file.
//
//	go generate ./flows/places      (runs "go run gen/main.go" in flows/places)
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"log"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"

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
	x.write("data/index.gz")
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

// persons are given and family names that are also towns: data/persons.txt.
var persons = func() map[string]bool {
	m := map[string]bool{}
	for _, l := range lines("data/persons.txt") {
		if !strings.HasPrefix(l, "#") {
			for _, w := range strings.Fields(l) {
				m[w] = true
			}
		}
	}
	return m
}()

// city is a namesake: the biggest weighs most, those of listed places more, capitals too.
type city struct {
	code, name, zone string
	pop, weight      int
	capital          bool
}

func (x *index) cities() {
	all := map[string][]city{}
	for _, l := range lines("data/cities.tsv") {
		f := strings.Split(l, "\t")
		pop, _ := strconv.Atoi(f[3])
		c := city{code: f[0], name: f[1], zone: f[4], pop: pop, weight: pop + 1, capital: f[2] == "C"}
		if isListed(c.code) {
			c.weight *= 20
		}
		if c.capital {
			c.weight = c.weight*10 + 100
		}
		for _, key := range spellings(c.name) {
			all[key] = append(all[key], c)
		}
	}
	for key, cs := range all {
		sort.SliceStable(cs, func(i, j int) bool { return cs[i].weight > cs[j].weight })
		x.city(key, cs)
	}
}

// spellings are the folded forms under which a city is found.
func spellings(s string) []string {
	keys := []string{places.Fold(s)}
	for _, mark := range []string{"'", "’", "‘", "-"} {
		if strings.Contains(s, mark) {
			keys = append(keys, places.Fold(strings.ReplaceAll(s, mark, "")))
		}
	}
	if short := strings.TrimSuffix(keys[0], " city"); short != keys[0] {
		keys = append(keys, short)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func (x *index) city(key string, cs []city) {
	n := &name{rank: fromCities, pop: cs[0].pop}
	seen := map[string]bool{}
	for _, c := range cs {
		zone := x.zone(c.code, c.zone)
		if _, ok := x.cityAt[c.code+":"+key]; !ok {
			x.cityAt[c.code+":"+key] = zone
		}
		if !seen[c.code] && len(n.places) < 4 {
			n.places = append(n.places, c.code+":"+c.name+zone)
			seen[c.code] = true
		}
	}
	if len(key) < 3 {
		return
	}
	if isListed(cs[0].code) {
		for _, c := range cs[1:] {
			if c.code != cs[0].code && isListed(c.code) && !cs[0].capital && c.weight*3 > cs[0].weight {
				n.flags += "?"
				break
			}
		}
	}
	if len(key) < 4 || x.ordinary(key) || persons[key] {
		n.flags += "w"
	}
	if len(key) >= 5 && (cs[0].capital || mainCity(cs[0])) && n.flags == "" {
		n.flags += "f"
	}
	x.set(key, n)
}

func mainCity(c city) bool {
	switch c.code {
	case "CN", "IN":
		return c.pop >= 1500
	}
	return isListed(c.code) && c.pop >= 400 || c.pop >= 3000
}

func isListed(code string) bool { return strings.Contains(listed, code) }

// ordinary reports whether all words of a name are English words.
func (x *index) ordinary(key string) bool {
	for _, w := range strings.Fields(key) {
		if !x.english[w] {
			return false
		}
	}
	return true
}

// zone writes a zone as its number in the country's list: ":2".
func (x *index) zone(code, zone string) string {
	if i := slices.Index(x.zones[code], zone); i >= 0 && len(x.zones[code]) > 1 {
		return ":" + strconv.FormatInt(int64(i), 36)
	}
	return ""
}

func (x *index) localCities() {
	for _, l := range lines("data/localcities.tsv") {
		f := strings.Split(l, "\t")
		city := strings.ReplaceAll(f[1][strings.LastIndexByte(f[1], '/')+1:], "_", " ")
		switch city {
		case "Ho Chi Minh":
			city = "Ho Chi Minh City"
		case "Efate":
			city = "Port Vila"
		case "Hovd":
			city = "Khovd"
		}
		if _, ok := x.cityAt[f[0]+":"+places.Fold(city)]; !ok && city != "Tarawa" && city != "Kiritimati" {
			continue
		}
		for _, v := range strings.Split(f[2], "|") {
			x.set(places.Fold(v), &name{places: []string{f[0] + ":" + city + x.zone(f[0], f[1])}, rank: fromLocalCities})
		}
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

// special reads data/special.txt; its first lines explain the form.
func (x *index) special() {
	for i, l := range lines("data/special.txt") {
		if l == "" || l[0] == '#' || l[0] == '@' {
			continue
		}
		left, right, ok := strings.Cut(l, "=")
		if !ok {
			log.Fatalf("data/special.txt:%d: no target", i+1)
		}
		n, err := x.target(strings.Fields(right))
		if err != nil {
			log.Fatalf("data/special.txt:%d: %v", i+1, err)
		}
		for _, s := range strings.Split(left, ";") {
			m := *n
			key := places.Fold(s)
			if strings.Contains(m.flags, "f") && (len(key) < 5 || !ascii(key)) {
				m.flags = strings.ReplaceAll(m.flags, "f", "")
			}
			x.city2(key, &m)
			if m.flags == "" && (x.own(key, m.places[0]) || isListed(m.places[0][:2]) && len(key) >= 7 && ascii(key)) {
				m.flags = "f"
			}
			x.set(key, &m)
		}
	}
}

// own reports whether a name is the English name of the country itself.
func (x *index) own(key, place string) bool {
	return len(key) >= 5 && places.Fold(x.display[place]) == key
}

// city2 names the city itself where a line names only its country, when the table of cities has it.
func (x *index) city2(key string, n *name) {
	if len(n.places) != 1 || len(n.places[0]) != 2 {
		return
	}
	if old := x.names[key]; old != nil && old.rank == fromCities {
		for _, p := range old.places {
			if p[:2] == n.places[0] {
				n.places = []string{p}
				return
			}
		}
	}
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r != ' ' && (r < 'a' || r > 'z') }) < 0
}

func (x *index) target(words []string) (*name, error) {
	n := &name{rank: fromSpecial}
	flag := map[string]string{"+weak": "w", "+upper": "u", "+code": "k", "+answer": "r", "+confirm": "m", "+typo": "f", "+seen": "s",
		"?": "?", "&": "&", "-": "-"}
	// A city's name may hold spaces: words up to the next flag or code belong to it.
	for _, w := range words {
		letter, isFlag := flag[w]
		key, value, pair := strings.Cut(w, "=")
		code, city, hasCity := strings.Cut(w, "/")
		switch {
		case isFlag:
			n.flags += letter
		case pair && key == "note":
			n.note = value
		case pair && key == "unless":
			n.unless = value
		case len(code) == 2 && x.display[code] != "" && !hasCity:
			n.places = append(n.places, code)
		case len(code) == 2 && x.display[code] != "":
			n.places = append(n.places, code+":"+strings.ReplaceAll(city, "_", " "))
		case len(n.places) > 0 && strings.Contains(n.places[len(n.places)-1], ":"):
			n.places[len(n.places)-1] += " " + w
		default:
			return nil, fmt.Errorf("unknown word %q", w)
		}
	}
	for i, p := range n.places {
		if code, city, ok := strings.Cut(p, ":"); ok {
			zone, known := x.cityAt[code+":"+places.Fold(city)]
			if !known {
				zone = overrides[p]
				if zone != "" {
					zone = x.zone(code, zone)
				}
			}
			n.places[i] = p + zone
		}
	}
	if len(n.places) == 0 && n.flags != "-" {
		return nil, fmt.Errorf("no place")
	}
	return n, nil
}

// overrides are zones of cities that the table of cities lacks.
var overrides = map[string]string{"KI:Tarawa": "Pacific/Tarawa", "KI:Kiritimati": "Pacific/Kiritimati", "PG:Arawa": "Pacific/Bougainville"}

func (x *index) write(file string) {
	var b bytes.Buffer
	for _, code := range sortedKeys(x.display) {
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\n", code, x.alpha3[code], x.display[code], strings.Join(x.zones[code], ","))
	}
	b.WriteString("%\n")
	for _, key := range sortedKeys(x.names) {
		n := x.names[key]
		fmt.Fprintf(&b, "%s\t%s%s%s\t%s\t%s\t%s", key, strconv.FormatInt(int64(tokens(key)-1), 36), firstLength(key), n.flags,
			strings.Join(n.places, ";"), n.note, n.unless)
		for b.Bytes()[b.Len()-1] == '\t' {
			b.Truncate(b.Len() - 1)
		}
		b.WriteByte('\n')
	}
	b.WriteString("%\n")
	words := x.lookalikes()
	b.WriteString(strings.Join(words, "\n") + "\n")
	var z bytes.Buffer
	w, _ := gzip.NewWriterLevel(&z, gzip.BestCompression)
	w.Write(b.Bytes())
	w.Close()
	if err := os.WriteFile(file, z.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
	log.Printf("%d names, %d look-alikes, %d bytes, %d packed", len(x.names), len(words), b.Len(), z.Len())
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
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

// tokens counts the units of matching in a folded name as the package does: words, or characters of scripts without
// spaces. A test of the package holds the two together.
func tokens(key string) int {
	n, open := 0, false
	for _, r := range key {
		switch {
		case r == ' ':
			open = false
		case unit(r):
			n, open = n+1, false
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r) || r == 0x30FC:
		case !open:
			n, open = n+1, true
		}
	}
	return n
}

// firstLength is the length in bytes of the first token when it does not reach to the first space, else "0".
func firstLength(key string) string {
	n, end := 0, len(key)
	for i, r := range key {
		if i > 0 && (r == ' ' || unit(r) || unit([]rune(key)[0]) && !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Mc, r) && r != 0x30FC) {
			end = i
			break
		}
	}
	if end < len(key) && key[end] != ' ' || unit([]rune(key)[0]) {
		n = end
	}
	if n > 35 {
		log.Fatalf("%s: first token too long", key)
	}
	return strconv.FormatInt(int64(n), 36)
}

func unit(r rune) bool {
	switch {
	case r >= 0x0E00 && r <= 0x0EFF, r >= 0x1000 && r <= 0x109F, r >= 0x1780 && r <= 0x17FF:
		return unicode.IsLetter(r)
	}
	return r >= 0x3041 && r <= 0x3096 || r >= 0x3400 && r <= 0x9FFF || r >= 0xAC00 && r <= 0xD7A3 ||
		r >= 0xF900 && r <= 0xFAFF || r >= 0x20000 && r <= 0x323AF
}
