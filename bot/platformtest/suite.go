// Package platformtest is what every platform must do, as tests.
//
// A platform proves itself by a test of its own that starts a local server playing the network and hands over a Harness: how a
// guest of that network types, taps and uploads, and what the guest sees. The suite never looks into the adapter: it delivers,
// refuses and sends as the bot does, and looks at the guest's screen. It is separate from the platforms so that none of them can
// bend the promise to what it happens to do.
package platformtest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"olle/bot"
	"olle/flows"
)

// Harness is one platform on one local network with one guest, in a private chat.
type Harness struct {
	Platform bot.Platform

	Say    func(t *testing.T, text string)                 // the guest types text and sends it
	Tap    func(t *testing.T, value string)                // the guest taps the choice of that value on the newest message
	Upload func(t *testing.T, name string, content []byte) // the guest sends a file; nil: the platform takes none
	Shown  func(t *testing.T) []Shown                      // what the guest's chat shows of the bot, oldest first

	Redelivers bool // the network delivers an update again that was not confirmed; else the guest is told that it failed
	Key        bool // the network takes an idempotency key: sending the same ID twice shows one message
	Mangles    bool // the network itself changes odd text (cuts it, trims white space): only "no harm" is tested

	Patience time.Duration // how long things may take; 0: ten seconds
}

// Shown is one message as the guest sees it.
type Shown struct {
	Text    string
	Choices []flows.Choice
}

// Run runs the suite. open makes a fresh network, platform and guest for each test; what it starts must end with the test.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	tests := []struct {
		name string
		test func(*testing.T, *stage)
	}{
		{"a text arrives once, in full", textArrives},
		{"a text is not confirmed before it is on record", unconfirmed},
		{"texts arrive in the order typed", textsInOrder},
		{"messages are shown in the order sent", messagesInOrder},
		{"a tap comes back as the choice", tapComesBack},
		{"odd text is shown as it is", oddTextShown},
		{"odd text arrives as typed", oddTextArrives},
		{"long text is shown in full or refused in a sentence", longText},
		{"the same message sent twice", sameMessageTwice},
		{"a file can be fetched", fileFetched},
		{"Receive ends with its context", receiveEnds},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, begin(t, open(t))) })
	}
}

// stage is a running platform, with the suite in the place of the bot.
type stage struct {
	Harness
	t    *testing.T
	stop func()

	mu     sync.Mutex
	came   []flows.Update // in the order of delivery, refused ones included
	took   []flows.Update // those answered with nil, each ID once
	refuse int            // so many deliveries are refused yet
	seen   map[string]bool
}

var errRefused = errors.New("platformtest: the store is away")

func begin(t *testing.T, h Harness) *stage {
	t.Helper()
	if h.Patience == 0 {
		h.Patience = 10 * time.Second
	}
	s := &stage{Harness: h, t: t, seen: map[string]bool{}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Platform.Receive(ctx, s.deliver) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Receive: %v", err)
			}
		case <-time.After(5 * time.Second):
			t.Error("Receive did not end within five seconds of its context")
		}
	})
	t.Cleanup(s.stop)
	return s
}

func (s *stage) deliver(_ context.Context, u flows.Update) (bot.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.came = append(s.came, u)
	if s.refuse > 0 {
		s.refuse--
		return bot.Receipt{}, errRefused
	}
	if s.seen[u.ID] {
		return bot.Receipt{Seen: true}, nil
	}
	s.seen[u.ID] = true
	s.took = append(s.took, u)
	return bot.Receipt{}, nil
}

func (s *stage) taken() []flows.Update {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]flows.Update(nil), s.took...)
}

// await waits for n updates on record and returns them.
func (s *stage) await(n int) []flows.Update {
	s.t.Helper()
	for end := time.Now().Add(s.Patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if got := s.taken(); len(got) >= n {
			return got
		}
	}
	s.t.Fatalf("%d updates came within %v, want %d", len(s.taken()), s.Patience, n)
	return nil
}

// awaitShown waits for n messages on the guest's screen and returns them.
func (s *stage) awaitShown(n int) []Shown {
	s.t.Helper()
	for end := time.Now().Add(s.Patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if got := s.Shown(s.t); len(got) >= n {
			return got
		}
	}
	s.t.Fatalf("the guest sees %d messages after %v, want %d", len(s.Shown(s.t)), s.Patience, n)
	return nil
}

// greet has the guest say something, and returns where to answer.
func (s *stage) greet() flows.Update {
	s.t.Helper()
	s.Say(s.t, "hello")
	return s.await(1)[0]
}

// send sends as the outbox does: again after every failure that may pass, under the same ID.
func (s *stage) send(id string, m flows.Message) {
	s.t.Helper()
	var err error
	for range 20 {
		ctx, cancel := context.WithTimeout(context.Background(), s.Patience)
		_, err = s.Platform.Send(ctx, id, m)
		cancel()
		var fact *bot.SendError
		switch {
		case err == nil:
			return
		case errors.As(err, &fact) && fact.Gone:
			s.t.Fatalf("sending %s: %v", id, err)
		case errors.As(err, &fact) && fact.Wait > 0:
			time.Sleep(min(fact.Wait, time.Second))
		default:
			time.Sleep(50 * time.Millisecond)
		}
	}
	s.t.Fatalf("sending %s: %v", id, err)
}
