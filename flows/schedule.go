package flows

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule says when something strikes next. It is computed on the naive wall clock of its zone, so that every daily schedule fires
// exactly once a day whatever the zone does to its clocks: a wall-clock time that does not exist strikes at the first instant after
// the gap, one that exists twice at the first. (The cron library skips and doubles there.)
type Schedule struct {
	spec  *cron.SpecSchedule
	zone  *time.Location
	every bool // fires several times an hour or every hour: steps in real time
}

// NewSchedule parses a cron spec of five fields. Zone prefixes and @every are refused: the zone is given, and an interval has no
// wall clock to miss.
func NewSchedule(spec string, zone *time.Location) (s *Schedule, err error) {
	defer func() { // the library panics on some specs
		if recover() != nil {
			s, err = nil, fmt.Errorf("flows: %q is no cron schedule", spec)
		}
	}()
	if strings.Contains(spec, "TZ=") || strings.HasPrefix(spec, "@every") {
		return nil, fmt.Errorf("flows: %q: the zone is the event's own, and schedules are wall-clock times; write five fields", spec)
	}
	parsed, err := cron.ParseStandard(spec)
	if err != nil {
		return nil, fmt.Errorf("flows: cron schedule: %w", err)
	}
	s = &Schedule{spec: parsed.(*cron.SpecSchedule), zone: zone}
	s.spec.Location = time.UTC
	s.every = s.spec.Hour == allHours(s.spec.Hour)
	if s.Next(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("flows: cron schedule %q never strikes", spec)
	}
	return s, nil
}

// allHours is the bit set of a * in the hour field.
func allHours(hours uint64) uint64 {
	const all = 1<<24 - 1
	return hours&^uint64(all) | all
}

// Next returns the first strike after t, zero if there is none within five years.
func (s *Schedule) Next(t time.Time) time.Time {
	if s.every {
		spec := *s.spec
		spec.Location = s.zone
		return spec.Next(t)
	}
	naive := wall(t.In(s.zone))
	for range 4 { // an overlap can map to an instant that is not after t
		if naive = s.spec.Next(naive); naive.IsZero() {
			return naive
		}
		if at := instant(naive, s.zone); at.After(t) {
			return at
		}
	}
	return time.Time{}
}

// wall is the wall clock's reading as a time in UTC.
func wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// instant is the first instant at which the zone's wall clock shows naive, or the first after a gap that skips it.
func instant(naive time.Time, zone *time.Location) time.Time {
	t := time.Date(naive.Year(), naive.Month(), naive.Day(), naive.Hour(), naive.Minute(), naive.Second(), 0, zone)
	if !wall(t).Equal(naive) { // in a gap: the transition itself
		start, end := t.ZoneBounds()
		if !start.IsZero() && wall(t).After(naive) {
			return start
		}
		return end
	}
	if start, _ := t.ZoneBounds(); !start.IsZero() { // in an overlap: the earlier of the two
		_, now := t.Zone()
		_, before := start.Add(-time.Second).Zone()
		if earlier := t.Add(time.Duration(now-before) * time.Second); before > now && earlier.Before(start) && wall(earlier.In(zone)).Equal(naive) {
			return earlier
		}
	}
	return t
}
