package bot_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"olle/bot"
	"olle/flows"
	"olle/storage"
)

func TestRepliesDoNotWaitForAPoll(t *testing.T) {
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		b := newBot(t, open(), clock, net)
		running(t, b)
		time.Sleep(1200 * time.Millisecond) // polls are as slow as they get
		var took []time.Duration
		for i := range 20 {
			start := time.Now()
			if _, err := b.Handle(t.Context(), said(fmt.Sprint("l", i), fmt.Sprint("net:", i), "twice a")); err != nil {
				t.Fatal(err)
			}
			soon(t, "both replies", func() bool { return len(net.chat(flows.Address(fmt.Sprint("net:", i)))) == 2 })
			took = append(took, time.Since(start))
			time.Sleep(30 * time.Millisecond)
		}
		slices.Sort(took)
		t.Logf("two replies: median %v, slowest %v", took[10], took[19])
		if took[10] > 100*time.Millisecond {
			t.Errorf("half the replies took longer than %v", took[10])
		}
	})
}

func TestAnswersToInteractionsAreOutsideTheRateWhereTheNetworkSaysSo(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		net.limits = bot.Limits{PerSecond: 0.5, Burst: 1, Answers: true}
		b := newBot(t, open(), clock, net)
		running(t, b)
		start := time.Now()
		for i := range 25 {
			u := said(fmt.Sprint("i", i), fmt.Sprint("net:", i), "hello")
			if i%5 != 0 {
				u.Reply = "handle"
			}
			if _, err := b.Handle(t.Context(), u); err != nil {
				t.Fatal(err)
			}
		}
		soon(t, "twenty answers", func() bool { return net.total() >= 20 })
		if n, most := net.total(), 22+int(time.Since(start)/(2*time.Second)); n > most {
			t.Errorf("%d messages, want 20 answers and %d within the rate", n, most-20)
		}
	})
}

// moody fails in every way, chosen by message and attempt, and lets everything through in the end.
func moody(id string, try int) error {
	h := fnv.New32a()
	fmt.Fprint(h, id, "#", try)
	if try > 3 {
		return nil
	}
	switch h.Sum32() % 6 {
	case 0:
		return &bot.SendError{Wait: 30 * time.Millisecond, Err: errors.New("429")}
	case 1:
		return &bot.SendError{Wait: 20 * time.Millisecond, Everyone: true, Err: errors.New("429 for all")}
	case 2:
		if try == 1 && h.Sum32()%5 == 0 {
			return errors.New("502")
		}
	}
	return nil
}

func TestOrderPerChatUnderFailures(t *testing.T) {
	t.Parallel()
	const chats, each = 6, 12
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		net.slow = time.Millisecond
		net.mood = func(id string, _ flows.Message, try int) error { return moody(id, try) }
		bots := []*bot.Bot{newBot(t, open(), clock, net), newBot(t, open(), clock, net)}
		for _, b := range bots {
			running(t, b)
		}
		for i := range each {
			for c := range chats {
				u := said(fmt.Sprintf("o%d-%d", c, i), fmt.Sprint("net:", c), "hello")
				if _, err := bots[(i+c)%2].Handle(t.Context(), u); err != nil {
					t.Fatal(err)
				}
			}
		}
		soon(t, "everything carried", func() bool { return net.total() >= chats*each })
		for c := range chats {
			got := net.chat(flows.Address(fmt.Sprint("net:", c)))
			for i, l := range got {
				if l != fmt.Sprintf("%d: hello", i+1) {
					t.Errorf("chat %d shows %q in place %d", c, l, i+1)
				}
			}
		}
		if net.twice {
			t.Error("two messages of one chat were under way at once")
		}
	})
}

func TestAnErrorAfterTheMessageWasTakenRepeatsItUnderTheSameID(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		net.after = func(_ string, _ flows.Message, try int) error {
			if try == 1 {
				return errors.New("connection reset")
			}
			return nil
		}
		b := newBot(t, open(), clock, net)
		running(t, b)
		rec, err := b.Handle(t.Context(), said("a", "net:1", "hi"))
		if err != nil {
			t.Fatal(err)
		}
		soon(t, "the repeat", func() bool { return len(net.chat("net:1")) == 2 })
		if len(rec.Messages) != 1 || net.tries[rec.Messages[0]] != 2 {
			t.Errorf("receipt %v, attempts %v", rec, net.tries)
		}
	})
}

