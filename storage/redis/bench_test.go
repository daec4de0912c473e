package redis

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"olle/storage"
	"olle/storage/redis/redistest"
)

// turn is a commit in one round trip: a name, one document checked and written, one reply pushed and held.
func turn(i int64, rev int64) storage.Batch {
	person := fmt.Sprintf("person/%d", i)
	return storage.Batch{
		Once: fmt.Sprintf("update/%d/%d", i, rev), Check: []storage.Doc{{Key: person, Rev: rev}},
		Put:  []storage.Doc{{Key: person, Data: []byte(strings.Repeat("x", 600))}},
		Push: []storage.Job{{ID: fmt.Sprintf("m/%d/%d", i, rev), Queue: "telegram", Lane: person, Data: []byte(strings.Repeat("y", 200))}},
		Hold: time.Minute, Now: time.Now(),
	}
}

// parallel runs work from n goroutines, b.N times in all.
func parallel(b *testing.B, n int, work func(g int64)) {
	b.ReportAllocs()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for g := range n {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				work(int64(g))
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "/s")
}

// BenchmarkCommit commits turns whose document is known. The floors send the very same script calls by hand: "floor 1" one after
// the other, "floor 64" in two streams of pipelines of 64, which is the most Redis takes of them. "floor empty" is the latter with a
// script that does nothing.
func BenchmarkCommit(b *testing.B) {
	url := redistest.Start(b)
	ctx := context.Background()
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := open(b, Options{URL: url, Name: fmt.Sprint(b.Name(), b.N)})
			var person atomic.Int64 // a new one each time, as for the floors: every reply is held
			parallel(b, n, func(int64) {
				if r, err := s.Commit(ctx, turn(person.Add(1), 0)); err != nil || len(r.Held) != 1 {
					b.Error(r, err)
				}
			})
		})
	}
	b.Run("floor 1", func(b *testing.B) {
		s := open(b, Options{URL: url, Name: fmt.Sprint(b.Name(), b.N)})
		benchFloor(b, s, 1, 1, commitScript, func(i int64) []any {
			t := turn(i, 0)
			return s.commitArgs(&t)
		})
	})
	b.Run("floor 64", func(b *testing.B) {
		s := open(b, Options{URL: url, Name: fmt.Sprint(b.Name(), b.N)})
		benchFloor(b, s, 2, 64, commitScript, func(i int64) []any {
			t := turn(i, 0)
			return s.commitArgs(&t)
		})
	})
	b.Run("floor empty", func(b *testing.B) {
		s := open(b, Options{URL: url, Name: fmt.Sprint(b.Name(), b.N)})
		benchFloor(b, s, 2, 64, loadScript, func(i int64) []any { return nil })
	})
}

func benchFloor(b *testing.B, s *Store, streams int, width int64, sc *script, args func(i int64) []any) {
	var next atomic.Int64
	calls := make([][]any, b.N)
	for i := range calls {
		calls[i] = args(int64(i))
	}
	home, err := s.servers.home(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	var wg sync.WaitGroup
	for range streams {
		wg.Go(func() {
			for {
				end := next.Add(width)
				if end-width >= int64(b.N) {
					return
				}
				pipe := home.Pipeline()
				for _, a := range calls[end-width : min(end, int64(b.N))] {
					pipe.EvalSha(context.Background(), sc.sha, []string{s.root}, a...)
				}
				if _, err := pipe.Exec(context.Background()); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "/s")
}

// BenchmarkClaimAndDone claims ten jobs and finishes them one by one; one operation is all eleven calls.
func BenchmarkClaimAndDone(b *testing.B) {
	url := redistest.Start(b)
	ctx := context.Background()
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := open(b, Options{URL: url, Name: fmt.Sprint(b.Name(), b.N)})
			for i := 0; i < b.N*10; i += 1000 {
				var batch storage.Batch
				for k := range 1000 {
					id := fmt.Sprint(i + k)
					batch.Push = append(batch.Push, storage.Job{ID: id, Queue: "q", Lane: id, Data: []byte(strings.Repeat("y", 200))})
				}
				if _, err := s.Commit(ctx, batch); err != nil {
					b.Fatal(err)
				}
			}
			parallel(b, n, func(int64) {
				jobs, err := s.Claim(ctx, storage.Claim{Queue: "q", N: 10, Now: time.Now(), Lease: time.Minute})
				if err != nil || len(jobs) == 0 {
					b.Error(len(jobs), err)
				}
				for _, j := range jobs {
					if _, err := s.Commit(ctx, storage.Batch{Done: []storage.Job{j}}); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	url := redistest.Start(b)
	ctx := context.Background()
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := open(b, Options{URL: url, Name: fmt.Sprint(b.Name(), b.N)})
			if _, err := s.Commit(ctx, turn(1, 0)); err != nil {
				b.Fatal(err)
			}
			parallel(b, n, func(int64) {
				if docs, err := s.Load(ctx, "person/1"); err != nil || docs[0].Rev == 0 {
					b.Error(err)
				}
			})
		})
	}
}
