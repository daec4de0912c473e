package redis

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"olle/storage"
	"olle/storage/redis/redistest"
)

// TestABatchMayBeLarge: a script can hand a command, or unpack, only so many values at once.
func TestABatchMayBeLarge(t *testing.T) {
	s := open(t, Options{URL: redistest.Start(t)})
	ctx := t.Context()
	for _, n := range []int{16, 17, 1500} {
		b := storage.Batch{Once: fmt.Sprint(n), Hold: time.Minute, Now: time.Now()}
		for i := range n {
			id := fmt.Sprint(n, "/", i)
			b.Push = append(b.Push, storage.Job{ID: id, Queue: "q", Lane: id, Data: []byte(id)})
			b.Put = append(b.Put, storage.Doc{Key: "a/" + id, Data: []byte(id)})
			b.Check = append(b.Check, storage.Doc{Key: "a/" + id})
		}
		r, err := s.Commit(ctx, b)
		if err != nil || len(r.Held) != n {
			t.Fatalf("%d of %d held, %v", len(r.Held), n, err)
		}
		_, err = s.Commit(ctx, storage.Batch{Check: b.Check})
		var c *storage.Conflict
		if !errors.As(err, &c) || len(c.Docs) != n || string(c.Docs[n-1].Data) != fmt.Sprint(n, "/", n-1) || c.Docs[n-1].Rev != r.Rev {
			t.Fatalf("%v", err)
		}
		if _, err := s.Commit(ctx, storage.Batch{Done: r.Held}); err != nil {
			t.Fatal(err)
		}
		if jobs, err := s.Jobs(ctx, storage.Filter{}, "", 10); err != nil || len(jobs) != 0 {
			t.Fatalf("left: %+v, %v", jobs, err)
		}
	}
}
