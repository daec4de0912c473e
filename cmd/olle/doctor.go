package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"olle/bot"
	"olle/config"
	"olle/flows"
)

// finding is one thing doctor looked at.
type finding struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Left   any    `json:"left,omitempty"` // of "leftovers": the figures
}

// doctor looks at settings, packs, store and files as a start would, and says of each whether it is well and what to do if not.
func doctor(ctx context.Context, p *program, args []string) error {
	f := flags("doctor")
	asJSON := f.Bool("json", false, "one JSON object")
	ready := f.Bool("ready", false, "only ask the running serve whether it can do its work now (for health checks)")
	if err := parse(f, args); err != nil {
		return err
	}
	if *ready {
		return p.askReady(ctx)
	}
	found := p.examine(ctx)
	sick := false
	for _, one := range found {
		sick = sick || !one.OK
		if !*asJSON {
			mark := "ok  "
			if !one.OK {
				mark = "FAIL"
			}
			fmt.Fprintf(p.out, "%s %-10s %s\n", mark, one.Name, one.Detail)
		}
	}
	if *asJSON {
		if err := json.NewEncoder(p.out).Encode(map[string]any{"ok": !sick, "findings": found}); err != nil {
			return err
		}
	}
	if sick {
		return errors.New("doctor: something needs mending")
	}
	return nil
}

// askReady asks the running serve over its local socket; none running is an error.
func (p *program) askReady(ctx context.Context) error {
	s, err := p.settings()
	if err != nil {
		return err
	}
	if err := callServe(ctx, socketPath(s), "ready", struct{}{}, new(string)); err != nil {
		return fmt.Errorf("doctor: %w", err)
	}
	fmt.Fprintln(p.out, "ready")
	return nil
}

func (p *program) examine(ctx context.Context) []finding {
	s, err := p.settings()
	if err != nil {
		return []finding{{"settings", false, err.Error(), nil}}
	}
	found := []finding{{"settings", true, "read", nil}}
	for _, stranger := range config.Unknown(os.Environ()) {
		if stranger.Meant != "" {
			found = append(found, finding{Name: "settings", Detail: stranger.String()})
		}
	}
	book, err := loadBook(s)
	if err != nil {
		return append(found, finding{"events", false, err.Error(), nil})
	}
	at := &reach{p: p, settings: s}
	defer at.close()
	found = append(found, examineEvent(ctx, at, book))
	if book.Current.Consent.Version == "none" {
		found = append(found, finding{"consent", false, "the pack " + noConsent, nil})
	}
	if lacks := addressless(s); lacks != "" {
		found = append(found, finding{Name: "address", Detail: lacks})
	}
	found = append(found, examineStore(ctx, at)...)
	found = append(found, examineNetworks(ctx, s, book)...)
	found = append(found, examineWaiting(ctx, at)...)
	found = append(found, examineStuck(ctx, at)...)
	found = append(found, examineFiles(ctx, at)...)
	return append(found, examineScanner(ctx, s)...)
}

// examineScanner asks the virus scanner, where one is set, whether it is there: without it no upload is kept.
func examineScanner(ctx context.Context, s *config.Settings) []finding {
	scan := scanner(s)
	if scan == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := scan.Ping(ctx); err != nil {
		return []finding{{Name: "scanner", Detail: err.Error() + "; until it answers, uploads wait: start clamd or correct OLLE_CLAMD_ADDR"}}
	}
	return []finding{{Name: "scanner", OK: true, Detail: "clamd answers; its StreamMaxLength must be at least the event's max_file"}}
}

// kept is what doctor asks about files, and about persons who are gone.
type kept struct {
	Problem string // with the folder or bucket; "" is well
	Left    bot.Remains
}

func filesCheck(ctx context.Context, o *operator, _ json.RawMessage) (any, error) {
	if err := o.parts.files.Check(ctx); err != nil {
		return kept{Problem: err.Error()}, nil
	}
	left, err := o.bot.Remains(ctx)
	return kept{Left: left}, err
}

// examineFiles says whether documents can be kept, and proves that nothing is left of persons who were deleted or whose time was over.
func examineFiles(ctx context.Context, at *reach) []finding {
	s := at.settings
	documents := finding{Name: "documents", OK: true}
	switch {
	case len(s.AgeRecipients) > 0:
		documents.Detail = fmt.Sprintf("encrypted to %d recipients", len(s.AgeRecipients))
	case s.Demonstration():
		documents.Detail = "a demonstration encrypts to a key of its own"
	default:
		documents.OK, documents.Detail = false, "no OLLE_AGE_RECIPIENTS: uploads are refused; make a key with age-keygen and set its public part"
	}
	var k kept
	if err := at.call(ctx, "files/check", struct{}{}, &k); errors.Is(err, errNoStore) {
		return []finding{examineBucket(ctx, s, documents)}
	} else if err != nil {
		return []finding{documents, {Name: "leftovers", Detail: err.Error()}}
	}
	if k.Problem != "" {
		documents.OK, documents.Detail = false, k.Problem
		return []finding{documents}
	}
	return []finding{documents, {Name: "leftovers", OK: k.Left == bot.Remains{}, Detail: leftovers(k.Left), Left: k.Left}}
}

