package storagetest

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"time"

	"olle/storage"
)

var documents = []promise{
	{"a missing document has revision 0 and nil data", func(b *bench) {
		b.has("person/nobody", "")
	}},
	{"load answers in the order asked", func(b *bench) {
		b.commit(storage.Batch{Put: []storage.Doc{doc("a/1", "one"), doc("a/2", "two")}})
		docs, err := b.s.Load(b.ctx, "a/2", "a/none", "a/1", "a/2")
		if err != nil {
			b.Fatal(err)
		}
		var got []string
		for _, d := range docs {
			got = append(got, d.Key+"="+string(d.Data))
		}
		if want := []string{"a/2=two", "a/none=", "a/1=one", "a/2=two"}; !reflect.DeepEqual(got, want) {
			b.Fatalf("got %q, want %q", got, want)
		}
		if docs, err := b.s.Load(b.ctx); err != nil || len(docs) != 0 {
			b.Fatalf("Load of nothing: %v, %v", docs, err)
		}
	}},
	{"data comes back byte for byte", func(b *bench) {
		data := make([]byte, 1024)
		for i := range data {
			data[i] = byte(i)
		}
		b.commit(storage.Batch{Put: []storage.Doc{{Key: "blob/1", Data: data}}})
		if d := b.load("blob/1"); !bytes.Equal(d.Data, data) {
			b.Fatal("bytes changed")
		}
	}},
	{"empty data is a document", func(b *bench) {
		b.commit(storage.Batch{Put: []storage.Doc{{Key: "flag/1", Data: []byte{}}}})
		if d := b.load("flag/1"); d.Rev == 0 || d.Data == nil || len(d.Data) != 0 {
			b.Fatalf("got rev %d, %v", d.Rev, d.Data)
		}
		if got := b.list("flag/", "", 10); len(got) != 1 {
			b.Fatalf("List: %q", got)
		}
	}},
	{"nil data deletes", func(b *bench) {
		b.put("a/1", "x")
		b.commit(storage.Batch{Put: []storage.Doc{{Key: "a/1"}, {Key: "a/never"}}})
		b.has("a/1", "")
		if got := b.list("a/", "", 10); len(got) != 0 {
			b.Fatalf("List: %q", got)
		}
	}},
	{"the result's revision is that of every document put", func(b *bench) {
		r := b.commit(storage.Batch{Put: []storage.Doc{doc("a/1", "x"), doc("a/2", "y")}})
		if a, c := b.load("a/1").Rev, b.load("a/2").Rev; r.Rev == 0 || a != r.Rev || c != r.Rev {
			b.Fatalf("result %d, documents %d and %d", r.Rev, a, c)
		}
	}},
	{"revisions grow over the whole store", func(b *bench) {
		last := int64(0)
		for _, key := range []string{"a/1", "b/1", "a/1", "c/1", "b/1"} {
			if rev := b.put(key, "x"); rev <= last {
				b.Fatalf("revision %d after %d", rev, last)
			} else {
				last = rev
			}
		}
	}},
	{"a revision never repeats for a key deleted and made again", func(b *bench) {
		seen := map[int64]bool{}
		for range 5 {
			rev := b.put("a/1", "x")
			if seen[rev] {
				b.Fatalf("revision %d again", rev)
			}
			seen[rev] = true
			b.commit(storage.Batch{Check: []storage.Doc{{Key: "a/1", Rev: rev}}, Put: []storage.Doc{{Key: "a/1"}}})
			b.refused(storage.Batch{Check: []storage.Doc{{Key: "a/1", Rev: rev}}}, storage.ErrConflict)
		}
	}},
	{"the last of two puts of one key counts", func(b *bench) {
		b.commit(storage.Batch{Put: []storage.Doc{doc("a/1", "first"), doc("a/1", "second")}})
		b.has("a/1", "second")
		b.commit(storage.Batch{Put: []storage.Doc{{Key: "a/1"}, doc("a/1", "third")}})
		b.has("a/1", "third")
	}},
	{"neither side can change the other's bytes", func(b *bench) {
		data := []byte("before")
		b.commit(storage.Batch{Put: []storage.Doc{{Key: "a/1", Data: data}}})
		copy(data, "AFTER!")
		got := b.load("a/1")
		if string(got.Data) != "before" {
			b.Fatalf("the caller's slice is the store's: %q", got.Data)
		}
		copy(got.Data, "AFTER!")
		b.has("a/1", "before")
	}},
	{"until passes by the program's clock", checkUntil},
	{"an expired document may be made again", func(b *bench) {
		old := b.commit(storage.Batch{Put: []storage.Doc{{Key: "code/1", Data: []byte("x"), Until: b.clock.now().Add(time.Minute)}}}).Rev
		b.clock.move(time.Hour)
		b.refused(storage.Batch{Check: []storage.Doc{{Key: "code/1", Rev: old}}}, storage.ErrConflict)
		r := b.commit(storage.Batch{Check: []storage.Doc{{Key: "code/1"}}, Put: []storage.Doc{doc("code/1", "y")}})
		if r.Rev <= old {
			b.Fatalf("revision %d after %d", r.Rev, old)
		}
		b.clock.move(1000 * time.Hour)
		b.has("code/1", "y")
	}},
	{"put twice in a batch, a document stays or ends as it was put last", func(b *bench) {
		ends := storage.Doc{Key: "a/ends", Data: []byte("x"), Until: b.clock.now().Add(time.Minute)}
		stays := storage.Doc{Key: "a/stays", Data: []byte("x"), Until: ends.Until}
		b.commit(storage.Batch{Put: []storage.Doc{doc("a/ends", "before"), ends}})
		b.commit(storage.Batch{Put: []storage.Doc{stays, doc("a/stays", "after")}})
		b.clock.move(time.Hour)
		b.claim(1) // stores may tidy up here
		b.has("a/ends", "")
		b.has("a/stays", "after")
		if got := b.list("a/", "", 5); len(got) != 1 {
			b.Fatalf("List: %q", got)
		}
	}},
	{"expired documents do not thin out a page", func(b *bench) {
		for i := range 20 {
			d := doc(number("a/", i), "x")
			if i%2 == 0 {
				d.Until = b.clock.now().Add(time.Minute)
			}
			b.commit(storage.Batch{Put: []storage.Doc{d}})
		}
		b.clock.move(time.Hour)
		if got := b.list("a/", "", 5); len(got) != 5 || got[0] != "a/001" || got[4] != "a/009" {
			b.Fatalf("List: %q", got)
		}
	}},
	{"list pages through every key in byte order", checkPaging},
	{"list keeps to its prefix", func(b *bench) {
		for _, k := range []string{"a", "a/", "a/1", "a/2", "a0", "b/1", "ab/1", "A/1"} {
			b.put(k, "x")
		}
		for _, c := range []struct {
			prefix, after string
			want          string
		}{
			{"a/", "", "a/ a/1 a/2"}, {"a/", "a/1", "a/2"}, {"a/", "a/2", ""}, {"a/", "b", ""}, {"a/", "A", "a/ a/1 a/2"},
			{"a/", "a/15", "a/2"}, {"", "", "A/1 a a/ a/1 a/2 a0 ab/1 b/1"}, {"c", "", ""},
		} {
			if got := strings.Join(b.list(c.prefix, c.after, 100), " "); got != c.want {
				b.Errorf("List(%q, %q): %q, want %q", c.prefix, c.after, got, c.want)
			}
		}
		if got := b.list("a/", "", 0); len(got) != 0 {
			b.Errorf("List of 0: %q", got)
		}
	}},
}

