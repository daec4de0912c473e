package flows

import (
	"fmt"
	"strings"
	"time"
)

// Facts are the event's own words, as placeholders of texts and answers: {deadline}, {email}, {venue} …
func (e *Event) Facts() map[string]string {
	items := make([]string, len(e.Items))
	for i, it := range e.Items {
		items[i] = fmt.Sprintf("%d. %s", it.Number, it.Name)
	}
	modules := make([]string, len(e.Modules))
	for i, m := range e.Modules {
		modules[i] = fmt.Sprintf("%d. %s", m.Number, m.Name)
	}
	return map[string]string{
		"title": e.Title, "short": e.Short, "dates": Dates(e.Start, e.End), "start": Day(e.Start), "end": Day(e.End),
		"venue": e.Venue, "email": e.Email, "site": e.Site,
		"deadline":      fmt.Sprintf("%s, %s", Day(e.Deadline.In(e.Zone)), e.clock(e.Deadline)),
		"deadline_date": Day(e.Deadline.In(e.Zone)), "deadline_time": e.clock(e.Deadline),
		"items": strings.Join(items, "\n"), "item_count": fmt.Sprint(len(e.Items)), "modules": strings.Join(modules, "\n"),
		"hours": e.Help.Hours, "reply_time": e.Help.Reply, "turn_to": strings.Join(e.Help.Turn, "\n"),
		"zone": e.ZoneTag, "max_file": fmt.Sprintf("%d MB", e.MaxFile>>20),
	}
}

// clock prints an instant's time of day in the event's zone: "23:59 KST".
func (e *Event) clock(t time.Time) string { return t.In(e.Zone).Format("15:04") + " " + e.ZoneTag }

// Day prints a date with its weekday, which is always derived, never typed: "14 February 2020 (Friday)".
func Day(t time.Time) string { return t.Format("2 January 2006 (Monday)") }

// Dates prints the days of an event: "31 March – 3 April 2020".
func Dates(start, end time.Time) string {
	switch {
	case start.Year() != end.Year():
		return start.Format("2 January 2006") + " – " + end.Format("2 January 2006")
	case start.Month() != end.Month():
		return start.Format("2 January") + " – " + end.Format("2 January 2006")
	case start.Day() != end.Day():
		return start.Format("2") + "–" + end.Format("2 January 2006")
	}
	return end.Format("2 January 2006")
}

// Both prints an instant in the event's zone and, where it differs, in the reader's: "Mon 3 Feb, 14:02 KST (10:47 your time)".
func (e *Event) Both(t time.Time, reader *time.Location) string {
	return t.In(e.Zone).Format("Mon 2 Jan, 15:04") + " " + e.ZoneTag + e.local(t, reader)
}

// local prints an instant in the reader's zone, with a blank and in brackets; "" where it is unknown or the same.
func (e *Event) local(t time.Time, reader *time.Location) string {
	if reader == nil {
		return ""
	}
	here, there := t.In(e.Zone), t.In(reader)
	_, a := here.Zone()
	_, b := there.Zone()
	switch {
	case a == b:
		return ""
	case here.YearDay() == there.YearDay():
		return " (" + there.Format("15:04") + " your time)"
	}
	return " (" + there.Format("Mon 2 Jan, 15:04") + " your time)"
}

// Span prints how long it is until something: "11 days", "5 hours", "40 minutes". Rounded down, so that nobody is told too much.
func Span(d time.Duration) string {
	unit := func(n int, one string) string {
		if n == 1 {
			return "1 " + one
		}
		return fmt.Sprintf("%d %ss", n, one)
	}
	switch {
	case d >= 48*time.Hour:
		return unit(int(d/(24*time.Hour)), "day")
	case d >= 2*time.Hour:
		return unit(int(d/time.Hour), "hour")
	case d >= time.Minute:
		return unit(int(d/time.Minute), "minute")
	}
	return "less than a minute"
}

// Bytes prints a size: "132 kB", "4.2 MB".
func Bytes(n int64) string {
	switch {
	case n >= 10_000_000:
		return fmt.Sprintf("%d MB", n/1_000_000)
	case n >= 1_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1000:
		return fmt.Sprintf("%d kB", n/1000)
	}
	return fmt.Sprintf("%d bytes", n)
}
