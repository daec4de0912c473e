package bot

import (
	"context"

	"olle/flows"
	"olle/storage"
)

// reader is what one attempt at a turn reads. It answers from memory where it can and remembers what came from there: those
// documents are checked by the commit, so a turn is always decided on what was true at its commit or was read for it.
type reader struct {
	ctx    context.Context
	bot    *Bot
	seen   map[string]storage.Doc // what this attempt has read: the same question gets the same answer
	memory map[string]int64       // of these, the revisions taken from memory
	err    error                  // the store's, if it failed: the turn is not to blame
}

// newReader begins an attempt. fresh are documents known to be true now, from the conflict that ended the attempt before.
func (b *Bot) newReader(ctx context.Context, fresh []storage.Doc) *reader {
	r := &reader{ctx: ctx, bot: b, seen: map[string]storage.Doc{}, memory: map[string]int64{}}
	for _, d := range fresh {
		r.seen[d.Key] = d
	}
	return r
}

// Load implements flows.Source.
func (r *reader) Load(keys ...string) ([]flows.Doc, error) {
	var missing []string
	now := r.bot.clock.Now()
	for _, k := range keys {
		if _, ok := r.seen[k]; ok {
			continue
		}
		if d, ok := r.bot.cache.get(k, now); ok {
			r.seen[k], r.memory[k] = d, d.Rev
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
			r.seen[d.Key] = d
			r.bot.cache.put(d, d.Rev)
		}
	}
	out := make([]flows.Doc, len(keys))
	for i, k := range keys {
		out[i] = flows.Doc(r.seen[k])
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
	out := make([]storage.Doc, 0, len(asked)+len(r.memory))
	named := make(map[string]bool, len(asked))
	for _, d := range asked {
		out = append(out, storage.Doc{Key: d.Key, Rev: d.Rev})
		named[d.Key] = true
	}
	for k, rev := range r.memory {
		if !named[k] {
			out = append(out, storage.Doc{Key: k, Rev: rev})
		}
	}
	return out
}
