package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

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
		benchFloor(b, s, 1, 1, func(i int64) []any {
			t := turn(i, 0)
			return s.request(&t).args
		})
	})
	b.Run("floor 64", func(b *testing.B) {
		s := open(b, Options{URL: url, Name: fmt.Sprint(b.Name(), b.N)})
		benchFloor(b, s, 2, 64, func(i int64) []any {
			t := turn(i, 0)
			return s.request(&t).args
		})
	})
	b.Run("floor empty", func(b *testing.B) {
		s := open(b, Options{URL: url, Name: fmt.Sprint(b.Name(), b.N)})
		benchFloor(b, s, 2, 64, func(i int64) []any { return []any{"eval", "return 1", 0} })
	})
}

func benchFloor(b *testing.B, s *Store, streams int, width int64, args func(i int64) []any) {
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
					pipe.Do(context.Background(), a...)
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

// BenchmarkTalk commits the turns of people who talk: each ends the reply before it, in the same lane. It also says what Redis itself
// takes for one, in processor time and commands.
func BenchmarkTalk(b *testing.B) {
	server := redistest.NewServer(b)
	admin := server.Client(nil)
	ctx := context.Background()
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := open(b, Options{URL: server.URL(), Name: fmt.Sprint(b.Name(), b.N)})
			event, err := s.Commit(ctx, storage.Batch{Put: []storage.Doc{{Key: "event/e", Data: []byte("{}")}, {Key: "at/e", Data: []byte("{}")}}})
			if err != nil {
				b.Fatal(err)
			}
			revs, held := make([]int64, n), make([][]storage.Job, n)
			cpu, calls := spent(b, admin)
			parallel(b, n, func(g int64) {
				t := turn(g, revs[g])
				t.Check = append(t.Check, storage.Doc{Key: "event/e", Rev: event.Rev}, storage.Doc{Key: "at/e", Rev: event.Rev})
				t.Done, t.Rates = held[g], map[string]storage.Rate{"telegram": {PerSecond: 1e6, Burst: 1e6}}
				r, err := s.Commit(ctx, t)
				if err != nil || len(r.Held) != 1 {
					b.Error(r, err)
				}
				revs[g], held[g] = r.Rev, r.Held
			})
			cpuEnd, callsEnd := spent(b, admin)
			b.ReportMetric((cpuEnd-cpu)*1e6/float64(b.N), "µs-redis/op")
			b.ReportMetric((callsEnd-calls)/float64(b.N), "commands/op")
		})
	}
}

// spent is what a server has spent so far: seconds of processor time, and commands.
func spent(b *testing.B, admin *goredis.Client) (cpu, calls float64) {
	raw, err := admin.Info(context.Background(), "everything").Result()
	if err != nil {
		b.Fatal(err)
	}
	for key, value := range parseInfo(raw) {
		switch {
		case key == "used_cpu_user", key == "used_cpu_sys":
			n, _ := strconv.ParseFloat(value, 64)
			cpu += n
		case strings.HasPrefix(key, "cmdstat_"):
			n, _ := strconv.ParseFloat(strings.TrimPrefix(strings.SplitN(value, ",", 2)[0], "calls="), 64)
			calls += n
		}
	}
	return cpu, calls
}
