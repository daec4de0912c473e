package bot

import (
	"sync"

	"olle/storage"
)

// warm keeps what the documents of the latest turns say as those turns had it in memory, so that the next turn of the same
// conversation need not decode it. What is taken is gone from here: a value has one owner, and a turn may change it. It keeps few
// values, for they are larger than their documents; anybody else's next turn decodes.
type warm struct {
	mu    sync.Mutex
	byKey map[string]warmValue
}

type warmValue struct {
	rev   int64
	value any
}

const maxWarm = 1024

func newWarm() *warm { return &warm{byKey: map[string]warmValue{}} }

// take hands out what d says, nil if that is not known.
func (w *warm) take(d storage.Doc) any {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, ok := w.byKey[d.Key]
	if !ok {
		return nil
	}
	delete(w.byKey, d.Key)
	if v.rev != d.Rev {
		return nil
	}
	return v.value
}

// put keeps what the document under key says at revision rev.
func (w *warm) put(key string, rev int64, value any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.byKey) >= maxWarm {
		for k := range w.byKey { // any one: maps are walked in no order
			delete(w.byKey, k)
			break
		}
	}
	w.byKey[key] = warmValue{rev, value}
}
