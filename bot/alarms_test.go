package bot_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"olle/bot"
	"olle/flows"
	"olle/storage"
)

func TestAlarmStrikesWithinASecondAndOnlyOnce(t *testing.T) {
	clock := bot.NewClock(time.Time{}, 1, time.Time{})
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		s := open()
		b := newBot(t, s, clock, net)
		running(t, b)
		if _, err := b.Handle(t.Context(), said("a", "net:1", "alarm 700ms tea")); err != nil {
			t.Fatal(err)
		}
		due := time.Now().Add(700 * time.Millisecond)
		if _, err := b.Handle(t.Context(), said("b", "net:1", "alarm 1h later")); err != nil {
			t.Fatal(err)
		}
		soon(t, "the alarm", func() bool { return net.total() == 1 })
		if late := time.Since(due); late < -20*time.Millisecond || late > 300*time.Millisecond {
			t.Errorf("struck %v late", late)
		}
		time.Sleep(600 * time.Millisecond)
		if got := net.chat("net:1"); len(got) != 1 || !strings.Contains(got[0], `ring "tea"`) {
			t.Errorf("the chat shows %q", got)
		}
	})
}

func TestAnAlarmPlantedAgainForTheSameMomentStrikesAgain(t *testing.T) {
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		b := newBot(t, open(), clock, net)
		running(t, b)
		for i := range 2 {
			if _, err := b.Handle(t.Context(), said(fmt.Sprint("a", i), "net:1", "alarm 0s tea")); err != nil {
				t.Fatal(err)
			}
			soon(t, "the alarm", func() bool { return net.total() == i+1 })
		}
	})
}

// A replica whose clock is ahead finds alarms due, and one whose clock is behind gets them: they are not too early for its turns.
func TestAlarmFoundDueByAClockThatIsAhead(t *testing.T) {
	const people = 20
	behind := bot.StoppedClock(noon)
	onEachStore(t, behind, func(t *testing.T, open replica) {
		s, due := open(), behind.Now().Add(50*time.Millisecond)
		var early, struck atomic.Int32
		b, err := bot.New(bot.Options{Store: s, Clock: behind, Log: quiet(), Play: func(u flows.Update, _ flows.Source) (flows.Outcome, error) {
			switch {
			case u.Call == "":
				return flows.Outcome{Subject: string(u.From), Alarms: []flows.Alarm{{Name: "x", At: due, Call: "ring"}}}, nil
			case u.At.Before(due):
				early.Add(1)
			}
			struck.Add(1)
			return flows.Outcome{}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range people {
			if _, err := b.Handle(t.Context(), said(fmt.Sprint(i), fmt.Sprint("net:", i), "plant")); err != nil {
				t.Fatal(err)
			}
		}
		first, err := s.Claim(t.Context(), storage.Claim{Queue: "clock", N: 1, Now: due, Lease: 100 * time.Millisecond})
		if err != nil || len(first) != 1 {
			t.Fatal(first, err)
		}
		running(t, b)
		time.Sleep(200 * time.Millisecond)
		behind.Move(time.Second)
		soon(t, "all alarms", func() bool { return struck.Load() >= people })
		if n := early.Load(); n > 0 || struck.Load() != people {
			t.Errorf("%d of %d alarms struck before they were due", n, struck.Load())
		}
	})
}

// Each strike plants the next one in its own commit: over four replicas, restarts and days of downtime every day strikes once.
func TestDailyAlarmsOnFourReplicasLoseAndDoubleNoDay(t *testing.T) {
	t.Parallel()
	const people, days = 10, 20
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		s := open()
		start := clock.Now()
		planter := newBot(t, s, clock)
		for p := range people {
			u := flows.Update{ID: fmt.Sprint("plant", p), Subject: fmt.Sprint("person/net:", p), Call: "tick", Due: start}
			if _, err := planter.Handle(t.Context(), u); err != nil {
				t.Fatal(err)
			}
		}
		var stops []func() time.Duration
		var mortals []*mortal
		begin := func() {
			stops, mortals = nil, nil
			for range 4 {
				m := &mortal{Store: open()}
				mortals = append(mortals, m)
				stops = append(stops, running(t, newBot(t, m, clock, net)))
			}
		}
		begin()
		for day := 1; day <= days; day++ {
			switch {
			case day == 7: // two crash in the middle of the day's strikes
				clock.Move(24 * time.Hour)
				time.Sleep(3 * time.Millisecond)
				mortals[0].dead.Store(true)
				mortals[1].dead.Store(true)
			case day%5 == 0: // everything is down for three days
				for _, stop := range stops {
					go stop()
				}
				for _, m := range mortals {
					m.dead.Store(true)
				}
				clock.Move(72 * time.Hour)
				day += 2
				begin()
			default:
				clock.Move(24 * time.Hour)
			}
			soon(t, fmt.Sprint("day ", day), func() bool { return len(unique(net.all())) >= day+1 })
		}
		want := int(clock.Now().Sub(start)/(24*time.Hour)) + 1
		counts := func(p int) (struck, told int) {
			who := fmt.Sprint("net:", p)
			return len(lines(t, s, who)), len(unique(net.chat(flows.Address(who))))
		}
		for p := range people {
			soon(t, "every day struck and told", func() bool { struck, told := counts(p); return struck >= want && told >= want })
		}
		time.Sleep(700 * time.Millisecond)
		for p := range people {
			if struck, told := counts(p); struck != want || told != want {
				t.Errorf("person %d: %d strikes on record and %d days told, want %d", p, struck, told, want)
			}
		}
	})
}

func TestMovedClock(t *testing.T) {
	day := time.Date(2020, 2, 3, 9, 0, 0, 0, time.UTC)
	c := bot.NewClock(day, 1000, time.Time{})
	time.Sleep(20 * time.Millisecond)
	if d := c.Now().Sub(day); d < 20*time.Second || d > 5*time.Minute {
		t.Errorf("after 20 ms at speed 1000 the clock had moved %v", d)
	}
	if d := c.Until(c.Now().Add(1000 * time.Second)); d < 900*time.Millisecond || d > time.Second {
		t.Errorf("1000 s at speed 1000 are %v", d)
	}
	if m := c.Map(time.Now()); m.Sub(c.Now()).Abs() > 10*time.Second {
		t.Errorf("now maps to %v, the clock shows %v", m, c.Now())
	}
	if !c.Map(time.Time{}).IsZero() {
		t.Error("an unknown moment became a known one")
	}
	later := day.Add(72 * time.Hour)
	if c := bot.NewClock(day, 1, later); c.Now().Before(later) || c.Map(time.Now().Add(-time.Hour)).Before(later) {
		t.Error("a restart turned time back")
	}
	if c := bot.NewClock(time.Time{}, 0, day); c.Moved() || time.Since(c.Now()).Abs() > time.Second {
		t.Error("the real clock is not the real clock")
	}
}

func TestARestartNeverGoesBack(t *testing.T) {
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		s := open()
		if last, err := bot.LastMoment(t.Context(), s); err != nil || !last.IsZero() {
			t.Fatalf("a fresh store remembers %v, %v", last, err)
		}
		stop := running(t, newBot(t, s, clock))
		clock.Move(time.Hour)
		stop()
		last, err := bot.LastMoment(t.Context(), s)
		if err != nil || !last.Equal(clock.Now()) {
			t.Errorf("recorded %v, %v; want %v", last, err, clock.Now())
		}
	})
}

