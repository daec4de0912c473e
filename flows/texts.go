package flows

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"olle/flows/places"
)

// Catalogue holds every sentence the bot says in one language, parsed once. A sentence is text with {placeholders}.
type Catalogue struct {
	Language string // tag: "en"
	Name     string // in its own words: "English"
	texts    map[string][]segment
	fallback *Catalogue
	words    sync.Map // key → []string, see Words
}

// segment is a run of text, or a placeholder's name.
type segment struct {
	text string
	hole bool
}

// NewCatalogue parses texts. Keys missing here are looked up in fallback (nil: none). The error names every bad sentence.
func NewCatalogue(language, name string, texts map[string]string, fallback *Catalogue) (*Catalogue, error) {
	c := &Catalogue{Language: language, Name: name, texts: make(map[string][]segment, len(texts)), fallback: fallback}
	var bad []string
	for key, text := range texts {
		parsed, err := parseText(strings.TrimSpace(text))
		if err != nil {
			bad = append(bad, fmt.Sprintf("%s: %v", key, err))
		}
		c.texts[key] = parsed
	}
	if len(bad) > 0 {
		sort.Strings(bad)
		return nil, fmt.Errorf("flows: texts %s: %s", language, strings.Join(bad, "; "))
	}
	return c, nil
}

// Has says whether the sentence exists, here or in the fall-back.
func (c *Catalogue) Has(key string) bool {
	for ; c != nil; c = c.fallback {
		if _, ok := c.texts[key]; ok {
			return true
		}
	}
	return false
}

// Own returns a sentence of this very language as it is written, without the fall-back's; "" if there is none.
func (c *Catalogue) Own(key string) string {
	return fillSegments(c.texts[key], func(name string) (string, bool) { return "{" + name + "}", true })
}

// Holes returns the placeholders of a sentence, in order; nil if it does not exist here.
func (c *Catalogue) Holes(key string) []string {
	var names []string
	for _, s := range c.texts[key] {
		if s.hole {
			names = append(names, s.text)
		}
	}
	return names
}

// Keys returns all keys of this catalogue, sorted, without the fall-back's.
func (c *Catalogue) Keys() []string {
	keys := make([]string, 0, len(c.texts))
	for k := range c.texts {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// Group returns the sentences whose keys begin with prefix, by the rest of the key and as they are written; single ones that this language
// lacks are the fall-back's. Nil: it has none of them.
func (c *Catalogue) Group(prefix string) map[string]string {
	if !slices.ContainsFunc(c.Keys(), func(key string) bool { return strings.HasPrefix(key, prefix) }) {
		return nil
	}
	group := map[string]string{}
	for ; c != nil; c = c.fallback {
		for key := range c.texts {
			if name, ok := strings.CutPrefix(key, prefix); ok && group[name] == "" {
				group[name] = c.Own(key)
			}
		}
	}
	return group
}

// Text fills a sentence in. fill is asked for each placeholder; one it does not know stays visible as {name}, so that a
// transcript shows it. An unknown key yields the key itself, for the same reason.
func (c *Catalogue) Text(key string, fill func(name string) (string, bool)) string {
	for at := c; at != nil; at = at.fallback {
		if segments, ok := at.texts[key]; ok {
			return fillSegments(segments, fill)
		}
	}
	return key
}

// In is the catalogue of a language, the English one where the pack has none of it.
func (e *Event) In(language string) *Catalogue {
	if c := e.Texts[language]; c != nil {
		return c
	}
	return e.Texts["en"]
}

// Sentence fills a sentence of a language with pairs of placeholder and value, and with the event's facts.
func (e *Event) Sentence(language, key string, pairs ...any) string {
	return e.In(language).Text(key, pairsOr(pairs, factsOf(e)))
}

// pairsOr fills from pairs of placeholder and value, and what they do not name from the rest.
func pairsOr(pairs []any, rest func(string) (string, bool)) func(string) (string, bool) {
	if len(pairs) == 0 {
		return rest
	}
	return func(name string) (string, bool) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return fmt.Sprint(pairs[i+1]), true
			}
		}
		return rest(name)
	}
}

// Words returns the words of a list ("yes|yeah|ok"), folded as they are compared. They are folded once: every turn looks at many.
func (c *Catalogue) Words(key string) []string {
	if known, ok := c.words.Load(key); ok {
		return known.([]string)
	}
	words := foldedWords(key)
	for at := c; at != nil; at = at.fallback {
		if _, ok := at.texts[key]; ok {
			words = foldedWords(at.Own(key))
			break
		}
	}
	c.words.Store(key, words)
	return words
}

// wordList names a list of words in the texts.
type wordList struct{ name, key string }

func wordLists(prefix string, names ...string) []wordList {
	lists := make([]wordList, len(names))
	for i, name := range names {
		lists[i] = wordList{name, prefix + name}
	}
	return lists
}

func foldedWords(list string) []string {
	words := strings.Split(list, "|")
	for i, w := range words {
		words[i] = places.Fold(w)
	}
	return words
}

// Fill fills a sentence that comes from elsewhere in the pack (a question, an answer).
func Fill(text string, fill func(name string) (string, bool)) string {
	if !strings.Contains(text, "{") {
		return text
	}
	segments, err := parseText(text)
	if err != nil {
		return text
	}
	return fillSegments(segments, fill)
}

func fillSegments(segments []segment, fill func(string) (string, bool)) string {
	if len(segments) == 1 && !segments[0].hole {
		return segments[0].text
	}
	var b strings.Builder
	for _, s := range segments {
		if !s.hole {
			b.WriteString(s.text)
		} else if value, ok := fill(s.text); ok {
			b.WriteString(value)
		} else {
			b.WriteString("{" + s.text + "}")
		}
	}
	return b.String()
}

func parseText(text string) ([]segment, error) {
	var segments []segment
	for rest := text; rest != ""; {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			return append(segments, segment{text: rest}), nil
		}
		end := strings.IndexByte(rest[open:], '}')
		if end < 0 {
			return nil, fmt.Errorf("a { without its }")
		}
		name := rest[open+1 : open+end]
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_0123456789.") != "" {
			return nil, fmt.Errorf("{%s} is no placeholder: lower-case letters, digits, dots and underscores", name)
		}
		if open > 0 {
			segments = append(segments, segment{text: rest[:open]})
		}
		segments = append(segments, segment{text: name, hole: true})
		rest = rest[open+end+1:]
	}
	return segments, nil
}
