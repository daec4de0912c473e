package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"olle/flows"
	"olle/storage"
	"olle/storage/storagetest"
)

// The month: thirty days of the call for applications with many people in many zones who do many things, played by a bot with a clock
// moved by hand, three times down, the deadline moved. What each should hear, and when, is calculated in month_model_test.go without it.

var kst = time.FixedZone("KST", 9*3600)

func day(month time.Month, d, hour, minute, second int) time.Time {
	return time.Date(2020, month, d, hour, minute, second, 0, kst)
}

var (
	monthBegins = day(1, 22, 8, 0, 0)
	monthEnds   = day(2, 21, 8, 0, 0)
	deadlineWas = day(2, 14, 23, 59, 59)
	deadlineNow = day(2, 17, 23, 59, 59)
	deadlineSet = day(2, 12, 13, 20, 30)
	monthDown   = [][2]time.Time{
		{day(1, 31, 6, 0, 30), day(2, 1, 15, 0, 0)},
		{day(2, 3, 8, 0, 30), day(2, 4, 12, 5, 0)}, // in the west two reminders are missed, and both would still do
		{day(2, 9, 20, 0, 30), day(2, 11, 3, 0, 0)},
	}
)

func upAt(t time.Time) bool {
	return !slices.ContainsFunc(monthDown, func(d [2]time.Time) bool { return !t.Before(d[0]) && t.Before(d[1]) })
}

var homes = map[string]string{
	"Karachi": "Asia/Karachi", "Malé": "Indian/Maldives", "New Delhi": "Asia/Kolkata", "Colombo": "Asia/Colombo", "Kathmandu": "Asia/Kathmandu",
	"Dhaka": "Asia/Dhaka", "Thimphu": "Asia/Thimphu", "Yangon": "Asia/Yangon", "Bangkok": "Asia/Bangkok", "Hanoi": "Asia/Ho_Chi_Minh",
	"Manila": "Asia/Manila", "Singapore": "Asia/Singapore", "Seoul": "Asia/Seoul", "Tokyo": "Asia/Tokyo", "Port Moresby": "Pacific/Port_Moresby",
	"Port Vila": "Pacific/Efate", "Funafuti": "Pacific/Funafuti", "Apia": "Pacific/Apia",
}

// deed is one thing a person does.
type deed struct {
	at   time.Time
	what string // "begin", "send", "mail", "off", "on", "fewer", "snooze", "quiet"
	arg  string
}

// villager is one person of the month and all they do, earliest first.
type villager struct {
	who   flows.Address
	home  string
	zone  *time.Location
	deeds []deed
}

// villagers makes people who differ. Nobody acts while the bot is down, nor at the second at which anything else happens.
func villagers(t *testing.T, n int) []*villager {
	t.Helper()
	chance := rand.New(rand.NewPCG(2020, uint64(n)))
	var cities []string
	for c := range homes {
		cities = append(cities, c)
	}
	slices.Sort(cities)
	moment := func(after time.Time, minutes int) time.Time {
		for {
			at := after.Add(time.Duration(1+chance.IntN(minutes)) * time.Minute).Truncate(time.Minute).Add(7 * time.Second)
			if upAt(at) && upAt(at.Add(-time.Minute)) {
				return at
			}
		}
	}
	var all []*villager
	for i := range n {
		v := &villager{who: flows.Address(fmt.Sprintf("stage:%04d", i)), home: cities[chance.IntN(len(cities))]}
		var err error
		if v.zone, err = time.LoadLocation(homes[v.home]); err != nil {
			t.Fatal(err)
		}
		begin := moment(monthBegins, 22*24*60)
		v.deeds = append(v.deeds, deed{begin, "begin", ""})
		for _, item := range itemNames[:chance.IntN(8)] {
			v.deeds = append(v.deeds, deed{moment(begin, 14*24*60), "send", item})
		}
		for range chance.IntN(5) {
			what := []string{"off", "on", "fewer", "snooze", "snooze", "quiet", "quiet"}[chance.IntN(7)]
			arg := ""
			switch what {
			case "snooze":
				arg = fmt.Sprint(1+chance.IntN(4), []string{" days", "d", " hours"}[chance.IntN(3)])
			case "quiet":
				from := 18 + chance.IntN(8)
				arg = fmt.Sprintf("%02d:%02d-%02d:30", from%24, chance.IntN(60), 4+chance.IntN(6))
			}
			v.deeds = append(v.deeds, deed{moment(begin, 20*24*60), what, arg})
		}
		slices.SortStableFunc(v.deeds, func(a, b deed) int { return a.at.Compare(b.at) })
		v.deeds = slices.DeleteFunc(v.deeds, func(d deed) bool { return d.at.After(monthEnds) || d.what == "send" && d.at.After(deadlineWas) })
		all = append(all, v)
	}
	return all
}

