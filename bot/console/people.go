package console

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"olle/flows"
	"olle/flows/places"
	"olle/storage"
)

// row is one person as lists see them.
type row struct {
	Name string // in addresses: "person/" + Name
	flows.Card
	fold string // what a search looks through
}

// Ref is the reference, also for a card of a time before cards held it.
func (r *row) RefOr() string {
	if r.Card.Ref != "" {
		return r.Card.Ref
	}
	return strings.ToUpper(r.Name[:min(6, len(r.Name))])
}

// people holds every card in memory, in step with the store: by its hints as cards change, by reading all of them when a hint may
// have been lost.
type people struct {
	store storage.Store

	mu      sync.RWMutex
	by      map[string]*row
	list    []*row // nil: to be made anew
	current bool   // follow keeps it so
	reading sync.Mutex
}

func newPeople(s storage.Store) *people { return &people{store: s, by: map[string]*row{}} }

const (
	cardPrefix = "card/"
	readPage   = 1000
	sureAgain  = time.Minute // real time after which all cards are read again, whatever the hints said
)

// all returns everybody, in no order. The rows are shared and never change.
func (p *people) all(ctx context.Context) ([]*row, error) {
	p.mu.RLock()
	list, current := p.list, p.current
	p.mu.RUnlock()
	if current && list != nil {
		return list, nil
	}
	if !current {
		if err := p.readAll(ctx); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.list == nil {
		p.list = make([]*row, 0, len(p.by))
		for _, r := range p.by {
			p.list = append(p.list, r)
		}
	}
	return p.list, nil
}

// readAll reads every card.
func (p *people) readAll(ctx context.Context) error {
	p.reading.Lock()
	defer p.reading.Unlock()
	by := map[string]*row{}
	for after := ""; ; {
		docs, err := p.store.List(ctx, cardPrefix, after, readPage)
		if err != nil {
			return fmt.Errorf("console: read the cards: %w", err)
		}
		for _, d := range docs {
			if r := rowOf(d); r != nil {
				by[r.Name] = r
			}
		}
		if len(docs) < readPage {
			break
		}
		after = docs[len(docs)-1].Key
	}
	p.mu.Lock()
	p.by, p.list = by, nil
	p.mu.Unlock()
	return nil
}

func rowOf(d storage.Doc) *row {
	r := &row{Name: strings.TrimPrefix(d.Key, cardPrefix)}
	if d.Data == nil || json.Unmarshal(d.Data, &r.Card) != nil {
		return nil
	}
	r.fold = places.Fold(r.RefOr() + " " + r.Card.Name + " " + r.Org)
	return r
}

// follow keeps the list in step until ctx ends.
func (p *people) follow(ctx context.Context, log *slog.Logger) {
	for ctx.Err() == nil {
		if err := p.followOnce(ctx); err != nil && ctx.Err() == nil {
			log.Warn("cannot follow the cards; pages read all of them meanwhile", "err", err)
		}
		p.setCurrent(false)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// followOnce watches, then reads everything, then reads what the hints name: no change falls in between.
func (p *people) followOnce(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	hints, err := p.store.Watch(ctx, "card")
	if err != nil {
		return err
	}
	if err := p.readAll(ctx); err != nil {
		return err
	}
	p.setCurrent(true)
	again := time.NewTicker(sureAgain)
	defer again.Stop()
	for {
		select {
		case key, open := <-hints:
			if !open {
				return nil
			}
			if err := p.reread(ctx, gather(key, hints)); err != nil {
				return err
			}
		case <-again.C:
			if err := p.readAll(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// gather takes the hints that wait already, so that a burst is one read. "" among them: anything may have changed.
func gather(key string, hints <-chan string) map[string]bool {
	keys := map[string]bool{key: true}
	for len(keys) < readPage {
		select {
		case k, open := <-hints:
			if !open {
				return keys
			}
			keys[k] = true
		default:
			return keys
		}
	}
	return keys
}

func (p *people) reread(ctx context.Context, keys map[string]bool) error {
	if keys[""] {
		return p.readAll(ctx)
	}
	names := make([]string, 0, len(keys))
	for k := range keys {
		names = append(names, k)
	}
	p.reading.Lock()
	defer p.reading.Unlock()
	docs, err := p.store.Load(ctx, names...)
	if err != nil {
		return fmt.Errorf("console: read changed cards: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, d := range docs {
		d.Key = names[i]
		if r := rowOf(d); r != nil {
			p.by[r.Name] = r
		} else {
			delete(p.by, strings.TrimPrefix(names[i], cardPrefix))
		}
	}
	p.list = nil
	return nil
}

func (p *people) setCurrent(yes bool) {
	p.mu.Lock()
	p.current = yes
	p.mu.Unlock()
}
