package flows

import (
	"fmt"
	"slices"
	"strings"

	"olle/flows/places"
)

// Audience says whom an announcement or a list is for: conditions that must all hold. Organisers write it as
//
//	stage=applying,complete country=Nepal,"Viet Nam" missing=6 -language=ko role!=organiser
//
// Of the values of one condition any will do; a leading - or != turns it round. No condition at all is everybody. It looks at cards
// and at nothing else, so that ten thousand people are counted while somebody waits.
type Audience []Wish

// Wish is one condition of an audience.
type Wish struct {
	Key    string
	Not    bool
	Values []string // as cards have them: "NP", "nomination", "telegram"
}

// audienceKeys say how a value is read, and whether a card fits it. missing is of those who began to apply and have not e-mailed.
var audienceKeys = map[string]struct {
	read func(e *Event, value string) (string, error)
	fits func(c Card, name, value string) bool
}{
	"stage":    {oneOf("stage", stageNames()), func(c Card, _, v string) bool { return c.Stage == v }},
	"country":  {readCountry, func(c Card, _, v string) bool { return c.Country == v }},
	"missing":  {readItem, missesItem},
	"platform": {readWord, func(c Card, _, v string) bool { return slices.Contains(c.Platforms, v) }},
	"language": {readLanguage, func(c Card, _, v string) bool { return c.Language == v || c.Language == "" && v == "en" }},
	"role":     {oneOf("role", append([]string{"applicant", "organiser"}, Rights()...)), hasRole},
	"cohort":   {readWord, func(c Card, _, v string) bool { return c.Cohort == v }},
	"ref":      {readRef, func(_ Card, name, v string) bool { return strings.EqualFold(v, name[:min(6, len(name))]) }},
}

func oneOf(key string, allowed []string) func(*Event, string) (string, error) {
	return func(_ *Event, value string) (string, error) {
		if v := strings.ToLower(value); slices.Contains(allowed, v) {
			return v, nil
		}
		return "", fmt.Errorf("flows: %s is one of %s, not %q", key, strings.Join(allowed, ", "), value)
	}
}

func readWord(_ *Event, value string) (string, error) { return strings.ToLower(value), nil }

func readCountry(_ *Event, value string) (string, error) {
	r := places.Resolve(value)
	if len(r.Places) != 1 || len(r.Ask) > 0 {
		return "", fmt.Errorf("flows: %q is no country I know; write its name or its two-letter code", value)
	}
	return r.Places[0].Code, nil
}

// readItem takes an item by number, ID or name; "any" is any of them.
func readItem(e *Event, value string) (string, error) {
	var options []Option
	for _, it := range e.Items {
		options = append(options, Option{Value: it.ID, Label: it.Name, Also: append([]string{it.Short}, it.Also...)})
	}
	if strings.EqualFold(value, "any") {
		return "any", nil
	}
	if o, ok := (Input{Text: value}).Pick(options); ok {
		return o.Value, nil
	}
	return "", fmt.Errorf("flows: missing is a number from 1 to %d, the name of a document, or any; not %q", len(e.Items), value)
}

func missesItem(c Card, _, item string) bool {
	if c.Stage != "applying" && c.Stage != "complete" {
		return false
	}
	return item == "any" && c.Stage != "complete" || item != "any" && !slices.Contains(c.Items, item)
}

func readLanguage(e *Event, value string) (string, error) {
	for tag, c := range e.Texts {
		if strings.EqualFold(tag, value) || strings.EqualFold(c.Name, value) {
			return tag, nil
		}
	}
	return "", fmt.Errorf("flows: language is one of %s, not %q", strings.Join(sortedKeys(e.Texts), ", "), value)
}

func hasRole(c Card, _, role string) bool {
	switch role {
	case "applicant":
		return len(c.Rights) == 0
	case "organiser":
		return len(c.Rights) > 0
	}
	return Allows(c.Rights, role)
}

func readRef(e *Event, value string) (string, error) {
	ref := strings.TrimPrefix(strings.ToUpper(value), strings.ToUpper(e.Prefix)+"-")
	if len(ref) != 6 {
		return "", fmt.Errorf("flows: ref is a person's reference such as %s-7K3FQ2, not %q", e.Prefix, value)
	}
	return ref, nil
}

// everybody are ways to write an audience without conditions.
var everybody = []string{"", "all", "everybody", "everyone"}

