package config

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"olle/flows"
	"olle/flows/answers"
)

// answerHoles are the placeholders that package answers fills while it answers: the first in topics, all of them in texts.
var answerHoles = []string{"years", "place", "point", "region", "amount", "typed", "choices", "list"}

// readAnswers reads answers.yaml, fills the event's facts in, and compiles it. A pack without it answers nothing but commands, and what
// an airfare table answers.
func (p *pack) readAnswers() {
	_, ok := p.files["answers.yaml"]
	r, root := p.report("answers.yaml"), p.trees["answers.yaml"]
	switch {
	case !ok && len(p.event.Airfare) == 0:
		p.emptyIndex(r)
		return
	case !ok:
		r, root = p.ofTable()
	}
	if root == nil {
		return
	}
	o := open(r, root, "answers.yaml")
	b := &answerReader{pack: p, r: r, topics: map[string]*node{}, concepts: o.ask("concepts")}
	pack := answers.Pack{Concepts: b.readConcepts(), Weights: map[string]float64{}, Numbers: map[string]int{}, Spellings: map[string]string{}, Texts: b.readTexts(o)}
	weights := open(r, o.ask("weights"), "weights")
	for _, key := range keys(weights) {
		pack.Weights[key], _ = weights.number(key)
	}
	numbers := open(r, o.ask("numbers"), "numbers")
	for _, key := range keys(numbers) {
		pack.Numbers[key] = numbers.whole(key, 0, 1_000_000_000)
	}
	spellings := open(r, o.ask("spellings"), "spellings")
	for _, key := range keys(spellings) {
		pack.Spellings[key] = spellings.text(key)
	}
	for _, n := range o.list("topics") {
		pack.Topics = append(pack.Topics, b.readTopic(open(r, n, "a topic")))
	}
	o.done()
	p.addTexts(pack)
	b.compile(o, pack)
}

// ofTable is what is answered from an airfare table alone.
func (p *pack) ofTable() (*report, *node) {
	r := &report{file: "config/airfare.yaml", all: &p.mistakes}
	data, err := embedded.ReadFile("airfare.yaml")
	if err != nil {
		panic("config: " + err.Error()) // the name is embedded
	}
	return r, parseYAML(r, data)
}

// addTexts adds the sentences that answers.yaml leaves out: those of the conversation, and neutral ones of the airfare table.
func (p *pack) addTexts(pack answers.Pack) {
	for key, shared := range map[string]string{"empty": "common.empty", "unknown": "ask.unknown"} {
		if s, ok := p.texts[shared]; ok {
			pack.Texts[key] = cmp.Or(pack.Texts[key], flows.Fill(s, p.fact))
		}
	}
	if len(p.event.Airfare) == 0 {
		return
	}
	if !slices.ContainsFunc(pack.Topics, func(t answers.Topic) bool { return t.Kind == "airfare" }) {
		p.warning("answers.yaml").add(0, 0, "no topic tells what stands in airfare.csv, only /airfare does: add one with \"kind: airfare\"")
	}
	r, root := p.ofTable()
	b := &answerReader{pack: p, r: r}
	for key, s := range b.readTexts(open(r, root, "the shared texts")) {
		pack.Texts[key] = cmp.Or(pack.Texts[key], s)
	}
}

// emptyIndex stands in for a missing answers.yaml, so that everything else of a small pack works.
func (p *pack) emptyIndex(r *report) {
	pack := answers.Pack{Texts: map[string]string{}}
	p.addTexts(pack)
	x, err := answers.New(pack.Config(nil))
	if err != nil {
		r.add(0, 0, "%v", err)
	}
	p.event.Answers = x
}

func keys(o *object) (names []string) {
	if o.n == nil {
		return nil
	}
	for _, f := range o.n.fields {
		names = append(names, f.key.text)
	}
	return names
}

// answerReader is answers.yaml while it is read.
type answerReader struct {
	pack     *pack
	r        *report
	topics   map[string]*node // by ID, to give the compiler's mistakes a place
	concepts *node
}

