package bot_test

import (
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"olle/bot"
	"olle/flows"
	"olle/storage"
)

// A message that was given up waits for a decision: tried again it arrives, let go it never does; two who decide at once do it once.
func TestWhatWasGivenUpIsTriedAgainOrLetGo(t *testing.T) {
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		s := open()
		net := newNetwork("net")
		b := newBot(t, s, clock, net)
		running(t, b)
		given := func(id string, v any) {
			data, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Commit(t.Context(), storage.Batch{Now: clock.Now(), Push: []storage.Job{{ID: "given-up/" + id, Queue: "given-up", Lane: id, Data: data}}})
			if err != nil {
				t.Fatal(err)
			}
		}
		given("u1/m0", flows.Message{To: "net:1", Text: "late, but here"})
		given("u2/m0", flows.Message{To: "net:2", Text: "never"})
		all, err := bot.ListStuck(t.Context(), s, "", 10)
		if err != nil || len(all) != 2 || all[0].Kind != "message" || all[0].Subject != "net:1" {
			t.Fatalf("%+v, %v", all, err)
		}
		if err := b.Retry(t.Context(), all[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := b.Drop(t.Context(), all[1].ID); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{all[0].ID, all[1].ID, "given-up/nothing", ""} {
			if err := b.Retry(t.Context(), id); !errors.Is(err, bot.ErrNoSuchJob) {
				t.Errorf("decided a second time: %v", err)
			}
		}
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			if how, err := b.Settled(t.Context(), "u1"); err == nil && how != bot.Unsettled {
				break
			}
			if time.Now().After(end) {
				t.Fatal("the message is still waiting")
			}
		}
		if left, err := bot.ListStuck(t.Context(), s, "", 10); err != nil || len(left) != 0 {
			t.Errorf("%d still wait for a decision, %v", len(left), err)
		}
		if n := len(net.chat("net:1")); n != 1 || len(net.chat("net:2")) != 0 {
			t.Errorf("net:1 heard %d messages, net:2 %d", n, len(net.chat("net:2")))
		}
	})
}

// An alarm that was given up strikes when it is tried again, and knows when it was due; one that was planted under its name since stays.
func TestAnAlarmTriedAgainLeavesTheOnePlantedSince(t *testing.T) {
	t.Parallel()
	onEachStore(t, bot.StoppedClock(noon), func(t *testing.T, open replica) {
		clock, s := bot.StoppedClock(noon), open()
		var broken atomic.Bool
		broken.Store(true)
		dues := make(chan time.Time, 10)
		b, err := bot.New(bot.Options{Store: s, Clock: clock, Log: quiet(), Play: func(u flows.Update, _ flows.Source) (flows.Outcome, error) {
			switch {
			case u.Call == "":
				return flows.Outcome{Subject: "person/1", Alarms: []flows.Alarm{{Name: "snooze", At: u.At.Add(1000 * time.Hour), Call: "wake"}}}, nil
			case broken.Load():
				panic("boom")
			}
			dues <- u.Due
			return flows.Outcome{}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		running(t, b)
		plant := func(id string) time.Time {
			if _, err := b.Handle(t.Context(), said(id, "net:1", "snooze")); err != nil {
				t.Fatal(err)
			}
			return clock.Now().Add(1000 * time.Hour)
		}
		strikes := func(due time.Time) {
			t.Helper()
			select {
			case got := <-dues:
				if !got.Equal(due) {
					t.Errorf("struck for %v, want %v", got, due)
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("the alarm due %v never struck", due)
			}
		}
		first := plant("1")
		clock.Move(1001 * time.Hour)
		soon(t, "one failure", func() bool { return b.Counts().Failures == 1 })
		clock.Move(24 * time.Hour)
		soon(t, "given up", func() bool { return len(kept(t, s)) == 1 })
		broken.Store(false)
		second := plant("2")
		if err := b.Retry(t.Context(), kept(t, s)[0].ID); err != nil {
			t.Fatal(err)
		}
		strikes(first)
		clock.Move(1001 * time.Hour)
		strikes(second)
		if len(dues) > 0 {
			t.Errorf("an alarm struck twice")
		}
	})
}
