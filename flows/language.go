package flows

import (
	"sort"
	"strings"
)

// The language is asked by name, in each language's own words.
func languageFlow() *Flow {
	return &Flow{Name: "language", Light: true, Steps: []Step{{
		Name: "pick",
		Ask: func(t *Turn) {
			t.Say("language.which")
			var choices []Choice
			for _, o := range languages(t.Event) {
				choices = append(choices, Choice{Label: o.Label, Value: "language/pick/" + o.Value})
			}
			t.Offer(choices...)
		},
		Take: func(t *Turn, in Input) bool {
			o, ok := in.Pick(languages(t.Event))
			if !ok {
				return false
			}
			t.Person.Language = o.Value
			t.texts = t.Event.Texts[o.Value]
			t.Say("language.set")
			t.Done()
			return true
		},
	}}}
}

func languages(e *Event) []Option {
	var all []Option
	for tag, c := range e.Texts {
		all = append(all, Option{Value: tag, Label: c.Name, Also: strings.Split(c.Own("language.also"), "|")})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Value < all[j].Value })
	return all
}

// beginLanguage is /language, with or without a language.
func beginLanguage(t *Turn, name string) {
	t.Push("language", "pick")
	if name != "" && t.Book.talks["language"].take(t, Input{Text: name}) {
		return
	}
	if len(t.Event.Texts) == 1 {
		t.Say("language.only")
		t.Done()
	}
}

// ownLanguage is the choice of the language that the network or browser says is the person's: where the pack has it and they have chosen none.
// It is offered, not taken: the announcement is in English, and devices are borrowed.
func (t *Turn) ownLanguage() []Choice {
	base, _, _ := strings.Cut(t.Locale, "-")
	for _, o := range languages(t.Event) {
		fits := strings.EqualFold(o.Value, t.Locale) || strings.EqualFold(o.Value, base)
		if fits && t.Person.Language == "" && o.Value != t.texts.Language {
			return []Choice{{Label: o.Label, Value: "/language " + o.Value}}
		}
	}
	return nil
}
