package flows_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"olle/flows"
)

// round is a rehearsal in which cityshare is open; telegram:1 is the organiser.
func round(t *testing.T, b *flows.Book) *flows.Rehearsal {
	t.Helper()
	r := rehearse(t, b, "2020-03-31T09:00:00+09:00")
	if got := as(t, r, chair, "/rating open"); !strings.Contains(got, "is open") {
		t.Fatal(got)
	}
	return r
}

// rates lets somebody rate every area and choose what others see.
func rates(t *testing.T, r *flows.Rehearsal, who flows.Address, levels, show string) string {
	t.Helper()
	as(t, r, who, "/rate", "I agree")
	for _, l := range levels {
		as(t, r, who, string(l))
	}
	got := as(t, r, who, strings.Split(show, "|")...)
	if !strings.Contains(got, "areas are rated") {
		t.Fatalf("%s: %s", who, got)
	}
	return got
}

// Before the reveal nobody learns any rating, whatever they ask; from it on everybody sees the same.
func TestNothingIsSeenBeforeTheReveal(t *testing.T) {
	r := round(t, book(t))
	rates(t, r, "telegram:11", "5555555", "country|Nepal")
	rates(t, r, "telegram:12", "5555555", "country|Cambodia")
	rates(t, r, "telegram:13", "4444444", "nothing")
	for _, who := range []flows.Address{"telegram:11", chair, "telegram:99"} {
		for _, probe := range []string{"/rate", "/rate countries", "/rate spread cityshare", "/rate match", "/rate meet cityshare data", "/rating", "/rating export", "/rate show", "/cancel"} {
			if got := as(t, r, who, probe); strings.Contains(got, "Nepal") || strings.Contains(got, "middle") || strings.Contains(got, "rated high") || strings.Contains(got, "internal use") {
				t.Errorf("%s, %s: %s", who, probe, got)
			}
		}
		as(t, r, who, "/cancel")
	}
	said, err := r.Guest(chair, flows.Update{Text: "/rating reveal"})
	if err != nil {
		t.Fatal(err)
	}
	told := map[flows.Address]bool{}
	for _, m := range said {
		told[m.To] = told[m.To] || strings.Contains(m.Text, "revealed to everybody")
	}
	if len(told) != 4 || !told["telegram:11"] || !told["telegram:12"] || !told["telegram:13"] {
		t.Fatalf("told: %v", told)
	}
	if got := as(t, r, "telegram:99", "/rate"); !strings.Contains(got, "Prosecution: 0 · 0 · 0 · 1 · 2, middle 5.0") || strings.Contains(got, "Nepal") {
		t.Error(got)
	}
	if got := as(t, r, "telegram:11", "/rate identification"); strings.Contains(got, "1 of 7)") {
		t.Errorf("rated after the reveal: %s", got)
	}
}

// A rating that is under way when all is revealed hears so, and what was rated before counts.
func TestTheBellRingsInMidExercise(t *testing.T) {
	r := round(t, book(t))
	rates(t, r, "telegram:11", "5555555", "nothing")
	rates(t, r, "telegram:12", "3333333", "nothing")
	as(t, r, "telegram:13", "/rate", "I agree", "1", "1")
	as(t, r, chair, "/rating reveal")
	if got := as(t, r, "telegram:13", "1"); strings.Contains(got, "(4 of 7)") {
		t.Error(got)
	}
	messages, err := r.Guest("telegram:13", flows.Update{Choice: "rate/area/cityshare.data.1"})
	if err != nil {
		t.Fatal(err)
	}
	g, _, _, _ := flows.ReadRating(r, r.Book.Current, "cityshare")
	sheets, _ := flows.RatingSheets(r, "cityshare")
	got := flows.CountRating(g, sheets)
	if got.Raters != 3 || got.Areas[1].N != 3 || got.Areas[2].N != 2 || got.Areas[2].Counts[4] != 0 {
		t.Errorf("%+v after %s", got, texts(messages))
	}
}

