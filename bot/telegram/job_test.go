package telegram_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"olle/bot"
	"olle/bot/telegram"
	"olle/config"
	"olle/flows"
	"olle/storage/bolt"
	"olle/storage/files"
)

// house is the whole bot around the adapter, with the event pack of 2020 and a store on disk.
type house struct {
	dir  string
	bot  *bot.Bot
	tg   *telegram.Telegram
	stop func()
}

func openHouse(t testing.TB, dir string, o telegram.Options) *house {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("OLLE_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	o.Log = log
	tg, err := telegram.New(o)
	must(err)
	events, err := config.LoadAll("")
	must(err)
	book, err := flows.NewBook(events, "vca-jeju-2020", nil)
	must(err)
	clock := bot.NewClock(time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC), 1, time.Time{})
	store, err := bolt.Open(filepath.Join(dir, "olle.db"), clock.Now)
	must(err)
	key, err := age.GenerateX25519Identity()
	must(err)
	folder, err := files.OpenFolder(filepath.Join(dir, "files"), []age.Recipient{key.Recipient()})
	must(err)
	b, err := bot.New(bot.Options{Play: book.Play, Store: store, Platforms: []bot.Platform{tg}, Files: folder, Clock: clock, Log: log})
	must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	h := &house{dir: dir, bot: b, tg: tg}
	stopped := false
	h.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		folder.Close()
		store.Close()
	}
	t.Cleanup(h.stop)
	return h
}

// pdf is a document of one page that differs from every other.
func pdf(n int) []byte {
	return fmt.Appendf(nil, "%%PDF-1.4\n%% %d\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%%%EOF\n%s", n, strings.Repeat(" ", 2000))
}

// limits are the simulator's flags and the adapter's pace: the documented ones in a full run, ten times as fast otherwise.
func limits() (args []string, perSecond float64, perChat time.Duration) {
	if *full {
		return []string{"-limits"}, 30, time.Second
	}
	return []string{"-limits", "-limit-chat", "10", "-limit-global", "300", "-limit-group", "200"}, 300, 100 * time.Millisecond
}

func apply(p *person) {
	p.says("hi, how much is the airfare from Pokhara?", "950")
	p.says("/apply", "Do you agree?")
	p.taps("I agree", "Are you applying for yourself")
	p.taps("For myself", "full name")
	p.says("Nina <b>Rai_*[x](y)", "organisation")
	p.says("Ministry of Home Affairs", "position")
	p.says("Under Secretary", "What kind of organisation")
	p.taps("Government", "level")
	p.taps("Senior level", "years")
	p.says("9", "workplace")
	p.says("Kathmandu", "travel to Jeju")
	p.says("Kathmandu", "citizenship")
	p.says("Nepali", "e-mail")
	p.says("nina.rai@example.org", "0 of 7 received")
}

func sendSeven(p *person) {
	p.says("1", "Please send document 1")
	for i, name := range []string{"form", "commitment", "waiver", "consent", "case", "nomination", "cv"} {
		p.sends(name+".pdf", pdf(i), fmt.Sprintf("That makes %d of 7", i+1))
	}
	p.says("/status", "7 of 7 received")
}

func TestTheMainJobOnTheSimulator(t *testing.T) {
	t.Parallel()
	args, perSecond, perChat := limits()
	for _, way := range []string{"polling", "webhook"} {
		t.Run(way, func(t *testing.T) {
			sim := simulate(t, append(args, "-strict")...)
			o := telegram.Options{Token: token, APIURL: sim.base, PerSecond: perSecond, PerChat: perChat, Menus: menus}
			var door *httptest.Server
			if way == "webhook" {
				door = httptest.NewServer(nil)
				t.Cleanup(door.Close)
				o.WebhookURL = door.URL + "/telegram/webhook"
			}
			h := openHouse(t, t.TempDir(), o)
			if door != nil {
				door.Config.Handler = h.tg.WebhookHandler()
			}
			p := &person{sim: sim, id: 4711}
			apply(p)
			sendSeven(p)
			noButtonsLeft(t, sim, p)
			h.stop()
			sim.clean()
			if c := h.tg.Counts(); c.Doubtful != 0 || c.Unreadable != 0 {
				t.Errorf("counts %+v", c)
			}
		})
	}
}

var menus = []telegram.Menu{
	{Where: "private", Commands: []telegram.Command{{Name: "apply", Description: "begin or go on with your application"}, {Name: "help", Description: "what I can do"}}},
	{Where: "groups", Commands: []telegram.Command{{Name: "help", Description: "what I can do"}}},
	{Where: "private", Language: "ko", Commands: []telegram.Command{{Name: "help", Description: "도움말"}}},
}

