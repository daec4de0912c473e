package flows

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"olle/flows/places"
)

// Catalogue holds every sentence the bot says in one language, parsed once. A sentence is text with {placeholders}. {name?this|that} says this
// where the placeholder has a value and that where it has none; both may hold placeholders, and "|that" may be left out.
type Catalogue struct {
	Language string // tag: "en"
	Name     string // in its own words: "English"
	texts    map[string][]segment
	fallback *Catalogue
	leftward bool     // written from right to left
	words    sync.Map // key → []string, see Words
}

// segment is a run of text, or a placeholder's name.
type segment struct {
	text string
	hole *hole // nil: the text is said as it stands
}

// hole is what a placeholder does. Nearly all of the thousands do the same, see sayValue.
type hole struct {
	then, other []segment // what is said where it has a value, and where it has none
}

var sayValue = new(hole)

// NewCatalogue parses texts. Keys missing here are looked up in fallback (nil: none). The error names every bad sentence.
func NewCatalogue(language, name string, texts map[string]string, fallback *Catalogue) (*Catalogue, error) {
	c := &Catalogue{Language: language, Name: name, texts: make(map[string][]segment, len(texts)), fallback: fallback, leftward: Leftwards(language)}
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
	return written(c.texts[key])
}

// Holes returns the placeholders of a sentence, in order; nil if it does not exist here.
func (c *Catalogue) Holes(key string) []string { return holesOf(c.texts[key]) }

func holesOf(segments []segment) (names []string) {
	for _, s := range segments {
		if s.hole != nil {
			names = append(names, s.text)
			names = append(names, holesOf(s.hole.then)...)
			names = append(names, holesOf(s.hole.other)...)
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
		if segments, ok := at.texts[key]; ok && at.leftward {
			return fillLeftwards(segments, fill)
		} else if ok {
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

// ofOne is the key of a sentence where the application is a single document: "KEY.one", if the language has that beside KEY.
func (c *Catalogue) ofOne(key string) string {
	for at := c; at != nil; at = at.fallback {
		if _, ok := at.texts[key+".one"]; ok {
			return key + ".one"
		}
		if _, ok := at.texts[key]; ok {
			break
		}
	}
	return key
}

// Leftwards says whether the language with that tag is written from right to left.
func Leftwards(tag string) bool {
	script, _ := language.Make(tag).Script()
	return slices.Contains([]string{"Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg"}, script.String())
}

// fillLeftwards fills a sentence of a language written from right to left. Each value and each command runs in a direction of its own (between
// U+2068 and U+2069): without that "5–16 July" reads "16–5 July", and "/airfare" reads "airfare/". Addresses keep their direction by
// themselves, and programs that make links of them would take the marks for a part.
func fillLeftwards(segments []segment, fill func(string) (string, bool)) string {
	apart := make([]segment, len(segments))
	for i, s := range segments {
		if apart[i] = s; s.hole == nil {
			apart[i].text = commandInText.ReplaceAllString(s.text, "${1}\u2068${2}\u2069")
		}
	}
	return fillSegments(apart, func(name string) (string, bool) {
		value, ok := fill(name)
		if !ok || strings.ContainsAny(value, "@\u2068") || strings.Contains(value, "://") {
			return value, ok
		}
		lines := strings.Split(value, "\n")
		for i, line := range lines {
			if line != "" {
				lines[i] = "\u2068" + line + "\u2069"
			}
		}
		return strings.Join(lines, "\n"), true
	})
}

var commandInText = regexp.MustCompile(`(^|[\s("“«])(/[a-z][a-z-]*)`)

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
	if len(segments) == 1 && segments[0].hole == nil {
		return segments[0].text
	}
	var b strings.Builder
	for _, s := range segments {
		if s.hole == nil {
			b.WriteString(s.text)
			continue
		}
		switch value, ok := fill(s.text); {
		case s.hole != sayValue && value != "":
			b.WriteString(fillSegments(s.hole.then, fill))
		case s.hole != sayValue:
			b.WriteString(fillSegments(s.hole.other, fill))
		case ok:
			b.WriteString(value)
		default:
			b.WriteString("{" + s.text + "}")
		}
	}
	return b.String()
}

// written is a sentence as it stands in the texts.
func written(segments []segment) string {
	var b strings.Builder
	for _, s := range segments {
		switch {
		case s.hole == nil:
			b.WriteString(s.text)
		case s.hole == sayValue:
			b.WriteString("{" + s.text + "}")
		case s.hole.other == nil:
			b.WriteString("{" + s.text + "?" + written(s.hole.then) + "}")
		default:
			b.WriteString("{" + s.text + "?" + written(s.hole.then) + "|" + written(s.hole.other) + "}")
		}
	}
	return b.String()
}

func parseText(text string) ([]segment, error) {
	segments, _, err := parseUntil(text, "")
	return segments, err
}

// parseUntil parses up to the first of the ends that stands outside of placeholders, or up to the end of the text; rest begins with it.
func parseUntil(text, ends string) (segments []segment, rest string, err error) {
	if ends == "" {
		segments = make([]segment, 0, 2*strings.Count(text, "{")+1)
	}
	for rest = text; rest != ""; {
		at := strings.IndexAny(rest, "{"+ends)
		if at < 0 {
			return append(segments, segment{text: rest}), "", nil
		}
		if at > 0 {
			segments = append(segments, segment{text: rest[:at]})
		}
		if rest = rest[at:]; rest[0] != '{' {
			return segments, rest, nil
		}
		end := strings.IndexAny(rest, "?}")
		if end < 0 {
			return nil, "", errOpen
		}
		name, either := rest[1:end], rest[end] == '?'
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_0123456789.") != "" {
			return nil, "", fmt.Errorf("{%s} is no placeholder: lower-case letters, digits, dots and underscores", name)
		}
		what := sayValue
		if rest = rest[end+1:]; either {
			what = new(hole)
			if what.then, rest, err = parseUntil(rest, "|}"); err == nil && strings.HasPrefix(rest, "|") {
				what.other, rest, err = parseUntil(rest[1:], "}")
			}
			if err == nil && rest == "" {
				err = errOpen
			}
			if err != nil {
				return nil, "", err
			}
			rest = rest[1:]
		}
		segments = append(segments, segment{name, what})
	}
	return segments, "", nil
}

var errOpen = errors.New("a { without its }")
