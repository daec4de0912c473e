package console_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"olle/bot"
	"olle/bot/console"
	"olle/bot/inspect/inspecttest"
	"olle/config"
	"olle/flows"
	"olle/storage"
	"olle/storage/bolt"
	"olle/storage/files"
)

// monday is inside the application time of the 2020 edition.
var monday = time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC)

// network is a chat network in memory: it hears nothing by itself, keeps what the bot says, and has every file it is asked for.
type network struct {
	mu   sync.Mutex
	said map[flows.Address][]flows.Message
}

func (n *network) Name() string       { return "telegram" }
func (n *network) Limits() bot.Limits { return bot.Limits{} }
func (n *network) Receive(ctx context.Context, _ bot.Deliver) error {
	<-ctx.Done()
	return nil
}
func (n *network) Send(_ context.Context, _ string, m flows.Message) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.said[m.To] = append(n.said[m.To], m)
	return "1", nil
}
func (n *network) Fetch(_ context.Context, f flows.File) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(inspecttest.PDF(pagesOf(f.Handle)))), nil
}

// pagesOf makes files differ; a case study must have one page.
func pagesOf(name string) int {
	if strings.HasPrefix(name, "case") {
		return 1
	}
	return 1 + len(name)%3
}

func (n *network) heard(a flows.Address) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []string
	for _, m := range n.said[a] {
		all = append(all, m.Text)
	}
	return strings.Join(all, "\n")
}

// said returns what the bot said at an address.
func (o *office) said(a flows.Address) []flows.Message {
	o.net.mu.Lock()
	defer o.net.mu.Unlock()
	return slices.Clone(o.net.said[a])
}

// office is a running Olle with its console.
type office struct {
	t       *testing.T
	net     *network
	store   storage.Store
	files   *files.Files
	clock   *bot.Clock
	bot     *bot.Bot
	book    *flows.Book
	console *console.Console
	server  *httptest.Server
	count   int

	mu      sync.Mutex
	updates []flows.Update // what the console sent through the door
}

func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, net: &network{said: map[flows.Address][]flows.Message{}}, clock: bot.StoppedClock(monday)}
	dir := t.TempDir()
	store, err := bolt.Open(filepath.Join(dir, "olle.db"), o.clock.Now)
	must(t, err)
	t.Cleanup(func() { store.Close() })
	o.store = store
	key, err := age.GenerateX25519Identity()
	must(t, err)
	o.files, err = files.OpenFolder(filepath.Join(dir, "files"), []age.Recipient{key.Recipient()})
	must(t, err)
	events, err := config.LoadAll("")
	must(t, err)
	o.book, err = flows.NewBook(events, "vca-jeju-2020", []flows.Address{"telegram:boss"})
	must(t, err)
	o.bot, err = bot.New(bot.Options{Play: o.book.Play, Store: store, Platforms: []bot.Platform{o.net}, Files: o.files, Clock: o.clock,
		Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	t.Cleanup(cancel)
	all.Go(func() { _ = o.bot.Run(ctx) })
	o.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { o.console.ServeHTTP(rw, r) }))
	t.Cleanup(o.server.Close)
	o.book.Console = o.server.URL + "/console/"
	o.console, err = console.New(console.Options{Handle: o.handle, Store: store, Book: o.book, Files: o.files, Keep: o.bot.Keep, Open: o.open, Retry: o.bot.Retry, Drop: o.bot.Drop,
		Now: o.clock.Now, URL: o.server.URL, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Notice: "Demonstration: please do not enter real personal data."})
	must(t, err)
	all.Go(func() { o.console.Run(ctx) })
	return o
}

func (o *office) handle(ctx context.Context, u flows.Update) (bot.Receipt, error) {
	o.mu.Lock()
	o.updates = append(o.updates, u)
	o.mu.Unlock()
	return o.bot.Handle(ctx, u)
}

// open hands out a file as the networks get it.
func (o *office) open(ctx context.Context, f flows.File) (io.ReadCloser, error) {
	s := bot.Shelf{Store: o.store, Files: o.files, Event: o.book.Current, Clock: o.clock}
	return s.Open(ctx, f)
}

// caused returns what the console sent since the last call.
func (o *office) caused() []flows.Update {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := o.updates
	o.updates = nil
	return all
}

// says lets somebody write to the bot in private, with files, and waits until everything that follows is done.
func (o *office) says(who flows.Address, text string, sent ...flows.File) {
	o.t.Helper()
	o.count++
	u := flows.Update{ID: fmt.Sprintf("said/%d", o.count), From: who, Chat: who, Private: true, Text: text, Files: sent}
	_, err := o.bot.Handle(o.t.Context(), u)
	must(o.t, err)
	o.settled(u.ID)
}

func (o *office) settled(id string) {
	o.t.Helper()
	o.eventually("everything that "+id+" caused is done", func() bool {
		how, err := o.bot.Settled(o.t.Context(), id)
		return err == nil && how != bot.Unsettled
	})
}

func (o *office) eventually(what string, ok func() bool) {
	o.t.Helper()
	for end := time.Now().Add(15 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			o.t.Fatal("never came true: " + what)
		}
	}
}

// applies walks somebody through the profile.
func (o *office) applies(who flows.Address, name, organisation, city, land string) {
	o.t.Helper()
	for _, text := range []string{"/apply", "I agree", "For myself", name, organisation, "Under Secretary", "government", "senior", "9", city, city, land, "somebody@example.org"} {
		o.says(who, text)
	}
}

// sends lets somebody send a document.
func (o *office) sends(who flows.Address, name, item string) {
	o.t.Helper()
	o.says(who, item, flows.File{Handle: name, Name: name, Type: "application/pdf", Size: 100})
}

// person returns who is behind an address.
func (o *office) person(who flows.Address) *flows.Person {
	o.t.Helper()
	docs, err := o.store.Load(o.t.Context(), flows.PersonID(who))
	must(o.t, err)
	return decode[flows.Person](o.t, docs[0].Data)
}

func name(p *flows.Person) string { return strings.TrimPrefix(p.ID, "person/") }

var link = regexp.MustCompile(`enter\?code=([0-9a-f]{16})`)

// member brings somebody into the team with these rights.
func (o *office) member(who flows.Address, rights ...string) {
	o.t.Helper()
	o.says("telegram:boss", "/start")
	o.says(who, "/start")
	for _, r := range rights {
		o.says("telegram:boss", "/invite "+r)
		code := regexp.MustCompile(`/code ([A-Z2-9-]{9})`).FindAllStringSubmatch(o.net.heard("telegram:boss"), -1)
		o.says(who, "/code "+code[len(code)-1][1])
	}
}

// code asks for a way into the console and returns the link's code.
func (o *office) code(who flows.Address) string {
	o.t.Helper()
	o.says(who, "/console")
	codes := link.FindAllStringSubmatch(o.net.heard(who), -1)
	if len(codes) == 0 {
		o.t.Fatalf("%s got no link: %s", who, o.net.heard(who))
	}
	return codes[len(codes)-1][1]
}
