package storagetest

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"olle/storage"
)

var batches = []promise{
	{"the same name twice counts once", func(b *bench) {
		b.commit(storage.Batch{Once: "update/1", Put: []storage.Doc{doc("a/1", "first")}})
		b.refused(storage.Batch{Once: "update/1", Put: []storage.Doc{doc("a/1", "second")}}, storage.ErrSeen)
		b.has("a/1", "first")
		b.commit(storage.Batch{Once: "update/2", Put: []storage.Doc{doc("a/1", "third")}})
		b.has("a/1", "third")
	}},
	{"a name alone is enough", func(b *bench) {
		b.commit(storage.Batch{Once: "update/1"})
		b.refused(storage.Batch{Once: "update/1"}, storage.ErrSeen)
	}},
	{"a name is kept by real time, not by the program's", func(b *bench) {
		b.commit(storage.Batch{Once: "update/1"})
		b.clock.move(1000 * time.Hour)
		b.refused(storage.Batch{Once: "update/1"}, storage.ErrSeen)
	}},
	{"of many that commit one name at once, one succeeds", checkOnceRace},
	{"seen is looked at before conflict", func(b *bench) {
		b.commit(storage.Batch{Once: "update/1", Put: []storage.Doc{doc("a/1", "x")}})
		b.refused(storage.Batch{Once: "update/1", Check: []storage.Doc{{Key: "a/1", Rev: 0}}}, storage.ErrSeen)
	}},
	{"a batch refused as seen leaves nothing", func(b *bench) {
		b.commit(storage.Batch{Once: "update/1"})
		checkLeavesNothing(b, storage.ErrSeen, func(x *storage.Batch) { x.Once = "update/1" })
	}},
	{"a batch refused for a conflict leaves nothing", func(b *bench) {
		rev := b.put("other/1", "x")
		checkLeavesNothing(b, storage.ErrConflict, func(x *storage.Batch) {
			x.Check = append(x.Check, storage.Doc{Key: "other/1", Rev: rev + 1000})
		})
		b.commit(storage.Batch{Once: "update/new"}) // the refused batch did not take its name
	}},
	{"a batch refused as too large leaves nothing", func(b *bench) {
		for _, spoil := range []func(x *storage.Batch){
			func(x *storage.Batch) {
				x.Put = append(x.Put, storage.Doc{Key: "big/1", Data: make([]byte, storage.MaxData+1)})
			},
			func(x *storage.Batch) { x.Put = append(x.Put, doc(strings.Repeat("k", storage.MaxKey+1), "x")) },
			func(x *storage.Batch) { x.Push = append(x.Push, job(strings.Repeat("k", storage.MaxKey+1), "l")) },
			func(x *storage.Batch) { x.Once = strings.Repeat("k", storage.MaxKey+1) },
		} {
			checkLeavesNothing(b, storage.ErrTooLarge, spoil)
		}
	}},
	{"a batch that makes no sense is an error and leaves nothing", func(b *bench) {
		if _, err := b.s.Commit(b.ctx, storage.Batch{Put: []storage.Doc{doc("a/1", "x"), doc("", "y")}}); err == nil {
			b.Error("an empty key was taken")
		}
		if _, err := b.s.Commit(b.ctx, storage.Batch{Put: []storage.Doc{doc("a/1", "x")}, Push: []storage.Job{{ID: "j"}}}); err == nil {
			b.Error("a job without queue and lane was taken")
		}
		b.has("a/1", "")
	}},
	{"the limits themselves are allowed", func(b *bench) {
		key := strings.Repeat("k", storage.MaxKey)
		j := storage.Job{ID: key, Queue: key, Lane: key, Data: []byte("x")}
		data := make([]byte, storage.MaxData)
		data[len(data)-1] = 7
		b.commit(storage.Batch{Once: key, Put: []storage.Doc{{Key: key, Data: data}}, Push: []storage.Job{j}})
		if d := b.load(key); len(d.Data) != storage.MaxData || d.Data[len(data)-1] != 7 {
			b.Fatalf("%d bytes came back", len(d.Data))
		}
		if js := b.claimWith(b.s, storage.Claim{Queue: key, N: 1, Lease: time.Minute}); len(js) != 1 || js[0].ID != key {
			b.Fatalf("Claim: %d jobs", len(js))
		}
	}},
	{"a conflict carries the current documents in the order of the check", func(b *bench) {
		b.commit(storage.Batch{Put: []storage.Doc{doc("a/1", "one"), doc("a/2", "two")}})
		rev := b.load("a/1").Rev
		err := b.refused(storage.Batch{Check: []storage.Doc{{Key: "a/none", Rev: 5}, {Key: "a/2", Rev: rev}, {Key: "a/1", Rev: 0}}}, storage.ErrConflict)
		var c *storage.Conflict
		if !errors.As(err, &c) || len(c.Docs) != 3 {
			b.Fatalf("error %#v", err)
		}
		for i, want := range []storage.Doc{{Key: "a/none"}, {Key: "a/2", Rev: rev, Data: []byte("two")}, {Key: "a/1", Rev: rev, Data: []byte("one")}} {
			if d := c.Docs[i]; d.Key != want.Key || d.Rev != want.Rev || string(d.Data) != string(want.Data) {
				b.Errorf("document %d: %+v, want %+v", i, d, want)
			}
		}
		if c.Docs[0].Data != nil {
			b.Error("a missing document has data")
		}
		r := b.commit(storage.Batch{Check: c.Docs, Put: []storage.Doc{doc("a/1", "new")}}) // decided again without another load
		if b.load("a/1").Rev != r.Rev {
			b.Error("the second attempt did not count")
		}
	}},
	{"a checked document may be absent", func(b *bench) {
		b.commit(storage.Batch{Check: []storage.Doc{{Key: "a/1"}}, Put: []storage.Doc{doc("a/1", "x")}})
		b.refused(storage.Batch{Check: []storage.Doc{{Key: "a/1"}}, Put: []storage.Doc{doc("a/1", "y")}}, storage.ErrConflict)
		b.has("a/1", "x")
	}},
	{"a strike plants the next one under the same ID in its own batch", func(b *bench) {
		b.push(job("alarm", "l"))
		j := b.claims(1, "alarm")[0]
		b.commit(storage.Batch{Done: []storage.Job{j}, Push: []storage.Job{later("alarm", "l", b.clock.now().Add(time.Hour))}})
		b.claims(1, "")
		b.clock.move(2 * time.Hour)
		b.claims(1, "alarm")
	}},
	{"drop comes before push", func(b *bench) {
		b.push(job("a", "l"))
		b.commit(storage.Batch{Drop: []string{"a", "unknown"}, Push: []storage.Job{job("a", "m")}})
		if j := b.claims(1, "a")[0]; j.Lane != "m" {
			b.Fatalf("lane %q", j.Lane)
		}
	}},
	{"an empty batch is fine", func(b *bench) { b.commit(storage.Batch{}) }},
}

