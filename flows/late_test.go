package flows_test

import (
	"strings"
	"testing"
	"time"

	"olle/flows"
)

const other = flows.Address("terminal:other")

// lateCode makes an exception's code.
func lateCode(t *testing.T, r *flows.Rehearsal, code, ref, until string, uses int) {
	t.Helper()
	end, err := time.Parse(time.RFC3339, until)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Post(flows.Update{Subject: "event/vca-jeju-2020", Call: "event/code", Args: flows.Must(flows.CodeArgs{Code: code, Until: end,
		What: flows.Code{Kind: "late", By: "operator", Until: end, Why: "flood", Ref: ref, Uses: uses}})})
	if err != nil {
		t.Fatal(err)
	}
}

func sayAs(t *testing.T, r *flows.Rehearsal, who flows.Address, lines ...string) (out string) {
	t.Helper()
	for _, l := range lines {
		messages, err := r.Guest(who, flows.Update{Text: l})
		if err != nil {
			t.Fatal(err)
		}
		out = strings.Join(wordsOf(messages), "\n")
	}
	return out
}

// An exception is one person's own deadline, to the second; nobody else learns that there is such a thing.
func TestLateCode(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-13T09:00:00+09:00")
	apply(t, r, "Kathmandu")
	sayAs(t, r, other, "/apply", "I agree", "myself", "O. Ther", "Ministry", "Head", "government", "senior", "9", "Dhaka", "Dhaka", "Nepal", "o@example.org")
	until(t, r, "2020-02-15T09:00:00+09:00")
	ref := strings.Fields(say(t, r, "/mydata")[strings.Index(say(t, r, "/mydata"), "VCA20-"):])[0]
	lateCode(t, r, "LATEABCD", ref, "2020-02-16T18:00:00+09:00", 1)
	if out := sayAs(t, r, other, "/code LATE-ABCD"); !strings.Contains(out, "I do not know that code") {
		t.Errorf("another's code: %s", out)
	}
	if out := say(t, r, "+waiver.pdf"); !strings.Contains(out, "came after") {
		t.Errorf("before the code: %s", out)
	}
	if out := say(t, r, "/code late-abcd"); !strings.Contains(out, "Sun 16 Feb, 18:00 KST (14:45 your time)") {
		t.Errorf("the code: %s", out)
	}
	if out := say(t, r, "/deadline"); !strings.Contains(out, "16 February 2020 (Sunday), 18:00 KST") {
		t.Errorf("/deadline: %s", out)
	}
	if out := say(t, r, "+waiver.pdf"); !strings.Contains(out, "1 of 7") {
		t.Errorf("with the code: %s", out)
	}
	if out := sayAs(t, r, other, "/deadline"); strings.Contains(out, "16 February") {
		t.Errorf("the other is told: %s", out)
	}
	heard := until(t, r, "2020-02-15T18:00:00+09:00") // noon, when everybody else hears that it closed
	if len(heard) != 1 || !strings.Contains(heard[0], "closed on 14 February") {
		t.Errorf("the other, at the closing: %q", heard)
	}
	if heard = until(t, r, "2020-02-16T17:59:59+09:00"); len(heard) != 1 || !strings.Contains(heard[0], "hours left") {
		t.Errorf("own reminders: %q", heard)
	}
	checkClosing(t, r, time.Date(2020, 2, 16, 9, 0, 0, 0, time.UTC))
	if heard = until(t, r, "2020-02-17T13:00:00+09:00"); len(heard) != 1 || !strings.Contains(heard[0], "closed on 16 February") {
		t.Errorf("own closing: %q", heard)
	}
	trail := ""
	for _, d := range list(t, r, flows.AuditKey) {
		trail += string(d.Data) + "\n"
	}
	if !strings.Contains(trail, "why: flood") || !strings.Contains(trail, `"late code used","Whom":"`+ref) {
		t.Errorf("the trail: %s", trail)
	}
}

