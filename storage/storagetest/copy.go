package storagetest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"olle/storage"
)

var copies = []promise{
	{"a copy holds documents, jobs in their order, and names", func(b *bench) {
		at := b.clock.now().Add(time.Hour)
		b.commit(storage.Batch{Once: "seen", Put: []storage.Doc{{Key: "a/1", Data: []byte("x"), Until: at}, {Key: "a/2", Data: []byte{}}},
			Push: []storage.Job{job("z", "l"), later("y", "l2", at), bulk("x", "l3")}})
		b.put("a/3", "gone")
		b.commit(storage.Batch{Put: []storage.Doc{{Key: "a/3"}, {Key: "a/4", Data: []byte("over"), Until: b.clock.now().Add(time.Second)}}})
		b.clock.move(2 * time.Second)
		b.claim(1)
		c := b.copied()
		if len(c.docs) != 2 || string(c.docs["a/1"].Data) != "x" || !c.docs["a/1"].Until.Equal(at) || c.docs["a/2"].Rev == 0 {
			b.Errorf("documents: %+v", c.docs)
		}
		if ids(c.jobs) != "z y x" || !c.jobs[1].At.Equal(at) || !c.jobs[2].Bulk || string(c.jobs[0].Data) != "data of z" || c.jobs[0].Lane != "l" ||
			c.jobs[0].Queue != "q" || !c.jobs[0].Born.Equal(at.Add(-time.Hour)) {
			b.Errorf("jobs: %+v", c.jobs)
		}
		if len(c.names) != 1 || !c.names["seen"] {
			b.Errorf("names: %v", c.names)
		}
	}},
	{"a copy is of one moment, whatever is committed meanwhile", checkMoment},
	{"numbers given after a raise are above it", func(b *bench) {
		if err := b.s.Raise(b.ctx, 5000); err != nil {
			b.Fatal(err)
		}
		rev := b.commit(storage.Batch{Put: []storage.Doc{{Key: "a/1", Data: []byte("x")}}, Push: []storage.Job{job("j", "l")}}).Rev
		if j := b.only("j"); rev <= 5000 || j.Seq <= 5000 {
			b.Errorf("revision %d, seq %d", rev, j.Seq)
		}
		if err := b.s.Raise(b.ctx, 10); err != nil {
			b.Fatal(err)
		}
		if again := b.put("a/1", "y"); again <= rev {
			b.Errorf("revision %d after %d", again, rev)
		}
	}},
	{"a name that was forgotten counts again, and a document stays", func(b *bench) {
		b.put("a/1", "x")
		n := 2500 // more than are looked at in one go
		err := storage.Fill(b.ctx, b.s, func() (*storage.Item, error) {
			if n--; n < 0 {
				return nil, nil
			}
			return &storage.Item{Name: fmt.Sprint("seen/", n)}, nil
		})
		if err != nil {
			b.Fatal(err)
		}
		b.refused(storage.Batch{Once: "seen/0"}, storage.ErrSeen)
		if err := b.s.Forget(b.ctx); err != nil {
			b.Fatal(err)
		}
		if c := b.copied(); len(c.names) != 0 || len(c.docs) != 1 {
			b.Errorf("after forgetting: %d names, %d documents", len(c.names), len(c.docs))
		}
		b.commit(storage.Batch{Once: "seen/0"})
		b.refused(storage.Batch{Once: "seen/0"}, storage.ErrSeen)
	}},
	{"a store filled from a copy goes on where the other was", func(b *bench) {
		at := b.clock.now().Add(time.Hour)
		b.commit(storage.Batch{Once: "seen", Put: []storage.Doc{{Key: "a/1", Data: []byte("x")}}, Push: []storage.Job{job("z", "l"), later("y", "l2", at), job("w", "l")}})
		var items []storage.Item
		if err := b.s.Copy(b.ctx, func(i storage.Item) error { items = append(items, i); return nil }); err != nil {
			b.Fatal(err)
		}
		b.commit(storage.Batch{Put: []storage.Doc{{Key: "a/1"}}, Drop: []string{"z", "y", "w"}})
		b.clock.move(time.Minute)
		err := storage.Fill(b.ctx, b.s, func() (*storage.Item, error) {
			if len(items) == 0 {
				return nil, nil
			}
			item := items[0]
			items = items[1:]
			return &item, nil
		})
		if err != nil {
			b.Fatal(err)
		}
		b.refused(storage.Batch{Once: "seen"}, storage.ErrSeen)
		if j := b.only("y"); !j.Born.Equal(at.Add(-time.Hour)) || !j.At.Equal(at) {
			b.Errorf("filled as %+v", j)
		}
		js := b.claim(5)
		if ids(js) != "z" {
			b.Fatalf("claimed %q", ids(js))
		}
		b.commit(storage.Batch{Done: js})
		b.claims(5, "w")
	}},
}

