package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// setting is one thing that organisers change of an event while it runs.
type setting struct {
	name string // its key; one that ends in capitals, as "text.KEY", stands for all keys that begin so
	get  func(e *Event, key string) (string, error)
	// set checks a value and puts it into the changes, with now being the event as it stands; it returns the value as the trail has it.
	set func(o *Override, now *Event, key, value string, at time.Time) (string, error)
}

// settings are in the order in which they are listed. Override.Apply makes the event of what they set.
var settings = []setting{
	{"announce.approval", getApproval, setApproval},
	wordSetting("channel", func(e *Event) string { return e.Channel }, func(o *Override) **string { return &o.Channel }, "email", "bot", "both"),
	cohortSetting("cohort.discord_channel", func(c *Cohort) *string { return &c.DiscordChannel }),
	cohortSetting("cohort.discord_invite", func(c *Cohort) *string { return &c.DiscordInvite }),
	cohortSetting("cohort.discord_role", func(c *Cohort) *string { return &c.DiscordRole }),
	cohortSetting("cohort.telegram_group", func(c *Cohort) *string { return &c.TelegramGroup }),
	{"deadline", getDeadline, setDeadline},
	{"evaluation.closes", (*Event).getEvaluation, (*Override).setEvaluation},
	{"evaluation.opens", (*Event).getEvaluation, (*Override).setEvaluation},
	{"help.canned.KEY", getCanned, setCanned},
	{"help.desk", getDesks, setDesks},
	{"help.escalate", getEscalate, setEscalate},
	wordSetting("help.hours", func(e *Event) string { return e.Help.Hours }, func(o *Override) **string { return &o.Hours }),
	{"help.office", getOffice, setOffice},
	wordSetting("help.reply", func(e *Event) string { return e.Help.Reply }, func(o *Override) **string { return &o.Reply }),
	{"session.ID", (*Event).getSession, (*Override).setSession},
	{"session.ID." + strings.Join(sessionKeys, "|"), (*Event).getSession, (*Override).setSession}, // listed; "session.ID" stands for these too
	{"text.KEY", getText, setText},
}

// Settable lists the keys of "olle event set", for help and errors.
func Settable() []string {
	var names []string
	for _, s := range settings {
		names = append(names, s.name)
	}
	return names
}

// settingOf finds what a key sets.
func settingOf(key string) (setting, error) {
	for _, s := range settings {
		begin := strings.TrimRight(s.name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		if key == s.name || begin != s.name && strings.HasPrefix(key, begin) {
			return s, nil
		}
	}
	return setting{}, fmt.Errorf("flows: unknown key %q; these can be set: %s", key, strings.Join(Settable(), ", "))
}

// Get returns the value of a settable key as it stands.
func (e *Event) Get(key string) (string, error) {
	s, err := settingOf(key)
	if err != nil {
		return "", err
	}
	return s.get(e, key)
}

// Set changes a key, after checking the value, and notes it in the trail; a value that stood already is no change.
func (o *Override) Set(e *Event, key, value, by string, at time.Time) error {
	s, err := settingOf(key)
	if err != nil {
		return err
	}
	now := o.Apply(e)
	was, err := s.get(now, key)
	if err != nil {
		return err
	}
	if value, err = s.set(o, now, key, value, at); err != nil {
		return err
	}
	if value != was {
		o.Trail = append(o.Trail, Change{At: at, By: by, Key: key, Was: was, Now: value})
	}
	return nil
}

// SetArgs are the Args of the "event/set" call.
type SetArgs struct{ Key, Value, By string }

// wordSetting is a setting that is a text, or one of some words.
func wordSetting(name string, now func(*Event) string, changed func(*Override) **string, allowed ...string) setting {
	return setting{name,
		func(e *Event, _ string) (string, error) { return now(e), nil },
		func(o *Override, _ *Event, _, value string, _ time.Time) (string, error) {
			if len(allowed) > 0 && !slices.Contains(allowed, value) {
				return "", fmt.Errorf("flows: %s is one of %s, not %q", name, strings.Join(allowed, ", "), value)
			}
			*changed(o) = &value
			return value, nil
		}}
}

// cohortSetting is one of the participants' rooms.
func cohortSetting(name string, field func(*Cohort) *string) setting {
	return setting{name,
		func(e *Event, _ string) (string, error) { return *field(&e.Cohort), nil },
		func(o *Override, now *Event, _, value string, _ time.Time) (string, error) {
			c := now.Cohort
			*field(&c) = value
			o.Cohort = &c
			return value, nil
		}}
}

func getApproval(e *Event, _ string) (string, error) {
	return map[bool]string{true: "on", false: "off"}[e.Approval], nil
}

func setApproval(o *Override, _ *Event, key, value string, _ time.Time) (string, error) {
	if value != "on" && value != "off" {
		return "", fmt.Errorf("flows: %s is on or off, not %q", key, value)
	}
	on := value == "on"
	o.Approval = &on
	return value, nil
}

func getDeadline(e *Event, _ string) (string, error) {
	return e.Deadline.In(e.Zone).Format(time.RFC3339), nil
}

// setDeadline moves the deadline; a weekday written with it must be right.
func setDeadline(o *Override, now *Event, _, value string, _ time.Time) (string, error) {
	t, err := parseMoment(value, now.Zone)
	if err != nil {
		return "", err
	}
	o.Deadline = &t
	return t.In(now.Zone).Format(time.RFC3339), nil
}

func getText(e *Event, key string) (string, error) {
	name := strings.TrimPrefix(key, "text.")
	switch {
	case strings.HasPrefix(name, "page."):
		return "", fmt.Errorf("flows: %s is part of the web page, which is made when Olle starts: say it in the pack, in texts/en.yaml", key)
	case !e.Texts["en"].Has(name):
		return "", fmt.Errorf("flows: there is no text %q", name)
	}
	return e.Texts["en"].Text(name, func(string) (string, bool) { return "", false }), nil
}

func setText(o *Override, now *Event, key, value string, _ time.Time) (string, error) {
	name := strings.TrimPrefix(key, "text.")
	if err := sameHoles(now.Texts["en"], name, value); err != nil {
		return "", err
	}
	if o.Texts == nil {
		o.Texts = map[string]string{}
	}
	o.Texts[name] = value
	return value, nil
}

// sameHoles refuses a corrected sentence with a placeholder that the program does not fill there.
func sameHoles(c *Catalogue, key, text string) error {
	probe, err := NewCatalogue(c.Language, c.Name, map[string]string{key: text}, nil)
	if err != nil {
		return err
	}
	var known []string
	for at := c; at != nil; at = at.fallback {
		known = append(known, at.Holes(key)...)
	}
	for _, h := range probe.Holes(key) {
		if !slices.Contains(known, h) {
			return fmt.Errorf("flows: text %s cannot use {%s}; it may use %s", key, h, braced(known))
		}
	}
	return nil
}

// braced lists placeholders as sentences write them: "{name} {ref}".
func braced(holes []string) string {
	if len(holes) == 0 {
		return "no placeholder"
	}
	return "{" + strings.Join(slices.Compact(slices.Sorted(slices.Values(holes))), "} {") + "}"
}
