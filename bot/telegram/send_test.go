package telegram_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"olle/bot"
	"olle/bot/telegram"
	"olle/flows"
)

// Every way a send can fail, and what the outbox is told.
func TestWhatAFailedSendMeans(t *testing.T) {
	tests := []struct {
		name  string
		fault fault
		want  bot.SendError // Err nil: a plain error, to be tried again
		doubt int64
	}{
		{"busy", fault{status: 429, description: "Too Many Requests: retry after 7", retry: 7}, bot.SendError{Wait: 7 * time.Second}, 0},
		{"busy, no time given", fault{status: 429, description: "Too Many Requests"}, bot.SendError{Wait: time.Second}, 0},
		{"a proxy is busy", fault{status: 429, body: "slow down"}, bot.SendError{Wait: time.Second}, 0},
		{"blocked", fault{status: 403, description: "Forbidden: bot was blocked by the user"}, bot.SendError{Gone: true}, 0},
		{"deleted", fault{status: 403, description: "Forbidden: user is deactivated"}, bot.SendError{Gone: true}, 0},
		{"unknown", fault{status: 400, description: "Bad Request: chat not found"}, bot.SendError{Gone: true}, 0},
		{"server error", fault{status: 500, description: "Internal Server Error"}, bot.SendError{}, 1},
		{"gateway error", fault{status: 502, body: "<html>Bad Gateway</html>"}, bot.SendError{}, 1},
		{"a proxy forbids", fault{status: 403, body: "<html>captive portal</html>"}, bot.SendError{}, 0},
		{"nonsense", fault{status: 200, body: "nonsense"}, bot.SendError{}, 1},
		{"cut", fault{}, bot.SendError{}, 1},
		{"token", fault{status: 401, description: "Unauthorized"}, bot.SendError{}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			f.fault = func(c call) *fault { return &tt.fault }
			tg := f.open(t)
			_, err := tg.Send(t.Context(), "x/m0", flows.Message{To: "telegram:5", Text: "hello"})
			var got *bot.SendError
			if !errors.As(err, &got) {
				got = &bot.SendError{}
			}
			if err == nil || got.Wait != tt.want.Wait || got.Gone != tt.want.Gone || got.Everyone {
				t.Errorf("%+v (%v)", got, err)
			}
			if c := tg.Counts(); c.Doubtful != tt.doubt {
				t.Errorf("counts %+v", c)
			}
		})
	}
}

func TestASendInDoubtIsCountedWhenItIsRepeated(t *testing.T) {
	f := newFake(t)
	f.fault = func(c call) *fault {
		if c.n == 0 {
			return &fault{after: true}
		}
		return nil
	}
	tg := f.open(t)
	m := flows.Message{To: "telegram:5", Text: "hello"}
	if _, err := tg.Send(t.Context(), "x/m0", m); err == nil {
		t.Error("a cut connection is no success")
	}
	for range 3 {
		if _, err := tg.Send(t.Context(), "x/m0", m); err != nil {
			t.Error(err)
		}
	}
	if got := f.shown(5); len(got) != 2 {
		t.Errorf("shown %d times, want the one in doubt and one more", len(got))
	}
	if c := tg.Counts(); c.Doubtful != 1 || c.Repeated != 1 {
		t.Errorf("counts %+v", c)
	}
}

func TestALongTextGoesOnWhereItWasInterrupted(t *testing.T) {
	f := newFake(t)
	f.fault = func(c call) *fault {
		if c.n == 1 {
			return &fault{status: 500, description: "Internal Server Error"}
		}
		return nil
	}
	tg := f.open(t)
	m := flows.Message{To: "telegram:5", Text: strings.Repeat("word ", 2000), Choices: []flows.Choice{{Label: "A", Value: "a"}}}
	if _, err := tg.Send(t.Context(), "x/m0", m); err == nil {
		t.Error("no error")
	}
	if _, err := tg.Send(t.Context(), "x/m0", m); err != nil {
		t.Error(err)
	}
	got := f.shown(5)
	if len(got) != 3 || len(got[0].Buttons)+len(got[1].Buttons) != 0 || len(got[2].Buttons) != 1 {
		t.Errorf("%d parts", len(got))
	}
}

