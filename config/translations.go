package config

import (
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"olle/flows"
	"olle/flows/places"
)

// label is what an option is called, with its place.
type label struct {
	r  *report
	at *node
}

// checkTranslations looks at what can be told only when all languages are read: options that nobody can choose by typing, and what a
// language leaves out.
func (p *pack) checkTranslations() {
	for _, l := range p.labels {
		checkRepair(l.r, l.at, l.at.text, p.event.Texts["en"])
	}
	p.checkNames()
	english := p.formSentences()
	for tag, c := range p.own {
		checkOpposites(p.report(path.Join("texts", tag+".yaml")), c.texts, p.event.Texts[tag])
		words := p.event.Texts[tag]
		if tag == "en" || words == nil {
			continue
		}
		r := p.report(path.Join("texts", tag+".yaml"))
		for _, f := range p.event.Forms {
			for _, q := range f.Questions {
				checkOptions(r, c.texts, "forms."+f.Name+"."+q.ID+".option.", q.Options, words)
			}
		}
		p.checkLeftOut(tag, c.texts, english)
	}
}

// checkOptions looks at a question's options as another language names them, under prefix and the option's value.
func checkOptions(r *report, texts map[string]sentence, prefix string, options []flows.Option, words *flows.Catalogue) {
	checkOptionTwins(r, texts, prefix, options)
	for _, o := range options {
		s, ok := texts[prefix+o.Value]
		if !ok {
			continue
		}
		checkRepair(r, s.at, s.text, words)
		if n := utf8.RuneCountInString(s.text); n > maxLabel {
			r.at(s.at, "an option stands on a button: %d characters are too many, at most %d fit", n, maxLabel)
		}
	}
}

// checkNames notes languages that cannot be told apart by their names, or have none.
func (p *pack) checkNames() {
	first := map[string]string{}
	for _, tag := range slices.Sorted(maps.Keys(p.event.Texts)) {
		name := places.Fold(p.event.Texts[tag].Name)
		own, mine := p.own[tag]
		file := path.Join("texts", tag+".yaml")
		if other := first[name]; other != "" {
			p.report(file).add(0, 0, "the language is called %q, as %s is: give each its own name", p.event.Texts[tag].Name, other)
		} else if first[name] = tag; mine && own.name == "" && name == places.Fold(tag) {
			p.warning(file).add(0, 0, "people choose the language by its name: add \"language: …\", in its own words")
		}
	}
}

// checkOpposites notes words that would be heard as yes and no at once.
func checkOpposites(r *report, texts map[string]sentence, words *flows.Catalogue) {
	if words == nil {
		return
	}
	for _, pair := range [][2]string{{"words.no", "words.yes"}, {"words.keep", "words.delete"}} {
		s, ok := texts[pair[0]]
		if !ok {
			if s, ok = texts[pair[1]]; !ok {
				continue
			}
		}
		for _, word := range words.Words(pair[0]) {
			if word != "" && slices.Contains(words.Words(pair[1]), word) {
				r.at(s.at, "%q is among %s and among %s: remove it from one", word, pair[0], pair[1])
			}
		}
	}
}

// checkLeftOut warns of what the pack says in English and not in another language of its own: sentences of forms and reminders, and
// placeholders. What forms say there by default (the names of questions in summaries) need not be translated.
func (p *pack) checkLeftOut(tag string, texts map[string]sentence, english map[string]string) {
	r := p.warning(path.Join("texts", tag+".yaml"))
	var lacks []string
	all := 0
	lack := func(key, text string) {
		if text == "" {
			return
		}
		all++
		if _, ok := texts[key]; !ok {
			lacks = append(lacks, key)
		}
	}
	for key, text := range english {
		if id, ok := strings.CutSuffix(key, ".short"); !ok || !strings.HasSuffix(id, "."+text) {
			lack(key, text)
		}
	}
	for key, s := range p.own["en"].texts {
		if strings.HasPrefix(key, "reminder.") {
			lack(key, s.text)
		}
	}
	if slices.Sort(lacks); len(lacks) > 0 {
		r.add(0, 0, "lacks %d of the %d sentences of forms and reminders (%s), so its readers see them in English", len(lacks), all, some(lacks))
	}
	for key, s := range texts {
		original, ok := english[key]
		if !ok {
			original = p.texts[key]
		}
		said := holes(s.text)
		for i, hole := range holes(original) {
			if !slices.Contains(said, hole) && slices.Index(holes(original), hole) == i {
				r.at(s.at, "%s does not say {%s}, which the English sentence says", key, hole)
			}
		}
	}
}

// checkOptionTwins finds options that read alike in another language, where the names in the pack itself are understood too: who types one
// could mean either, and would be asked for ever.
func checkOptionTwins(r *report, texts map[string]sentence, prefix string, options []flows.Option) {
	for i, o := range options {
		s, ok := texts[prefix+o.Value]
		if !ok {
			continue
		}
		mine := places.Fold(s.text)
		if isNumber(mine) && mine != itoa(i+1) {
			r.at(s.at, "%q would be taken for the number of another option: choose other words", s.text)
		}
		for k, other := range options {
			names := append([]string{other.Label}, other.Also...)
			if t, ok := texts[prefix+other.Value]; ok && k < i {
				names = append(names, t.text)
			}
			if k != i && slices.ContainsFunc(names, func(n string) bool { return places.Fold(n) == mine }) {
				r.at(s.at, "%s%s reads like the option %s: give each option its own words", prefix, o.Value, other.Value)
				break
			}
		}
	}
}

// repairs are the lists of words that are heard at every question, before its options.
var repairs = []string{"help", "back", "skip", "cancel", "repeat", "restart", "status", "human", "mailed", "change"}

// checkRepair notes an option whose name does something else when it is typed.
func checkRepair(r *report, at *node, text string, words *flows.Catalogue) {
	if words == nil {
		return
	}
	folded := places.Fold(text)
	for _, list := range repairs {
		for _, word := range words.Words("words." + list) {
			if folded != "" && (folded == word || list == "change" && strings.HasPrefix(folded, word+" ")) {
				r.at(at, "who types %q is not understood to choose this option: %q is one of the words.%s; choose other words", text, word, list)
				return
			}
		}
	}
}
