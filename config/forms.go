package config

import (
	"math"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"olle/flows"
	"olle/flows/places"
)

// questionTypes are what a question can ask for.
var questionTypes = []string{"text", "number", "date", "choice", "choices", "scale", "yesno", "place", "email", "file"}

// maxText is the most characters of one thing the bot says: what every platform carries in one message.
const maxText = 2000

// maxLabel is the most characters of an option: what every platform shows on a button.
const maxLabel = 80

// identifier is what a question's ID and a fact's name look like: conditions and placeholders use them as names.
var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// reserved words mean something in conditions.
var reserved = []string{"and", "or", "not", "in", "contains", "matches", "let", "if", "else", "nil", "true", "false", "len", "lower"}

// readForms reads forms/*.yaml; the file's name is the form's.
func (p *pack) readForms() {
	files, names := p.in("forms")
	for i, f := range files {
		r := p.report(f)
		if !name.MatchString(names[i]) {
			r.add(0, 0, "the file's name is the form's: use lower-case letters, digits, - and _, a letter first, at most 32")
		} else if flows.IsConversation(names[i]) {
			r.add(0, 0, "the form has the name of a conversation that is part of Olle: give the file another name")
		}
		if root := p.trees[f]; root != nil {
			p.event.Forms[names[i]] = p.readForm(open(r, root, "the form"), names[i], names)
		}
	}
}

func (p *pack) readForm(o *object, formName string, forms []string) *flows.Form {
	form := &flows.Form{Name: formName, Title: o.must("title"), Intro: p.say(o, "intro"), Consent: o.flag("consent"), Anonymous: o.flag("anonymous")}
	questions := o.list("questions")
	if o.bare("questions") {
		o.r.at(o.place("questions"), "the form needs questions: a list, each with id, type and ask")
	}
	seen := map[string]int{}
	for _, n := range questions {
		q := p.readQuestion(open(o.r, n, "a question"))
		unique(o.r, seen, n.get("id"), "question", q.ID)
		form.Questions = append(form.Questions, q)
	}
	for i, n := range questions { // told apart from "no such question" once all are known
		p.readCondition(open(o.r, n, "a question"), &form.Questions[i].When, form.Questions[:i], form.Questions)
	}
	if formName == "profile" && !o.dead {
		p.checkProfile(form)
	}
	form.Done = p.sayAfter(o, "done", form)
	p.readVerdicts(o, form, forms)
	p.checkEnd(o, form)
	o.done()
	return form
}

// countries are the questions of the application that say for which country somebody counts, the first one answered; known all those the
// program itself looks for.
var (
	countries = []string{"workplace", "departure", "citizenship"}
	looked    = append([]string{"full_name", "organisation", "email", "side"}, countries...)
)

// checkProfile warns where the application asks nothing that the program would know by its name. The names are explained in the template's
// forms/profile.yaml.
func (p *pack) checkProfile(form *flows.Form) {
	r, asked := p.warning("forms/profile.yaml"), map[string]bool{}
	for _, q := range form.Questions {
		asked[q.ID] = true
		if slices.Contains(countries, q.ID) && q.Type != "place" && q.Type != "" {
			r.add(0, 0, "the question %q tells no country: give it \"type: place\"", q.ID)
		}
	}
	none := func(ids []string) bool { return !slices.ContainsFunc(ids, func(id string) bool { return asked[id] }) }
	switch {
	case none(looked):
		r.add(0, 0, "no question is called %s: lists, statistics, certificates and the console know nobody's name or country", strings.Join(looked, ", "))
	case none(countries):
		r.add(0, 0, "no question is called %s: statistics and audiences know nobody's country", strings.Join(countries, ", "))
	case !asked["full_name"]:
		r.add(0, 0, "no question is called full_name: lists and certificates know nobody's name")
	}
}

// checkEnd warns of a form that can end without a word. Some have something said after them by the program.
func (p *pack) checkEnd(o *object, form *flows.Form) {
	if form.Done != "" || form.Anonymous || o.dead || slices.Contains([]string{"profile", "plan"}, form.Name) ||
		slices.ContainsFunc(form.Verdicts, func(v flows.Verdict) bool { return v.When == nil }) {
		return
	}
	r := p.warning(path.Join("forms", form.Name+".yaml"))
	if len(form.Verdicts) > 0 {
		r.at(o.place("verdicts"), "where no verdict holds the form ends without a word: add one without \"when\", or \"done: …\"")
		return
	}
	r.at(o.n, "the form ends without a word: add \"done: …\"")
}

// say reads a text the bot says: its placeholders must be facts of the event.
func (p *pack) say(o *object, key string) string {
	s := o.text(key)
	p.checkHoles(o.r, o.place(key), s, p.eventFact, everywhere)
	if n := utf8.RuneCountInString(s); n > maxText {
		o.r.at(o.place(key), "%s has %d characters, at most %d fit into one message: shorten it", key, n, maxText)
	}
	return s
}

// sayAfter is say for what is said at the end of a form.
func (p *pack) sayAfter(o *object, key string, form *flows.Form) string {
	s := o.text(key)
	p.checkHoles(o.r, o.place(key), s, p.eventFact, atTheEnd(form))
	return s
}