// examineBucket looks at the bucket while there is no store that knows of any file.
func examineBucket(ctx context.Context, s *config.Settings, documents finding) finding {
	if !strings.HasPrefix(s.FilesURL.Reveal(), "s3://") {
		return documents
	}
	f, err := openFiles(s, nil)
	if err == nil {
		err = errors.Join(f.Check(ctx), f.Close())
	}
	if err != nil {
		documents.OK, documents.Detail = false, err.Error()
	}
	return documents
}

func leftovers(r bot.Remains) string {
	if (r == bot.Remains{}) {
		return "nothing is left of people who are gone: every file, key, card, address, alarm and document has its person"
	}
	return fmt.Sprintf("without a person are left: %d files, %d keys, %d cards, %d addresses, %d alarms, %d documents; a deletion under way ends in moments, "+
		"a serve removes files a day old, and what stays longer is worth a report", r.Files, r.Keys, r.Cards, r.Addresses, r.Alarms, r.Documents)
}

// examineEvent names the edition and its deadline as it stands with the organisers' changes.
func examineEvent(ctx context.Context, at *reach, book *flows.Book) finding {
	if book.Current.Closed {
		return finding{"events", true, "current edition " + book.Current.ID + ", which is over", nil}
	}
	deadline := eventValue{Key: "deadline", Value: book.Current.Facts()["deadline"]}
	_ = at.call(ctx, "event/get", deadline, &deadline) // where the store cannot be asked, its own finding says so
	return finding{"events", true, "current edition " + book.Current.ID + ", deadline " + deadline.Value, nil}
}

// examineStore opens the store, or asks the serve that has it open.
func examineStore(ctx context.Context, at *reach) []finding {
	var health string
	err := at.call(ctx, "store/check", struct{}{}, &health)
	if errors.Is(err, errNoStore) && at.settings.Demonstration() { // nobody has anything to lose yet
		return []finding{{"store", true, "none yet: serve makes one at its first start", nil}}
	}
	if err != nil {
		return []finding{{"store", false, err.Error(), nil}}
	}
	return []finding{{"store", health == "", cmp.Or(health, "keeps its promise as set up"), nil}}
}

// examineNetworks asks each network whether its token, address and permissions are right.
func examineNetworks(ctx context.Context, s *config.Settings, book *flows.Book) (found []finding) {
	w := &parts{settings: s, book: book, log: slog.New(slog.DiscardHandler)}
	nets, err := w.openNetworks()
	if err != nil {
		return []finding{{"networks", false, err.Error(), nil}}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, c := range nets.checks {
		if err := c.run(ctx); err != nil {
			found = append(found, finding{c.name, false, err.Error(), nil})
		} else {
			found = append(found, finding{c.name, true, "token, address and permissions are right", nil})
		}
	}
	return found
}

// tokened are the networks that are there only while a token is set.
var tokened = []struct {
	network, setting string
	token            func(*config.Settings) config.Secret
}{
	{"telegram", "OLLE_TELEGRAM_TOKEN", func(s *config.Settings) config.Secret { return s.Telegram.Token }},
	{"discord", "OLLE_DISCORD_TOKEN", func(s *config.Settings) config.Secret { return s.Discord.Token }},
}

// waitingFor counts the chats with messages for networks that are not set up here, which nobody carries.
func waitingFor(ctx context.Context, o *operator, _ json.RawMessage) (any, error) {
	chats := map[string]int{}
	for _, t := range tokened {
		if t.token(o.parts.settings).Set() {
			continue
		}
		waits, err := o.parts.store.Backlog(ctx, t.network)
		if err != nil {
			return nil, err
		}
		if waits.Lanes > 0 {
			chats[t.network] = waits.Lanes
		}
	}
	return chats, nil
}

// examineWaiting says so when somebody took a network away that people still wait at.
func examineWaiting(ctx context.Context, at *reach) (found []finding) {
	var chats map[string]int
	if at.call(ctx, "networks/waiting", struct{}{}, &chats) != nil {
		return nil // the store's own finding says why
	}
	for _, t := range tokened {
		if n := chats[t.network]; n > 0 {
			found = append(found, finding{Name: t.network, Detail: fmt.Sprintf("messages wait for this network, which is not set up here (chats: %d): set %s again to have them sent", n, t.setting)})
		}
	}
	return found
}

// mostStuck is how many jobs given up are counted.
const mostStuck = 1000

// stuck is what was given up and waits for somebody's decision.
type stuck struct {
	N      int
	Oldest time.Time
}

func stuckJobs(ctx context.Context, o *operator, _ json.RawMessage) (any, error) {
	all, err := bot.ListStuck(ctx, o.parts.store, "", mostStuck)
	s := stuck{N: len(all)}
	for _, one := range all {
		if s.Oldest.IsZero() || one.Since.Before(s.Oldest) {
			s.Oldest = one.Since
		}
	}
	return s, err
}

// examineStuck tells of jobs that nobody does any more until an organiser decides.
func examineStuck(ctx context.Context, at *reach) []finding {
	var s stuck
	if at.call(ctx, "jobs/stuck", struct{}{}, &s) != nil || s.N == 0 {
		return nil // the store's own finding says why
	}
	many := strconv.Itoa(s.N)
	if s.N == mostStuck {
		many += " or more"
	}
	return []finding{{Name: "jobs", Detail: fmt.Sprintf("jobs given up: %s, the oldest of %s: open %sconsole/ (olle console-link) and try them again or let them go",
		many, s.Oldest.UTC().Format(time.RFC3339), nearAddress(at.settings))}}
}