func TestWaitingIsNotFailing(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		net.mood = func(id string, _ flows.Message, try int) error {
			if try <= 20 {
				return &bot.SendError{Wait: 20 * time.Millisecond, Err: errors.New("429")}
			}
			return nil
		}
		b := newBot(t, open(), clock, net)
		running(t, b)
		if _, err := b.Handle(t.Context(), said("w", "net:1", "hi")); err != nil {
			t.Fatal(err)
		}
		clock.Move(48 * time.Hour) // however old it grows meanwhile
		soon(t, "the message", func() bool { return net.total() == 1 })
		if c := b.Counts(); c.Failures != 0 || c.GivenUp != 0 || c.Waits != 20 {
			t.Errorf("counted %+v", c)
		}
	})
}

func TestGivenUpIsKept(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		s := open()
		net := newNetwork("net")
		net.mood = func(id string, m flows.Message, _ int) error {
			switch m.To {
			case "net:blocked":
				return &bot.SendError{Gone: true, Err: errors.New("403")}
			case "net:broken":
				return errors.New("500")
			case "net:panic":
				panic("adapter")
			}
			return nil
		}
		b := newBot(t, s, clock, net)
		running(t, b)
		for _, who := range []string{"blocked", "broken", "panic", "fine"} {
			if _, err := b.Handle(t.Context(), said("g-"+who, "net:"+who, "hi")); err != nil {
				t.Fatal(err)
			}
		}
		soon(t, "others are not held up", func() bool { return len(net.chat("net:fine")) == 1 })
		soon(t, "two put off", func() bool { return b.Counts().Failures >= 2 })
		clock.Move(25 * time.Hour)
		soon(t, "three given up", func() bool { return len(kept(t, s)) == 3 })
		for _, j := range kept(t, s) {
			if !strings.HasPrefix(j.ID, "given-up/g-") || !strings.HasPrefix(j.Lane, "net:") || len(j.Data) == 0 {
				t.Errorf("kept %+v", j)
			}
		}
		soon(t, "nothing more is waited for", func() bool {
			how, err := b.Settled(t.Context(), "g-blocked")
			return how != bot.Unsettled && err == nil
		})
		if told := lines(t, s, "net:blocked"); len(told) != 2 || !strings.HasPrefix(told[1], "person/unreachable ") {
			t.Errorf("the person's own history does not know that the chat is gone: %q", told)
		}
	})
}

