package flows_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"olle/flows"
)

var updateReport = flag.Bool("update-report", false, "write the report of the rehearsed workshop anew; then read the difference")

// goldenReport is the report of that workshop. What it says in kind, beside what the article of 2014 says, is laid out in beside-2014.md there.
const goldenReport = "testdata/workshop/report.txt"

// workshop is a whole one in rehearsal: who comes, everything that was said, and what the model (workshop_model_test.go) expects of it.
type workshop struct {
	*testing.T
	run    *flows.Rehearsal
	people []delegate
	heard  []flows.Message // everything said, whoever said what to cause it
	quizAs map[string]model
}

// Four days with twelve people in the manner of 2014, eleven and one observer, from the lobby of the first quiz to the certificate and the
// last check-in: everything counted along the way is what an independent model says, and the report is the one on file.
func TestAWholeWorkshop(t *testing.T) {
	w := openWorkshop(t)
	w.before()
	w.dayOne()
	w.dayTwo()
	w.dayThree()
	w.dayFour()
	w.after()
	w.certificates()
	w.report()
	w.checkIns()
}

// openWorkshop brings the twelve in and sets the programme.
func openWorkshop(t *testing.T) *workshop {
	b := bookWith(t, func(e *flows.Event) {
		e.Cohort = flows.Cohort{TelegramGroup: "telegram:-100500", DiscordChannel: "discord:c77"}
	})
	b.Organisers = []flows.Address{chair}
	w := &workshop{T: t, run: rehearse(t, b, "2020-02-03T09:00:00+09:00"), people: delegates(), quizAs: map[string]model{}}
	for i := range w.people {
		d := &w.people[i]
		w.says(d.who, "/apply", "I agree", "myself", d.name, d.office, "Head of Unit", d.side, "senior", "9", d.city, d.city, d.city, "someone@example.org")
		if d.observer {
			w.says(chair, "/decide "+d.ref(b)+" observer")
		} else {
			w.documents(d.who)
		}
		decide(t, w.run, d.key(), "selected", 0)
	}
	release(t, w.run)
	for _, d := range w.people {
		w.says(d.who, "/seat confirm", "cancel")
	}
	for _, s := range programme() {
		arrange(t, w.run, "session."+s.id, s.line)
	}
	return w
}

// documents sends the seven.
func (w *workshop) documents(who flows.Address) {
	w.Helper()
	for _, item := range w.run.Book.Current.Items {
		if _, err := w.run.Guest(who, flows.Update{Text: item.Name, Files: []flows.File{{Name: item.ID + ".pdf", Type: "pdf:1", Size: 10, Handle: item.ID + string(who)}}}); err != nil {
			w.Fatal(err)
		}
	}
	w.says(who, "later", "/cancel")
}

// says has somebody type lines; it returns what was said to the last.
func (w *workshop) says(who flows.Address, lines ...string) (last string) {
	w.Helper()
	for _, line := range lines {
		messages, err := w.run.Guest(who, flows.Update{Text: line})
		if err != nil {
			w.Fatalf("%s, %q: %v", who, line, err)
		}
		w.heard = append(w.heard, messages...)
		last = texts(messages)
	}
	return last
}

// wants is says with something that must be said.
func (w *workshop) wants(who flows.Address, line, want string) string {
	w.Helper()
	got := w.says(who, line)
	if !strings.Contains(got, want) {
		w.Fatalf("%s, %q: want %q in %s", who, line, want, got)
	}
	return got
}

// clock moves to a moment in Korea and returns what was said on the way.
func (w *workshop) clock(moment string) []flows.Message {
	w.Helper()
	said := clockTo(w.T, w.run, moment)
	w.heard = append(w.heard, said...)
	return said
}

// told counts whom a text reached; each at most once.
func (w *workshop) told(said []flows.Message, text string) (to []flows.Address) {
	w.Helper()
	for _, m := range said {
		if strings.Contains(m.Text, text) {
			if slices.Contains(to, m.To) {
				w.Errorf("%s heard %q twice", m.To, text)
			}
			to = append(to, m.To)
		}
	}
	return to
}

// reaches holds a reminder to its recipients: so many people, and so many rooms.
func (w *workshop) reaches(said []flows.Message, text string, people, rooms int) {
	w.Helper()
	n := 0
	to := w.told(said, text)
	for _, a := range to {
		if a == "telegram:-100500" || a == "discord:c77" {
			n++
		}
	}
	if len(to)-n != people || n != rooms {
		w.Errorf("%q reached %d people and %d rooms, not %d and %d", text, len(to)-n, n, people, rooms)
	}
}

