package flows_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"olle/config"
	"olle/flows"
)

// bookWith is the 2020 edition with something changed.
func bookWith(t testing.TB, edit func(e *flows.Event)) *flows.Book {
	t.Helper()
	events, err := config.LoadAll("")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.ID == "vca-jeju-2020" {
			edit(e)
		}
	}
	b, err := flows.NewBook(events, "vca-jeju-2020", nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// closings is when applications close by the clocks of every place, as computed by hand with the tz database when the announcement
// was studied: 14 February 2020, 23:59 in Korea.
var closings = map[string]string{
	"Karachi": "Fri 14 Feb 19:59", "Malé": "Fri 14 Feb 19:59", "New Delhi": "Fri 14 Feb 20:29", "Colombo": "Fri 14 Feb 20:29",
	"Kathmandu": "Fri 14 Feb 20:44", "Dhaka": "Fri 14 Feb 20:59", "Thimphu": "Fri 14 Feb 20:59", "Yangon": "Fri 14 Feb 21:29",
	"Bangkok": "Fri 14 Feb 21:59", "Hanoi": "Fri 14 Feb 21:59", "Phnom Penh": "Fri 14 Feb 21:59", "Vientiane": "Fri 14 Feb 21:59",
	"Jakarta": "Fri 14 Feb 21:59", "Beijing": "Fri 14 Feb 22:59", "Hong Kong": "Fri 14 Feb 22:59", "Macau": "Fri 14 Feb 22:59",
	"Taipei": "Fri 14 Feb 22:59", "Ulaanbaatar": "Fri 14 Feb 22:59", "Kuala Lumpur": "Fri 14 Feb 22:59", "Singapore": "Fri 14 Feb 22:59",
	"Bandar Seri Begawan": "Fri 14 Feb 22:59", "Manila": "Fri 14 Feb 22:59", "Seoul": "Fri 14 Feb 23:59", "Tokyo": "Fri 14 Feb 23:59",
	"Jayapura": "Fri 14 Feb 23:59", "Port Moresby": "Sat 15 Feb 00:59", "Port Vila": "Sat 15 Feb 01:59", "Funafuti": "Sat 15 Feb 02:59",
	"Tarawa": "Sat 15 Feb 02:59", "Apia": "Sat 15 Feb 04:59", "Kiritimati": "Sat 15 Feb 04:59",
}

// checkClosing sends a file the second before the deadline, at it, and the second after. The first two count, also when the network
// brings them minutes later; the third does not.
func checkClosing(t *testing.T, r *flows.Rehearsal, deadline time.Time) {
	t.Helper()
	for i, c := range []struct {
		sent time.Duration
		item string
		kept bool
	}{{-time.Second, "waiver.pdf", true}, {0, "consent form.pdf", true}, {time.Second, "cv.pdf", false}} {
		for _, brought := range []time.Duration{0, 4 * time.Minute} {
			out, err := r.Book.Play(flows.Update{
				ID: fmt.Sprint("second/", i, brought), From: guest, Chat: guest, Private: true, Sent: deadline.Add(c.sent), At: deadline.Add(c.sent + brought),
				Files: []flows.File{{Name: c.item, Type: "pdf:1", Size: 1000}},
			}, r)
			if err != nil {
				t.Fatal(err)
			}
			if kept := len(out.Work) > 0; kept != c.kept {
				t.Errorf("sent %s after %s, brought %s later: kept %v: %v", c.sent, deadline, brought, kept, out.Messages)
			}
		}
	}
}

func TestClosingInEveryPlaceOfTheAnnouncement(t *testing.T) {
	b := book(t)
	deadline := time.Date(2020, 2, 14, 14, 59, 59, 0, time.UTC)
	for place, local := range closings {
		r := rehearse(t, b, "2020-02-03T09:00:00+09:00")
		apply(t, r, place)
		answer := say(t, r, "/deadline")
		clock := local[len(local)-5:]
		if day := local[:3]; day == "Sat" {
			clock = "Sat 15 Feb, " + clock
		}
		if told := strings.Contains(answer, clock+" your time"); told != (clock != "23:59") || !strings.Contains(answer, "23:59 KST") {
			t.Errorf("%s should read %s: %s", place, clock, answer)
		}
		if _, err := r.Until(deadline.Add(-time.Minute)); err != nil {
			t.Fatal(err)
		}
		checkClosing(t, r, deadline)
	}
}

// The same on a leap day, and in an edition whose zone changes its clocks on the day of the deadline.
func TestClosingOnOddDays(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	kst := time.FixedZone("KST", 9*3600)
	for _, c := range []struct {
		zone          *time.Location
		deadline      time.Time
		printed, told string
	}{
		{kst, time.Date(2020, 2, 29, 23, 59, 59, 0, kst), "29 February 2020 (Saturday), 23:59", "20:44 your time"},
		{berlin, time.Date(2020, 3, 29, 21, 59, 59, 0, time.UTC), "29 March 2020 (Sunday), 23:59", "Mon 30 Mar, 03:44 your time"},
		{berlin, time.Date(2020, 3, 28, 22, 59, 59, 0, time.UTC), "28 March 2020 (Saturday), 23:59", "Sun 29 Mar, 04:44 your time"},
	} {
		b := bookWith(t, func(e *flows.Event) {
			e.Zone, e.Deadline, e.Start = c.zone, c.deadline, c.deadline.AddDate(0, 0, 30)
		})
		r := rehearse(t, b, c.deadline.Add(-9*24*time.Hour).Format(time.RFC3339))
		apply(t, r, "Kathmandu")
		if out := say(t, r, "/deadline"); !strings.Contains(out, c.printed) || !strings.Contains(out, c.told) {
			t.Errorf("%s: %s", c.deadline, out)
		}
		messages, err := r.Until(c.deadline.Add(-time.Minute))
		if err != nil || !slices.ContainsFunc(messages, func(m flows.Message) bool { return strings.Contains(m.Text, "6 hours left") }) {
			t.Errorf("%s: no reminder six hours before (%v)", c.deadline, err)
		}
		checkClosing(t, r, c.deadline)
	}
}

// change is an organiser's change; heard is what it made the bot say.
func change(t testing.TB, r *flows.Rehearsal, key, value string) (heard []string) {
	t.Helper()
	messages, err := r.Post(flows.Update{Subject: "event/vca-jeju-2020", Call: "event/set", Args: flows.Must(flows.SetArgs{Key: key, Value: value, By: "organiser"})})
	if err != nil {
		t.Fatal(err)
	}
	return wordsOf(messages)
}

func wordsOf(messages []flows.Message) (all []string) {
	for _, m := range messages {
		all = append(all, m.Text)
	}
	return all
}

func until(t testing.TB, r *flows.Rehearsal, at string) []string {
	t.Helper()
	then, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := r.Until(then)
	if err != nil {
		t.Fatal(err)
	}
	return wordsOf(messages)
}

// Moved twice, later and earlier: the instant that stands is the one that counts, and each move is told once.
func TestDeadlineMovedTwice(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-12T12:00:00+09:00")
	apply(t, r, "Kathmandu")
	heard := change(t, r, "deadline", "2020-02-21 23:59 (Friday)")
	if len(heard) != 1 || !strings.Contains(heard[0], "Fri 14 Feb, 23:59 KST (20:44 your time)") || !strings.Contains(heard[0], "Fri 21 Feb, 23:59 KST (20:44 your time)") {
		t.Fatalf("moved: %q", heard)
	}
	if heard = change(t, r, "deadline", "2020-02-18 12:00 (Tuesday)"); len(heard) != 1 || !strings.Contains(heard[0], "Fri 21 Feb") || !strings.Contains(heard[0], "Tue 18 Feb, 12:00 KST") {
		t.Fatalf("moved back: %q", heard)
	}
	if heard = change(t, r, "deadline", "2020-02-18 12:00 (Tuesday)"); len(heard) != 0 {
		t.Errorf("set to what it was: %q", heard)
	}
	heard = until(t, r, "2020-02-18T11:59:00+09:00")
	for _, h := range heard {
		if strings.Contains(h, "14 Feb") || strings.Contains(h, "21 Feb") {
			t.Errorf("a reminder of a deadline that is none: %s", h)
		}
	}
	checkClosing(t, r, time.Date(2020, 2, 18, 3, 0, 59, 0, time.UTC))
	entries, _ := r.List(flows.AuditKey, "", 100)
	if len(entries) != 2 {
		t.Errorf("%d entries on the trail", len(entries))
	}
}

// A form submitted twice moves the deadline once, and the second is no newer move that keeps the news of the first back.
func TestDeadlineSetTwiceAtOnceIsTold(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-10T12:00:00+09:00")
	apply(t, r, "Tokyo")
	var posts []flows.Update
	for range 2 {
		out, err := r.Decide(flows.Update{Subject: "event/vca-jeju-2020", Call: "event/set",
			Args: flows.Must(flows.SetArgs{Key: "deadline", Value: "2020-02-21 23:59", By: "organiser"})})
		if err != nil {
			t.Fatal(err)
		}
		posts = append(posts, out.Posts...)
	}
	var heard []string
	for _, p := range posts {
		heard = append(heard, inside(t, r, p))
	}
	if len(heard) != 1 || !strings.Contains(heard[0], "Fri 14 Feb") || !strings.Contains(heard[0], "Fri 21 Feb") {
		t.Errorf("told %q", heard)
	}
}

// Who sleeps hears in the morning where things ended: two moves are one message, a move there and back is none.
func TestMovesInTheNight(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	apply(t, r, "Kathmandu")
	if heard := until(t, r, "2020-02-06T04:00:00+09:00"); len(heard) != 1 { // one reminder, and it is 00:45 in Kathmandu
		t.Fatalf("%q", heard)
	}
	for _, deadline := range []string{"2020-02-21 23:59", "2020-02-25 23:59", "2020-02-28 23:59"} {
		if heard := change(t, r, "deadline", deadline); len(heard) != 0 {
			t.Fatalf("told in the night: %q", heard)
		}
	}
	if heard := until(t, r, "2020-02-06T10:14:59+09:00"); len(heard) != 0 {
		t.Errorf("told before seven: %q", heard)
	}
	if heard := until(t, r, "2020-02-06T10:15:00+09:00"); len(heard) != 1 || !strings.Contains(heard[0], "Fri 14 Feb") || !strings.Contains(heard[0], "Fri 28 Feb") {
		t.Errorf("in the morning: %q", heard)
	}
	until(t, r, "2020-02-07T04:00:00+09:00")
	for _, deadline := range []string{"2020-02-21 23:59", "2020-02-28 23:59"} {
		change(t, r, "deadline", deadline)
	}
	if heard := until(t, r, "2020-02-07T23:00:00+09:00"); len(heard) != 0 {
		t.Errorf("nothing has changed, but: %q", heard)
	}
	if heard := until(t, r, "2020-02-14T21:30:00+09:00"); len(heard) == 0 {
		t.Error("no reminder followed the new deadline")
	}
	// With an hour left nobody sleeps on the news.
	if heard := change(t, r, "deadline", "2020-02-15 02:00"); len(heard) != 1 {
		t.Errorf("a deadline before the morning: %q", heard)
	}
	// It closes, and opens again: told, with the reminder of the old closing gone.
	heard := until(t, r, "2020-02-15T13:00:00+09:00")
	if len(heard) != 0 {
		t.Errorf("between: %q", heard)
	}
	if heard = change(t, r, "deadline", "2020-02-20 23:59"); len(heard) != 1 || !strings.Contains(heard[0], "opened applications") || !strings.Contains(heard[0], "Sat 15 Feb, 02:00 KST") {
		t.Errorf("opened again: %q", heard)
	}
	if heard = until(t, r, "2020-02-15T23:00:00+09:00"); len(heard) != 0 {
		t.Errorf("the old closing was told: %q", heard)
	}
}

// After downtime a person hears one message, the newest, however many different reminders were missed.
func TestCatchUpIsOneMessage(t *testing.T) {
	b := bookWith(t, func(e *flows.Event) {
		for i := range e.Reminders {
			e.Reminders[i].Missed = "once"
		}
	})
	for back, want := range map[string]string{
		"2020-02-05T12:00:00+09:00": "A small reminder about one paper", "2020-02-10T15:00:00+09:00": "Good Monday!",
		"2020-02-11T15:00:00+09:00": "do not wait for the last evening", "2020-02-14T20:00:00+09:00": "3 hours left until the deadline",
		"2020-02-16T12:00:00+09:00": "closed on 14 February",
	} {
		r := rehearse(t, b, "2020-01-30T09:00:00+09:00")
		apply(t, r, "Kathmandu")
		then, _ := time.Parse(time.RFC3339, back)
		r.Skip(then)
		if heard := until(t, r, then.Add(time.Minute).Format(time.RFC3339)); len(heard) != 1 || !strings.Contains(heard[0], want) {
			t.Errorf("back at %s: %q", back, heard)
		}
	}
}

// A file that came in time is counted although it is said afterwards which document it is.
func TestAFileIsNamedAfterTheDeadline(t *testing.T) {
	for _, how := range []string{"tap", "word", "later"} {
		r := rehearse(t, book(t), "2020-02-14T23:55:00+09:00")
		apply(t, r, "Kathmandu")
		say(t, r, "1")
		for _, name := range []string{"application form", "commitment", "waiver", "consent", "case study", "nomination"} {
			say(t, r, "+"+name+".pdf")
		}
		clockTo(t, r, "2020-02-14 23:59")
		say(t, r, "other")
		send(t, r, "", "", "scan0001.pdf")
		if how == "later" {
			say(t, r, "cancel")
		}
		clockTo(t, r, "2020-02-15 00:10")
		if line := list(t, r, flows.ClosingKey("vca-jeju-2020")); len(line) != 1 || !strings.Contains(string(line[0].Data), "cv") {
			t.Fatalf("%s: the list: %v", how, line)
		}
		got := ""
		switch how {
		case "tap":
			messages, err := r.Guest(guest, flows.Update{Choice: "documents/which/cv"})
			if err != nil {
				t.Fatal(err)
			}
			got = texts(messages)
		case "word":
			got = say(t, r, "CV")
		default:
			got = say(t, r, "/documents", "CV")
		}
		if !strings.Contains(got, "7 of 7") {
			t.Errorf("%s: %s", how, got)
		}
		if line := list(t, r, flows.ClosingKey("vca-jeju-2020")); len(line) != 1 || strings.Contains(string(line[0].Data), "Missing") {
			t.Errorf("%s: the list: %s", how, line[0].Data)
		}
		if got := send(t, r, "", "", "another.pdf"); !strings.Contains(got, "came after applications closed") {
			t.Errorf("%s: a file after the deadline: %s", how, got)
		}
	}
}

// An answer from the announcement names the deadline as announced: what has become of it is said behind it.
func TestAnswersFollowTheDeadline(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-06T13:00:00+09:00")
	if out := say(t, r, "when is the deadline"); strings.Contains(out, "now") || strings.Contains(out, "For you") {
		t.Errorf("nothing has changed: %s", out)
	}
	apply(t, r, "Kathmandu")
	if out := say(t, r, "cancel", "what is the deadline in my time?"); !strings.Contains(out, "For you the deadline is Fri 14 Feb, 23:59 KST (20:44 your time)") {
		t.Errorf("in their own time: %s", out)
	}
	change(t, r, "deadline", "2020-02-21 23:59 (Friday)")
	for _, question := range []string{"when is the deadline", "i want to apply", "are late applications accepted"} {
		if out := say(t, r, question); !strings.Contains(out, "it is now Fri 21 Feb, 23:59 KST") {
			t.Errorf("%s, after the deadline was moved: %s", question, out)
		}
	}
	until(t, r, "2020-02-22T09:00:00+09:00")
	messages, err := r.Guest(other, flows.Update{Text: "i want to apply"})
	if err != nil || !strings.Contains(wordsOf(messages)[0], "Applications closed on 21 February 2020") || len(messages[0].Choices) > 0 {
		t.Errorf("after it: %v, %v", messages, err)
	}
}

// An exception is its person's own: a group does not hear of it.
func TestGroupsDoNotHearOfAnException(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-13T09:00:00+09:00")
	lateCode(t, r, "LATEABCD", "", "2020-02-16T18:00:00+09:00", 1)
	if out := say(t, r, "/code LATEABCD", "when is the deadline"); !strings.Contains(out, "For you the deadline is Sun 16 Feb, 18:00 KST") {
		t.Errorf("in private: %s", out)
	}
	for _, question := range []string{"/deadline", "when is the deadline", "/deadline"} {
		messages, err := r.Guest(guest, flows.Update{Chat: "terminal:#cohort", Text: question})
		if out := strings.Join(wordsOf(messages), "\n"); err != nil || strings.Contains(out, "16 Feb") || !strings.Contains(out, "14 Feb") {
			t.Errorf("%s in a group: %s, %v", question, out, err)
		}
	}
	if out := say(t, r, "/deadline"); !strings.Contains(out, "16 February") {
		t.Errorf("in private again: %s", out)
	}
}

// Nobody is asked to finish a day early when the day has gone.
func TestFinishingEarlyIsAdviceOfItsTime(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-13T09:00:00+09:00")
	if out := say(t, r, "/deadline"); !strings.Contains(out, "Please finish a day early.") {
		t.Errorf("the day before: %s", out)
	}
	until(t, r, "2020-02-14T23:42:00+09:00")
	if out := say(t, r, "/deadline"); strings.Contains(out, "early") || !strings.Contains(out, "17 minutes") {
		t.Errorf("in the last hour: %s", out)
	}
}
