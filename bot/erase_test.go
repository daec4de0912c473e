package bot_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"olle/bot"
	"olle/flows"
	"olle/storage"
)

// deletes has a person, who is one chat, deleted by a turn that says goodbye and leaves the rest as work.
func deletes(t *testing.T, s storage.Store, clock *bot.Clock, chat flows.Address, e flows.Erase) {
	t.Helper()
	person := "person/" + string(chat)
	e.Chats, e.Persons = []flows.Address{chat}, []string{person}
	b, err := bot.New(bot.Options{Store: s, Clock: clock, Log: quiet(), Play: func(flows.Update, flows.Source) (flows.Outcome, error) {
		return flows.Outcome{
			Subject: person, Put: []flows.Doc{{Key: person}, {Key: "diary/" + person}}, Work: []flows.Work{{Name: "erase", Kind: "erase", Args: flows.Must(e)}},
			Messages: []flows.Message{{To: chat, Text: "Everything is deleted.", Farewell: true}},
		}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Handle(t.Context(), said("del", string(chat), "")); err != nil {
		t.Fatal(err)
	}
}

// Nothing that was given up for a person outlives their deletion: neither their own words, nor what was meant for them, nor the goodbye that
// could not be said. What is somebody else's stays.
func TestWhatWasGivenUpGoesWithItsPerson(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		s := open()
		d := newDesk(t, s, clock, false)
		for _, who := range []string{"net:1", "net:2"} {
			for range 3 {
				_, _ = d.Handle(t.Context(), said("word of "+who, who, "boom my passport is M1234567"))
			}
		}
		givenUp := func(id, lane string, of any) storage.Job {
			return storage.Job{ID: "given-up/" + id, Queue: "given-up", Lane: lane, Data: flows.Must(of)}
		}
		_, err := s.Commit(t.Context(), storage.Batch{Now: noon, Push: []storage.Job{
			givenUp("m", "net:1", flows.Message{To: "net:1", Text: "x"}),
			givenUp("p", "person/net:1", flows.Update{ID: "p", Subject: "person/net:1", Call: "seat/offer"}),
			givenUp("a", "alarm/person/net:1", map[string]string{"Subject": "person/net:1", "Call": "reminder"}),
			givenUp("other", "net:2", flows.Message{To: "net:2", Text: "x"}),
		}})
		if err != nil {
			t.Fatal(err)
		}
		d.net.mood = func(string, flows.Message, int) error { return &bot.SendError{Gone: true, Err: errors.New("blocked")} }
		deletes(t, s, clock, "net:1", flows.Erase{})
		soon(t, "only what is another's", func() bool {
			jobs, err := s.Jobs(t.Context(), storage.Filter{}, "", 20)
			return err == nil && len(jobs) == 2 && strings.Contains(string(jobs[0].Data)+string(jobs[1].Data), "net:2") && !strings.Contains(string(jobs[0].Data)+string(jobs[1].Data), "net:1")
		})
	})
}

// A file that cannot be fetched does not hold up the deletion of its person.
func TestADeletionDoesNotWaitForAFile(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		s := open()
		d := newDesk(t, s, clock, false)
		d.net.file = func() (io.ReadCloser, error) { return nil, errors.New("the network is away") }
		if _, err := d.files.Put(t.Context(), "passport", strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Handle(t.Context(), said("up", "net:1", "fetch "+string(flows.Must(rules("pdf"))))); err != nil {
			t.Fatal(err)
		}
		soon(t, "a failure", func() bool { return d.Counts().Failures >= 1 })
		began := time.Now()
		deletes(t, s, clock, "net:1", flows.Erase{Blobs: []string{"passport"}})
		soon(t, "the file to go", func() bool { return len(stored(t, d.files, "")) == 0 })
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
