package flows_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"olle/flows"
)

const chair = flows.Address("telegram:1") // organiser by the operator's word

// candidate brings somebody to a complete set, and returns the person's name in keys.
func candidate(t *testing.T, r *flows.Rehearsal, who flows.Address, place string) string {
	t.Helper()
	as(t, r, who, "/apply", "I agree", "myself", "Nina Rai", "Ministry", "Head", "government", "senior", "9", place, place, "Nepal", "nina@example.org")
	for _, item := range r.Book.Current.Items {
		if _, err := r.Guest(who, flows.Update{Text: item.Name, Files: []flows.File{{Name: item.ID + ".pdf", Type: "pdf:1", Size: 10, Handle: item.ID + string(who)}}}); err != nil {
			t.Fatal(err)
		}
	}
	as(t, r, who, "later", "/cancel")
	if got := as(t, r, who, "/status"); !strings.Contains(got, "7 of 7") {
		t.Fatalf("the set is not complete: %s", got)
	}
	return strings.TrimPrefix(flows.PersonID(who), "person/")
}

func inside(t *testing.T, r *flows.Rehearsal, u flows.Update) string {
	t.Helper()
	messages, err := r.Post(u)
	if err != nil {
		t.Fatal(err)
	}
	return texts(messages)
}

func decide(t *testing.T, r *flows.Rehearsal, name, state string, rank int) {
	t.Helper()
	if said := inside(t, r, flows.Update{Subject: "decision/" + name, Call: "decision/set", From: chair, Args: flows.Must(flows.DecisionArgs{State: state, Rank: rank})}); said != "" {
		t.Fatalf("a decision said something: %s", said)
	}
}

