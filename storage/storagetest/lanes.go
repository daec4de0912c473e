package storagetest

import (
	"time"

	"olle/storage"
)

var lanes = []promise{
	{"a lane keeps the order of its pushes", func(b *bench) {
		for i := range 5 {
			b.push(job(number("x", 9-i), "l"), job(number("y", 9-i), "l"))
		}
		for i := range 5 {
			b.done(b.claims(9, number("x", 9-i))...)
			b.done(b.claims(9, number("y", 9-i))...)
		}
		b.claims(9, "")
	}},
	{"a lane has one job out at a time", func(b *bench) {
		b.push(job("a", "l"), job("b", "l"), job("c", "m"), job("d", "m"))
		first := b.claimsSet(9, "a c")
		b.claims(9, "")
		b.done(first...)
		b.claimsSet(9, "b d")
		b.claims(9, "")
	}},
	{"a job pushed to a busy lane waits", func(b *bench) {
		b.push(job("a", "l"))
		a := b.claims(1, "a")
		b.push(job("b", "l"))
		b.claims(1, "")
		b.done(a...)
		b.claims(1, "b")
	}},
	{"live overtakes bulk within a lane", func(b *bench) {
		b.push(bulk("b1", "l"), bulk("b2", "l"))
		b.push(job("a1", "l"), job("a2", "l"))
		for _, want := range []string{"a1", "a2", "b1", "b2"} {
			b.done(b.claims(9, want)...)
		}
	}},
	{"bulk comes behind whatever is live", func(b *bench) {
		for i := range 5 {
			b.push(bulk(number("b", i), number("bulk", i)))
		}
		b.push(job("a1", "l1"), job("a2", "l2"))
		first := b.claim(2)
		if sorted(first) != "a1 a2" {
			b.Fatalf("claimed %q before what is live", ids(first))
		}
		b.push(job("a3", "l3"))
		b.claims(1, "a3")
		if js := b.claim(9); len(js) != 5 {
			b.Fatalf("claimed %q when only bulk was left", ids(js))
		}
	}},
	{"a claim lists live before bulk", func(b *bench) {
		b.push(bulk("b1", "l1"), bulk("b2", "l2"))
		b.push(job("a1", "l3"))
		if js := b.claim(9); len(js) == 0 || js[0].ID != "a1" {
			b.Fatalf("claimed %q", ids(js))
		}
	}},
	{"a live job that cannot go now does not stop bulk", func(b *bench) {
		b.push(job("busy1", "busy"), job("busy2", "busy"), job("shut", "shut"), later("tomorrow", "l", b.clock.now().Add(24*time.Hour)))
		b.commit(storage.Batch{Pause: []storage.Pause{{Queue: "q", Lane: "shut", For: time.Minute}}})
		b.claims(9, "busy1")
		b.push(bulk("b", "m"))
		b.claims(9, "b")
	}},
	{"a flooded lane starves nobody", func(b *bench) { checkFlood(b, job) }},
	{"a lane flooded with bulk starves nobody", func(b *bench) { checkFlood(b, bulk) }},
	{"every lane gets its turn", func(b *bench) {
		const n = 6
		for i := range n {
			for k := range 4 {
				b.push(job(number("l", i)+number("-", k), number("l", i)))
			}
		}
		for k := range 4 { // one job at a time, yet never a second of any lane before the first of all
			seen := map[string]bool{}
			for range n {
				js := b.claim(1)
				if len(js) != 1 || seen[js[0].Lane] {
					b.Fatalf("round %d: %q came twice before others", k, ids(js))
				}
				seen[js[0].Lane] = true
				b.done(js...)
			}
		}
	}},
	{"lanes of one name in two queues are two", func(b *bench) {
		other := job("b", "l")
		other.Queue = "other"
		b.push(job("a", "l"))
		b.claims(1, "a")
		b.push(other)
		b.commit(storage.Batch{Pause: []storage.Pause{{Queue: "q", Lane: "l", For: time.Minute}}})
		if js := b.claimWith(b.s, storage.Claim{Queue: "other", N: 1, Lease: time.Minute}); ids(js) != "b" {
			b.Fatalf("got %q", ids(js))
		}
	}},
}

// checkFlood fills one lane with hundreds of jobs; another lane's single job must not wait for them.
func checkFlood(b *bench, kind func(id, lane string) storage.Job) {
	var flood []storage.Job
	for i := range 300 {
		flood = append(flood, kind(number("f", i), "flood"))
	}
	b.push(flood...)
	for round := range 3 {
		b.done(b.claim(1)...)
		want := number("guest", round)
		b.push(kind(want, "guest"))
		found := false
		for range 2 {
			js := b.claim(1)
			found = found || ids(js) == want
			b.done(js...)
		}
		if !found {
			b.Fatalf("%s waited behind the flood", want)
		}
	}
}
