package config

import (
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"

	"olle/flows"
)

// sentence is one text with its place.
type sentence struct {
	at   *node
	text string
}

// isTag says whether a file of texts is called as a language is: "en", "pt-BR". Browsers refuse what is none.
func isTag(name string) bool {
	_, err := language.Parse(name)
	return err == nil && tagShape.MatchString(name)
}

var tagShape = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// isTextKey says whether a sentence may be called that: ^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$, by hand because thousands are.
func isTextKey(key string) bool {
	if key == "" || key[0] < 'a' || key[0] > 'z' {
		return false
	}
	for i := 1; i < len(key); i++ {
		c := key[i]
		inside := c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-'
		if !inside && (c != '.' || key[i-1] == '.') {
			return false
		}
	}
	return key[len(key)-1] != '.'
}

// everywhere are the placeholders that every sentence of a conversation may use beside the event's facts.
var everywhere = []string{"ref", "left", "early", "now", "deadline_both", "deadline_local"}

// catalogue is a file of texts while it is read.
type catalogue struct {
	name  string // of the language, in its own words
	texts map[string]sentence
}

// shared holds the texts every event begins with (config/texts) by language, read once.
var shared = sync.OnceValues(func() (map[string]catalogue, error) { return readShared(embedded) })

func readShared(fsys fs.FS) (map[string]catalogue, error) {
	var mistakes Mistakes
	all := map[string]catalogue{}
	files, err := fs.Glob(fsys, "texts/*.yaml")
	if err != nil {
		return nil, err
	}
	found, wrong := make([]catalogue, len(files)), make([]Mistakes, len(files))
	var reading sync.WaitGroup
	for i, f := range files {
		data, err := fs.ReadFile(fsys, f)
		if err != nil {
			return nil, err
		}
		reading.Go(func() {
			r := &report{file: path.Join("config", f), all: &wrong[i]}
			checkWeekdays(r, data)
			found[i] = sentences(r, parseYAML(r, data))
		})
	}
	reading.Wait()
	for i, f := range files {
		mistakes = append(mistakes, wrong[i]...)
		all[strings.TrimSuffix(path.Base(f), ".yaml")] = found[i]
	}
	return all, mistakes.err()
}

// sentences reads a file of texts: the language's name, and sentences by key. "group: {key: text}" and "group.key: text" are the
// same.
func sentences(r *report, root *node) catalogue {
	c := catalogue{texts: map[string]sentence{}}
	if root == nil {
		return c
	}
	o := open(r, root, "a file of texts")
	c.name = o.text("language")
	texts := open(r, o.ask("texts"), "texts").n
	if texts != nil {
		c.texts = make(map[string]sentence, len(texts.fields))
	}
	c.add(r, texts, "")
	o.done()
	return c
}

func (c *catalogue) add(r *report, n *node, prefix string) {
	if n == nil {
		return
	}
	for _, f := range n.fields {
		key := prefix + f.key.text
		first, twice := c.texts[key]
		switch {
		case !isTextKey(key):
			r.at(f.key, "%q cannot be the name of a sentence: lower-case letters, digits, - and _, groups joined by dots", key)
		case f.value.kind == mapping:
			c.add(r, f.value, key+".")
		case f.value.kind != scalar:
			r.at(f.value, "%s must be a text, but is %s", key, f.value.kind)
		case strings.TrimSpace(f.value.text) == "":
			r.at(f.value, "%s is empty: write the sentence, or remove the line", key)
		case twice:
			r.at(f.key, "the sentence %s stands twice (first in line %d): remove one", key, first.at.line)
		default:
			c.texts[key] = sentence{f.value, strings.TrimSpace(f.value.text)}
		}
	}
}

// readTexts makes the catalogues: the shared texts, over them the pack's own. Other languages fall back to English.
func (p *pack) readTexts() {
	base, err := shared()
	if err != nil {
		p.report("").add(0, 0, "the shared texts are broken: %v", err)
	}
	own, at := map[string]catalogue{}, map[string]*report{}
	p.own = own
	files, tags := p.in("texts")
	for i, f := range files {
		r := p.report(f)
		if !isTag(tags[i]) {
			r.add(0, 0, "the file's name is the language's tag, like en or pt-BR")
			continue
		}
		own[tags[i]], at[tags[i]] = sentences(r, p.trees[f]), r
	}
	p.texts = make(map[string]string, len(base["en"].texts))
	for key, s := range base["en"].texts {
		p.texts[key] = s.text
	}
	for key, s := range own["en"].texts {
		p.texts[key] = s.text
	}
	for tag, c := range own {
		p.checkSentences(at[tag], tag, c.texts, base["en"].texts)
	}
	p.catalogues(base, own)
}

