package places

import "strings"

// tidy joins what belongs together: a city and its country, alternatives of one list.
func (r *reader) tidy() []Mention {
	if len(r.mentions) == 0 {
		return nil
	}
	out := r.mentions[:1:1]
	for _, m := range r.mentions[1:] {
		last := &out[len(out)-1]
		switch {
		case m.Start == last.Start: // both of a pair
		case r.adjacent(last, &m) && r.merge(last, &m):
			continue
		default:
			r.link(last, &m)
		}
		out = append(out, m)
	}
	for i := range out {
		out[i].aside = r.aside(&out[i])
	}
	r.venue(out)
	return r.denied(out)
}

// adjacent reports whether only punctuation or "in" stands between two mentions.
func (r *reader) adjacent(a, b *Mention) bool {
	gap := b.first - a.last - 1
	if gap == 1 && r.is(a.last+1, "in", "city", "the", "of", "airport") && r.tokens[a.last+1].sep != '.' {
		gap = 0
	}
	if gap != 0 {
		return false
	}
	switch r.tokens[b.first].sep {
	case '.', ';', '/', '-', '>', '+', '&':
		return false
	}
	return true
}

// merge puts "Pokhara, Nepal", "Nepal (Pokhara)" and "Hyderabad, Pakistan" into one mention.
func (r *reader) merge(a, b *Mention) bool {
	if a.How == Demonym || b.How == Demonym || a.Role == National || b.entry.flags&both != 0 {
		return false
	}
	city, land := a, b
	if b.Place.City != "" || len(b.Ask) > 0 {
		city, land = b, a
	}
	if land.Place.City != "" || land.Place.Code == "" {
		return false
	}
	place, ok := within(city, land.Place.Code)
	if !ok {
		return false
	}
	if a.Role == Bare {
		a.Role, a.strong = b.Role, b.strong
	}
	a.End, a.last, a.Text = b.End, b.last, r.text[a.Start:b.End]
	if place.City != "" || a.How != Exact || b.How == Exact {
		a.How = min(a.How, b.How) // one sure half makes a doubtful one sure
	}
	a.confirm = a.confirm && b.confirm
	if note := city.Note; note != "confirm" {
		a.Note = note
	} else if !a.confirm {
		a.Note = ""
	}
	a.Place, a.Ask = place, nil
	return true
}

// within finds the place of that name in the given country, or a territory followed by the country it belongs to.
func within(city *Mention, code string) (Place, bool) {
	if city.entry == nil {
		return Place{}, false
	}
	for _, p := range city.entry.places {
		if p.Code == code {
			return p, true
		}
	}
	if len(city.Ask) == 0 && strings.Contains(parents[code], city.Place.Code) {
		return city.Place, true
	}
	return Place{}, false
}

// parents are countries that people add to a territory's name.
var parents = map[string]string{"CN": "HK MO TW", "US": "AS GU MP PR VI", "FR": "NC PF WF RE GP MQ GF YT", "NZ": "CK NU TK",
	"AU": "CX NF CC", "GB": "BM KY GI FK PN VG", "DK": "GL FO", "NL": "AW CW SX BQ", "IL": "PS"}

// link carries the role along a list: "from Nepal or India", "A vs B".
func (r *reader) link(a, b *Mention) {
	k, linked := a.last+1, false
	for ; k < b.first; k++ {
		c := r.class(k)
		if r.tokens[k].sep == '.' || c&(linking|filler|skipped) == 0 {
			return
		}
		linked = linked || c&linking != 0
	}
	switch r.tokens[b.first].sep {
	case '/', ',', '&', '+':
		linked = true
	case '.', ';':
		return
	}
	if !linked {
		return
	}
	b.joined = true
	if b.Role == Bare && (a.Role == From || a.Role == Lives || a.Role == To || a.Role == Via) {
		b.Role, b.strong = a.Role, a.strong
	}
	if a.Role == Bare && b.Role == Lives && !r.is(b.first-1, "in", "at") {
		a.Role = b.Role
	}
}

// venue takes back readings of Korea that only tell where the workshop is: "the hotel in Jeju", "Jeju training".
func (r *reader) venue(all []Mention) {
	for i := range all {
		m := &all[i]
		if !m.korea() || m.joined || i+1 < len(all) && all[i+1].joined {
			continue
		}
		switch {
		case m.Role == Lives && !m.strong && !r.settled(m):
			m.Role = To
		case m.Role == Bare && r.class(m.last+1)&meeting != 0 && r.stays(m.last+1):
			m.Role = To
		}
	}
	r.chain(all)
	for i := 0; i+1 < len(all); i++ { // "Jeju to Bangkok": the way home tells the way out
		if a, b := &all[i], &all[i+1]; a.Note == "jeju" && a.Role == From && b.Role == To && !b.korea() {
			a.Role, b.Role, b.confirm = To, From, true
		}
	}
}

// settled reports whether somebody says to live there, or to be there already.
func (r *reader) settled(m *Mention) bool {
	for k := m.first - 1; k >= 0 && k >= m.first-6 && r.tokens[k+1].sep != '.'; k-- {
		if r.class(k)&staying != 0 && !r.is(k, "stay", "stays", "unit", "police", "home", "house", "address") || r.is(k, "am", "m", "im") {
			return true
		}
	}
	return r.class(m.last+1)&staying != 0
}

// chain reads "Kathmandu - Bangkok - Jeju": the first is left, the last is reached, the others are passed.
func (r *reader) chain(all []Mention) {
	for i := 0; i < len(all); i++ {
		j := i
		for j+1 < len(all) && all[j+1].first == all[j].last+1 && dash(r.tokens[all[j+1].first].sep) {
			j++
		}
		if j > i && all[j].korea() {
			for k := i; k <= j; k++ {
				all[k].Role = Via
			}
			all[i].Role, all[i].strong = From, true
			all[j].Role = To
		}
		i = j
	}
}

func dash(c byte) bool { return c == '-' || c == '>' || c == '=' }

// denied drops a place that the text rules out ("not from Nepal but from India") while another one remains.
func (r *reader) denied(all []Mention) []Mention {
	if len(all) < 2 {
		return all
	}
	kept := all[:0:0]
	for _, m := range all {
		if !r.refused(m.first) {
			kept = append(kept, m)
		}
	}
	if len(kept) == 0 {
		return all
	}
	return kept
}

func (r *reader) refused(i int) bool {
	for k := i - 1; k >= 0 && k >= i-4 && r.stays(k+1); k-- {
		c := r.class(k)
		if c&refusing != 0 {
			return !r.is(k, "not", "no") || !r.is(k+1, "sure", "only")
		}
		if c&(linking) != 0 && !r.is(k, "nor") || r.is(k, "but") {
			return false
		}
	}
	return false
}