func checkUntil(b *bench) {
	until := b.clock.now().Add(time.Hour)
	b.commit(storage.Batch{Put: []storage.Doc{{Key: "code/1", Data: []byte("x"), Until: until}, doc("code/2", "stays")}})
	b.clock.move(59 * time.Minute)
	b.has("code/1", "x")
	if d := b.load("code/1"); !d.Until.Equal(until) {
		b.Fatalf("Until is %v, want %v", d.Until, until)
	}
	if d := b.load("code/2"); !d.Until.IsZero() {
		b.Fatalf("Until is %v, want none", d.Until)
	}
	if got := b.list("code/", "", 10); len(got) != 2 {
		b.Fatalf("List before: %q", got)
	}
	b.clock.move(time.Minute + time.Second)
	b.has("code/1", "")
	if got := b.list("code/", "", 10); len(got) != 1 || got[0] != "code/2" {
		b.Fatalf("List after: %q", got)
	}
	b.commit(storage.Batch{Check: []storage.Doc{{Key: "code/1", Rev: 0}}}) // must not exist: it does not
}

func checkPaging(b *bench) {
	keys := []string{"p/한라산", "p/제주", "p/é", "p/e\u0301", "p/Z", "p/a", "p/ a", "p/a b", "p/a\x00b", "p/\xff", "p/a%b", "p/a*?[]", "p/a:b", "p/{x}", "p/🙂", "p/\n", "p/\\", `p/"`, "p/" + strings.Repeat("k", 500)}
	for i := range 40 {
		keys = append(keys, number("p/n", i))
	}
	for _, k := range keys {
		b.put(k, "data of "+k)
	}
	slices.Sort(keys)
	for _, n := range []int{1, 7, 1000} {
		var got []string
		for after := ""; ; after = got[len(got)-1] {
			page := b.list("p/", after, n)
			if len(page) > n {
				b.Fatalf("page of %d for %d", len(page), n)
			}
			got = append(got, page...)
			if len(page) < n || len(got) > len(keys) {
				break
			}
		}
		if !slices.Equal(got, keys) {
			b.Fatalf("pages of %d:\n got %q\nwant %q", n, got, keys)
		}
	}
	for _, k := range keys {
		b.has(k, "data of "+k)
	}
}
