package config

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/robfig/cron/v3"

	"olle/flows"
)

// stages are what a person can be while an event runs; see flows.Person.Stage. Those after "mailed" are set by the organisers.
var stages = []string{"new", "talking", "applying", "complete", "mailed", "selected", "confirmed"}

// reminderHoles are the placeholders that a reminder's sentence may use beside the event's facts, sessionHoles those of reminders of
// sessions.
var (
	reminderHoles = []string{"missing", "n", "of", "count"}
	sessionHoles  = []string{"session", "room", "speakers", "when", "clock"}
)

// fills says whether something fills a placeholder of this reminder's sentence. A channel hears nothing about a person.
func fills(r flows.Reminder, hole string) bool {
	return r.Of == "session" && slices.Contains(sessionHoles, hole) ||
		(r.Of != "session" || r.Whom == "people") && (slices.Contains(reminderHoles, hole) || slices.Contains(everywhere, hole))
}

// checkReminderSentences notes what nothing fills in the sentences of reminders, in every language. A sentence that no reminder says may use
// what any could fill.
func (p *pack) checkReminderSentences(all []flows.Reminder) {
	for tag, c := range p.own {
		r := p.report(path.Join("texts", tag+".yaml"))
		for key, s := range c.texts {
			if !strings.HasPrefix(key, "reminder.") || !sound(s.text) {
				continue
			}
			if n := utf8.RuneCountInString(s.text); n > maxText {
				r.at(s.at, "%s has %d characters, at most %d fit into one message: shorten it", key, n, maxText)
			}
			p.checkHoles(r, s.at, s.text, p.eventFact, filledByAll(key, all))
		}
	}
}

// filledByAll are the placeholders that every reminder which says a sentence fills.
func filledByAll(key string, reminders []flows.Reminder) []string {
	holes := slices.Concat(everywhere, reminderHoles, sessionHoles)
	for _, r := range reminders {
		if r.Text == key {
			holes = slices.DeleteFunc(holes, func(hole string) bool { return !fills(r, hole) })
		}
	}
	return holes
}

// readReminders reads the schedules. Texts and items must be known by now.
func (p *pack) readReminders(o *object) {
	p.readNight(o)
	seen := map[string]int{}
	var all []flows.Reminder
	for _, n := range o.list("reminders") {
		ro := open(o.r, n, "a reminder")
		rem := flows.Reminder{Name: ro.must("name"), Zone: p.event.Zone, Of: ro.word("of", "deadline", "start", "end", "session", "opens", "closes"),
			Whom: ro.word("whom", "people", "channel", "both")}
		if rem.Name != "" && !name.MatchString(rem.Name) {
			o.r.at(ro.place("name"), "name %q: use lower-case letters, digits, - and _, a letter first, at most 32", rem.Name)
		}
		unique(o.r, seen, ro.place("name"), "reminder", rem.Name)
		p.readWhen(ro, &rem)
		p.readLocal(ro, &rem)
		p.readSession(ro, &rem)
		rem.Essential, rem.Service = ro.flag("essential"), ro.flag("service")
		p.readAudience(ro, &rem)
		p.readMissed(ro, &rem)
		p.readReminderText(ro, &rem)
		ro.done()
		all = append(all, rem)
		if rem.Of == "session" {
			p.event.PerSession = append(p.event.PerSession, rem)
		} else {
			p.event.Reminders = append(p.event.Reminders, rem)
		}
	}
	p.checkReminderSentences(all)
	p.event.Expand()
}

// readSession reads which sessions a reminder is for, and in whose ears it is said.
func (p *pack) readSession(o *object, rem *flows.Reminder) {
	rem.Kind = o.word("kind", append([]string{""}, flows.SessionKinds()...)...)
	switch {
	case rem.Of == "session" && rem.Cron != "":
		o.r.at(o.place("cron"), "a reminder of sessions counts from their start: use before or after")
	case rem.Of == "session" && rem.Local != 0:
		o.r.at(o.place("local"), "a reminder of sessions is told when the session needs it: leave local out")
	case rem.Of != "session" && rem.Kind != "":
		o.r.at(o.place("kind"), "kind says which sessions a reminder is for: it needs \"of: session\"")
	case rem.Of != "session" && rem.Whom != "people":
		o.r.at(o.place("whom"), "whom: only reminders of sessions are said in the channel")
	}
	if rem.Handed = o.text("lacking"); rem.Handed != "" && (p.event.Forms[rem.Handed] == nil || !p.event.Forms[rem.Handed].Anonymous) {
		o.r.at(o.place("lacking"), "lacking: there is no anonymous form forms/%s.yaml in this pack", rem.Handed)
	}
	if (rem.Of == "opens" || rem.Of == "closes") && rem.Handed == "" {
		o.r.at(o.place("of"), "opens and closes are those of an anonymous form: say which with \"lacking\"")
	}
}

