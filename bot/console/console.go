// Package console is the organisers' web pages: what is happening, who applies, what was sent and asked, who may do what.
//
// It hides HTTP, sessions and templates, and promises: nobody without a session sees anything, and nobody does or sees what their rights do
// not allow, from the moment a right is taken away; every action is one update through the one door, under the name of whoever
// caused it, and counts once however often its form is sent; what an applicant wrote is shown as text and nothing else; and a page
// never parses whole people where a card will do, so lists stay fast with ten thousand of them.
//
// It is separate from the web chat because its readers are others: the chat lets everybody in and keeps what they say, the console lets
// few in and keeps nothing. Pages are rendered on the server and work without script; there is no build step.
//
// Its charts are bars in a table, drawn by the page's own template. A chart library was tried (go-analyze/charts v0.5.22): it writes colours
// as inline styles, which the content security policy takes away, on a white ground, which is glaring in the dark; its picture tells a
// screen reader nothing, where a table's row says its figure; and it brings four more modules and 2.4 MB.
package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"olle/bot"
	"olle/bot/gate"
	"olle/bot/papers"
	"olle/flows"
	"olle/storage"
	"olle/storage/files"
)

// Options are what a Console needs. Handle, Store and Book have no default.
type Options struct {
	Handle func(ctx context.Context, u flows.Update) (bot.Receipt, error) // the one door
	Store  storage.Store
	Book   *flows.Book
	Font   *papers.Font // of papers; nil: the one that comes with Olle
	Files  *files.Files // nil: applicants' files cannot be opened

	// Keep looks a file through and keeps it encrypted (bot.Keep); Open hands one out (bot.Shelf). nil: announcements take no files.
	Keep func(ctx context.Context, blob string, rules flows.FetchRules, r io.Reader) (flows.Fetched, error)
	Open func(ctx context.Context, f flows.File) (io.ReadCloser, error)

	// Retry and Drop decide about a job that was given up (bot.ListStuck).
	Retry, Drop func(ctx context.Context, id string) error

	Now    func() time.Time             // program time; nil: real time
	Peer   func(r *http.Request) string // whom rates count; nil: the connection's address
	Log    *slog.Logger                 // nil: none
	URL    string                       // where browsers find the server; "https://…" makes the cookie secure
	Notice string                       // banner of a demonstration; "" none
}

// Console is the handler of everything under /console/.
type Console struct {
	opt     Options
	log     *slog.Logger
	people  *index[*row]
	desk    *index[*flows.HelpRequest]
	scores  *index[scored]
	choices *index[decided]
	trail   *trail
	enters  *gate.Rates
	handler http.Handler
}

// New checks the options.
func New(o Options) (*Console, error) {
	if o.Handle == nil || o.Store == nil || o.Book == nil {
		return nil, errors.New("console: needs Handle, Store and Book")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Peer == nil {
		o.Peer = gate.Peer(nil)
	}
	c := &Console{opt: o, log: o.Log.With("platform", "console"), people: newIndex(o.Store, "card", rowOf), desk: newIndex(o.Store, "help", requestOf),
		scores: newIndex(o.Store, "review", scoredOf), choices: newIndex(o.Store, "decision", decidedOf), trail: newTrail(o.Store), enters: gate.NewRates(enterRate)}
	var err error
	if c.handler, err = c.routes(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	return c, nil
}

// ServeHTTP serves the pages.
func (c *Console) ServeHTTP(rw http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(rw, r) }

// Run keeps what lists are made of in step with the store until ctx ends. Without it the pages work, but each reads everything.
func (c *Console) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { c.people.follow(ctx, c.log) })
	all.Go(func() { c.desk.follow(ctx, c.log) })
	all.Go(func() { c.scores.follow(ctx, c.log) })
	all.Go(func() { c.choices.follow(ctx, c.log) })
	all.Wait()
}

// secure says that browsers reach the console over TLS only.
func (c *Console) secure() bool { return strings.HasPrefix(c.opt.URL, "https://") }