// session takes presence by code: who is there types it, one taps it in as a link, one is tapped in by the host.
func (w *workshop) session(id string) {
	w.Helper()
	code := hostCode(w.T, w.run, id)
	for i, d := range w.people {
		switch {
		case slices.Contains(d.missed, id):
		case i == 2:
			w.wants(d.who, "/start attend-"+code, "You are marked present")
		case i == 5:
			w.says(chair, "/attendance mark "+id+" "+d.ref(w.run.Book))
		default:
			w.wants(d.who, "/attend "+code, "You are marked present")
		}
	}
	want := 0
	for _, d := range w.people {
		if !slices.Contains(d.missed, id) {
			want++
		}
	}
	if here, err := flows.AttendanceOf(w.run, id); err != nil || len(here) != want {
		w.Errorf("%d are present in %s, not %d: %v", len(here), id, want, err)
	}
}

var lobbyCode = regexp.MustCompile(`Code: ([A-Z]{4})`)

// quiz plays one live, in lobby, questions, reveal and end, and compares what came of it with the model.
func (w *workshop) quiz(name string) {
	w.Helper()
	code := lobbyCode.FindStringSubmatch(w.wants(chair, "/quizhost start "+name, "Code: "))[1]
	for i := range w.people {
		w.wants(w.people[i].who, "/quiz "+code, "Others see you as")
		if i%4 == 1 {
			w.wants(w.people[i].who, fmt.Sprintf("/quiz name Star %d", i), fmt.Sprintf("Others see you as Star %d", i))
		}
	}
	set := w.run.Book.Current.Quizzes[name]
	m := model{points: map[string]int{}, right: map[string]int{}}
	for n, q := range set.Questions {
		w.says(chair, map[bool]string{true: "/quizhost open", false: "/quizhost next"}[n == 0])
		tally := m.plays(q)
		for i, d := range w.people {
			if q.Type != "information" {
				w.answers(code, n+1, q, d, m.choice(q, n, i))
				tally.takes(d.key(), m.choice(q, n, i))
			}
		}
		if q.Type == "information" {
			continue
		}
		if n == 1 { // the bell rings by itself, and whoever comes after it is told so
			w.heard = append(w.heard, w.waits(46*time.Second)...)
			w.late(code, n+1, q)
		}
		w.says(chair, "/quizhost reveal")
	}
	ended := w.says(chair, "/quizhost end")
	if want := fmt.Sprintf("points, of %d questions", m.keyed()); strings.Count(ended, want) != len(w.people) {
		w.Errorf("%s: not everybody hears %q: %s", name, want, ended)
	}
	w.same(code, set, m)
	w.quizAs[name] = m
}

func (w *workshop) waits(d time.Duration) []flows.Message {
	w.Helper()
	said, err := w.run.Until(w.run.Now.Add(d))
	if err != nil {
		w.Fatal(err)
	}
	return said
}

// answers gives one person's answer: taps where there are options, words where there are none; "" is no answer.
func (w *workshop) answers(code string, number int, q flows.QuizQuestion, d delegate, choice string) {
	w.Helper()
	if choice == "" {
		return
	}
	if q.Type == "number" || q.Type == "text" {
		w.wants(d.who, choice, "Your answer: "+choice)
		return
	}
	for _, letter := range choice {
		messages, err := w.run.Guest(d.who, flows.Update{Choice: fmt.Sprintf("quiz/%s/%d/%c", code, number, letter)})
		if err != nil || len(messages) != 1 || !messages[0].Ack {
			w.Fatalf("a tap of %s on question %d: %v %s", d.who, number, err, texts(messages))
		}
	}
}

func (w *workshop) late(code string, number int, q flows.QuizQuestion) {
	w.Helper()
	if len(q.Options) == 0 {
		return
	}
	messages, err := w.run.Guest(w.people[0].who, flows.Update{Choice: fmt.Sprintf("quiz/%s/%d/a", code, number)})
	if err != nil || !strings.Contains(texts(messages), "Too late") {
		w.Errorf("after the bell: %v %s", err, texts(messages))
	}
}

// report compares the drafted report with the one on file.
func (w *workshop) report() {
	w.Helper()
	r, err := flows.DraftReport(w.run, programmeOf(w.T, w.run), true, w.run.Now)
	if err != nil {
		w.Fatal(err)
	}
	text := r.Text()
	for _, want := range w.counted() {
		if !strings.Contains(text, want) {
			w.Errorf("the report lacks what the model counts: %q", want)
		}
	}
	for _, d := range w.people {
		if strings.Contains(text, d.name) || strings.Contains(text, d.ref(w.run.Book)) || strings.Contains(text, d.office) {
			w.Errorf("the report gives %s away", d.name)
		}
	}
	if *updateReport {
		if err := os.WriteFile(goldenReport, []byte(text), 0o644); err != nil {
			w.Fatal(err)
		}
	}
	golden, err := os.ReadFile(goldenReport)
	if err != nil || string(golden) != text {
		w.Errorf("the report is not the one in %s (%v); read the difference, and take it with -update-report:\n%s", goldenReport, err, text)
	}
}
