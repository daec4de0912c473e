package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"olle/bot"
	"olle/bot/gate"
	"olle/bot/web"
	"olle/config"
	"olle/flows"
)

// stopWithin is how long a clean stop may take; what is not done by then is done by the next start.
const stopWithin = 5 * time.Second

// settleAfter is when memory that only the start needed is given back: whoever wrote while the bot was away is answered before.
const settleAfter = 100 * time.Millisecond

// A body may take this long, and a second more for each so many bytes that came; as many bytes of an answer as that is in this time may take
// it too: even the worst telephone line is faster.
const (
	bodyTime  = 30 * time.Second
	bodySpeed = 2 << 10
)

// serve runs the assistant until it is told to stop.
func serve(ctx context.Context, p *program, args []string) error {
	if err := parse(flags("serve"), args); err != nil {
		return err
	}
	started := collectLater()
	s, err := p.settings()
	if err != nil {
		return err
	}
	w, err := p.open(ctx, s)
	if err != nil {
		return err
	}
	defer w.Close()
	return p.serve(ctx, w, started)
}

func (p *program) serve(ctx context.Context, w *parts, started func()) error {
	nets, err := w.openNetworks()
	if err != nil {
		return err
	}
	page, b, err := w.webBot(nets.all...)
	if err != nil {
		return err
	}
	pages, err := w.openConsole(b, w.notice())
	if err != nil {
		return err
	}
	screen, err := w.openScreen()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", w.settings.HTTPAddr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; %s", w.settings.HTTPAddr, err, remedyOfListen(err))
	}
	defer listener.Close()
	local, err := listen(socketPath(w.settings))
	if err != nil {
		return err
	}
	defer local.Close()
	if err := w.arrive(ctx); err != nil {
		return err
	}
	if err := w.whole(ctx); err != nil { // once more, now that a restore that begins hears of this serve
		return err
	}
	if err := w.openEvent(ctx, b); err != nil {
		return err
	}
	for _, stranger := range config.Unknown(os.Environ()) {
		w.log.Warn(stranger.String())
	}
	for _, warning := range w.warnings(ctx) {
		w.log.Warn(warning)
	}
	p.greet(w, listener.Addr())
	go func() {
		bot.Pause(ctx, settleAfter)
		w.book.Current.Answers.Ready()
		started()
		paceCollector(ctx)
	}()
	doors := map[net.Listener]http.Handler{
		listener: routes(b, handlers{
			page: page, webhook: nets.webhook, console: pages, screen: screen, figures: metricsPage(w.settings, nets.figures(b), w.log),
		}),
		local: &operator{parts: w, bot: b},
	}
	return w.run(ctx, b, doors, pages.Run, screen.Run, w.stay)
}

// pageWords are the words of the web page in one language. A shortcut without words is not shown: the pack has nothing for it.
func pageWords(e *flows.Event, c *flows.Catalogue) map[string]string {
	words := c.Group("page.")
	for _, shortcut := range []string{"eligibility", "airfare"} {
		if !e.Offers(shortcut) {
			delete(words, shortcut)
		}
	}
	return words
}

func remedyOfListen(err error) string {
	switch {
	case errors.Is(err, syscall.EACCES):
		return "this user may not use that port: set OLLE_HTTP_ADDR to one from 1024 on"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine does not have that address: set OLLE_HTTP_ADDR to one of its own, or to 0.0.0.0 and the port for all"
	case errors.Is(err, syscall.EADDRINUSE):
		return "another program uses the port: stop it, or set OLLE_HTTP_ADDR"
	}
	return "correct OLLE_HTTP_ADDR"
}

