package telegram_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"olle/bot"
	"olle/bot/telegram"
	"olle/flows"
)

// door stands where the bot's door is: it remembers what came and can refuse.
type door struct {
	mu     sync.Mutex
	came   []flows.Update
	seen   map[string]bool
	refuse func(u flows.Update) error
}

func (d *door) deliver(_ context.Context, u flows.Update) (bot.Receipt, error) {
	d.mu.Lock()
	refuse := d.refuse
	d.mu.Unlock()
	if refuse != nil {
		if err := refuse(u); err != nil {
			return bot.Receipt{}, err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.seen[u.ID] {
		return bot.Receipt{Seen: true}, nil
	}
	if d.seen == nil {
		d.seen = map[string]bool{}
	}
	d.seen[u.ID] = true
	d.came = append(d.came, u)
	return bot.Receipt{}, nil
}

func (d *door) texts(chat flows.Address) (out []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range d.came {
		if chat == "" || u.Chat == chat {
			out = append(out, u.Text)
		}
	}
	return out
}

// receive runs an adapter until stop is called, which returns Receive's error.
func receive(t testing.TB, tg *telegram.Telegram, d *door) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- tg.Receive(ctx, d.deliver) }()
	stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(5 * time.Second):
			return errors.New("Receive did not end")
		}
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}

// ends waits for Receive to give up by itself.
func ends(t *testing.T, tg *telegram.Telegram) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- tg.Receive(t.Context(), (&door{}).deliver) }()
	select {
	case err := <-done:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("Receive goes on")
		return nil
	}
}

func TestOneUnreadableUpdateNeverStopsTheRest(t *testing.T) {
	f, d := newFake(t), &door{}
	f.say(1, "before")
	f.push(`"message":{"message_id":"not a number"}`)
	f.push(`"message":[]`)
	f.push(`"something_new":{"type":"from the future"}`)
	f.say(1, "after", `"forward_origin":{"type":"from the future"},"document":null`)
	f.say(2, "elsewhere")
	tg := f.open(t)
	stop := receive(t, tg, d)
	waitFor(t, "three texts", func() bool { return len(d.texts("")) == 3 })
	waitFor(t, "confirmation", func() bool { return f.unconfirmed() == 0 })
	if got := d.texts("telegram:1"); !slices.Equal(got, []string{"before", "after"}) {
		t.Errorf("came %q", got)
	}
	if c := tg.Counts(); c.Unreadable != 2 {
		t.Errorf("counts %+v", c)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestABatchOutOfOrderAndDoubledIsTakenInOrderOnce(t *testing.T) {
	f, d := newFake(t), &door{}
	f.shuffle = func(batch []update) []update {
		batch = append(batch, batch...)
		slices.Reverse(batch)
		return batch
	}
	var want []string
	for i := range 60 {
		f.say(int64(1+i%3), fmt.Sprint(i))
		if i%3 == 0 {
			want = append(want, fmt.Sprint(i))
		}
	}
	receive(t, f.open(t), d)
	waitFor(t, "all", func() bool { return len(d.texts("")) == 60 && f.unconfirmed() == 0 })
	if got := d.texts("telegram:1"); !slices.Equal(got, want) {
		t.Errorf("came %q", got)
	}
}

func TestAChatThatCannotBeRecordedHoldsUpOnlyItself(t *testing.T) {
	t.Parallel()
	f, d := newFake(t), &door{}
	var mu sync.Mutex
	away := true
	d.refuse = func(u flows.Update) error {
		mu.Lock()
		defer mu.Unlock()
		if away && u.Chat == "telegram:1" {
			return errors.New("the store is away")
		}
		return nil
	}
	f.say(2, "a")
	f.say(1, "one")
	f.say(1, "two")
	f.say(3, "b")
	receive(t, f.open(t), d)
	waitFor(t, "the others", func() bool { return len(d.texts("")) == 2 })
	f.say(2, "c") // comes after the refused one, and is taken although that one is unconfirmed
	waitFor(t, "news of the others", func() bool { return len(d.texts("")) == 3 })
	waitFor(t, "the first to be confirmed", func() bool { return f.unconfirmed() == 4 })
	time.Sleep(50 * time.Millisecond)
	if n := f.unconfirmed(); n != 4 {
		t.Errorf("%d are unconfirmed, want the refused one and all after it", n)
	}
	mu.Lock()
	away = false
	mu.Unlock()
	waitFor(t, "the rest", func() bool { return f.unconfirmed() == 0 })
	if got := d.texts("telegram:1"); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("came %q", got)
	}
}

func TestAStopConfirmsWhatIsOnRecordAndNothingElse(t *testing.T) {
	t.Parallel()
	f, started, release := newFake(t), make(chan struct{}), make(chan struct{})
	d := &door{refuse: func(flows.Update) error { close(started); <-release; return nil }}
	stop := receive(t, f.open(t), d)
	f.say(1, "recorded while the program stops")
	<-started
	time.AfterFunc(50*time.Millisecond, func() { close(release) })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if n := f.unconfirmed(); n != 0 || len(d.texts("")) != 1 {
		t.Errorf("%d unconfirmed after a clean stop, %q on record", n, d.texts(""))
	}
	f2, d2 := newFake(t), &door{refuse: func(flows.Update) error { return errors.New("the store is away") }}
	stop = receive(t, f2.open(t), d2)
	f2.say(1, "not recorded")
	waitFor(t, "a poll", func() bool { return len(f2.done("getUpdates")) > 0 })
	time.Sleep(50 * time.Millisecond)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if n := f2.unconfirmed(); n != 1 {
		t.Errorf("%d unconfirmed, want the one that is not on record", n)
	}
	d2.refuse = nil
	receive(t, f2.open(t), d2)
	waitFor(t, "the text again", func() bool { return len(d2.texts("")) == 1 })
}

// After a quiet time Telegram may number its updates anew, from anywhere: nothing may be asked for by an old number.
func TestNumbersMayBeginAnew(t *testing.T) {
	f, d := newFake(t), &door{}
	f.hold = 20 * time.Millisecond
	receive(t, f.open(t), d)
	f.say(1, "old")
	waitFor(t, "confirmation", func() bool { return f.unconfirmed() == 0 && len(d.texts("")) == 1 })
	waitFor(t, "a poll without a number", func() bool { return f.lastOffset() == 0 })
	f.mu.Lock()
	f.nextID = 17
	f.mu.Unlock()
	f.say(1, "new")
	waitFor(t, "the new one", func() bool { return len(d.texts("")) == 2 })
}

func (f *fake) lastOffset() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.offsets[len(f.offsets)-1]
}