// Whoever stays unnamed cannot be found by taking those who are shown away from the spread, whoever agreed and whoever did not.
func TestTheUnnamedCannotBeWorkedOut(t *testing.T) {
	g := book(t).Current.Ratings["cityshare"]
	for n := range 9 {
		for hidden := range n + 1 {
			sheets := map[string]*flows.RatingSheet{}
			for i := range n {
				s := &flows.RatingSheet{Levels: map[string]flows.Rated{}, Show: "country", Country: "NP"}
				if i < hidden {
					s.Show, s.Country = "nobody", ""
				}
				for _, a := range g.Areas {
					s.Levels[a.ID] = flows.Rated{Level: 1 + (i % 5), Of: 5}
				}
				sheets[fmt.Sprintf("person%d", (i*7)%10)] = s
			}
			r := flows.CountRating(g, sheets)
			shown := 0
			for _, c := range r.Countries {
				shown += c.Raters
			}
			if left := n - shown; left != r.Unnamed || left > 0 && left < flows.LeastRaters && n >= flows.LeastRaters || shown > n-hidden {
				t.Errorf("%d people, %d of them hidden: %d shown, %d left", n, hidden, shown, left)
			}
			for _, a := range r.Areas {
				if sum := a.Counts[0] + a.Counts[1] + a.Counts[2] + a.Counts[3] + a.Counts[4]; n < flows.LeastRaters && sum > 0 || n >= flows.LeastRaters && sum != n {
					t.Errorf("%d people, the spread has %d", n, sum)
				}
			}
		}
	}
}

// The pack changes while people rate: nothing is lost, what reads differently is asked again, what is gone does no harm.
func TestAGridChangedInMidExercise(t *testing.T) {
	b := book(t)
	r := round(t, b)
	rates(t, r, "telegram:11", "1234512", "nothing")
	as(t, r, "telegram:12", "/rate", "I agree", "2")
	changed := *b.Current.Ratings["cityshare"]
	changed.Areas = append([]flows.Area(nil), changed.Areas[1:]...) // identification is gone
	changed.Areas[0].Levels = append([]string{"Something else."}, changed.Areas[0].Levels[1:]...)
	changed.Areas = append(changed.Areas, flows.Area{ID: "training", Name: "Training", Levels: []string{"a", "b", "c", "d", "e"}})
	b.Current.Ratings["cityshare"] = &changed
	if got := as(t, r, "telegram:12", "3"); !strings.Contains(got, "Assistance and protection (1 of 7)") && !strings.Contains(got, "Prosecution") {
		t.Errorf("whose area is gone hears: %s", got)
	}
	got := as(t, r, "telegram:11", "/rate")
	if !strings.Contains(got, "changed the grid") || !strings.Contains(got, "Assistance and protection (1 of 7)") || !strings.Contains(got, "answered with level 2") {
		t.Fatal(got)
	}
	if got = as(t, r, "telegram:11", "4", "5"); !strings.Contains(got, "7 of 7") {
		t.Error(got)
	}
	sheets, _ := flows.RatingSheets(r, "cityshare")
	mine := sheets[strings.TrimPrefix(flows.PersonID("telegram:11"), "person/")]
	if mine.Levels["identification"].Level != 1 || mine.Levels["protection"].Level != 4 || mine.Levels["training"].Level != 5 || mine.Levels["data"].Level != 2 {
		t.Errorf("%+v", mine.Levels)
	}
	delete(b.Current.Ratings, "cityshare")
	if got := as(t, r, "telegram:12", "3", "/rate", "/mydata"); got == "" {
		t.Error("nothing is said when the grid is gone")
	}
}

// Only those with the right steer a round; a participant's word is no command, and a forged call changes nothing.
func TestRoundsNeedTheRight(t *testing.T) {
	r := rehearse(t, book(t), "2020-03-31T09:00:00+09:00")
	if got := as(t, r, "telegram:11", "/rating open"); !strings.Contains(got, "do not know that command") {
		t.Error(got)
	}
	inside(t, r, flows.Update{Subject: "rating/cityshare", Call: "rating/open", From: "telegram:11"})
	if docs, _ := r.Load("rating/cityshare"); docs[0].Data != nil {
		t.Error("somebody without a right opened a round")
	}
	as(t, r, chair, "/rating open")
	rates(t, r, "telegram:11", "1111111", "nothing")
	rates(t, r, "telegram:12", "1111111", "nothing")
	if got := as(t, r, chair, "/rating reveal"); !strings.Contains(got, "takes 3") {
		t.Error(got)
	}
	inside(t, r, flows.Update{Subject: "rating/cityshare", Call: "rating/reveal", From: chair})
	if _, now, _, _ := flows.ReadRating(r, r.Book.Current, "cityshare"); now.Seen() {
		t.Error("two ratings were revealed")
	}
}

