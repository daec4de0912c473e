// Package web is the chat page and its HTTP interface: the platform for people who have neither Telegram nor Discord, or want no
// account anywhere.
//
// It hides HTTP, sessions, uploads and live updates, and promises: a guest's line is on record before it is answered; the same
// client id never counts twice; a talk looks the same after a reload, on a second device and from every replica; the session secret
// lives in the guest's browser only, since everything kept or logged carries a hash of it; an upload never touches the disk
// readable.
//
// It is separate from the other platforms because it is network and client in one: what Telegram keeps for its users (the talk
// itself) it must keep here, as documents.
//
//	web/HASH              the session: when it began
//	lines/web:HASH        how many lines the talk has
//	line/web:HASH/000017  line 17, said by the bot or the guest
//	said/web:HASH/ID      which line the guest's client calls ID
package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"olle/bot"
	"olle/bot/gate"
	"olle/flows"
	"olle/storage"
)

// keepFor is how long a line, and an unused session, is kept, in program time.
const keepFor = 90 * 24 * time.Hour

// Options are what a Web needs. Store and Dir have no default; Settled must be set before the first guest comes.
type Options struct {
	Store storage.Store
	// Settled says whether everything an update caused, work included, has been done.
	Settled func(ctx context.Context, updateID string) (bot.Settlement, error)
	Now     func() time.Time             // program time; nil: real time
	Peer    func(r *http.Request) string // whom the rate per address counts; nil: the connection's address
	// Open reads a file the bot sends (Message.File). Nil: its name is shown, and cannot be downloaded.
	Open func(ctx context.Context, f flows.File) (io.ReadCloser, error)
	Log  *slog.Logger
	// Handover puts a link by which others hand documents in (flows.Handover) into words of a language. Nil: no link is valid.
	Handover func(h flows.Handover, language string) (item, kinds, until, say string)

	Dir       string        // spool for uploads; made if missing
	MaxUpload int64         // bytes per file; 0: 20 MB
	MaxSpool  int64         // bytes of all uploads waiting, an eighth for one household; 0: 2 GiB
	Wait      time.Duration // how long POST waits for an answer to settle; 0: 10 s
	Session   Rate          // requests of one session; zero: 5 a second, 60 at once
	Address   Rate          // requests of one network address; zero: 20 a second, 100 at once. Ten times that for loopback and
	// private addresses, where a proxy or a whole office may stand

	Origins   []string   // origins beside the server's own whose pages may post, as "https://olle.example"
	Title     string     // of the page: the workshop's name
	Notice    string     // demonstration banner; "" none
	Contact   string     // e-mail address named where the page cannot work
	Languages []Language // of the page, English ("en") among them; two or more are offered in the menu
}

// Rate bounds requests.
type Rate = gate.Rate

// Language is one that the page speaks and a guest can choose: the menu sends "/language TAG".
type Language struct {
	Tag, Name string
	Page      func() map[string]string // what the page says, by key, asked when somebody wants the page; nil: it says it in English
}

// Web is the platform "web" and the handler of its pages.
type Web struct {
	opt      Options
	log      *slog.Logger
	spool    *spool
	hub      *hub
	talks    *talks
	sessions *gate.Rates
	peers    *gate.Rates
	streams  *streams
	shift    atomic.Pointer[shift]
	opened   chan struct{} // closed at the first Receive
	opening  sync.Once
	tongues  *tongues
	handler  http.Handler
}

// shift is the time guests are received: from the call of Receive until over, when streams and waiting answers let go.
type shift struct {
	deliver bot.Deliver
	over    <-chan struct{}
}

// startTime is how long a request that comes while the program starts waits for guests to be received.
const startTime = 3 * time.Second

// onDuty returns the shift under way, nil when there is none: the program stops, or does not get going.
func (w *Web) onDuty(ctx context.Context) *shift {
	select {
	case <-w.opened:
	case <-ctx.Done():
	case <-time.After(startTime):
	}
	return w.shift.Load()
}

var _ bot.Platform = (*Web)(nil)

// New checks the options and prepares the spool.
func New(o Options) (*Web, error) {
	if o.Store == nil || o.Settled == nil || o.Dir == "" {
		return nil, errors.New("web: needs Store, Settled and Dir")
	}
	o.fill()
	sp, err := newSpool(o.Dir, o.MaxSpool, max(o.MaxSpool/8, o.MaxUpload))
	if err != nil {
		return nil, fmt.Errorf("web: prepare the upload folder: %w", err)
	}
	w := &Web{
		opt: o, log: o.Log.With("platform", "web"), spool: sp, hub: newHub(), talks: newTalks(),
		sessions: gate.NewRates(o.Session), peers: gate.NewRates(o.Address), streams: newStreams(),
		opened: make(chan struct{}),
	}
	w.tongues = newTongues(o.Languages, w.index)
	if w.handler, err = w.routes(); err != nil {
		return nil, err
	}
	return w, nil
}

