package discord_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"olle/bot"
	"olle/bot/discord"
	"olle/bot/platformtest"
	"olle/config"
	"olle/flows"
	"olle/storage/bolt"
	"olle/storage/files"
)

// sim is a running simulator.
type sim struct {
	t    testing.TB
	base string
}

func startSim(t testing.TB, flags ...string) *sim {
	t.Helper()
	return &sim{t, platformtest.Simulator(t, "dcsim", flags...)}
}

// ask uses the control interface.
func (s *sim) ask(method, path string, body any) object {
	s.t.Helper()
	data, _ := json.Marshal(body)
	r, _ := http.NewRequest(method, s.base+"/control/"+path, bytes.NewReader(data))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	var v object
	_ = json.NewDecoder(answer.Body).Decode(&v)
	if answer.StatusCode != 200 {
		s.t.Fatalf("%s: %v", path, v)
	}
	return v
}

// clean checks that no request broke a rule of the API description.
func (s *sim) clean(except ...string) {
	s.t.Helper()
	for _, v := range s.ask("GET", "violations", nil)["violations"].([]any) {
		allowed := false
		for _, code := range except {
			allowed = allowed || v.(object)["code"] == code
		}
		if !allowed {
			s.t.Errorf("violation: %v", v)
		}
	}
}

// messages is what a chat with the guest, or a channel, shows of the bot.
func (s *sim) messages(where string) (all []object) {
	for _, m := range s.ask("GET", "messages?"+where, nil)["messages"].([]any) {
		if m := m.(object); m["author"].(object)["bot"] == true {
			all = append(all, m)
		}
	}
	return all
}

func (s *sim) until(what string, ok func() bool) {
	s.t.Helper()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	s.t.Fatal("never came: " + what)
}

// house is a whole bot on the simulator, with the 2020 pack at a day when its call is open.
type house struct {
	*sim
	d    *discord.Discord
	log  *locked
	stop func()
}

var simCommands = []discord.Command{
	{Name: "status", Description: "Where you stand"},
	{Name: "apply", Description: "Apply for the workshop"},
	{Name: "airfare", Description: "What the ticket may cost", Options: []discord.Option{{Name: "from", Description: "Departure point", Suggest: true}}},
	{Name: "ask", Description: "Ask a question", Options: []discord.Option{{Name: "question", Description: "Your question"}}},
	{Name: "upload", Description: "Hand in a document", Options: []discord.Option{
		{Name: "item", Description: "Which of the seven", Suggest: true}, {Name: "file", Description: "The document", File: true}}},
}

// openHouse puts a bot together and waits until it is connected.
func openHouse(t testing.TB, s *sim, dir string, memory discord.Memory, change func(*discord.Options)) *house {
	t.Helper()
	events, err := config.LoadAll("")
	must(t, err)
	book, err := flows.NewBook(events, "vca-jeju-2020", nil)
	must(t, err)
	at, _ := time.Parse(time.RFC3339, "2020-02-03T09:00:00+09:00")
	clock := bot.NewClock(at, 1, time.Time{})
	store, err := bolt.Open(filepath.Join(dir, "store"), clock.Now)
	must(t, err)
	key, err := age.GenerateX25519Identity()
	must(t, err)
	folder, err := files.OpenFolder(filepath.Join(dir, "files"), []age.Recipient{key.Recipient()})
	must(t, err)
	h := &house{sim: s, log: &locked{}}
	log := slog.New(slog.NewTextHandler(h.log, nil))
	o := discord.Options{Token: "secret.bot.token", APIURL: s.base, Commands: simCommands, Memory: memory, Replica: "one", Log: log,
		Complete: func(_ context.Context, _, _, typed string) []discord.Suggestion {
			return []discord.Suggestion{{Label: "Kathmandu, Nepal", Value: typed + "mandu"}}
		}}
	if change != nil {
		change(&o)
	}
	h.d, err = discord.New(o)
	must(t, err)
	b, err := bot.New(bot.Options{Play: book.Play, Store: store, Platforms: []bot.Platform{h.d}, Files: folder, Clock: clock, Log: log})
	must(t, err)
	_, err = b.Handle(context.Background(), flows.Update{ID: fmt.Sprint("event/open/", clock.Now().UnixNano()), Subject: "event/vca-jeju-2020", Call: "event/open", Sent: clock.Now()})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	h.stop = sync.OnceFunc(func() {
		begun := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("a clean stop took %s", took)
		}
		must(t, store.Close())
	})
	t.Cleanup(h.stop)
	s.until("a session", func() bool {
		return strings.Contains(fmt.Sprint(s.ask("GET", "state", nil)), "session") && h.connected()
	})
	return h
}

