package papers_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"

	"olle/bot/papers"
)

var seoul = time.FixedZone("KST", 9*60*60)

func deadline() papers.Calendar {
	end := time.Date(2020, 2, 14, 23, 59, 59, 0, seoul)
	first := time.Date(2020, 3, 31, 0, 0, 0, 0, seoul)
	return papers.Calendar{Name: "VCA workshop 2020", Stamp: time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC), Events: []papers.Date{
		{UID: "deadline@vca-jeju-2020.olle", Sequence: 2, Summary: "Applications close; 23:59 KST, sharp", Start: end.Add(-time.Hour), End: end,
			Description: "By e-mail to cifaljeju.jitc.1@gmail.com.\nLate application will NOT be accepted: 늦은 신청은 받지 않습니다, không nhận hồ sơ trễ.",
			Alarms:      []time.Duration{7 * 24 * time.Hour, 3 * time.Hour, 90 * time.Minute}, URL: "http://www.cifaljeju.org/"},
		{UID: "days@vca-jeju-2020.olle", Summary: "Workshop", Start: first, End: first.AddDate(0, 0, 3), Days: true, Blocks: true},
	}}
}

func writeICS(t testing.TB, c papers.Calendar) string {
	t.Helper()
	var b bytes.Buffer
	if err := papers.WriteICS(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The bytes as they are: what a calendar imports must not change by accident.
func TestCalendarAsWritten(t *testing.T) {
	got := writeICS(t, deadline())
	for _, line := range []string{
		"DTSTAMP:20200203T000000Z", "SEQUENCE:2", "DTSTART:20200214T135959Z", "DTEND:20200214T145959Z",
		`SUMMARY:Applications close\; 23:59 KST\, sharp`, "TRIGGER;RELATED=END:-P7D", "TRIGGER;RELATED=END:-PT3H", "TRIGGER;RELATED=END:-PT90M",
		"DTSTART;VALUE=DATE:20200331", "DTEND;VALUE=DATE:20200404", "TRANSP:OPAQUE", "URL:http://www.cifaljeju.org/",
	} {
		if !strings.Contains(got, "\r\n"+line+"\r\n") {
			t.Errorf("no line %q in\n%s", line, got)
		}
	}
}

// Another program reads the same words and the same instants.
func TestCalendarIsReadBack(t *testing.T) {
	c := deadline()
	read, err := ics.ParseCalendar(strings.NewReader(writeICS(t, c)))
	if err != nil {
		t.Fatal(err)
	}
	events := read.Events()
	if len(events) != 2 {
		t.Fatalf("%d events", len(events))
	}
	end, err := events[0].GetEndAt()
	if err != nil || !end.Equal(c.Events[0].End) {
		t.Errorf("the deadline is read as %v (%v)", end, err)
	}
	if got := ics.FromText(events[0].GetProperty(ics.ComponentPropertyDescription).Value); got != c.Events[0].Description {
		t.Errorf("the description is read as %q", got)
	}
	if n := len(events[0].Alarms()); n != 3 {
		t.Errorf("%d alarms", n)
	}
}

// wellFormed holds for every calendar: lines of at most 75 octets, whole characters, balanced parts.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	if !strings.HasSuffix(text, "\r\n") || strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\n") {
		t.Fatalf("line ends are wrong in %q", text)
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsRune(line, '\r') {
			t.Fatalf("bad line %q", line)
		}
	}
	unfolded := strings.ReplaceAll(text, "\r\n ", "")
	for _, part := range []string{"VCALENDAR", "VEVENT", "VALARM"} {
		begins, ends := strings.Count(unfolded, "\r\nBEGIN:"+part), strings.Count(unfolded, "\r\nEND:"+part)
		if part == "VCALENDAR" {
			begins++
		}
		if begins != ends {
			t.Fatalf("%d %s begin, %d end", begins, part, ends)
		}
	}
}

func FuzzICS(f *testing.F) {
	f.Add("Deadline", "Line one\nEND:VEVENT\r\nBEGIN:VEVENT", "Jeju", "x@y")
	f.Add(strings.Repeat("긴 제목 ", 60), "\\;,\n\u2028\x00", "\xff\xfe", "")
	f.Fuzz(func(t *testing.T, summary, description, location, uid string) {
		c := deadline()
		c.Name = location
		c.Events[0].Summary, c.Events[0].Description, c.Events[0].Location, c.Events[0].UID, c.Events[0].URL = summary, description, location, uid, description
		text := writeICS(t, c)
		wellFormed(t, text)
		if n := strings.Count(strings.ReplaceAll(text, "\r\n ", ""), "\r\nBEGIN:VEVENT\r\n"); n != 2 {
			t.Fatalf("%d events", n)
		}
	})
}
