package storagetest

import (
	"strings"
	"time"

	"olle/storage"
)

var jobs = []promise{
	{"a claim brings what was pushed", func(b *bench) {
		at := b.clock.now().Add(-time.Minute)
		b.push(storage.Job{ID: "j", Queue: "q", Lane: "l", At: at, Bulk: true, Data: []byte("x\x00y")})
		j := b.claims(3, "j")[0]
		if j.Queue != "q" || j.Lane != "l" || !j.Bulk || !j.At.Equal(at) || string(j.Data) != "x\x00y" {
			b.Errorf("got %+v", j)
		}
		if !j.Born.Equal(b.clock.now()) || j.Seq == 0 || j.Token == 0 || j.Tries != 0 {
			b.Errorf("set by the store: %+v", j)
		}
		b.claims(3, "")
	}},
	{"a finished job is gone", func(b *bench) {
		b.push(job("a", "l"))
		j := b.claims(1, "a")[0]
		b.done(j)
		b.done(j) // twice is harmless
		b.claims(1, "")
		if got := b.jobs(storage.Filter{}); got != "" {
			b.Fatalf("left: %q", got)
		}
	}},
	{"pushing a waiting job again replaces it and keeps its birth", func(b *bench) {
		b.push(job("a", "l"))
		born := b.clock.now()
		before := b.only("a")
		b.clock.move(time.Hour)
		again := job("a", "m")
		again.Data = []byte("new")
		b.push(again)
		j := b.claims(9, "a")[0]
		if string(j.Data) != "new" || j.Lane != "m" || !j.Born.Equal(born) || j.Seq <= before.Seq {
			b.Fatalf("got %+v after %+v", j, before)
		}
		b.done(j)
		b.claims(9, "")
	}},
	{"a job replaced goes behind those pushed before it", func(b *bench) {
		b.push(job("a", "l"), job("b", "l"))
		b.push(job("a", "l"))
		b.done(b.claims(1, "b")...)
		b.done(b.claims(1, "a")...)
	}},
	{"finishing a job does not remove what was pushed anew under its ID", func(b *bench) {
		b.push(job("a", "l"))
		old := b.claims(1, "a")[0]
		again := job("a", "l")
		again.Data = []byte("new")
		b.push(again)
		b.done(old)
		if j := b.claims(1, "a")[0]; string(j.Data) != "new" || j.Seq == old.Seq {
			b.Fatalf("got %+v after %+v", j, old)
		}
	}},
	{"a job taken over by another worker is finished by whoever finishes it", func(b *bench) {
		b.push(job("a", "l"), job("b", "l"))
		slow := b.claimWith(b.s, storage.Claim{Queue: "q", N: 1, Lease: 50 * time.Millisecond})[0]
		fast := b.claimSoon("a")
		if fast.Token == slow.Token || fast.Seq != slow.Seq {
			b.Fatalf("token %d and %d, seq %d and %d", slow.Token, fast.Token, slow.Seq, fast.Seq)
		}
		b.done(slow) // the work is done, but the lane is the other worker's
		if got := b.jobs(storage.Filter{}); got != "b" {
			b.Fatalf("jobs are %q", got)
		}
		b.claims(1, "")
		b.done(fast)
		b.claims(1, "b")
	}},
	{"a claim lasts as long as it is prolonged, and no longer", func(b *bench) {
		b.push(job("a", "l"), job("b", "l"))
		slow := b.claimWith(b.s, storage.Claim{Queue: "q", N: 1, Lease: 300 * time.Millisecond})
		for end := time.Now().Add(900 * time.Millisecond); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			b.commit(storage.Batch{Keep: slow, KeepFor: 300 * time.Millisecond})
			b.claims(1, "")
		}
		fast := b.claimSoon("a")
		b.commit(storage.Batch{Keep: slow, KeepFor: time.Minute}) // too late: it is another's now
		b.commit(storage.Batch{Free: []storage.Job{fast}})
		b.claims(1, "a")
	}},
	{"giving back a job that another worker has does nothing", func(b *bench) {
		b.push(job("a", "l"))
		slow := b.claimWith(b.s, storage.Claim{Queue: "q", N: 1, Lease: 50 * time.Millisecond})[0]
		fast := b.claimSoon("a")
		b.commit(storage.Batch{Free: []storage.Job{slow}})
		b.claims(1, "")
		b.done(fast)
		b.claims(1, "")
	}},
	{"a dropped job never comes, claimed or not", func(b *bench) {
		b.push(job("a", "l"), job("b", "m"), job("c", "m"))
		a := b.claim(2)
		if sorted(a) != "a b" {
			b.Fatalf("claimed %q", ids(a))
		}
		b.commit(storage.Batch{Drop: []string{"b", "nothing"}})
		if got := b.jobs(storage.Filter{}); got != "a c" {
			b.Fatalf("jobs are %q", got)
		}
		b.done(a...)
		b.claims(2, "c")
		b.push(job("d", "n"))
		b.commit(storage.Batch{Drop: []string{"d"}})
		b.claims(2, "")
	}},
	{"an alarm waits for the program's clock", func(b *bench) {
		b.push(later("a", "l", b.clock.now().Add(time.Hour)))
		b.claims(1, "")
		b.clock.move(59 * time.Minute)
		b.claims(1, "")
		b.clock.move(time.Minute)
		b.claims(1, "a")
	}},
	{"a moved alarm strikes at its new time only", func(b *bench) {
		start := b.clock.now()
		b.push(later("a", "l", start.Add(time.Hour)))
		b.push(later("a", "l", start.Add(3*time.Hour)))
		b.clock.move(2 * time.Hour)
		b.claims(1, "")
		b.push(later("a", "l", start.Add(time.Hour)))
		b.done(b.claims(1, "a")...)
		b.clock.move(2 * time.Hour)
		b.claims(1, "")
	}},
	{"a job that waits for its time does not hold up its lane", func(b *bench) {
		b.push(later("tomorrow", "l", b.clock.now().Add(24*time.Hour)), job("now", "l"))
		b.done(b.claims(2, "now")...)
		b.claims(1, "")
		b.clock.move(25 * time.Hour)
		b.claims(1, "tomorrow")
	}},
	{"of alarms, the longest due comes first", func(b *bench) {
		now := b.clock.now()
		b.push(later("c", "l3", now.Add(3*time.Minute)), later("a", "l1", now.Add(time.Minute)), later("b", "l2", now.Add(2*time.Minute)))
		b.clock.move(time.Hour)
		b.claims(1, "a")
		b.claims(1, "b")
		b.claims(1, "c")
	}},
	{"queues do not see each other", func(b *bench) {
		other := job("b", "l")
		other.Queue = "other"
		b.push(job("a", "l"), other)
		b.claims(9, "a")
		if js := b.claimWith(b.s, storage.Claim{Queue: "other", N: 9, Lease: time.Minute}); ids(js) != "b" {
			b.Fatalf("got %q", ids(js))
		}
		if js := b.claimWith(b.s, storage.Claim{Queue: "none", N: 9, Lease: time.Minute}); len(js) != 0 {
			b.Fatalf("got %q", ids(js))
		}
	}},
	{"jobs are listed by ID, waiting and claimed", checkListing},
}

