package answers

import (
	"fmt"
	"slices"
	"strings"
)

// A text "answer.ko.danger" is the answer of the topic "danger" in Korean. Only answers that are said as they stand can have one, and only
// what is no quotation from the announcement should.
const translated = "answer."

// In is the answer in a language, where the pack has it; else as it is.
func (x *Index) In(language string, a Answer) Answer {
	x = x.Ready()
	if own := x.texts[translated+language+"."+a.Intent]; own != "" {
		for i := range x.topics {
			if t := &x.topics[i]; t.ID == a.Intent && t.Answer == a.Text {
				a.Text = own
			}
		}
	}
	return a
}

// checkLanguages says which translations belong to no answer, and which lack an address or a number of theirs.
func (x *Index) checkLanguages() (errs []error) {
	for key, text := range x.texts {
		name, is := strings.CutPrefix(key, translated)
		if !is {
			continue
		}
		_, id, _ := strings.Cut(name, ".")
		i := slices.IndexFunc(x.topics, func(t topic) bool { return t.ID == id })
		switch {
		case i < 0 || len(x.topics[i].Parts) > 0 || composed(x.topics[i].Kind):
			errs = append(errs, fmt.Errorf("answers: texts: %s: no topic %q is answered as it stands: the key is answer.LANGUAGE.TOPIC", key, id))
		case !slices.Equal(exact(text), exact(x.topics[i].Answer)):
			errs = append(errs, fmt.Errorf("answers: texts: %s: it has the numbers and addresses %q, the answer %q", key, exact(text), exact(x.topics[i].Answer)))
		}
	}
	return errs
}

// exact lists what no translation may change: numbers and addresses, each once.
func exact(text string) (all []string) {
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r > 0x7f || r <= ' ' || strings.ContainsRune("();,:\"", r) }) {
		if strings.ContainsAny(w, "0123456789@") {
			all = append(all, strings.Trim(w, "."))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
