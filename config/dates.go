package config

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	monthNames   = `January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec`
	weekdayNames = `Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Mon|Tues|Tue|Wed|Thurs|Thur|Thu|Fri|Sat|Sun`
)

// Dates written with their weekday: "14 February 2020 (Friday)" or "Friday, 14 February 2020". Line breaks between the words do not matter,
// so a date that an editor wrapped is found too. And a date that stands alone, which may have a time behind it.
var (
	dayFirst     = regexp.MustCompile(`\b(\d{1,2})\s+(` + monthNames + `)\s+(\d{4})\s+\((` + weekdayNames + `)\)`)
	weekdayFirst = regexp.MustCompile(`\b(` + weekdayNames + `),?\s+(\d{1,2})\s+(` + monthNames + `)\s+(\d{4})\b`)
	bareDate     = regexp.MustCompile(`^(\d{1,2}) (` + monthNames + `) (\d{4})( \((` + weekdayNames + `)\))?( (\d{2}):(\d{2})(:(\d{2}))?)?$`)
)

// checkWeekdays notes every date in a file whose weekday is wrong, and every date that does not exist. The expressions look only
// around what could be a year, which is a hundred times faster than searching the whole file with them.
func checkWeekdays(r *report, data []byte) {
	for i := 0; i+4 <= len(data); i++ {
		if c := data[i]; c != '1' && c != '2' || !digits(data[i:i+4]) {
			continue
		}
		from := max(0, i-48)
		window := data[from:min(len(data), i+24)]
		for _, m := range dayFirst.FindAllSubmatchIndex(window, -1) {
			if from+m[6] == i {
				checkWeekday(r, data, from+m[0], cut(window, m, 1), cut(window, m, 2), cut(window, m, 3), cut(window, m, 4))
			}
		}
		for _, m := range weekdayFirst.FindAllSubmatchIndex(window, -1) {
			if from+m[8] == i {
				checkWeekday(r, data, from+m[0], cut(window, m, 2), cut(window, m, 3), cut(window, m, 4), cut(window, m, 1))
			}
		}
	}
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func cut(data []byte, m []int, group int) string { return string(data[m[2*group]:m[2*group+1]]) }

func checkWeekday(r *report, data []byte, offset int, day, month, year, weekday string) {
	line := 1 + bytes.Count(data[:offset], []byte("\n"))
	column := 1 + utf8.RuneCount(data[1+bytes.LastIndexByte(data[:offset], '\n'):offset])
	date, ok := civil(day, month, year)
	if !ok {
		r.add(line, column, "%s %s %s does not exist", day, month, year)
		return
	}
	if is := date.Weekday().String(); !strings.HasPrefix(is, weekday[:3]) {
		r.add(line, column, "%s is a %s, not a %s: correct the date or the weekday", date.Format("2 January 2006"), is, weekday)
	}
}

// civil reads a day; ok is false when the calendar has no such day.
func civil(day, month, year string) (date time.Time, ok bool) {
	d, _ := strconv.Atoi(day)
	y, _ := strconv.Atoi(year)
	for m := time.January; m <= time.December; m++ {
		if strings.HasPrefix(m.String(), month[:3]) {
			date = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
			return date, date.Day() == d && date.Month() == m && y >= 1900
		}
	}
	return time.Time{}, false
}

// date reads a key as "31 March 2020 (Tuesday)": midnight in the zone. The weekday is asked for because it is the cheapest check
// against a slip of the pen; whether it is right is checkWeekdays' business, so that no mistake is told twice.
func (o *object) date(key string, zone *time.Location, required bool) time.Time {
	t, timed := o.moment(key, zone, required)
	if timed {
		o.r.at(o.place(key), "%s is a day, without a time: write it like \"14 February 2020 (Friday)\"", key)
	}
	return t
}

// moment reads a key as a date with or without a time of day.
func (o *object) moment(key string, zone *time.Location, required bool) (t time.Time, timed bool) {
	s := o.text(key)
	if s == "" {
		if required && o.lacks(key) {
			o.r.at(o.place(key), "%s needs %s: add \"%s: 14 February 2020 (Friday)\"", o.what, key, key)
		}
		return time.Time{}, false
	}
	m := bareDate.FindStringSubmatch(strings.Join(strings.Fields(s), " "))
	if m == nil {
		o.r.at(o.place(key), "%s: %q is no date: write it like \"14 February 2020 (Friday)\", a time behind it like \"23:59:59\"", key, s)
		return time.Time{}, false
	}
	day, ok := civil(m[1], m[2], m[3])
	if !ok {
		if m[4] == "" {
			o.r.at(o.place(key), "%s: %s %s %s does not exist", key, m[1], m[2], m[3])
		}
		return time.Time{}, m[6] != ""
	}
	if m[4] == "" {
		o.r.at(o.place(key), "%s: write the weekday behind the date, it guards against slips: \"%s\"", key, day.Format("2 January 2006 (Monday)"))
	}
	return o.clock(key, day, m, zone), m[6] != ""
}

// clock puts the time of day and the zone to a day, refusing times that do not exist there.
func (o *object) clock(key string, day time.Time, m []string, zone *time.Location) time.Time {
	hour, _ := strconv.Atoi(m[7])
	minute, _ := strconv.Atoi(m[8])
	second, _ := strconv.Atoi(m[10])
	if hour > 23 || minute > 59 || second > 59 {
		o.r.at(o.place(key), "%s: %s is no time of day: 00:00:00 to 23:59:59", key, strings.TrimSpace(m[6]))
		return time.Time{}
	}
	if zone == nil {
		zone = time.UTC
	}
	t := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, second, 0, zone)
	if m[6] != "" && (t.Hour() != hour || t.Minute() != minute) {
		o.r.at(o.place(key), "%s: %s is skipped there by summer time: choose another time", key, strings.TrimSpace(m[6]))
	} else if m[6] != "" && comesTwice(t) {
		o.r.at(o.place(key), "%s: %s comes twice that day, when the clocks are put back, and nobody knows which is meant: choose another time", key, strings.TrimSpace(m[6]))
	}
	return t
}