// atTheEnd are the placeholders usable at the end of a form: a question's ID in braces stands for its answer there.
func atTheEnd(form *flows.Form) []string {
	usable := slices.Clone(everywhere)
	for _, q := range form.Questions {
		usable = append(usable, q.ID)
	}
	return usable
}

func (p *pack) readQuestion(o *object) *flows.Question {
	q := &flows.Question{ID: o.must("id"), Type: o.must("type"), Short: o.text("short"), Help: p.say(o, "help"), Error: p.say(o, "error"),
		Optional: o.flag("optional"), From: o.word("from", "", "sessions"), Report: o.text("report")}
	if o.must("ask") != "" {
		q.Ask = p.say(o, "ask")
	}
	if q.ID != "" && (!identifier.MatchString(q.ID) || slices.Contains(reserved, q.ID)) {
		o.r.at(o.place("id"), "id %q: conditions use it as a name, so lower-case letters, digits and _, a letter first, no word like and, or, not", q.ID)
	}
	if q.Type != "" && !slices.Contains(questionTypes, q.Type) {
		o.r.at(o.place("type"), "type is one of %s, not %q%s", strings.Join(questionTypes, ", "), q.Type, meant(q.Type, questionTypes))
	}
	if q.Short == "" {
		q.Short = q.ID
	}
	q.Min, q.Max = p.bound(o, "min", q.Type), p.bound(o, "max", q.Type)
	if q.Min != nil && q.Max != nil && *q.Min > *q.Max {
		o.r.at(o.place("min"), "min is greater than max: no answer fits")
	}
	if q.Type == "scale" && (q.Min == nil || q.Max == nil || *q.Min != math.Trunc(*q.Min) || *q.Max-*q.Min > 9) {
		o.r.at(o.place("type"), "a scale needs whole numbers min and max, at most ten steps")
		q.Min, q.Max = new(float64), new(float64)
	}
	p.readOptions(o, q)
	if q.Must = o.text("must"); q.Must != "" && !(q.Type == "yesno" && (q.Must == "yes" || q.Must == "no")) {
		o.r.at(o.place("must"), "must is for questions of type yesno: yes or no (in quotes), the only answer that lets the form go on; another one gets error")
	}
	if q.Types = o.words("types", fileKinds); len(q.Types) > 0 && q.Type != "file" {
		o.r.at(o.place("types"), "types is for questions of type file")
	}
	o.ask("when")
	o.done()
	return q
}

// bound reads min or max: of the value of a number, of the characters of a text, of how many choices.
func (p *pack) bound(o *object, key, kind string) *float64 {
	v, ok := o.number(key)
	if !ok {
		return nil
	}
	if kind != "scale" && kind != "number" && kind != "text" && kind != "choices" {
		o.r.at(o.place(key), "%s is for questions of type number, text (characters) and choices (how many)", key)
	}
	return &v
}

