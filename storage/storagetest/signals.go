package storagetest

import (
	"context"
	"time"

	"olle/storage"
)

var signals = []promise{
	{"a watcher hears what another replica put", func(b *bench) {
		keys, err := b.s.Watch(b.ctx, "screen")
		if err != nil {
			b.Fatal(err)
		}
		other := b.open()
		heard := map[string]bool{}
		for i := 0; !heard["screen/a"] || !heard["screen/b"]; i++ { // a hint may be missed, so it is put again
			_, err := other.Commit(b.ctx, storage.Batch{Put: []storage.Doc{doc("screen/a", "x"), doc("screens/c", "x"), doc("other/d", "x"), doc("screen/b", "x")}})
			if err != nil {
				b.Fatal(err)
			}
			b.hear(keys, heard, 100*time.Millisecond)
			if i > 30 {
				b.Fatalf("heard only %v", heard)
			}
		}
		delete(heard, "")
		if len(heard) != 2 {
			b.Errorf("heard also of others: %v", heard)
		}
	}},
	{"a watcher hears of deletions", func(b *bench) {
		keys, err := b.s.Watch(b.ctx, "screen")
		if err != nil {
			b.Fatal(err)
		}
		heard := map[string]bool{}
		for i := 0; !heard["screen/a"]; i++ {
			b.commit(storage.Batch{Put: []storage.Doc{{Key: "screen/a"}}})
			b.hear(keys, heard, 100*time.Millisecond)
			if i > 30 {
				b.Fatalf("heard only %v", heard)
			}
		}
	}},
	{"a watcher that does not listen holds up nobody", func(b *bench) {
		keys, err := b.s.Watch(b.ctx, "screen")
		if err != nil {
			b.Fatal(err)
		}
		for i := range 30 {
			var docs []storage.Doc
			for k := range 100 {
				docs = append(docs, doc(number("screen/", i)+number("/", k), "x"))
			}
			b.commit(storage.Batch{Put: docs})
		}
		heard := map[string]bool{} // the end of the storm is told, by name or as "anything"
		b.eventually("word of the last keys", func() bool {
			b.hear(keys, heard, 50*time.Millisecond)
			return heard["screen/029/099"] || heard[""]
		})
	}},
	{"the channel closes when its context ends", func(b *bench) {
		ctx, cancel := context.WithCancel(b.ctx)
		keys, err := b.s.Watch(ctx, "screen")
		if err != nil {
			b.Fatal(err)
		}
		cancel()
		timeout := time.After(5 * time.Second)
		for {
			select {
			case _, open := <-keys:
				if !open {
					b.put("screen/a", "x") // nobody is hurt by the one who left
					return
				}
			case <-timeout:
				b.Fatal("still open")
			}
		}
	}},
}

// hear collects keys until none came for the given time.
func (b *bench) hear(keys <-chan string, heard map[string]bool, quiet time.Duration) {
	b.Helper()
	for {
		select {
		case k, open := <-keys:
			if !open {
				b.Fatal("the channel was closed")
			}
			heard[k] = true
		case <-time.After(quiet):
			return
		}
	}
}