// comesTwice says that the clocks of the zone show this time of day again, or have shown it already.
func comesTwice(t time.Time) bool {
	for _, by := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
		for _, other := range []time.Time{t.Add(by), t.Add(-by)} {
			if t.Format(time.DateTime) == other.Format(time.DateTime) {
				return true
			}
		}
	}
	return false
}

// readZone reads the name of a time zone; nil if it is none.
func readZone(o *object, key, s string) *time.Location {
	location, err := time.LoadLocation(s)
	if err != nil || s == "Local" {
		o.r.at(o.place(key), "there is no time zone %q: use a name like Asia/Seoul", s)
		return nil
	}
	if strings.HasPrefix(s, "Etc/GMT") && strings.ContainsAny(s, "+-") {
		o.r.at(o.place(key), "%q is not what it looks like: its clocks show UTC%s. Use the name of a city, like Asia/Seoul", s, time.Date(2000, 1, 1, 0, 0, 0, 0, location).Format("-07:00"))
	}
	return location
}

// span reads "14d", "6h", "13d 14h", "90m", "14d12h": days of 24 hours, hours, minutes.
func span(s string) (time.Duration, bool) {
	var total time.Duration
	rest := strings.ReplaceAll(s, " ", "")
	if rest == "" || len(rest) > 24 {
		return 0, false
	}
	last := time.Duration(1 << 62)
	for rest != "" {
		i := strings.IndexAny(rest, "dhm")
		if i <= 0 {
			return 0, false
		}
		n, err := strconv.Atoi(rest[:i])
		unit := map[byte]time.Duration{'d': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute}[rest[i]]
		if err != nil || n < 0 || n > 100_000 || unit >= last {
			return 0, false
		}
		total, last, rest = total+time.Duration(n)*unit, unit, rest[i+1:]
	}
	return total, total <= 10*365*24*time.Hour
}
