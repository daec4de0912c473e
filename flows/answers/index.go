package answers

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"

	"olle/flows/places"
)

// Index answers questions about one event. It is immutable and safe for concurrent use.
type Index struct {
	later       func() *Index // of an index that Later made: the real one; else nil
	lex         *lexicon
	weights     []float64 // by concept
	topics      []topic
	search      *search
	texts       map[string]string
	table       []Amount
	rows        map[string]Amount // by country code
	aliases     map[string]string // country codes by the table's own names, folded
	printed     map[int]string    // amounts as printed, by their number
	numbers     map[string]int
	asiaPacific map[string]bool
	venue       string // country code of the venue, from the text "venue-code"
	cYear       int
	cMonth      int
	cAge        int
	cFiller     int
	cHello      int
	cThanks     int
	cCourtesy   int
	cOr         int
	cAsking     int
	cAside      int
	cTicket     int
	cDepart     int
	cDomestic   int
	cLess       int
	cMore       int
	cHalf       int
	cDenial     int
	cOnly       int
	cBut        int
	claims      set // roles and levels, which a text may deny
	common      set // "plain"
	quiet       set // concepts that only topics of danger name: they are no features of the search
	scratch     sync.Pool
}

// topic is a Topic with its rules compiled.
type topic struct {
	Topic
	rules []scored
	never []rule // lines beginning with "unless": the topic is not meant
	parts [][]said
}

type scored struct {
	rule
	score float64
}

type said struct {
	rule
	say string
}

// reading is what a question holds; readings are reused.
type reading struct {
	text    string
	toks    []token
	ids     []int32 // by token, -1 for a word the pack does not know
	each    []set   // by token: the concepts it has on its own or begins
	mute    []bool  // by token: only politeness
	have    set
	focus   set // what the sentences that ask hold; as have where there is only one sentence
	parted  bool
	where   places.Reading
	years   int
	half    bool   // and a half
	amount  string // a printed amount that was named
	unknown int    // words neither known nor part of a place
	content int    // words that are no fillers
	feats   []int32
	dots    []float64
	best    []float64
}

// New compiles a pack. The error lists every mistake.
func New(c Config) (*Index, error) {
	errs := []error{check(c)}
	lex, err := newLexicon(c.Concepts, c.Spellings)
	if err != nil {
		return nil, errors.Join(append(errs, err)...)
	}
	x := &Index{lex: lex, texts: c.Texts, table: c.Airfare, rows: map[string]Amount{}, aliases: map[string]string{}, printed: map[int]string{}, numbers: c.Numbers, asiaPacific: map[string]bool{}}
	x.cYear, x.cMonth, x.cAge = x.concept("year"), x.concept("month"), x.concept("aged")
	x.cFiller, x.cAsking, x.cCourtesy = x.concept("filler"), x.concept("asking"), x.concept("courtesy")
	x.cOr, x.cAside = x.concept("or"), x.concept("aside")
	x.cTicket, x.cDepart, x.cDomestic = x.concept("ticket"), x.concept("depart"), x.concept("domestic")
	x.cHello, x.cThanks = x.concept("hello"), x.concept("thanks")
	x.cLess, x.cMore, x.cHalf = x.concept("fewer"), x.concept("above"), x.concept("half")
	x.cDenial, x.cOnly, x.cBut = x.concept("denial"), x.concept("only"), x.concept("but")
	for i, n := range lex.names {
		if strings.HasPrefix(n, "role.") || strings.HasPrefix(n, "level.") {
			x.claims.add(i)
		}
	}
	if lex.guard >= 0 {
		x.common.add(lex.guard)
	}
	x.venue = c.Texts["venue-code"]
	for _, code := range strings.Fields(c.Texts["asia-pacific"]) {
		x.asiaPacific[code] = true
	}
	x.weights = make([]float64, len(lex.names))
	for i, n := range lex.names {
		x.weights[i] = weight(n, c.Weights)
	}
	for n := range c.Weights {
		if _, ok := lex.number[n]; !ok {
			errs = append(errs, fmt.Errorf("answers: weights: no concept %q", n))
		}
	}
	errs = append(errs, x.addTable(c.Airfare), x.addTopics(c.Topics), x.checkTexts())
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	x.quieten()
	x.addExamples()
	return x, nil
}

// Later is an index that is compiled when it is first needed, so that an edition nobody asks about costs nothing. It is for packs that
// are known to compile, as those that ship are by test; one that does not is a mistake of the program, and panics.
func Later(compile func() (*Index, error)) *Index {
	return &Index{later: sync.OnceValue(func() *Index {
		x, err := compile()
		if err != nil {
			panic(fmt.Sprintf("answers: a pack that was taken for sound: %v", err))
		}
		return x
	})}
}