// do lets a person do something.
func (s *season) do(v *villager, d deed) {
	switch d.what {
	case "begin":
		s.say(v.who, "/apply", "I agree", "For myself", "A. Applicant", "An office", "Head", "government", "senior", "9", v.home, v.home, "Thailand", "a@example.org")
	case "send":
		s.act(v.who, flows.Update{Text: strings.ReplaceAll(d.arg, "-", " "), Files: []flows.File{{Name: "scan.pdf", Handle: string(v.who) + d.arg}}})
	case "snooze", "quiet":
		s.say(v.who, "/reminders "+d.what+" "+d.arg)
	default:
		s.say(v.who, "/reminders "+d.what)
	}
}

// jobs lists everything that waits.
func (s *season) jobs() (all []storage.Job) {
	s.t.Helper()
	for after := ""; ; {
		page, err := s.store.Jobs(context.Background(), storage.Filter{}, after, 1000)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, page...)
		if len(page) < 1000 {
			return all
		}
		after = page[len(page)-1].ID
	}
}

// runTo moves the clock to t, stopping at every alarm on the way so that each strikes at its very second.
func (s *season) runTo(t time.Time) {
	s.t.Helper()
	for {
		s.calm()
		next := t
		for _, j := range s.jobs() {
			if j.At.After(s.clock.Now()) && j.At.Before(next) {
				next = j.At
			}
		}
		s.clock.Move(next.Sub(s.clock.Now()))
		if !next.Before(t) {
			s.calm()
			return
		}
	}
}

// calm waits until nothing that is due is left to do.
func (s *season) calm() {
	s.t.Helper()
	patience := time.Now().Add(time.Minute)
	for quiet := 0; quiet < 2; quiet++ {
		busy := slices.ContainsFunc(s.jobs(), func(j storage.Job) bool { return !j.At.After(s.clock.Now()) })
		if busy {
			quiet = -1
			time.Sleep(time.Millisecond)
		}
		if time.Now().After(patience) {
			s.t.Fatal("something is due and does not get done")
		}
	}
}

// Thirty days: (person, reminder, second) is exactly what the calculation says.
func TestRemindersOfAMonth(t *testing.T) {
	t.Parallel()
	n := 50
	if storagetest.Full() {
		n = 1000
	}
	people := villagers(t, n)
	s := newSeason(t, monthBegins)
	type act struct {
		at time.Time
		do func()
	}
	var plan []act
	for _, v := range people {
		for _, d := range v.deeds {
			plan = append(plan, act{d.at, func() { s.do(v, d) }})
		}
	}
	plan = append(plan, act{deadlineSet, func() { s.set("deadline", deadlineNow.Format(time.RFC3339)) }}, act{monthEnds, func() {}})
	for _, d := range monthDown {
		plan = append(plan, act{d[0], func() { s.stop() }}, act{d[1], func() { s.up() }})
	}
	slices.SortStableFunc(plan, func(a, b act) int { return a.at.Compare(b.at) })
	for _, a := range plan {
		if upAt(s.clock.Now()) {
			s.runTo(a.at)
		} else {
			s.clock.Move(a.at.Sub(s.clock.Now())) // down: nobody strikes anything
		}
		a.do()
	}
	s.calm()
	s.compare(people)
}

// set is an organiser's change.
func (s *season) set(key, value string) {
	s.t.Helper()
	s.n++
	_, err := s.bot.Handle(context.Background(), flows.Update{
		ID: fmt.Sprintf("set:%d", s.n), Subject: "event/vca-jeju-2020", Call: "event/set", Sent: s.clock.Now(),
		Args: flows.Must(flows.SetArgs{Key: key, Value: value, By: "organiser"}),
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// compare holds what was heard against what should have been.
func (s *season) compare(people []*villager) {
	s.t.Helper()
	total, wrong := 0, 0
	for _, v := range people {
		var got []string
		for _, m := range s.stage.shown[v.who] {
			if name := nameOf(m.text); name != "" {
				got = append(got, heard{m.at, name}.String())
			}
		}
		var want []string
		for _, h := range v.shouldHear() {
			want = append(want, h.String())
		}
		slices.Sort(got)
		slices.Sort(want)
		total += len(got)
		if a, b := strings.Join(want, "\n"), strings.Join(got, "\n"); a != b && wrong < 5 {
			wrong++
			s.t.Errorf("%s of %s, who did\n%v\nshould have heard\n%s\nand heard\n%s", v.who, v.home, v.deeds, a, b)
		}
	}
	if total < 5*len(people) {
		s.t.Errorf("only %d messages to %d people; the month is too quiet to prove anything", total, len(people))
	}
	s.t.Logf("%d reminders and notices to %d people in 30 days, each at its second", total, len(people))
}
