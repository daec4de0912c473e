//go:build ignore

package main

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"olle/flows/places"
)

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
