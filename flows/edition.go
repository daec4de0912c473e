package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Override is what organisers changed of an event while it runs, under "event/" + ID. Nil pointers change nothing.
type Override struct {
	Deadline   *time.Time         `json:",omitempty"`
	Texts      map[string]string  `json:",omitempty"` // English sentences corrected, by key
	Hours      *string            `json:",omitempty"`
	Reply      *string            `json:",omitempty"`
	Channel    *string            `json:",omitempty"`
	Approval   *bool              `json:",omitempty"` // "announce.approval"
	Desks      []Address          `json:",omitempty"` // help.desk
	Office     *Office            `json:",omitempty"`
	Escalate   *time.Duration     `json:",omitempty"`
	Canned     map[string]string  `json:",omitempty"` // "" takes the pack's own away
	Trail      []Change           `json:",omitempty"` // who changed what; append-only
	Cohort     *Cohort            `json:",omitempty"`
	Sessions   map[string]Session `json:",omitempty"` // by ID, as organisers made or changed them
	Evaluation *Evaluation        `json:",omitempty"`
	Certified  time.Time          `json:",omitzero"`  // when certificates were released
	Release    *Release           `json:",omitempty"` // of decisions, the last
	Promoted   map[string]bool    `json:",omitempty"` // who is about to get a seat from the waiting list: name and time of the decision
	Closing    *Closed            `json:",omitempty"` // how the last closing went
	Planted    map[string]string  `json:",omitempty"` // reminder → its schedule when its alarm was planted
}

// Change is one entry of the trail.
type Change struct {
	At       time.Time
	By       string
	Key      string
	Was, Now string
}

// eventKey is where an event's override lies, and the subject of its updates.
func eventKey(id string) string { return "event/" + id }

// Apply returns the event as it stands with the changes.
func (o *Override) Apply(e *Event) *Event {
	now := *e
	o.applyDesk(&now.Help)
	o.applySessions(&now)
	if o.Evaluation != nil {
		now.Evaluation = *o.Evaluation
	}
	if o.Cohort != nil {
		now.Cohort = *o.Cohort
	}
	if o.Deadline != nil {
		now.Deadline = *o.Deadline
	}
	if o.Hours != nil {
		now.Help.Hours = *o.Hours
	}
	if o.Reply != nil {
		now.Help.Reply = *o.Reply
	}
	if o.Channel != nil {
		now.Channel = *o.Channel
	}
	if o.Approval != nil {
		now.Approval = *o.Approval
	}
	if len(o.Texts) > 0 {
		if c, err := NewCatalogue("en", e.Texts["en"].Name, o.Texts, e.Texts["en"]); err == nil {
			now.Texts = map[string]*Catalogue{"en": c}
			for lang, old := range e.Texts {
				if lang != "en" {
					now.Texts[lang] = old
				}
			}
		}
	}
	return &now
}

// Settable lists the keys of "olle event set", for help and errors.
func Settable() []string {
	return []string{
		"announce.approval", "channel",
		"cohort.discord_channel", "cohort.discord_invite", "cohort.discord_role", "cohort.telegram_group",
		"deadline", "evaluation.closes", "evaluation.opens",
		"help.canned.KEY", "help.desk", "help.escalate", "help.hours", "help.office", "help.reply",
		"session.ID", "session.ID." + strings.Join(sessionKeys, "|"), "text.KEY",
	}
}

// Get returns the value of a settable key as it stands.
func (e *Event) Get(key string) (string, error) {
	switch {
	case key == "deadline":
		return e.Deadline.In(e.Zone).Format(time.RFC3339), nil
	case key == "help.hours":
		return e.Help.Hours, nil
	case key == "help.reply":
		return e.Help.Reply, nil
	case key == "channel":
		return e.Channel, nil
	case key == "announce.approval":
		return map[bool]string{true: "on", false: "off"}[e.Approval], nil
	case isDeskKey(key):
		return e.Help.get(key), nil
	case strings.HasPrefix(key, "session."):
		return e.getSession(key)
	case strings.HasPrefix(key, "evaluation."):
		return e.getEvaluation(key)
	case cohortField(&e.Cohort, key) != nil:
		return *cohortField(&e.Cohort, key), nil
	case strings.HasPrefix(key, "text.page."):
		return "", fmt.Errorf("flows: %s is part of the web page, which is made when Olle starts: say it in the pack, in texts/en.yaml", key)
	case strings.HasPrefix(key, "text."):
		name := strings.TrimPrefix(key, "text.")
		if !e.Texts["en"].Has(name) {
			return "", fmt.Errorf("flows: there is no text %q", name)
		}
		return e.Texts["en"].Text(name, func(string) (string, bool) { return "", false }), nil
	}
	return "", fmt.Errorf("flows: unknown key %q; these can be set: %s", key, strings.Join(Settable(), ", "))
}