// Ready compiles what Later put off, and returns what answers.
func (x *Index) Ready() *Index {
	if x.later != nil {
		return x.later()
	}
	return x
}

func (x *Index) concept(name string) int {
	if i, ok := x.lex.number[name]; ok {
		return i
	}
	return -1
}

func weight(name string, given map[string]float64) float64 {
	if w, ok := given[name]; ok {
		return w
	}
	if name[0] == '@' {
		return 0.25
	}
	return 1
}

func (x *Index) addTable(rows []Amount) error {
	var errs []error
	for _, r := range rows {
		if _, twice := x.rows[r.Code]; twice {
			errs = append(errs, fmt.Errorf("answers: airfare: code %s occurs twice", r.Code))
		}
		x.rows[r.Code] = r
		for _, a := range r.Aliases {
			x.aliases[places.Fold(a)] = r.Code
		}
		for _, t := range tokenise(r.Amount, nil) {
			if t.num >= 0 {
				x.printed[t.num] = r.Amount
			}
		}
	}
	return errors.Join(errs...)
}

func (x *Index) addTopics(topics []Topic) error {
	var errs []error
	for _, t := range topics {
		c := topic{Topic: t}
		for _, line := range t.When {
			line, veto := strings.CutPrefix(line, "unless ")
			r, err := x.lex.compile(line)
			if err != nil {
				errs = append(errs, fmt.Errorf("answers: topic %s: %w", t.ID, err))
				continue
			}
			if veto {
				c.never = append(c.never, r)
				continue
			}
			c.rules = append(c.rules, scored{r, r.score(x.weights)})
		}
		sort.SliceStable(c.rules, func(i, j int) bool { return c.rules[i].score > c.rules[j].score })
		for _, lines := range t.Parts {
			var part []said
			for _, l := range lines {
				r, err := x.lex.compile(l.When)
				if err != nil {
					errs = append(errs, fmt.Errorf("answers: topic %s: %w", t.ID, err))
					continue
				}
				part = append(part, said{r, l.Say})
			}
			c.parts = append(c.parts, part)
		}
		x.topics = append(x.topics, c)
	}
	return errors.Join(errs...)
}

// quieten finds the concepts that only topics of danger name. What they add to an everyday question ("my documents" are papers that
// somebody may take) says nothing of which fact is asked for.
func (x *Index) quieten() {
	var danger, fact set
	for i := range x.topics {
		to := &fact
		if x.topics[i].Kind == "danger" {
			to = &danger
		}
		for _, r := range x.topics[i].rules {
			to.union(r.names())
		}
		for k := range x.topics[i].never {
			to.union(x.topics[i].never[k].names())
		}
		for _, part := range x.topics[i].parts {
			for k := range part {
				to.union(part[k].names())
			}
		}
	}
	for k := range danger {
		x.quiet[k] = danger[k] &^ fact[k]
	}
}

// addExamples learns the words of all ways of asking, then builds the search over them.
func (x *Index) addExamples() {
	var toks []token
	for _, t := range x.topics {
		for _, a := range t.Ask {
			toks = tokenise(clip(a), toks[:0])
			for _, k := range toks {
				if ascii(k.text) {
					x.lex.intern(k.text)
				}
			}
		}
	}
	x.lex.close()
	var all []example
	var r reading
	for i, t := range x.topics {
		for _, a := range t.Ask {
			x.learnFrom(&r, a)
			all = append(all, example{int32(i), append([]int32(nil), r.feats...)})
		}
	}
	x.search = newSearch(len(x.lex.names)+len(x.lex.words), all)
	x.scratch.New = func() any {
		return &reading{dots: make([]float64, len(all)), best: make([]float64, len(x.topics))}
	}
}

// Listed is the row of the airfare table for a country code.
func (x *Index) Listed(code string) (Amount, bool) {
	r, ok := x.Ready().rows[code]
	return r, ok
}

// Alias is the country of the airfare table whose alias a text is, or, unless alone, has among its words; ok is false where it names none
// or several.
func (x *Index) Alias(text string, alone bool) (p places.Place, ok bool) {
	if x == nil {
		return p, false
	}
	folded, code := " "+places.Fold(clip(text))+" ", ""
	for alias, of := range x.Ready().aliases {
		if name := " " + alias + " "; alias == "" || !strings.Contains(folded, name) || alone && folded != name {
			continue
		}
		if code != "" && code != of {
			return p, false
		}
		code = of
	}
	return places.Country(code)
}
