package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"olle/storage"
)

var replicas = []promise{
	{"four replicas given the same updates count each once", checkEveryUpdateOnce},
	{"every job is done once, in order, by any number of workers", checkEveryJobOnce},
	{"what is moved between documents is never lost or doubled", checkTransfers},
}

// checkEveryUpdateOnce feeds 500 updates to each of four replicas. Each update adds one to its subject's counter and causes one job.
func checkEveryUpdateOnce(b *bench) {
	const updates, subjects = 500, 8
	var wg sync.WaitGroup
	for r := range 4 {
		s := b.open()
		wg.Go(func() {
			for i := range updates {
				u := (i*(2*r+1) + r*37) % updates // each replica in an order of its own
				if err := count(b, s, u, subjects); err != nil {
					b.Errorf("update %d: %v", u, err)
					return
				}
			}
		})
	}
	wg.Wait()
	sum := 0
	for i := range subjects {
		n, _ := strconv.Atoi(string(b.load(number("count/", i)).Data))
		sum += n
	}
	if sum != updates {
		b.Fatalf("counted %d of %d updates", sum, updates)
	}
	js, err := b.s.Jobs(b.ctx, storage.Filter{}, "", 2*updates)
	if err != nil || len(js) != updates {
		b.Fatalf("%d jobs for %d updates, %v", len(js), updates, err)
	}
}

// count plays one update: decide on what was read, commit, and decide again after a conflict.
func count(b *bench, s storage.Store, u, subjects int) error {
	key := number("count/", u%subjects)
	current := storage.Doc{Key: key} // cold: the conflict is the load
	for {
		n, _ := strconv.Atoi(string(current.Data))
		_, err := s.Commit(b.ctx, storage.Batch{
			Once:  number("update/", u),
			Check: []storage.Doc{{Key: key, Rev: current.Rev}},
			Put:   []storage.Doc{doc(key, strconv.Itoa(n+1))},
			Push:  []storage.Job{job(fmt.Sprintf("reply/%d/%d", u, n+1), key)},
			Now:   b.clock.now(),
		})
		var c *storage.Conflict
		switch {
		case err == nil, errors.Is(err, storage.ErrSeen):
			return nil
		case errors.As(err, &c):
			current = c.Docs[0]
		default:
			return err
		}
	}
}

// checkEveryJobOnce lets four replicas push and work at once, and watches every lane.
func checkEveryJobOnce(b *bench) {
	const perLane, laneCount = 25, 8
	var mu sync.Mutex
	out := map[string]bool{} // lanes being worked on
	next := map[string]int{} // the number each lane expects
	finished, total := 0, perLane*laneCount
	begin := func(j storage.Job) {
		mu.Lock()
		defer mu.Unlock()
		if out[j.Lane] {
			b.Errorf("lane %s is worked on twice at once", j.Lane)
		}
		out[j.Lane] = true
		if want := number(j.Lane+"-", next[j.Lane]); j.ID != want {
			b.Errorf("lane %s: %s came, %s was next", j.Lane, j.ID, want)
		}
		next[j.Lane]++
	}
	end := func(j storage.Job) { mu.Lock(); out[j.Lane] = false; finished++; mu.Unlock() }
	all := func() bool { mu.Lock(); defer mu.Unlock(); return finished >= total }

	var wg sync.WaitGroup
	for r := range 4 {
		s := b.open()
		wg.Go(func() { pushLanes(b, s, r, 4, laneCount, perLane) })
		wg.Go(func() {
			for stop := time.Now().Add(15 * time.Second); !all() && time.Now().Before(stop); {
				js, err := s.Claim(b.ctx, storage.Claim{Queue: "q", N: 3, Now: b.clock.now(), Lease: long})
				if err != nil {
					b.Errorf("Claim: %v", err)
					return
				}
				for _, j := range js {
					begin(j)
					end(j)
					if _, err := s.Commit(b.ctx, storage.Batch{Done: []storage.Job{j}, Put: []storage.Doc{doc("done/"+j.ID, "x")}}); err != nil {
						b.Errorf("Commit: %v", err)
					}
				}
				if len(js) == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	wg.Wait()
	if finished != total || b.jobs(storage.Filter{}) != "" {
		b.Fatalf("finished %d of %d, left: %q", finished, total, b.jobs(storage.Filter{}))
	}
	if got := b.list("done/", "", 2*total); len(got) != total {
		b.Fatalf("%d of %d recorded", len(got), total)
	}
}

// pushLanes pushes the lanes r, r+step, … in order.
func pushLanes(b *bench, s storage.Store, r, step, laneCount, perLane int) {
	for i := range perLane {
		for l := r; l < laneCount; l += step {
			lane := number("l", l)
			if _, err := s.Commit(b.ctx, storage.Batch{Push: []storage.Job{job(number(lane+"-", i), lane)}, Now: b.clock.now()}); err != nil {
				b.Errorf("Commit: %v", err)
				return
			}
		}
	}
}

// checkTransfers moves units between accounts from several replicas; readers never see a unit missing in a conflict's documents.
func checkTransfers(b *bench) {
	const accounts, each, moves = 4, 100, 40
	for i := range accounts {
		b.put(number("account/", i), strconv.Itoa(each))
	}
	var wg sync.WaitGroup
	for r := range 4 {
		s := b.open()
		wg.Go(func() {
			for i := range moves {
				if err := transfer(b, s, (r+i)%accounts, (r+2*i+1)%accounts); err != nil {
					b.Errorf("transfer: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	sum := 0
	for i := range accounts {
		n, _ := strconv.Atoi(string(b.load(number("account/", i)).Data))
		sum += n
	}
	if sum != accounts*each {
		b.Fatalf("%d units, want %d", sum, accounts*each)
	}
}

func transfer(b *bench, s storage.Store, from, to int) error {
	if from == to {
		return nil
	}
	keys := []string{number("account/", from), number("account/", to)}
	docs, err := s.Load(b.ctx, keys...)
	for err == nil {
		x, y := amount(docs[0]), amount(docs[1])
		_, err = s.Commit(b.ctx, storage.Batch{Check: docs, Put: []storage.Doc{doc(keys[0], strconv.Itoa(x-1)), doc(keys[1], strconv.Itoa(y+1))}})
		var c *storage.Conflict
		if err == nil {
			return nil
		}
		if errors.As(err, &c) {
			docs, err = c.Docs, nil
		}
	}
	return err
}

func amount(d storage.Doc) (n int) {
	_ = json.Unmarshal(d.Data, &n)
	return n
}
