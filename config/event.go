package config

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"olle/flows"
	"olle/flows/places"
)

// fileKinds are the kinds of files that uploads can be checked for.
var fileKinds = []string{"pdf", "docx", "doc", "odt", "jpeg", "png"}

// name is what IDs of items, roles, sessions, forms and options look like: they end up in choices and document keys.
var name = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// maxTitle is the most characters of an event's title.
const maxTitle = 200

// readEvent reads event.yaml but for the reminders.
func (p *pack) readEvent(o *object) {
	e := p.event
	e.Title, e.Short, e.Prefix = o.must("title"), o.must("short"), o.must("prefix")
	if e.Prefix != "" && !regexp.MustCompile(`^[A-Z0-9]{2,8}$`).MatchString(e.Prefix) {
		o.r.at(o.place("prefix"), "prefix begins every reference, like VCA20-7K3FQ2: two to eight capital letters and digits")
	}
	if n := utf8.RuneCountInString(e.Title); n > maxTitle {
		o.r.at(o.place("title"), "title has %d characters, at most %d fit on papers and lists: shorten it", n, maxTitle)
	}
	e.Closed = o.flag("closed")
	p.readTimes(o)
	e.Venue = o.must("venue")
	organisers := o.strings("organisers")
	if o.bare("organisers") {
		o.r.at(o.place("organisers"), "the event needs organisers: add \"organisers:\" and a line \"- name\" for each")
	}
	p.readChannel(o)
	p.languages = o.texts("languages")
	p.readChecklist(o)
	p.readProgramme(o)
	p.readSelection(o)
	e.Roles, e.Help = readRoles(o), readHelp(o)
	p.readRetention(o)
	if c := o.ask("consent"); c != nil {
		co := open(o.r, c, "consent")
		e.Consent.Version = co.must("version")
		co.done()
	} else if !e.Closed && o.lacks("consent") {
		o.r.at(o.place("consent"), "the event needs consent: add \"consent:\" with \"version: …\", the version of the privacy notice people agree to")
	}
	e.Objectives, e.Open = o.strings("objectives"), o.strings("open")
	p.readGlossary(o)
	p.readFacts(o, organisers)
}

// readTimes reads the dates, which mean nothing without their zone.
func (p *pack) readTimes(o *object) {
	e := p.event
	if zone := o.must("zone"); zone != "" {
		e.Zone = cmp.Or(readZone(o, "zone", zone), time.UTC)
	}
	e.ZoneTag = o.must("zone_tag")
	e.Start, e.End = o.date("start", e.Zone, true), o.date("end", e.Zone, true)
	if !e.Start.IsZero() && !e.End.IsZero() && e.End.Before(e.Start) {
		o.r.at(o.place("end"), "end is before start: exchange them")
	}
	deadline, timed := o.moment("deadline", e.Zone, !e.Closed)
	e.Deadline = deadline
	if deadline.IsZero() {
		return
	}
	if !timed {
		o.r.at(o.place("deadline"), "deadline needs a time of day, for example 23:59:59 behind the weekday")
	}
	if !e.Start.IsZero() && !deadline.Before(e.Start) {
		o.r.at(o.place("deadline"), "deadline is not before the event's first day")
	}
}

// readChannel reads where applications go.
func (p *pack) readChannel(o *object) {
	e := p.event
	e.Channel = o.word("channel", "email", "bot", "both")
	if e.Email = o.text("email"); e.Email == "" && !e.Closed && e.Channel != "bot" {
		o.r.at(o.place("email"), "the event needs email: the official address for applications")
	} else if a, err := mail.ParseAddress(e.Email); e.Email != "" && (err != nil || a.Address != e.Email) {
		o.r.at(o.place("email"), "%q is no e-mail address", e.Email)
	}
	if e.Site = o.text("site"); e.Site == "" && !e.Closed {
		o.r.at(o.place("site"), "the event needs site: the address where people find the announcement and the blank forms")
	}
	checkURL(o, "site", e.Site)
	for _, n := range o.list("links") {
		l := open(o.r, n, "a link")
		link := flows.Link{Label: l.must("label"), URL: l.must("url")}
		checkURL(l, "url", link.URL)
		l.done()
		e.Links = append(e.Links, link)
	}
	for _, n := range o.texts("selected") {
		if _, ok := places.Country(n.text); !ok {
			o.r.at(n, "selected: %q is no country code: two capital letters, like NP", n.text)
		}
		e.Selected = append(e.Selected, n.text)
	}
	e.MaxFile = 20 << 20
	if s := o.text("max_file"); s != "" {
		mb, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(s, "MB")))
		if err != nil || !strings.HasSuffix(s, "MB") || mb < 1 || mb > 50 {
			o.r.at(o.place("max_file"), "max_file is 1 MB to 50 MB, written like \"20 MB\", not %q", s)
		} else {
			e.MaxFile = int64(mb) << 20
		}
	}
}