func TestWhoHasALongAddressIsToldToBeUnreachable(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		s, net := open(), newNetwork("net")
		net.mood = func(string, flows.Message, int) error { return &bot.SendError{Gone: true, Err: errors.New("403")} }
		long := flows.Address("net:" + strings.Repeat("x", storage.MaxKey))
		var told atomic.Int32
		b, err := bot.New(bot.Options{Store: s, Platforms: []bot.Platform{net}, Clock: clock, Log: quiet(), Play: func(u flows.Update, _ flows.Source) (flows.Outcome, error) {
			if u.Call == "person/unreachable" && u.From == long {
				told.Add(1)
				return flows.Outcome{}, nil
			}
			return flows.Outcome{Messages: []flows.Message{{To: long, Text: "hi"}}}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		running(t, b)
		if _, err := b.Handle(t.Context(), said("long", "net:1", "x")); err != nil {
			t.Fatal(err)
		}
		soon(t, "the word of it", func() bool { return told.Load() == 1 })
		if n := len(kept(t, s)); n != 1 {
			t.Errorf("%d kept", n)
		}
	})
}

func kept(t *testing.T, s storage.Store) []storage.Job {
	t.Helper()
	jobs, err := s.Jobs(t.Context(), storage.Filter{Queue: "given-up"}, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

func TestLiveBeforeBulkWithinTheRate(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		net.limits = bot.Limits{PerSecond: 50, Burst: 1, PerChat: 10 * time.Millisecond}
		s := open()
		b := newBot(t, s, clock, net)
		for i := range 100 { // before Run: nothing is carried yet
			if _, err := b.Handle(t.Context(), said(fmt.Sprint("b", i), fmt.Sprint("net:b", i), "bulk 1")); err != nil {
				t.Fatal(err)
			}
		}
		running(t, b)
		start := time.Now()
		soon(t, "bulk begins", func() bool { return net.total() > 5 })
		if _, err := b.Handle(t.Context(), said("live", "net:live", "hi")); err != nil {
			t.Fatal(err)
		}
		soon(t, "the live reply", func() bool { return len(net.chat("net:live")) == 1 })
		if n := net.total(); n > 40 {
			t.Errorf("the live reply was only the %dth message", n)
		}
		soon(t, "all", func() bool { return net.total() == 101 })
		if took := time.Since(start); took < 1700*time.Millisecond {
			t.Errorf("101 messages at 50 a second took %v", took)
		}
	})
}

func TestACrashLosesNothing(t *testing.T) {
	t.Parallel()
	const updates = 40
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		net.slow = 3 * time.Millisecond
		s := open()
		var dying *mortal
		for i, life := 0, 0; i < updates; life++ {
			dying = &mortal{Store: s}
			b := newBot(t, dying, clock, net)
			stop := running(t, b)
			for ; i < (life+1)*10; i++ {
				if i%7 == 6 && life < 3 && !dying.dead.Swap(true) {
					break // crashes: this update was not confirmed
				}
				if _, err := b.Handle(t.Context(), said(fmt.Sprint("c", i), fmt.Sprint("net:", i%4), "post person/net:9")); err != nil {
					break
				}
				if _, err := b.Handle(t.Context(), said(fmt.Sprint("d", i), fmt.Sprint("net:", i%4), fmt.Sprint("line", i))); err != nil {
					break
				}
			}
			go stop()
		}
		last := newBot(t, s, clock, net)
		running(t, last)
		soon(t, "all posts", func() bool { return len(lines(t, s, "net:9")) == updates })
		want := 0
		for p := range 4 {
			want += len(lines(t, s, fmt.Sprint("net:", p)))
		}
		if want != 2*updates {
			t.Errorf("%d lines on record, want %d", want, 2*updates)
		}
		soon(t, "every reply at least once", func() bool {
			n := len(unique(net.chat("net:9")))
			for p := range 4 {
				n += len(unique(net.chat(flows.Address(fmt.Sprint("net:", p)))))
			}
			return n == 2*updates
		})
	})
}

func TestCleanStop(t *testing.T) {
	before := runtime.NumGoroutine()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		s := open()
		net := newNetwork("net")
		net.slow = 200 * time.Millisecond
		net.limits = bot.Limits{Workers: 4}
		b := newBot(t, s, clock, net)
		stop := running(t, b)
		for i := range 40 {
			if _, err := b.Handle(t.Context(), said(fmt.Sprint("s", i), fmt.Sprint("net:", i), "hi")); err != nil {
				t.Fatal(err)
			}
		}
		soon(t, "some sent", func() bool { return net.total() > 0 })
		if took := stop(); took > 1500*time.Millisecond {
			t.Errorf("stopping took %v although no send takes longer than %v", took, net.slow)
		}
		sent := net.total()
		if sent == 40 {
			t.Fatal("the test wants some left over")
		}
		net.slow = 0
		running(t, newBot(t, s, clock, net))
		start := time.Now()
		soon(t, "the rest", func() bool { return net.total() == 40 })
		if took := time.Since(start); took > 1500*time.Millisecond {
			t.Errorf("the rest came %v after the start: claims were not given back", took)
		}
		time.Sleep(300 * time.Millisecond)
		if net.total() != 40 {
			t.Errorf("%d messages, want 40: some twice", net.total())
		}
	})
	soon(t, "no goroutine left behind", func() bool { return runtime.NumGoroutine() <= before+3 })
}

func TestAStuckSendDoesNotHoldUpTheStop(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		free := make(chan struct{})
		defer close(free)
		net.mood = func(string, flows.Message, int) error { <-free; return errors.New("late") }
		s := open()
		b, err := bot.New(bot.Options{Play: play, Store: s, Platforms: []bot.Platform{net}, Clock: clock, Log: quiet()})
		if err != nil {
			t.Fatal(err)
		}
		stop := running(t, b)
		if _, err := b.Handle(t.Context(), said("x", "net:1", "hi")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
		if took := stop(); took > 5*time.Second {
			t.Errorf("stopping took %v", took)
		}
		jobs, err := s.Claim(t.Context(), storage.Claim{Queue: "net", N: 1, Now: clock.Now(), Lease: time.Second})
		if err != nil || len(jobs) != 1 {
			t.Errorf("the message was not given back: %v, %v", jobs, err)
		}
	})
}