// ParseAudience reads an audience as it is typed. The error is a sentence for whoever typed it.
func ParseAudience(e *Event, text string) (Audience, error) {
	if slices.Contains(everybody, strings.ToLower(strings.TrimSpace(text))) {
		return nil, nil
	}
	var all Audience
	for rest := strings.TrimSpace(text); rest != ""; {
		term, after, err := cutTerm(rest)
		if err != nil {
			return nil, err
		}
		w, err := parseWish(e, term)
		if err != nil {
			return nil, err
		}
		all, rest = append(all, w), strings.TrimSpace(after)
	}
	return all, nil
}

// cutTerm cuts the first condition off: up to a blank that is not within quotes.
func cutTerm(text string) (term, rest string, err error) {
	quoted := false
	for i, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && (r == ' ' || r == '\t' || r == '\n'):
			return text[:i], text[i:], nil
		}
	}
	if quoted {
		return "", "", fmt.Errorf("flows: an audience has a quotation mark without its other one")
	}
	return text, "", nil
}

func parseWish(e *Event, term string) (w Wish, err error) {
	key, values, ok := strings.Cut(term, "=")
	if !ok {
		return w, fmt.Errorf("flows: %q is no condition; write key=value with one of %s", term, strings.Join(sortedKeys(audienceKeys), ", "))
	}
	if rest, minus := strings.CutPrefix(key, "-"); minus {
		key, w.Not = rest, true
	}
	if rest, not := strings.CutSuffix(key, "!"); not {
		key, w.Not = rest, !w.Not
	}
	w.Key = strings.ToLower(key)
	kind, ok := audienceKeys[w.Key]
	if !ok {
		return w, fmt.Errorf("flows: an audience knows no %q; it knows %s", key, strings.Join(sortedKeys(audienceKeys), ", "))
	}
	for _, v := range splitValues(values) {
		if v == "" {
			return w, fmt.Errorf("flows: %s= needs a value", w.Key)
		}
		read, err := kind.read(e, v)
		if err != nil {
			return w, err
		}
		if !slices.Contains(w.Values, read) {
			w.Values = append(w.Values, read)
		}
	}
	return w, nil
}

// splitValues parts a list at its commas, those within quotes apart.
func splitValues(list string) (values []string) {
	var b strings.Builder
	quoted := false
	for _, r := range list {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ',' && !quoted:
			values = append(values, strings.TrimSpace(b.String()))
			b.Reset()
		default:
			b.WriteRune(r)
		}
	}
	return append(values, strings.TrimSpace(b.String()))
}

// String writes the audience so that ParseAudience reads the same again.
func (a Audience) String() string {
	if len(a) == 0 {
		return "everybody"
	}
	var terms []string
	for _, w := range a {
		values := slices.Clone(w.Values)
		for i, v := range values {
			if strings.ContainsAny(v, " ,\t\n") {
				values[i] = `"` + v + `"`
			}
		}
		not := ""
		if w.Not {
			not = "-"
		}
		terms = append(terms, not+w.Key+"="+strings.Join(values, ","))
	}
	return strings.Join(terms, " ")
}

// Has says whether the person with this card (and its name, the end of its key) is meant.
func (a Audience) Has(c Card, name string) bool {
	for _, w := range a {
		fits := slices.ContainsFunc(w.Values, func(v string) bool { return audienceKeys[w.Key].fits(c, name, v) })
		if fits == w.Not {
			return false
		}
	}
	return true
}

// Count is how many an audience reaches.
type Count struct {
	People    int            `json:"people"`    // can be reached
	Cut       int            `json:"cut"`       // fit, but no chat of theirs can be reached any more
	Platforms map[string]int `json:"platforms"` // people by where they will be reached
	Refs      []string       `json:"refs"`      // references of the first of them
}

const (
	cardPage = 500 // cards read at once
	mostRefs = 500 // in a Count
)

// CountAudience counts whom an audience reaches now.
func CountAudience(e *Event, a Audience, src Source) (Count, error) {
	n := Count{Platforms: map[string]int{}}
	err := everyCard(src, func(name string, c Card) {
		switch {
		case !a.Has(c, name):
		case c.Home == "":
			n.Cut++
		default:
			n.People++
			n.Platforms[c.Home]++
			if len(n.Refs) < mostRefs {
				n.Refs = append(n.Refs, RefOf(e, name))
			}
		}
	})
	return n, err
}

// RefOf is the reference of the person with that name (the end of the keys of person and card).
func RefOf(e *Event, name string) string {
	return e.Prefix + "-" + strings.ToUpper(name[:min(6, len(name))])
}

// everyCard goes through all cards.
func everyCard(src Source, visit func(name string, c Card)) error { return every(src, "card/", visit) }
