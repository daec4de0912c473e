package flows_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"olle/flows"
)

// office plays announcements by their calls, as the console and the command line do.
type office struct {
	*testing.T
	run *flows.Rehearsal
}

func newOffice(t *testing.T, people ...string) *office {
	d := &office{T: t, run: rehearse(t, book(t), "2020-02-03T09:00:00+09:00")}
	for _, name := range people {
		d.says(name, "hello")
	}
	return d
}

func (d *office) says(name, text string) []flows.Message {
	d.Helper()
	said, err := d.run.Guest(flows.Address("terminal:"+name), flows.Update{Text: text})
	if err != nil {
		d.Fatal(err)
	}
	return said
}

func (d *office) taps(name, value string) string {
	d.Helper()
	said, err := d.run.Guest(flows.Address("terminal:"+name), flows.Update{Choice: value})
	if err != nil {
		d.Fatal(err)
	}
	return spoken(said)
}

func (d *office) call(from flows.Address, id, call string, args any) []flows.Message {
	d.Helper()
	u := flows.Update{Subject: flows.AnnouncementKey(id), Call: "announcement/" + call, From: from}
	if args != nil {
		u.Args = flows.Must(args)
	}
	said, err := d.run.Post(u)
	if err != nil {
		d.Fatal(err)
	}
	return said
}

func (d *office) wait(t time.Duration) []flows.Message {
	d.Helper()
	said, err := d.run.Until(d.run.Now.Add(t))
	if err != nil {
		d.Fatal(err)
	}
	return said
}

func (d *office) report(id string) flows.AnnouncementReport {
	d.Helper()
	r, err := flows.ReportAnnouncement(d.run, id)
	if err != nil {
		d.Fatal(err)
	}
	return r
}

func (d *office) is(id, state string, sent int) {
	d.Helper()
	if r := d.report(id); r.State != state || r.Sent != sent {
		d.Errorf("%s is %s with %d sent of %d, want %s with %d", id, r.State, r.Sent, r.Recipients, state, sent)
	}
}

func spoken(said []flows.Message) string {
	var all []string
	for _, m := range said {
		all = append(all, string(m.To)+": "+m.Text)
	}
	return strings.Join(all, "\n")
}

func people(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("p%03d", i))
	}
	return names
}

func TestAnAnnouncementReachesEachOnce(t *testing.T) {
	d := newOffice(t, people(200)...)
	d.call(flows.Operator, "A", "create", flows.AnnouncementArgs{Text: "Doors open at nine."})
	d.is("A", "draft", 0)
	got := map[flows.Address]int{}
	said := d.call(flows.Operator, "A", "start", nil)
	if len(said) > 60 {
		t.Errorf("%d are let in at once", len(said))
	}
	for range 20 {
		for _, m := range said {
			got[m.To]++
		}
		d.call(flows.Operator, "A", "start", nil) // a second time does nothing
		said = d.wait(time.Second)
	}
	d.is("A", "finished", 200)
	for to, n := range got {
		if n != 1 {
			t.Errorf("%s got it %d times", to, n)
		}
	}
	if len(got) != 200 {
		t.Errorf("%d got it", len(got))
	}
	if left := d.wait(24 * time.Hour); strings.Contains(spoken(left), "Doors") {
		t.Error("it goes on after its end")
	}
}

// shelf is a source whose updates are played one by one, so that a post can be held back.
type shelf map[string]flows.Doc

func (s shelf) Load(keys ...string) (docs []flows.Doc, err error) {
	for _, k := range keys {
		docs = append(docs, flows.Doc{Key: k, Data: s[k].Data})
	}
	return docs, nil
}

func (s shelf) List(prefix, after string, n int) (docs []flows.Doc, err error) {
	for _, k := range slices.Sorted(maps.Keys(s)) {
		if strings.HasPrefix(k, prefix) && k > after && len(docs) < n {
			docs = append(docs, s[k])
		}
	}
	return docs, nil
}

