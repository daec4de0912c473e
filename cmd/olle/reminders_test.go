package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"

	"olle/bot"
	"olle/config"
	"olle/flows"
	"olle/storage"
	"olle/storage/bolt"
	"olle/storage/files"
)

// stage is a platform without a network: applicants act through it, and it notes what reaches them and when.
type stage struct {
	clock   *bot.Clock
	deliver chan bot.Deliver

	gate atomic.Pointer[chan struct{}] // if set, files can be fetched when it is closed

	mu    sync.Mutex
	shown map[flows.Address][]shown
	seen  map[string]bool
}

type shown struct {
	at   time.Time
	text string
}

func (s *stage) Name() string       { return "stage" }
func (s *stage) Limits() bot.Limits { return bot.Limits{} }

func (s *stage) Receive(ctx context.Context, deliver bot.Deliver) error {
	s.deliver <- deliver
	<-ctx.Done()
	return nil
}

func (s *stage) Send(_ context.Context, id string, m flows.Message) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.seen[id] { // a network with idempotency keys
		s.seen[id] = true
		s.shown[m.To] = append(s.shown[m.To], shown{s.clock.Now(), m.Text})
	}
	return id, nil
}

func (s *stage) Fetch(ctx context.Context, f flows.File) (io.ReadCloser, error) {
	if gate := s.gate.Load(); gate != nil {
		select {
		case <-*gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return io.NopCloser(bytes.NewReader(pdf(f.Handle))), nil
}

// season is the whole call for applications, played with a clock moved by hand.
type season struct {
	t     *testing.T
	book  *flows.Book
	store storage.Store
	files *files.Files
	stage *stage
	clock *bot.Clock
	n     int

	bot     *bot.Bot
	deliver bot.Deliver
	stop    func()
}

func newSeason(t *testing.T, begin time.Time) *season {
	t.Helper()
	events, err := config.LoadAll("")
	if err != nil {
		t.Fatal(err)
	}
	book, err := flows.NewBook(events, "vca-jeju-2020", nil)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := age.GenerateX25519Identity()
	folder, err := files.OpenFolder(filepath.Join(t.TempDir(), "files"), []age.Recipient{key.Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	s := &season{t: t, book: book, files: folder, clock: bot.StoppedClock(begin)}
	s.stage = &stage{clock: s.clock, deliver: make(chan bot.Deliver, 1), shown: map[flows.Address][]shown{}, seen: map[string]bool{}}
	store, err := bolt.Open(filepath.Join(t.TempDir(), "olle.db"), s.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	s.store = store
	t.Cleanup(func() { s.stop(); store.Close(); folder.Close() })
	s.up()
	return s
}

// up starts a bot on the store; stop ends it, as a restart does.
func (s *season) up() {
	s.t.Helper()
	log := slog.New(slog.DiscardHandler)
	b, err := bot.New(bot.Options{Play: s.book.Play, Store: s.store, Platforms: []bot.Platform{s.stage}, Files: s.files, Clock: s.clock, Log: log})
	if err != nil {
		s.t.Fatal(err)
	}
	s.bot = b
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = b.Run(ctx) }()
	s.deliver = <-s.stage.deliver
	s.stop = func() { cancel(); <-ended }
	w := &parts{book: s.book, clock: s.clock}
	if err := w.openEvent(ctx, b); err != nil {
		s.t.Fatal(err)
	}
	s.settle()
}

// settle waits until nothing that is due is left to do.
func (s *season) settle() {
	s.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for quiet := 0; quiet < 2; {
		jobs, err := s.store.Jobs(context.Background(), storage.Filter{}, "", 1000)
		if err != nil {
			s.t.Fatal(err)
		}
		busy := 0
		for _, j := range jobs {
			if !j.At.After(s.clock.Now()) {
				busy++
			}
		}
		if quiet++; busy > 0 {
			quiet = 0
			time.Sleep(2 * time.Millisecond)
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%d jobs are due and do not get done", busy)
		}
	}
}

func (s *season) act(who flows.Address, u flows.Update) {
	s.t.Helper()
	s.n++
	u.ID, u.From, u.Chat, u.Private, u.Sent = fmt.Sprintf("stage:%d", s.n), who, who, true, s.clock.Now()
	if _, err := s.deliver(context.Background(), u); err != nil {
		s.t.Fatal(err)
	}
}

func (s *season) say(who flows.Address, lines ...string) {
	for _, l := range lines {
		s.act(who, flows.Update{Text: l})
	}
}

// applicant is what one of the hundred does in the season: an independent account of it, from which the reminders that are right
// follow without looking at the bot.
type applicant struct {
	who    flows.Address
	begins time.Time
	sends  map[string]time.Time // item: when
	mails  time.Time
	quiet  time.Time
	leaves time.Time // deletes everything
}

var itemNames = []string{"application", "commitment", "waiver", "consent", "case-study", "nomination", "cv"}

func (a *applicant) missing(at time.Time) (items []string) {
	for _, it := range itemNames {
		if when, ok := a.sends[it]; !ok || when.After(at) {
			items = append(items, it)
		}
	}
	return items
}

// done says that the time is set and not after at.
func done(t, at time.Time) bool { return !t.IsZero() && !t.After(at) }

// wants says whether a reminder going out at that time is for the applicant.
func (a *applicant) wants(item string, at time.Time) bool {
	if !done(a.begins, at) || done(a.mails, at) || done(a.leaves, at) {
		return false
	}
	missing := a.missing(at)
	return item == "any" && len(missing) > 0 || strings.Contains(strings.Join(missing, " "), item)
}

// strikes are the reminders of the 2020 pack until the morning after the deadline, from the announcement's date: name, the text's
// beginning, time in KST, the item, how late it may be.
func strikes(t *testing.T) []strike {
	at := func(s string) time.Time {
		when, err := time.Parse("2006-01-02 15:04:05 -0700", s+" +0900")
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	all := []strike{
		{"left for VCA workshop 2020.", at("2020-01-31 11:59:59"), "any", 48 * time.Hour},
		{"A small reminder about one paper", at("2020-02-04 11:59:59"), "nomination", 72 * time.Hour},
		{"left for VCA workshop 2020.", at("2020-02-07 11:59:59"), "any", 48 * time.Hour},
		{"Please do not wait for the last evening", at("2020-02-11 11:59:59"), "any", 24 * time.Hour},
		{"The deadline is near", at("2020-02-13 11:59:59"), "any", 24 * time.Hour},
		{"left until the deadline", at("2020-02-14 17:59:59"), "any", 5 * time.Hour},
		{"closed on 14 February 2020", at("2020-02-15 11:59:59"), "any", 1000 * time.Hour},
	}
	for _, monday := range []string{"2020-01-27", "2020-02-03", "2020-02-10"} { // nine in Bangkok
		all = append(all, strike{"Good Monday!", at(monday + " 11:00:00"), "any", 24 * time.Hour})
	}
	return all
}

// known is when one must have begun to hear a strike. On Mondays the event looks around when it is nine where the day begins.
func (s strike) known(at time.Time) time.Time {
	if s.says == "Good Monday!" {
		return s.at.Add(-7 * time.Hour)
	}
	return at
}

// service is told whatever people's wishes.
func (s strike) service() bool { return strings.HasPrefix(s.says, "closed") }

type strike struct {
	says string
	at   time.Time
	item string
	late time.Duration
}

// A hundred applicants in different states over 23 days: exactly the right reminders, across a restart and 30 hours of downtime.
func TestRemindersOfASeason(t *testing.T) {
	t.Parallel()
	kst := time.FixedZone("KST", 9*3600)
	begin := time.Date(2020, 1, 23, 8, 0, 0, 0, kst)
	end := time.Date(2020, 2, 15, 20, 0, 0, 0, kst)
	down := [2]time.Time{time.Date(2020, 2, 10, 6, 0, 0, 0, kst), time.Date(2020, 2, 11, 12, 0, 0, 0, kst)}
	restart := time.Date(2020, 1, 31, 11, 30, 0, 0, kst)
	s := newSeason(t, begin)
	people := hundred(begin, down)

	type action struct {
		at time.Time
		do func()
	}
	var plan []action
	for _, a := range people {
		plan = append(plan, action{a.begins, func() { s.begin(a.who) }})
		for item, when := range a.sends {
			plan = append(plan, action{when, func() {
				s.act(a.who, flows.Update{Text: strings.ReplaceAll(item, "-", " "), Files: []flows.File{{Name: "scan.pdf", Handle: string(a.who) + item}}})
			}})
		}
		for when, lines := range map[time.Time][]string{a.mails: {"/documents", "e-mailed"}, a.quiet: {"/reminders off"}, a.leaves: {"/delete", "delete everything"}} {
			plan = append(plan, action{when, func() { s.say(a.who, lines...) }})
		}
	}
	plan = append(plan, action{restart, func() { s.settle(); s.stop(); s.up() }}, action{end, func() {}})
	for _, st := range strikes(t) {
		plan = append(plan, action{st.at, func() {}})
	}
	plan = append(plan, action{down[0], func() { s.stop() }}, action{down[1], func() { s.up() }})
	sort.SliceStable(plan, func(i, j int) bool { return plan[i].at.Before(plan[j].at) })
	asleep := false
	for _, a := range plan {
		if a.at.Before(begin) {
			continue
		}
		s.clock.Move(a.at.Sub(s.clock.Now()))
		if asleep = asleep && !a.at.Equal(down[1]) || a.at.Equal(down[0]); !asleep || a.at.Equal(down[0]) {
			if !a.at.Equal(down[0]) && !a.at.Equal(down[1]) {
				s.settle()
			}
			a.do()
			if !asleep {
				s.settle()
			}
		}
	}
	s.check(people, strikes(t), down)
}

// begin applies with everything the profile asks.
func (s *season) begin(who flows.Address) {
	s.say(who, "/apply", "I agree", "For myself", "A. Applicant", "An office", "Head", "government", "senior", "9", "Bangkok", "Bangkok", "Thailand", "a@example.org")
}

// hundred makes applicants whose doings differ: none acts while the bot is down, or within a minute of a strike.
func hundred(begin time.Time, down [2]time.Time) []*applicant {
	chance := rand.New(rand.NewPCG(2020, 2))
	used := map[time.Time]bool{}
	moment := func(after time.Time, days int) time.Time {
		for {
			t := after.Add(time.Duration(1+chance.IntN(days*24*60)) * time.Minute).Truncate(time.Minute).Add(7 * time.Second)
			if !used[t] && (t.Before(down[0]) || t.After(down[1].Add(time.Minute))) {
				used[t] = true
				return t
			}
		}
	}
	last := time.Date(2020, 2, 14, 14, 0, 0, 0, time.UTC) // 23:00 KST
	var people []*applicant
	for i := range 100 {
		a := &applicant{who: flows.Address(fmt.Sprintf("stage:%03d", i)), sends: map[string]time.Time{}}
		a.begins = moment(begin, 20)
		for _, item := range itemNames[:chance.IntN(8)] {
			if when := moment(a.begins, 10); when.Before(last) {
				a.sends[item] = when
			}
		}
		latest := a.begins
		for _, when := range a.sends {
			latest = maxTime(latest, when)
		}
		switch chance.IntN(6) {
		case 0:
			if len(a.missing(last)) == 0 {
				a.mails = moment(latest, 2)
			}
		case 1:
			a.quiet = moment(latest, 5)
		case 2:
			a.leaves = moment(latest, 5)
		}
		people = append(people, a)
	}
	return people
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// check compares what reached each applicant with what should have.
func (s *season) check(people []*applicant, all []strike, down [2]time.Time) {
	s.t.Helper()
	total := 0
	for _, a := range people {
		var want, got []string
		for _, st := range all {
			at := st.at
			if at.After(down[0]) && at.Before(down[1]) {
				if at = down[1]; at.Sub(st.at) > st.late {
					continue
				}
			}
			if a.wants(st.item, at) && done(a.begins, st.known(at)) && (st.service() || !done(a.quiet, at)) {
				want = append(want, at.In(down[0].Location()).Format("01-02 15:04")+" "+st.says)
			}
		}
		for _, m := range s.stage.shown[a.who] {
			for _, st := range all {
				if strings.Contains(m.text, st.says) && !strings.Contains(m.text, "/delete") {
					got = append(got, m.at.In(down[0].Location()).Format("01-02 15:04")+" "+st.says)
					break
				}
			}
		}
		sort.Strings(want)
		sort.Strings(got)
		total += len(got)
		if strings.Join(want, "\n") != strings.Join(got, "\n") {
			s.t.Errorf("%s (%+v)\nshould have got:\n%s\ngot:\n%s", a.who, *a, strings.Join(want, "\n"), strings.Join(got, "\n"))
		}
	}
	if total < 200 {
		s.t.Errorf("only %d reminders went out; the season is too quiet to prove anything", total)
	}
	s.t.Logf("%d reminders to 100 applicants", total)
}