// checkLeavesNothing spoils a batch that touches everything, and looks whether anything of it took effect.
func checkLeavesNothing(b *bench, target error, spoil func(*storage.Batch)) {
	b.Helper()
	b.commit(storage.Batch{
		Put:  []storage.Doc{doc("keep/1", "before")},
		Push: []storage.Job{job("claimed", "l1"), job("waiting", "l2")},
	})
	claimed := b.claimsSet(2, "claimed waiting")
	for i, j := range claimed {
		if j.ID == "waiting" {
			b.commit(storage.Batch{Free: []storage.Job{j}})
			claimed = append(claimed[:i:i], claimed[i+1:]...)
			break
		}
	}
	x := storage.Batch{
		Once: "update/new", Done: claimed, Drop: []string{"waiting"}, Hold: time.Minute,
		Put:   []storage.Doc{doc("keep/1", "after"), doc("new/1", "x")},
		Push:  []storage.Job{job("new", "l3"), job("waiting", "l4")},
		Pause: []storage.Pause{{Queue: "q", For: time.Minute}},
	}
	spoil(&x)
	b.refused(x, target)
	b.has("keep/1", "before")
	b.has("new/1", "")
	if got := b.jobs(storage.Filter{}); got != "claimed waiting" {
		b.Fatalf("jobs are %q", got)
	}
	w := b.claims(9, "waiting")[0] // still in its lane, queue open, and the claimed one's lane still taken
	if w.Lane != "l2" {
		b.Fatalf("the waiting job moved to lane %q", w.Lane)
	}
	b.commit(storage.Batch{Done: append(claimed, w), Put: []storage.Doc{{Key: "keep/1"}}})
	if got := b.jobs(storage.Filter{}); got != "" {
		b.Fatalf("jobs left: %q", got)
	}
}

func checkOnceRace(b *bench) {
	handles := []storage.Store{b.s, b.open(), b.open()}
	for round := range 20 {
		var wins, odd atomic.Int32
		var wg sync.WaitGroup
		for i := range 9 {
			wg.Go(func() {
				_, err := handles[i%3].Commit(b.ctx, storage.Batch{Once: number("race/", round), Now: b.clock.now(),
					Push: []storage.Job{job(number("j", round)+number("-", i), "l")}})
				switch {
				case err == nil:
					wins.Add(1)
				case !errors.Is(err, storage.ErrSeen):
					odd.Add(1)
				}
			})
		}
		wg.Wait()
		if wins.Load() != 1 || odd.Load() != 0 {
			b.Fatalf("round %d: %d succeeded, %d failed otherwise", round, wins.Load(), odd.Load())
		}
	}
	js, err := b.s.Jobs(b.ctx, storage.Filter{}, "", 100)
	if err != nil || len(js) != 20 {
		b.Fatalf("%d jobs, %v; want 20", len(js), err)
	}
}
