package flows_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"olle/flows"
)

const desk = flows.Address("telegram:-100")

// team is a rehearsal with a desk and two organisers who may answer.
func team(t *testing.T, at string) *flows.Rehearsal {
	t.Helper()
	r := rehearse(t, book(t), at)
	for _, name := range []string{"olga", "omar"} {
		from := flows.Address("telegram:" + name)
		hear(t, r, from, flows.Update{Text: "/start"})
		post(t, r, flows.Update{Subject: flows.PersonID(from), Call: "person/rights", From: flows.Operator, Args: flows.Must([]string{flows.MaySend})})
	}
	set(t, r, "help.desk", string(desk))
	return r
}

func hear(t *testing.T, r *flows.Rehearsal, from flows.Address, u flows.Update) []flows.Message {
	t.Helper()
	messages, err := r.Guest(from, u)
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

func post(t *testing.T, r *flows.Rehearsal, u flows.Update) []flows.Message {
	t.Helper()
	messages, err := r.Post(u)
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

func set(t *testing.T, r *flows.Rehearsal, key, value string) {
	t.Helper()
	post(t, r, flows.Update{Subject: "event/vca-jeju-2020", Call: "event/set", Args: flows.Must(flows.SetArgs{Key: key, Value: value, By: "operator"})})
}

// said joins what was said in one chat.
func said(messages []flows.Message, to flows.Address) string {
	var all []string
	for _, m := range messages {
		if m.To == to {
			all = append(all, m.Text)
		}
	}
	return strings.Join(all, "\n")
}

// asks opens a request of the guest and returns its reference.
func asks(t *testing.T, r *flows.Rehearsal, text string) string {
	t.Helper()
	hear(t, r, guest, flows.Update{Text: "/human " + text})
	card := said(hear(t, r, guest, flows.Update{Text: "I agree"}), desk)
	ref, _, _ := strings.Cut(card, ":")
	if !strings.HasPrefix(ref, "H-") || !strings.Contains(card, text) {
		t.Fatalf("the desk hears: %q", card)
	}
	return ref
}

// Of two organisers who take a request at once one has it and the other is told; an opening or a closing that comes again
// changes nothing.
func TestTwoTakeAtOnce(t *testing.T) {
	r := team(t, "2020-02-03T09:00:00+09:00")
	ref := asks(t, r, "Is there a dress code?")
	act := func(id string, from flows.Address) flows.Update {
		return flows.Update{ID: id, Subject: flows.HelpKey(ref), Call: "help/take", From: from, Chat: desk, At: r.Now, Sent: r.Now}
	}
	// Both decide on the same documents: whoever commits second has checked a revision that no longer holds.
	first, err := r.Book.Play(act("a", "telegram:olga"), r)
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.Book.Play(act("b", "telegram:omar"), r)
	if err != nil {
		t.Fatal(err)
	}
	if first.Check[0].Key != flows.HelpKey(ref) || first.Check[0].Rev == 0 || second.Check[0].Rev != first.Check[0].Rev {
		t.Fatalf("not both check the request: %+v %+v", first.Check, second.Check)
	}
	won := post(t, r, act("a", "telegram:olga"))
	lost := post(t, r, act("b", "telegram:omar"))
	if !strings.Contains(said(won, desk), "is yours") || !strings.Contains(said(lost, desk), "was first") || said(lost, guest) != "" {
		t.Errorf("won: %q; lost: %q", said(won, desk), said(lost, desk))
	}
	post(t, r, flows.Update{Subject: flows.HelpKey(ref), Call: "help/solved"})
	before := help(t, r)
	for _, call := range []string{"help/open", "help/solved"} {
		if heard := post(t, r, flows.Update{Subject: flows.HelpKey(ref), Call: call, Args: flows.Must(flows.HelpRequest{Ref: ref})}); len(heard) != 0 || help(t, r) != before {
			t.Errorf("%s again: %+v", call, heard)
		}
	}
}

// Nothing but holders of the right can act, through whatever door; what is the request's own cannot be called by them either.
func TestDeskRights(t *testing.T) {
	r := team(t, "2020-02-03T09:00:00+09:00")
	ref := asks(t, r, "Is there a dress code?")
	hear(t, r, "telegram:eve", flows.Update{Text: "hello"})
	before := help(t, r)
	for _, call := range []string{"help/take", "help/reply", "help/note", "help/close", "help/assign"} {
		if flows.Actions()[call] != flows.MaySend {
			t.Errorf("%s needs the right %q", call, flows.Actions()[call])
		}
		for _, who := range []flows.Address{"telegram:eve", "telegram:nobody", guest} {
			post(t, r, flows.Update{Subject: flows.HelpKey(ref), Call: call, From: who, Chat: desk, Args: flows.Must(flows.HelpAct{Text: "You are selected", To: "me"})})
		}
	}
	if after := help(t, r); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// help is all requests as they are kept.
func help(t *testing.T, r *flows.Rehearsal) string {
	t.Helper()
	docs, err := r.List("help/", "", 100)
	if err != nil || len(docs) == 0 {
		t.Fatalf("%d requests (%v)", len(docs), err)
	}
	return string(flows.Must(docs))
}

// A group learns neither name nor document nor address of the person.
func TestDeskKnowsNoName(t *testing.T) {
	r := team(t, "2020-02-03T09:00:00+09:00")
	apply(t, r, "Kathmandu")
	say(t, r, "+cv.pdf")
	at := said(hear(t, r, guest, flows.Update{Text: "/human Which seal?", Name: "Nina Rai"}), desk)
	for _, secret := range []string{"Nina", "Ministry", "example.org", "cv.pdf", string(guest)} {
		if strings.Contains(at, secret) {
			t.Errorf("the desk learns %q: %s", secret, at)
		}
	}
	for _, known := range []string{"Nepal", "applying", "1 of 7", "Which seal?"} {
		if !strings.Contains(at, known) {
			t.Errorf("the desk misses %q: %s", known, at)
		}
	}
}

// A request follows its person into another chat, and the answer reaches them there; so do words that wait for an organiser.
func TestRequestFollowsLinking(t *testing.T) {
	r := team(t, "2020-02-03T09:00:00+09:00")
	ref := asks(t, r, "Which seal?")
	const phone = flows.Address("web:phone")
	for _, line := range []string{"/apply", "I agree", "myself", "Nina Rai", "Ministry", "Head", "government", "senior", "9", "Kathmandu", "Kathmandu", "Nepal", "nina@example.org"} {
		hear(t, r, phone, flows.Update{Text: line})
	}
	code := said(hear(t, r, guest, flows.Update{Text: "/link"}), guest)
	code = code[strings.Index(code, "/link ")+len("/link "):][:9]
	if out := said(hear(t, r, phone, flows.Update{Text: "/link " + code}), phone); !strings.Contains(out, "0 of 7") {
		t.Fatalf("not linked: %s", out)
	}
	heard := post(t, r, flows.Update{Subject: flows.HelpKey(ref), Call: "help/reply", From: "telegram:olga", Args: flows.Must(flows.HelpAct{Text: "Any seal."})})
	if !strings.Contains(said(heard, phone), "Any seal.") {
		t.Errorf("the linked chat hears: %+v", heard)
	}
	if heard := hear(t, r, guest, flows.Update{Text: "Thanks a lot"}); !strings.Contains(said(heard, desk), ref+": the applicant writes:\nThanks a lot") {
		t.Errorf("the desk hears: %+v", heard)
	}
}

// Office hours are those of the wall clock in the event's zone.
func TestOfficeHours(t *testing.T) {
	seoul, _ := time.LoadLocation("Asia/Seoul")
	o, err := flows.ParseOffice("Mon-Fri 09:00-12:00; Mon, Wed-Thu 13:00-18:00")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		m, err := time.ParseInLocation("2006-01-02 15:04", s, seoul)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for when, want := range map[string]string{
		"2020-02-03 08:00": "2020-02-03 09:00", "2020-02-03 09:00": "2020-02-03 09:00", "2020-02-03 12:00": "2020-02-03 13:00",
		"2020-02-04 12:00": "2020-02-05 09:00", "2020-02-07 12:00": "2020-02-10 09:00", "2020-02-08 10:00": "2020-02-10 09:00",
	} {
		if got := o.Next(at(when), seoul); !got.Equal(at(want)) {
			t.Errorf("after %s they open at %s, want %s", when, got.In(seoul), want)
		}
	}
	for when, want := range map[string]string{"2020-02-03 09:00": "2020-02-04 10:00", "2020-02-07 11:00": "2020-02-10 18:00", "2020-02-08 00:00": "2020-02-11 10:00"} {
		if got := o.After(at(when), 9*time.Hour, seoul); !got.Equal(at(want)) {
			t.Errorf("nine office hours after %s: %s, want %s", when, got.In(seoul), want)
		}
	}
	if again, err := flows.ParseOffice(o.String()); err != nil || fmt.Sprint(again) != fmt.Sprint(o) {
		t.Errorf("%q is read as %v (%v)", o, again, err)
	}
	for _, bad := range []string{"Mon-Fri", "Fun 09:00-10:00", "Mon 10:00-09:00", "Mon 09:60-10:00", "Mon 09:00-25:00", "Mo 09:00-10:00"} {
		if _, err := flows.ParseOffice(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	var always flows.Office
	if now := at("2020-02-08 03:00"); !always.Open(now, seoul) || !always.After(now, time.Hour, seoul).Equal(now.Add(time.Hour)) {
		t.Error("without hours somebody is always there")
	}
}

// FuzzOffice: whatever is written, hours that are read are found again, and the next opening is never before now.
func FuzzOffice(f *testing.F) {
	f.Add("Mon-Fri 09:00-18:00")
	f.Add("sat, sun 10:00 - 24:00; Mon 0:00-0:01")
	now := time.Date(2020, 2, 3, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		o, err := flows.ParseOffice(s)
		if err != nil {
			return
		}
		if again, err := flows.ParseOffice(o.String()); err != nil || again.String() != o.String() {
			t.Errorf("%q is written %q and read %q (%v)", s, o, again, err)
		}
		if next := o.Next(now, time.UTC); next.Before(now) || next.After(now.AddDate(0, 0, 8)) {
			t.Errorf("%q opens next at %s", s, next)
		}
	})
}

// Desks are added and taken away one by one, and only addresses are taken.
func TestSetDesks(t *testing.T) {
	r := team(t, "2020-02-03T09:00:00+09:00")
	hear(t, r, "telegram:olga", flows.Update{Text: "/ticket here", Chat: "discord:channel:5"})
	hear(t, r, "telegram:eve", flows.Update{Text: "/ticket here", Chat: "telegram:-666"})
	hear(t, r, guest, flows.Update{Text: "/human Which seal?"})
	messages := hear(t, r, guest, flows.Update{Text: "I agree"})
	var to []flows.Address
	for _, m := range messages {
		to = append(to, m.To)
	}
	slices.Sort(to)
	if want := []flows.Address{"discord:channel:5", "telegram:-100", guest}; !slices.Contains(to, want[0]) || !slices.Contains(to, want[1]) || len(to) != 3 {
		t.Errorf("it was told to %v", to)
	}
	var o flows.Override
	for _, bad := range []string{"the group", "telegram:-1 2", ",:"} {
		if err := o.Set(r.Book.Current, "help.desk", bad, "operator", r.Now); err == nil {
			t.Errorf("%q is taken for a desk", bad)
		}
	}
}

// Who takes an old request has the full time to answer it; then the taker alone is reminded. Words of the person begin it anew.
func TestTakerIsReminded(t *testing.T) {
	r := team(t, "2020-02-03T09:00:00+09:00")
	ref := asks(t, r, "Is there a dress code?")
	until := func(at string) []flows.Message {
		then, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		messages, err := r.Until(then)
		if err != nil {
			t.Fatal(err)
		}
		return messages
	}
	if heard := until("2020-02-03T17:00:00+09:00"); len(heard) != 0 {
		t.Fatalf("reminded after eight hours: %+v", heard)
	}
	hear(t, r, "telegram:olga", flows.Update{Text: "/ticket " + ref + " take"})
	if heard := until("2020-02-04T16:59:00+09:00"); said(heard, desk) != "" {
		t.Fatalf("reminded before the taker's own day was over: %+v", heard)
	}
	heard := until("2020-02-04T17:00:00+09:00")
	if !strings.Contains(said(heard, "telegram:olga"), "still waits") || said(heard, "telegram:omar") != "" || !strings.Contains(said(heard, desk), "still waits for an answer") {
		t.Errorf("after a day: %+v", heard)
	}
	hear(t, r, "telegram:olga", flows.Update{Text: "/ticket " + ref + " No."})
	hear(t, r, guest, flows.Update{Text: "Not even a tie?"})
	if heard := until("2020-02-05T16:59:00+09:00"); strings.Contains(said(heard, desk), "still waits") {
		t.Errorf("reminded too early: %+v", heard)
	}
	if heard := until("2020-02-05T17:00:00+09:00"); !strings.Contains(said(heard, desk), "still waits") {
		t.Errorf("not reminded of the second question: %+v", heard)
	}
}

// Without a desk the operator's organisers hear of a request that its taker leaves unanswered; where the taker is gone, it is open to all.
func TestTakerWhoIsGoneLeavesTheRequestOpen(t *testing.T) {
	r := team(t, "2020-02-03T09:00:00+09:00")
	set(t, r, "help.desk", "-"+string(desk))
	hear(t, r, guest, flows.Update{Text: "/human Is there a dress code?"})
	hear(t, r, guest, flows.Update{Text: "I agree"})
	ref := strings.TrimPrefix(list(t, r, "help/")[0].Key, "help/")
	hear(t, r, "telegram:olga", flows.Update{Text: "/ticket " + ref + " take"})
	heard := clockTo(t, r, "2020-02-05 18:00")
	if got := said(heard, "telegram:1"); !strings.Contains(got, "still waits for an answer") {
		t.Errorf("the operator's organiser hears of the silence: %q", got)
	}
	as(t, r, "telegram:olga", "/delete", "delete")
	heard = clockTo(t, r, "2020-02-07 18:00")
	for _, who := range []flows.Address{"telegram:1", "telegram:omar"} {
		if got := said(heard, who); !strings.Contains(got, ref) {
			t.Errorf("%s hears that nobody has it: %q", who, got)
		}
	}
	if got := string(list(t, r, "help/")[0].Data); !strings.Contains(got, `"State":"open"`) || strings.Contains(got, "Taker") {
		t.Errorf("the request: %s", got)
	}
	if got := texts(hear(t, r, "telegram:omar", flows.Update{Text: "/ticket " + ref + " take"})); !strings.Contains(got, "is yours") {
		t.Errorf("another takes it: %s", got)
	}
}

// A cry for help is heard wherever it stands: under a file, which is kept as any other, behind a command, in a group. Nothing of it is
// repeated.
func TestDangerIsHeardEverywhere(t *testing.T) {
	const cry = "please help me, my boss keeps me locked in"
	_, r := applicant(t)
	photo := []flows.File{{Name: "cv.pdf", Type: "pdf:1", Size: 1000, Handle: "cv"}}
	all := []flows.Update{{Text: cry, Files: photo}, {Text: "/help me, my boss keeps me locked in"}, {Text: "/sos"}}
	for _, command := range strings.Fields("/start /status /sos /code /quiz /airfare /documents /reminders /programme /glossary /human /ask /apply") {
		all = append(all, flows.Update{Text: command + " " + cry})
	}
	for _, u := range all {
		for _, chat := range []flows.Address{"", "telegram:-5"} {
			u.Chat = chat
			said := hear(t, r, guest, u)
			if len(said) == 0 || !strings.Contains(said[0].Text, "in danger now") || strings.Contains(said[0].Text, "boss") || !said[0].Forget {
				t.Errorf("%q in %q: %+v", u.Text, chat, said)
			}
		}
	}
	if shelf := r.Shelf(guest); !strings.Contains(shelf, "cv received") {
		t.Errorf("the file that came with it is not kept: %s", shelf)
	}
	if requests := list(t, r, "help/"); len(requests) != 0 {
		t.Errorf("passed on unasked: %+v", requests)
	}
}

// A cry in the letters of one language is answered in it, before a language was ever chosen; a chosen one holds.
func TestACryIsAnsweredInItsLetters(t *testing.T) {
	_, r := applicant(t)
	for n, c := range []struct{ chosen, cry, want string }{
		{"", "사장이 제 여권을 뺏었어요", "위험"}, {"", "tôi muốn chết", "nguy hiểm"}, {"", "I want to die", "in danger now"}, {"en", "죽고 싶어요", "in danger now"},
	} {
		who := flows.Address(fmt.Sprint("telegram:new", n))
		if c.chosen != "" {
			hear(t, r, who, flows.Update{Text: "/language " + c.chosen})
		}
		if heard := texts(hear(t, r, who, flows.Update{Text: c.cry})); !strings.Contains(heard, c.want) {
			t.Errorf("%s: %s", c.cry, heard)
		}
	}
}

// Who is in danger and is not understood hears where to turn all the same, before Olle offers to pass their words on.
func TestUnknownWordsAreToldWhereToTurn(t *testing.T) {
	for _, tag := range []string{"en", "ko", "vi", "id"} {
		_, r := applicant(t)
		hear(t, r, "telegram:new", flows.Update{Text: "/language " + tag})
		for range 2 {
			heard := texts(hear(t, r, "telegram:new", flows.Update{Text: "gnarf bloop"}))
			if strings.Count(heard, "112") != 1 {
				t.Errorf("%s: %s", tag, heard)
			}
		}
	}
}

// Organisers write of danger to others.
func TestDangerInOrganisersCommands(t *testing.T) {
	r := team(t, "2020-02-03T09:00:00+09:00")
	said := texts(hear(t, r, "telegram:olga", flows.Update{Text: "/announce Help me, my boss keeps me locked in: whoever hears this calls 112."}))
	if !strings.Contains(said, "Who") || strings.Contains(said, "in danger now") {
		t.Error(said)
	}
}

// Who taps [Ask the organisers] under the places to turn to reaches them.
func TestDangerReachesTheOrganisersWhenAsked(t *testing.T) {
	r := team(t, "2020-02-03T09:00:00+09:00")
	hear(t, r, guest, flows.Update{Text: "please help me, my boss keeps me locked in"})
	hear(t, r, guest, flows.Update{Choice: "/human"})
	hear(t, r, guest, flows.Update{Text: "yes"})
	heard := hear(t, r, guest, flows.Update{Text: "my boss keeps me locked in, tell the organisers"})
	own := said(heard, guest)
	if !strings.Contains(own, "in danger now") || !strings.Contains(own, "on record under H-") || !strings.Contains(said(heard, desk), "Came from: danger") {
		t.Errorf("the person hears: %s\nthe desk hears: %s", own, said(heard, desk))
	}
	heard = hear(t, r, guest, flows.Update{Text: "/human they took my passport"})
	if !strings.Contains(said(heard, desk), "they took my passport") || len(list(t, r, "help/")) != 1 {
		t.Errorf("the desk hears of more: %s", said(heard, desk))
	}
}
