package places

import "slices"

// Reading is what a text says about where somebody departs.
type Reading struct {
	Places   []Place // the departure points meant; several when the text names alternatives or compares
	Confirm  bool    // reached by a typo or a doubtful name: the answer must say how it was read
	Because  Role    // why this one: From beats Lives beats Bare beats National beats To
	Ask      []Place // must be asked which; Places is empty then
	Note     string  // as in Mention
	Mentions []Mention
}

// Departure reads running text (a question) for the point of departure. Where the text is going (the workshop's
// island, "to Seoul") and what it passes through do not count; a place only towards which somebody travels counts
// when nothing else is said and it is not Korea, and must then be confirmed.
func Departure(text string) Reading {
	r := read(text)
	r.find()
	return choose(r.tidy(), r)
}

// weight orders the reasons to take a mention for the departure.
func (m *Mention) weight() int {
	switch {
	case m.aside:
		return 1
	case m.Role == From && m.strong:
		return 6
	case m.Role == Lives:
		return 5
	case m.Role == From:
		return 4
	case m.Role == Bare:
		return 3
	case m.Role == National:
		return 2
	case m.Role == To && !m.korea():
		return 1
	}
	return 0
}

// korea reports whether a mention may mean the country of the workshop.
func (m *Mention) korea() bool {
	for _, p := range m.Ask {
		if p.Code == "KR" {
			return true
		}
	}
	return m.Place.Code == "KR"
}

func choose(mentions []Mention, r *reader) Reading {
	out := Reading{Mentions: mentions}
	best := r.best(mentions)
	if best == 0 {
		return out
	}
	for i := range mentions {
		if m := &mentions[i]; m.weight() == best && !m.venue && !leg(mentions, i) {
			out.take(m)
		}
	}
	if len(out.Ask) > 0 {
		out.settle()
	}
	out.support()
	if out.Because == To {
		out.Confirm = true
	}
	return out
}

// support lets the other mentions of the place that was chosen make it surer ("applicants of Bangla Desh from Dhaka")
// and more exact.
func (out *Reading) support() {
	if len(out.Places) != 1 {
		return
	}
	var city *Place
	for i := range out.Mentions {
		m := &out.Mentions[i]
		if m.Place.Code != out.Places[0].Code || m.Role == To || m.Role == Via {
			continue
		}
		if m.How != Typo && !m.confirm {
			out.Confirm = false
		}
		switch {
		case m.Place.City == "":
		case city == nil:
			city = &m.Place
		case city.City != m.Place.City:
			return
		}
	}
	if city != nil {
		out.Places[0] = *city
	}
}

// leg reports whether the journey only goes on from a place it came to: "from Dhaka to Bangkok, then from Bangkok".
func leg(mentions []Mention, i int) bool {
	if mentions[i].Role != From || len(mentions) > 20 {
		return false
	}
	reached, begun := false, false
	for _, m := range mentions[:i] {
		reached = reached || m.Place.Code == mentions[i].Place.Code && (m.Role == To || m.Role == Via)
		begun = begun || m.weight() == mentions[i].weight()
	}
	return reached && begun
}

// best is the weight of the strongest reason. Korea, merely mentioned, is where the workshop is as soon as any other
// place is in the text.
func (r *reader) best(mentions []Mention) int {
	best, elsewhere := 0, false
	for i := range mentions {
		elsewhere = elsewhere || !mentions[i].korea() && mentions[i].weight() > 1
	}
	for i := range mentions {
		m := &mentions[i]
		m.venue = elsewhere && m.korea() && m.Role == Bare && !m.linked(mentions, i)
		if !m.venue {
			best = max(best, m.weight())
		}
	}
	return best
}

// linked reports whether a mention belongs to a list with a neighbour.
func (m *Mention) linked(all []Mention, i int) bool {
	return m.joined || i+1 < len(all) && all[i+1].joined
}

func (out *Reading) take(m *Mention) {
	out.Because = m.Role
	if out.Note == "" {
		out.Note = m.Note
	}
	out.Confirm = out.Confirm || m.confirm || m.How == Typo
	if len(m.Ask) > 0 {
		out.Ask = union(out.Ask, m.Ask)
		return
	}
	out.Places = union(out.Places, []Place{m.Place})
}

// settle drops a question that the rest of the text answers ("Punjab … Lahore"), or else the places, since nothing is
// certain before the question is answered.
func (out *Reading) settle() {
	for _, p := range out.Places {
		for _, a := range out.Ask {
			if a.Code == p.Code {
				out.Ask = nil
				return
			}
		}
	}
	out.Ask, out.Places = union(out.Ask, out.Places), nil
}

// union adds places of other countries. Of the same country the one with a city stays; two cities leave the country.
func union(to, more []Place) []Place {
	for _, p := range more {
		i := slices.IndexFunc(to, func(q Place) bool { return q.Code == p.Code })
		switch {
		case i < 0:
			to = append(to[:len(to):len(to)], p)
		case to[i].City == "" && p.City != "":
			to[i] = p
		case p.City != "" && p.City != to[i].City:
			to[i], _ = Country(p.Code)
		}
	}
	return to
}
