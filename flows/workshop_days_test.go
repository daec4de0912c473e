package flows_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"olle/flows"
)

// before is the month before: tasks, the reminders of the laptop, the self-rating.
func (w *workshop) before() {
	for _, d := range w.people {
		if d.observer {
			continue
		}
		w.says(d.who, "/registration", d.name, "skip", "skip", "Somebody 12345", "yes")
		w.says(d.who, "/travel", "30 March 2020", "skip", "4 April 2020", "skip")
		w.says(d.who, "/assignment", "yes")
		if _, err := w.run.Guest(d.who, flows.Update{Files: []flows.File{{Name: "study.pdf", Type: "pdf:1", Size: 10, Handle: "study" + string(d.who)}}}); err != nil {
			w.Fatal(err)
		}
		w.says(d.who, "cancel")
	}
	said := w.clock("2020-03-26 12:00")
	if n := len(w.told(said, "The programme is new or different in 9 places")); n != len(w.people) {
		w.Errorf("%d heard of the programme", n)
	}
	w.reaches(said, "laptop", len(w.people), 0)
	for i, d := range w.people {
		if d.ratesBefore != "" && i != 3 && i != 8 { // these two wait to be reminded
			w.rateOneself("/before", d.ratesBefore, d)
		}
	}
	w.reaches(w.clock("2020-03-28 23:00"), "how would you rate yourself", 3, 0)
	for _, i := range []int{3, 8} {
		w.rateOneself("/before", w.people[i].ratesBefore, w.people[i])
	}
	w.reaches(w.clock("2020-03-31 08:45"), "laptop", len(w.people), 0)
}

// rateOneself answers the five objectives.
func (w *workshop) rateOneself(command, levels string, d delegate) {
	w.Helper()
	w.says(d.who, command)
	for _, l := range levels {
		w.says(d.who, string(l))
	}
	w.wants(d.who, "yes", "Thank you.")
}

// dayOne: 3Ps and identification, with the quizzes of modules 1 and 3.
func (w *workshop) dayOne() {
	w.session("threep")
	w.clock("2020-03-31 10:00")
	w.quiz("module1-concepts")
	w.clock("2020-03-31 11:00")
	w.session("identify")
	for i, d := range w.people {
		if i%3 == 0 {
			w.wants(d.who, "/group case 1", "Fictional cases only")
		}
		if d.line != "" {
			w.wants(d.who, "/group add "+d.line, "Added as number")
		}
	}
	list, err := flows.Checklist(w.run, "")
	if err != nil {
		w.Fatal(err)
	}
	for _, d := range w.people {
		for _, n := range d.votes {
			w.says(d.who, "/group vote "+list[n].ID)
		}
	}
	list, _ = flows.Checklist(w.run, "")
	for n, l := range list {
		want := 0
		for _, d := range w.people {
			if slices.Contains(d.votes, n) {
				want++
			}
		}
		if l.Votes != want {
			w.Errorf("line %d has %d votes, not %d", n+1, l.Votes, want)
		}
	}
	w.clock("2020-03-31 14:00")
	w.quiz("module3-3ps")
}

// dayTwo: legal frameworks, then CityShare, reminded of the laptop an hour before.
func (w *workshop) dayTwo() {
	w.clock("2020-04-01 08:50")
	w.session("assist")
	w.quiz("module2-frameworks")
	w.reaches(w.clock("2020-04-01 13:30"), "CityShare begins", len(w.people), 2)
	w.clock("2020-04-01 14:00")
	w.session("share")
	w.wants(chair, "/rating open", "is open")
	for i, d := range w.people {
		w.says(d.who, "/rate")
		for _, l := range d.rates {
			w.says(d.who, string(l))
		}
		w.says(d.who, d.shows)
		if d.shows == "country" {
			w.says(d.who, d.city)
		}
		if got := w.says(d.who, "/rate"); strings.Contains(got, "middle") {
			w.Errorf("person %d sees a rating before the reveal: %s", i, got)
		}
	}
	if got := w.says(chair, "/rating export"); strings.Contains(got, "Cambodia") {
		w.Errorf("the host sees a rating before the reveal: %s", got)
	}
	said, err := w.run.Guest(chair, flows.Update{Text: "/rating reveal"})
	if err != nil || len(w.told(said, "revealed to everybody")) != len(w.people) {
		w.Errorf("the reveal reached %d: %v", len(w.told(said, "revealed to everybody")), err)
	}
	w.sameRating()
}

// dayThree: exchange of data and the study visit.
func (w *workshop) dayThree() {
	w.clock("2020-04-02 08:50")
	w.session("exchange")
	w.quiz("module4-cooperation")
	w.reaches(w.clock("2020-04-02 12:30"), "Meeting point: Main gate", len(w.people), 2)
	w.clock("2020-04-02 13:00")
	w.session("visit")
	said := w.clock("2020-04-02 21:00")
	w.reaches(said, "Are your slides ready?", len(w.people), 0)
}

