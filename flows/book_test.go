package flows_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"
	"unicode/utf8"

	"olle/config"
	"olle/flows"
	"olle/flows/answers"
)

const guest = flows.Address("terminal:guest")

func book(t testing.TB) *flows.Book {
	t.Helper()
	events, err := config.LoadAll("")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		e.Answers = compiled()[e.ID]
	}
	b, err := flows.NewBook(events, "vca-jeju-2020", []flows.Address{"telegram:1"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// compiled are the answers of the packs that ship, which no test changes: compiling them takes longer than most tests.
var compiled = sync.OnceValue(func() map[string]*answers.Index {
	all := map[string]*answers.Index{}
	events, _ := config.LoadAll("") // book tells of an error
	for _, e := range events {
		all[e.ID] = e.Answers
	}
	return all
})

func rehearse(t testing.TB, b *flows.Book, at string) *flows.Rehearsal {
	t.Helper()
	now, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	r, err := flows.NewRehearsal(b, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { everythingHasAnOwner(t, r) })
	return r
}

// everythingHasAnOwner holds after every rehearsal: whatever bears a person's name is the person's own or known to be about them, so that
// what is left after a deletion is found.
func everythingHasAnOwner(t testing.TB, r *flows.Rehearsal) {
	docs, err := r.List("", "", 100_000)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, d := range docs {
		if name, ok := strings.CutPrefix(d.Key, "person/"); ok {
			names[name] = true
		}
	}
	for _, d := range docs {
		own := slices.ContainsFunc([]string{"person/", "card/", "key/"}, func(p string) bool { return strings.HasPrefix(d.Key, p) })
		for prefix := range flows.About {
			own = own || strings.HasPrefix(d.Key, prefix)
		}
		if !own && slices.ContainsFunc(strings.Split(d.Key, "/"), func(part string) bool { return names[part] }) {
			t.Errorf("%s bears a person's name, and flows.About does not know it", d.Key)
		}
	}
}

// say plays typed lines and returns all that was said to the last one.
func say(t testing.TB, r *flows.Rehearsal, lines ...string) string {
	t.Helper()
	var out string
	for _, l := range lines {
		u := flows.Update{Text: l}
		if name, ok := strings.CutPrefix(l, "+"); ok {
			u = flows.Update{Files: []flows.File{{Name: name, Type: "pdf:1", Size: 1000, Handle: name}}}
		}
		messages, err := r.Guest(guest, u)
		if err != nil {
			t.Fatalf("%q: %v", l, err)
		}
		out = ""
		for _, m := range messages {
			out += m.Text + "\n"
		}
	}
	return out
}

// apply answers the whole profile form.
func apply(t testing.TB, r *flows.Rehearsal, place string) {
	t.Helper()
	out := say(t, r, "/apply", "I agree", "myself", "Nina Rai", "Ministry", "Head", "government", "senior", "9", place, place, "Nepal", "nina@example.org")
	if !strings.Contains(out, "0 of 7") {
		t.Fatalf("applying from %s ended with: %s", place, out)
	}
}

// The deadline is one instant, to the second, wherever the applicant is; and it is told in the applicant's own time.
func TestDeadlineToTheSecondInEveryZone(t *testing.T) {
	b := book(t)
	for place, local := range map[string]string{
		"Islamabad": "19:59", "Malé, Maldives": "19:59", "New Delhi": "20:29", "Colombo": "20:29", "Kathmandu": "20:44", "Dhaka": "20:59",
		"Thimphu": "20:59", "Yangon": "21:29", "Bangkok": "21:59", "Hanoi": "21:59", "Phnom Penh": "21:59", "Vientiane": "21:59",
		"Jakarta": "21:59", "Beijing": "22:59", "Hong Kong": "22:59", "Macau": "22:59", "Taipei": "22:59", "Ulaanbaatar": "22:59",
		"Kuala Lumpur": "22:59", "Singapore": "22:59", "Brunei": "22:59", "Manila": "22:59", "Seoul": "", "Tokyo": "", "Jayapura": "",
		"Port Moresby": "Sat 15 Feb, 00:59", "Port Vila": "Sat 15 Feb, 01:59", "Funafuti": "Sat 15 Feb, 02:59", "Tarawa": "Sat 15 Feb, 02:59",
		"Apia": "Sat 15 Feb, 04:59", "Kiritimati": "Sat 15 Feb, 04:59",
	} {
		r := rehearse(t, b, "2020-02-14T12:00:00+09:00")
		apply(t, r, place)
		told := say(t, r, "/deadline")
		if !strings.Contains(told, "14 February 2020 (Friday), 23:59 KST") || local != "" && !strings.Contains(told, "("+local+" your time)") ||
			local == "" && strings.Contains(told, "your time)") {
			t.Errorf("%s is told: %s", place, told)
		}
		deadline, _ := time.Parse(time.RFC3339, "2020-02-14T23:59:59+09:00")
		for _, c := range []struct {
			at   time.Time
			want string
		}{{deadline.Add(-time.Second), "1 of 7"}, {deadline, "2 of 7"}, {deadline.Add(time.Second), "came after applications closed"}} {
			if _, err := r.Until(c.at); err != nil {
				t.Fatal(err)
			}
			file := map[string]string{"1 of 7": "+cv.pdf", "2 of 7": "+waiver.pdf"}[c.want]
			if file == "" {
				file = "+nomination.pdf"
			}
			if out := say(t, r, file); !strings.Contains(out, c.want) {
				t.Errorf("%s, a file at %s: %s", place, c.at, out)
			}
		}
	}
}

// A turn is pure: played again on the same documents it wants the same.
func TestPlayIsPure(t *testing.T) {
	b := book(t)
	r := rehearse(t, b, "2020-02-03T09:00:00+09:00")
	apply(t, r, "Kathmandu")
	for _, text := range []string{"cv", "what is the deadline", "/status", "/mydata", "help", "nonsense asdf"} {
		u := flows.Update{ID: "x/" + text, From: guest, Chat: guest, Private: true, Text: text, At: r.Now, Sent: r.Now}
		first, err := b.Play(u, r)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			again, err := b.Play(u, r)
			if err != nil || !reflect.DeepEqual(first, again) {
				t.Fatalf("%q played twice differs (%v)", text, err)
			}
		}
	}
}

// What people have typed into bots, and worse. Each gets a sentence; nothing given before is lost.
func TestOddInputIsNeverAnError(t *testing.T) {
	b := book(t)
	r := rehearse(t, b, "2020-02-03T09:00:00+09:00")
	say(t, r, "/apply", "I agree", "myself", "Nina Rai")
	before := r.Shelf(guest)
	for _, text := range []string{"", " ", "\n", "🙂", "🙂🙂🙂", "\x00\x01\x02", "\u202e\u2066\u200f", "\xff\xfe\xfd", "/", "//", "/ /",
		strings.Repeat("?", 5000)} {
		out := say(t, r, text)
		if strings.TrimSpace(out) == "" || !utf8.ValidString(out) {
			t.Errorf("%q was answered %q", text, out)
		}
		if after := r.Shelf(guest); after != before {
			t.Errorf("%q changed what is kept:\n%s\n%s", text, before, after)
		}
	}
	if out := say(t, r, strings.Repeat("how much is the airfare from Kathmandu ", 3000)); !strings.Contains(out, "very long") {
		t.Errorf("100,000 characters were answered %q", out)
	}
	say(t, r, "\u202eMin\u0000istry of \xffHome")
	if shelf := r.Shelf(guest); strings.ContainsAny(shelf, "\u202e\x00") || !utf8.ValidString(shelf) {
		t.Errorf("unsafe characters were kept: %q", shelf)
	}
}

// Every sentence the program says exists, with no placeholder left open.
func TestEveryTextExists(t *testing.T) {
	texts := book(t).Current.Texts["en"]
	used := regexp.MustCompile(`(?:Say|Text)\("([a-z_.]+)"|"((?:words|choice)\.[a-z_.]+[a-z_])"`)
	files, _ := filepath.Glob("*.go")
	n := 0
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range used.FindAllStringSubmatch(string(source), -1) {
			key := m[1] + m[2]
			if strings.HasSuffix(key, ".") || strings.HasSuffix(f, "_test.go") {
				continue
			}
			if n++; !texts.Has(key) {
				t.Errorf("%s says %q, which no text defines", f, key)
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d texts were found in the source; the pattern is broken", n)
	}
	for _, key := range []string{"help", "back", "skip", "cancel", "repeat", "restart", "status", "human"} {
		if !texts.Has("words." + key) {
			t.Errorf("no words for %s", key)
		}
	}
	for _, problem := range []string{
		"gone", "sealed", "failed", "empty", "large", "type", "picture", "pages", "encrypted", "scripts", "macros", "archive", "bomb", "damaged", "virus",
	} {
		if !texts.Has("documents.problem." + problem) {
			t.Errorf("no sentence for the problem %s", problem)
		}
	}
}

// A form can ask for every type of thing; what fits is kept, what does not is asked again, and a finished form that is begun anew
// keeps its answers until there are new ones.
func TestEveryTypeOfQuestion(t *testing.T) {
	const pack = "../config/testdata/types/all-2027"
	e, err := config.LoadFolder(pack)
	if err != nil {
		t.Fatal(err)
	}
	b, err := flows.NewBook([]*flows.Event{e}, e.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := os.ReadFile(pack + "/transcripts/survey.txt")
	if err != nil {
		t.Fatal(err)
	}
	visited := map[string]bool{}
	played, err := flows.PlayTranscript(b, recorded, visited)
	if err != nil {
		t.Fatal(err)
	}
	if string(played) != string(recorded) {
		t.Errorf("the conversation has changed; look at it and record it anew: olle check -update %s\n%s", pack, played)
	}
	for _, q := range e.Forms["survey"].Questions {
		if !visited["survey/"+q.ID] {
			t.Errorf("no line visits %s", q.ID)
		}
	}
}

// What a missed strike means is the schedule's own business: once, each, or skipped when it is too late.
func TestMissedStrikes(t *testing.T) {
	for missed, want := range map[string]int{"once": 1 + 2, "each": 4 + 2, "skip": 0 + 2} {
		e, err := config.LoadFolder("../config/testdata/types/all-2027")
		if err != nil {
			t.Fatal(err)
		}
		e.Reminders = []flows.Reminder{{Name: "daily", Cron: "0 9 * * *", Of: "deadline", Stages: []string{"talking"}, Text: "deadline.open", Missed: missed, Skip: 2 * time.Hour}}
		b, err := flows.NewBook([]*flows.Event{e}, e.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		r := rehearse(t, b, "2027-03-01T10:00:00+07:00")
		say(t, r, "/survey", "I agree")
		r.Skip(r.Now.Add(4*24*time.Hour + 3*time.Hour)) // down from Monday 10:00 to Friday 13:00: four strikes missed
		messages, err := r.Until(r.Now.Add(2 * 24 * time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if len(messages) != want {
			t.Errorf("%s: %d reminders after four missed strikes and two more days, want %d", missed, len(messages), want)
		}
	}
}

// Where a network can answer one person in place, an answer goes there, but a conversation to the private chat.
func TestGroupWithPrivateHandle(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	group := flows.Update{Chat: "terminal:#cohort", Reply: "handle", Text: "/status"}
	messages, err := r.Guest(guest, group)
	if err != nil || len(messages) != 1 || messages[0].Reply != "handle" || messages[0].To != guest {
		t.Fatalf("/status: %+v (%v)", messages, err)
	}
	group.Text = "/apply"
	messages, err = r.Guest(guest, group)
	if err != nil || len(messages) != 2 || messages[0].Reply != "handle" || !strings.Contains(messages[0].Text, "direct message") ||
		messages[1].Reply != "" || messages[1].To != guest || !strings.Contains(messages[1].Text, "Do you agree?") {
		t.Fatalf("/apply: %+v (%v)", messages, err)
	}
}

// Somebody who blocked the bot in one chat is reached in another; a stranger's chat makes nobody.
func TestUnreachableChat(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	apply(t, r, "Kathmandu")
	code := regexp.MustCompile(`/link ([A-Z0-9-]+)`).FindStringSubmatch(say(t, r, "/link"))[1]
	other := flows.Address("web:abc")
	if _, err := r.Guest(other, flows.Update{Text: "/link " + code}); err != nil {
		t.Fatal(err)
	}
	lost := flows.Message{To: other, Text: "a reminder"}
	messages, err := r.Post(flows.Update{From: other, Private: true, Call: "person/unreachable", Args: flows.Must(lost)})
	if err != nil || len(messages) != 1 || messages[0].To != guest || messages[0].Text != "a reminder" {
		t.Fatalf("the message went to %+v (%v)", messages, err)
	}
	if messages, err = r.Post(flows.Update{From: "web:nobody", Private: true, Call: "person/unreachable", Args: flows.Must(lost)}); err != nil || len(messages) != 0 {
		t.Errorf("a stranger got %+v (%v)", messages, err)
	}
	if got := r.Shelf("web:nobody"); got != "nothing" {
		t.Errorf("a stranger was made: %s", got)
	}
}

var hole = regexp.MustCompile(`\{[a-z_.]+\}`)

// Whatever a guest does, in whatever order, a turn decides; what it says is valid text without open placeholders.
func FuzzTalk(f *testing.F) {
	for _, s := range []string{"/apply\nI agree\nmyself\nNina", "airfare\nKorea\n1", "+cv.pdf\n/documents\n7", "back\nskip\ncancel", "*apply/x/y\n*documents/which/cv"} {
		f.Add(s)
	}
	b := book(f)
	f.Fuzz(func(t *testing.T, script string) {
		r := rehearse(t, b, "2020-02-03T09:00:00+09:00")
		lines := strings.Split(script, "\n")
		for _, l := range lines[:min(len(lines), 30)] {
			u := flows.Update{Text: l}
			switch {
			case strings.HasPrefix(l, "+"):
				u = flows.Update{Files: []flows.File{{Name: l[1:], Type: "pdf", Size: 10, Handle: l}}}
			case strings.HasPrefix(l, "*"):
				u = flows.Update{Choice: l[1:]}
			}
			messages, err := r.Guest(guest, u)
			if err != nil {
				t.Fatalf("%q: %v", l, err)
			}
			if len(messages) == 0 {
				t.Fatalf("%q was not answered", l)
			}
			for _, m := range messages {
				if !utf8.ValidString(m.Text) {
					t.Fatalf("%q was answered with invalid text %q", l, m.Text)
				}
				for _, open := range hole.FindAllString(m.Text, -1) {
					if !strings.Contains(script, open) {
						t.Fatalf("%q left %s open: %s", l, open, m.Text)
					}
				}
				for _, c := range m.Choices {
					if len(c.Value) > 64 {
						t.Fatalf("choice %q is longer than 64 bytes", c.Value)
					}
				}
			}
		}
	})
}

// BenchmarkPlay is one turn of a person in the middle of a form, documents decoded and encoded.
func BenchmarkPlay(b *testing.B) {
	bk := book(b)
	r := rehearse(b, bk, "2020-02-03T09:00:00+09:00")
	say(b, r, "/apply", "I agree", "myself")
	u := flows.Update{ID: "x", From: guest, Chat: guest, Private: true, Text: "Nina Rai", At: r.Now, Sent: r.Now}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		u.ID = fmt.Sprint("x", i)
		if _, err := bk.Play(u, r); err != nil {
			b.Fatal(err)
		}
	}
}

// Correcting an answer of a form that is not finished does not finish it: what is still to be asked is asked.
func TestCorrectingAHalfFilledFormGoesOnWithIt(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-14T09:00:00+09:00")
	say(t, r, "/apply", "I agree", "myself", "Nina Rai")
	if got := say(t, r, "/mydata", "correct something", "name", "Nina Rae"); !strings.Contains(got, "Changed") || !strings.Contains(got, "organisation") || strings.Contains(got, "documents") {
		t.Error(got)
	}
	if got := r.Shelf(guest); !strings.Contains(got, "stage talking") || !strings.Contains(got, "Nina Rae") {
		t.Error(got)
	}
	if got := say(t, r, "/eligibility", "1", "/mydata", "correct something", "applicant", "1"); strings.Contains(got, "fit the target") {
		t.Error(got)
	}
	r.Skip(r.Now.Add(24 * time.Hour)) // applications have closed
	if got := say(t, r, "/mydata", "1", "name", "Nina Rai"); !strings.Contains(got, "Changed") || strings.Contains(got, "organisation") || strings.Contains(got, "documents") {
		t.Error(got)
	}
}

// A newer pack may be without a form or a question that somebody is in the middle of: they are heard all the same.
func TestANewerPackEndsWhatItDoesNotHave(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	as(t, r, guest, "/eligibility", "I agree")
	r.Book = bookWith(t, func(e *flows.Event) {
		e.Forms = maps.Clone(e.Forms)
		delete(e.Forms, "eligibility")
	})
	if got := as(t, r, guest, "what is the deadline?"); !strings.Contains(got, "14 February 2020") {
		t.Error(got)
	}
	if got := as(t, r, guest, "/status"); got == "" {
		t.Error("/status says nothing")
	}
}
