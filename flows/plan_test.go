package flows_test

import (
	"strings"
	"testing"
	"time"

	"olle/flows"
)

// plans fills in a plan.
func plans(t *testing.T, r *flows.Rehearsal, who flows.Address, share string) {
	t.Helper()
	got := as(t, r, who, "/plan", "I agree", "All officers use one checklist.", "training", "Kathmandu", "30 November 2020", "200 officers trained",
		"Agree on it", "skip", "Training unit", "skip", "5.2", share)
	if !strings.Contains(got, "complete") {
		t.Fatal(got)
	}
}

func onlyPlan(t *testing.T, r *flows.Rehearsal, who flows.Address) *flows.Plan {
	t.Helper()
	p, err := flows.ReadPlan(r, flows.PersonID(who))
	if err != nil || p == nil {
		t.Fatal(p, err)
	}
	return p
}

// A plan is shared only by its author's choice, and stops being shared the moment the choice is changed.
func TestPlansAreSharedByChoice(t *testing.T) {
	r := rehearse(t, book(t), "2020-04-02T14:00:00+09:00")
	plans(t, r, "telegram:11", "only the organisers")
	if got := as(t, r, "telegram:12", "/plan others"); strings.Contains(got, "checklist") {
		t.Error(got)
	}
	as(t, r, "telegram:11", "/plan change shared with", "everybody")
	if got := as(t, r, "telegram:12", "/plan others"); !strings.Contains(got, "All officers use one checklist.") {
		t.Error(got)
	}
	as(t, r, "telegram:11", "/plan change share", "only the organisers")
	if got := as(t, r, "telegram:12", "/plan others"); strings.Contains(got, "checklist") {
		t.Error(got)
	}
	p := onlyPlan(t, r, "telegram:11")
	if p.Target != "Target 5.2" || p.Kind != "Training" || p.Shared || !strings.Contains(p.Text(r.Book.Current), "Step 1: Agree on it") {
		t.Errorf("%+v", p)
	}
}

// Check-ins come after 3, 6 and 12 months at ten in the morning, once each, and end with the plan.
func TestCheckIns(t *testing.T) {
	r := rehearse(t, book(t), "2020-04-02T14:00:00+09:00")
	plans(t, r, "telegram:11", "only the organisers")
	asked := func(until string) (times int) {
		t.Helper()
		then, err := time.Parse(time.RFC3339, until)
		if err != nil {
			t.Fatal(err)
		}
		said, err := r.Until(then)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(texts(said), "how is your action plan going")
	}
	if asked("2020-07-03T09:59:00+09:00") != 0 || asked("2020-07-03T10:00:00+09:00") != 1 || asked("2020-10-03T09:59:00+09:00") != 0 {
		t.Fatal("the first check-in is not three months after the workshop, at ten")
	}
	as(t, r, "telegram:11", "/plan going", "it goes")
	as(t, r, "telegram:11", "/plan stuck", "skip")
	if p := onlyPlan(t, r, "telegram:11"); len(p.Checks) != 1 || p.State() != "stuck" || p.Checks[0].Month != 3 {
		t.Errorf("who thought again has %+v", p.Checks)
	}
	as(t, r, "telegram:11", "/plan change where", "Pokhara") // changing the plan loses no check-in and plants none twice
	if asked("2020-10-03T10:00:00+09:00") != 1 {
		t.Error("nobody asks after six months")
	}
	as(t, r, "telegram:11", "/plan done", "finished")
	if asked("2022-01-01T00:00:00+09:00") != 0 {
		t.Error("a plan that is done is asked about")
	}
	as(t, r, "telegram:1", "/start")
	if got := as(t, r, "telegram:1", "/plans"); !strings.Contains(got, "Done: 1") && !strings.Contains(got, "0 action plans") {
		t.Error(got)
	}
}

// What is typed into the checklist is not anybody's address, comes once, and is no cry for help that everybody reads.
func TestTheChecklistStaysClean(t *testing.T) {
	r := rehearse(t, book(t), "2020-04-01T10:00:00+09:00")
	as(t, r, "telegram:11", "/group add First line", "I agree")
	for _, bad := range []string{"write to nina@example.org", "call 064-735-6586", "first  LINE", "x", strings.Repeat("a", 201)} {
		as(t, r, "telegram:11", "/group add "+bad)
	}
	as(t, r, "telegram:11", "/group add help me, they took my passport and lock me in")
	list, err := flows.Checklist(r, "")
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	as(t, r, "telegram:12", "/group vote 1", "I agree", "/group vote 1", "/group vote 1", "/group vote 1")
	if list, _ = flows.Checklist(r, ""); list[0].Votes != 1 {
		t.Errorf("%+v", list)
	}
	if got := as(t, r, "telegram:12", "/group drop 1"); !strings.Contains(got, "Only whoever wrote") {
		t.Error(got)
	}
	if got := as(t, r, chair, "/group drop 1"); !strings.Contains(got, "off the list") {
		t.Error(got)
	}
	for range 40 {
		as(t, r, "telegram:13", "/group add line "+strings.Repeat("b", 1+len(mustList(t, r))))
	}
	if n := len(mustList(t, r)); n != 0 { // no consent, nothing kept
		t.Errorf("%d lines without consent", n)
	}
	as(t, r, "telegram:13", "I agree")
	for i := range 40 {
		as(t, r, "telegram:13", "/group add line "+strings.Repeat("c", 1+i))
	}
	if n := len(mustList(t, r)); n > 15 {
		t.Errorf("one person wrote %d lines", n)
	}
}

func mustList(t *testing.T, r *flows.Rehearsal) []flows.GroupLine {
	t.Helper()
	all, err := flows.Checklist(r, "")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A check-in follows the workshop and the author's clock to their new places.
func TestCheckInsMoveAlong(t *testing.T) {
	checkIns := func(r *flows.Rehearsal) (n int) {
		for _, m := range clockTo(t, r, "2021-06-05 00:00") {
			if strings.Contains(m.Text, "All officers use one checklist") {
				n++
			}
		}
		return n
	}
	t.Run("postponed", func(t *testing.T) {
		r := rehearse(t, book(t), "2020-04-02T14:00:00+09:00")
		plans(t, r, guest, "only the organisers")
		r.Book = bookWith(t, func(e *flows.Event) { e.Start, e.End = e.Start.AddDate(0, 2, 0), e.End.AddDate(0, 2, 0) })
		if n := checkIns(r); n != 3 {
			t.Errorf("%d check-ins, want 3", n)
		}
	})
	t.Run("elsewhere", func(t *testing.T) {
		r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
		apply(t, r, "Islamabad")
		clockTo(t, r, "2020-04-02 14:00")
		as(t, r, guest, "cancel", "/plan", "All officers use one checklist.", "training", "Kathmandu", "30 November 2020", "200 officers trained",
			"Agree on it", "skip", "Training unit", "skip", "5.2", "only the organisers")
		for _, choice := range []string{"/mydata", "mydata/show/correct", "mydata/which/profile.workplace"} {
			if _, err := r.Guest(guest, flows.Update{Choice: choice}); err != nil {
				t.Fatal(err)
			}
		}
		as(t, r, guest, "Tokyo")
		if n := checkIns(r); n != 3 {
			t.Errorf("%d check-ins, want 3", n)
		}
	})
}