// dayFour: the campaign, plans, the evaluation.
func (w *workshop) dayFour() {
	w.clock("2020-04-03 08:50")
	w.session("campaign")
	w.quiz("module5-action")
	for _, d := range w.people {
		if d.plans {
			plans(w.T, w.run, d.who, d.shares)
		}
	}
	others := w.says(w.people[0].who, "/plan others")
	if n := strings.Count(others, "All officers use one checklist."); n != w.sharing(0) {
		w.Errorf("%d plans of others are shown, not %d: %s", n, w.sharing(0), others)
	}
	w.clock("2020-04-03 11:00")
	w.session("plans")
	w.reaches(w.clock("2020-04-03 15:30"), "How was VCA workshop 2020?", len(w.people), 0)
	for i, d := range w.people {
		if i != 6 { // one who has to be asked again
			w.evaluates(d)
		}
	}
}

// evaluates hands the evaluation in.
func (w *workshop) evaluates(d delegate) {
	w.Helper()
	w.says(d.who, append([]string{"/feedback", fmt.Sprint(d.satisfied), "yes", "yes", yesNo(d.learned), "yes"}, append(d.best, "done")...)...)
	for _, l := range d.ratesAfter {
		w.says(d.who, string(l))
	}
	w.says(d.who, "skip", "skip")
	w.wants(d.who, "yes", "It is with the others now")
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// after: the last evaluation comes when asked again, and results are nobody's before the end.
func (w *workshop) after() {
	w.reaches(w.clock("2020-04-07 23:00"), "How was VCA workshop 2020?", 1, 0)
	w.evaluates(w.people[6])
	if got := w.says(chair, "/results"); strings.Contains(got, "mean") || !strings.Contains(got, "Handed in: 12") {
		w.Errorf("results before the end: %s", got)
	}
	w.reaches(w.clock("2020-04-18 12:00"), "closes soon", 0, 0)
	if got := w.says(chair, "/results"); !strings.Contains(got, "12 answers") {
		w.Errorf("results after the end: %s", got)
	}
}

// certificates go to those who fulfil the rule, at the release or when they do; to nobody else.
func (w *workshop) certificates() {
	said, err := w.run.Guest(chair, flows.Update{Text: "/certificates release now"})
	if err != nil {
		w.Fatal(err)
	}
	var want []flows.Address
	for _, d := range w.people {
		if d.earns() && d.plans {
			want = append(want, d.who)
		}
	}
	if got := w.told(said, "Congratulations!"); !sameAddresses(got, want) {
		w.Errorf("certificates went to %v, not to %v: %s", got, want, w.says(chair, "/certificates"))
	}
	for _, d := range w.people {
		switch got := w.says(d.who, "/certificate"); {
		case d.observer && !strings.Contains(got, "as an observer"):
			w.Errorf("the observer hears %s", got)
		case len(d.missed) > 0 && !strings.Contains(got, "presence: 6 of 8 sessions, 7 are needed"):
			w.Errorf("who missed a day and more hears %s", got)
		case d.earns() && !d.plans:
			if !strings.Contains(got, "an action plan") {
				w.Errorf("who made no plan hears %s", got)
			}
			plans(w.T, w.run, d.who, d.shares)
			w.wants(d.who, "/certificate", "made out to "+d.name)
		}
	}
	given, err := w.run.List("certificate/", "", 100)
	if err != nil || len(given) != w.certified() {
		w.Errorf("%d certificates, not %d: %v", len(given), w.certified(), err)
	}
}

func sameAddresses(a, b []flows.Address) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// checkIns ask every author after three months, each at ten by their own clock, and hear what they say.
func (w *workshop) checkIns() {
	w.waits(time.Date(2020, 7, 2, 23, 59, 0, 0, time.UTC).Sub(w.run.Now))
	said := w.waits(48 * time.Hour)
	authors := 0
	for _, d := range w.people {
		if d.makesPlan() {
			authors++
		}
	}
	if n := len(w.told(said, "how is your action plan going")); n != authors-1 { // whose plan came late is asked later
		w.Errorf("%d were asked after three months, of %d authors", n, authors)
	}
	w.says(w.people[0].who, "/plan going", "All districts have the checklist.")
	w.says(w.people[1].who, "/plan stuck", "skip")
	if got := w.says(chair, "/plans"); !strings.Contains(got, fmt.Sprintf("%d action plans, %d shared with the cohort. Done: 0, on the way: 1, stuck: 1, nothing said yet: %d.", authors, w.sharing(-1), authors-2)) {
		w.Errorf("the cohort's plans: %s", got)
	}
}
