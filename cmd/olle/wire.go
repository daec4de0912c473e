package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"filippo.io/age"

	"olle/bot"
	"olle/bot/inspect"
	"olle/bot/papers"
	"olle/config"
	"olle/flows"
	"olle/storage"
	"olle/storage/bolt"
	"olle/storage/files"
	"olle/storage/redis"
)

// settings reads them; every mistake is in the error.
func (p *program) settings() (*config.Settings, error) { return config.Load(p.config, p.getenv) }

// loadBook loads the event packs and opens the book at the current edition. Most of what loading makes is thrown away soon, and the
// program is waiting for it: the collector may be lazy meanwhile.
func loadBook(s *config.Settings) (*flows.Book, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	events, err := config.LoadAll(s.EventsDir)
	if err != nil {
		return nil, err
	}
	current, err := config.Choose(events, s.Event)
	if err != nil {
		return nil, err
	}
	organisers := make([]flows.Address, len(s.Organisers))
	for i, a := range s.Organisers {
		organisers[i] = flows.Address(a)
	}
	book, err := flows.NewBook(events, current.ID, organisers)
	if err == nil {
		go current.Answers.Ready() // while the rest starts
		if book.Site = siteAddress(s); book.Site != "" {
			book.Console = book.Site + "console/"
		}
	}
	return book, err
}

// siteAddress is where others find this server: at its public address. Where it serves this machine alone they are on it too; else ""
// says that nobody has told.
func siteAddress(s *config.Settings) string {
	host, _, err := net.SplitHostPort(s.HTTPAddr)
	ip, _ := netip.ParseAddr(host)
	if s.PublicURL != "" || s.Demonstration() || err == nil && (host == "localhost" || ip.IsLoopback()) {
		return nearAddress(s)
	}
	return ""
}

