package storagetest

import (
	"context"
	"time"

	"olle/storage"
)

var workers = []promise{
	{"a dead worker's job is offered again", func(b *bench) {
		b.push(job("a", "l"), job("b", "l"))
		first := b.claimWith(b.s, storage.Claim{Queue: "q", N: 1, Lease: short})[0]
		start := time.Now()
		second := b.claimSoon("a")
		if d := time.Since(start); d < short/2 {
			b.Fatalf("offered again after %v of %v", d, short)
		}
		if second.Tries != first.Tries+1 || second.Token == first.Token || string(second.Data) != string(first.Data) {
			b.Fatalf("came back as %+v after %+v", second, first)
		}
		b.done(second)
		b.claims(1, "b")
	}},
	{"tries count every claim", func(b *bench) {
		b.push(job("a", "l"))
		for i := range 4 {
			j := b.claims(1, "a")[0]
			if j.Tries != i {
				b.Fatalf("claim %d says %d tries", i+1, j.Tries)
			}
			b.commit(storage.Batch{Free: []storage.Job{j}})
		}
	}},
	{"a claim is kept by real time, not by the program's", func(b *bench) {
		b.push(job("a", "l"))
		b.claims(1, "a")
		b.clock.move(1000 * time.Hour)
		b.claims(1, "")
	}},
	{"a late worker still finishes what nobody took over", func(b *bench) {
		b.push(job("a", "l"), job("b", "l"))
		a := b.claimWith(b.s, storage.Claim{Queue: "q", N: 1, Lease: time.Millisecond})
		time.Sleep(20 * time.Millisecond)
		b.done(a...)
		b.claims(9, "b")
	}},
	{"work is taken by one replica only", func(b *bench) {
		other := b.open()
		b.push(job("a", "l"), job("b", "m"))
		c := storage.Claim{Queue: "q", N: 1, Lease: long, Now: b.clock.now()}
		x, y, z := b.claimWith(b.s, c), b.claimWith(other, c), b.claimWith(b.s, c)
		if len(x) != 1 || len(y) != 1 || len(z) != 0 || x[0].ID == y[0].ID {
			b.Fatalf("claimed %q, %q and %q", ids(x), ids(y), ids(z))
		}
		if _, err := other.Commit(b.ctx, storage.Batch{Done: x}); err != nil { // finished through another handle
			b.Fatal(err)
		}
		b.push(job("c", x[0].Lane))
		b.claims(1, "c")
	}},
	{"a lease has one owner", checkLease},
	{"an ended context ends the call", func(b *bench) {
		ctx, cancel := context.WithCancel(b.ctx)
		cancel()
		if _, err := b.s.Commit(ctx, storage.Batch{Put: []storage.Doc{doc("a/1", "x")}}); err == nil {
			b.Error("Commit went on")
		}
		b.put("a/2", "x") // the store is none the worse for it
	}},
}

func checkLease(b *bench) {
	other := b.open()
	lease := func(s storage.Store, name, owner string, d time.Duration) bool {
		b.Helper()
		ok, err := s.Lease(b.ctx, name, owner, d)
		if err != nil {
			b.Fatalf("Lease: %v", err)
		}
		return ok
	}
	expect := func(what string, got, want bool) {
		b.Helper()
		if got != want {
			b.Fatalf("%s: %v", what, got)
		}
	}
	expect("first taken", lease(b.s, "poll", "anna", long), true)
	expect("taken by another meanwhile", lease(other, "poll", "bert", long), false)
	expect("another name is free", lease(other, "poll2", "bert", long), true)
	expect("prolonged by its owner", lease(b.s, "poll", "anna", long), true)
	expect("given up by somebody else", lease(other, "poll", "bert", 0), false)
	expect("still owned after that", lease(other, "poll", "bert", long), false)
	expect("given up", lease(b.s, "poll", "anna", 0), true)
	expect("taken after it was given up", lease(other, "poll", "bert", short), true)
	start := time.Now()
	b.clock.move(time.Hour)
	expect("run out by the program's clock", lease(b.s, "poll", "anna", long), false)
	b.eventually("the lease runs out", func() bool { return lease(b.s, "poll", "anna", long) })
	if d := time.Since(start); d < short/2 {
		b.Fatalf("ran out after %v of %v", d, short)
	}
	expect("prolonged too late", lease(other, "poll", "bert", long), false)
}