func TestEndOfInputEndsTheProgramAfterTheAnswers(t *testing.T) {
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net := newNetwork("net")
		net.slow = 50 * time.Millisecond
		for i := range 3 {
			net.inbox <- said(fmt.Sprint("e", i), "net:1", "hi")
		}
		close(net.inbox)
		if err := newBot(t, open(), clock, net).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if net.total() != 3 {
			t.Errorf("%d answers before the end, want 3", net.total())
		}
	})
}

// A process is cut off from the store in the middle of a send that then fails for good. What another has carried meanwhile is not given
// up, and nobody is told that they cannot be reached.
func TestAFailureUnderALapsedClaimIsNotRecorded(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		hang, first, second := make(chan struct{}), newNetwork("net"), newNetwork("net")
		var begun, told atomic.Int32
		first.mood = func(string, flows.Message, int) error {
			begun.Add(1)
			<-hang
			return &bot.SendError{Gone: true, Err: errors.New("query is too old")}
		}
		start := func(s storage.Store, net *network) *bot.Bot {
			b, err := bot.New(bot.Options{Store: s, Platforms: []bot.Platform{net}, Clock: clock, Log: quiet(), Play: func(u flows.Update, _ flows.Source) (flows.Outcome, error) {
				if u.Call == "person/unreachable" {
					told.Add(1)
					return flows.Outcome{}, nil
				}
				return flows.Outcome{Messages: []flows.Message{{To: "net:1", Text: "hi", Ledger: &flows.Ledger{Key: "due/a/1"}}}}, nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			running(t, b)
			return b
		}
		cut, s := &mortal{Store: open()}, open()
		b := start(cut, first)
		if _, err := b.Handle(t.Context(), said("u", "net:1", "x")); err != nil {
			t.Fatal(err)
		}
		soon(t, "a send", func() bool { return begun.Load() == 1 })
		cut.dead.Store(true)
		start(s, second)
		soon(t, "the other's", func() bool { return second.total() == 1 })
		time.Sleep(300 * time.Millisecond)
		cut.dead.Store(false)
		close(hang)
		time.Sleep(2 * time.Second)
		if n := len(kept(t, s)); n != 0 || told.Load() != 0 {
			t.Errorf("carried, and yet %d given up, and the person told %d times that they cannot be reached", n, told.Load())
		}
	})
}

// A message of an announcement that was cancelled while the network did not answer never leaves, and its ledger says so.
func TestWhatIsCancelledDoesNotLeave(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		net, s := newNetwork("net"), open()
		var down atomic.Bool
		down.Store(true)
		net.mood = func(string, flows.Message, int) error {
			if down.Load() {
				return errors.New("502")
			}
			return nil
		}
		put := func(state string) {
			if _, err := s.Commit(t.Context(), storage.Batch{Put: []storage.Doc{{Key: "announcement/A", Data: flows.Must(flows.Announcement{ID: "A", State: state})}}}); err != nil {
				t.Fatal(err)
			}
		}
		put(flows.AnnouncementRunning)
		b, err := bot.New(bot.Options{Store: s, Platforms: []bot.Platform{net}, Clock: clock, Log: quiet(), Play: func(u flows.Update, _ flows.Source) (flows.Outcome, error) {
			if u.Call != "" {
				return flows.Outcome{}, nil
			}
			return flows.Outcome{Messages: []flows.Message{
				{To: "net:1", Text: "the bus leaves", Ledger: &flows.Ledger{Key: "due/A/1", While: "announcement/A"}}, {To: "net:1", Text: "hi"},
			}}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		running(t, b)
		if _, err := b.Handle(t.Context(), said("u", "net:1", "x")); err != nil {
			t.Fatal(err)
		}
		soon(t, "an attempt", func() bool { return b.Counts().Failures > 0 })
		put(flows.AnnouncementCancelled)
		down.Store(false)
		soon(t, "what came behind it", func() bool { return net.total() > 0 })
		if got := net.all(); len(got) != 1 || !strings.Contains(got[0], "hi") {
			t.Errorf("%q", got)
		}
		docs, err := s.Load(t.Context(), "due/A/1")
		if err != nil || !strings.Contains(string(docs[0].Data), `"skipped"`) {
			t.Errorf("%s, %v", docs[0].Data, err)
		}
	})
}