// noButtonsLeft waits until the buttons of every question that was answered by a tap are gone.
func noButtonsLeft(t *testing.T, sim *simulator, p *person) {
	t.Helper()
	var left []string
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		left = nil
		for _, m := range sim.chat(p.id) {
			for _, row := range m.Markup.Rows {
				for _, b := range row {
					switch b.Text {
					case "I agree", "For myself", "Government", "Senior level":
						left = append(left, b.Text)
					}
				}
			}
		}
		if len(left) == 0 {
			return
		}
	}
	t.Errorf("still there after the tap: %q", left)
}

func TestMenusAreSetOnlyWhenChanged(t *testing.T) {
	f := newFake(t)
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		tg := f.open(t, func(o *telegram.Options) { o.Menus = menus })
		done := make(chan error, 1)
		before := len(f.done("getMyCommands"))
		go func() {
			done <- tg.Receive(ctx, func(context.Context, flows.Update) (bot.Receipt, error) { return bot.Receipt{}, nil })
		}()
		waitFor(t, "menus", func() bool { return len(f.done("getMyCommands")) >= before+len(menus) })
		time.Sleep(20 * time.Millisecond)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if n := len(f.done("setMyCommands")); n != len(menus) {
		t.Errorf("%d menus were set, want each once: %d", n, len(menus))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var have []map[string]string
	if json.Unmarshal([]byte(f.menus[`{"type":"all_private_chats"}ko`]), &have) != nil || len(have) != 1 || have[0]["description"] != "도움말" {
		t.Errorf("menus %v", f.menus)
	}
}

func waitFor(t testing.TB, what string, ready func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ready() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}

// The same job on a network that fails in every way it knows: nothing is lost, only later.
func TestTheMainJobOnABadNetwork(t *testing.T) {
	t.Parallel()
	args, perSecond, perChat := limits()
	sim := simulate(t, args...)
	for _, f := range []map[string]any{
		{"method": "send*", "kind": "error", "status": 500, "probability": 0.1, "count": -1},
		{"method": "send*", "kind": "error", "status": 502, "body": "<html>Bad Gateway</html>", "probability": 0.05, "count": -1},
		{"method": "send*", "kind": "error", "status": 429, "retry_after": 1, "count": 2, "skip": 5},
		{"method": "sendMessage", "kind": "drop_after", "probability": 0.05, "count": -1},
		{"method": "editMessage*", "kind": "error", "status": 500, "probability": 0.3, "count": -1},
		{"method": "answerCallbackQuery", "kind": "drop", "probability": 0.3, "count": -1},
		{"method": "getUpdates", "kind": "drop_after", "probability": 0.05, "count": -1},
		{"method": "getFile", "kind": "error", "status": 500, "probability": 0.2, "count": -1},
		{"method": "file", "kind": "drop", "probability": 0.2, "count": -1},
		{"method": "getMe", "kind": "garbage", "count": 1},
		{"method": "deleteWebhook", "kind": "timeout", "delay_ms": 500, "count": 1},
	} {
		sim.post("/control/fault", f)
	}
	h := openHouse(t, t.TempDir(), telegram.Options{Token: token, APIURL: sim.base, PerSecond: perSecond, PerChat: perChat, Menus: menus})
	p := &person{sim: sim, id: 4711}
	apply(p)
	sendSeven(p) // a question in doubt shows twice, and one of the two keeps its buttons: they are not looked at here
	h.stop()
	sim.clean()
	t.Logf("counts %+v", h.tg.Counts())
}

// Many people at once stay within what Telegram allows: not one request is answered 429.
func TestARushStaysWithinTheLimits(t *testing.T) {
	t.Parallel()
	args, perSecond, perChat := limits()
	sim := simulate(t, append(args, "-strict")...)
	openHouse(t, t.TempDir(), telegram.Options{Token: token, APIURL: sim.base, PerSecond: perSecond, PerChat: perChat})
	const people, each = 100, 4
	for i := range each {
		for user := range people {
			sim.post("/control/send", map[string]any{"user_id": 1000 + user, "text": []string{"/deadline", "/objectives", "/glossary", "/programme"}[i]})
		}
	}
	waitFor(t, "all answers", func() bool {
		for user := range people {
			if len(sim.chat(int64(1000+user))) < each {
				return false
			}
		}
		return true
	})
	sim.clean()
}
