package bot

import (
	"container/list"
	"hash/maphash"
	"sync"
	"time"

	"olle/storage"
)

// cache remembers documents, and that there are none, so that a warm conversation costs one round trip. It may be out of date
// (another replica writes too): whatever a turn takes from it is checked by the turn's commit, and the answer to a failed check
// brings the truth back here. It holds at most so many bytes and forgets what was used least recently.
type cache struct {
	seed   maphash.Seed
	shards [64]cacheShard
}

type cacheShard struct {
	mu    sync.Mutex
	byKey map[string]*list.Element
	order *list.List // of *cached, the latest used first
	bytes int
	limit int
}

type cached struct {
	doc storage.Doc
	at  int64 // the store's revision when this was true, as far as known
}

// overhead is what an entry costs besides its key and data, roughly.
const overhead = 200

func (c *cached) size() int { return overhead + 2*len(c.doc.Key) + len(c.doc.Data) }

func newCache(bytes int) *cache {
	c := &cache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i] = cacheShard{byKey: map[string]*list.Element{}, order: list.New(), limit: bytes / len(c.shards)}
	}
	return c
}

func (c *cache) shard(key string) *cacheShard {
	return &c.shards[maphash.String(c.seed, key)%uint64(len(c.shards))]
}

// get returns the document under key as last seen (Rev 0: there was none) unless it is unknown or has expired by now.
func (c *cache) get(key string, now time.Time) (storage.Doc, bool) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.byKey[key]
	if e == nil {
		return storage.Doc{}, false
	}
	d := e.Value.(*cached).doc
	if !d.Until.IsZero() && !d.Until.After(now) {
		s.remove(e)
		return storage.Doc{}, false
	}
	s.order.MoveToFront(e)
	return d, true
}

// put remembers a document that was true at the store's revision at, unless something later is known.
func (c *cache) put(d storage.Doc, at int64) {
	s := c.shard(d.Key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.byKey[d.Key]; e != nil {
		if e.Value.(*cached).at > at {
			return
		}
		s.remove(e)
	}
	s.add(&cached{doc: d, at: at})
}

// replace remembers a document as a conflict showed it, whatever was known before.
func (c *cache) replace(d storage.Doc) {
	s := c.shard(d.Key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.byKey[d.Key]; e != nil {
		s.remove(e)
	}
	s.add(&cached{doc: d, at: d.Rev})
}

// drop forgets a key.
func (c *cache) drop(key string) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.byKey[key]; e != nil {
		s.remove(e)
	}
}

// dropKind forgets all documents whose keys start with prefix.
func (c *cache) dropKind(prefix string) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for key, e := range s.byKey {
			if len(key) >= len(prefix) && key[:len(prefix)] == prefix {
				s.remove(e)
			}
		}
		s.mu.Unlock()
	}
}

func (s *cacheShard) add(c *cached) {
	s.byKey[c.doc.Key] = s.order.PushFront(c)
	s.bytes += c.size()
	for s.bytes > s.limit && s.order.Len() > 0 {
		s.remove(s.order.Back())
	}
}

func (s *cacheShard) remove(e *list.Element) {
	c := s.order.Remove(e).(*cached)
	delete(s.byKey, c.doc.Key)
	s.bytes -= c.size()
}