// copied is a copy as a reader understands it.
type copied struct {
	docs  map[string]storage.Doc
	jobs  []storage.Job
	names map[string]bool
}

func (b *bench) copied() copied {
	b.Helper()
	c := copied{docs: map[string]storage.Doc{}, names: map[string]bool{}}
	err := b.s.Copy(b.ctx, func(i storage.Item) error {
		switch {
		case i.Doc != nil && i.Doc.Rev == 0:
			delete(c.docs, i.Doc.Key)
		case i.Doc != nil:
			c.docs[i.Doc.Key] = *i.Doc
		case i.Job != nil:
			c.jobs = append(c.jobs, *i.Job)
		case i.Name != "":
			c.names[i.Name] = true
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	c.docs = without(c.docs, "storage/")
	return c
}

func without(docs map[string]storage.Doc, prefix string) map[string]storage.Doc {
	for k := range docs {
		if strings.HasPrefix(k, prefix) {
			delete(docs, k)
		}
	}
	return docs
}

// checkMoment lets writers change two documents, a job and a name in every commit, and copies meanwhile: each copy must show all four
// as one commit left them.
func checkMoment(b *bench) {
	const writers = 4
	stop := make(chan struct{})
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for k := 1; ; k++ {
				select {
				case <-stop:
					return
				default:
				}
				data := []byte(strconv.Itoa(k))
				batch := storage.Batch{Once: fmt.Sprintf("n/%d/%d", w, k), Now: b.clock.now(),
					Put:  []storage.Doc{{Key: fmt.Sprintf("a/%d", w), Data: data}, {Key: fmt.Sprintf("z/%d", w), Data: data}},
					Push: []storage.Job{{ID: fmt.Sprintf("j/%d", w), Queue: "q", Lane: "l" + strconv.Itoa(w), Data: data}}}
				if k%5 == 0 { // deleted and there again
					batch.Put = append(batch.Put, storage.Doc{Key: fmt.Sprintf("five/%d", w), Data: data})
				} else {
					batch.Put = append(batch.Put, storage.Doc{Key: fmt.Sprintf("five/%d", w)})
				}
				if _, err := b.s.Commit(b.ctx, batch); err != nil {
					b.Error(err)
					return
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	defer all.Wait()
	defer close(stop)
	for round := range 5 {
		time.Sleep(20 * time.Millisecond)
		c := b.copied()
		for w := range writers {
			k, _ := strconv.Atoi(string(c.docs[fmt.Sprintf("a/%d", w)].Data))
			z := string(c.docs[fmt.Sprintf("z/%d", w)].Data)
			i := slices.IndexFunc(c.jobs, func(j storage.Job) bool { return j.ID == fmt.Sprintf("j/%d", w) })
			if k == 0 && i < 0 {
				continue
			}
			_, five := c.docs[fmt.Sprintf("five/%d", w)]
			if i < 0 || z != strconv.Itoa(k) || string(c.jobs[i].Data) != z || five != (k%5 == 0) {
				b.Fatalf("copy %d: a is %d, z is %s, five %v, job %+v", round, k, z, five, c.jobs)
			}
			if !c.names[fmt.Sprintf("n/%d/%d", w, k)] || c.names[fmt.Sprintf("n/%d/%d", w, k+1)] {
				b.Fatalf("copy %d: the names are not those of commit %d", round, k)
			}
		}
	}
}
