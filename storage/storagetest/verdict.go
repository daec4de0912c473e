package storagetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"olle/storage"
)

// left is an unfinished job of the child as listed after the kill.
type left struct {
	queue, lane string
	bulk        bool
	seq         int64
}

// verdict looks through a store whose writers were killed.
type verdict struct {
	*testing.T
	s     storage.Store
	round int
	acked [writers]int
}

func (v verdict) check() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	turns, finished, waiting := v.keys(ctx, "turn/"), v.keys(ctx, "done/"), v.jobs(ctx)
	for name := range turns { // a turn's job waits or is finished, never both, never neither
		if _, waits := waiting[name]; waits == finished[name] {
			v.Errorf("round %d: turn %s: job waits %v, finished %v", v.round, name, waits, finished[name])
		}
	}
	if len(turns) != len(waiting)+len(finished) {
		v.Errorf("round %d: %d turns, but %d jobs and %d finished", v.round, len(turns), len(waiting), len(finished))
	}
	for g := range writers {
		v.writer(ctx, g, turns)
		v.work(ctx, fmt.Sprintf("kill-%d", g), waiting)
	}
	r, err := v.s.Commit(ctx, storage.Batch{Put: []storage.Doc{doc("probe/1", "x")}})
	if err != nil || r.Rev <= v.newest(ctx) {
		v.Errorf("round %d: the first commit after the kill has revision %d of %d, %v", v.round, r.Rev, v.newest(ctx), err)
	}
}

// newest is the highest revision among the pairs, which every commit of the child wrote.
func (v verdict) newest(ctx context.Context) int64 {
	docs, err := v.s.List(ctx, "pair/", "", 100)
	if err != nil {
		v.Fatalf("round %d: List: %v", v.round, err)
	}
	rev := int64(0)
	for _, d := range docs {
		rev = max(rev, d.Rev)
	}
	return rev
}

// work claims the head of every lane of a queue and gives it back: what was left by the dead can be worked on, in order.
func (v verdict) work(ctx context.Context, queue string, waiting map[string]left) {
	heads := map[string]string{}
	for name, j := range waiting {
		h, there := waiting[heads[j.lane]]
		if j.queue == queue && (!there || h.bulk && !j.bulk || h.bulk == j.bulk && j.seq < h.seq) {
			heads[j.lane] = name
		}
	}
	time.Sleep(2 * time.Millisecond) // the dead worker's leases
	js, err := v.s.Claim(ctx, storage.Claim{Queue: queue, N: 100, Now: time.Now(), Lease: time.Minute})
	more, err2 := v.s.Claim(ctx, storage.Claim{Queue: queue, N: 100, Now: time.Now(), Lease: time.Minute}) // bulk may need a second call
	js = append(js, more...)
	if err := errors.Join(err, err2); err != nil || len(js) != len(heads) {
		v.Errorf("round %d: %s: claimed %d jobs of %d lanes, %v", v.round, queue, len(js), len(heads), err)
	}
	for _, j := range js {
		if name := strings.TrimPrefix(j.ID, "job/"); heads[j.Lane] != name {
			v.Errorf("round %d: %s: %s came first in %s, want %s", v.round, queue, name, j.Lane, heads[j.Lane])
		}
	}
	if _, err := v.s.Commit(ctx, storage.Batch{Free: js}); err != nil {
		v.Errorf("round %d: %v", v.round, err)
	}
}

// writer checks one writer's commits of this round: all acknowledged, at most one beyond, no gap, and the pair agrees.
func (v verdict) writer(ctx context.Context, g int, turns map[string]bool) {
	n := 0
	for turns[turnName(v.round, g, n)] {
		n++
	}
	if n < v.acked[g] || n > v.acked[g]+1 {
		v.Errorf("round %d: writer %d had %d acknowledged, %d are there", v.round, g, v.acked[g], n)
	}
	docs, err := v.s.Load(ctx, fmt.Sprintf("pair/left-%d", g), fmt.Sprintf("pair/right-%d", g))
	if err != nil {
		v.Fatalf("round %d: %v", v.round, err)
	}
	if string(docs[0].Data) != string(docs[1].Data) || docs[0].Rev != docs[1].Rev {
		v.Errorf("round %d: the pair of writer %d is %q and %q", v.round, g, docs[0].Data, docs[1].Data)
	}
	if n > 0 && string(docs[0].Data) != turnName(v.round, g, n-1) {
		v.Errorf("round %d: the pair of writer %d is %q after %d commits", v.round, g, docs[0].Data, n)
	}
	for i := max(0, n-25); i <= n; i++ {
		_, err := v.s.Commit(ctx, storage.Batch{Once: "turn/" + turnName(v.round, g, i), Check: []storage.Doc{{Key: "no/such", Rev: 1}}})
		want := storage.ErrSeen
		if i == n {
			want = storage.ErrConflict // never committed, so its name is free
		}
		if !errors.Is(err, want) {
			v.Errorf("round %d: the name of writer %d's commit %d of %d: %v, want %v", v.round, g, i, n, err, want)
		}
	}
}

// keys lists the names of all documents of a kind.
func (v verdict) keys(ctx context.Context, kind string) map[string]bool {
	names := map[string]bool{}
	for after := ""; ; {
		docs, err := v.s.List(ctx, kind, after, 1000)
		if err != nil {
			v.Fatalf("round %d: List: %v", v.round, err)
		}
		for _, d := range docs {
			name := strings.TrimPrefix(d.Key, kind)
			names[name] = true
			if kind == "turn/" && (len(d.Data) == 0 || strings.ReplaceAll(string(d.Data), name, "") != "") {
				v.Errorf("round %d: %s holds %q", v.round, d.Key, d.Data)
			}
			after = d.Key
		}
		if len(docs) < 1000 {
			return names
		}
	}
}

// jobs lists all jobs by name.
func (v verdict) jobs(ctx context.Context) map[string]left {
	names := map[string]left{}
	for after := ""; ; {
		js, err := v.s.Jobs(ctx, storage.Filter{Prefix: "job/"}, after, 1000)
		if err != nil {
			v.Fatalf("round %d: Jobs: %v", v.round, err)
		}
		for _, j := range js {
			if string(j.Data) != strings.TrimPrefix(j.ID, "job/") {
				v.Errorf("round %d: %s holds %q", v.round, j.ID, j.Data)
			}
			names[string(j.Data)] = left{j.Queue, j.Lane, j.Bulk, j.Seq}
			after = j.ID
		}
		if len(js) < 1000 {
			return names
		}
	}
}
