package bot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"olle/flows"
	"olle/storage"
)

// However the network cuts a file, the verdict is the same, and no content makes the inspector fail in another way than refusing.
func FuzzInspect(f *testing.F) {
	f.Add([]byte("%PDF-1.4\n1 0 obj << /Type /Page >> endobj\n%%EOF"))
	f.Add([]byte("%PDF-1.4\n12345 00 obj << /Type\n/Page>>7 0 obj<</Type/ObjStm>>\n%%EOF"))
	f.Add([]byte("PK\x03\x04word/document.xmlPK\x05\x06"))
	f.Add([]byte("\xff\xd8\xff"))
	f.Add(append([]byte{}, oleMagic...))
	rules := flows.FetchRules{Max: 1 << 20, Pages: 2, Types: []string{"pdf", "docx", "doc", "odt", "jpeg", "png"}}
	f.Fuzz(func(t *testing.T, content []byte) {
		whole, err1 := inspect(bytes.NewReader(content), rules)
		bytewise, err2 := inspect(iotest.OneByteReader(bytes.NewReader(content)), rules)
		if whole.Hash != bytewise.Hash || whole.Type != bytewise.Type || whole.Pages != bytewise.Pages || !errors.Is(err2, err1) {
			t.Errorf("at once %+v %v, byte by byte %+v %v", whole, err1, bytewise, err2)
		}
		var no refusal
		if err1 != nil && !errors.As(err1, &no) {
			t.Errorf("failed otherwise: %v", err1)
		}
	})
}

func inspect(r io.Reader, rules flows.FetchRules) (flows.Fetched, error) {
	i := newInspector(r, rules)
	_, err := io.Copy(io.Discard, i)
	return i.found, err
}

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
