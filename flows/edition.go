package flows

import (
	"fmt"
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