func TestAGroupThatMovedIsFollowed(t *testing.T) {
	f := newFake(t)
	f.fault = func(c call) *fault {
		if c.num("chat_id") == -5 {
			return &fault{status: 400, description: "Bad Request: group chat was upgraded to a supergroup chat", migrate: -1005}
		}
		return nil
	}
	tg := f.open(t)
	for i := range 2 {
		if _, err := tg.Send(t.Context(), fmt.Sprint("x/m", i), flows.Message{To: "telegram:-5", Text: "hello"}); err != nil {
			t.Fatal(err)
		}
	}
	if n, calls := len(f.shown(-1005)), len(f.done("sendMessage")); n != 2 || calls != 3 {
		t.Errorf("%d shown, %d calls", n, calls)
	}
}

// The cohort's group may have become a supergroup, too, since somebody was last let in.
func TestTheCohortsGroupIsFollowed(t *testing.T) {
	f := newFake(t)
	f.fault = func(c call) *fault {
		switch c.num("chat_id") {
		case -5:
			return &fault{status: 400, description: "Bad Request: group chat was upgraded to a supergroup chat", migrate: -1005}
		case -1005:
			if c.Method == "createChatInviteLink" {
				return &fault{status: 200, body: `{"ok":true,"result":{"invite_link":"https://t.me/+way"}}`}
			}
			return &fault{status: 200, body: `{"ok":true,"result":true}`}
		}
		return nil
	}
	tg := f.open(t)
	room, err := tg.Room(t.Context(), "telegram:7", flows.CohortArgs{Group: "telegram:-5", Join: true})
	if err != nil || room.Link != "https://t.me/+way" {
		t.Errorf("%+v, %v", room, err)
	}
	if _, err := f.open(t).Room(t.Context(), "telegram:7", flows.CohortArgs{Group: "telegram:-5"}); err != nil {
		t.Error(err)
	}
}

// A long text waits in its middle for what the network or our own pace asks, as long as there is time: whoever went on elsewhere would begin
// again.
func TestALongTextWaitsInItsMiddle(t *testing.T) {
	f := newFake(t)
	texts := 0
	f.fault = func(c call) *fault {
		if c.Method != "sendMessage" {
			return nil
		}
		if texts++; texts == 2 {
			return &fault{status: 429, description: "Too Many Requests: retry after 1", retry: 1}
		}
		return nil
	}
	tg := f.open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	if _, err := tg.Send(ctx, "x/m0", flows.Message{To: "telegram:5", Text: strings.Repeat("word ", 2000)}); err != nil {
		t.Error(err)
	}
	if n := len(f.shown(5)); n != 3 {
		t.Errorf("%d parts are shown", n)
	}
}

func TestEditing(t *testing.T) {
	f := newFake(t)
	tg := f.open(t)
	send := func(id string, m flows.Message) string {
		t.Helper()
		m.To = "telegram:5"
		sent, err := tg.Send(t.Context(), id, m)
		if err != nil {
			t.Fatal(err)
		}
		return sent
	}
	first := send("a", flows.Message{Text: "one", Choices: []flows.Choice{{Label: "A", Value: "a"}}})
	if again := send("b", flows.Message{Text: "two", Edit: first}); again != first {
		t.Errorf("edited %s, got %s", first, again)
	}
	send("c", flows.Message{Text: "two", Edit: first}) // not modified
	if got := f.shown(5); len(got) != 1 || got[0].Text != "two" || len(got[0].Buttons) != 0 {
		t.Errorf("shown %+v", got)
	}
	send("d", flows.Message{Text: "three", Edit: "999"}) // gone: said anew
	send("e", flows.Message{Text: "four", Edit: "no number"})
	if got := f.shown(5); len(got) != 3 || got[1].Text != "three" || got[2].Text != "four" {
		t.Errorf("shown %+v", got)
	}
}

