package bot_test

import (
	"encoding/json"
	"errors"
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
