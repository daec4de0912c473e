package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"olle/bot"
	"olle/bot/discord"
	"olle/bot/gate"
	"olle/bot/telegram"
	"olle/flows"
	"olle/flows/places"
	"olle/storage"
)

// networks are the chat networks that the settings name, beside the web.
type networks struct {
	all     []bot.Platform
	webhook http.Handler // of Telegram; nil when it is polled, or off
	checks  []networkCheck
	counts  func() telegram.Counts // nil: there is no Telegram here
}

// networkCheck is what doctor and start-up ask of a network.
type networkCheck struct {
	name string
	run  func(ctx context.Context) error
}

// openNetworks makes the adapters. A wrong token is said by their checks and by Receive; a setting that cannot be right is said here.
func (w *parts) openNetworks() (*networks, error) {
	n := &networks{}
	if w.settings.Telegram.Token.Set() {
		t, err := w.telegram()
		if err != nil {
			return nil, err
		}
		n.all = append(n.all, t)
		n.checks = append(n.checks, networkCheck{"telegram", t.Check})
		n.counts = t.Counts
		if w.settings.Telegram.WebhookURL != "" {
			n.webhook = t.WebhookHandler()
		}
	}
	if w.settings.Discord.Token.Set() {
		d, err := w.discord()
		if err != nil {
			return nil, err
		}
		n.all = append(n.all, d)
		n.checks = append(n.checks, networkCheck{"discord", d.Check})
	}
	return n, nil
}

func (w *parts) discord() (*discord.Discord, error) {
	s, e := w.settings.Discord, w.book.Current
	o := discord.Options{Token: s.Token.Reveal(), APIURL: s.APIURL, Guild: s.Guild, PerSecond: float64(s.PerSecond), Log: w.log, Open: w.handOut}
	o.Replica = w.replica()
	if w.store != nil { // doctor has none, and needs none
		o.Lease = w.lease()
		o.Memory = notes{w.store, "note/discord/", w.clock.Now}
	}
	for _, d := range append(e.Menu("en"), w.book.OrganiserMenu(e)...) {
		c := discord.Command{Name: d.Name, Description: d.Text, Options: commandOptions[d.Name]}
		c.Form = d.Name == "ask" || d.Name == "code"
		o.Commands = append(o.Commands, c)
	}
	o.Complete = func(_ context.Context, command, option, typed string) []discord.Suggestion {
		return suggest(e, command, option, typed)
	}
	return discord.New(o)
}

// commandOptions are the options of slash commands: what follows the word on other platforms.
var commandOptions = map[string][]discord.Option{
	"ask":      {{Name: "question", Description: "Your question, in your own words", Long: true}},
	"airfare":  {{Name: "from", Description: "The city or country you depart from", Suggest: true}},
	"upload":   {{Name: "item", Description: "Which document it is", Suggest: true}, {Name: "file", Description: "The file", File: true}},
	"code":     {{Name: "code", Description: "The code you were given"}},
	"quiz":     {{Name: "code", Description: "The four letters on the screen; leave it out for quizzes to take alone"}},
	"quizhost": {{Name: "what", Description: "start NAME, open, lock, reveal, next, pause, tally, board, kick NAME, results, end"}},
	"rate":     {{Name: "what", Description: "An area to rate again; or countries, match, show. Leave it out to go on"}},
	"rating":   {{Name: "what", Description: "open, reveal, close or export, and the grid's name where there are several"}},
	"plan":     {{Name: "what", Description: "change and a part, print, others, done, going, stuck, stop. Leave it out to go on"}},
	"group":    {{Name: "what", Description: "campaign, case 2, list, add and your line, vote 3, drop 3", Long: true}},
	"link":     {{Name: "code", Description: "The code from your other chat; leave it out to get one, or type off"}},
	"glossary": {{Name: "term", Description: "An abbreviation"}},
	"ticket": {{Name: "request", Description: "A reference like H-7K3FQ2-1; here or off in your own channel; leave it out for the list"},
		{Name: "text", Description: "Your answer, or: take, close, draft, note: words, assign and a reference", Long: true}},
	"announce": {{Name: "text", Description: "What everybody reads; leave it out to be asked", Long: true},
		{Name: "audience", Description: "For example stage=applying country=Nepal missing=6 -language=ko; leave it out to be asked"}},
	"invite": {{Name: "right", Description: "read, send, decide, documents or admin"}},
}

