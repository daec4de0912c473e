// Package storagetest is the promise of package storage as tests, run on every backend.
//
// A backend proves itself with three short tests of its own:
//
//	func TestStore(t *testing.T)     { storagetest.Run(t, fresh) }
//	func TestKill(t *testing.T)      { storagetest.Kill(t, storagetest.KillOptions{Place: …, Open: open}) }
//	func TestKillChild(t *testing.T) { storagetest.KillChild(t, open) }
//
// Every subtest is named after what a caller may rely on. The program's clock is moved by hand; what runs in real time (leases,
// pauses, rates) is tested with short spans and generous margins. The package is separate from its backends so that none of them
// can bend the promise to what it happens to do.
package storagetest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"olle/storage"
)

var full = flag.Bool("full", false, "storagetest: run every kill round and longer random tests")

// Full says whether the test binary was started with -full.
func Full() bool { return *full }

// Fresh makes an empty backend and returns a function that opens one more handle on it: a second replica. An embedded backend,
// which has one owner, may return the same handle every time. Within one test all handles get the same clock. The backend closes
// its handles and removes its data by t.Cleanup; the suite closes none.
type Fresh func(t *testing.T) (open func(t *testing.T, now func() time.Time) storage.Store)

// Run checks every promise of storage.Store on a backend. It takes some seconds, also with -race.
func Run(t *testing.T, fresh Fresh) {
	for _, group := range []struct {
		name  string
		tests []promise
	}{
		{"documents", documents},
		{"batches", batches},
		{"jobs", jobs},
		{"lanes", lanes},
		{"pauses", pauses},
		{"workers", workers},
		{"hold", holds},
		{"backlog", backlogs},
		{"copy", copies},
		{"signals", signals},
		{"replicas", replicas},
		{"random", random},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, p := range group.tests {
				t.Run(p.name, func(t *testing.T) { p.check(newBench(t, fresh)) })
			}
		})
	}
}

// promise is one sentence a caller may rely on, and its proof.
type promise struct {
	name  string
	check func(b *bench)
}

// bench is one test's store, its clock, and shorthand.
type bench struct {
	*testing.T
	ctx   context.Context
	s     storage.Store
	clock *clock
	open  func() storage.Store // one more handle
}

func newBench(t *testing.T, fresh Fresh) *bench {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	c := &clock{at: time.Date(2020, 2, 3, 9, 0, 0, 0, time.UTC)}
	open := fresh(t)
	b := &bench{T: t, ctx: ctx, clock: c, open: func() storage.Store { return open(t, c.now) }}
	b.s = b.open()
	return b
}

// clock is the program's time, moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// commit writes a batch that must succeed.
func (b *bench) commit(batch storage.Batch) storage.Result {
	b.Helper()
	if batch.Now.IsZero() {
		batch.Now = b.clock.now()
	}
	r, err := b.s.Commit(b.ctx, batch)
	if err != nil {
		b.Fatalf("Commit: %v", err)
	}
	return r
}

// refused commits a batch that must fail with target.
func (b *bench) refused(batch storage.Batch, target error) error {
	b.Helper()
	batch.Now = b.clock.now()
	_, err := b.s.Commit(b.ctx, batch)
	if !errors.Is(err, target) {
		b.Fatalf("Commit: error %v, want %v", err, target)
	}
	return err
}

// put writes one document and returns its revision.
func (b *bench) put(key, data string) int64 {
	b.Helper()
	return b.commit(storage.Batch{Put: []storage.Doc{doc(key, data)}}).Rev
}

func (b *bench) load(key string) storage.Doc {
	b.Helper()
	docs, err := b.s.Load(b.ctx, key)
	if err != nil {
		b.Fatalf("Load: %v", err)
	}
	if len(docs) != 1 {
		b.Fatalf("Load of one key: %d documents", len(docs))
	}
	return docs[0]
}

// has checks a document's data; "" means it must not exist.
func (b *bench) has(key, data string) {
	b.Helper()
	d := b.load(key)
	if data == "" && (d.Rev != 0 || d.Data != nil) {
		b.Fatalf("%q exists: rev %d, %q", key, d.Rev, d.Data)
	}
	if data != "" && (d.Rev == 0 || string(d.Data) != data) {
		b.Fatalf("%q is rev %d, %q; want %q", key, d.Rev, d.Data, data)
	}
}