func list(t *testing.T, r *flows.Rehearsal, prefix string) []flows.Doc {
	t.Helper()
	docs, err := r.List(prefix, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// A code for two serves two and no third; typed twice by the same it counts once; after its end it is unknown.
// A deadline of one's own moves what counts from it; what counts from the workshop comes as often as to everybody.
func TestLateCodeDoublesNoReminder(t *testing.T) {
	heard := func(late bool) string {
		b := book(t)
		b.Organisers = []flows.Address{chair}
		r := rehearse(t, b, "2020-02-10T09:00:00+09:00")
		who := flows.Address("telegram:11")
		name := candidate(t, r, who, "Seoul")
		if late {
			lateCode(t, r, "LATEABCD", "", "2020-02-20T18:00:00+09:00", 1)
			as(t, r, who, "/code LATEABCD")
		}
		clockTo(t, r, "2020-02-25 10:00")
		decide(t, r, name, "selected", 0)
		release(t, r)
		as(t, r, who, "/seat confirm")
		return texts(clockTo(t, r, "2020-04-20 10:00"))
	}
	if got, want := heard(true), heard(false); got != want || !strings.Contains(want, "How was VCA workshop 2020?") {
		t.Errorf("with a late code:\n%s\nwithout:\n%s", got, want)
	}
}

func TestLateCodeIsUsedUp(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-15T09:00:00+09:00")
	lateCode(t, r, "TWQTWQTW", "", "2020-02-16T18:00:00+09:00", 2)
	for i, c := range []struct {
		who  flows.Address
		well bool
	}{{"terminal:a", true}, {"terminal:a", true}, {"terminal:b", true}, {"terminal:c", false}} {
		if out := sayAs(t, r, c.who, "/code TWQT-WQTW"); strings.Contains(out, "made an exception") != c.well {
			t.Errorf("%d, %s: %s", i, c.who, out)
		}
	}
	until(t, r, "2020-02-16T18:00:01+09:00")
	if out := sayAs(t, r, "terminal:a", "/code TWQT-WQTW"); !strings.Contains(out, "I do not know") {
		t.Errorf("after its end: %s", out)
	}
}

// When it has closed, who had sent what is on the list; an exception corrects its line, and deletion removes it.
func TestClosingList(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-14T09:00:00+09:00")
	apply(t, r, "Kathmandu")
	for _, name := range []string{"application form", "commitment", "waiver", "consent", "case study", "nomination"} {
		say(t, r, "+"+name+".pdf")
	}
	sayAs(t, r, other, "hello")
	until(t, r, "2020-02-15T00:04:58+09:00")
	if lines := list(t, r, flows.ClosingKey("vca-jeju-2020")); len(lines) != 0 {
		t.Errorf("a list before five minutes: %v", lines)
	}
	until(t, r, "2020-02-15T00:05:00+09:00")
	lines := list(t, r, flows.ClosingKey("vca-jeju-2020"))
	if len(lines) != 1 || !strings.Contains(string(lines[0].Data), `"Missing":["cv"]`) {
		t.Fatalf("the list: %v", lines)
	}
	if e := list(t, r, "event/"); !strings.Contains(string(e[0].Data), `"Complete":0,"Incomplete":1`) {
		t.Errorf("the event: %s", e[0].Data)
	}
	lateCode(t, r, "LATEABCD", "", "2020-02-16T18:00:00+09:00", 1)
	say(t, r, "/code LATEABCD", "+cv.pdf")
	lines = list(t, r, flows.ClosingKey("vca-jeju-2020"))
	if len(lines) != 1 || strings.Contains(string(lines[0].Data), "Missing") || !strings.Contains(string(lines[0].Data), `"Late":true`) {
		t.Errorf("after the exception: %v", lines)
	}
	say(t, r, "/delete", "delete everything")
	if lines = list(t, r, flows.ClosingKey("vca-jeju-2020")); len(lines) != 0 {
		t.Errorf("after deletion: %v", lines)
	}
}

// The list outlives the documents: that their time is over changes nobody's line, and neither does what people do afterwards.
func TestRetentionLeavesTheClosingList(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	candidate(t, r, "telegram:11", "Seoul")
	clockTo(t, r, "2020-06-01 10:00")
	was := list(t, r, flows.ClosingKey("vca-jeju-2020"))
	if len(was) != 1 || strings.Contains(string(was[0].Data), "Missing") {
		t.Fatalf("the list: %v", was)
	}
	clockTo(t, r, "2020-07-10 10:00")
	if got := r.Shelf("telegram:11"); strings.Contains(got, "received") {
		t.Fatalf("the documents are there: %s", got)
	}
	as(t, r, "telegram:11", "/language ko")
	if now := list(t, r, flows.ClosingKey("vca-jeju-2020")); len(now) != 1 || string(now[0].Data) != string(was[0].Data) {
		t.Errorf("the list after the documents: %s", now[0].Data)
	}
}
