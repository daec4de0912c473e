package flows_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"olle/flows"
)

// evaluation is what the i-th of the people answers: satisfied, useful, recommend, learned, use, best, the five objectives, words.
func evaluation(i int) []string {
	learned := "yes"
	if i == 3 {
		learned = "no"
	}
	best := []string{"Victim Identification", "Data and Information Exchange", "Introducing the 3P Approach"}
	if i%4 == 1 {
		best = []string{"Data and Information Exchange", "Victim Identification", "Introducing the 3P Approach"}
	}
	lines := append([]string{"/feedback", fmt.Sprint(4 + i%2), "yes", "yes", learned, "yes"}, best...)
	return append(lines, "done", "4", "4", "5", "3", fmt.Sprint(3+i%3), fmt.Sprintf("secret-%c-remark", 'a'+i), "skip", "yes")
}

// dump is everything that is stored, key by key.
func dump(t *testing.T, r *flows.Rehearsal) (docs []flows.Doc) {
	t.Helper()
	docs, err := r.List("", "", math.MaxInt32)
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// An attacker has everything that is stored after twelve people handed in, knows who they are, when each of them wrote, and what the
// installation's dice rolled. The sheets must be the same whoever handed in what and in whichever order: then nothing in the store can
// tell. Everybody needs as many messages as everybody else here: how many somebody needed can be counted (see evaluation.go).
func TestNoAnswerIsTiedToAPerson(t *testing.T) {
	worlds := make([][]flows.Doc, 2)
	for w := range worlds {
		r, all := room(t, 6)
		clockTo(t, r, "2020-04-03 15:30")
		for i := range all {
			mine := i
			if w == 1 { // the same answers, by other people, and so in another order
				mine = len(all) - 1 - i
			}
			if got := as(t, r, all[i], evaluation(mine)...); !strings.Contains(got, "It is with the others now") {
				t.Fatalf("not handed in: %s", got)
			}
		}
		worlds[w] = dump(t, r)
	}
	was := map[string]flows.Doc{}
	for _, d := range worlds[0] {
		was[d.Key] = d
	}
	piles := 0
	for _, d := range worlds[1] {
		if strings.HasPrefix(d.Key, "evaluation/") {
			piles++
		} else if bytes.Contains(d.Data, []byte("secret-")) {
			t.Errorf("%s holds an answer", d.Key)
		}
		if other := was[d.Key]; !bytes.Equal(other.Data, d.Data) || other.Rev != d.Rev || !other.Until.Equal(d.Until) {
			t.Errorf("%s depends on who answered what:\n%d %s\n%d %s", d.Key, other.Rev, other.Data, d.Rev, d.Data)
		}
		delete(was, d.Key)
	}
	if piles != 1 || len(was) != 0 {
		t.Errorf("%d piles of sheets, and %d documents of one world only", piles, len(was))
	}
	var pile flows.Sheets
	for _, d := range worlds[0] {
		if d.Key == flows.SheetsKey("vca-jeju-2020", "evaluation") {
			if err := json.Unmarshal(d.Data, &pile); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(pile.Sheets) != 6 || !slices.IsSortedFunc(pile.Sheets, func(a, b json.RawMessage) int { return bytes.Compare(a, b) }) {
		t.Errorf("%d sheets, in the order in which they came", len(pile.Sheets))
	}
}

// What was typed for an answer is forgotten by platforms that keep the talk, and the bot never repeats one.
func TestAnswersAreNotRepeated(t *testing.T) {
	r, all := room(t, 1)
	clockTo(t, r, "2020-04-03 15:30")
	for _, line := range evaluation(0) {
		messages, err := r.Guest(all[0], flows.Update{Text: line})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			if line != "/feedback" && !m.Forget || strings.Contains(m.Text, "secret-") {
				t.Errorf("after %q: forget %v: %s", line, m.Forget, m.Text)
			}
		}
	}
}

// Nobody sees results before the end, or of fewer than five; what was closed stays closed.
func TestResultsComeOnceAndOfFive(t *testing.T) {
	r, all := room(t, 5)
	clockTo(t, r, "2020-04-03 15:30")
	for i, who := range all[:4] {
		as(t, r, who, evaluation(i)...)
	}
	if got := as(t, r, chair, "/results"); !strings.Contains(got, "Handed in: 4") || strings.Contains(got, "mean") {
		t.Error(got)
	}
	said := texts(clockTo(t, r, "2020-04-10 12:00"))
	if n := strings.Count(said, "How was VCA workshop 2020?"); n != 1 {
		t.Errorf("%d were reminded, one has not answered: %s", n, said)
	}
	now := at(t, "2020-04-30 12:00")
	if got, err := flows.EvaluationResults(r, r.Book.Current, now); err != nil || !got.Few || got.Figures != nil {
		t.Errorf("four sheets are shown: %+v %v", got, err)
	}
	as(t, r, all[4], evaluation(4)...)
	if got, err := flows.EvaluationResults(r, r.Book.Current, now); err != nil || got.Few || len(got.Figures) == 0 {
		t.Errorf("five sheets are not shown: %+v %v", got, err)
	}
	as(t, r, chair, "/results close now")
	if got := as(t, r, chair, "/results"); !strings.Contains(got, "Useful: Yes 5 (5 answers)") {
		t.Error(got)
	}
	arrange(t, r, "evaluation.closes", "2020-05-30 12:00")
	if got := as(t, r, "web:5002", "/feedback"); strings.Contains(got, "How satisfied") {
		t.Errorf("opened again after the results were seen: %s", got)
	}
}

// What was closed stays closed, so a slip in its dates closes nothing: neither a moment that is over nor one before it opens is taken.
func TestASlipDoesNotCloseTheEvaluation(t *testing.T) {
	e := book(t).Current
	for _, c := range []struct{ key, value, now, want string }{
		{"closes", "2019-04-20 23:59", "2020-04-01 12:00", "is over"},
		{"closes", "2020-04-10 12:00:00", "2020-04-10 12:00", "is over"},
		{"closes", "2020-04-02 23:59", "2020-04-01 12:00", "opens on 2020-04-03 00:00"},
		{"opens", "2020-05-03 09:00", "2020-04-01 12:00", "closes on 2020-04-18 00:00"},
		{"closes", "2020-04-20 23:59", "2020-04-18 00:00", "cannot be opened again"},
		{"closes", "2020-04-20 23:59", "2020-04-01 12:00", ""},
		{"opens", "2020-04-02 09:00", "2020-04-01 12:00", ""},
	} {
		var o flows.Override
		err := o.Set(e, "evaluation."+c.key, c.value, "olga", at(t, c.now))
		if err == nil != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) || err != nil && o.Evaluation != nil {
			t.Errorf("%s %s at %s: %v, not %q", c.key, c.value, c.now, err, c.want)
		}
	}
}

// The reminders of the evaluation go with it, wherever organisers move it: none before it is open, the last shortly before it closes.
func TestRemindersFollowTheEvaluation(t *testing.T) {
	for _, c := range []struct{ opens, closes, want string }{
		{"2020-04-03 00:00:00", "2020-04-18 00:00:00", "3 Apr 15:00, 7 Apr 12:00, 16 Apr 12:00 last"},
		{"2020-04-05 09:00:00", "2020-05-20 18:00:00", "6 Apr 00:00, 9 Apr 21:00, 19 May 06:00 last"},
		{"2020-04-05 09:00:00", "2020-04-06 18:00:00", "5 Apr 09:00 last, 6 Apr 00:00"},
	} {
		r, all := room(t, 1)
		as(t, r, all[0], "/reminders quiet none")
		arrange(t, r, "evaluation.opens", c.opens)
		arrange(t, r, "evaluation.closes", c.closes)
		var heard []string
		for m := at(t, "2020-04-02 12:00"); m.Before(at(t, "2020-05-30 12:00")); m = m.Add(time.Minute) {
			for _, said := range clockTo(t, r, m.Format("2006-01-02 15:04")) {
				if strings.Contains(said.Text, "five minutes") {
					heard = append(heard, m.Format("2 Jan 15:04")+map[bool]string{true: " last"}[strings.Contains(said.Text, "closes soon")])
				}
			}
		}
		if got := strings.Join(heard, ", "); got != c.want {
			t.Errorf("open from %s to %s: %s, not %s", c.opens, c.closes, got, c.want)
		}
	}
}

// Twelve people in the manner of 2014, from the first session to the certificate, and the report that comes of it.
func TestAWorkshopLike2014(t *testing.T) {
	r, all := room(t, 12)
	clockTo(t, r, "2020-03-29 12:00")
	for i, who := range all {
		as(t, r, who, "/before", fmt.Sprint(1+i%3), "2", "2", "2", fmt.Sprint(1+i%2), "yes")
	}
	for session, when := range map[string]string{"concepts": "2020-03-31 09:05"} {
		clockTo(t, r, when)
		code := hostCode(t, r, session)
		for _, who := range all[:11] {
			as(t, r, who, "/attend "+code)
		}
	}
	clockTo(t, r, "2020-04-03 15:30")
	for i, who := range all {
		as(t, r, who, evaluation(i)...)
	}
	as(t, r, chair, "/results close now")
	report, err := flows.DraftReport(r, programmeOf(t, r), true, r.Now)
	if err != nil {
		t.Fatal(err)
	}
	text := report.Text()
	for _, want := range []string{
		"12 participants from 4 countries", "Indonesia (3)", "led by Tim Howe, Masako Ueda and Sebastian Boll (3).", "(11 of 12)",
		"All those who took part handed it in (12 of 12).", "All those who answered agreed that the course was useful (12 of 12).", "would recommend it to others (12 of 12).",
		"The majority of those who answered said that they had learned something new (11 of 12).", "will likely use what they have learned (12 of 12).",
		"As most interesting and useful they named “Victim Identification” (chosen by 12 of 12, first by 9), followed by “Data and Information Exchange” (chosen by 12 of 12, first by 3) and “Introducing the 3P Approach” (chosen by 12 of 12, first by 0).",
		"Basic concepts: the mean self-rating rose to 4.0 (12 answers) from 2.0 before the workshop (12 answers), on a scale to 5.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	certificatesOf(t, r, all)
}

// programmeOf is the event as organisers left it.
func programmeOf(t *testing.T, r *flows.Rehearsal) *flows.Event {
	t.Helper()
	docs, err := r.Load("event/" + r.Book.Current.ID)
	var o flows.Override
	if err != nil || json.Unmarshal(docs[0].Data, &o) != nil {
		t.Fatal(err)
	}
	return o.Apply(r.Book.Current)
}

// certificatesOf hands the certificates out: to those who fulfil the rule, at the release or when they do; to nobody else.
func certificatesOf(t *testing.T, r *flows.Rehearsal, all []flows.Address) {
	t.Helper()
	rule := func(c flows.CertificateRule) { // a pack does not change while the program runs: this is another
		e := *r.Book.Current
		e.Certificate, r.Book.Current = c, &e
	}
	rule(flows.CertificateRule{Attendance: 0.8, Tasks: true, Evaluation: true})
	if got := as(t, r, all[0], "/certificate"); !strings.Contains(got, "not released yet") || !strings.Contains(got, "Registration form") {
		t.Error(got)
	}
	rule(flows.CertificateRule{Attendance: 0.8, Evaluation: true})
	r.Book.Covers = func(name string) bool { return name != "김민지" }
	if got := as(t, r, chair, "/certificates"); !strings.Contains(got, "11 have fulfilled") || !strings.Contains(got, "present in 0 of 1 sessions, 1 needed") {
		t.Error(got)
	}
	messages, err := r.Guest(chair, flows.Update{Text: "/certificates release now"})
	if err != nil || strings.Count(texts(messages), "Congratulations!") != 11 {
		t.Fatalf("%v: %s", err, texts(messages))
	}
	if got := as(t, r, all[11], "/certificate"); !strings.Contains(got, "presence: 0 of 1 sessions") {
		t.Error(got)
	}
	if said := inside(t, r, flows.Update{Subject: flows.PersonID(all[11]), Call: "certificate/give", From: all[11]}); said != "" {
		t.Errorf("somebody gave it to themselves: %s", said)
	}
	ref := "VCA20-" + strings.ToUpper(strings.TrimPrefix(flows.PersonID(all[11]), "person/")[:6])
	if messages, err = r.Guest(chair, flows.Update{Text: "/certificates give " + ref}); err != nil || !strings.Contains(texts(messages), "Congratulations!") {
		t.Errorf("%v: %s", err, texts(messages))
	}
	as(t, r, all[0], "/registration", "김민지", "skip", "skip", "Sita 12345", "yes")
	if got := as(t, r, all[0], "/certificate"); !strings.Contains(got, "the letters of the name 김민지 are not in the font") {
		t.Error(got)
	}
	if got := as(t, r, chair, "/certificates"); !strings.Contains(got, "OLLE_PAPER_FONT") {
		t.Error(got)
	}
	r.Book.Joined = func(name string) bool { return name == "김민지" } // no font would help
	if got := as(t, r, all[0], "/certificate"); !strings.Contains(got, "in Latin letters") || strings.Contains(got, "font") {
		t.Error(got)
	}
	if got := as(t, r, chair, "/certificates"); strings.Contains(got, "OLLE_PAPER_FONT") || !strings.Contains(got, "in Latin letters, with /mydata: VCA20-") {
		t.Error(got)
	}
	given, _ := r.List("certificate/", "", 100)
	if len(given) != 12 || bytes.Contains(given[0].Data, []byte("person/")) || bytes.Contains(given[0].Data, []byte("VCA20-")) {
		t.Errorf("%d certificates, the first %s", len(given), given[0].Data)
	}
	as(t, r, all[1], "/delete", "delete everything")
	if given, _ = r.List("certificate/", "", 100); len(given) != 11 {
		t.Errorf("a deleted person has a certificate: %d", len(given))
	}
}
