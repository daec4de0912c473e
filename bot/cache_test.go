package bot

import (
	"fmt"
	"testing"
	"time"

	"olle/storage"
)

func TestMemoryStaysWithinItsBounds(t *testing.T) {
	c := newCache(64 * 10_000)
	for i := range 100_000 {
		c.put(doc(i, 300), int64(i+1))
	}
	total := 0
	for i := range c.shards {
		s := &c.shards[i]
		if s.bytes > s.limit || len(s.byKey) != s.order.Len() {
			t.Errorf("shard %d: %d bytes of %d, %d keys, %d entries", i, s.bytes, s.limit, len(s.byKey), s.order.Len())
		}
		total += s.order.Len()
	}
	if total == 0 {
		t.Error("nothing is remembered")
	}
	c.put(doc(1, 1<<20), 1<<40) // larger than a shard: not kept, nothing broken
	c.dropKind("d/")
	for i := range c.shards {
		if c.shards[i].bytes != 0 {
			t.Errorf("shard %d counts %d bytes and holds nothing", i, c.shards[i].bytes)
		}
	}
}

func TestMemoryKeepsTheLaterOfTwo(t *testing.T) {
	c := newCache(1 << 20)
	late, early := doc(1, 2), doc(1, 1)
	late.Rev, early.Rev = 9, 3
	c.put(late, 9)
	c.put(early, 3) // a load that began before the commit
	if d, ok := c.get(late.Key, d0); !ok || d.Rev != 9 {
		t.Errorf("got %+v", d)
	}
	c.replace(early) // what a conflict says is true, whatever was known
	if d, ok := c.get(late.Key, d0); !ok || d.Rev != 3 {
		t.Errorf("got %+v", d)
	}
	brief := doc(2, 1)
	brief.Until = d0
	c.put(brief, 10)
	if _, ok := c.get(brief.Key, d0); ok {
		t.Error("a document outlived its time")
	}
}

var d0 = time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC)

func doc(n, size int) storage.Doc {
	return storage.Doc{Key: fmt.Sprint("d/", n), Rev: int64(n), Data: make([]byte, size)}
}
