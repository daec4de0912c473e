package places

// misspelt finds a place that the words from token i on nearly spell, trying most words first. It never takes an
// English word for one.
func (r *reader) misspelt(i, most, least int) (*entry, int) {
	if r.guesses > maxGuesses {
		return nil, i
	}
	for n := most; n >= least; n-- {
		j := i + n - 1
		if j >= len(r.tokens) || !r.latin(i, j) {
			continue
		}
		if e := r.nearest(i, j); e != nil {
			return e, j
		}
	}
	return nil, i
}

// latin reports whether tokens i to j are plain words of one phrase.
func (r *reader) latin(i, j int) bool {
	for k := i; k <= j; k++ {
		t := r.tokens[k]
		if k > i && (t.sep != ' ' && t.sep != '-' && t.sep != '\'' || t.sep == 0) {
			return false
		}
		for _, c := range r.folded[t.from:t.to] {
			if c < 'a' || c > 'z' {
				return false
			}
		}
	}
	return true
}

func (r *reader) nearest(i, j int) *entry {
	var buf [longest]byte
	typed := buf[:0]
	for k := i; k <= j; k++ {
		w := r.word(k, k)
		if len(typed)+len(w) > longest-3 {
			return nil
		}
		typed = append(typed, w...)
	}
	reach := tolerance(len(typed))
	if reach == 0 {
		return nil
	}
	s := search{r: r, i: i, j: j, best: reach + 1, typed: typed, mask: letterMask(string(typed))}
	if i == j {
		if r.everyday(i, false) {
			return nil
		}
		if ordinary.has(typed) || classes[string(typed)] != 0 || common[string(typed)] || names.has(typed) {
			return nil
		}
		r.guesses++
		for n := max(len(typed)-reach, 5); n <= len(typed)+reach && n <= longest; n++ {
			s.among(typoList().byLength[n], false)
		}
	} else {
		if len(typed) >= 7 {
			s.joined()
		}
		s.among(typoList().phrases[typed[0]-'a'], true)
	}
	return s.result()
}

// search collects the names nearest to what was typed.
type search struct {
	r     *reader
	i, j  int
	typed []byte
	mask  uint32
	best  int
	found []string
}

// joined takes words that together spell one name ("bangla desh", "viet nam").
func (s *search) joined() {
	for k := s.i; k <= s.j; k++ {
		w := string(s.r.word(k, k))
		if ordinary.has(s.r.word(k, k)) || common[w] || classes[w] != 0 || len(w) < 2 {
			return
		}
	}
	for _, n := range typoList().byLength[len(s.typed)] {
		if n.letters == string(s.typed) {
			s.best, s.found = 0, append(s.found[:0], n.words)
		}
	}
}

func (s *search) among(names []typoName, phrase bool) {
	for _, n := range names {
		if apart(n.mask, s.mask) > 2*min(s.best, 2) || phrase && !s.fits(n) {
			continue
		}
		limit := min(s.best, tolerance(len(s.typed)))
		if n.letters[0] != s.typed[0] { // few people miss the first letter, and then little else
			limit = min(limit, 1)
			if apart(n.mask, s.mask) > 2 {
				continue
			}
		}
		d := Distance(string(s.typed), n.letters, limit)
		if d > limit {
			continue
		}
		if d < s.best {
			s.best, s.found = d, s.found[:0]
		}
		s.found = append(s.found, n.words)
	}
}

// fits reports whether the typed words stand one by one for the words of a name: English words and short ones must
// be spelled right, the others may each be off by little.
func (s *search) fits(n typoName) bool {
	words, k := n.words, s.i
	for ; k <= s.j && words != ""; k++ {
		end := 0
		for end < len(words) && words[end] != ' ' {
			end++
		}
		typed := string(s.r.word(k, k))
		if typed != words[:end] {
			plain := ordinary.has(s.r.word(k, k))
			reach := 1
			if len(typed) >= 6 {
				reach = 2
			}
			if plain || common[typed] || len(typed) < 3 || Distance(typed, words[:end], reach) > reach {
				return false
			}
		}
		words = words[min(end+1, len(words)):]
	}
	return k > s.j && words == ""
}

// result is the one place all nearest names mean, or a question between several.
func (s *search) result() *entry {
	var out *entry
	for _, name := range s.found {
		e := s.r.lookup([]byte(name))
		if e == nil || e.flags&nothing != 0 {
			continue
		}
		if out == nil {
			copied := *e
			out = &copied
			out.flags |= misspelt
			continue
		}
		out.merge(e)
	}
	return out
}

// merge adds the places of an equally near name: the same country stays one place, different ones must be asked.
func (e *entry) merge(other *entry) {
	for _, p := range other.places {
		known := false
		for i, q := range e.places {
			if q.Code == p.Code {
				known = true
				if p.City != q.City && other.flags&demonym == 0 {
					e.places[i].City, e.places[i].Zones = "", p.Zones
				}
			}
		}
		if !known {
			e.places = append(e.places[:len(e.places):len(e.places)], p)
			e.flags |= asked
		}
	}
}