// suggest completes an option while it is typed: points of departure as printed, documents by name.
func suggest(e *flows.Event, command, option, typed string) (found []discord.Suggestion) {
	typed = places.Fold(typed)
	offer := func(label, value string) {
		if len(found) < 25 && strings.Contains(" "+places.Fold(label), " "+typed) {
			found = append(found, discord.Suggestion{Label: label, Value: value})
		}
	}
	switch command + "/" + option {
	case "airfare/from":
		for _, a := range e.Airfare {
			offer(a.Point, a.Point)
		}
	case "upload/item":
		for _, it := range e.Items {
			offer(fmt.Sprintf("%d. %s", it.Number, it.Name), it.Short)
		}
	}
	return found
}

func (w *parts) telegram() (*telegram.Telegram, error) {
	s := w.settings.Telegram
	o := telegram.Options{
		Token: s.Token.Reveal(), APIURL: s.APIURL, WebhookURL: s.WebhookURL, WebhookSecret: s.WebhookSecret.Reveal(), Open: w.handOut,
		Peer: gate.Peer(w.settings.TrustedProxies), Log: w.log, PerSecond: float64(s.PerSecond),
	}
	if w.store != nil {
		o.Lease = w.lease()
	}
	if s.PerChat > 0 {
		o.PerChat = time.Second / time.Duration(s.PerChat)
	}
	e := w.book.Current
	for tag := range e.Texts {
		menu := telegram.Menu{Where: "private", Language: tag}
		if tag == "en" {
			menu.Language = "" // for everybody else too
		}
		for _, d := range e.Menu(tag) {
			menu.Commands = append(menu.Commands, telegram.Command{Name: d.Name, Description: d.Text})
		}
		o.Menus = append(o.Menus, menu)
	}
	public := telegram.Menu{Where: "groups"}
	for _, d := range e.Menu("en") {
		if flows.Public(d.Name) {
			public.Commands = append(public.Commands, telegram.Command{Name: d.Name, Description: d.Text})
		}
	}
	o.Menus = append(o.Menus, public)
	return telegram.New(o)
}

// lease takes named rights for this process from the store, for networks that insist on one reader per token.
func (w *parts) lease() bot.Lease {
	owner := w.replica()
	return func(ctx context.Context, name string, d time.Duration) (bool, error) {
		return w.store.Lease(ctx, name, owner, d)
	}
}

// replica names this process, and the one that takes its place when it is killed, which so has its rights at once. One process at a
// time serves a data folder: the folder's socket sees to it.
func (w *parts) replica() string {
	host, err := os.Hostname()
	dir, err2 := filepath.Abs(w.settings.DataDir)
	if err != nil || err2 != nil {
		return rand.Text()
	}
	return host + " " + dir
}

// notes keeps an adapter's few strings in the store, under "note/" + the adapter's name.
type notes struct {
	store  storage.Store
	prefix string
	now    func() time.Time
}

func (n notes) Get(ctx context.Context, key string) (string, error) {
	docs, err := n.store.Load(ctx, n.prefix+key)
	if err != nil {
		return "", fmt.Errorf("note: %w", err)
	}
	return string(docs[0].Data), nil
}

// Put writes all values in as few commits as is good for whoever else uses the store.
func (n notes) Put(ctx context.Context, values map[string]string) error {
	var docs []storage.Doc
	for key, value := range values {
		d := storage.Doc{Key: n.prefix + key}
		if value != "" {
			d.Data = []byte(value)
		}
		docs = append(docs, d)
	}
	for some := range slices.Chunk(docs, 250) {
		if _, err := n.store.Commit(ctx, storage.Batch{Put: some, Now: n.now()}); err != nil {
			return fmt.Errorf("note: %w", err)
		}
	}
	return nil
}

func (n notes) All(ctx context.Context, prefix string) (map[string]string, error) {
	found := map[string]string{}
	for d, err := range storage.Each(ctx, n.store, n.prefix+prefix) {
		if err != nil {
			return nil, fmt.Errorf("note: %w", err)
		}
		found[strings.TrimPrefix(d.Key, n.prefix)] = string(d.Data)
	}
	return found, nil
}