// checkSentences notes sentences nobody says and placeholders nobody fills.
func (p *pack) checkSentences(r *report, tag string, texts, base map[string]sentence) {
	p.checkQuizSentences(r, texts)
	ofForms, ofRatings := p.formSentences(), p.ratingSentences()
	for key, s := range texts {
		checkFormat(r, key, s)
		mine := packsOwn(key)
		if tag != "en" && strings.HasPrefix(key, "forms.") {
			p.checkFormSentence(r, ofForms, key, s)
			continue
		}
		if tag != "en" && strings.HasPrefix(key, "quizzes.") {
			continue // looked at as a whole below
		}
		if tag != "en" && strings.HasPrefix(key, "ratings.") {
			p.checkRatingSentence(r, ofRatings, key, s)
			continue
		}
		if _, known := base[key]; !known && !mine && tag == "en" {
			hint := meant(key, slices.Collect(maps.Keys(base)))
			if hint == "" {
				hint = "; your own sentences begin with \"reminder.\""
			}
			r.at(s.at, "the bot has no sentence %q%s", key, hint)
			continue
		}
		if _, known := p.texts[key]; !known {
			r.at(s.at, "the sentence %s is not in the English texts%s", key, meant(key, slices.Collect(maps.Keys(p.texts))))
			continue
		}
		if strings.HasPrefix(key, "page.") { // said where there is no talk yet
			p.checkHoles(r, s.at, s.text, noFact, holes(base[key].text))
			continue
		}
		if !mine || !sound(s.text) { // else it is looked at where it is known what reminds with it
			p.checkHoles(r, s.at, s.text, p.eventFact, append(holes(base[key].text), everywhere...))
		}
	}
}

// formats are what a date or time of day must tell, by the sentences that are layouts of it.
var formats = map[string][]string{"format.moment": {"month", "day", "hour", "minute"}, "format.day": {"month", "day"}, "format.clock": {"hour", "minute"}}

// checkFormat notes a layout of dates that does not tell one date from another.
func checkFormat(r *report, key string, s sentence) {
	at := time.Date(2020, 3, 9, 4, 5, 0, 0, time.UTC)
	others := map[string]time.Time{"month": at.AddDate(0, 7, 0), "day": at.AddDate(0, 0, 7), "hour": at.Add(12 * time.Hour), "minute": at.Add(time.Minute)}
	for _, part := range formats[key] {
		if at.Format(s.text) == others[part].Format(s.text) {
			r.at(s.at, "%s: %q does not tell the %s: write it as Monday, 2 January 2006, four minutes past three in the afternoon would be written, like \"Mon 2 Jan, 15:04\" or \"02/01/2006 15:04\"", key, s.text, part)
			return
		}
	}
}

// packsOwn says whether a sentence is one that only packs have: reminders, and what groups work on.
func packsOwn(key string) bool {
	return strings.HasPrefix(key, "reminder.") || strings.HasPrefix(key, "groupwork.case.") || key == "groupwork.campaign"
}

func noFact(string) (string, bool) { return "", false }

// formSentences are all sentences of the forms in English, by the keys under which other languages say them.
func (p *pack) formSentences() map[string]string {
	said := map[string]string{}
	for _, f := range p.event.Forms {
		at := "forms." + f.Name + "."
		for part, text := range map[string]string{"title": f.Title, "intro": f.Intro, "done": f.Done} {
			said[at+part] = text
		}
		for _, q := range f.Questions {
			for part, text := range map[string]string{"ask": q.Ask, "short": q.Short, "help": q.Help, "error": q.Error} {
				said[at+q.ID+"."+part] = text
			}
			for _, o := range q.Options {
				said[at+q.ID+".option."+o.Value] = o.Label
			}
		}
		for _, v := range f.Verdicts {
			said[at+"verdict."+v.Name] = v.Say
		}
	}
	return said
}

// checkFormSentence checks a form's sentence in another language: it must be among the known ones. What is said at the end of a form may
// repeat its answers.
func (p *pack) checkFormSentence(r *report, known map[string]string, key string, s sentence) {
	if _, ok := known[key]; !ok {
		r.at(s.at, "no form has the sentence %q%s", key, meant(key, slices.Collect(maps.Keys(known))))
	}
	usable := everywhere
	if parts := strings.Split(key, "."); len(parts) == 3 && parts[2] == "done" && p.event.Forms[parts[1]] != nil {
		usable = atTheEnd(p.event.Forms[parts[1]])
	}
	p.checkHoles(r, s.at, s.text, p.eventFact, usable)
}

// checkHoles notes braces that are no placeholders, and placeholders that are neither facts nor usable here.
func (p *pack) checkHoles(r *report, at *node, text string, fact func(string) (string, bool), usable []string) {
	if !strings.Contains(text, "{") {
		return
	}
	c, err := flows.NewCatalogue("", "", map[string]string{"": text}, nil)
	if err != nil {
		_, reason, _ := strings.Cut(err.Error(), "texts : : ")
		r.at(at, "%s", reason)
		return
	}
	for _, hole := range c.Holes("") {
		if _, ok := fact(hole); ok || slices.Contains(usable, hole) {
			continue
		}
		known := slices.Clone(usable)
		for name := range p.facts {
			if _, ok := fact(name); ok {
				known = append(known, name)
			}
		}
		slices.Sort(known)
		hint := meant(hole, known)
		switch {
		case len(known) == 0:
			hint = " here"
		case hint == "":
			hint = "; known here: " + strings.Join(slices.Compact(known), ", ")
		}
		r.at(at, "nothing fills the placeholder {%s}%s", hole, hint)
	}
}

// sound says that a text has no braces but those of placeholders.
func sound(text string) bool {
	_, err := flows.NewCatalogue("", "", map[string]string{"": text}, nil)
	return err == nil
}

// holes lists the placeholders of a text that is known to be sound.
func holes(text string) []string {
	if !strings.Contains(text, "{") {
		return nil
	}
	c, err := flows.NewCatalogue("", "", map[string]string{"": text}, nil)
	if err != nil {
		return nil
	}
	return c.Holes("")
}

func itoa(n int) string { return strconv.Itoa(n) }
