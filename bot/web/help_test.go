package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"filippo.io/age"

	"olle/bot"
	"olle/bot/web"
	"olle/config"
	"olle/flows"
	"olle/storage/bolt"
	"olle/storage/files"
)

// house is a whole bot behind the page: real store, door, outbox and file folder; only what it says is made up here.
type house struct {
	t      testing.TB
	url    string
	web    *web.Web
	bot    *bot.Bot
	clock  *bot.Clock
	store  *bolt.Store
	spool  string
	once   sync.Once
	handle string
	mu     sync.Mutex
	heard  []flows.Update // every turn that was played, which may be more often than it counts
	logged bytes.Buffer
}

var noon = time.Date(2020, 2, 3, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, o web.Options) *house {
	t.Helper()
	dir := t.TempDir()
	clock := bot.NewClock(noon, 1, time.Time{})
	store, err := bolt.Open(filepath.Join(dir, "store"), clock.Now)
	must(t, err)
	h := &house{t: t, clock: clock, store: store, spool: filepath.Join(dir, "spool")}
	key, err := age.GenerateX25519Identity()
	must(t, err)
	folder, err := files.OpenFolder(filepath.Join(dir, "files"), []age.Recipient{key.Recipient()})
	must(t, err)
	log := slog.New(slog.NewTextHandler(&locked{h: h}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.Store, o.Dir, o.Now, o.Log = store, h.spool, clock.Now, log
	o.Settled = func(ctx context.Context, id string) (bot.Settlement, error) { return h.bot.Settled(ctx, id) }
	if o.Languages == nil {
		o.Languages = languages(t)
	}
	h.web, err = web.New(o)
	must(t, err)
	h.bot, err = bot.New(bot.Options{Play: h.play, Store: store, Platforms: []bot.Platform{h.web}, Files: folder, Clock: clock, Log: log})
	must(t, err)
	server := httptest.NewServer(h.web)
	h.url = server.URL
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- h.bot.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ran; err != nil {
			t.Error("run:", err)
		}
		server.Close()
		folder.Close()
		store.Close()
	})
	h.ready()
	return h
}

// languages are those of the pack of 2020.
func languages(t testing.TB) (all []web.Language) {
	t.Helper()
	events, err := config.LoadAll("")
	must(t, err)
	event, err := config.Choose(events, "vca-jeju-2020")
	must(t, err)
	for tag, c := range event.Texts {
		all = append(all, web.Language{Tag: tag, Name: c.Name, Page: func() map[string]string { return c.Group("page.") }})
	}
	return all
}

