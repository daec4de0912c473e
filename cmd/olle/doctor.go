package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"olle/config"
	"olle/flows"
)

// finding is one thing doctor looked at.
type finding struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
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
	if _, err := callServe(ctx, socketPath(s), "ready", struct{}{}); err != nil {
		return fmt.Errorf("doctor: %w", err)
	}
	fmt.Fprintln(p.out, "ready")
	return nil
}

func (p *program) examine(ctx context.Context) []finding {
	s, err := p.settings()
	if err != nil {
		return []finding{{"settings", false, err.Error()}}
	}
	found := []finding{{"settings", true, "read"}}
	book, err := loadBook(s)
	if err != nil {
		return append(found, finding{"events", false, err.Error()})
	}
	found = append(found, p.examineEvent(ctx, s, book))
	if book.Current.Consent.Version == "none" {
		found = append(found, finding{"consent", false, "the pack asks for no consent (consent: none); it must never meet real people"})
	}
	found = append(found, p.examineStore(ctx, s)...)
	found = append(found, examineNetworks(ctx, s, book)...)
	switch {
	case len(s.AgeRecipients) > 0:
		found = append(found, finding{"documents", true, fmt.Sprintf("encrypted to %d recipients", len(s.AgeRecipients))})
	case s.Demonstration():
		found = append(found, finding{"documents", true, "a demonstration encrypts to a key of its own"})
	default:
		found = append(found, finding{"documents", false, "no OLLE_AGE_RECIPIENTS: uploads are refused; make a key with age-keygen and set its public part"})
	}
	return found
}

// examineEvent names the edition and its deadline as it stands with the organisers' changes.
func (p *program) examineEvent(ctx context.Context, s *config.Settings, book *flows.Book) finding {
	deadline := eventValue{Key: "deadline", Value: book.Current.Facts()["deadline"]}
	_ = p.operate(ctx, s, "event/get", deadline, &deadline) // where the store cannot be asked, its own finding says so
	return finding{"events", true, "current edition " + book.Current.ID + ", deadline " + deadline.Value}
}

// examineStore opens the store, or asks the serve that has it open.
func (p *program) examineStore(ctx context.Context, s *config.Settings) []finding {
	var health string
	err := p.operate(ctx, s, "store/check", struct{}{}, &health)
	if err != nil {
		return []finding{{"store", false, err.Error()}}
	}
	return []finding{{"store", health == "", orElse(health, "keeps its promise as set up")}}
}

// examineNetworks asks each network whether its token, address and permissions are right.
func examineNetworks(ctx context.Context, s *config.Settings, book *flows.Book) (found []finding) {
	w := &parts{settings: s, book: book, log: slog.New(slog.DiscardHandler)}
	nets, err := w.openNetworks()
	if err != nil {
		return []finding{{"networks", false, err.Error()}}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, c := range nets.checks {
		if err := c.run(ctx); err != nil {
			found = append(found, finding{c.name, false, err.Error()})
		} else {
			found = append(found, finding{c.name, true, "token, address and permissions are right"})
		}
	}
	return found
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
