package bot

import (
	"context"

	"olle/flows"
	"olle/storage"
)

// Source reads the store as turns do, outside of any turn: for pages, papers and subcommands that show what flows can count.
func Source(ctx context.Context, store storage.Store) flows.Source { return source{ctx, store} }

type source struct {
	ctx   context.Context
	store storage.Store
}

func (s source) Load(keys ...string) ([]flows.Doc, error) {
	docs, err := s.store.Load(s.ctx, keys...)
	return asFlows(docs), err
}

func (s source) List(prefix, after string, n int) ([]flows.Doc, error) {
	docs, err := s.store.List(s.ctx, prefix, after, n)
	return asFlows(docs), err
}

func asFlows(docs []storage.Doc) []flows.Doc {
	all := make([]flows.Doc, len(docs))
	for i, d := range docs {
		all[i] = flows.Doc{Key: d.Key, Rev: d.Rev, Until: d.Until, Data: d.Data}
	}
	return all
}