func TestPollingSurvivesWhateverComesBack(t *testing.T) {
	t.Parallel()
	bad := []*fault{
		{status: 500, description: "Internal Server Error"},
		{status: 502, body: "<html><body>502 Bad Gateway</body></html>"},
		{status: 200, body: "this is no JSON"},
		{status: 200, body: `{"ok":true,"result":{"not":"a list"}}`},
		{status: 429, description: "Too Many Requests: retry after 1", retry: 1},
		{status: 409, description: "Conflict: terminated by other getUpdates request"},
		{},
		{after: true},
	}
	for i, b := range bad {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			f, d := newFake(t), &door{}
			f.fault = func(c call) *fault {
				if c.Method == "getUpdates" && c.n == 0 {
					return b
				}
				return nil
			}
			f.say(1, "hello")
			tg := f.open(t)
			receive(t, tg, d)
			waitFor(t, "the text", func() bool { return len(d.texts("")) == 1 && f.unconfirmed() == 0 })
			if err := tg.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestASecondPollerIsNamed(t *testing.T) {
	f, d := newFake(t), &door{}
	f.fault = func(c call) *fault {
		if c.Method == "getUpdates" {
			return &fault{status: 409, description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}
		}
		return nil
	}
	tg := f.open(t)
	receive(t, tg, d)
	waitFor(t, "the sentence", func() bool {
		err := tg.Check(t.Context())
		return err != nil && strings.Contains(err.Error(), "another program polls")
	})
	waitFor(t, "the figures to say so", func() bool { return tg.Trouble() != nil })
}

func TestAWrongOrRevokedTokenEndsReceivingWithASentence(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	wrong := func(o *telegram.Options) { o.Token = "4242:another" }
	for name, err := range map[string]error{
		"Receive": ends(t, f.open(t, wrong)), "Check": f.open(t, wrong).Check(t.Context()),
	} {
		if err == nil || !strings.Contains(err.Error(), "BotFather") || strings.Contains(err.Error(), "another") {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.fault = func(c call) *fault {
		if c.Method == "getUpdates" {
			return &fault{status: 401, description: "Unauthorized"}
		}
		return nil
	}
	if err := ends(t, f.open(t)); err == nil || !strings.Contains(err.Error(), "no longer") {
		t.Errorf("revoked: %v", err)
	}
}

func TestCheckSaysWhatToDo(t *testing.T) {
	f := newFake(t)
	if err := f.open(t).Check(t.Context()); err != nil {
		t.Error(err)
	}
	f.webhook = "https://elsewhere.example/hook"
	if err := f.open(t).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "webhook is set") {
		t.Errorf("foreign webhook: %v", err)
	}
	if err := f.open(t, func(o *telegram.Options) { o.WebhookURL = "https://here.example/hook" }).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("foreign webhook: %v", err)
	}
	off := f.open(t, func(o *telegram.Options) { o.APIURL = "http://127.0.0.1:1" })
	if err := off.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "does not answer") || strings.Contains(err.Error(), token) {
		t.Errorf("unreachable: %v", err)
	}
}

func TestOnlyWhoHoldsTheLeasePolls(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var mu sync.Mutex
	owner := ""
	lease := func(me string) func(context.Context, string, time.Duration) (bool, error) {
		return func(_ context.Context, _ string, d time.Duration) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			switch {
			case owner != "" && owner != me:
				return false, nil
			case d == 0:
				owner = ""
			default:
				owner = me
			}
			return true, nil
		}
	}
	first, second := &door{}, &door{}
	stop := receive(t, f.open(t, func(o *telegram.Options) { o.Lease = lease("first") }), first)
	f.say(1, "a")
	waitFor(t, "the first replica", func() bool { return len(first.texts("")) == 1 })
	receive(t, f.open(t, func(o *telegram.Options) { o.Lease = lease("second") }), second)
	f.say(1, "b")
	waitFor(t, "the first replica", func() bool { return len(first.texts("")) == 2 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	f.say(1, "c")
	waitFor(t, "the second replica", func() bool { return len(second.texts("")) == 1 })
	if got := second.texts(""); got[0] != "c" {
		t.Errorf("the second got %q", got)
	}
}

// What goes wrong is told without the token, and without what people write.
func TestNoSecretsInLogs(t *testing.T) {
	t.Parallel()
	f, d := newFake(t), &door{}
	var log lockedBuffer
	d.refuse = func(u flows.Update) error {
		if u.Text == "my secret words" && len(d.came) == 0 {
			d.came = append(d.came, u)
			return errors.New("the store is away")
		}
		return nil
	}
	f.fault = func(c call) *fault {
		if c.n == 0 {
			return &fault{}
		}
		return nil
	}
	tg := f.open(t, func(o *telegram.Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		o.Menus = menus
	})
	f.say(1, "my secret words")
	f.push(`"message":{"text":"my secret words","message_id":{}}`)
	receive(t, tg, d)
	waitFor(t, "the text", func() bool { return f.unconfirmed() == 0 })
	_, err := tg.Send(t.Context(), "m", flows.Message{To: "telegram:1", Text: "my secret words"})
	f.mu.Lock()
	f.fault = func(call) *fault { return &fault{} }
	f.mu.Unlock()
	_, err2 := tg.Send(t.Context(), "n", flows.Message{To: "telegram:1", Text: "my secret words"})
	_, err3 := tg.Fetch(t.Context(), flows.File{Handle: "1/0/x"})
	all := log.String() + fmt.Sprint(err, err2, err3)
	if err == nil || err2 == nil || err3 == nil || !strings.Contains(all, "set aside") {
		t.Errorf("errors %v, %v, %v", err, err2, err3)
	}
	for _, secret := range []string{"TEST-token", "my secret words", "Guest"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is told:\n%s", secret, all)
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
