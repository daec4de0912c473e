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
		"venue": e.Venue, "email": e.Email, "site": e.Site, "apply_email": e.applyEmail(),
		"deadline":      fmt.Sprintf("%s, %s", Day(e.Deadline.In(e.Zone)), e.clock(e.Deadline)),
		"deadline_date": Day(e.Deadline.In(e.Zone)), "deadline_time": e.clock(e.Deadline),
		"items": strings.Join(items, "\n"), "item_count": fmt.Sprint(len(e.Items)), "modules": strings.Join(modules, "\n"),
		"hours": e.Help.Hours, "reply_time": e.Help.Reply, "turn_to": strings.Join(e.Help.Turn, "\n"),
		"zone": e.ZoneTag, "max_file": fmt.Sprintf("%d MB", e.MaxFile>>20),
	}
}

// applyEmail is the address to apply to by e-mail; "" where one cannot.
func (e *Event) applyEmail() string {
	if e.Channel == "bot" {
		return ""
	}
	return e.Email
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

// Bytes prints a size, rounded as the chat page rounds it: "132 kB", "4.2 MB".
func Bytes(n int64) string {
	switch {
	case n >= 9_950_000:
		return fmt.Sprintf("%d MB", (n+500_000)/1_000_000)
	case n >= 999_500:
		return fmt.Sprintf("%d.%d MB", (n+50_000)/1_000_000, (n+50_000)/100_000%10)
	case n >= 1000:
		return fmt.Sprintf("%d kB", (n+500)/1000)
	}
	return fmt.Sprintf("%d bytes", n)
}
