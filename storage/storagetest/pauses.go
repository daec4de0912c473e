package storagetest

import (
	"math"
	"sync"
	"time"

	"olle/storage"
)

// short is a real-time span the tests wait for; long is one that does not end within a test.
const (
	short = 150 * time.Millisecond
	long  = time.Minute
)

func pause(lane string, d time.Duration) storage.Batch {
	return storage.Batch{Pause: []storage.Pause{{Queue: "q", Lane: lane, For: d}}}
}

var pauses = []promise{
	{"a paused lane rests while others go on", func(b *bench) {
		b.push(job("a", "l"), job("b", "m"))
		start := time.Now()
		b.commit(pause("l", short))
		b.claims(9, "b")
		b.claimSoon("a")
		if d := time.Since(start); d < short {
			b.Fatalf("opened after %v", d)
		}
	}},
	{"a paused queue rests, and loses nothing", func(b *bench) {
		b.push(job("a", "l"), job("b", "m"))
		start := time.Now()
		b.commit(pause("", short))
		b.push(job("c", "n"))
		b.claims(9, "")
		b.claimSoon("a")
		if d := time.Since(start); d < short {
			b.Fatalf("opened after %v", d)
		}
		b.claimsSet(9, "b c")
	}},
	{"a pause is counted in real time", func(b *bench) {
		b.push(job("a", "l"))
		b.commit(pause("l", long))
		b.clock.move(24 * time.Hour)
		b.claims(1, "")
	}},
	{"the longer pause stays", func(b *bench) {
		b.push(job("a", "l"))
		for _, lane := range []string{"l", ""} {
			b.commit(pause(lane, long))
			b.commit(pause(lane, time.Millisecond))
			time.Sleep(20 * time.Millisecond)
			b.claims(1, "")
			b.commit(pause(lane, -1))
		}
		b.claims(1, "a")
	}},
	{"a negative pause opens at once", func(b *bench) {
		b.push(job("a", "l"))
		b.commit(pause("l", long))
		b.claims(1, "")
		b.commit(pause("l", -1))
		b.done(b.claims(1, "a")...)
		b.push(job("b", "l"))
		b.commit(pause("", long))
		b.claims(1, "")
		b.commit(pause("", -1))
		b.claims(1, "b")
	}},
	{"opening a busy lane does not free it", func(b *bench) {
		b.push(job("a", "l"), job("b", "l"))
		a := b.claims(1, "a")
		b.commit(pause("l", -1))
		b.claims(1, "")
		b.done(a...)
		b.claims(1, "b")
	}},
	{"a lane may be paused before it has a job", func(b *bench) {
		b.commit(pause("l", long))
		b.push(job("a", "l"))
		b.claims(1, "")
		b.commit(pause("l", -1))
		b.claims(1, "a")
	}},
	{"a job given back keeps its place while its lane rests", func(b *bench) {
		b.push(job("a", "l"), job("b", "l"))
		a := b.claims(1, "a")
		b.commit(storage.Batch{Free: a, Pause: []storage.Pause{{Queue: "q", Lane: "l", For: short}}})
		b.claims(9, "")
		again := b.claimSoon("a")
		if again.Tries != 1 || again.Seq != a[0].Seq || again.Token == a[0].Token {
			b.Fatalf("came back as %+v after %+v", again, a[0])
		}
		b.done(again)
		b.claims(1, "b")
	}},
	{"a rate bounds claims", func(b *bench) {
		c := storage.Claim{Queue: "q", N: 100, Lease: long, Rate: storage.Rate{PerSecond: 2, Burst: 3}}
		for i := range 20 {
			b.push(job(number("j", i), number("l", i)))
		}
		if js := b.claimWith(b.s, c); len(js) != 3 {
			b.Fatalf("%d jobs at first, want the burst of 3", len(js))
		}
		if js := b.claimWith(b.s, c); len(js) > 1 {
			b.Fatalf("%d jobs at once after the burst", len(js))
		}
		c.Rate = storage.Rate{}
		if js := b.claimWith(b.s, c); len(js) < 16 {
			b.Fatalf("%d jobs without a rate", len(js))
		}
	}},
	{"a part of the burst is kept for live jobs", func(b *bench) {
		rate := storage.Rate{PerSecond: 0.1, Burst: 4, Spare: 2}
		for i := range 5 {
			j := job(number("bulk", i), number("l", i))
			j.Bulk = true
			b.push(j)
		}
		c := storage.Claim{Queue: "q", N: 9, Lease: long, Rate: rate}
		if js := b.claimWith(b.s, storage.Claim{Queue: "q", N: 9, Lease: long, Rate: rate, Live: true}); len(js) != 0 {
			b.Fatalf("%d bulk jobs for who wants live ones", len(js))
		}
		if js := b.claimWith(b.s, c); len(js) != 2 {
			b.Fatalf("%d bulk jobs, want the 2 that leave 2", len(js))
		}
		b.push(job("a", "m"), job("b", "n"), job("c", "o"))
		if js := b.claimWith(b.s, c); len(js) != 2 || js[0].Bulk || js[1].Bulk {
			b.Fatalf("claimed %v, want the live ones the rate still allows", js)
		}
	}},
	{"after its pause a queue goes on without a burst", func(b *bench) {
		for i := range 9 {
			b.push(job(number("a", i), number("l", i)))
		}
		c := storage.Claim{Queue: "q", N: 9, Lease: long, Rate: storage.Rate{PerSecond: 0.1, Burst: 4}}
		b.commit(storage.Batch{Pause: []storage.Pause{{Queue: "q", For: 50 * time.Millisecond}}})
		time.Sleep(60 * time.Millisecond)
		if js := b.claimWith(b.s, c); len(js) != 1 {
			b.Fatalf("%d jobs right after a pause, want 1", len(js))
		}
		if js := b.claimWith(b.s, c); len(js) != 0 {
			b.Fatalf("%d more jobs right after a pause", len(js))
		}
		held := storage.Batch{Push: []storage.Job{job("b", "m")}, Hold: long, Rates: map[string]storage.Rate{"q": c.Rate}}
		if r := b.commit(held); len(r.Held) != 0 {
			b.Fatal("a pushed job came back held, past the rate")
		}
	}},
	{"a queue that was opened again at once has its burst", func(b *bench) {
		for i := range 9 {
			b.push(job(number("a", i), number("l", i)))
		}
		b.commit(storage.Batch{Pause: []storage.Pause{{Queue: "q", For: time.Hour}}})
		b.commit(storage.Batch{Pause: []storage.Pause{{Queue: "q", For: -1}}})
		c := storage.Claim{Queue: "q", N: 9, Lease: long, Rate: storage.Rate{PerSecond: 0.1, Burst: 4}}
		if js := b.claimWith(b.s, c); len(js) != 4 {
			b.Fatalf("%d jobs after the queue was opened, want the burst of 4", len(js))
		}
	}},
	{"a rate without a burst lets one go at once", func(b *bench) {
		b.push(job("a", "l"), job("b", "m"))
		c := storage.Claim{Queue: "q", N: 9, Lease: long, Rate: storage.Rate{PerSecond: 0.1}}
		if js := b.claimWith(b.s, c); len(js) != 1 {
			b.Fatalf("%d jobs", len(js))
		}
		if js := b.claimWith(b.s, c); len(js) != 0 {
			b.Fatalf("%d jobs more", len(js))
		}
	}},
	{"what is not there does not use up the rate", func(b *bench) {
		c := storage.Claim{Queue: "q", N: 9, Lease: long, Rate: storage.Rate{PerSecond: 0.1, Burst: 2}}
		for range 5 {
			b.claimWith(b.s, c)
		}
		b.push(job("a", "l"), job("b", "m"))
		if js := b.claimWith(b.s, c); len(js) != 2 {
			b.Fatalf("%d jobs", len(js))
		}
	}},
	{"a rate is shared by all replicas", checkSharedRate},
}

func checkSharedRate(b *bench) {
	const perSecond, burst, window = 100.0, 5, 600 * time.Millisecond
	for i := range 400 {
		b.push(job(number("j", i), number("l", i)))
	}
	var mu sync.Mutex
	total := 0
	start := time.Now()
	var wg sync.WaitGroup
	for range 4 {
		s := b.open()
		wg.Go(func() {
			for time.Since(start) < window {
				js, err := s.Claim(b.ctx, storage.Claim{Queue: "q", N: 10, Now: b.clock.now(), Lease: long, Rate: storage.Rate{PerSecond: perSecond, Burst: burst}})
				if err != nil {
					b.Errorf("Claim: %v", err)
					return
				}
				mu.Lock()
				total += len(js)
				mu.Unlock()
				time.Sleep(3 * time.Millisecond)
			}
		})
	}
	wg.Wait()
	most := int(math.Ceil(perSecond*time.Since(start).Seconds())) + burst + 1
	least := int(perSecond * window.Seconds() / 2)
	if total > most || total < least {
		b.Fatalf("%d jobs in %v, want %d to %d", total, time.Since(start), least, most)
	}
}