func release(t *testing.T, r *flows.Rehearsal) []flows.Message {
	t.Helper()
	messages, err := r.Post(flows.Update{Subject: "event/" + r.Book.Current.ID, Call: "event/release", From: chair})
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

// A decision that somebody was told cannot be changed, and whoever tries in chat is told so.
func TestDecidingInChatSaysWhatWasDecided(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	name := candidate(t, r, guest, "Kathmandu")
	ref := flows.RefOf(r.Book.Current, name)
	if got := as(t, r, chair, "/decide "+ref+" selected"); !strings.Contains(got, "Not released yet") {
		t.Error(got)
	}
	release(t, r)
	if got := as(t, r, chair, "/decide "+ref+" declined"); strings.Contains(got, "Not released yet") || !strings.Contains(got, "has been told") {
		t.Error(got)
	}
	inside(t, r, flows.Update{Subject: "person/" + name, Call: "seat/revoke", From: chair})
	if got := as(t, r, chair, "/decide "+ref+" waiting 1"); !strings.Contains(got, "Not released yet") {
		t.Error(got)
	}
}

// Everything somebody may type who wants to know: a person who is selected but not told, one who is declined, one on the waiting list and one
// nobody has looked at read the same, byte for byte, in private and in a group.
func TestNothingGivesADecisionAway(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	people := []flows.Address{"telegram:11", "telegram:12", "telegram:13", "telegram:14"}
	var names []string
	for _, who := range people {
		names = append(names, candidate(t, r, who, "Kathmandu"))
	}
	probes := []string{"any news?", "am I selected?", "was I rejected", "is there a waiting list", "/status", "/seat", "/seat confirm", "/tasks", "/mydata", "close",
		"/documents", "/cancel", "/reminders", "/help", "/programme", "/console", "/decide", "/registration", "/travel", "/calendar", "/human", "no", "/deadline", "who decides?",
		"when will I hear", "/start", "/start joined", "/repeat", "seat/confirm", "have you decided about me", "/certificate"}
	// What the four say, with their own references taken out.
	hear := func(who flows.Address, name, probe string) string {
		ref := r.Book.Current.Prefix + "-" + strings.ToUpper(name[:6])
		var all []string
		for _, u := range []flows.Update{{Text: probe}, {Text: probe, Chat: "telegram:-100"}, {Choice: probe}} {
			messages, err := r.Guest(who, u)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range messages {
				all = append(all, fmt.Sprint(m.Text, m.Choices, m.Bulk, m.Ack, m.File != nil))
			}
		}
		said := strings.Join(all, "\n")
		for _, own := range []string{ref, strings.ToUpper(name[:6]), string(who)} {
			said = strings.ReplaceAll(said, own, "OWN")
		}
		return said
	}
	same := func(when string) {
		t.Helper()
		for _, probe := range probes {
			want := hear(people[0], names[0], probe)
			for i := 1; i < len(people); i++ {
				if got := hear(people[i], names[i], probe); got != want {
					t.Fatalf("%s, %q: person %d reads\n%s\nperson 0 reads\n%s", when, probe, i, got, want)
				}
			}
		}
	}
	same("before anything")
	decide(t, r, names[0], "selected", 0)
	decide(t, r, names[1], "declined", 0)
	decide(t, r, names[2], "waiting", 1)
	inside(t, r, flows.Update{Subject: flows.ReviewKey(names[0], "x"), Call: "review/score", From: chair, Args: flows.Must(flows.Review{Scores: map[string]int{}})})
	same("decided, not released")
	for i := range people { // what the store shows of them to anything that looks at people only
		docs, err := r.Load("person/"+names[i], "card/"+names[i])
		if err != nil {
			t.Fatal(err)
		}
		if s := string(docs[0].Data) + string(docs[1].Data); strings.Contains(s, "Seat") || strings.Contains(s, "selected") {
			t.Fatalf("person %d carries a decision: %s", i, s)
		}
	}
	told := release(t, r)
	if len(told) != 1 || told[0].To != people[0] || !strings.Contains(told[0].Text, "selected you") {
		t.Fatalf("released: %+v", told)
	}
	people, names = people[1:], names[1:]
	same("released: declined, waiting and undecided")
	if again := release(t, r); len(again) != 0 {
		t.Fatalf("a second release told %d again", len(again))
	}
	docs, _ := r.Load("closing/x") // nobody was told; nothing else was written about them
	_ = docs
}

// An offer nobody confirms ends, and the next on the list hears; who withdraws makes room too; nobody is offered two.
func TestSeatsMoveDownTheWaitingList(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	var names []string
	people := []flows.Address{"telegram:11", "telegram:12", "telegram:13"}
	for _, who := range people {
		names = append(names, candidate(t, r, who, "Kathmandu"))
	}
	decide(t, r, names[0], "selected", 0)
	decide(t, r, names[1], "waiting", 2)
	decide(t, r, names[2], "waiting", 1)
	release(t, r)
	messages, err := r.Until(r.Now.Add(6 * 24 * time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(texts(messages), "not confirmed yet") {
		t.Fatal("nobody was reminded of the offer")
	}
	messages, err = r.Until(r.Now.Add(2 * 24 * time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	to := func(who flows.Address, what string) bool {
		return slices.ContainsFunc(messages, func(m flows.Message) bool { return m.To == who && strings.Contains(m.Text, what) })
	}
	if !to(people[0], "has ended") || !to(people[2], "selected you") || to(people[1], "selected you") {
		t.Fatalf("after the offer ended: %v", messages)
	}
	if got := as(t, r, people[0], "/seat confirm"); !strings.Contains(got, "has ended") {
		t.Fatalf("an offer that ended was confirmed: %s", got)
	}
	if got := as(t, r, people[2], "/seat confirm"); !strings.Contains(got, "Welcome") {
		t.Fatal(got)
	}
	messages, err = r.Guest(people[2], flows.Update{Text: "/seat withdraw"})
	if err != nil {
		t.Fatal(err)
	}
	if !to(people[1], "selected you") {
		t.Fatalf("nobody got the seat that became free: %v", messages)
	}
}

// The two of a workshop with one place: the first was offered it, the second is next on the waiting list.
const selected, waiting = flows.Address("telegram:11"), flows.Address("telegram:12")

func onePlace(t *testing.T, b *flows.Book) *flows.Rehearsal {
	t.Helper()
	b.Organisers = []flows.Address{chair}
	r := rehearse(t, b, "2020-02-03T09:00:00+09:00")
	decide(t, r, candidate(t, r, selected, "Seoul"), "selected", 0)
	decide(t, r, candidate(t, r, waiting, "Seoul"), "waiting", 1)
	release(t, r)
	return r
}

// heard says whether one of the messages to somebody holds the words.
func heard(messages []flows.Message, who flows.Address, words string) bool {
	return slices.ContainsFunc(messages, func(m flows.Message) bool { return m.To == who && strings.Contains(m.Text, words) })
}

func withdraws(t *testing.T, r *flows.Rehearsal) []flows.Message {
	t.Helper()
	messages, err := r.Guest(selected, flows.Update{Choice: "/seat withdraw"})
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

// A place that becomes free is offered until the workshop begins, and no offer stands longer.
func TestPlacesAreOfferedUntilTheWorkshopBegins(t *testing.T) {
	r := onePlace(t, book(t))
	as(t, r, selected, "/seat confirm")
	clockTo(t, r, "2020-03-30 20:00")
	if said := withdraws(t, r); !heard(said, waiting, "confirm your place by Tue 31 Mar, 00:00") {
		t.Errorf("on the eve: %s", texts(said))
	}
	if said := clockTo(t, r, "2020-03-31 01:00"); !heard(said, waiting, "has ended") {
		t.Errorf("when the workshop began: %s", texts(said))
	}

	r = onePlace(t, book(t))
	as(t, r, selected, "/seat confirm")
	clockTo(t, r, "2020-03-31 10:00")
	if said := withdraws(t, r); !heard(said, selected, "You have withdrawn") || heard(said, waiting, "") {
		t.Errorf("while it is on: %s", texts(said))
	}
}

// Whoever was there was there: after the last day nobody withdraws.
func TestNobodyWithdrawsAfterTheWorkshop(t *testing.T) {
	r := onePlace(t, book(t))
	as(t, r, selected, "/seat confirm")
	clockTo(t, r, "2020-04-04 00:00")
	said := withdraws(t, r)
	if len(said) != 1 || !heard(said, selected, "is confirmed") || len(said[0].Choices) != 1 {
		t.Errorf("%+v", said)
	}
}

// Who confirms in time has the place, though the bot was away and hears of it after the offer's end; only then does it go on.
func TestOfferHeardLate(t *testing.T) {
	for _, confirms := range []bool{true, false} {
		r := onePlace(t, book(t))
		r.Skip(at(t, "2020-02-10 10:00")) // the offer ended at nine
		if said := clockTo(t, r, "2020-02-10 10:01"); len(said) > 0 {
			t.Fatalf("before the networks had brought what they held: %s", texts(said))
		}
		if confirms {
			if got := as(t, r, selected, "/seat confirm"); !strings.Contains(got, "Welcome") {
				t.Error(got)
			}
		}
		said := clockTo(t, r, "2020-02-10 10:10")
		if heard(said, selected, "has ended") == confirms || heard(said, waiting, "selected you") == confirms {
			t.Errorf("confirmed %t: %s", confirms, texts(said))
		}
	}
}

// Who asks where they stand, or comes back, reads of the place: while it is offered, and when the offer has ended.
func TestStatusShowsTheOffer(t *testing.T) {
	r := onePlace(t, book(t))
	as(t, r, selected, "/human", "May I bring a colleague?")
	for _, word := range []string{"/status", "/start"} {
		messages, err := r.Guest(selected, flows.Update{Text: word})
		if err != nil || !heard(messages, selected, "confirm your place by") || len(messages[0].Choices) != 2 {
			t.Errorf("%s while it is offered: %v %+v", word, err, messages)
		}
	}
	if got := as(t, r, selected, "/status"); !strings.Contains(got, "Your request H-") {
		t.Errorf("the request is not shown: %s", got)
	}
	clockTo(t, r, "2020-02-11 09:00")
	for _, word := range []string{"/status", "/start"} {
		if got := as(t, r, selected, word); !strings.Contains(got, "has ended") {
			t.Errorf("%s after it ended: %s", word, got)
		}
	}
}

// An offer that no chat takes is told at the desks, by reference only, and made again when the person is back.
func TestOfferThatNobodyHears(t *testing.T) {
	gone := func(r *flows.Rehearsal, m flows.Message) []flows.Message {
		said, err := r.Post(flows.Update{From: selected, Private: true, Call: "person/unreachable", Args: flows.Must(m)})
		if err != nil {
			t.Fatal(err)
		}
		return said
	}
	back := func(when string, r *flows.Rehearsal, told []flows.Message) {
		t.Helper()
		if len(told) != 1 || !heard(told, chair, "H-") {
			t.Fatalf("%s, the organisers read: %s", when, texts(told))
		}
		ref, _, _ := strings.Cut(told[0].Text, ": ")
		card := as(t, r, chair, "/ticket "+ref)
		if !strings.Contains(card, "the offer ends Mon 10 Feb, 09:00 KST") || strings.Contains(card, "Nina") {
			t.Errorf("%s, the request is: %s", when, card)
		}
		if again := texts(gone(r, flows.Message{To: selected})) + texts(clockTo(t, r, "2020-02-09 09:00")); strings.Contains(again, "a new request") {
			t.Errorf("%s, told twice: %s", when, again)
		}
		if got := as(t, r, selected, "/deadline"); !strings.Contains(got, "confirm your place by") {
			t.Errorf("%s, who is back reads: %s", when, got)
		}
		if got := as(t, r, selected, "/deadline"); strings.Contains(got, "confirm your place by") {
			t.Errorf("%s, it is offered with every word: %s", when, got)
		}
	}
	r := onePlace(t, book(t))
	back("found out by the offer", r, gone(r, flows.Message{To: selected}))

	b := book(t)
	b.Organisers = []flows.Address{chair}
	r = rehearse(t, b, "2020-02-03T09:00:00+09:00")
	decide(t, r, candidate(t, r, selected, "Seoul"), "selected", 0)
	gone(r, flows.Message{To: selected})
	back("known before", r, release(t, r))
}

// Whose place the organisers took back did not withdraw.
func TestRevokedIsNotWithdrawn(t *testing.T) {
	r := onePlace(t, book(t))
	said := inside(t, r, flows.Update{Subject: flows.PersonID(selected), Call: "seat/revoke", From: chair})
	if status := as(t, r, selected, "/status"); !strings.Contains(said, "taken your place back") || !strings.Contains(status, "taken your place back") {
		t.Errorf("told %q, then %q", said, status)
	}
}

// withCohort is the workshop with rooms for those who take part.
func withCohort(t *testing.T) *flows.Book {
	return bookWith(t, func(e *flows.Event) {
		e.Cohort = flows.Cohort{TelegramGroup: "telegram:-100500", DiscordRole: "77"}
	})
}

// leaves lists whom somebody's words take out of the cohort's rooms.
func leaves(t *testing.T, r *flows.Rehearsal, who flows.Address, words string) (out []flows.Address) {
	t.Helper()
	o, err := r.Book.Play(flows.Update{ID: words, From: who, Chat: who, Private: true, Text: words, At: r.Now, Sent: r.Now}, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range o.Work {
		var args flows.CohortArgs
		if w.Kind != "cohort" {
			continue
		}
		if unmarshal(t, w.Args, &args); !args.Join {
			out = append(out, w.From)
		}
	}
	return out
}

// A chat that is taken off somebody who takes part leaves the rooms; the others stay in.
func TestUnlinkedChatLeavesTheRooms(t *testing.T) {
	r := onePlace(t, withCohort(t))
	as(t, r, selected, "/seat confirm", "cancel")
	other := flows.Address("discord:5")
	as(t, r, other, "/link "+shownCode.FindString(as(t, r, selected, "/link")))
	if out := leaves(t, r, other, "/link off"); !slices.Equal(out, []flows.Address{other}) {
		t.Errorf("out of the rooms: %v", out)
	}
}

// Who deletes everything leaves the place to the next on the list, and the rooms of those who take part.
func TestDeletingFreesThePlace(t *testing.T) {
	for _, answer := range []string{"", "/seat confirm"} {
		r := onePlace(t, withCohort(t))
		if answer != "" {
			as(t, r, selected, answer)
		}
		as(t, r, selected, "/delete")
		if out := leaves(t, r, selected, "delete"); len(out) > 0 != (answer != "") {
			t.Errorf("after %q, out of the rooms: %v", answer, out)
		}
		said, err := r.Guest(selected, flows.Update{Text: "delete"})
		if err != nil || !heard(said, selected, "deleted") || !heard(said, waiting, "selected you") {
			t.Errorf("after %q: %v %s", answer, err, texts(said))
		}
	}
}

// Between a release, or a promotion, and the person's own turn an organiser may decide otherwise: that counts.
func TestDecidedOtherwiseMeanwhile(t *testing.T) {
	b := book(t)
	b.Organisers = []flows.Address{chair}
	r := rehearse(t, b, "2020-02-03T09:00:00+09:00")
	name := candidate(t, r, selected, "Seoul")
	other := candidate(t, r, waiting, "Seoul")
	meanwhile := func(call, args string, decided func()) []flows.Message {
		out, err := b.Play(flows.Update{ID: call, Subject: "event/" + b.Current.ID, Call: call, At: r.Now, Sent: r.Now, Args: []byte(args)}, r)
		if err != nil || len(out.Posts) != 1 {
			t.Fatalf("%s: %v %+v", call, err, out.Posts)
		}
		decided()
		said, err := r.Post(out.Posts[0])
		if err != nil {
			t.Fatal(err)
		}
		return said
	}
	decide(t, r, name, "selected", 0)
	if said := meanwhile("event/releasing", `{"N":1}`, func() { decide(t, r, name, "waiting", 1) }); len(said) > 0 {
		t.Errorf("released, then put on the waiting list: %s", texts(said))
	}
	decide(t, r, other, "waiting", 2)
	said := meanwhile("event/promote", "null", func() { decide(t, r, name, "declined", 0) })
	if heard(said, selected, "") || !heard(said, waiting, "selected you") {
		t.Errorf("promoted, then declined: %s", texts(said))
	}
}

// Whose offer ended may be selected again, and is told anew: somebody who had no chance to answer asks the organisers.
func TestSelectedAgain(t *testing.T) {
	r := onePlace(t, book(t))
	name := strings.TrimPrefix(flows.PersonID(selected), "person/")
	clockTo(t, r, "2020-02-11 09:00")
	decide(t, r, name, "selected", 0)
	if got := as(t, r, selected, "/status"); !strings.Contains(got, "has ended") {
		t.Errorf("before the release: %s", got)
	}
	if said := release(t, r); !heard(said, selected, "confirm your place by Tue 18 Feb, 09:00") {
		t.Errorf("released: %s", texts(said))
	}
	decide(t, r, name, "declined", 0)
	if said := release(t, r); len(said) > 0 {
		t.Errorf("released again: %s", texts(said))
	}
	if got := as(t, r, selected, "/seat confirm"); !strings.Contains(got, "Welcome") {
		t.Error(got)
	}
}

// A decision needs the right to decide, knows its words, and is no longer changed once somebody was told.
func TestDecisionsNeedTheRight(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	name := candidate(t, r, "telegram:11", "Kathmandu")
	for _, u := range []flows.Update{
		{From: "telegram:11", Args: flows.Must(flows.DecisionArgs{State: "selected"})},
		{From: "telegram:99", Args: flows.Must(flows.DecisionArgs{State: "selected"})},
		{From: chair, Args: flows.Must(flows.DecisionArgs{State: "king"})},
	} {
		u.Subject, u.Call = "decision/"+name, "decision/set"
		inside(t, r, u)
	}
	if docs, _ := r.Load("decision/" + name); docs[0].Data != nil {
		t.Fatal("a decision was taken")
	}
	if messages, err := r.Post(flows.Update{Subject: "event/" + r.Book.Current.ID, Call: "event/release", From: "telegram:11"}); err != nil || len(messages) > 0 {
		t.Fatal("an applicant released", err)
	}
	decide(t, r, name, "selected", 0)
	release(t, r)
	decide(t, r, name, "declined", 0)
	var d flows.Decision
	docs, _ := r.Load("decision/" + name)
	unmarshal(t, docs[0].Data, &d)
	if d.State != "selected" || d.Released.IsZero() {
		t.Fatalf("%+v", d)
	}
	as(t, r, "telegram:11", "/delete", "delete")
	if docs, _ := r.List("decision/", "", 1); len(docs) > 0 {
		t.Fatal("a decision outlived the person")
	}
}

// Of somebody who took part and asked to be deleted nothing is left but references on the trail: neither an address nor a name in keys.
func TestNothingLeadsBackToSomebodyDeleted(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	const who = flows.Address("telegram:5011")
	name := candidate(t, r, who, "Kathmandu")
	lateCode(t, r, "LATEABCD", "", "2020-02-16T18:00:00+09:00", 1)
	decide(t, r, name, "selected", 0)
	release(t, r)
	as(t, r, who, "/code LATEABCD", "/seat confirm", "cancel", "/human Can I bring my dog?", "/group add Ask whether they can leave freely",
		"/seat withdraw", "/delete", "delete everything")
	own := 0
	for _, d := range dump(t, r) {
		if doc := d.Key + string(d.Data); strings.Contains(doc, string(who)) || strings.Contains(doc, name) {
			t.Errorf("%s is left: %s", d.Key, d.Data)
		}
		if strings.Contains(string(d.Data), `"By":"`+flows.RefOf(r.Book.Current, name)) {
			own++
		}
	}
	if own < 3 {
		t.Errorf("%d entries of what they did themselves: the late code, the seat taken and given up", own)
	}
}

// The same by typing, for who may; the figures and the lists of organisers need no console.
func TestOrganisersWorkInChat(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	name := candidate(t, r, "telegram:11", "Kathmandu")
	as(t, r, "telegram:12", "/apply", "I agree", "myself", "Half Way")
	ref := flows.RefOf(r.Book.Current, name)
	for line, want := range map[string]string{
		"/stats":                        "complete: 1",
		"/missing":                      "Which document",
		"/missing 99":                   "Which document",
		"/decide":                       "Nobody learns",
		"/decide VCA20-AAAAAA selected": "Nobody learns",
		"/decide " + ref + " waiting 3": "waiting 3",
		"/decide " + strings.ToLower(ref[6:]) + " selected": "Not released",
	} {
		if got := as(t, r, chair, line); !strings.Contains(got, want) {
			t.Errorf("%s: %s", line, got)
		}
		if got := as(t, r, "telegram:12", line); line != "/stats" && !strings.Contains(got, "do not know") {
			t.Errorf("%s worked for an applicant: %s", line, got)
		}
	}
	as(t, r, chair, "/decide "+ref+" selected", "/decide release")
	messages, err := r.Guest(chair, flows.Update{Choice: "/decide release now"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(texts(messages), "selected you") {
		t.Fatal(texts(messages))
	}
}

// Whoever gave a place up and is put on the waiting list again is promoted again.
func TestPromotedASecondTime(t *testing.T) {
	b := book(t)
	b.Organisers = []flows.Address{chair}
	r := rehearse(t, b, "2020-02-03T09:00:00+09:00")
	var names []string
	who := []flows.Address{"telegram:20", "telegram:21", "telegram:22"}
	for _, w := range who {
		names = append(names, candidate(t, r, w, "Kathmandu"))
	}
	decide(t, r, names[0], "selected", 0)
	decide(t, r, names[1], "selected", 0)
	decide(t, r, names[2], "waiting", 1)
	release(t, r)
	as(t, r, who[1], "/seat confirm")
	as(t, r, who[0], "/seat decline")
	as(t, r, who[2], "/seat decline")
	r.Skip(r.Now.Add(time.Minute))
	decide(t, r, names[2], "waiting", 1)
	as(t, r, who[1], "/seat withdraw", "yes")
	if got := as(t, r, who[2], "/seat"); !strings.Contains(got, "confirm") || strings.Contains(got, "declined") {
		t.Errorf("the next on the list reads: %s", got)
	}
}

// Whoever is offered a place and types the answer is heard, whatever is pending; words that only sound like one bring the buttons again.
func TestAnOfferIsAnsweredInWords(t *testing.T) {
	for words, state := range map[string]string{
		"I confirm": "confirmed", "confirm": "confirmed", "Yes, I confirm!": "confirmed", "I cannot come": "declined",
		"yes": "offered", "how do I confirm?": "offered", "I cannot confirm yet": "offered", "no": "offered",
	} {
		r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
		name := candidate(t, r, guest, "Kathmandu")
		say(t, r, "cancel")
		if words == "confirm" {
			say(t, r, "/documents")
		}
		decide(t, r, name, "selected", 0)
		release(t, r)
		out := say(t, r, words)
		switch {
		case state == "offered" && !strings.Contains(out, "Please confirm your place by"):
			t.Errorf("%s is asked again: %s", words, out)
		case state == "confirmed" && !strings.Contains(out, "is confirmed"), state == "declined" && strings.Contains(out, "Please confirm"):
			t.Errorf("%s: %s", words, out)
		}
	}
}
