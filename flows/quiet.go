package flows

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Night is the part of a day in which nobody is to be disturbed, in minutes after midnight of a wall clock. It may go past midnight:
// 22:00-07:00. The zero Night is none at all.
type Night struct{ From, To int }

// longestNight keeps a night from swallowing the day: a person would never be reminded.
const longestNight = 16 * 60

var nightSpan = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(\d{1,2})(?:[:.h](\d{2}))?h? ?(am|pm)?(?: ?[-–—~] ?| to | until )(\d{1,2})(?:[:.h](\d{2}))?h? ?(am|pm)?$`)
})

// ParseNight reads "22:00-07:00", "21-8", "9pm to 7am"; "none" is no night.
func ParseNight(s string) (Night, error) {
	s = strings.ToLower(strings.Join(strings.Fields(digits(s)), " "))
	if s == "none" {
		return Night{}, nil
	}
	m := nightSpan().FindStringSubmatch(s)
	if m == nil {
		return Night{}, fmt.Errorf("flows: %q are no quiet hours: write 22:00-07:00", s)
	}
	from, ok := clockMinutes(m[1], m[2], m[3])
	to, fine := clockMinutes(m[4], m[5], m[6])
	n := Night{from, to}
	switch {
	case !ok || !fine:
		return Night{}, fmt.Errorf("flows: %q: there is no such time of day", s)
	case from == to:
		return Night{}, fmt.Errorf("flows: %q begin and end at once: write none for no quiet hours", s)
	case n.minutes() > longestNight:
		return Night{}, fmt.Errorf("flows: %q are more than %d hours", s, longestNight/60)
	}
	return n, nil
}

// clockMinutes reads a time of day; "24" is midnight.
func clockMinutes(hour, minute, half string) (int, bool) {
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(minute)
	switch {
	case m > 59, half == "" && (h > 24 || h == 24 && m > 0), half != "" && (h < 1 || h > 12):
		return 0, false
	case half != "":
		h %= 12
		if half == "pm" {
			h += 12
		}
	}
	return h%24*60 + m, true
}

// minutes is how long the night is.
func (n Night) minutes() int { return (n.To - n.From + 24*60) % (24 * 60) }

// String prints it as ParseNight reads it.
func (n Night) String() string {
	if n.From == n.To {
		return "none"
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", n.From/60, n.From%60, n.To/60, n.To%60)
}

// Morning returns when the night around an instant ends in a zone, zero when the instant is not in the night.
func (n Night) Morning(at time.Time, zone *time.Location) time.Time {
	local := at.In(zone)
	now := local.Hour()*60 + local.Minute()
	within := now >= n.From && now < n.To
	if n.From > n.To {
		within = now >= n.From || now < n.To
	}
	if !within || n.From == n.To {
		return time.Time{}
	}
	left := (n.To - now + 24*60) % (24 * 60)
	day := local.Day()
	if now+left >= 24*60 {
		day++
	}
	end := instant(time.Date(local.Year(), local.Month(), day, 0, n.To, 0, 0, time.UTC), zone)
	if !end.After(at) { // the clock shows the morning twice today, and this is the second time round
		end = at.Truncate(time.Minute).Add(time.Duration(left) * time.Minute)
	}
	return end
}
