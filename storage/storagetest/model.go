package storagetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"olle/storage"
)

var random = []promise{
	{"whatever is done, the store does what a simple model does", checkModel},
}

// checkModel plays random batches, claims and hours on the store and on a model that fits on a page, and compares them.
// It ends after some seconds, with -full when rapid says so.
func checkModel(b *bench) {
	handles := []storage.Store{b.s, b.open(), b.open()}
	start, round := time.Now(), 0
	rapid.Check(b.T, func(t *rapid.T) {
		if !Full() && time.Since(start) > 4*time.Second {
			return
		}
		round++
		w := &world{T: t, b: b, handles: handles, name: fmt.Sprintf("w%d", round), docs: map[string]storage.Doc{},
			names: map[string]bool{}, jobs: map[string]*work{}, busy: map[string]*work{}, shut: map[string]bool{}}
		t.Repeat(map[string]func(*rapid.T){
			"commit": w.commit, "commit again": w.commit, "claim": w.claim, "claim another": w.claim, "pass": w.pass, "": w.compare,
		})
	})
}

// world is the model: what a store is, without durability, replicas or speed.
type world struct {
	*rapid.T
	b       *bench
	handles []storage.Store
	name    string // every key starts with it, so that worlds share a store
	docs    map[string]storage.Doc
	names   map[string]bool
	jobs    map[string]*work
	busy    map[string]*work // by lane; Token is the claim's
	shut    map[string]bool  // paused lanes; "": the queue
	pushes  int
	lastRev int64
}

// work is a job in the model; order is that of the pushes.
type work struct {
	storage.Job
	order   int
	claimed bool
}

func (w *world) store() storage.Store { return rapid.SampledFrom(w.handles).Draw(w.T, "handle") }
func (w *world) chance(percent int, label string) bool {
	return rapid.IntRange(1, 100).Draw(w.T, label) <= percent
}
func (w *world) pick(kind string, n int) string {
	return fmt.Sprintf("%s/%s%d", w.name, kind, rapid.IntRange(1, n).Draw(w.T, kind))
}

// pass lets the program's time go by.
func (w *world) pass(t *rapid.T) {
	w.b.clock.move(time.Duration(rapid.IntRange(1, 90).Draw(t, "minutes")) * time.Minute)
}

// commit writes a random batch.
func (w *world) commit(*rapid.T) {
	now := w.b.clock.now()
	x := storage.Batch{Now: now}
	if w.chance(30, "name it") {
		x.Once = w.pick("once", 12)
	}
	for range rapid.IntRange(0, 2).Draw(w.T, "checks") {
		d := storage.Doc{Key: w.pick("doc", 5)}
		d.Rev = w.living(d.Key).Rev
		if w.chance(15, "stale") {
			d.Rev += int64(rapid.IntRange(-1, 1).Draw(w.T, "off"))
		}
		x.Check = append(x.Check, d)
	}
	w.drawWork(&x)
	for range rapid.IntRange(0, 2).Draw(w.T, "puts") {
		d := storage.Doc{Key: w.pick("doc", 5)}
		if w.chance(75, "keep") {
			d.Data = rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(w.T, "data")
			if w.chance(30, "until") {
				d.Until = now.Add(time.Duration(rapid.IntRange(1, 100).Draw(w.T, "minutes")) * time.Minute)
			}
		}
		x.Put = append(x.Put, d)
	}
	r, err := w.store().Commit(w.b.ctx, x)
	if w.expect(x, err) {
		w.apply(x, r)
	}
}

