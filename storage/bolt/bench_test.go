package bolt

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"olle/storage"
)

// turn is a typical batch: a name, a conversation's document of 600 bytes, one reply, and the reply before it finished.
func turn(g, i int, rev int64, last storage.Job) storage.Batch {
	key := fmt.Sprintf("person/%d", g)
	b := storage.Batch{
		Once:  fmt.Sprintf("telegram/%d/%d", g, i),
		Check: []storage.Doc{{Key: key, Rev: rev}},
		Put:   []storage.Doc{{Key: key, Data: make([]byte, 600)}},
		Push:  []storage.Job{{ID: fmt.Sprintf("reply/%d/%d", g, i), Queue: "telegram", Lane: key, Data: make([]byte, 200)}},
		Hold:  time.Minute,
	}
	if last.ID != "" {
		b.Done = []storage.Job{last}
	}
	return b
}

// commitTurns commits n turns from some goroutines.
func commitTurns(b *testing.B, s *Store, writers, n int) {
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	for g := range writers {
		wg.Go(func() {
			var last storage.Job
			rev := int64(0)
			if docs, err := s.Load(b.Context(), fmt.Sprintf("person/%d", g)); err == nil {
				rev = docs[0].Rev
			}
			for i := 0; left.Add(-1) >= 0; i++ {
				r, err := s.Commit(b.Context(), turn(g, int(rev), rev, last))
				if err != nil || len(r.Held) != 1 {
					b.Errorf("%v, %d held", err, len(r.Held))
					return
				}
				rev, last = r.Rev, r.Held[0]
			}
			if _, err := s.Commit(b.Context(), storage.Batch{Done: []storage.Job{last}}); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
}

func benchmarkCommit(b *testing.B, writers int) {
	s := openTest(b, filepath.Join(b.TempDir(), "olle.db"), nil)
	b.ReportAllocs()
	b.ResetTimer()
	commitTurns(b, s, writers, b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	_ = s.db.View(func(tx *bbolt.Tx) error {
		b.ReportMetric(float64(b.N)/float64(tx.ID()), "commits/sync")
		return nil
	})
}

func BenchmarkCommit1(b *testing.B)  { benchmarkCommit(b, 1) }
func BenchmarkCommit64(b *testing.B) { benchmarkCommit(b, 64) }

// raw is the reference: the same bytes under the same keys, grouped by hand into transactions of a given size, with bbolt alone.
type raw struct {
	db *bbolt.DB
	n  int
}

func openRaw(b *testing.B) *raw {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "raw.db"), 0o600, &bbolt.Options{NoFreelistSync: true, FreelistType: bbolt.FreelistMapType, NoStatistics: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if err := prepare(db); err != nil {
		b.Fatal(err)
	}
	return &raw{db: db}
}

func (r *raw) turns(b *testing.B, group, n int) {
	for range (n + group - 1) / group {
		r.n++
		err := r.db.Update(func(tx *bbolt.Tx) error {
			for g := range group {
				if err := r.turn(tx, g); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func (r *raw) turn(tx *bbolt.Tx, g int) error {
	docs, once, jobs := tx.Bucket(bucketDocs), tx.Bucket(bucketOnce), tx.Bucket(bucketJobs)
	name := fmt.Appendf(nil, "telegram/%d/%d", g, r.n)
	if once.Get(name) != nil {
		return nil
	}
	return errors.Join(
		docs.Put(fmt.Appendf(nil, "person/%d", g), make([]byte, docHead+600)),
		jobs.Delete(fmt.Appendf(nil, "reply/%d/%d", g, r.n-1)),
		jobs.Put(fmt.Appendf(nil, "reply/%d/%d", g, r.n), make([]byte, jobHead+217)),
		once.Put(name, make([]byte, 8)),
	)
}

func benchmarkRaw(b *testing.B, group int) {
	r := openRaw(b)
	b.ReportAllocs()
	b.ResetTimer()
	r.turns(b, group, b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}

func BenchmarkRaw1(b *testing.B)  { benchmarkRaw(b, 1) }
func BenchmarkRaw64(b *testing.B) { benchmarkRaw(b, 64) }

// benchmarkAgainstRaw alternates both in short stretches, so that a noisy disk is noisy for both, and reports the ratio of their
// rates: 1 is as fast as bbolt alone.
func benchmarkAgainstRaw(b *testing.B, writers, stretch int) {
	s, r := openTest(b, filepath.Join(b.TempDir(), "olle.db"), nil), openRaw(b)
	var ours, theirs time.Duration
	for range b.N {
		start := time.Now()
		commitTurns(b, s, writers, stretch)
		mid := time.Now()
		r.turns(b, writers, stretch)
		ours, theirs = ours+mid.Sub(start), theirs+time.Since(mid)
	}
	b.ReportMetric(float64(theirs)/float64(ours), "of_raw")
	b.ReportMetric(float64(b.N*stretch)/ours.Seconds(), "commits/s")
}

func BenchmarkAgainstRaw1(b *testing.B)  { benchmarkAgainstRaw(b, 1, 100) }
func BenchmarkAgainstRaw64(b *testing.B) { benchmarkAgainstRaw(b, 64, 1280) }

// BenchmarkClaim claims and gives back one job while ten thousand wait in a thousand lanes and ten thousand alarms in their own.
func BenchmarkClaim(b *testing.B) {
	s := openTest(b, filepath.Join(b.TempDir(), "olle.db"), nil)
	loadJobs(b, s)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		jobs, err := s.Claim(b.Context(), storage.Claim{Queue: "q", N: 1, Now: time.Now(), Lease: time.Minute})
		if err != nil || len(jobs) != 1 {
			b.Fatal(len(jobs), err)
		}
		if _, err := s.Commit(b.Context(), storage.Batch{Free: jobs}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkClaimNothing is the poll of an idle worker.
func BenchmarkClaimNothing(b *testing.B) {
	s := openTest(b, filepath.Join(b.TempDir(), "olle.db"), nil)
	loadJobs(b, s)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if jobs, err := s.Claim(b.Context(), storage.Claim{Queue: "other", N: 1, Now: time.Now(), Lease: time.Minute}); err != nil || len(jobs) != 0 {
			b.Fatal(len(jobs), err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	s := openTest(b, filepath.Join(b.TempDir(), "olle.db"), nil)
	loadJobs(b, s)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if _, err := s.Load(b.Context(), fmt.Sprintf("person/%d", i%10_000)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenDocuments opens a file of ten thousand documents.
func BenchmarkOpenDocuments(b *testing.B) { benchmarkOpen(b, true) }

// BenchmarkOpenJobs opens one of ten thousand documents and twenty thousand jobs.
func BenchmarkOpenJobs(b *testing.B) { benchmarkOpen(b, false) }

func benchmarkOpen(b *testing.B, dropJobs bool) {
	path := filepath.Join(b.TempDir(), "olle.db")
	s, err := Open(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	loadJobs(b, s)
	if dropJobs {
		var x storage.Batch
		for i := range 10_000 {
			x.Drop = append(x.Drop, fmt.Sprintf("job/%d", i), fmt.Sprintf("alarm/%d", i))
		}
		if _, err := s.Commit(b.Context(), x); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		s, err := Open(path, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func loadJobs(b *testing.B, s *Store) {
	tomorrow := time.Now().Add(24 * time.Hour)
	for i := range 100 {
		var x storage.Batch
		for k := range 100 {
			id := i*100 + k
			x.Put = append(x.Put, storage.Doc{Key: fmt.Sprintf("person/%d", id), Data: make([]byte, 600)})
			x.Push = append(x.Push,
				storage.Job{ID: fmt.Sprintf("job/%d", id), Queue: "q", Lane: fmt.Sprint("lane/", id%1000), Data: make([]byte, 200)},
				storage.Job{ID: fmt.Sprintf("alarm/%d", id), Queue: "q", Lane: fmt.Sprint("alarm/", id), At: tomorrow, Data: make([]byte, 50)})
		}
		if _, err := s.Commit(b.Context(), x); err != nil {
			b.Fatal(err)
		}
	}
}
