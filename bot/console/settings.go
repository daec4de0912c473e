package console

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"olle/flows"
)

// setting is one thing about the event that can be changed while it runs.
type setting struct{ Key, Label, Hint, Value string }

// settingWords explains the keys to people; a key it does not know is shown by its name.
var settingWords = map[string][2]string{
	"deadline":              {"Deadline", "As 2020-02-21 23:59 (Friday), in the event's zone. The weekday is checked."},
	"announce.approval":     {"A second person agrees to announcements", "on or off"},
	"cohort.discord_invite": {"Invitation to the cohort's Discord server", "An address; only confirmed participants get it."},
	"cohort.discord_role":   {"Discord role of the cohort", "Its number."},
	"cohort.telegram_group": {"Telegram group of the cohort", "Its address: telegram:-100…"},
	"channel":               {"Official channel of applications", "email, bot or both"},
	"help.hours":            {"Hours of the help desk", "Printed as it is, so name the zone."},
	"help.office":           {"Office hours, for the clock", "When the help desk's clock runs."},
	"help.reply":            {"Expected reply time", "Printed as it is: within two working days."},
	"help.desk":             {"Where help requests appear", "Addresses of groups and channels, with commas between."},
	"help.escalate":         {"When a waiting request is called again", "For example 4h."},
}

type settingsPage struct {
	Settings []setting
	Canned   []setting      // ready answers of the help desk
	Trail    []flows.Change // newest first
	Query    string
	Texts    []setting
	Typed    *setting // a value that did not fit
}

// cannedKey begins the keys of ready answers.
const cannedKey = "help.canned."

// settings shows what can be changed of the event, and what was.
func (v *visit) settings() error { return v.show("event", "Event", v.settingsPage()) }

func (v *visit) settingsPage() *settingsPage {
	p := &settingsPage{Query: strings.TrimSpace(v.r.URL.Query().Get("text"))}
	for _, key := range flows.Settable() {
		if strings.HasSuffix(key, ".KEY") {
			continue
		}
		value, err := v.event.Get(key)
		if err != nil {
			continue
		}
		words, ok := settingWords[key]
		if !ok {
			words = [2]string{key, ""}
		}
		p.Settings = append(p.Settings, setting{key, words[0], words[1], value})
	}
	for _, name := range slices.Sorted(maps.Keys(v.event.Help.Canned)) {
		p.Canned = append(p.Canned, setting{Key: cannedKey + name, Label: name, Value: v.event.Help.Canned[name]})
	}
	p.Trail = slices.Clone(v.changes.Trail)
	slices.Reverse(p.Trail)
	p.Trail = p.Trail[:min(len(p.Trail), pageSize)]
	if len(p.Query) < 3 {
		return p
	}
	for _, key := range v.event.Texts["en"].Keys() {
		value, err := v.event.Get("text." + key)
		if err == nil && len(p.Texts) < 20 && (strings.Contains(key, p.Query) || strings.Contains(strings.ToLower(value), strings.ToLower(p.Query))) {
			p.Texts = append(p.Texts, setting{Key: "text." + key, Label: key, Value: value})
		}
	}
	return p
}

// set changes one thing. A deadline that moves concerns everybody, so it is asked about first.
func (v *visit) set() error {
	s := setting{Key: v.r.PostFormValue("key"), Value: strings.TrimSpace(v.r.PostFormValue("value"))}
	if s.Key == cannedKey { // a new one
		s.Key += strings.ToLower(strings.TrimSpace(v.r.PostFormValue("name")))
	}
	var trial flows.Override // Set writes into maps: a copy keeps what is in force
	if err := json.Unmarshal(flows.Must(v.changes), &trial); err != nil {
		return fmt.Errorf("console: copy the changes: %w", err)
	}
	if err := trial.Set(v.c.opt.Book.Current, s.Key, s.Value, v.session.By, v.now); err != nil {
		p := v.settingsPage()
		p.Typed = &s
		return v.again("event", "Event", strings.TrimPrefix(err.Error(), "flows: "), p)
	}
	if s.Key == "deadline" && !v.sure() {
		return v.askDeadline(s, trial.Apply(v.c.opt.Book.Current))
	}
	if _, err := v.do(flows.Update{Subject: "event/" + v.event.ID, Call: "event/set",
		Args: flows.Must(flows.SetArgs{Key: s.Key, Value: s.Value, By: v.session.By})}); err != nil {
		return err
	}
	return v.to("/event", "set")
}

func (v *visit) askDeadline(s setting, then *flows.Event) error {
	all, err := v.c.people.all(v.r.Context())
	if err != nil {
		return err
	}
	n := 0
	for _, r := range all {
		if applied(r) {
			n++
		}
	}
	const long = "Monday 2 January 2006, 15:04:05 MST"
	return v.ask("Move the deadline?", question{Path: "/event", Back: "/event",
		Facts: [][2]string{{"Now", v.event.Deadline.In(v.event.Zone).Format(long)}, {"Then", then.Deadline.In(v.event.Zone).Format(long)},
			{"Concerned", fmt.Sprintf("%d applicants", n)}},
		Text: "Every answer, reminder and refusal follows the new moment at once.", Yes: "Yes, move it", No: "No, leave it",
		Fields: [][2]string{{"key", s.Key}, {"value", then.Deadline.In(v.event.Zone).Format(time.RFC3339)}}})
}

// Shown is what a field holds: the value as it stands, or what was typed and did not fit.
func (p *settingsPage) Shown(s setting) string {
	if p.Typed != nil && p.Typed.Key == s.Key {
		return p.Typed.Value
	}
	return s.Value
}
