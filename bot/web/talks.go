package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"olle/flows"
	"olle/storage"
)

const (
	maxTalks  = 20_000 // whose state is remembered
	maxRecent = 1024   // whose latest lines are
	maxLines  = 8      // lines of one talk
)

// talk is how a talk stood when this process last looked. Whoever writes on it checks the revisions: what is stale costs a conflict,
// which brings the truth along.
type talk struct {
	n       int64       // lines it has had
	rev     int64       // of the document that says so
	session storage.Doc // Rev 0: not known
}

func talkOf(count, session storage.Doc) talk {
	return talk{n: countOf(count), rev: count.Rev, session: session}
}

// stands is how the talk at a stands, as far as this process knows, or else the store.
func (w *Web) stands(ctx context.Context, a flows.Address) (talk, error) {
	if t, ok := w.talks.get(a); ok {
		return t, nil
	}
	docs, err := w.opt.Store.Load(ctx, countKey(a), sessionKey(a))
	if err != nil {
		return talk{}, fmt.Errorf("web: look up a talk: %w", err)
	}
	t := talkOf(docs[0], docs[1])
	if t.session.Rev != 0 {
		w.talks.set(a, t)
	}
	return t, nil
}

// talks remembers talks, so that a line of a warm one costs one commit and no read, and the latest lines that this process wrote.
type talks struct {
	mu     sync.Mutex
	state  map[flows.Address]talk
	recent map[flows.Address][]line
}

func newTalks() *talks {
	return &talks{state: map[flows.Address]talk{}, recent: map[flows.Address][]line{}}
}

func (t *talks) get(a flows.Address) (talk, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v, ok := t.state[a]
	return v, ok
}

func (t *talks) set(a flows.Address, v talk) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if old, ok := t.state[a]; ok && old.rev > v.rev {
		return
	}
	if len(t.state) >= maxTalks {
		clear(t.state)
	}
	t.state[a] = v
}

// wrote keeps a line that this process wrote, after which the talk stands at v.
func (t *talks) wrote(a flows.Address, v talk, l line) {
	t.set(a, v)
	t.mu.Lock()
	defer t.mu.Unlock()
	lines, ok := t.recent[a]
	if !ok && len(t.recent) >= maxRecent {
		for k := range t.recent { // any one: maps are walked in no order
			delete(t.recent, k)
			break
		}
	}
	if l.seq = v.n; l.Me {
		l.Text, l.Files = "", nil // of the guest's own it is enough to know where they are
	}
	lines = append(lines, l)
	slices.SortFunc(lines, func(a, b line) int { return cmp.Compare(a.seq, b.seq) }) // who committed first may come here last
	t.recent[a] = slices.Delete(lines, 0, max(0, len(lines)-maxLines))
}

// offered is what stood on the button with that value, in a line that this process wrote.
func (t *talks) offered(a flows.Address, value string) (label string, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range slices.Backward(t.recent[a]) {
		for _, c := range l.Choices {
			if c.Value == value {
				return c.Label, true
			}
		}
	}
	return "", false
}

// causedBy returns the lines that the update brought about, all of which this process wrote after line seq; false: it does not know
// all of them any more.
func (t *talks) causedBy(a flows.Address, updateID string, seq int64) (out []message, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := t.recent[a]
	if len(lines) == 0 || lines[0].seq > seq {
		return nil, false
	}
	out = []message{}
	for _, l := range lines {
		if l.seq > seq && !l.Me && strings.HasPrefix(l.Cause, updateID+"/") {
			out = append(out, l.message())
		}
	}
	return out, true
}
