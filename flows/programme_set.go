package flows

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Organisers change the programme by keys of the event, like everything else they change:
//
//	session.ID           the whole session in one line, for a new one too: "2020-03-31 09:00-10:30 | lecture | Opening | Hall A | Tim Howe";
//	                     kind, room and speakers may stay empty. "off" takes it out of the programme
//	session.ID.start     a moment; the session keeps its length
//	session.ID.end, .room, .name, .kind, .speakers (commas between)

// SessionKinds are what a session can be; reminders are for a kind.
func SessionKinds() []string {
	return []string{"lecture", "exercise", "cityshare", "presentation", "visit"}
}

var (
	sessionID   = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)
	sessionDay  = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}) ?[-–] ?(\d{2}:\d{2})$`)
	sessionKeys = []string{"start", "end", "room", "name", "kind", "speakers"}
)

// sessionKey takes "session.ID.room" apart; ok is false for the keys of other things.
func sessionKey(key string) (id, field string, ok bool) {
	rest, ok := strings.CutPrefix(key, "session.")
	id, field, _ = strings.Cut(rest, ".")
	return id, field, ok
}

// getSession returns what a key of a session stands at; a session that does not exist yet is "".
func (e *Event) getSession(key string) (string, error) {
	id, field, _ := sessionKey(key)
	s := e.Session(id)
	switch {
	case !sessionID.MatchString(id):
		return "", fmt.Errorf("flows: %q cannot be a session: use lower-case letters, digits, - and _, a letter first", id)
	case s == nil && field == "":
		return "", nil
	case s == nil:
		return "", fmt.Errorf("flows: there is no session %q; make it with session.%s = \"2020-03-31 09:00-10:30 | lecture | Name | Room | Speakers\"", id, id)
	case field == "":
		return s.line(e.Zone), nil
	case !slices.Contains(sessionKeys, field):
		return "", fmt.Errorf("flows: a session has no %q; it has %s", field, strings.Join(sessionKeys, ", "))
	}
	return map[string]string{
		"start": s.Start.In(e.Zone).Format("2006-01-02 15:04"), "end": s.End.In(e.Zone).Format("2006-01-02 15:04"),
		"room": s.Room, "name": s.Name, "kind": s.Kind, "speakers": strings.Join(s.Speakers, ", "),
	}[field], nil
}

// line is the session in one line, as setSession reads it.
func (s *Session) line(zone *time.Location) string {
	from, to := s.Start.In(zone), s.End.In(zone)
	return strings.Join([]string{from.Format("2006-01-02 15:04-") + to.Format("15:04"), s.Kind, s.Name, s.Room, strings.Join(s.Speakers, ", ")}, " | ")
}

// setSession changes a session of the event as it stands; the error says what does not fit. It returns the value as it is kept.
func (o *Override) setSession(e *Event, key, value string, _ time.Time) (string, error) {
	id, field, _ := sessionKey(key)
	s := Session{ID: id}
	if old := e.Session(id); old != nil {
		s = *old
	}
	value = strings.TrimSpace(value)
	var err error
	switch field {
	case "":
		err = s.read(value, e.Zone)
	case "start":
		var at time.Time
		if at, err = sessionMoment(value, e.Zone); err == nil {
			s.Start, s.End = at, at.Add(s.End.Sub(s.Start))
		}
	case "end":
		s.End, err = sessionMoment(value, e.Zone)
	case "room":
		s.Room = value
	case "name":
		s.Name = value
	case "kind":
		s.Kind = value
	case "speakers":
		s.Speakers = people(value)
	}
	if err == nil {
		err = s.check(e)
	}
	if err != nil {
		return "", err
	}
	if o.Sessions == nil {
		o.Sessions = map[string]Session{}
	}
	o.Sessions[id] = s
	switch {
	case s.Off:
		return "off", nil
	case field == "":
		return s.line(e.Zone), nil
	}
	return o.Apply(e).getSession(key)
}

func sessionMoment(s string, zone *time.Location) (time.Time, error) {
	at, err := parseMoment(s, zone)
	return at.Truncate(time.Minute), err
}

func people(s string) (names []string) {
	for name := range strings.SplitSeq(s, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// read reads the session in one line.
func (s *Session) read(value string, zone *time.Location) error {
	if value == "off" || value == "" {
		s.Off = true
		return nil
	}
	s.Off = false
	parts := strings.Split(value, "|")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	m := sessionDay.FindStringSubmatch(parts[0])
	if m == nil || len(parts) < 3 || len(parts) > 5 {
		return fmt.Errorf("flows: %q is no session; write \"2020-03-31 09:00-10:30 | lecture | Name | Room | Speakers\"", value)
	}
	parts = append(parts, "", "")
	s.Kind, s.Name, s.Room, s.Speakers = parts[1], parts[2], parts[3], people(parts[4])
	var err error
	if s.Start, err = sessionMoment(m[1]+" "+m[2], zone); err == nil {
		s.End, err = sessionMoment(m[1]+" "+m[3], zone)
	}
	return err
}

// check refuses what the programme could not show.
func (s *Session) check(e *Event) error {
	long := func(text string) bool { return len([]rune(text)) > 160 || strings.ContainsAny(text, "\n\r|") }
	switch {
	case s.Off:
		return nil
	case s.Name == "":
		return fmt.Errorf("flows: a session needs a name")
	case long(s.Name), long(s.Room), long(strings.Join(s.Speakers, ", ")):
		return fmt.Errorf("flows: name, room and speakers of a session are one line of at most 160 characters each, without |")
	case s.Kind != "" && !slices.Contains(SessionKinds(), s.Kind):
		return fmt.Errorf("flows: a session's kind is one of %s, not %q", strings.Join(SessionKinds(), ", "), s.Kind)
	case !s.End.After(s.Start):
		return fmt.Errorf("flows: the session's end is not after its start")
	case s.Start.Before(e.Start) || s.End.After(e.End.AddDate(0, 0, 1)):
		return fmt.Errorf("flows: the session is outside the days of the event, %s", Dates(e.Start, e.End))
	}
	return nil
}

// applySessions puts the organisers' changes into the programme, which stays in the order of time.
func (o *Override) applySessions(e *Event) {
	if len(o.Sessions) == 0 {
		return
	}
	var all []Session
	for _, s := range e.Sessions {
		if _, changed := o.Sessions[s.ID]; !changed {
			all = append(all, s)
		}
	}
	for _, id := range sortedKeys(o.Sessions) {
		if s := o.Sessions[id]; !s.Off {
			s.Start, s.End = s.Start.In(e.Zone), s.End.In(e.Zone)
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b Session) int { return a.Start.Compare(b.Start) })
	e.Sessions = all
	e.Expand()
}

// Expand makes the reminders of sessions from the patterns, PerSession: one for each session of the kind, called NAME@SESSION. The loader
// and every change of the programme call it.
func (e *Event) Expand() {
	all := slices.DeleteFunc(slices.Clone(e.Reminders), func(r Reminder) bool { return r.Session != "" })
	for _, r := range e.PerSession {
		for _, s := range e.Sessions {
			if r.Kind != "" && r.Kind != s.Kind {
				continue
			}
			own := r
			own.Name, own.Session = r.Name+"@"+s.ID, s.ID
			if len(own.Stages) == 0 {
				own.Stages = []string{"confirmed"}
			}
			all = append(all, own)
		}
	}
	e.Reminders = all
}