func TestTopicsRepliesAndThreads(t *testing.T) {
	f := newFake(t)
	tg := f.open(t)
	send := func(id string, m flows.Message) call {
		t.Helper()
		if _, err := tg.Send(t.Context(), id, m); err != nil {
			t.Fatal(err)
		}
		calls := f.done("sendMessage")
		return calls[len(calls)-1]
	}
	c := send("a", flows.Message{To: "telegram:-100/7", Text: "in the topic", Reply: "-100/0/55/"})
	if c.num("chat_id") != -100 || c.num("message_thread_id") != 7 || !strings.Contains(c.str("reply_parameters"), `"message_id":55`) {
		t.Errorf("call %v", c.Params)
	}
	c = send("b", flows.Message{To: "telegram:8", Text: "to the person, about the group's message", Reply: "-100/0/55/"})
	if c.str("reply_parameters") != "" || c.num("message_thread_id") != 0 {
		t.Errorf("call %v", c.Params)
	}
	c = send("c", flows.Message{To: "telegram:8", Text: "in a thread of the private chat", Reply: "8/3/0/"})
	if c.num("message_thread_id") != 3 {
		t.Errorf("call %v", c.Params)
	}
	f.fault = func(c call) *fault {
		if c.num("message_thread_id") == 7 {
			return &fault{status: 400, description: "Bad Request: message thread not found"}
		}
		return nil
	}
	if c = send("d", flows.Message{To: "telegram:-100/7", Text: "the topic is gone"}); c.num("message_thread_id") != 0 {
		t.Errorf("call %v", c.Params)
	}
	for i, to := range []flows.Address{"discord:5", "telegram:", "telegram:x", "telegram:5/x", "telegram:0"} {
		var fact *bot.SendError
		if _, err := tg.Send(t.Context(), fmt.Sprint("e", i), flows.Message{To: to, Text: "x"}); !errors.As(err, &fact) || !fact.Gone {
			t.Errorf("%s: %v", to, err)
		}
	}
}

func TestOddMessages(t *testing.T) {
	f := newFake(t)
	tg := f.open(t)
	var hundred []flows.Choice
	for i := range 100 {
		hundred = append(hundred, flows.Choice{Label: fmt.Sprintf("Choice number %d of very many", i), Value: fmt.Sprint("v", i)})
	}
	hundred[0].Label, hundred[1].Label, hundred[2].Label = "", "short", strings.Repeat("👩‍👩‍👧‍👦", 40)
	send := func(id string, m flows.Message) {
		t.Helper()
		m.To = "telegram:5"
		if _, err := tg.Send(t.Context(), id, m); err != nil {
			t.Fatal(err)
		}
	}
	send("a", flows.Message{Text: "many", Choices: hundred})
	send("b", flows.Message{Text: "too many", Choices: append(hundred, flows.Choice{Label: "one more", Value: "x"})})
	send("c", flows.Message{Choices: hundred[:1]})
	send("d", flows.Message{Text: "\x00\x1b bad \xff bytes"})
	send("e", flows.Message{Text: "   "})
	got := f.shown(5)
	n := 0
	for _, row := range got[0].Buttons {
		for _, b := range row {
			n++
			if b.Text == "" || len(b.Data) > 64 {
				t.Errorf("button %+v", b)
			}
		}
	}
	if n != 100 || got[0].Buttons[0][0].Text != "v0" {
		t.Errorf("%d buttons, first %+v", n, got[0].Buttons[0])
	}
	if len(got[1].Buttons) != 0 || !strings.Contains(got[1].Text, "\n101. one more") {
		t.Errorf("too many are shown as %q", got[1].Text)
	}
	if len(got) != 4 || got[2].Text == "" || got[3].Text != "bad \uFFFD bytes" {
		t.Errorf("shown %+v", got[2:])
	}
}

