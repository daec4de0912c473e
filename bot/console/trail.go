package console

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"olle/flows"
	"olle/storage"
)

// trail holds the audit trail in memory. Its entries are written once and never changed, so only what is new is read; the last minutes
// are read again, since of two that are written at once the earlier may be committed later. When its time is over it goes as a whole.
type trail struct {
	store storage.Store

	mu    sync.Mutex
	list  []flows.Entry // as their keys sort: by time
	first string        // key of the one read first
	seen  map[string]bool
	last  time.Time
}

func newTrail(s storage.Store) *trail { return &trail{store: s, seen: map[string]bool{}} }

const (
	trailOverlap = 2 * time.Minute
	trailLayout  = "20060102T150405.000000"
)

// all returns the whole trail, oldest first. The slice is shared and never changes.
func (t *trail) all(ctx context.Context) ([]flows.Entry, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.forgetEnded(ctx); err != nil {
		return nil, err
	}
	after := ""
	if !t.last.IsZero() {
		after = flows.AuditKey + t.last.Add(-trailOverlap).UTC().Format(trailLayout)
	}
	var fresh []flows.Entry
	for {
		docs, err := t.store.List(ctx, flows.AuditKey, after, readPage)
		if err != nil {
			return nil, fmt.Errorf("console: read the audit trail: %w", err)
		}
		for _, d := range docs {
			after = d.Key
			var e flows.Entry
			if t.seen[d.Key] || json.Unmarshal(d.Data, &e) != nil {
				continue
			}
			t.seen[d.Key] = true
			if t.first == "" {
				t.first = d.Key
			}
			fresh = append(fresh, e)
			if e.At.After(t.last) {
				t.last = e.At
			}
		}
		if len(docs) < readPage {
			break
		}
	}
	if len(fresh) > 0 {
		list := slices.Concat(t.list, fresh)
		slices.SortStableFunc(list, func(a, b flows.Entry) int { return a.At.Compare(b.At) })
		t.list = list
	}
	return t.list, nil
}

// forgetEnded empties the memory when the store has the trail no more.
func (t *trail) forgetEnded(ctx context.Context) error {
	if t.first == "" {
		return nil
	}
	docs, err := t.store.Load(ctx, t.first)
	if err != nil {
		return fmt.Errorf("console: read the audit trail: %w", err)
	}
	if docs[0].Data == nil {
		t.list, t.first, t.seen, t.last = nil, "", map[string]bool{}, time.Time{}
	}
	return nil
}

// entries are those of the trail that this visitor may see: what is decided, and not told yet, is for those who decide.
func (v *visit) entries() ([]flows.Entry, error) {
	all, err := v.c.trail.all(v.r.Context())
	if err != nil || v.May(flows.MayDecide) {
		return all, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(e flows.Entry) bool {
		return strings.HasPrefix(e.What, "decision") || e.What == "application scored"
	}), nil
}

// trailPage is what the page of the trail shows.
type trailPage struct {
	Entries   []flows.Entry // newest first
	What, Who string
	Whats     []string
	Pager     pager
}

// audit shows the trail, newest first.
func (v *visit) audit() error {
	all, err := v.entries()
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	p := trailPage{What: q.Get("what"), Who: strings.TrimSpace(q.Get("who"))}
	whats := map[string]bool{}
	var hits []flows.Entry
	for _, e := range slices.Backward(all) {
		whats[e.What] = true
		if (p.What == "" || e.What == p.What) && (p.Who == "" || strings.EqualFold(e.By, p.Who) || strings.EqualFold(e.Whom, p.Who)) {
			hits = append(hits, e)
		}
	}
	for w := range whats {
		p.Whats = append(p.Whats, w)
	}
	slices.Sort(p.Whats)
	p.Pager = newPager(v.r.URL, len(hits))
	p.Entries = hits[p.Pager.from:p.Pager.to]
	return v.show("trail", "Audit trail", p)
}
