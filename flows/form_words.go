package flows

import (
	"slices"
	"strings"

	"olle/flows/places"
)

// A form is written in the pack's language; what follows says it in the reader's.

// options are the answers a question offers, in the reader's language; what they are called in the pack is understood too.
func (f *Form) options(t *Turn, q *Question) []Option {
	if q.Type == "yesno" {
		return yesno(t)
	}
	options := slices.Clone(t.Event.optionsOf(q))
	for i, o := range options {
		if label := t.form(f.sentence(q, "option."+o.Value), o.Label); label != o.Label {
			options[i].Label = label
			options[i].Also = append(slices.Clone(o.Also), o.Label)
		}
	}
	return options
}

// label is what the pack calls an option; answers keep it, whatever language they were given in.
func (q *Question) label(value string) string {
	for _, o := range q.Options {
		if o.Value == value {
			return o.Label
		}
	}
	return value
}

// shown is an answer in the reader's language.
func (f *Form) shown(t *Turn, q *Question, v Value) string {
	chosen := []any{v.Data}
	if several, ok := v.Data.([]any); ok {
		chosen = several
	}
	var labels []string
	for _, o := range f.options(t, q) {
		yes, isYes := v.Data.(bool)
		if slices.Contains(chosen, any(o.Value)) || isYes && yes == (o.Value == "yes") {
			labels = append(labels, o.Label)
		}
	}
	if len(labels) == 0 {
		return v.Text
	}
	return strings.Join(labels, ", ")
}

// short is a question's label in summaries.
func (f *Form) short(t *Turn, q *Question) string { return t.form(f.sentence(q, "short"), q.Short) }

// sentence names one of a question's sentences in the texts of other languages.
func (f *Form) sentence(q *Question, part string) string { return f.Name + "." + q.ID + "." + part }

// form is a form's sentence in the reader's language: the text under "forms." + key, or as the pack's form has it.
func (t *Turn) form(key, original string) string {
	if original != "" && t.texts.Has("forms."+key) {
		return t.Text("forms." + key)
	}
	return original
}

// Sentences lists the keys under which texts of other languages can say what the form says.
func (f *Form) Sentences() []string {
	keys := []string{"forms." + f.Name + ".title", "forms." + f.Name + ".intro", "forms." + f.Name + ".done"}
	for _, q := range f.Questions {
		for _, part := range []string{"ask", "short", "help", "error"} {
			keys = append(keys, "forms."+f.sentence(q, part))
		}
		for _, o := range q.Options {
			keys = append(keys, "forms."+f.sentence(q, "option."+o.Value))
		}
	}
	for _, v := range f.Verdicts {
		keys = append(keys, "forms."+f.Name+".verdict."+v.Name)
	}
	return keys
}

func yesno(t *Turn) []Option {
	return []Option{
		{Value: "yes", Label: t.Text("common.yes"), Also: t.texts.Words("words.yes")},
		{Value: "no", Label: t.Text("common.no"), Also: t.texts.Words("words.no")},
	}
}

// placeName prints a place: "Pokhara, Nepal".
func placeName(p places.Place) string {
	if p.City == "" || p.City == p.Name {
		return p.Name
	}
	return p.City + ", " + p.Name
}

// onlyZone is the place's time zone where there is no doubt.
func onlyZone(p places.Place) string {
	if len(p.Zones) == 1 || p.City != "" && len(p.Zones) > 0 {
		return p.Zones[0]
	}
	return ""
}
