package bot

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"olle/flows"
	"olle/storage"
)

// Remains is what is kept although its person is gone. All zero: nothing is left.
type Remains struct {
	Files     int `json:"files"` // that neither a person nor an announcement refers to
	Keys      int `json:"keys"`  // that open their files
	Cards     int `json:"cards"`
	Addresses int `json:"addresses"`
	Alarms    int `json:"alarms"`
	Documents int `json:"documents"` // about them, under other names: see flows.About
}

// Remains counts what is left of persons who are gone. While a deletion is under way, or for a moment after a first word, something
// may be counted that will be gone or owned at once.
func (b *Bot) Remains(ctx context.Context) (r Remains, err error) {
	if b.files != nil {
		found, err := b.orphans(ctx, 0)
		if err != nil {
			return r, err
		}
		r.Files = len(found)
	}
	left := map[string]*int{}
	for prefix, n := range map[string]*int{"key/": &r.Keys, "card/": &r.Cards, "at/": &r.Addresses} {
		for d, err := range b.documents(ctx, prefix) {
			if err != nil {
				return r, fmt.Errorf("bot: looking for what is left: %w", err)
			}
			if d.Until.IsZero() { // what goes by itself is not left
				left[d.Key] = n
			}
		}
	}
	others, err := b.about(ctx)
	if err != nil {
		return r, err
	}
	alarms, err := b.alarmsOfPersons(ctx)
	if err != nil {
		return r, err
	}
	for p, err := range b.everybody(ctx) {
		if err != nil {
			return r, err
		}
		for _, id := range append(p.Joined, p.ID) {
			name := flows.PersonName(id)
			delete(others, name)
			delete(alarms, name)
			delete(left, "card/"+name)
			delete(left, flows.KeyDoc(id))
		}
		for _, a := range p.Addresses {
			delete(others, string(a))
			delete(left, "at/"+string(a))
		}
	}
	for n, err := range b.announcements(ctx) {
		if err != nil {
			return r, err
		}
		if n.Blob() != "" {
			delete(left, flows.KeyDoc(flows.AnnouncementKey(n.ID)))
		}
	}
	for _, n := range left {
		*n++
	}
	r.Alarms, r.Documents = total(alarms), total(others)
	return r, nil
}

func total(counts map[string]int) (sum int) {
	for n := range maps.Values(counts) {
		sum += n
	}
	return sum
}

// about counts the documents about persons, by whose they are. What ends by itself is not left.
func (b *Bot) about(ctx context.Context) (map[string]int, error) {
	found := map[string]int{}
	for prefix, owner := range flows.About {
		for d, err := range b.documents(ctx, prefix) {
			if err != nil {
				return nil, fmt.Errorf("bot: looking for what is left: %w", err)
			}
			if who := owner(flows.Doc{Key: d.Key, Data: d.Data}); who != "" && d.Until.IsZero() {
				found[who]++
			}
		}
	}
	return found, nil
}

// alarmsOfPersons counts the alarms planted, by the name in Person.ID.
func (b *Bot) alarmsOfPersons(ctx context.Context) (map[string]int, error) {
	const prefix = "alarm/person/"
	found := map[string]int{}
	for after := ""; ; {
		jobs, err := b.store.Jobs(ctx, storage.Filter{Queue: clockQueue, Prefix: prefix}, after, 1000)
		if err != nil {
			return nil, fmt.Errorf("bot: looking for what is left: %w", err)
		}
		if len(jobs) == 0 {
			return found, nil
		}
		for _, j := range jobs {
			name, _, _ := strings.Cut(strings.TrimPrefix(j.ID, prefix), "/")
			found[name]++
			after = j.ID
		}
	}
}
