package storagetest

import (
	"time"

	"olle/storage"
)

// held pushes jobs with Hold and returns those that came back claimed.
func (b *bench) held(batch storage.Batch) []storage.Job {
	b.Helper()
	if batch.Hold == 0 {
		batch.Hold = long
	}
	return b.commit(batch).Held
}

// holds checks the IDs of the held jobs.
func (b *bench) holds(want string, js ...storage.Job) []storage.Job {
	b.Helper()
	got := b.held(storage.Batch{Push: js})
	if ids(got) != want {
		b.Fatalf("held %q, want %q", ids(got), want)
	}
	return got
}

var holds = []promise{
	{"a reply that could go now comes back claimed", func(b *bench) {
		j := b.holds("a", job("a", "l"))[0]
		if j.Seq == 0 || j.Token == 0 || j.Tries != 0 || !j.Born.Equal(b.clock.now()) || string(j.Data) != "data of a" || j.Queue != "q" || j.Lane != "l" {
			b.Errorf("held as %+v", j)
		}
		b.claims(9, "") // it is claimed
		b.done(j)
		if got := b.jobs(storage.Filter{}); got != "" {
			b.Errorf("left: %q", got)
		}
	}},
	{"without hold nothing is held", func(b *bench) {
		if r := b.commit(storage.Batch{Push: []storage.Job{job("a", "l")}}); len(r.Held) != 0 {
			b.Fatalf("held %q", ids(r.Held))
		}
		b.claims(9, "a")
	}},
	{"several lanes are held at once", func(b *bench) {
		got := b.held(storage.Batch{Push: []storage.Job{job("a", "l"), job("b", "m"), job("c", "n")}})
		if sorted(got) != "a b c" {
			b.Fatalf("held %q", ids(got))
		}
	}},
	{"of one lane at most the first is held", func(b *bench) {
		got := b.held(storage.Batch{Push: []storage.Job{job("a", "l"), job("b", "l")}})
		if got := ids(got); got != "" && got != "a" {
			b.Fatalf("held %q", got)
		}
		if len(got) == 0 {
			got = b.claims(9, "a")
		}
		b.claims(9, "")
		b.done(got...)
		b.claims(9, "b")
	}},
	{"bulk and alarms are not held", func(b *bench) {
		b.holds("", bulk("a", "l"), later("b", "m", b.clock.now().Add(time.Hour)))
		b.holds("c", later("c", "n", b.clock.now()))
	}},
	{"a lane that is busy or has others waiting holds nothing", func(b *bench) {
		b.push(job("a", "l"))
		b.holds("", job("b", "l")) // a waits
		a := b.claims(1, "a")
		b.holds("", job("c", "l")) // a is out
		b.done(a...)
		b.holds("", job("d", "l")) // b and c wait
		for _, want := range []string{"b", "c", "d"} {
			b.done(b.claims(9, want)...)
		}
		b.holds("e", job("e", "l"))
	}},
	{"a finished job makes room for the next in the same batch", func(b *bench) {
		a := b.holds("a", job("a", "l"))
		got := b.held(storage.Batch{Done: a, Push: []storage.Job{job("b", "l")}})
		if ids(got) != "b" {
			b.Fatalf("held %q", ids(got))
		}
	}},
	{"a paused lane or queue holds nothing", func(b *bench) {
		b.commit(pause("l", long))
		b.holds("", job("a", "l"))
		b.holds("b", job("b", "m"))
		b.commit(pause("", long))
		b.holds("", job("c", "n"))
		b.commit(pause("", -1))
		b.claims(9, "c")
		got := b.held(storage.Batch{Push: []storage.Job{job("d", "o")}, Pause: []storage.Pause{{Queue: "q", Lane: "o", For: long}}})
		if len(got) != 0 {
			b.Fatalf("held %q though the batch paused its lane", ids(got))
		}
	}},
	{"held jobs draw on the rate", func(b *bench) {
		rate := storage.Rate{PerSecond: 0.1, Burst: 2}
		got := b.held(storage.Batch{Rates: map[string]storage.Rate{"q": rate}, Push: []storage.Job{job("a", "l"), job("b", "m"), job("c", "n")}})
		if len(got) != 2 {
			b.Fatalf("held %q, want two", ids(got))
		}
		if js := b.claimWith(b.s, storage.Claim{Queue: "q", N: 9, Lease: long, Rate: rate}); len(js) != 0 {
			b.Fatalf("claimed %q beyond the rate", ids(js))
		}
		if js := b.claim(9); len(js) != 1 {
			b.Fatalf("claimed %q without a rate", ids(js))
		}
	}},
	{"a held job is offered again when its time is up", func(b *bench) {
		got := b.held(storage.Batch{Hold: short, Push: []storage.Job{job("a", "l")}})
		if ids(got) != "a" {
			b.Fatalf("held %q", ids(got))
		}
		b.claims(1, "")
		if again := b.claimSoon("a"); again.Tries != 1 || again.Token == got[0].Token {
			b.Fatalf("came back as %+v", again)
		}
	}},
}