// checkURL notes an address that no browser could open.
func checkURL(o *object, key, s string) {
	if s == "" {
		return
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.ContainsAny(s, " \t\n") {
		o.r.at(o.place(key), "%s: %q is no web address: write it in full, like https://example.org/", key, s)
	}
}

// readChecklist reads the documents people hand in, numbered in the order they stand.
func (p *pack) readChecklist(o *object) {
	seen, ways, shorts := map[string]int{}, map[string]int{}, map[string]int{}
	items := o.list("items")
	if !p.event.Closed && o.bare("items") {
		o.r.at(o.place("items"), "the event needs items: the documents an application consists of")
	}
	for i, n := range items {
		io := open(o.r, n, "an item")
		it := flows.Item{ID: io.must("id"), Number: i + 1, Name: io.must("name"), Short: io.text("short"), Hint: io.text("hint"),
			Blank: io.text("blank"), Pages: io.whole("pages", 1, 500)}
		if it.Short == "" {
			it.Short = it.Name
		}
		if it.ID != "" && !name.MatchString(it.ID) {
			o.r.at(io.place("id"), "id %q: use lower-case letters, digits, - and _, a letter first, at most 32", it.ID)
		}
		unique(o.r, seen, io.place("id"), "item", it.ID)
		unique(o.r, shorts, map[bool]*node{true: io.n.get("short"), false: io.place("name")}[io.n.get("short") != nil], "the button", it.Short)
		checkURL(io, "blank", it.Blank)
		it.Form, it.Third = p.readBlank(io), io.flag("third")
		if it.Types = io.words("types", fileKinds); len(it.Types) == 0 {
			it.Types = slices.Clone(fileKinds)
		}
		own := map[string]bool{}
		for _, a := range io.texts("also") {
			if fold := places.Fold(a.text); !own[fold] { // "resume" and "résumé" fold to one
				unique(o.r, ways, a, "the name", fold)
				own[fold] = true
			}
			it.Also = append(it.Also, a.text)
		}
		io.done()
		p.event.Items = append(p.event.Items, it)
	}
}

// readBlank reads the blank form of an item, a file of the pack.
func (p *pack) readBlank(io *object) *flows.Blank {
	file, version := io.text("form"), io.text("form_version")
	if file == "" {
		return nil
	}
	data, ok := p.files[file]
	if !ok || !strings.HasPrefix(file, "blanks/") {
		io.r.at(io.place("form"), "form: there is no %q in the pack: put the blank form into its folder blanks/ and name it like blanks/waiver.docx", file)
		return nil
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(data))
	if version == "" {
		version = sum[:8]
	}
	return &flows.Blank{Path: file, Version: version, Hash: sum}
}

// readProgramme reads modules and sessions. An empty list of sessions must be written down: it says that none is published.
func (p *pack) readProgramme(o *object) {
	e := p.event
	for i, s := range o.strings("modules") {
		e.Modules = append(e.Modules, flows.Module{Number: i + 1, Name: s})
	}
	if o.n.get("sessions") == nil {
		o.r.at(o.n, "the event needs sessions: write \"sessions: []\" while no timetable is published")
	}
	seen := map[string]int{}
	for _, n := range o.list("sessions") {
		s := open(o.r, n, "a session")
		session := flows.Session{ID: s.must("id"), Name: s.must("name"), Room: s.text("room"), Module: s.whole("module", 1, max(1, len(e.Modules))),
			Kind: s.word("kind", append([]string{""}, flows.SessionKinds()...)...), Speakers: s.strings("speakers")}
		if session.ID != "" && !name.MatchString(session.ID) {
			s.r.at(s.place("id"), "id %q: use lower-case letters, digits, - and _, a letter first, at most 32", session.ID)
		}
		session.Start, _ = s.moment("start", e.Zone, true)
		session.End, _ = s.moment("end", e.Zone, true)
		unique(o.r, seen, s.place("id"), "session", session.ID)
		if !session.Start.IsZero() && !session.End.IsZero() && !session.End.After(session.Start) {
			o.r.at(s.place("end"), "end is not after start")
		} else if session.End.Sub(session.Start) > 24*time.Hour {
			o.r.at(s.place("end"), "end is more than a day after start: make it a session for each day")
		}
		if !session.Start.IsZero() && !e.Start.IsZero() && (session.Start.Before(e.Start) || session.Start.After(e.End.AddDate(0, 0, 1))) {
			o.r.at(s.place("start"), "start is outside the days of the event")
		}
		s.done()
		e.Sessions = append(e.Sessions, session)
	}
}

func readRoles(o *object) (roles []flows.Role) {
	seen := map[string]int{}
	for _, n := range o.list("roles") {
		ro := open(o.r, n, "a role")
		role := flows.Role{ID: ro.must("id"), Name: ro.must("name"), Airfare: ro.flag("airfare"), Items: ro.flag("items")}
		unique(o.r, seen, ro.place("id"), "role", role.ID)
		ro.done()
		roles = append(roles, role)
	}
	return roles
}

// retained are the classes of data that are kept for a time of their own, with the usual days.
var retained = []flows.Retention{{Class: "applications", Days: 365}, {Class: "documents", Days: 90}, {Class: "conversations", Days: 90},
	{Class: "evaluation", Days: 730}, {Class: "trail", Days: 1095}}

// readRetention reads when data is removed. The notice that people agree to promises an end, so a class that is left out has the usual one;
// a past edition collects nothing.
func (p *pack) readRetention(o *object) {
	ro := open(o.r, o.ask("retention"), "retention")
	var rules []flows.Retention
	var usual []string
	longest := 0
	for _, rule := range retained {
		if ro.text(rule.Class) != "" {
			rule.Days = ro.whole(rule.Class, 1, 3650)
		} else if p.event.Closed || ro.dead {
			continue
		} else {
			if rule.Class == "trail" {
				rule.Days = max(rule.Days, longest)
			}
			usual = append(usual, fmt.Sprintf("%s: %d", rule.Class, rule.Days))
		}
		rules, longest = append(rules, rule), max(longest, rule.Days)
	}
	if len(usual) > 0 {
		p.warning("event.yaml").at(o.place("retention"), "retention: how many days after the event data is removed is for the organisers to say; what is left out is \"%s\"", strings.Join(usual, ", "))
	}
	for _, rule := range rules { // what ends after the trail would be the only thing on it
		if last := rules[len(rules)-1]; last.Class == "trail" && rule.Days > last.Days {
			ro.r.at(ro.place("trail"), "trail: the audit trail must be kept as long as everything else, %s are kept %d days", rule.Class, rule.Days)
			break
		}
	}
	ro.done()
	p.event.Retention = rules
}

func readHelp(o *object) flows.HelpDesk {
	h := open(o.r, o.ask("help"), "help")
	desk := flows.HelpDesk{Hours: h.text("hours"), Reply: h.text("reply"), Turn: h.strings("turn")}
	office, err := flows.ParseOffice(h.text("office"))
	if err != nil {
		h.r.at(h.place("office"), "office: %s", strings.TrimPrefix(err.Error(), "flows: "))
	}
	desk.Office = office
	if s := h.text("escalate"); s != "" {
		desk.Escalate = readSpan(h, "escalate", s)
	}
	if c := h.ask("canned"); c != nil {
		desk.Canned = readCanned(open(h.r, c, "canned"))
	}
	h.done()
	return desk
}

// readCanned reads the answers that organisers give again and again.
func readCanned(o *object) map[string]string {
	canned := map[string]string{}
	for _, key := range keys(o) {
		if !name.MatchString(key) {
			o.r.at(o.place(key), "canned: %q: use lower-case letters, digits, - and _, a letter first, at most 32", key)
			continue
		}
		canned[key] = o.must(key)
	}
	return canned
}

func (p *pack) readGlossary(o *object) {
	g := o.ask("glossary")
	if g == nil {
		return
	}
	for _, f := range open(o.r, g, "glossary").n.fields {
		if f.value.kind != scalar {
			o.r.at(f.value, "glossary: %q needs its explanation behind it, as a text", f.key.text)
			continue
		}
		p.event.Glossary = append(p.event.Glossary, flows.Term{Short: f.key.text, Long: strings.TrimSpace(f.value.text)})
	}
}

// readFacts reads the pack's own placeholders, usable in answers.yaml beside those every event has.
func (p *pack) readFacts(o *object, organisers []string) {
	for _, key := range []string{"title", "short", "venue"} { // facts themselves: nothing is filled in them
		if v := o.n.get(key); v != nil {
			p.checkHoles(o.r, v, v.text, noFact, nil)
		}
	}
	p.eventFacts = p.event.Facts()
	p.facts = maps.Clone(p.eventFacts)
	p.facts["organisers"] = strings.Join(organisers, " and ")
	f := o.ask("facts")
	if f == nil {
		return
	}
	for _, field := range open(o.r, f, "facts").n.fields {
		key := field.key.text
		_, double := p.facts[key]
		switch {
		case !identifier.MatchString(key):
			o.r.at(field.key, "facts: %q cannot be a placeholder: lower-case letters, digits and _", key)
		case double:
			o.r.at(field.key, "facts: {%s} exists already: choose another name", key)
		case field.value.kind != scalar:
			o.r.at(field.value, "facts: %s must be a text, but is %s", key, field.value.kind)
		default:
			p.checkHoles(o.r, field.value, field.value.text, p.eventFact, nil)
			p.facts[key] = flows.Fill(strings.TrimSpace(field.value.text), p.eventFact)
		}
	}
}

// fact fills a placeholder of answers.yaml: the event's facts and the pack's own.
func (p *pack) fact(name string) (string, bool) { v, ok := p.facts[name]; return v, ok }

// eventFact knows the placeholders of everything else, which conversations fill while speaking.
func (p *pack) eventFact(name string) (string, bool) { v, ok := p.eventFacts[name]; return v, ok }