// ready waits until guests are received.
func (h *house) ready() {
	for range 400 {
		if r, _ := h.post(map[string]any{"session": "nobody", "text": "x"}); r.StatusCode != http.StatusServiceUnavailable {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	h.t.Fatal("nobody received guests within two seconds")
}

type locked struct{ h *house }

func (l *locked) Write(p []byte) (int, error) {
	l.h.mu.Lock()
	defer l.h.mu.Unlock()
	return l.h.logged.Write(p)
}

// play is a small talk: it echoes, asks, keeps files and comes back later.
func (h *house) play(u flows.Update, _ flows.Source) (flows.Outcome, error) {
	h.mu.Lock()
	h.heard = append(h.heard, u)
	h.mu.Unlock()
	out := flows.Outcome{Subject: "person/" + string(u.From)}
	say := func(text string, choices ...flows.Choice) {
		out.Messages = append(out.Messages, flows.Message{To: u.Chat, Text: text, Choices: choices})
	}
	yesNo := []flows.Choice{{Label: "Yes, please", Value: "ask/yes"}, {Label: "No, thank you", Value: "ask/no"}}
	switch {
	case u.Call == "test/kept":
		var f flows.Fetched
		if err := json.Unmarshal(u.Args, &f); err != nil {
			return out, err
		}
		say(fmt.Sprintf("Kept: %d bytes, problem %q", f.Size, f.Problem))
	case u.Call == "test/slow":
		say("That took a while.")
	case u.Text == "slow": // a file nobody can get soon: the platform asks to wait
		out.Put = append(out.Put, flows.Doc{Key: out.Subject, Data: flows.Must(u.From)})
		out.Work = append(out.Work, flows.Work{Name: "wait", Kind: "fetch", Call: "test/slow", From: u.From, File: flows.File{Handle: h.elsewhere()}, Blob: "slow",
			Args: flows.Must(flows.FetchRules{Person: out.Subject, Max: 100, Types: []string{"pdf"}})})
	case u.Call == "test/later":
		say("This comes by itself.")
	case len(u.Files) > 0:
		out.Put = append(out.Put, flows.Doc{Key: out.Subject, Data: flows.Must(u.From)}) // whose they are
		for i, f := range u.Files {
			say("Got " + f.Name)
			out.Work = append(out.Work, flows.Work{Name: fmt.Sprint("file", i), Kind: "fetch", Call: "test/kept", File: f, From: u.From,
				Blob: "b" + fmt.Sprint(i), Args: flows.Must(flows.FetchRules{Person: out.Subject, Max: 20_000_000, Types: []string{"pdf"}, Pages: 0})})
		}
	case u.Text == "quiz":
		say("Which?", flows.Choice{Label: "A. Consent", Value: "quiz/ABCD/1/a"}, flows.Choice{Label: "B. Age", Value: "quiz/ABCD/1/b"},
			flows.Choice{Label: "(neither)", Value: "quiz/ABCD/1/c"})
	case strings.HasPrefix(u.Choice, "quiz/"):
		label := map[string]string{"quiz/ABCD/1/a": "A. Consent", "quiz/ABCD/1/b": "B. Age"}[u.Choice]
		out.Messages = append(out.Messages, flows.Message{To: u.Chat, Text: "Your answer: " + label, Ack: true})
	case u.Choice != "":
		say("You chose " + u.Choice)
	case u.Text == "/start":
		say("Annyeong! I am Olle.\nI know the workshop: see https://example.org/call (or write to info@example.org).")
		say("May I ask you a few questions?", yesNo...)
	case u.Text == "later":
		say("In a moment.")
		out.Alarms = append(out.Alarms, flows.Alarm{Name: "later", At: u.At.Add(700 * time.Millisecond), Call: "test/later"})
	case u.Text == "many":
		for i := range 120 {
			say(fmt.Sprint("line ", i))
		}
	case u.Text == "delete everything":
		for _, text := range []string{"Everything is deleted.", "Farewell."} {
			out.Messages = append(out.Messages, flows.Message{To: u.Chat, Text: text, Farewell: true})
		}
	case u.Text == "ask":
		say("Shall we go on?", yesNo...)
	case utf8.RuneCountInString(u.Text) > 200:
		say(fmt.Sprintf("%d characters", utf8.RuneCountInString(u.Text)))
	default:
		say("You said: " + u.Text)
	}
	for i := range out.Alarms {
		out.Alarms[i].Args = flows.Must(u.Chat)
	}
	if u.Call == "test/later" { // an alarm knows no chat
		var chat flows.Address
		if err := json.Unmarshal(u.Args, &chat); err != nil {
			return out, err
		}
		out.Messages[0].To = chat
		out.Subject = u.Subject
	}
	return out, nil
}

// elsewhere is the handle of an upload in another replica's folder that turns up here after half a second.
func (h *house) elsewhere() string {
	h.once.Do(func() {
		key, err := age.GenerateX25519Identity()
		must(h.t, err)
		name := "aaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"
		h.handle = name + "|" + key.String()
		time.AfterFunc(500*time.Millisecond, func() {
			var b bytes.Buffer
			w, _ := age.Encrypt(&b, key.Recipient())
			io.WriteString(w, "x")
			w.Close()
			os.WriteFile(filepath.Join(h.spool, name), b.Bytes(), 0o600)
		})
	})
	return h.handle
}

type answer struct {
	Session  string
	Messages []struct {
		ID, Text string
		Choices  []flows.Choice
	}
	Pending bool
	Error   string
}

func (a answer) texts() string {
	var all []string
	for _, m := range a.Messages {
		all = append(all, m.Text)
	}
	return strings.Join(all, " | ")
}

func (h *house) post(body any) (*http.Response, answer) {
	raw, ok := body.(string)
	if !ok {
		raw = string(flows.Must(body))
	}
	return h.send("application/json", strings.NewReader(raw))
}

func (h *house) send(kind string, body io.Reader) (*http.Response, answer) {
	r, err := http.Post(h.url+"/api/chat", kind, body)
	must(h.t, err)
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	must(h.t, err)
	var a answer
	if err := json.Unmarshal(b, &a); err != nil {
		h.t.Fatalf("answer %d is no JSON: %q", r.StatusCode, b)
	}
	return r, a
}

// say sends a text and insists on an answer.
func (h *house) say(session, text string) answer {
	r, a := h.post(map[string]any{"session": session, "text": text})
	if r.StatusCode != http.StatusOK {
		h.t.Fatalf("%q: status %d, %s", text, r.StatusCode, a.Error)
	}
	return a
}

type upload struct {
	name string
	body []byte
}

func form(t testing.TB, fields map[string]string, uploads ...upload) (string, io.Reader) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, k := range []string{"session", "id", "text", "album"} {
		if v, ok := fields[k]; ok {
			must(t, m.WriteField(k, v))
		}
	}
	for _, u := range uploads {
		p, err := m.CreateFormFile("file", u.name)
		must(t, err)
		_, err = p.Write(u.body)
		must(t, err)
	}
	must(t, m.Close())
	return m.FormDataContentType(), &b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
