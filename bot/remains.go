package bot

import (
	"context"
	"fmt"
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
	left, err := b.traces(ctx, &r)
	if err != nil {
		return r, err
	}
	for p, err := range b.everybody(ctx) {
		if err != nil {
			return r, err
		}
		left.except(p)
	}
	for n, err := range b.announcements(ctx) {
		if err != nil {
			return r, err
		}
		if n.Blob() != "" {
			delete(left.own, flows.KeyDoc(flows.AnnouncementKey(n.ID)))
		}
	}
	for _, n := range left.own {
		*n++
	}
	r.Alarms, r.Documents = total(left.alarms), total(left.about)
	return r, nil
}

func total(counts map[string]int) (sum int) {
	for _, n := range counts {
		sum += n
	}
	return sum
}

// traces are what the store holds of persons, whether they are still there or gone.
type traces struct {
	own    map[string]*int // documents of theirs, by key: where in Remains one that is left counts
	about  map[string]int  // how many documents about them, by whose they are
	alarms map[string]int  // how many, by the name in Person.ID
}

// traces reads all there are. What goes by itself is none.
func (b *Bot) traces(ctx context.Context, r *Remains) (t traces, err error) {
	t.own = map[string]*int{}
	for prefix, n := range map[string]*int{"key/": &r.Keys, "card/": &r.Cards, "at/": &r.Addresses} {
		for d, err := range b.documents(ctx, prefix) {
			if err != nil {
				return t, fmt.Errorf("bot: looking for what is left: %w", err)
			}
			if d.Until.IsZero() {
				t.own[d.Key] = n
			}
		}
	}
	if t.about, err = b.about(ctx); err != nil {
		return t, err
	}
	t.alarms, err = b.alarmsOfPersons(ctx)
	return t, err
}

// except takes out what is of a person who is still there.
func (t traces) except(p *flows.Person) {
	for _, id := range append(p.Joined, p.ID) {
		name := flows.PersonName(id)
		delete(t.about, name)
		delete(t.alarms, name)
		delete(t.own, "card/"+name)
		delete(t.own, flows.KeyDoc(id))
	}
	for _, a := range p.Addresses {
		delete(t.about, string(a))
		delete(t.own, "at/"+string(a))
	}
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