// only returns the one job with this ID prefix, from the listing.
func (b *bench) only(prefix string) storage.Job {
	b.Helper()
	js, err := b.s.Jobs(b.ctx, storage.Filter{Prefix: prefix}, "", 10)
	if err != nil || len(js) != 1 {
		b.Fatalf("Jobs: %d, %v", len(js), err)
	}
	return js[0]
}

func checkListing(b *bench) {
	other := job("b/2", "l9")
	other.Queue = "other"
	b.push(job("b/1", "l1"), job("a/1", "l2"), later("c/1", "l3", b.clock.now().Add(time.Hour)), other, bulk("b/3", "l4"))
	b.claim(1)
	for _, c := range []struct {
		f    storage.Filter
		want string
	}{
		{storage.Filter{}, "a/1 b/1 b/2 b/3 c/1"}, {storage.Filter{Prefix: "b/"}, "b/1 b/2 b/3"}, {storage.Filter{Queue: "q"}, "a/1 b/1 b/3 c/1"},
		{storage.Filter{Queue: "q", Prefix: "b/"}, "b/1 b/3"}, {storage.Filter{Queue: "none"}, ""}, {storage.Filter{Prefix: "d"}, ""},
	} {
		if got := b.jobs(c.f); got != c.want {
			b.Errorf("Jobs(%+v): %q, want %q", c.f, got, c.want)
		}
		var paged []string
		for after := ""; len(paged) < 9; after = paged[len(paged)-1] {
			js, err := b.s.Jobs(b.ctx, c.f, after, 1)
			if err != nil {
				b.Fatal(err)
			}
			if len(js) == 0 {
				break
			}
			paged = append(paged, ids(js))
		}
		if got := strings.Join(paged, " "); got != c.want {
			b.Errorf("Jobs(%+v) one by one: %q, want %q", c.f, got, c.want)
		}
	}
	c := b.only("c/1")
	if c.Lane != "l3" || c.Queue != "q" || !c.At.Equal(b.clock.now().Add(time.Hour)) || string(c.Data) != "data of c/1" || !c.Born.Equal(b.clock.now()) {
		b.Errorf("listed as %+v", c)
	}
}
