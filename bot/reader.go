package bot

import (
	"context"
	"slices"

	"olle/flows"
	"olle/storage"
)

// reader is what one attempt at a turn reads. It answers from memory where it can and remembers what came from there: those
// documents are checked by the commit, so a turn is always decided on what was true at its commit or was read for it.
type reader struct {
	ctx   context.Context
	bot   *Bot
	seen  []reading      // what this attempt has read: the same question gets the same answer
	index map[string]int // into seen, once that has become long
	err   error          // the store's, if it failed: the turn is not to blame
}

type reading struct {
	doc        storage.Doc
	remembered bool // taken from memory
}

const shortRead = 12 // documents that are found faster by looking at all

// newReader begins an attempt. fresh are documents known to be true now, from the conflict that ended the attempt before.
func (b *Bot) newReader(ctx context.Context, fresh []storage.Doc) *reader {
	r := &reader{ctx: ctx, bot: b, seen: make([]reading, 0, 4+len(fresh))}
	for _, d := range fresh {
		r.note(d, false)
	}
	return r
}

// find returns the place of a document in seen, -1 if it was not read yet.
func (r *reader) find(key string) int {
	if r.index != nil {
		if i, ok := r.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range r.seen {
		if r.seen[i].doc.Key == key {
			return i
		}
	}
	return -1
}

func (r *reader) note(d storage.Doc, remembered bool) {
	r.seen = append(r.seen, reading{d, remembered})
	switch {
	case r.index != nil:
		r.index[d.Key] = len(r.seen) - 1
	case len(r.seen) > shortRead:
		r.index = make(map[string]int, 2*len(r.seen))
		for i := range r.seen {
			r.index[r.seen[i].doc.Key] = i
		}
	}
}

// Load implements flows.Source.
func (r *reader) Load(keys ...string) ([]flows.Doc, error) {
	var missing []string
	now := r.bot.clock.Now()
	for _, k := range keys {
		if r.find(k) >= 0 {
			continue
		}
		if d, ok := r.bot.cache.get(k, now); ok {
			r.note(d, true)
			continue
		}
		missing = append(missing, k)
	}
	if len(missing) > 0 {
		docs, err := r.bot.store.Load(r.ctx, missing...)
		if err != nil {
			r.err = err
			return nil, err
		}
		for i, d := range docs {
			d.Key = missing[i]
			r.note(d, false)
			r.bot.cache.put(d, d.Rev)
		}
	}
	out := make([]flows.Doc, len(keys))
	for i, k := range keys {
		d := r.seen[r.find(k)].doc
		out[i] = flows.Doc{Key: d.Key, Rev: d.Rev, Until: d.Until, Data: d.Data}
		if d.Rev != 0 {
			out[i].Value = r.bot.warm.take(d)
		}
	}
	return out, nil
}

// List implements flows.Source. Lists are always asked of the store.
func (r *reader) List(prefix, after string, n int) ([]flows.Doc, error) {
	docs, err := r.bot.store.List(r.ctx, prefix, after, n)
	if err != nil {
		r.err = err
		return nil, err
	}
	return asFlows(docs), nil
}

// checks returns what the commit must check: what the turn asked for, and what it took from memory.
func (r *reader) checks(asked []flows.Doc) []storage.Doc {
	out := make([]storage.Doc, 0, len(asked)+len(r.seen))
	for _, d := range asked {
		out = append(out, storage.Doc{Key: d.Key, Rev: d.Rev})
	}
	named := len(out)
	for _, s := range r.seen {
		if s.remembered && !slices.ContainsFunc(out[:named], func(d storage.Doc) bool { return d.Key == s.doc.Key }) {
			out = append(out, storage.Doc{Key: s.doc.Key, Rev: s.doc.Rev})
		}
	}
	return out
}