func (s shelf) play(t *testing.T, b *flows.Book, u flows.Update) flows.Outcome {
	t.Helper()
	out, err := b.Play(u, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range out.Put {
		if s[d.Key] = d; d.Data == nil {
			delete(s, d.Key)
		}
	}
	return out
}

// Whoever's turn came too late is asked again, under a name that no store drops as seen.
func TestWhoWasHeldBackIsAskedAnew(t *testing.T) {
	d := newOffice(t, "nina")
	s, now := shelf{}, d.run.Now
	for _, doc := range dump(t, d.run) {
		s[doc.Key] = doc
	}
	do := func(call string, args any) flows.Outcome {
		return s.play(t, d.run.Book, flows.Update{ID: call, Subject: flows.AnnouncementKey("A"), Call: "announcement/" + call, From: flows.Operator, Sent: now, At: now, Args: flows.Must(args)})
	}
	do("create", flows.AnnouncementArgs{Text: "The bus leaves.", StaleAfter: 10 * time.Minute})
	first := do("start", nil).Posts[0]
	now = now.Add(20 * time.Minute) // the post waited while the ticks went on
	first.At = now
	if late := s.play(t, d.run.Book, first); len(late.Messages) > 0 {
		t.Fatalf("said too late: %+v", late.Messages)
	}
	again := s.play(t, d.run.Book, flows.Update{ID: "walk", Subject: flows.AnnouncementKey("A"), Call: "announcement/walk", At: now, Sent: now, Due: now}).Posts
	if len(again) != 1 || again[0].ID == first.ID {
		t.Fatalf("asked %s, then %+v", first.ID, again)
	}
	if heard := s.play(t, d.run.Book, again[0]); len(heard.Messages) != 1 {
		t.Errorf("then told: %+v", heard.Messages)
	}
}

// What was said and has not left when the organisers pause leaves when they go on, once, and never after they have cancelled; the one
// post to a channel likewise.
func TestWhatHasNotLeftIsHeldByAPause(t *testing.T) {
	d := newOffice(t, "nina")
	for _, to := range []flows.Address{"", "channel:discord:123"} {
		s, now := shelf{}, d.run.Now
		for _, doc := range dump(t, d.run) {
			s[doc.Key] = doc
		}
		n := 0
		do := func(call string, args any) flows.Outcome {
			n, now = n+1, now.Add(time.Second)
			return s.play(t, d.run.Book, flows.Update{ID: fmt.Sprint(n), Subject: flows.AnnouncementKey("A"), Call: "announcement/" + call, From: flows.Operator, Sent: now, At: now, Due: now, Args: flows.Must(args)})
		}
		heard := func(out flows.Outcome) []flows.Message {
			for _, p := range out.Posts {
				p.At = now
				out.Messages = append(out.Messages, s.play(t, d.run.Book, p).Messages...)
			}
			return out.Messages
		}
		leaves := func(m flows.Message) string {
			state := m.Ledger.Withheld(s[m.Ledger.While])
			if state != "" {
				s[m.Ledger.Key] = flows.Doc{Key: m.Ledger.Key, Data: flows.Must(flows.Carried{State: state, To: m.To, At: now, Note: m.Ledger.Note})}
			}
			return state
		}
		do("create", flows.AnnouncementArgs{Text: "The bus leaves.", To: string(to)})
		said := heard(do("start", nil))
		if len(said) != 1 || leaves(said[0]) != "" {
			t.Fatalf("to %q: %+v", to, said)
		}
		do("pause", nil)
		if state := leaves(said[0]); state == "" || state == "skipped" {
			t.Errorf("to %q: while paused the message is %q", to, state)
		}
		do("walk", nil)
		said = heard(do("resume", nil))
		if len(said) != 1 || leaves(said[0]) != "" {
			t.Fatalf("to %q: after the pause %+v", to, said)
		}
		do("cancel", nil)
		if state := leaves(said[0]); state != "skipped" {
			t.Errorf("to %q: cancelled, and the message is %q", to, state)
		}
		do("walk", nil)
		r, err := flows.ReportAnnouncement(s, "A")
		if err != nil || r.Sent != 0 || r.State != flows.AnnouncementCancelled || r.Recipients != 1 {
			t.Errorf("to %q: %+v, %v", to, r, err)
		}
	}
}

func TestPauseAndCancelTakeHoldAtOnce(t *testing.T) {
	d := newOffice(t, people(600)...)
	d.call(flows.Operator, "A", "create", flows.AnnouncementArgs{Text: "Doors open at nine."})
	first := len(d.call(flows.Operator, "A", "start", nil))
	d.call(flows.Operator, "A", "pause", nil)
	if said := d.wait(time.Minute); len(said) > 0 {
		t.Errorf("%d got it after the pause", len(said))
	}
	d.is("A", "paused", first)
	d.call(flows.Operator, "A", "resume", nil)
	d.call(flows.Operator, "A", "cancel", nil)
	n := d.report("A").Sent
	d.wait(time.Minute)
	if r := d.report("A"); r.State != "cancelled" || r.Sent < n || r.Sent >= 600 {
		t.Errorf("cancelled with %d, ended with %d, %s", n, r.Sent, r.State)
	}
	d.call(flows.Operator, "A", "resume", nil)
	if said := d.wait(time.Minute); len(said) > 0 {
		t.Error("a cancelled one goes on")
	}
}

func TestOnlyThoseWhoMaySend(t *testing.T) {
	d := newOffice(t, "min", "nina")
	d.call("terminal:nina", "A", "create", flows.AnnouncementArgs{Text: "Send money to Nina."})
	if _, err := flows.ReportAnnouncement(d.run, "A"); err == nil {
		t.Error("an applicant wrote an announcement")
	}
	d.call(flows.Operator, "A", "create", flows.AnnouncementArgs{Text: "Doors open at nine."})
	for _, call := range []string{"start", "approve", "retract", "walk", "due"} {
		if said := d.call("terminal:nina", "A", call, nil); len(said) > 0 {
			t.Errorf("an applicant's %s: %s", call, spoken(said))
		}
	}
	d.is("A", "draft", 0)
}

func TestASecondPersonApproves(t *testing.T) {
	d := newOffice(t, "min", "soo", "nina")
	for _, who := range []string{"min", "soo"} {
		d.right(who)
	}
	if _, err := d.run.Post(flows.Update{Subject: "event/vca-jeju-2020", Call: "event/set", From: flows.Operator, Args: flows.Must(flows.SetArgs{Key: "announce.approval", Value: "on", By: "x"})}); err != nil {
		t.Fatal(err)
	}
	d.call("terminal:min", "A", "create", flows.AnnouncementArgs{Text: "Doors open at nine.", Audience: "role=applicant"})
	if said := spoken(d.call("terminal:min", "A", "start", nil)); !strings.Contains(said, "telegram:1: Announcement A for role=applicant waits") || strings.Contains(said, "nina") {
		t.Errorf("asked: %s", said)
	}
	seen := func() flows.AnnouncementSeen {
		r, err := flows.ReportAnnouncement(d.run, "A")
		if err != nil {
			t.Fatal(err)
		}
		return flows.AnnouncementSeen{Changed: r.Changed}
	}
	d.call("terminal:min", "A", "approve", seen())
	d.is("A", "draft", 0)
	before := seen()
	d.wait(time.Second)
	d.call("terminal:min", "A", "create", flows.AnnouncementArgs{Text: "Doors close at nine.", Audience: "role=applicant"})
	d.call("terminal:soo", "A", "approve", before) // other words than are there now
	d.is("A", "draft", 0)
	d.wait(time.Second)
	d.call("terminal:min", "A", "create", flows.AnnouncementArgs{Text: "Doors open at nine.", Audience: "role=applicant"})
	d.call("terminal:min", "A", "start", nil)
	if said := spoken(d.call("terminal:soo", "A", "approve", seen())); !strings.Contains(said, "nina: Doors") {
		t.Errorf("approved: %s", said)
	}
	d.wait(5 * time.Second)
	d.is("A", "finished", 1)
}

func (d *office) right(name string) {
	d.Helper()
	if _, err := d.run.Post(flows.Update{Subject: flows.PersonID(flows.Address("terminal:" + name)), Call: "person/rights", From: flows.Operator, Args: flows.Must([]string{"send"})}); err != nil {
		d.Fatal(err)
	}
}

// A value that reads like a placeholder's name is none.
func TestValuesAreNoPlaceholders(t *testing.T) {
	got := book(t).Current.Sentence("xx", "team.announce.approve", "id", "audience", "audience", "role=applicant")
	if !strings.Contains(got, "Announcement audience for role=applicant waits") {
		t.Error(got)
	}
}

func TestCorrectRetractAndRead(t *testing.T) {
	d := newOffice(t, people(90)...)
	d.call(flows.Operator, "A", "create", flows.AnnouncementArgs{Text: "Doors open at nine.", Read: true, Choices: []flows.Choice{{Label: "Map", Value: "https://example.org/map"}, {Label: "Documents", Value: "/documents"}}})
	m := d.call(flows.Operator, "A", "start", nil)[0]
	if m.Text != "Doors open at nine.\n\nMap: https://example.org/map" || len(m.Choices) != 2 || m.Choices[1].Value != "announcement/read/A" || !m.Bulk {
		t.Errorf("%+v", m)
	}
	d.wait(10 * time.Second)
	if said := d.taps("p007", "announcement/read/A"); !strings.Contains(said, "you have read it") {
		t.Errorf("read: %s", said)
	}
	if said := d.taps("p007", "announcement/read/B"); !strings.Contains(said, "earlier question") {
		t.Errorf("read what was never sent: %s", said)
	}
	if unread, err := flows.Unread(book(t).Current, d.run, "A"); err != nil || len(unread) != 89 {
		t.Errorf("%d have not read it, %v", len(unread), err)
	}
	d.call(flows.Operator, "A", "correct", flows.AnnouncementArgs{Text: "Doors open at ten."})
	edits := map[string]int{}
	for _, m := range d.wait(20 * time.Second) {
		if m.Edit == "" || !strings.HasPrefix(m.Text, "Doors open at ten.") {
			t.Errorf("%+v", m)
		}
		edits[m.Edit]++
	}
	if len(edits) != 90 {
		t.Errorf("%d corrected", len(edits))
	}
	d.says("p003", "/delete")
	d.says("p003", "delete everything")
	d.call(flows.Operator, "A", "retract", nil)
	if said := d.wait(20 * time.Second); len(said) != 89 || said[0].Text != "The organisers have taken this message back. You need not do anything." || len(said[0].Choices) > 0 {
		t.Errorf("%d taken back", len(said))
	}
	d.is("A", "finished", 90)
}

func TestTheHourIsEachOnesOwn(t *testing.T) {
	d := newOffice(t, "seoul")
	d.begins("nepal", "Kathmandu")
	d.begins("kenya", "Nairobi")
	d.call(flows.Operator, "A", "create", flows.AnnouncementArgs{Text: "Good morning.", Local: "09:00"})
	said := d.call(flows.Operator, "A", "start", nil)
	if got := spoken(said); got != "terminal:seoul: Good morning." {
		t.Errorf("at nine in Seoul: %s", got)
	}
	for _, want := range []struct {
		after time.Duration
		text  string
	}{{3*time.Hour + 14*time.Minute, ""}, {2 * time.Minute, "terminal:nepal: Good morning."}, {2 * time.Hour, ""}, {46 * time.Minute, "terminal:kenya: Good morning."}} {
		if got := spoken(d.wait(want.after)); got != want.text {
			t.Errorf("at %s: %q", d.run.Now, got)
		}
	}
	d.wait(time.Minute)
	d.is("A", "finished", 3)
}

// Two people who got it became one by linking: both of their chats see every change of it, in the person's language; after a deletion none.
func TestFixesReachLinkedChats(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	d := &office{T: t, run: r}
	as(t, r, "telegram:70", "hello", "/language ko")
	as(t, r, "discord:71", "hello")
	d.call(flows.Operator, "A", "create", flows.AnnouncementArgs{Text: "Doors open at nine."})
	d.call(flows.Operator, "A", "start", nil)
	d.wait(time.Minute)
	code := shownCode.FindString(as(t, r, "telegram:70", "/link"))
	as(t, r, "discord:71", "/link "+code)
	for _, call := range []string{"correct", "retract"} {
		var args any
		if call == "correct" {
			args = flows.AnnouncementArgs{Text: "Doors open at ten."}
		}
		said := append(d.call(flows.Operator, "A", call, args), d.wait(time.Minute)...)
		if len(said) != 2 || said[0].To == said[1].To || said[0].Edit == "" || said[1].Edit == "" || said[0].Text != said[1].Text {
			t.Errorf("%s: %+v", call, said)
		}
	}
	as(t, r, "discord:71", "/delete", "삭제")
	for _, doc := range list(t, r, "sent/") {
		t.Errorf("left after the deletion: %s", doc.Key)
	}
}

// What is resumed at night waits for the local hour again; what is resumed within the hour goes on.
func TestLocalHoursAfterAPause(t *testing.T) {
	for _, c := range []struct{ resumed, told string }{{"2020-02-05 03:00", "2020-02-05 09:00"}, {"2020-02-05 09:40", "2020-02-05 09:40"}} {
		r := rehearse(t, book(t), "2020-02-03T11:00:00+09:00")
		apply(t, r, "Seoul")
		d := &office{T: t, run: r}
		d.call(flows.Operator, "A", "create", flows.AnnouncementArgs{Text: "Doors open at nine.", Local: "09:00"})
		d.call(flows.Operator, "A", "start", nil)
		d.call(flows.Operator, "A", "pause", nil)
		clockTo(t, r, c.resumed)
		said := d.call(flows.Operator, "A", "resume", nil)
		for told := at(t, c.told); ; said = d.wait(time.Minute) {
			if early := r.Now.Before(told); early && len(said) > 0 || !early && len(said) != 1 {
				t.Errorf("resumed at %s, at %s it is %q", c.resumed, r.Now, spoken(said))
			}
			if !r.Now.Before(told) {
				break
			}
		}
		d.wait(time.Minute)
		d.is("A", "finished", 1)
	}
}

// So do those whom the pause held back on their way.
func TestHeldBackTillTheirHour(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T11:00:00+09:00")
	apply(t, r, "Seoul")
	d := &office{T: t, run: r}
	d.call(flows.Operator, "A", "create", flows.AnnouncementArgs{Text: "Doors open at nine.", Local: "09:00"})
	d.call(flows.Operator, "A", "start", nil)
	s, now := shelf{}, at(t, "2020-02-04 09:00")
	for _, doc := range dump(t, r) {
		s[doc.Key] = doc
	}
	do := func(call string, from flows.Address) flows.Outcome {
		return s.play(t, r.Book, flows.Update{ID: call + now.String(), Subject: flows.AnnouncementKey("A"), Call: "announcement/" + call, From: from, Sent: now, At: now})
	}
	hear := do("walk", "").Posts[0]
	do("pause", flows.Operator)
	s.play(t, r.Book, hear)
	do("walk", "")
	now = at(t, "2020-02-05 03:00")
	night := do("resume", flows.Operator)
	if i := slices.IndexFunc(night.Alarms, func(a flows.Alarm) bool { return a.At.Equal(at(t, "2020-02-05 09:00")) }); len(night.Posts) > 0 || i < 0 {
		t.Fatalf("resumed at night: %+v, %+v", night.Posts, night.Alarms)
	}
	now = at(t, "2020-02-05 09:00")
	if posts := do("walk", "").Posts; len(posts) != 1 || len(s.play(t, r.Book, posts[0]).Messages) != 1 {
		t.Errorf("in the morning: %+v", posts)
	}
}

// begins applies from somewhere.
func (d *office) begins(name, city string) {
	d.Helper()
	for _, l := range []string{"/apply", "I agree", "For myself", "A. Applicant", "An office", "Head", "government", "senior", "9", city, city, "Nepal", "a@example.org"} {
		d.says(name, l)
	}
}

func TestWhatIsLateAsks(t *testing.T) {
	d := newOffice(t, "min", "nina")
	d.right("min")
	at := d.run.Now.Add(time.Hour)
	d.call("terminal:min", "A", "create", flows.AnnouncementArgs{Text: "The bus leaves in ten minutes.", At: at, StaleAfter: 5 * time.Minute})
	d.call("terminal:min", "A", "start", nil)
	d.is("A", "scheduled", 0)
	d.run.Skip(at.Add(time.Hour)) // the bot was down
	if said := spoken(d.wait(time.Second)); !strings.Contains(said, "terminal:min: Announcement A paused by itself: it is later") {
		t.Errorf("late: %s", said)
	}
	d.is("A", "paused", 0)
	if said := spoken(d.call("terminal:min", "A", "resume", nil)); !strings.Contains(said, "terminal:nina: The bus") {
		t.Errorf("resumed: %s", said)
	}
}

func TestOnePostToAChannel(t *testing.T) {
	d := newOffice(t, "nina")
	for to, want := range map[string]string{"channel:discord:123": "discord:c123", "channel:telegram:-100123": "telegram:-100123", "telegram:100123": "telegram:-100123", "discord:c9": "discord:c9"} {
		if a, err := flows.ReadChannel(to); err != nil || string(a) != want {
			t.Errorf("%s is %s, %v", to, a, err)
		}
	}
	for _, to := range []string{"", "channel:web:1", "channel:discord:", "channel:discord:x", "telegram"} {
		if a, err := flows.ReadChannel(to); err == nil {
			t.Errorf("%q is taken for %s", to, a)
		}
	}
	d.call(flows.Operator, "A", "create", flows.AnnouncementArgs{Text: "Doors open at nine.", To: "channel:discord:123", Choices: []flows.Choice{{Label: "Documents", Value: "/documents"}}})
	if said := d.call(flows.Operator, "A", "start", nil); len(said) != 1 || said[0].To != "discord:c123" || len(said[0].Choices) > 0 {
		t.Errorf("%+v", said)
	}
	d.wait(5 * time.Second)
	d.is("A", "finished", 1)
	d.call(flows.Operator, "A", "correct", flows.AnnouncementArgs{Text: "Doors open at ten."})
	if said := d.wait(5 * time.Second); len(said) != 1 || said[0].Edit == "" {
		t.Errorf("corrected: %+v", said)
	}
}

func TestWhatCannotBeSentIsSaid(t *testing.T) {
	e := book(t).Current
	for _, a := range []flows.AnnouncementArgs{
		{}, {Text: strings.Repeat("a", 1801)}, {Text: "x", Audience: "y"}, {Text: "x", Local: "25:00"}, {Text: "x", To: "nowhere"},
		{Text: "x", To: "discord:1", Audience: "stage=new"}, {Text: "x", Choices: []flows.Choice{{Label: "a", Value: "javascript:1"}}},
		{Text: strings.Repeat("*a ", 600)}, {Text: strings.Repeat("- a\n", 450) + strings.Repeat("a", 1)}, {Text: "x", StaleAfter: -1}, {Text: strings.Repeat("a", 1800), Choices: []flows.Choice{{Label: "a", Value: "https://" + strings.Repeat("b", 190)}, {Label: "a", Value: "https://" + strings.Repeat("c", 190)}}},
	} {
		if _, err := a.Check(e); err == nil {
			t.Errorf("%+v is taken", a)
		}
	}
}
