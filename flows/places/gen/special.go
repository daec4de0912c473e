//go:build ignore

package main

import (
	"fmt"
	"log"
	"strings"

	"olle/flows/places"
)

// special reads data/special.txt; its first lines explain the form. A name that comes twice is reported; the
// later line counts.
func (x *index) special() {
	seen := map[string]int{}
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
			if line := seen[key]; line != 0 && line != i+1 {
				log.Printf("data/special.txt:%d: %q was on line %d", i+1, key, line)
			}
			seen[key] = i + 1
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