// readOptions reads the answers of a choice. Whatever people type for one of them must mean only that one.
func (p *pack) readOptions(o *object, q *flows.Question) {
	options := o.list("options")
	if q.From != "" {
		if q.Type != "choices" || len(options) > 0 {
			o.r.at(o.place("from"), "from is for questions of type choices without options of their own")
		}
		return
	}
	choosing := q.Type == "choice" || q.Type == "choices"
	if choosing && len(options) < 2 {
		o.r.at(o.place("options"), "a question of type %s needs at least two options", q.Type)
	}
	if !choosing && len(options) > 0 {
		o.r.at(o.place("options"), "options are for questions of type choice and choices")
	}
	values, ways := map[string]int{}, map[string]string{}
	for i, n := range options {
		oo := open(o.r, n, "an option")
		opt := flows.Option{Value: oo.must("value"), Label: oo.must("label")}
		if opt.Value != "" && !name.MatchString(opt.Value) {
			o.r.at(oo.place("value"), "value %q: use lower-case letters, digits, - and _, a letter first, at most 32", opt.Value)
		}
		unique(o.r, values, oo.place("value"), "the value", opt.Value)
		taken := map[string]bool{}
		way := func(at *node, typed string) {
			fold := places.Fold(typed)
			if other, twice := ways[fold]; twice && fold != "" && !taken[fold] {
				o.r.at(at, "%q already means the option %q: people who type it could mean either", typed, other)
			} else if isNumber(fold) && fold != itoa(i+1) {
				o.r.at(at, "%q would be taken for the number of another option: choose other words", typed)
			}
			ways[fold], taken[fold] = opt.Label, true
		}
		if n := utf8.RuneCountInString(opt.Label); n > maxLabel {
			o.r.at(oo.place("label"), "an option stands on a button: %d characters are too many, at most %d fit", n, maxLabel)
		}
		if opt.Label != "" {
			way(oo.place("label"), opt.Label)
			p.labels = append(p.labels, label{o.r, oo.place("label")})
		}
		for _, a := range oo.texts("also") {
			way(a, a.text)
			opt.Also = append(opt.Also, a.text)
		}
		oo.done()
		q.Options = append(q.Options, opt)
	}
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// readVerdicts reads what is said at the end of a form.
func (p *pack) readVerdicts(o *object, form *flows.Form, forms []string) {
	seen := map[string]int{}
	always := 0
	for _, n := range o.list("verdicts") {
		vo := open(o.r, n, "a verdict")
		v := flows.Verdict{Name: vo.must("name"), Rule: vo.text("rule"), Next: vo.text("next")}
		unique(o.r, seen, vo.place("name"), "verdict", v.Name)
		if vo.must("say") != "" {
			v.Say = p.say(vo, "say")
		}
		p.checkFlow(vo, "next", v.Next, forms)
		p.readCondition(vo, &v.When, form.Questions, form.Questions)
		if always > 0 {
			o.r.at(n, "this verdict is never reached: the one in line %d has no \"when\" and always holds", always)
		} else if vo.n.get("when") == nil {
			always = n.line
		}
		vo.done()
		form.Verdicts = append(form.Verdicts, v)
	}
}

// checkFlow notes an offer of a conversation that does not exist.
func (p *pack) checkFlow(o *object, key, flow string, forms []string) {
	known := append(offerable(), forms...)
	if flow == "" || slices.Contains(known, flow) {
		return
	}
	o.r.at(o.place(key), "%s: there is no conversation %q%s", key, flow, meant(flow, known))
}

// offerable are the commands that answers and verdicts may offer: those that the shared texts have a name for.
func offerable() (names []string) {
	base, err := shared()
	if err != nil {
		return nil // said where the texts are read
	}
	for key := range base["en"].texts {
		for _, prefix := range []string{"command.", "describe."} {
			if name, ok := strings.CutPrefix(key, prefix); ok && name != "cancel" {
				names = append(names, name)
			}
		}
	}
	return names
}

// compared finds what conditions compare answers with: side == "ngo".
var compared = regexp.MustCompile(`\b([a-z][a-z0-9_]*)\s*(?:==|!=)\s*["']([^"']*)["']`)

// readCondition compiles the key "when" over the questions usable there; all are those of the form.
func (p *pack) readCondition(o *object, into **flows.Condition, usable, all []*flows.Question) {
	source := o.text("when")
	if source == "" {
		if v := o.n.get("when"); v != nil && v.kind == nothing {
			o.r.at(v, "when is empty: write a condition, or leave it out")
		}
		return
	}
	names := make([]string, 0, len(usable))
	for _, q := range usable {
		names = append(names, q.ID)
	}
	for _, q := range all[len(usable):] {
		if regexp.MustCompile(`\b`+regexp.QuoteMeta(q.ID)+`\b`).MatchString(unquoted(source)) && q.ID != "" {
			o.r.at(o.place("when"), "when: %s is asked only later: move the question, or use an earlier one", q.ID)
			return
		}
	}
	condition, err := flows.NewCondition(source, names)
	if err != nil {
		first, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "flows: condition: "), "\n")
		if strings.Contains(first, `Operator("=")`) {
			first = "write == to compare, not ="
		}
		o.r.at(o.place("when"), "when: %s; the names are %s", first, strings.Join(names, ", "))
		return
	}
	*into = condition
	checkKinds(o, source, usable)
	for _, m := range compared.FindAllStringSubmatch(source, -1) {
		i := slices.IndexFunc(usable, func(q *flows.Question) bool { return q.ID == m[1] })
		if i < 0 || len(usable[i].Options) == 0 {
			continue
		}
		if !slices.ContainsFunc(usable[i].Options, func(x flows.Option) bool { return x.Value == m[2] }) {
			o.r.at(o.place("when"), "when: %s has no option %q", m[1], m[2])
		}
	}
}

// compares finds an answer, what it is compared by, and how what it is compared with begins: a quote, or a digit.
var compares = regexp.MustCompile(`\b([a-z][a-z0-9_]*)\s*(==|!=|<=|>=|<|>)\s*(["'0-9])`)

// checkKinds notes answers that are compared with something of another kind, which never holds.
func checkKinds(o *object, source string, usable []*flows.Question) {
	for _, m := range compares.FindAllStringSubmatch(source, -1) {
		i := slices.IndexFunc(usable, func(q *flows.Question) bool { return q.ID == m[1] })
		if i < 0 {
			continue
		}
		text := m[3] == `"` || m[3] == "'"
		switch kind := usable[i].Type; {
		case (kind == "number" || kind == "scale") && text:
			o.r.at(o.place("when"), "when: %s is a number, so what it is compared with is one: write it without quotes, like %s %s 18", m[1], m[1], m[2])
		case kind == "yesno":
			o.r.at(o.place("when"), "when: %s is true or false: write %s == true", m[1], m[1])
		case kind != "number" && kind != "scale" && !text:
			o.r.at(o.place("when"), "when: %s is no number: write what it is compared with in quotes", m[1])
		}
	}
}

var quoted = regexp.MustCompile(`"[^"]*"|'[^']*'`)

// unquoted is a condition without its texts.
func unquoted(source string) string { return quoted.ReplaceAllString(source, `""`) }
