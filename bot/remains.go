package bot

import (
	"context"
	"encoding/json"
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
	Documents int `json:"documents"` // about them, under other names: see abroad
}

// abroad are the documents about persons that are not under their own names: how each says whose it is, as the name in Person.ID or as
// an address; "" is nobody's.
var abroad = map[string]func(storage.Doc) string{
	"line/":     writer,
	"notes/":    part(1),
	"review/":   part(1),
	"decision/": part(1),
	"closing/":  part(2),
	"due/":      part(2),
	"sent/":     part(2),
	"read/":     part(2),
	"attend/":   part(2),
	"plan/":     part(1),
	"rating/":   part(2),
	"handover/": personOf,
	"help/":     personOf,
}

// part takes the owner from the key: its nth part. An announcement's one post to a channel is nobody's.
func part(n int) func(storage.Doc) string {
	return func(d storage.Doc) string {
		if parts := strings.Split(d.Key, "/"); len(parts) > n && parts[n] != "post" {
			return parts[n]
		}
		return ""
	}
}

// personOf takes the owner from the field Person.
func personOf(d storage.Doc) string {
	var of struct{ Person string }
	_ = json.Unmarshal(d.Data, &of) // of another form: nobody's
	return strings.TrimPrefix(of.Person, "person/")
}

// writer is the address that wrote a line of the web chat. What the bot said there last, that everything is deleted, stays for a while.
func writer(d storage.Doc) string {
	var line struct {
		Me bool `json:"me"`
	}
	if json.Unmarshal(d.Data, &line) != nil || !line.Me {
		return ""
	}
	return strings.TrimPrefix(d.Key[:strings.LastIndexByte(d.Key, '/')], "line/")
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
	others, err := b.owners(ctx)
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
			name := strings.TrimPrefix(id, "person/")
			delete(others, name)
			delete(alarms, name)
			delete(left, "card/"+name)
			delete(left, KeyDoc(id))
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
			delete(left, KeyDoc(flows.AnnouncementKey(n.ID)))
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

// owners counts the documents that are abroad, by whose they are.
func (b *Bot) owners(ctx context.Context) (map[string]int, error) {
	found := map[string]int{}
	for prefix, owner := range abroad {
		for d, err := range b.documents(ctx, prefix) {
			if err != nil {
				return nil, fmt.Errorf("bot: looking for what is left: %w", err)
			}
			if who := owner(d); who != "" {
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