// drawWork adds what a batch does to jobs: those claimed are finished or given back, others withdrawn, pushed or replaced.
func (w *world) drawWork(x *storage.Batch) {
	taken := map[string]bool{}
	for _, lane := range slices.Sorted(maps.Keys(w.busy)) {
		j := w.busy[lane]
		switch rapid.IntRange(1, 4).Draw(w.T, "fate of "+j.ID) {
		case 1, 2:
			x.Done = append(x.Done, j.Job)
		case 3:
			x.Free, taken[j.ID] = append(x.Free, j.Job), true
		default:
			taken[j.ID] = true
		}
	}
	if id := w.pick("job", 8); !taken[id] && w.chance(15, "drop") {
		x.Drop = append(x.Drop, id)
	}
	for range rapid.IntRange(0, 3).Draw(w.T, "pushes") {
		j := storage.Job{ID: w.pick("job", 8), Queue: w.name, Lane: w.pick("lane", 4), Bulk: w.chance(30, "bulk"), Data: []byte(w.pick("text", 99))}
		if w.chance(30, "later") {
			j.At = w.b.clock.now().Add(time.Duration(rapid.IntRange(-30, 120).Draw(w.T, "minutes")) * time.Minute)
		}
		if !taken[j.ID] {
			taken[j.ID] = true
			x.Push = append(x.Push, j)
		}
	}
	if w.chance(20, "pause") {
		p := storage.Pause{Queue: w.name, For: long * 10}
		if w.chance(70, "a lane") {
			p.Lane = w.pick("lane", 4)
		}
		if w.chance(60, "open") {
			p.For = -1
		}
		x.Pause = append(x.Pause, p)
	}
	if w.chance(40, "hold") {
		x.Hold = long * 10
	}
}

// expect says whether the batch should have been taken, and fails if the store disagrees.
func (w *world) expect(x storage.Batch, err error) bool {
	var want error
	if x.Once != "" && w.names[x.Once] {
		want = storage.ErrSeen
	} else {
		for _, d := range x.Check {
			if w.living(d.Key).Rev != d.Rev {
				want = storage.ErrConflict
			}
		}
	}
	if !errors.Is(err, want) {
		w.Fatalf("Commit(%+v): %v, want %v", x, err, want)
	}
	var c *storage.Conflict
	if errors.As(err, &c) {
		for i, d := range x.Check {
			w.same(c.Docs[i], w.living(d.Key))
		}
	}
	return want == nil
}

// living is the document as it is now.
func (w *world) living(key string) storage.Doc {
	d, there := w.docs[key]
	if !there || (!d.Until.IsZero() && !d.Until.After(w.b.clock.now())) {
		return storage.Doc{Key: key}
	}
	return d
}

// apply does to the model what the store did.
func (w *world) apply(x storage.Batch, r storage.Result) {
	if x.Once != "" {
		w.names[x.Once] = true
	}
	for _, j := range x.Done {
		delete(w.jobs, j.ID)
		delete(w.busy, j.Lane)
	}
	for _, j := range x.Free {
		w.jobs[j.ID].claimed = false
		delete(w.busy, j.Lane)
	}
	for _, id := range x.Drop {
		delete(w.jobs, id)
	}
	if len(x.Put) > 0 {
		if r.Rev <= w.lastRev {
			w.Fatalf("revision %d after %d", r.Rev, w.lastRev)
		}
		w.lastRev = r.Rev
	}
	for _, d := range x.Put {
		d.Rev = r.Rev
		if w.docs[d.Key] = d; d.Data == nil {
			delete(w.docs, d.Key)
		}
	}
	for _, j := range x.Push {
		w.pushes++
		j.Born = x.Now
		if old := w.jobs[j.ID]; old != nil {
			j.Born = old.Born
		}
		w.jobs[j.ID] = &work{Job: j, order: w.pushes}
	}
	for _, p := range x.Pause {
		w.shut[p.Lane] = p.For > 0
	}
	w.held(x, r.Held)
}

// held checks the jobs held and takes them in the model.
func (w *world) held(x storage.Batch, got []storage.Job) {
	must := map[string]bool{}
	for _, j := range x.Push {
		alone := 0
		for _, o := range w.jobs {
			if o.Lane == j.Lane {
				alone++
			}
		}
		if x.Hold > 0 && alone == 1 && w.head(j.Lane) != nil && !j.Bulk && !w.shut[""] {
			must[j.ID] = true
		}
	}
	for _, j := range got {
		pushed := slices.ContainsFunc(x.Push, func(p storage.Job) bool { return p.ID == j.ID })
		if h := w.head(j.Lane); x.Hold == 0 || !pushed || h == nil || h.ID != j.ID || j.Bulk || w.shut[""] {
			w.Fatalf("held %s, which no claim could have returned", j.ID)
		}
		w.take(j)
		delete(must, j.ID)
	}
	if len(must) > 0 {
		w.Fatalf("not held though nothing is in the way: %v", must)
	}
}

