package config

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"olle/flows"
)

// offered are the languages people can choose, English first because the others fall back to it.
func (p *pack) offered(base, own map[string]catalogue) []string {
	all := []string{"en"}
	for _, tag := range slices.Concat(slices.Sorted(maps.Keys(base)), slices.Sorted(maps.Keys(own))) {
		if !slices.Contains(all, tag) {
			all = append(all, tag)
		}
	}
	if len(p.languages) == 0 {
		return all
	}
	chosen := []string{"en"}
	english, seen := false, map[string]int{}
	for _, n := range p.languages {
		unique(p.report("event.yaml"), seen, n, "the language", n.text)
		switch {
		case n.text == "en":
			english = true
		case !slices.Contains(all, n.text):
			p.report("event.yaml").at(n, "languages: there are no texts in %q: add texts/%s.yaml, or choose among %s", n.text, n.text, strings.Join(all, ", "))
		case !slices.Contains(chosen, n.text):
			chosen = append(chosen, n.text)
		}
	}
	if !english {
		p.report("event.yaml").at(p.languages[0], "languages: en must be among them, what other languages lack is said in English")
	}
	return chosen
}

// ofLanguage says whether a sentence is about the language itself, so that no other language's is better than its own.
func ofLanguage(key string) bool {
	return strings.HasPrefix(key, "format.") || key == "language.also" || key == "language.set"
}

// said are the sentences of one language: the shared ones, over them the pack's own. Where the pack says something of its own in English
// but not in this language, the shared sentence would tell its readers something else than all others hear (another privacy notice, say):
// they read the pack's English. Words that are recognised are those of both.
func (p *pack) said(tag string, base, own map[string]catalogue) map[string]string {
	texts := make(map[string]string, len(base[tag].texts)+len(own[tag].texts))
	for key, s := range base[tag].texts {
		texts[key] = s.text
	}
	var lacks []string
	for key, s := range own["en"].texts {
		shared, ok := texts[key]
		if !ok || tag == "en" || s.text == base["en"].texts[key].text || ofLanguage(key) {
			continue
		}
		if _, ok := own[tag].texts[key]; ok {
			continue
		}
		if strings.HasPrefix(key, "words.") {
			texts[key] = shared + " | " + s.text
			continue
		}
		delete(texts, key)
		delete(texts, key+".one")
		lacks = append(lacks, key)
	}
	for key, s := range own[tag].texts {
		texts[key] = s.text
		if _, both := own[tag].texts[key+".one"]; !both {
			delete(texts, key+".one") // the shared sentence for a single document is another than the pack's
		}
	}
	if slices.Sort(lacks); len(lacks) > 0 {
		p.warning(path.Join("texts", tag+".yaml")).add(0, 0, "lacks %d of the sentences that texts/en.yaml replaces (%s), so its readers see them in English: add them, or name the languages you offer in event.yaml, like \"languages: [en]\"",
			len(lacks), some(lacks))
	}
	return texts
}

// some lists the first of many names.
func some(names []string) string {
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// catalogues parses the texts of every language that is offered.
func (p *pack) catalogues(base, own map[string]catalogue) {
	for _, tag := range p.offered(base, own) {
		texts := p.said(tag, base, own)
		c, err := flows.NewCatalogue(tag, cmp.Or(own[tag].name, base[tag].name, tag), texts, p.event.Texts["en"])
		if err != nil {
			if len(p.mistakes) == 0 { // else told already, with its place
				p.report(path.Join("texts", tag+".yaml")).add(0, 0, "%v", err)
			}
			continue
		}
		p.event.Texts[tag] = c
	}
}
