package papers

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Calendar is a set of dates to import, RFC 5545.
type Calendar struct {
	Name   string
	Stamp  time.Time // when this was made: DTSTAMP of every date
	Events []Date
}

// Date is one entry of a calendar. The same UID with a higher Sequence replaces the entry in a calendar that has it already.
type Date struct {
	UID         string // stable and unique over the world: "deadline@vca-jeju-2020.olle"
	Sequence    int
	Summary     string
	Description string
	Location    string
	URL         string
	Start, End  time.Time       // instants; written in UTC, so that a calendar shows them in its reader's zone wherever that travels
	Days        bool            // whole days of Start's and End's own zone, both included; they belong to no zone
	Alarms      []time.Duration // so long before the end (Days: before the start)
	Blocks      bool            // the time counts as busy
}

// WriteICS writes a calendar. Every moment is written in UTC: an instant needs no zone table, and none can be outdated.
func WriteICS(w io.Writer, c Calendar) error {
	out := &icsWriter{w: bufio.NewWriter(w)}
	out.line("BEGIN", "VCALENDAR")
	out.line("VERSION", "2.0")
	out.line("PRODID", "-//Olle//Olle//EN")
	out.line("CALSCALE", "GREGORIAN")
	out.line("METHOD", "PUBLISH")
	out.text("X-WR-CALNAME", c.Name)
	for _, d := range c.Events {
		out.date(d, c.Stamp)
	}
	out.line("END", "VCALENDAR")
	if err := out.w.Flush(); err != nil {
		return fmt.Errorf("papers: write a calendar: %w", err)
	}
	return nil
}

type icsWriter struct{ w *bufio.Writer } // remembers its first error until Flush

func (o *icsWriter) date(d Date, stamp time.Time) {
	o.line("BEGIN", "VEVENT")
	o.line("UID", icsText(oneLine(d.UID)))
	o.line("DTSTAMP", icsInstant(stamp))
	o.line("SEQUENCE", fmt.Sprint(max(d.Sequence, 0)))
	if d.Days {
		o.line("DTSTART;VALUE=DATE", d.Start.Format("20060102"))
		o.line("DTEND;VALUE=DATE", d.End.AddDate(0, 0, 1).Format("20060102")) // the end of a range of days is not in it
	} else {
		o.line("DTSTART", icsInstant(d.Start))
		if d.End.After(d.Start) {
			o.line("DTEND", icsInstant(d.End))
		}
	}
	o.text("SUMMARY", oneLine(d.Summary))
	o.text("DESCRIPTION", d.Description)
	o.text("LOCATION", oneLine(d.Location))
	if strings.HasPrefix(d.URL, "http") && !strings.ContainsFunc(d.URL, func(r rune) bool { return r <= ' ' || r > '~' }) {
		o.line("URL", d.URL)
	}
	o.line("TRANSP", map[bool]string{true: "OPAQUE", false: "TRANSPARENT"}[d.Blocks])
	related := ";RELATED=END"
	if d.Days || !d.End.After(d.Start) {
		related = ""
	}
	for _, before := range d.Alarms {
		o.line("BEGIN", "VALARM")
		o.line("ACTION", "DISPLAY")
		o.text("DESCRIPTION", oneLine(d.Summary))
		o.line("TRIGGER"+related, icsBefore(before))
		o.line("END", "VALARM")
	}
	o.line("END", "VEVENT")
}

// text writes a property whose value is text; empty ones are left out.
func (o *icsWriter) text(name, value string) {
	if value = icsText(plain(value)); value != "" {
		o.line(name, value)
	}
}

// line writes one content line, folded at 75 octets between characters, as the RFC asks.
func (o *icsWriter) line(name, value string) {
	room := 75
	for rest := name + ":" + value; ; room = 74 { // a folded line begins with a blank
		if len(rest) <= room {
			o.w.WriteString(rest + "\r\n")
			return
		}
		cut := room
		for cut > 1 && !utf8.RuneStart(rest[cut]) {
			cut--
		}
		o.w.WriteString(rest[:cut] + "\r\n ")
		rest = rest[cut:]
	}
}

var icsEscapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)

func icsText(s string) string { return icsEscapes.Replace(s) }

func icsInstant(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// icsBefore prints a duration before something: "-P1D", "-PT3H".
func icsBefore(d time.Duration) string {
	minutes := int(d / time.Minute)
	switch {
	case minutes%(24*60) == 0:
		return fmt.Sprintf("-P%dD", minutes/(24*60))
	case minutes%60 == 0:
		return fmt.Sprintf("-PT%dH", minutes/60)
	}
	return fmt.Sprintf("-PT%dM", minutes)
}