// Set changes a key, after checking the value, and notes it in the trail; a value that stood already is no change. A weekday written
// with a deadline must be right.
func (o *Override) Set(e *Event, key, value, by string, at time.Time) error {
	was, err := o.Apply(e).Get(key)
	if err != nil {
		return err
	}
	switch {
	case key == "deadline":
		t, err := parseMoment(value, e.Zone)
		if err != nil {
			return err
		}
		o.Deadline = &t
		value = t.In(e.Zone).Format(time.RFC3339)
	case cohortField(&Cohort{}, key) != nil:
		c := o.Apply(e).Cohort
		*cohortField(&c, key) = value
		o.Cohort = &c
	case key == "help.hours":
		o.Hours = &value
	case key == "help.reply":
		o.Reply = &value
	case key == "channel":
		if value != "email" && value != "bot" && value != "both" {
			return fmt.Errorf("flows: channel is email, bot or both, not %q", value)
		}
		o.Channel = &value
	case key == "announce.approval":
		if value != "on" && value != "off" {
			return fmt.Errorf("flows: announce.approval is on or off, not %q", value)
		}
		on := value == "on"
		o.Approval = &on
	case strings.HasPrefix(key, "session."):
		if value, err = o.setSession(o.Apply(e), key, value); err != nil {
			return err
		}
	case strings.HasPrefix(key, "evaluation."):
		if value, err = o.setEvaluation(o.Apply(e), key, value, at); err != nil {
			return err
		}
	case isDeskKey(key):
		if err := o.setDesk(o.Apply(e).Help, key, value); err != nil {
			return err
		}
	default:
		name := strings.TrimPrefix(key, "text.")
		if err := sameHoles(e.Texts["en"], name, value); err != nil {
			return err
		}
		if o.Texts == nil {
			o.Texts = map[string]string{}
		}
		o.Texts[name] = value
	}
	if value != was {
		o.Trail = append(o.Trail, Change{At: at, By: by, Key: key, Was: was, Now: value})
	}
	return nil
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

// parseMoment reads "2020-02-21T23:59:59+09:00", "2020-02-21 23:59" or "2020-02-21 23:59 (Friday)"; without an offset it is in
// the event's zone, without seconds the minute's last second counts.
func parseMoment(s string, zone *time.Location) (time.Time, error) {
	text, weekday, named := strings.Cut(strings.TrimSuffix(strings.TrimSpace(s), ")"), " (")
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		t, err := time.ParseInLocation(layout, text, zone)
		if err != nil {
			continue
		}
		if !strings.Contains(layout, ":05") && layout != time.RFC3339 {
			t = t.Add(59 * time.Second)
		}
		if named && !strings.EqualFold(weekday, t.In(zone).Weekday().String()) {
			return time.Time{}, fmt.Errorf("flows: %s is a %s, not a %s", text, t.In(zone).Weekday(), weekday)
		}
		return t, nil
	}
	return time.Time{}, fmt.Errorf("flows: %q is no moment; write 2020-02-21T23:59:59+09:00, or 2020-02-21 23:59 for the event's own zone", s)
}

// SetArgs are the Args of the "event/set" call.
type SetArgs struct{ Key, Value, By string }

// cohortField is the field of the cohort's rooms that a key names, nil when it names none.
func cohortField(c *Cohort, key string) *string {
	switch key {
	case "cohort.discord_role":
		return &c.DiscordRole
	case "cohort.discord_channel":
		return &c.DiscordChannel
	case "cohort.discord_invite":
		return &c.DiscordInvite
	case "cohort.telegram_group":
		return &c.TelegramGroup
	}
	return nil
}