func (b *bench) list(prefix, after string, n int) []string {
	b.Helper()
	docs, err := b.s.List(b.ctx, prefix, after, n)
	if err != nil {
		b.Fatalf("List: %v", err)
	}
	var keys []string
	for _, d := range docs {
		if d.Rev == 0 || d.Data == nil {
			b.Fatalf("List: %q comes without its revision or data", d.Key)
		}
		keys = append(keys, d.Key)
	}
	return keys
}

// push commits jobs in one batch.
func (b *bench) push(js ...storage.Job) { b.Helper(); b.commit(storage.Batch{Push: js}) }

// claim takes up to n jobs of queue "q" for a minute.
func (b *bench) claim(n int) []storage.Job {
	b.Helper()
	return b.claimWith(b.s, storage.Claim{Queue: "q", N: n, Lease: time.Minute})
}

func (b *bench) claimWith(s storage.Store, c storage.Claim) []storage.Job {
	b.Helper()
	if c.Now.IsZero() {
		c.Now = b.clock.now()
	}
	js, err := s.Claim(b.ctx, c)
	if err != nil {
		b.Fatalf("Claim: %v", err)
	}
	if len(js) > c.N {
		b.Fatalf("Claim of %d: %d jobs", c.N, len(js))
	}
	return js
}

// claims takes up to n jobs of queue "q" and checks their IDs, in order.
func (b *bench) claims(n int, want string) []storage.Job {
	b.Helper()
	js := b.claim(n)
	if got := ids(js); got != want {
		b.Fatalf("Claim: got %q, want %q", got, want)
	}
	return js
}

// claimsSet is claims where the order between lanes does not matter; want is sorted.
func (b *bench) claimsSet(n int, want string) []storage.Job {
	b.Helper()
	js := b.claim(n)
	if got := sorted(js); got != want {
		b.Fatalf("Claim: got %q, want %q in any order", got, want)
	}
	return js
}

func (b *bench) done(js ...storage.Job) { b.Helper(); b.commit(storage.Batch{Done: js}) }

// jobs lists the IDs in the store.
func (b *bench) jobs(f storage.Filter) string {
	b.Helper()
	js, err := b.s.Jobs(b.ctx, f, "", 1000)
	if err != nil {
		b.Fatalf("Jobs: %v", err)
	}
	return ids(js)
}

// eventually repeats check until it is true; real time is involved.
func (b *bench) eventually(what string, check func() bool) {
	b.Helper()
	for end := time.Now().Add(8 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if check() {
			return
		}
	}
	b.Fatalf("never came true: %s", what)
}

// claimSoon claims one job of queue "q" as soon as there is one.
func (b *bench) claimSoon(want string) storage.Job {
	b.Helper()
	var j storage.Job
	b.eventually("a claim of "+want, func() bool {
		js := b.claim(1)
		if len(js) == 1 {
			j = js[0]
		}
		return len(js) == 1
	})
	if j.ID != want {
		b.Fatalf("Claim: got %q, want %q", j.ID, want)
	}
	return j
}

func doc(key, data string) storage.Doc { return storage.Doc{Key: key, Data: []byte(data)} }

// job is a live job of queue "q", due at once.
func job(id, lane string) storage.Job {
	return storage.Job{ID: id, Queue: "q", Lane: lane, Data: []byte("data of " + id)}
}

func bulk(id, lane string) storage.Job {
	j := job(id, lane)
	j.Bulk = true
	return j
}

// later is a job whose At is the given time.
func later(id, lane string, at time.Time) storage.Job {
	j := job(id, lane)
	j.At = at
	return j
}

func ids(js []storage.Job) string {
	names := make([]string, len(js))
	for i, j := range js {
		names[i] = j.ID
	}
	return strings.Join(names, " ")
}

func sorted(js []storage.Job) string {
	names := strings.Fields(ids(js))
	slices.Sort(names)
	return strings.Join(names, " ")
}

func number(prefix string, n int) string { return fmt.Sprintf("%s%03d", prefix, n) }
