package storagetest

import (
	"time"

	"olle/storage"
)

var backlogs = []promise{
	{"an empty queue has no backlog", func(b *bench) { b.waits(storage.Backlog{}) }},
	{"the oldest live job counts from its first push, claimed or paused", func(b *bench) {
		born := b.clock.now()
		b.push(job("a", "l1"))
		b.clock.move(time.Minute)
		b.push(job("b", "l2"), bulk("c", "l3"), job("a2", "l1"))
		b.waits(storage.Backlog{Oldest: born, Lanes: 3})
		js := b.claim(1)
		b.waits(storage.Backlog{Oldest: born, Lanes: 2, Busy: 1})
		b.commit(storage.Batch{Free: js, Pause: []storage.Pause{{Queue: "q", Lane: js[0].Lane, For: time.Minute}}})
		b.waits(storage.Backlog{Oldest: born, Lanes: 2, Busy: 1})
	}},
	{"bulk jobs may wait; what is not due does not wait", func(b *bench) {
		b.push(bulk("c", "l3"))
		b.waits(storage.Backlog{Lanes: 1})
		at := b.clock.now().Add(time.Hour)
		b.push(later("d", "l4", at))
		b.waits(storage.Backlog{Lanes: 1, Later: 1})
		b.clock.move(2 * time.Hour)
		b.claims(1, "d")
		b.waits(storage.Backlog{Oldest: at, Lanes: 1, Busy: 1})
	}},
}

// waits checks the backlog of queue "q".
func (b *bench) waits(want storage.Backlog) {
	b.Helper()
	got, err := b.s.Backlog(b.ctx, "q")
	if err != nil {
		b.Fatal(err)
	}
	if !got.Oldest.Equal(want.Oldest) {
		b.Fatalf("the oldest has waited since %v, want %v", got.Oldest, want.Oldest)
	}
	if got.Oldest = want.Oldest; got != want {
		b.Fatalf("backlog %+v, want %+v", got, want)
	}
}
