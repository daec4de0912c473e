package flows

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Office is when organisers are at their desks, on the wall clock of the event's zone. The zero Office is open at all times. Public
// holidays are not known to it: hours are what is usual, and everything that rests on them is a hint.
type Office struct{ Spans []OfficeSpan }

// OfficeSpan is one opening on some weekdays, in minutes after midnight.
type OfficeSpan struct {
	Days     [7]bool // by time.Weekday
	From, To int
}

var (
	officeSpan = regexp.MustCompile(`^([A-Za-z, -]+?) (\d{1,2}):(\d{2}) ?[-–] ?(\d{1,2}):(\d{2})$`)
	officeDays = map[string]int{"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}
)

// ParseOffice reads "Mon-Fri 09:00-18:00", several parts separated by ";". "" is open at all times.
func ParseOffice(s string) (Office, error) {
	var o Office
	for part := range strings.SplitSeq(s, ";") {
		part = strings.Join(strings.Fields(part), " ")
		if part == "" {
			continue
		}
		m := officeSpan.FindStringSubmatch(part)
		if m == nil {
			return Office{}, fmt.Errorf("flows: %q are no office hours: write Mon-Fri 09:00-18:00", part)
		}
		var n [4]int
		for i := range n {
			n[i], _ = strconv.Atoi(m[2+i])
		}
		span := OfficeSpan{From: n[0]*60 + n[1], To: n[2]*60 + n[3]}
		if n[1] > 59 || n[3] > 59 || span.To > 24*60 || span.From >= span.To {
			return Office{}, fmt.Errorf("flows: %q: the hours end after they begin, between 00:00 and 24:00", part)
		}
		if err := span.readDays(m[1]); err != nil {
			return Office{}, err
		}
		o.Spans = append(o.Spans, span)
	}
	return o, nil
}

// readDays reads "Mon-Fri", "Mon, Wed, Fri", "Sat".
func (s *OfficeSpan) readDays(text string) error {
	for days := range strings.SplitSeq(text, ",") {
		first, last, ranged := strings.Cut(strings.ToLower(strings.TrimSpace(days)), "-")
		if !ranged {
			last = first
		}
		from, ok := weekday(first)
		to, fine := weekday(last)
		if !ok || !fine {
			return fmt.Errorf("flows: %q is no weekday: write Mon, Tue, Wed, Thu, Fri, Sat, Sun, or Mon-Fri", strings.TrimSpace(days))
		}
		for d := from; ; d = (d + 1) % 7 {
			if s.Days[d] = true; d == to {
				break
			}
		}
	}
	return nil
}

// weekday reads "mon" and "monday".
func weekday(s string) (int, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 3 {
		return 0, false
	}
	d, ok := officeDays[s[:3]]
	return d, ok && strings.HasPrefix(strings.ToLower(time.Weekday(d).String()), s)
}

// Open says whether somebody is at the desks at an instant.
func (o Office) Open(at time.Time, zone *time.Location) bool {
	return !o.Next(at, zone).After(at)
}

// Next is the first instant from at on at which the desks are open.
func (o Office) Next(at time.Time, zone *time.Location) time.Time {
	best := time.Time{}
	for day := 0; day <= 7 && best.IsZero(); day++ {
		for _, s := range o.Spans {
			from, to, on := s.on(at.In(zone), day)
			if on && to.After(at) && (best.IsZero() || from.Before(best)) {
				best = from
			}
		}
	}
	if best.Before(at) {
		return at
	}
	return best
}

// After is the instant by which the desks have been open for d since at. Overlapping spans count twice; nobody writes them.
func (o Office) After(at time.Time, d time.Duration, zone *time.Location) time.Time {
	if len(o.Spans) == 0 {
		return at.Add(d)
	}
	for day, start := 0, at.In(zone); day < 3660; day++ {
		for _, s := range o.Spans {
			from, to, on := s.on(start, day)
			if !on || !to.After(at) {
				continue
			}
			if from.Before(at) {
				from = at
			}
			if open := to.Sub(from); open < d {
				d -= open
				continue
			}
			return from.Add(d)
		}
	}
	return at.Add(d)
}

// on gives the span's instants some days after start.
func (s OfficeSpan) on(start time.Time, days int) (from, to time.Time, on bool) {
	y, m, d := start.Date()
	from = time.Date(y, m, d+days, 0, s.From, 0, 0, start.Location())
	to = time.Date(y, m, d+days, 0, s.To, 0, 0, start.Location())
	return from, to, s.Days[from.Weekday()]
}

// String writes the hours as they are read.
func (o Office) String() string {
	var parts []string
	for _, s := range o.Spans {
		var days []string
		for d := 1; d <= 7; d++ {
			if s.Days[d%7] {
				days = append(days, time.Weekday(d % 7).String()[:3])
			}
		}
		named := strings.Join(days, ", ")
		if named == "Mon, Tue, Wed, Thu, Fri" {
			named = "Mon-Fri"
		}
		parts = append(parts, fmt.Sprintf("%s %02d:%02d-%02d:%02d", named, s.From/60, s.From%60, s.To/60, s.To%60))
	}
	return strings.Join(parts, "; ")
}