// meets plays to where one person is asked, and returns who.
func meets(t *testing.T, r *flows.Rehearsal, levels ...string) flows.Address {
	t.Helper()
	for i, l := range levels {
		rates(t, r, flows.Address(fmt.Sprint("telegram:", 11+i)), l, "nothing")
	}
	as(t, r, chair, "/rating reveal")
	as(t, r, "telegram:11", "/rate meet cityshare data", "Nina, nina@example.org")
	said, err := r.Guest("telegram:11", flows.Update{Text: "pass it on"})
	if err != nil {
		t.Fatal(err)
	}
	return asked(said)
}

func asked(said []flows.Message) flows.Address {
	for _, m := range said {
		if strings.Contains(m.Text, "would like to hear") {
			return m.To
		}
	}
	return ""
}

// Who declines, says nothing or leaves is never named; the next is asked; words pass only when both agreed, and then exactly those.
func TestIntroductions(t *testing.T) {
	r := round(t, book(t))
	first := meets(t, r, "1111111", "5555555", "5555555", "5555555", "4444444", "2222222")
	if first == "" || first == "telegram:15" || first == "telegram:16" {
		t.Fatalf("asked: %q", first)
	}
	id := meetingOf(t, r)
	if got := as(t, r, "telegram:16", "/rate yes "+id); !strings.Contains(got, "no longer open") {
		t.Errorf("somebody who was not asked: %s", got)
	}
	said, err := r.Guest(first, flows.Update{Text: "/rate no " + id})
	if err != nil {
		t.Fatal(err)
	}
	second := asked(said)
	if second == "" || second == first {
		t.Fatalf("then asked: %q", second)
	}
	for _, m := range said {
		if m.To == "telegram:11" || strings.Contains(m.Text, "nina@example.org") {
			t.Errorf("told too early: %+v", m)
		}
	}
	if said, err = r.Until(r.Now.Add(4 * 24 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	third := asked(said)
	if third == "" || third == second || third == first {
		t.Fatalf("after days of silence: %q", third)
	}
	as(t, r, third, "/rate yes "+id, "Tara, tara@example.org")
	if said, err = r.Guest(third, flows.Update{Text: "pass it on"}); err != nil {
		t.Fatal(err)
	}
	heard := map[flows.Address]string{}
	for _, m := range said {
		heard[m.To] += m.Text
	}
	if !strings.Contains(heard["telegram:11"], "Tara, tara@example.org") || !strings.Contains(heard[third], "Nina, nina@example.org") || len(heard) != 2 {
		t.Errorf("%v", heard)
	}
	docs, _ := r.List("meet/", "", 9)
	if len(docs) != 1 || strings.Contains(string(docs[0].Data), "example.org") {
		t.Errorf("kept: %s", docs[0].Data)
	}
}

// Who agrees after the days of waiting hears that somebody else is asked now, and passes nothing on.
func TestAgreeingTooLate(t *testing.T) {
	r := round(t, book(t))
	first := meets(t, r, "1111111", "5555555", "5555555", "5555555", "4444444", "2222222")
	as(t, r, first, "/rate yes "+meetingOf(t, r), "Tara, tara@example.org")
	if _, err := r.Until(r.Now.Add(4 * 24 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	said, err := r.Guest(first, flows.Update{Text: "pass it on"})
	if err != nil || !strings.Contains(texts(said), "no longer open") || strings.Contains(texts(said), "example.org") {
		t.Errorf("%s, %v", texts(said), err)
	}
}

func meetingOf(t *testing.T, r *flows.Rehearsal) string {
	t.Helper()
	docs, err := r.List("meet/", "", 9)
	if err != nil || len(docs) != 1 {
		t.Fatal(docs, err)
	}
	return strings.TrimPrefix(docs[0].Key, "meet/")
}

// Deleting takes a person's ratings, plan, lines and votes, and their part in introductions.
func TestDeletionTakesWhatLiesApart(t *testing.T) {
	r := round(t, book(t))
	first := meets(t, r, "1111111", "5555555", "1111111")
	as(t, r, "telegram:11", "/group add A line for all", "/group vote 1")
	if got := as(t, r, "telegram:11", "/mydata"); !strings.Contains(got, "Data and information exchange 1") || !strings.Contains(got, "A line for all") {
		t.Error(got)
	}
	for _, who := range []flows.Address{first, "telegram:11"} {
		as(t, r, who, "/delete", "delete")
		name := strings.TrimPrefix(flows.PersonID(who), "person/")
		for _, prefix := range []string{"rating/", "plan/", "group/", "vote/", "meet/", "person/", "card/"} {
			docs, err := r.List(prefix, "", 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range docs {
				if strings.Contains(d.Key+string(d.Data), name) {
					t.Errorf("%s is still in %s: %s", who, d.Key, d.Data)
				}
			}
		}
	}
}

// A person's ratings and plan move along when two chats become one.
func TestWhatLiesApartMovesWithLinking(t *testing.T) {
	r := round(t, book(t))
	rates(t, r, "discord:5", "1234512", "nothing")
	as(t, r, "discord:5", "/group add A line for all")
	as(t, r, "telegram:11", "hello")
	code := shownCode.FindString(as(t, r, "telegram:11", "/link"))
	as(t, r, "discord:5", "/link "+code)
	if got := as(t, r, "telegram:11", "/rate"); !strings.Contains(got, "you rated 7 of 7") {
		t.Error(got)
	}
	as(t, r, "discord:5", "/delete", "delete")
	for _, prefix := range []string{"rating/cityshare/", "group/"} {
		if docs, _ := r.List(prefix, "", 9); len(docs) > 0 {
			t.Errorf("left: %s", docs[0].Key)
		}
	}
}

// After a release only those who take part rate, plan and work in groups, and nobody else can tell declined from undecided.
func TestOnlyThoseWhoTakePart(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	name := candidate(t, r, "telegram:11", "Kathmandu")
	candidate(t, r, "telegram:12", "Kathmandu")
	decide(t, r, name, "selected", 0)
	release(t, r)
	as(t, r, "telegram:11", "/seat confirm")
	as(t, r, chair, "/rating open")
	for _, c := range []struct{ command, in, out string }{
		{"/rate", "(1 of 7)", "nothing to rate"}, {"/plan", "What do you want to change", "for those who take part"}, {"/group", "campaign", "for those who take part"},
	} {
		if got := as(t, r, "telegram:11", c.command); !strings.Contains(got, c.in) {
			t.Errorf("%s of a participant: %s", c.command, got)
		}
		if got := as(t, r, "telegram:12", c.command); !strings.Contains(got, c.out) || got != as(t, r, "telegram:13", "hello", c.command) {
			t.Errorf("%s of an applicant: %s", c.command, got)
		}
	}
}

// "Start over" begins the same again: the round that is rated, the quiz that is taken.
func TestStartingOverKeepsWhatItIsAbout(t *testing.T) {
	b := book(t)
	b.Organisers = []flows.Address{chair}
	r := round(t, b)
	who := flows.Address("telegram:99")
	as(t, r, who, "/rate", "I agree")
	first := as(t, r, who, "repeat")
	if got := as(t, r, who, "3", "start over"); !strings.Contains(got, strings.SplitN(first, "\n", 2)[0]) || strings.Contains(got, "is over") {
		t.Errorf("not again\n%s\nbut\n%s", first, got)
	}
	as(t, r, who, "cancel", "/quiz module1-concepts", "next")
	if got := as(t, r, who, "start over"); !strings.Contains(got, "1 of ") && !strings.Contains(got, "Question 1") {
		t.Error(got)
	}
}