// webBot makes the bot with the web chat as its platform. The page asks the bot whether an update has settled, the bot carries to
// the page: one of them must come first.
func (w *parts) webBot(others ...bot.Platform) (*web.Web, *bot.Bot, error) {
	var b *bot.Bot
	e := w.book.Current
	o := web.Options{
		Store: w.store, Now: w.clock.Now, Peer: gate.Peer(w.settings.TrustedProxies), Log: w.log, MaxUpload: e.MaxFile, Title: e.Title, Contact: e.Email, Open: w.handOut,
		Dir:      filepath.Join(w.settings.DataDir, "spool"),
		Handover: w.book.Handover,
		Notice:   w.notice(),
		Settled:  func(ctx context.Context, id string) (bot.Settlement, error) { return b.Settled(ctx, id) },
	}
	if w.settings.PublicURL != "" {
		o.Origins = []string{strings.TrimRight(w.settings.PublicURL, "/")}
	}
	for tag, c := range e.Texts {
		o.Languages = append(o.Languages, web.Language{Tag: tag, Name: c.Name, Page: func() map[string]string { return pageWords(e, c) }})
	}
	page, err := web.New(o)
	if err != nil {
		return nil, nil, err
	}
	b, err = w.newBot(append(others, page)...)
	return page, b, err
}

// greet prints where the page is, and what kind of run this is.
func (p *program) greet(w *parts, addr net.Addr) {
	kind := ""
	if w.settings.Demonstration() {
		kind = " (demonstration: embedded store, clock at " + w.clock.Now().In(w.book.Current.Zone).Format("2 January 2006") + ")"
	}
	fmt.Fprintf(p.out, "Olle answers for %s at http://%s/%s\n", w.book.Current.Short, addr, kind)
	if w.settings.Demonstration() {
		fmt.Fprintln(p.out, "The organisers' pages: \"olle console-link\" prints a way in.")
	}
}

// handlers are what is behind serve's address. webhook is Telegram's; nil: updates are polled.
type handlers struct{ page, webhook, console, screen, figures http.Handler }

// routes puts the pages of guests and organisers and the questions of machines on one address.
func routes(b *bot.Bot, to handlers) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", to.page)
	mux.Handle("/console/", to.console)
	mux.Handle("/screen/", to.screen)
	mux.Handle("GET /metrics", to.figures)
	mux.HandleFunc("GET /healthz", func(rw http.ResponseWriter, _ *http.Request) { reply(rw, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(rw http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
		defer cancel()
		var why bot.Unready
		if errors.As(b.Ready(ctx), &why) {
			reply(rw, http.StatusServiceUnavailable, "not ready: "+why.What()) // olle doctor -ready says the causes
			return
		}
		reply(rw, http.StatusOK, "ready")
	})
	shut := gate.Shut(gate.Nothing, gate.Swift(bodyTime, bodySpeed, gate.Taken(bodyTime, bodySpeed, mux)))
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if to.webhook != nil && r.URL.Path == "/telegram/webhook" { // no page, and busy: it reads from Telegram only
			to.webhook.ServeHTTP(rw, r)
			return
		}
		shut.ServeHTTP(rw, r)
	})
}

func reply(rw http.ResponseWriter, status int, text string) {
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(map[string]string{"status": text})
}

// run serves HTTP and runs the bot, and what goes on beside it, until ctx ends or one of them fails. First nobody new is let in, then
// the bot finishes what is under way.
func (w *parts) run(ctx context.Context, b *bot.Bot, doors map[net.Listener]http.Handler, beside ...func(context.Context)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	var servers []*http.Server
	for listener, handler := range doors {
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
		servers = append(servers, server)
		all.Go(func() {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				cancel(fmt.Errorf("serve %s: %w", listener.Addr(), err))
			}
		})
	}
	for _, f := range beside {
		all.Go(func() { f(ctx) })
	}
	all.Go(func() {
		if err := b.Run(ctx); err != nil && ctx.Err() == nil {
			cancel(err)
		}
	})
	<-ctx.Done()
	stop, end := context.WithTimeout(context.WithoutCancel(ctx), stopWithin-time.Second)
	defer end()
	for _, server := range servers {
		all.Go(func() {
			if server.Shutdown(stop) != nil {
				server.Close()
			}
		})
	}
	all.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}