func TestAlarmOfAFailingTurnIsPutOffThenKept(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		s := open()
		b, err := bot.New(bot.Options{Store: s, Clock: clock, Log: quiet(), Play: func(u flows.Update, src flows.Source) (flows.Outcome, error) {
			if u.Call == "" {
				return flows.Outcome{Subject: "person/1", Alarms: []flows.Alarm{{Name: "x", At: u.At.Add(1000 * time.Hour), Call: "boom"}}}, nil
			}
			panic("boom")
		}})
		if err != nil {
			t.Fatal(err)
		}
		running(t, b)
		if _, err := b.Handle(t.Context(), said("1", "net:1", "plant")); err != nil {
			t.Fatal(err)
		}
		clock.Move(1001 * time.Hour)
		soon(t, "one failure", func() bool { return b.Counts().Failures == 1 })
		if len(kept(t, s)) != 0 {
			t.Error("an alarm planted long ago was given up at its first strike")
		}
		clock.Move(24 * time.Hour)
		soon(t, "given up", func() bool { return len(kept(t, s)) == 1 })
		jobs, err := s.Jobs(t.Context(), storage.Filter{Queue: "clock"}, "", 10)
		if err != nil || len(jobs) != 0 {
			t.Errorf("still waiting: %v, %v", jobs, err)
		}
	})
}

// An alarm that its own strike plants anew, due already, strikes again at once, though the worker of the first strike is not quite done.
func TestAnAlarmPlantedByItsOwnStrikeStrikesAtOnce(t *testing.T) {
	t.Parallel()
	const strikes = 200
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		struck := make(chan time.Time, strikes)
		b, err := bot.New(bot.Options{Store: open(), Clock: clock, Log: quiet(), Play: func(u flows.Update, _ flows.Source) (flows.Outcome, error) {
			out := flows.Outcome{Subject: "person/1"}
			if u.Call != "" {
				struck <- time.Now()
				out.Messages = []flows.Message{{To: "other:1", Text: "x"}} // to a network of another replica: then nothing is held
			}
			if len(struck) < strikes {
				out.Alarms = []flows.Alarm{{Name: "x", At: u.At.Add(-time.Hour), Call: "ring"}}
			}
			return out, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		running(t, b)
		if _, err := b.Handle(t.Context(), said("1", "net:1", "go")); err != nil {
			t.Fatal(err)
		}
		soon(t, "all strikes", func() bool { return len(struck) == strikes })
		for last := <-struck; len(struck) > 0; {
			next := <-struck
			if gap := next.Sub(last); gap > time.Second {
				t.Errorf("a strike came %v after the one before", gap)
			}
			last = next
		}
	})
}