func (o *Options) fill() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Peer == nil {
		o.Peer = gate.Peer(nil)
	}
	if o.MaxUpload <= 0 {
		o.MaxUpload = 20_000_000
	}
	if o.MaxSpool <= 0 {
		o.MaxSpool = 2 << 30
	}
	if o.Wait <= 0 {
		o.Wait = 10 * time.Second
	}
	if o.Session == (Rate{}) {
		o.Session = Rate{PerSecond: 5, Burst: 60}
	}
	if o.Address == (Rate{}) {
		o.Address = Rate{PerSecond: 20, Burst: 100}
	}
	if len(o.Languages) == 0 {
		o.Languages = []Language{{Tag: "en", Page: func() map[string]string { return nil }}}
	}
	o.Languages = slices.SortedFunc(slices.Values(o.Languages), func(a, b Language) int { return strings.Compare(a.Tag, b.Tag) })
	if o.Title == "" {
		o.Title = "Olle"
	}
}

// Name is the platform's name in addresses.
func (w *Web) Name() string { return "web" }

// Limits are only our own: a page shows any text at any rate.
func (w *Web) Limits() bot.Limits {
	return bot.Limits{Workers: 16}
}

// ServeHTTP serves the page and its interface.
func (w *Web) ServeHTTP(rw http.ResponseWriter, r *http.Request) { w.handler.ServeHTTP(rw, r) }

// Receive takes guests' lines until ctx ends; before and afterwards a guest is asked to try again in a moment. It also follows the
// store for lines that other replicas wrote, and sweeps the spool.
func (w *Web) Receive(ctx context.Context, deliver bot.Deliver) error {
	own := &shift{deliver, ctx.Done()}
	w.shift.Store(own)
	w.opening.Do(func() { close(w.opened) })
	defer w.shift.CompareAndSwap(own, nil)
	swept := make(chan struct{})
	go func() { defer close(swept); w.spool.sweepUntil(ctx.Done(), w.log) }()
	w.follow(ctx)
	<-swept
	return nil
}

// follow wakes streams and waiting answers as lines are written, by whichever replica.
func (w *Web) follow(ctx context.Context) {
	for ctx.Err() == nil {
		keys, err := w.opt.Store.Watch(ctx, "line")
		if err != nil {
			w.log.Warn("cannot watch for lines; polling meanwhile", "err", err)
			bot.Pause(ctx, time.Second)
			w.hub.wakeAll()
			continue
		}
		for key := range keys {
			w.hub.wakeKey(key)
		}
		w.hub.wakeAll()
		bot.Pause(ctx, 100*time.Millisecond)
	}
}

// Send keeps the message as the talk's next line, once; whoever looks at the talk sees it at once.
func (w *Web) Send(ctx context.Context, id string, m flows.Message) (string, error) {
	if m.To.Platform() != "web" || strings.Contains(string(m.To), "/") {
		return "", &bot.SendError{Gone: true, Err: errors.New("web: not an address of this platform")}
	}
	if m.Ack && m.Text == "" {
		return "", nil // the page shows by itself that a tap was taken
	}
	l := line{Text: m.Text, Choices: m.Choices, At: w.opt.Now(), Cause: id, Edits: m.Edit, File: m.File, Ack: m.Ack, Bye: m.Farewell}
	e := entry{line: l, once: onceName(id)}
	if m.Forget {
		var err error
		if e.also, err = w.forget(ctx, m.To, id); err != nil {
			return "", err
		}
	}
	seq, err := w.keep(ctx, m.To, e)
	switch {
	case errors.Is(err, storage.ErrSeen):
		return w.sentBefore(ctx, m.To, id)
	case errors.Is(err, errNoSession):
		return "", &bot.SendError{Gone: true, Err: errors.New("web: no such session")}
	case err != nil:
		return "", err
	}
	return lineID(seq), nil
}

// sentBefore finds the line a job became when it was sent the first time, which was moments ago.
func (w *Web) sentBefore(ctx context.Context, a flows.Address, id string) (string, error) {
	n, err := w.count(ctx, a)
	if err != nil {
		return "", err
	}
	recent, err := w.lines(ctx, a, max(0, n-200), 200)
	if err != nil {
		return "", err
	}
	for _, l := range recent {
		if l.Cause == id && !l.Me {
			return lineID(l.seq), nil
		}
	}
	return "", nil
}
