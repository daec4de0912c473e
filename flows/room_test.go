package flows_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"olle/flows"
)

// arrange sets something of the event, as organisers do.
func arrange(t *testing.T, r *flows.Rehearsal, key, value string) []flows.Message {
	t.Helper()
	messages, err := r.Post(flows.Update{Subject: "event/" + r.Book.Current.ID, Call: "event/set", Args: flows.Must(flows.SetArgs{Key: key, Value: value, By: "organiser"})})
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

func at(t *testing.T, moment string) time.Time {
	t.Helper()
	m, err := time.ParseInLocation("2006-01-02 15:04", moment, time.FixedZone("KST", 9*3600))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func clockTo(t *testing.T, r *flows.Rehearsal, moment string) []flows.Message {
	t.Helper()
	said, err := r.Until(at(t, moment))
	if err != nil {
		t.Fatal(err)
	}
	return said
}

// room is a workshop with a chair and people who confirmed, on the eve of its first day, with a programme.
func room(t *testing.T, people int) (*flows.Rehearsal, []flows.Address) {
	t.Helper()
	b := bookWith(t, func(e *flows.Event) {
		e.Cohort = flows.Cohort{TelegramGroup: "telegram:-100500", DiscordChannel: "discord:c77"}
	})
	b.Organisers = []flows.Address{chair}
	r := rehearse(t, b, "2020-02-03T09:00:00+09:00")
	var all []flows.Address
	for i := range people {
		who := flows.Address(fmt.Sprintf("%s:%d", []string{"telegram", "discord", "web"}[i%3], 5000+i))
		decide(t, r, candidate(t, r, who, []string{"Kathmandu", "Hanoi", "Jakarta", "Bangkok"}[i%4]), "selected", 0)
		all = append(all, who)
	}
	release(t, r)
	for _, who := range all {
		if got := as(t, r, who, "/seat confirm", "cancel"); got == "" {
			t.Fatal("nobody welcomed them")
		}
	}
	for _, one := range [][2]string{
		{"session.concepts", "2020-03-31 09:00-10:30 | lecture | Introducing the 3P Approach | Hall A | Tim Howe, Masako Ueda"},
		{"session.identify", "2020-03-31 11:00-12:30 | exercise | Victim Identification | Hall A | Sebastian Boll"},
		{"session.share", "2020-04-01 09:00-12:00 | cityshare | CityShare | Room 2"},
		{"session.exchange", "2020-04-02 09:00-10:30 | lecture | Data and Information Exchange | Hall A | Tim Howe"},
		{"session.visit", "2020-04-02 13:00-17:00 | visit | Study visit | Main gate"},
		{"session.plans", "2020-04-03 09:00-12:00 | presentation | Action plans | Hall A"},
	} {
		if said := arrange(t, r, one[0], one[1]); len(said) > 0 {
			t.Fatalf("a change is told before it has settled: %v", said)
		}
	}
	return r, all
}

// A programme typed in key by key is told once, a change once to each, a slip put right never; the night is waited for.
func TestProgrammeChangesAreToldOnce(t *testing.T) {
	r, all := room(t, 3)
	said := clockTo(t, r, "2020-03-29 12:00")
	if n := strings.Count(texts(said), "The programme has changed"); n != len(all) {
		t.Fatalf("the new programme was told %d times to %d people: %s", n, len(all), texts(said))
	}
	arrange(t, r, "session.visit.room", "Lobby")
	arrange(t, r, "session.visit.room", "Main gate")
	if said := clockTo(t, r, "2020-03-29 13:00"); strings.Contains(texts(said), "programme") {
		t.Errorf("a slip that was put right was told: %s", texts(said))
	}
	arrange(t, r, "session.visit.start", "2020-04-02 13:30")
	arrange(t, r, "session.visit.room", "Lobby")
	told := texts(clockTo(t, r, "2020-03-29 14:00"))
	if n := strings.Count(told, "13:30–17:30 Study visit, Lobby"); n != len(all) || !strings.Contains(told, "before: 2020-04-02 13:00, Main gate") {
		t.Errorf("told %d times: %s", n, told)
	}
	arrange(t, r, "session.plans.room", "Hall B")
	clockTo(t, r, "2020-03-29 15:00")
	arrange(t, r, "session.plans.room", "Hall C")
	if n := strings.Count(texts(clockTo(t, r, "2020-03-29 16:00")), "Hall C"); n != len(all) {
		t.Errorf("the second move was told %d times", n)
	}
	clockTo(t, r, "2020-03-30 02:00") // a quarter to eleven in Nepal, midnight in Vietnam and Indonesia
	arrange(t, r, "session.exchange", "off")
	if night := clockTo(t, r, "2020-03-30 06:30"); strings.Contains(texts(night), "left out") {
		t.Errorf("told at night: %s", texts(night))
	}
	if morning := texts(clockTo(t, r, "2020-03-30 12:00")); strings.Count(morning, "Data and Information Exchange is left out") != len(all) {
		t.Errorf("the morning after: %s", morning)
	}
}

// On the spot everybody's night is the workshop's, wherever they come from; the day before it is still that of home.
func TestNightsOnTheSpot(t *testing.T) {
	b := book(t)
	b.Organisers = []flows.Address{chair}
	r := rehearse(t, b, "2020-02-03T09:00:00+09:00")
	apia, islamabad := flows.Address("telegram:11"), flows.Address("telegram:12")
	decide(t, r, candidate(t, r, apia, "Apia"), "selected", 0)
	decide(t, r, candidate(t, r, islamabad, "Islamabad"), "selected", 0)
	release(t, r)
	as(t, r, apia, "/seat confirm", "cancel")
	as(t, r, islamabad, "/seat confirm", "cancel")
	arrange(t, r, "session.plans", "2020-04-02 14:00-16:00 | lecture | Plans | Hall A")
	clockTo(t, r, "2020-03-30 20:00") // midnight in Apia, afternoon in Islamabad
	for _, one := range []struct {
		room, at, quiet, told string
		who                   []flows.Address
	}{
		{"Hall B", "2020-03-30 20:00", "2020-03-30 20:01", "2020-03-30 20:10", []flows.Address{islamabad}},
		{"", "", "2020-03-31 06:59", "2020-03-31 07:00", []flows.Address{apia}},
		{"Hall C", "2020-04-01 20:00", "2020-04-01 20:01", "2020-04-01 20:10", []flows.Address{apia, islamabad}},
		{"Hall D", "2020-04-01 23:00", "2020-04-02 06:59", "2020-04-02 07:00", []flows.Address{apia, islamabad}},
		{"Hall E", "2020-04-02 07:10", "2020-04-02 07:11", "2020-04-02 07:20", []flows.Address{apia, islamabad}},
	} {
		if one.room != "" {
			clockTo(t, r, one.at)
			arrange(t, r, "session.plans.room", one.room)
		}
		if early := texts(clockTo(t, r, one.quiet)); strings.Contains(early, "programme has changed") {
			t.Errorf("%s is told before %s: %s", one.room, one.quiet, early)
		}
		messages := clockTo(t, r, one.told)
		for _, who := range []flows.Address{apia, islamabad} {
			if told := strings.Contains(said(messages, who), "programme has changed"); told != slices.Contains(one.who, who) {
				t.Errorf("%s by %s: %s is told: %v", one.room, one.told, who, told)
			}
		}
	}
	if got := as(t, r, apia, "/reminders"); !strings.Contains(got, "(KST)") {
		t.Errorf("whose clock the night is: %s", got)
	}
}

// Nobody goes in the early morning to a session that was moved or called off at night; one that is over wakes nobody.
func TestEarlySessionsAreToldAtNight(t *testing.T) {
	for key, value := range map[string]string{"session.visit.start": "2020-04-02 15:00", "session.visit": "off"} {
		r, all := room(t, 1)
		clockTo(t, r, "2020-03-31 12:00")
		arrange(t, r, "session.visit", "2020-04-02 06:30-12:00 | visit | Study visit | Main gate")
		clockTo(t, r, "2020-04-02 03:00")
		arrange(t, r, key, value)
		if got := said(clockTo(t, r, "2020-04-02 03:10"), all[0]); !strings.Contains(got, "programme has changed") {
			t.Errorf("%s = %s is not told before the old start: %q", key, value, got)
		}
		clockTo(t, r, "2020-04-02 23:30")
		arrange(t, r, "session.exchange", "off")
		if got := said(clockTo(t, r, "2020-04-03 06:50"), all[0]); got != "" {
			t.Errorf("woken for what is over: %q", got)
		}
	}
}

// Whatever can be set reads afterwards as it was set, from what is kept of it too.
func TestWhatIsSetTakesHold(t *testing.T) {
	e := book(t).Current
	names := strings.NewReplacer("canned.KEY", "canned.visa", "text.KEY", "text.common.long", "session.ID", "session.opening", "start|end|room|name|kind|speakers", "room")
	values := map[string]string{
		"announce.approval": "on", "channel": "bot", "deadline": "2020-02-20T18:00:00+09:00",
		"cohort.discord_channel": "discord:c1", "cohort.discord_invite": "https://discord.gg/x", "cohort.discord_role": "2", "cohort.telegram_group": "telegram:-100",
		"evaluation.opens": "2020-04-03T09:00:00+09:00", "evaluation.closes": "2020-04-20T12:00:00+09:00",
		"help.canned.visa": "Ask the embassy.", "help.desk": "telegram:-100", "help.escalate": "7h0m0s", "help.hours": "at night", "help.reply": "in a week",
		"help.office": "Mon, Tue, Wed, Thu 10:00-16:00", "text.common.long": "Too long.",
		"session.opening": "2020-03-31 09:00-10:00 | lecture | Opening | Hall A | Tim Howe", "session.opening.room": "Hall B",
	}
	var all flows.Override
	for _, key := range flows.Settable() {
		key = names.Replace(key)
		if got, _ := all.Apply(e).Get(key); values[key] == "" || got == values[key] {
			t.Errorf("%s is %q, and nothing else is to be set", key, got)
		}
		if err := all.Set(e, key, values[key], "olga", e.Start.AddDate(0, -2, 0)); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		var alone, kept flows.Override
		if err := json.Unmarshal(flows.Must(all), &kept); err != nil {
			t.Fatal(err)
		}
		if got, err := kept.Apply(e).Get(key); err != nil || got != values[key] {
			t.Errorf("%s is %q, %v", key, got, err)
		}
		if strings.HasSuffix(key, ".room") {
			continue // of a session that is there already
		}
		if err := alone.Set(e, key, values[key], "olga", e.Start.AddDate(0, -2, 0)); err != nil {
			t.Errorf("%s alone: %v", key, err)
		}
		if got, err := alone.Apply(e).Get(key); err != nil || got != values[key] {
			t.Errorf("%s alone is %q, %v", key, got, err)
		}
	}
}

// What does not fit is refused with the remedy, and changes nothing.
func TestProgrammeRefusesWhatItCannotShow(t *testing.T) {
	e := book(t).Current
	for key, value := range map[string]string{
		"session.x":       "tomorrow at nine",
		"session.y":       "2020-03-31 10:00-09:00 | lecture | Backwards",
		"session.z":       "2020-05-31 09:00-10:00 | lecture | Too late",
		"session.a":       "2020-03-31 09:00-10:00 | party | Odd kind",
		"session.b":       "2020-03-31 09:00-10:00 | | " + strings.Repeat("x", 200),
		"session.c.room":  "Hall A",
		"session.BIG":     "2020-03-31 09:00-10:00 | lecture | Name",
		"session.d.shoes": "blue",
	} {
		var o flows.Override
		if err := o.Set(e, key, value, "olga", e.Start); err == nil || len(o.Trail) > 0 || !strings.HasPrefix(err.Error(), "flows: ") {
			t.Errorf("%s = %q: %v", key, value, err)
		}
	}
}

// Reminders of a session go to people and to the cohort's rooms, once, and follow the session when it moves.
func TestRemindersOfSessions(t *testing.T) {
	r, all := room(t, 3)
	clockTo(t, r, "2020-04-01 07:00")
	arrange(t, r, "session.share.start", "2020-04-01 10:00")
	early := texts(clockTo(t, r, "2020-04-01 08:30"))
	if strings.Contains(early, "bring your laptop") {
		t.Fatalf("reminded by the old time: %s", early)
	}
	messages := clockTo(t, r, "2020-04-01 12:00")
	to := map[flows.Address]int{}
	for _, m := range messages {
		if strings.Contains(m.Text, "CityShare begins Wed 1 Apr, 10:00 KST") && strings.Contains(m.Text, "Room 2. Please bring your laptop") {
			to[m.To]++
		}
	}
	for _, who := range append(slices.Clone(all), "telegram:-100500", "discord:c77") {
		if to[who] != 1 {
			t.Errorf("%s was reminded %d times: %s", who, to[who], texts(messages))
		}
	}
	if said := texts(clockTo(t, r, "2020-04-02 12:45")); strings.Count(said, "Meeting point: Main gate") != len(all)+2 {
		t.Errorf("the meeting point: %s", said)
	}
	if said := texts(clockTo(t, r, "2020-04-03 08:00")); strings.Count(said, "Are your slides ready?") != len(all) {
		t.Errorf("the slides: %s", said)
	}
}

// hostCode opens a session's attendance and returns its code.
func hostCode(t *testing.T, r *flows.Rehearsal, session string) string {
	t.Helper()
	said := as(t, r, chair, "/attendance start "+session)
	_, code, ok := strings.Cut(said, "Code: ")
	if !ok {
		t.Fatalf("no code: %s", said)
	}
	return code[:6]
}

func TestAttendance(t *testing.T) {
	r, all := room(t, 3)
	clockTo(t, r, "2020-03-31 08:45")
	code := hostCode(t, r, "concepts")
	if again := hostCode(t, r, "concepts"); again != code {
		t.Errorf("asked again, the code is %s, not %s", again, code)
	}
	if got := as(t, r, all[0], "/attend "+code); !strings.Contains(got, "You are marked present: Introducing the 3P Approach") {
		t.Error(got)
	}
	if got := as(t, r, all[0], "/code "+strings.ToLower(code)); !strings.Contains(got, "marked present already") {
		t.Error(got)
	}
	if got := as(t, r, all[1], "/start attend-"+code); !strings.Contains(got, "You are marked present") {
		t.Error(got)
	}
	stranger := flows.Address("web:stranger")
	if got := as(t, r, stranger, "/attend "+code); !strings.Contains(got, "for those who confirmed a seat") {
		t.Error(got)
	}
	ref := "VCA20-" + strings.ToUpper(strings.TrimPrefix(flows.PersonID(all[2]), "person/")[:6])
	list, err := r.Guest(chair, flows.Update{Text: "/attendance list concepts"})
	if err != nil || !strings.Contains(texts(list), "2 of 3 present") || len(list[0].Choices) != 1 || !strings.Contains(list[0].Choices[0].Value, ref) {
		t.Fatalf("%v %+v", err, list)
	}
	if _, err := r.Guest(chair, flows.Update{Choice: list[0].Choices[0].Value}); err != nil {
		t.Fatal(err)
	}
	if got := as(t, r, chair, "/attendance list concepts"); !strings.Contains(got, "3 of 3 present") {
		t.Error(got)
	}
	as(t, r, chair, "/attendance unmark concepts "+ref)
	if got := as(t, r, chair, "/attendance"); !strings.Contains(got, "Hall A (Tim Howe, Masako Ueda): 2") {
		t.Error(got)
	}
	if got := inside(t, r, flows.Update{Subject: flows.PersonID(all[2]), Call: "attend/mark", From: all[0], Args: flows.Must(flows.MarkArgs{Session: "concepts", There: true})}); got != "" {
		t.Error(got)
	}
	if here, _ := flows.AttendanceOf(r, "concepts"); len(here) != 2 {
		t.Errorf("a participant marked another: %v", here)
	}
	clockTo(t, r, "2020-03-31 11:00")
	if got := as(t, r, all[2], "/attend "+code); !strings.Contains(got, "do not know that code") {
		t.Errorf("after the session: %s", got)
	}
	as(t, r, all[0], "/delete", "delete everything")
	if here, _ := flows.AttendanceOf(r, "concepts"); len(here) != 1 {
		t.Errorf("the deleted person is still present: %v", here)
	}
}