// nearAddress is where browsers find this server at its public address, else from this machine.
func nearAddress(s *config.Settings) string {
	if s.PublicURL != "" {
		return strings.TrimRight(s.PublicURL, "/") + "/"
	}
	host, port, err := net.SplitHostPort(s.HTTPAddr)
	if err != nil {
		return "http://" + s.HTTPAddr + "/"
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() { // all addresses of the machine
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}

// addressless says what lacks where people come by a network and nobody has told where the page is; "" is well.
func addressless(s *config.Settings) string {
	for _, t := range tokened {
		if s.PublicURL == "" && t.token(s).Set() {
			return "no OLLE_PUBLIC_URL: people on " + t.network + " cannot be led to the web page (letters from third parties, certificates, the console): " +
				"set it to where browsers reach this server"
		}
	}
	return ""
}

// parts are what a running bot is made of, without platforms.
type parts struct {
	settings *config.Settings
	log      *slog.Logger
	clock    *bot.Clock
	store    storage.Store
	files    *files.Files
	book     *flows.Book
	font     *papers.Font // of papers
	notices  []string     // sentences for the operator at start-up
}

// open opens everything, and refuses half a store, with which only restore may go on, and a store of another edition.
func (p *program) open(ctx context.Context, s *config.Settings) (*parts, error) {
	w, err := p.openParts(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, check := range []func(context.Context) error{w.whole, w.sameEdition} {
		if err := check(ctx); err != nil {
			w.Close()
			return nil, err
		}
	}
	return w, nil
}

// errNoStore says that there is nothing yet where the store should lie.
var errNoStore = errors.New("there is no store")

// openThere opens what a serve has made. In a wrong folder anything but serve, chat and restore would else make a new store, find it
// empty, and call that a success.
func (p *program) openThere(ctx context.Context, s *config.Settings) (*parts, error) {
	if _, err := os.Stat(storeFile(s.DataDir)); !s.Redis.URL.Set() && errors.Is(err, fs.ErrNotExist) {
		dir, err := filepath.Abs(s.DataDir)
		if err != nil {
			dir = s.DataDir
		}
		return nil, fmt.Errorf("%w in %s: set OLLE_DATA_DIR to the folder of serve, which makes one at its first start", errNoStore, dir)
	}
	return p.open(ctx, s)
}

// openParts opens everything in the order it depends on each other. What was opened is closed again when a later part fails.
func (p *program) openParts(ctx context.Context, s *config.Settings) (_ *parts, err error) {
	w := &parts{settings: s, log: slog.New(slog.NewTextHandler(p.errs, &slog.HandlerOptions{Level: s.LogLevel}))}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	if err = w.openBookAndStore(ctx); err != nil {
		return nil, err
	}
	if w.font, err = openFont(s.PaperFont); err != nil {
		return nil, err
	}
	w.book.Covers, w.book.Joined = w.font.Covers, papers.Joined
	if err = w.openFiles(); err != nil {
		return nil, err
	}
	return w, nil
}

// openBookAndStore reads the packs while the store gets ready: both take long, and neither needs the other. A mistake in a pack comes
// first, because who wrote it can mend it.
func (w *parts) openBookAndStore(ctx context.Context) (err error) {
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	store := make(chan error, 1)
	go func() { store <- w.openStore(ctx) }()
	if w.book, err = loadBook(w.settings); err != nil {
		giveUp()
		<-store
		return err
	}
	return <-store
}

// Close closes what is open.
func (w *parts) Close() {
	if w.files != nil {
		_ = w.files.Close()
	}
	if w.store != nil {
		if err := w.store.Close(); err != nil {
			w.log.Error("close the store", "err", err)
		}
	}
}

// openStore opens the store and then the clock, which must not start before the last moment the store has seen. Until then the
// store is told the configured time.
func (w *parts) openStore(ctx context.Context) error {
	var clock atomic.Pointer[bot.Clock]
	clock.Store(bot.NewClock(w.settings.Now, w.settings.ClockSpeed, time.Time{}))
	now := func() time.Time { return clock.Load().Now() }
	var err error
	if w.settings.Redis.URL.Set() {
		w.store, err = redis.Open(ctx, redis.Options{
			URL: w.settings.Redis.URL.Reveal(), Name: w.settings.Redis.Name, Now: now,
			WaitReplicas: w.settings.Redis.WaitReplicas, Strict: w.settings.Redis.Strict, Log: w.log,
		})
	} else {
		w.store, err = openBolt(w.settings.DataDir, now)
	}
	if err != nil {
		w.store = nil
		return err
	}
	last := time.Time{}
	if !w.settings.Now.IsZero() || w.settings.ClockSpeed > 1 {
		if last, err = bot.LastMoment(ctx, w.store); err != nil {
			return err
		}
	}
	w.clock = bot.NewClock(w.settings.Now, w.settings.ClockSpeed, last)
	clock.Store(w.clock)
	return nil
}

// storeFile is the embedded store in a data folder.
func storeFile(dir string) string { return filepath.Join(dir, "olle.db") }

func openBolt(dir string, now func() time.Time) (storage.Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w; set OLLE_DATA_DIR to a folder this user may write", err)
	}
	s, err := bolt.Open(storeFile(dir), now)
	if err != nil {
		return nil, err // not a typed nil in an interface
	}
	return s, nil
}

// openFiles opens the folder of encrypted documents. Without recipients a demonstration makes a key of its own; otherwise uploads
// will be refused, and the operator is told.
func (w *parts) openFiles() (err error) {
	recipients, err := ageRecipients(w.settings.AgeRecipients)
	if err != nil {
		return err
	}
	switch {
	case len(recipients) > 0:
	case w.settings.Demonstration():
		var notice string
		if recipients, notice, err = files.DemoRecipients(w.settings.DataDir); err != nil {
			return err
		}
		w.notices = append(w.notices, notice)
	default:
		w.notices = append(w.notices, "no OLLE_AGE_RECIPIENTS: documents cannot be encrypted to the organisers, so uploads are refused")
	}
	w.files, err = openFiles(w.settings, recipients)
	return err
}

// openFiles opens the folder or the bucket that OLLE_FILES_URL names.
func openFiles(s *config.Settings, recipients []age.Recipient) (*files.Files, error) {
	where := s.FilesURL.Reveal()
	if strings.HasPrefix(where, "s3://") {
		f, err := files.OpenS3(where, s.S3.AccessKey, s.S3.SecretKey.Reveal(), recipients)
		if err != nil {
			return nil, fmt.Errorf("OLLE_FILES_URL: %w", err)
		}
		return f, nil
	}
	if where == "" {
		where = filepath.Join(s.DataDir, "files")
	}
	return files.OpenFolder(strings.TrimPrefix(where, "file://"), recipients)
}

func ageRecipients(keys []string) ([]age.Recipient, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	recipients, err := age.ParseRecipients(strings.NewReader(strings.Join(keys, "\n")))
	if err != nil {
		return nil, fmt.Errorf("OLLE_AGE_RECIPIENTS: %w", err)
	}
	return recipients, nil
}

// openFont reads the font of papers; the one that comes with Olle where none is set.
func openFont(file string) (*papers.Font, error) {
	if file == "" {
		return papers.Shipped(), nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("OLLE_PAPER_FONT: %w", err)
	}
	f, err := papers.ReadFont(data)
	if err != nil {
		return nil, fmt.Errorf("OLLE_PAPER_FONT: %s: %w", file, err)
	}
	return f, nil
}

// scanner is the virus scanner that uploads are shown to; nil where none is set.
func scanner(s *config.Settings) *inspect.Clamd {
	if s.ClamdAddr == "" {
		return nil
	}
	return &inspect.Clamd{Addr: s.ClamdAddr}
}

// newBot puts the bot together with its platforms.
func (w *parts) newBot(platforms ...bot.Platform) (*bot.Bot, error) {
	return bot.New(bot.Options{Play: w.book.Play, Store: w.store, Platforms: platforms, Files: w.files, Scan: scanner(w.settings), Clock: w.clock, Log: w.log})
}

// sameEdition refuses a store with the people of another edition, whose places and documents would be taken for ones of this.
func (w *parts) sameEdition(ctx context.Context) error {
	const events = "event/"
	docs, err := w.store.List(ctx, events, "", 10)
	if err != nil || len(docs) == 0 {
		return err
	}
	now := w.book.Current.ID
	if slices.ContainsFunc(docs, func(d storage.Doc) bool { return d.Key == events+now }) {
		return nil
	}
	other := strings.TrimPrefix(docs[0].Key, events)
	return fmt.Errorf("the data here is of %s, and the current edition is %s: set OLLE_EVENT=%s, or give %s data of its own (OLLE_DATA_DIR; with Redis OLLE_REDIS_NAME or another database)", other, now, other, now)
}

// openEvent plants what the current edition needs. It happens at every start, and only what changed is planted.
func (w *parts) openEvent(ctx context.Context, b *bot.Bot) error {
	now := w.clock.Now()
	_, err := b.Handle(ctx, flows.Update{
		ID: fmt.Sprintf("event/open/%d", now.UnixNano()), Subject: "event/" + w.book.Current.ID, Call: "event/open", Sent: now,
	})
	if err != nil {
		return fmt.Errorf("open the event: %w", err)
	}
	return nil
}

// noConsent is said of a pack that has "consent: none".
const noConsent = "asks for no consent (consent: none); it must never meet real people"

// warnings is what an operator should know at start-up and from doctor.
func (w *parts) warnings(ctx context.Context) []string {
	all := append([]string(nil), w.notices...)
	for _, check := range []func(context.Context) error{w.store.Check, w.files.Check} {
		if err := check(ctx); err != nil {
			all = append(all, err.Error())
		}
	}
	if lacks := addressless(w.settings); lacks != "" {
		all = append(all, lacks)
	}
	if w.book.Current.Consent.Version == "none" {
		all = append(all, "the event pack "+noConsent)
	}
	return all
}