func (h *house) connected() bool {
	return strings.Contains(h.log.String(), "gateway session works") && strings.Contains(h.log.String(), "commands registered")
}

// locked is a log that can be read while it is written.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const simGuest = "800000000000004711"

// newest waits until the bot's newest messages hold all words, and returns their text.
func (h *house) newest(before int, words ...string) string {
	h.t.Helper()
	text := ""
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		all := h.messages("user_id=" + simGuest)
		text = ""
		for _, m := range all[min(before, len(all)):] {
			text += unescaped(m["content"].(string)) + "\n"
		}
		missing := false
		for _, w := range words {
			missing = missing || !strings.Contains(text, w)
		}
		if !missing && text != "" {
			return text
		}
	}
	h.t.Fatalf("no %q in:\n%s", words, text)
	return ""
}

func (h *house) count() int { return len(h.messages("user_id=" + simGuest)) }

// say writes a direct message, or taps the button of that label if the newest message has one.
func (h *house) say(text string, words ...string) string {
	h.t.Helper()
	before := h.count()
	h.ask("POST", "send", object{"user_id": simGuest, "dm": true, "text": text})
	return h.newest(before, words...)
}

func (h *house) click(label string, words ...string) string {
	h.t.Helper()
	before := h.count()
	h.ask("POST", "click", object{"user_id": simGuest, "label": label})
	return h.newest(before, words...)
}

func simPDF(name string) string {
	return base64.StdEncoding.EncodeToString([]byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R>>endobj\n%" + name + "\ntrailer<</Root 1 0 R>>\n%%EOF\n"))
}

func TestMainJobOnTheSimulator(t *testing.T) {
	t.Parallel()
	s := startSim(t, "-limits")
	dir, memory := t.TempDir(), newKept()
	h := openHouse(t, s, dir, memory, nil)
	must(t, h.d.Check(context.Background()))
	h.say("hello how mach is ticket money from katmandu nepal pls", "US$ 950")
	h.say("/apply", "Do you agree?")
	h.click("I agree")
	h.click("For myself")
	for _, answer := range []string{"Nina Rai", "Ministry of Home Affairs", "Under Secretary", "government", "senior", "9", "Kathmandu", "Kathmandu", "Nepal"} {
		h.say(answer)
	}
	h.stop()
	h = openHouse(t, s, dir, memory, nil)
	h.say("is the visa fee covered?", "responsibility of the participants", "e-mail address")
	h.say("nina.rai@example.org", "0 of 7", "Your reference is VCA20-")
	for i, name := range []string{"application", "commitment", "waiver", "consent", "case study", "nomination", "cv"} {
		before := h.count()
		if name == "cv" {
			h.ask("POST", "slash", object{"user_id": simGuest, "dm": true, "command": "upload",
				"options": object{"item": "cv", "file": object{"filename": "x.pdf", "mime": "application/pdf", "data_base64": simPDF(name)}}})
		} else {
			h.ask("POST", "send", object{"user_id": simGuest, "dm": true, "text": "", "document": object{"filename": name + ".pdf", "mime": "application/pdf", "data_base64": simPDF(name)}})
		}
		h.newest(before, fmt.Sprintf("%d of 7", i+1), "KST")
	}
	before := h.count()
	h.ask("POST", "slash", object{"user_id": simGuest, "dm": true, "command": "status"})
	h.newest(before, "7 of 7")
	h.ask("POST", "slash", object{"user_id": simGuest, "command": "airfare", "options": object{"from": "Kathmandu"}})
	h.ask("POST", "autocomplete", object{"user_id": simGuest, "command": "airfare", "options": object{"from": "kat"}, "focused": "from"})
	h.until("all interactions answered", func() bool {
		return len(h.ask("GET", "interactions?state=waiting", nil)["interactions"].([]any))+len(h.ask("GET", "interactions?state=deferred", nil)["interactions"].([]any)) == 0
	})
	h.clean()
	for _, word := range []string{"Nina", "nina.rai", "katmandu", "secret.bot.token"} {
		if strings.Contains(h.log.String(), word) {
			t.Errorf("the log holds %q", word)
		}
	}
}