// usualNight are the quiet hours of a pack that names none.
const usualNight = "22:00-07:00"

// readNight reads the quiet hours that hold for everybody who sets none.
func (p *pack) readNight(o *object) {
	hours := cmp.Or(o.text("quiet"), usualNight)
	night, err := flows.ParseNight(hours)
	if err != nil {
		o.r.at(o.place("quiet"), "quiet: %q are no quiet hours: write %q, at most sixteen hours, or none", hours, usualNight)
	}
	p.event.Night = night
}

var timeOfDay = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])$`)

// readLocal reads the time of day at which everybody hears it by their own clock.
func (p *pack) readLocal(o *object, rem *flows.Reminder) {
	s := o.text("local")
	if s == "" {
		return
	}
	m := timeOfDay.FindStringSubmatch(s)
	if m == nil || s == "00:00" {
		o.r.at(o.place("local"), "local: %q is no time of day to tell people something: write \"09:00\"", s)
		return
	}
	rem.Local, _ = time.ParseDuration(m[1] + "h" + m[2] + "m")
}

// readWhen reads exactly one of before, after and cron.
func (p *pack) readWhen(o *object, rem *flows.Reminder) {
	before, after, spec := o.text("before"), o.text("after"), o.text("cron")
	if zone := o.text("zone"); zone != "" {
		rem.Zone = cmp.Or(readZone(o, "zone", zone), rem.Zone)
	}
	if given := nonEmpty([]string{before, after, spec}); len(given) != 1 {
		o.r.at(o.n, "a reminder needs exactly one of before, after and cron, this one has %d", len(given))
	}
	switch {
	case spec != "":
		p.readCron(o, rem, spec)
		return
	case before != "":
		rem.Before = readSpan(o, "before", before)
	case after != "":
		rem.Before = -readSpan(o, "after", after)
	}
	for _, key := range []string{"from", "to"} {
		if v := o.ask(key); v != nil {
			o.r.at(v, "%s bounds a cron schedule; with before or after leave it out", key)
		}
	}
}

func readSpan(o *object, key, s string) time.Duration {
	d, ok := span(s)
	if !ok {
		o.r.at(o.place(key), "%s: %q is no span of time: write days, hours, minutes like \"14d\", \"6h\" or \"13d 14h\"", key, s)
	}
	return d
}

// readCron reads a repeating schedule and makes sure that it ever strikes between its bounds.
func (p *pack) readCron(o *object, rem *flows.Reminder, spec string) {
	rem.Cron = spec
	rem.From = o.date("from", rem.Zone, false)
	last := p.event.Deadline
	if o.text("to") == "deadline" {
		// Left zero: flows then takes the deadline as it stands, also after the organisers moved it.
	} else if rem.To = o.date("to", rem.Zone, false); !rem.To.IsZero() {
		rem.To = rem.To.AddDate(0, 0, 1).Add(-time.Second) // the day counts in full
		last = rem.To
	}
	schedule, err := parseCron(spec)
	if err != nil {
		o.r.at(o.place("cron"), "cron: %v", err)
		return
	}
	from := rem.From
	if from.IsZero() {
		from = p.event.Start.AddDate(-1, 0, 0)
	}
	next := schedule.Next(from.Add(-time.Second))
	switch {
	case next.IsZero():
		o.r.at(o.place("cron"), "cron: %q never strikes: there is no such day", spec)
	case !last.IsZero() && next.After(last):
		o.r.at(o.place("cron"), "cron: %q does not strike before its end: check from, to and the deadline", spec)
	case often(schedule):
		o.r.at(o.place("cron"), "cron: %q strikes more than once a day, and people would hear it each time: give one minute and one hour, like \"0 9 * * *\"", spec)
	}
}

// often says that a schedule strikes more than once on some day, by clocks that are never put back.
func often(schedule cron.Schedule) bool {
	last := schedule.Next(time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC))
	for range 60 {
		next := schedule.Next(last)
		if next.IsZero() || next.Sub(last) < 24*time.Hour && next.Day() == last.Day() {
			return !next.IsZero()
		}
		last = next
	}
	return false
}

var fiveFields = regexp.MustCompile(`^[0-9A-Za-z*/,?-]+( [0-9A-Za-z*/,?-]+){4}$`)

// parseCron reads "minute hour day month weekday". What the library accepts beyond that is refused: zones inside the spec panic
// or are ignored, and @every forgets where it was.
func parseCron(spec string) (schedule cron.Schedule, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%q cannot be read", spec)
		}
	}()
	switch {
	case strings.Contains(spec, "TZ="):
		return nil, fmt.Errorf("the zone does not belong into the spec: remove %q and use the key zone", strings.Fields(spec)[0])
	case strings.HasPrefix(spec, "@"):
		return nil, fmt.Errorf("%q is not understood: write five fields, like \"0 9 * * 1\" for Mondays at 09:00", spec)
	case len(spec) > 100 || !fiveFields.MatchString(strings.Join(strings.Fields(spec), " ")):
		return nil, fmt.Errorf("%q needs five fields (minute hour day month weekday), like \"0 9 * * 1\" for Mondays at 09:00", spec)
	}
	schedule, err = cron.ParseStandard(spec)
	if err != nil && strings.Contains(err.Error(), "above maximum (6)") {
		return nil, fmt.Errorf("%q: weekdays are 0 (Sunday) to 6 (Saturday); write Sunday as 0", spec)
	}
	if err != nil {
		return nil, fmt.Errorf("%q cannot be read%s", spec, cronField(spec))
	}
	return schedule, nil
}

// cronFields are the fields of a schedule in their order, with what they can be.
var cronFields = []string{"minute, the first field, is 0 to 59", "hour, the second field, is 0 to 23", "day, the third field, is 1 to 31",
	"month, the fourth field, is 1 to 12", "weekday, the fifth field, is 0 (Sunday) to 6 (Saturday)"}

// cronField says which field of a schedule is wrong.
func cronField(spec string) string {
	for i, field := range strings.Fields(spec) {
		alone := []string{"*", "*", "*", "*", "*"}
		alone[i] = field
		if _, err := cron.ParseStandard(strings.Join(alone, " ")); err != nil {
			return fmt.Sprintf(": the %s, not %q", cronFields[i], field)
		}
	}
	return ""
}

// readAudience reads who hears it.
func (p *pack) readAudience(o *object, rem *flows.Reminder) {
	rem.Stages = o.words("stages", stages)
	for _, m := range o.texts("missing") {
		if m.text != "any" && p.event.Item(m.text) == nil {
			var ids []string
			for _, it := range p.event.Items {
				ids = append(ids, it.ID)
			}
			hint := meant(m.text, ids)
			if hint == "" {
				hint = "; it can be " + strings.Join(nonEmpty(append(ids, "any")), ", ")
			}
			o.r.at(m, "missing: there is no item %q%s", m.text, hint)
		}
		rem.Missing = append(rem.Missing, m.text)
	}
}

// readMissed reads what a missed strike means: "once", "each" or "skip after 2h".
func (p *pack) readMissed(o *object, rem *flows.Reminder) {
	s := o.must("missed")
	late, skips := strings.CutPrefix(s, "skip after ")
	switch {
	case s == "":
	case s == "once", s == "each" && rem.Cron != "":
		rem.Missed = s
	case s == "each":
		o.r.at(o.place("missed"), "missed: each is for cron schedules; this one strikes only once: write once")
	case skips:
		rem.Missed, rem.Skip = "skip", readSpan(o, "missed", late)
	default:
		o.r.at(o.place("missed"), "missed says what happens when the program was not running at that time: once, each, or \"skip after 2h\", not %q", s)
	}
}

func (p *pack) readReminderText(o *object, rem *flows.Reminder) {
	rem.Text = o.must("text")
	if rem.Text == "" {
		return
	}
	if _, ok := p.texts[rem.Text]; !ok {
		o.r.at(o.place("text"), "text: there is no sentence %q in texts/en.yaml: add it there", rem.Text)
	}
}