func (b *answerReader) readConcepts() map[string][]string {
	concepts := map[string][]string{}
	c := open(b.r, b.concepts, "concepts")
	for _, key := range keys(c) {
		if v := c.n.get(key); v.kind == scalar {
			concepts[key] = strings.Split(v.text, ",")
			continue
		}
		concepts[key] = c.strings(key)
	}
	return concepts
}

func (b *answerReader) readTexts(o *object) map[string]string {
	texts := map[string]string{}
	t := open(b.r, o.ask("texts"), "texts")
	for _, key := range keys(t) {
		texts[key] = b.fill(t.place(key), t.text(key))
	}
	return texts
}

// fill puts the facts into a text; what package answers fills later stays.
func (b *answerReader) fill(at *node, text string) string {
	b.pack.checkHoles(b.r, at, text, b.pack.fact, answerHoles)
	return flows.Fill(text, b.pack.fact)
}

func (b *answerReader) readTopic(o *object) answers.Topic {
	t := answers.Topic{ID: o.must("id"), Kind: o.text("kind"), Source: o.text("source"), Offer: o.text("offer"), When: o.strings("when"),
		Ask: o.strings("ask"), Region: o.text("region")}
	if first, twice := b.topics[t.ID]; twice {
		b.r.at(o.place("id"), "the topic %q stands twice (first in line %d): give each its own id", t.ID, first.line)
	}
	b.topics[t.ID] = o.place("id")
	if _, ok := answers.Kinds[t.Kind]; !ok {
		kinds := slices.Sorted(maps.Keys(answers.Kinds))
		b.r.at(o.place("kind"), "kind is one of %s, not %q%s", strings.Join(nonEmpty(kinds), ", "), t.Kind, meant(t.Kind, kinds))
	}
	_, forms := b.pack.in("forms")
	b.pack.checkFlow(o, "offer", t.Offer, forms)
	t.Answer = b.fill(o.place("answer"), o.text("answer"))
	for _, n := range o.list("parts") {
		t.Parts = append(t.Parts, b.readPart(n))
	}
	o.done()
	return t
}

// readPart reads a list of lines, of which the first that holds is said.
func (b *answerReader) readPart(n *node) (lines []answers.Line) {
	if n.kind != sequence {
		b.r.at(n, "each of parts is a list of lines with when and say, but this is %s", n.kind)
		return nil
	}
	for _, line := range n.items {
		o := open(b.r, line, "a line of parts")
		lines = append(lines, answers.Line{When: o.text("when"), Say: b.fill(o.place("say"), o.text("say"))})
		o.done()
	}
	return lines
}

// compile hands the pack to package answers and finds the place of what it complains about.
func (b *answerReader) compile(o *object, pack answers.Pack) {
	x, err := answers.New(pack.Config(b.pack.event.Airfare))
	b.pack.event.Answers = x
	for _, e := range leaves(err) {
		message := strings.TrimPrefix(e.Error(), "answers: ")
		if strings.Contains(message, "used twice") || strings.Contains(message, "unknown kind") || strings.HasPrefix(message, "airfare") {
			continue // told already, with a better place
		}
		b.r.at(b.placeOf(o, message), "%s", message)
	}
}

var (
	aboutTopic   = regexp.MustCompile(`^topic (?:\d+ \(([^)]*)\)|(\S+)):`)
	aboutConcept = regexp.MustCompile(`^concept "?([^":]+)"?:`)
)

// placeOf finds the topic, concept or group a message of package answers is about.
func (b *answerReader) placeOf(o *object, message string) *node {
	if m := aboutTopic.FindStringSubmatch(message); m != nil {
		if n := b.topics[m[1]+m[2]]; n != nil {
			return n
		}
	}
	if m := aboutConcept.FindStringSubmatch(message); m != nil {
		if n := b.concepts.get(m[1]); n != nil {
			return n
		}
	}
	for _, group := range []string{"weights", "numbers", "texts", "topics"} {
		if n := o.n.get(group); n != nil && (strings.HasPrefix(message, group) || group == "texts" && strings.HasPrefix(message, "no text")) {
			return n
		}
	}
	return o.n
}

// leaves takes joined errors apart.
func leaves(err error) (all []error) {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			all = append(all, leaves(e)...)
		}
		return all
	}
	return []error{err}
}