func TestDocumentsAreStreamedAndOpenedAnew(t *testing.T) {
	f := newFake(t)
	opened := 0
	contents := map[string][]byte{"small": []byte("BEGIN:VCALENDAR"), "large": bytes.Repeat([]byte("0123456789abcdef"), 200_000)}
	tg := f.open(t, func(o *telegram.Options) {
		o.Open = func(_ context.Context, file flows.File) (io.ReadCloser, error) {
			opened++
			return io.NopCloser(bytes.NewReader(contents[file.Handle])), nil
		}
	})
	f.fault = func(c call) *fault {
		if c.Method == "sendDocument" && c.n == 0 {
			return &fault{status: 500, description: "Internal Server Error"}
		}
		return nil
	}
	for i, m := range []flows.Message{
		{Text: "Your calendar", File: &flows.File{Handle: "small", Name: "a \"b\".ics"}, Choices: []flows.Choice{{Label: "A", Value: "a"}}},
		{Text: "Known length", File: &flows.File{Handle: "large", Name: "large.zip", Size: 3_200_000}},
		{Text: strings.Repeat("long caption ", 100), File: &flows.File{Handle: "large", Name: "large.zip"}},
	} {
		m.To = "telegram:5"
		var err error
		for range 2 {
			if _, err = tg.Send(t.Context(), fmt.Sprint("x/", i), m); err == nil {
				break
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	got := f.shown(5)
	if len(got) != 4 || opened != 4 {
		t.Fatalf("%d shown, opened %d times", len(got), opened)
	}
	if string(got[0].Document) != "BEGIN:VCALENDAR" || got[0].Text != "Your calendar" || len(got[0].Buttons) != 1 {
		t.Errorf("small: %q %q", got[0].Document, got[0].Text)
	}
	if !bytes.Equal(got[1].Document, contents["large"]) || !bytes.Equal(got[3].Document, contents["large"]) || got[3].Text != "" || len(got[2].Text) < 1200 {
		t.Error("large files came otherwise")
	}
}

func TestTapsAreAnsweredAtOnceAndButtonsGo(t *testing.T) {
	f, d := newFake(t), &door{}
	tg := f.open(t)
	receive(t, tg, d)
	ask := func(id string) {
		t.Helper()
		if _, err := tg.Send(t.Context(), id, flows.Message{To: "telegram:5", Text: id, Choices: []flows.Choice{{Label: "Yes", Value: "yes/" + id}}}); err != nil {
			t.Fatal(err)
		}
	}
	answered := func(id string) (string, bool) {
		f.mu.Lock()
		defer f.mu.Unlock()
		words, ok := f.answered[id]
		return words, ok
	}
	t.Run("although the store is away", func(t *testing.T) {
		ask("one")
		d.mu.Lock()
		d.refuse = func(flows.Update) error { return errors.New("the store is away") }
		d.mu.Unlock()
		began := time.Now()
		id := f.tap(t, 5, "yes/one")
		waitFor(t, "the answer", func() bool { _, ok := answered(id); return ok })
		if took := time.Since(began); took > time.Second {
			t.Errorf("answered after %v", took)
		}
		if len(f.shown(5)[0].Buttons) != 1 {
			t.Error("the buttons went before the tap was on record")
		}
		d.mu.Lock()
		d.refuse = nil
		d.mu.Unlock()
		waitFor(t, "the buttons to go", func() bool { return len(f.shown(5)[0].Buttons) == 0 })
	})
	t.Run("with words when the turn only acknowledges", func(t *testing.T) {
		ask("two")
		d.mu.Lock()
		d.refuse = func(u flows.Update) error {
			_, err := tg.Send(t.Context(), u.ID+"/m0", flows.Message{To: u.Chat, Reply: u.Reply, Ack: true, Text: "Counted."})
			return err
		}
		d.mu.Unlock()
		id := f.tap(t, 5, "yes/two")
		waitFor(t, "the answer", func() bool { _, ok := answered(id); return ok })
		if words, _ := answered(id); words != "Counted." || len(f.shown(5)) != 2 {
			t.Errorf("answered with %q, %d messages", words, len(f.shown(5)))
		}
	})
	t.Run("an edit keeps its new buttons", func(t *testing.T) {
		ask("three")
		var once sync.Once
		d.mu.Lock()
		d.refuse = func(u flows.Update) error {
			once.Do(func() {
				go func() {
					time.Sleep(20 * time.Millisecond) // the outbox comes after the commit
					on := f.shown(5)[2]
					_, _ = tg.Send(t.Context(), u.ID+"/m0", flows.Message{To: u.Chat, Reply: u.Reply, Text: "three, next", Edit: fmt.Sprint(on.ID),
						Choices: []flows.Choice{{Label: "Next", Value: "next"}}})
				}()
			})
			return nil
		}
		d.mu.Unlock()
		f.tap(t, 5, "yes/three")
		waitFor(t, "the edit", func() bool { return f.shown(5)[2].Text == "three, next" })
		time.Sleep(100 * time.Millisecond)
		if got := f.shown(5)[2]; len(got.Buttons) != 1 || got.Buttons[0][0].Data != "next" {
			t.Errorf("shown %+v", got)
		}
	})
}

func TestTypingShowsOnlyWhenATurnTakesLong(t *testing.T) {
	f, d := newFake(t), &door{}
	d.refuse = func(u flows.Update) error {
		if u.Text == "slow" {
			time.Sleep(500 * time.Millisecond)
		}
		return nil
	}
	receive(t, f.open(t), d)
	f.say(1, "quick")
	f.say(2, "slow")
	waitFor(t, "both", func() bool { return len(d.texts("")) == 2 })
	if got := f.done("sendChatAction"); len(got) != 1 || got[0].num("chat_id") != 2 {
		t.Errorf("typing: %v", got)
	}
}

func TestFilesThatCannotBeFetched(t *testing.T) {
	f := newFake(t)
	tg := f.open(t)
	f.files["documents/ok"] = []byte("content")
	for _, tt := range []struct {
		file  flows.File
		fault *fault
		gone  bool
	}{
		{flows.File{Handle: "1/0/nosuch"}, nil, true},
		{flows.File{Handle: "nonsense"}, nil, true},
		{flows.File{Handle: "1/0/ok", Size: 21 << 20}, nil, true},
		{flows.File{Handle: "1/0/ok"}, &fault{status: 400, description: "Bad Request: file is too big"}, true},
		{flows.File{Handle: "1/0/ok"}, &fault{status: 500, description: "Internal Server Error"}, false},
		{flows.File{Handle: "1/0/ok"}, &fault{status: 200, body: `{"ok":true,"result":{"file_id":"x","file_path":"/var/lib/telegram/x"}}`}, false},
		{flows.File{Handle: "1/0/ok"}, &fault{status: 200, body: `{"ok":true,"result":{"file_id":"x","file_path":"documents/expired"}}`}, false},
	} {
		f.mu.Lock()
		f.fault = func(call) *fault { return tt.fault }
		f.mu.Unlock()
		r, err := tg.Fetch(t.Context(), tt.file)
		if err == nil {
			r.Close()
			t.Errorf("%+v could be fetched", tt.file)
			continue
		}
		var fact *bot.SendError
		if errors.As(err, &fact); (fact != nil && fact.Gone) != tt.gone {
			t.Errorf("%+v: %v", tt.file, err)
		}
	}
}

// A connection that Telegram ended while it rested is not written to: the next reply goes by a new one, once, and nothing is in doubt.
func TestAConnectionThatEndedInItsRestIsNotUsed(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	tg := f.open(t)
	for i := range 3 {
		if i > 0 {
			time.Sleep(1100 * time.Millisecond) // the rest after which a connection is looked at
			f.server.CloseClientConnections()
		}
		if _, err := tg.Send(t.Context(), fmt.Sprint("m", i), flows.Message{To: "telegram:7", Text: "Hello"}); err != nil {
			t.Fatal(err)
		}
	}
	if shown, doubt := len(f.shown(7)), tg.Counts().Doubtful; shown != 3 || doubt != 0 {
		t.Errorf("%d shown and %d in doubt, want 3 and none", shown, doubt)
	}
}
