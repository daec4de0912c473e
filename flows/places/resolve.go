package places

import "strings"

// Resolve reads an answer to "which city or country will you depart from?", so bare words that running text would
// not count ("male", "sg", "KL", "nice") do here. Codes of countries count too.
func Resolve(text string) Reading {
	r := read(text)
	r.answer = true
	r.shouting = false
	if p, ok := r.iso(); ok {
		return p
	}
	r.find()
	return choose(r.tidy(), r)
}

// iso reads an answer that is only a country's code: "NP", "nepal's NPL". Codes that are English words count only in
// capitals, and are confirmed.
func (r *reader) iso() (Reading, bool) {
	i := 0
	for i < len(r.tokens)-1 && (r.class(i)&(skipped|being|staying|inside|travel) != 0 || fillers[string(r.word(i, i))]) {
		i++
	}
	if i != len(r.tokens)-1 || len(r.tokens) == 0 {
		return Reading{}, false
	}
	if e, _ := r.longest(i); e != nil {
		return Reading{}, false
	}
	word := string(r.word(i, i))
	key := strings.ToUpper(word)
	c := r.d.countries[key]
	if c == nil {
		c = r.d.alpha3[key]
	}
	doubtful := common[word] || codesThatAreWords[word]
	if c == nil || doubtful && r.tokens[i].case_ != upper {
		return Reading{}, false
	}
	m := Mention{Start: r.tokens[i].start, End: r.tokens[i].end, Place: c.place(), confirm: doubtful, first: i, last: i}
	m.Text = r.text[m.Start:m.End]
	return choose([]Mention{m}, r), true
}

var fillers = wordSet("from i will it its s in my by answer country city please sorry ok yes hi hello we")
var codesThatAreWords = wordSet("id la ma pa ba de es ki mo nu pe sa se tv gg lol bra can fin pan per ton tun and are est mac")