// head is the job a lane would give now; nil: none.
func (w *world) head(lane string) *work {
	if w.busy[lane] != nil || w.shut[lane] {
		return nil
	}
	var head *work
	for _, j := range w.jobs {
		if j.Lane != lane || j.At.After(w.b.clock.now()) {
			continue
		}
		if head == nil || head.Bulk && !j.Bulk || head.Bulk == j.Bulk && j.order < head.order {
			head = j
		}
	}
	return head
}

// take checks a claimed job against the model and claims it there.
func (w *world) take(got storage.Job) {
	j := w.jobs[got.ID]
	if got.Queue != w.name || got.Lane != j.Lane || got.Bulk != j.Bulk || !got.At.Equal(j.At) || string(got.Data) != string(j.Data) || !got.Born.Equal(j.Born) || got.Tries != j.Tries {
		w.Fatalf("claimed %+v, want %+v", got, j.Job)
	}
	j.Seq, j.Token, j.claimed = got.Seq, got.Token, true
	w.busy[j.Lane] = &work{Job: j.Job}
	j.Tries++
}

// claim takes work: the head of each lane, live before bulk.
func (w *world) claim(*rapid.T) {
	n := rapid.IntRange(1, 5).Draw(w.T, "n")
	live, bulk := 0, 0
	for i := range 4 {
		switch h := w.head(fmt.Sprintf("%s/lane%d", w.name, i+1)); {
		case h == nil || w.shut[""]:
		case h.Bulk:
			bulk++
		default:
			live++
		}
	}
	js, err := w.store().Claim(w.b.ctx, storage.Claim{Queue: w.name, N: n, Now: w.b.clock.now(), Lease: long * 10})
	if err != nil {
		w.Fatalf("Claim: %v", err)
	}
	gotLive := 0
	for i, j := range js {
		h := w.head(j.Lane)
		if h == nil || h.ID != j.ID || w.shut[""] {
			w.Fatalf("claimed %s, want %+v", j.ID, h)
		}
		if w.take(j); !j.Bulk {
			if gotLive++; i >= gotLive {
				w.Fatalf("a live job came behind bulk: %q", ids(js))
			}
		}
	}
	if gotLive != min(n, live) || len(js) > n || live == 0 && len(js) != min(n, bulk) {
		w.Fatalf("claimed %q of %d live and %d bulk lanes, up to %d", ids(js), live, bulk, n)
	}
}

// compare looks whether the store shows what the model holds.
func (w *world) compare(*rapid.T) {
	s := w.handles[0]
	var want []string
	for _, k := range slices.Sorted(maps.Keys(w.docs)) {
		if w.living(k).Rev != 0 {
			want = append(want, k)
		}
	}
	docs, err := s.List(w.b.ctx, w.name+"/", "", 100)
	if err != nil || len(docs) != len(want) {
		w.Fatalf("List: %d documents, %v; want %q", len(docs), err, want)
	}
	for i, d := range docs {
		w.same(d, w.living(want[i]))
	}
	js, err := s.Jobs(w.b.ctx, storage.Filter{Queue: w.name}, "", 100)
	if got, want := ids(js), strings.Join(slices.Sorted(maps.Keys(w.jobs)), " "); err != nil || got != want {
		w.Fatalf("Jobs: %q, %v; want %q", got, err, want)
	}
}

func (w *world) same(got, want storage.Doc) {
	if got.Key != want.Key || got.Rev != want.Rev || string(got.Data) != string(want.Data) || !got.Until.Equal(want.Until) || (got.Data == nil) != (want.Rev == 0) {
		w.Fatalf("document %+v, want %+v", got, want)
	}
}
