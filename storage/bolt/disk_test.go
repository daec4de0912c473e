package bolt

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"olle/storage"
)

// bulky is a batch that needs room: some documents, a job for each, a name.
func bulky(name string) storage.Batch {
	b := storage.Batch{Once: name}
	for k := range 4 {
		id := fmt.Sprintf("%s-%d", name, k)
		b.Put = append(b.Put, storage.Doc{Key: "doc/" + id, Data: make([]byte, 20_000)})
		b.Push = append(b.Push, storage.Job{ID: "job/" + id, Queue: "q", Lane: id})
	}
	return b
}

// fill commits until the disk is full and checks that the failed commit left nothing and the store goes on. limit is lifted before
// the last part.
func fill(t *testing.T, s *Store, lift func()) {
	ctx := t.Context()
	taken := 0
	var err error
	for ; taken < 10_000 && err == nil; taken++ {
		_, err = s.Commit(ctx, bulky(fmt.Sprintf("b%05d", taken)))
	}
	taken--
	mention(t, err, s.path, "make room")
	for range 5 { // again and again: still whole
		if _, err := s.Commit(ctx, bulky("again")); err == nil {
			t.Fatal("taken although there is no room")
		}
	}
	count(t, s, 4*taken)
	drop := storage.Batch{}
	for i := range 20 {
		id := fmt.Sprintf("b%05d-%d", i/4, i%4)
		drop.Drop = append(drop.Drop, "job/"+id)
		drop.Put = append(drop.Put, storage.Doc{Key: "doc/" + id})
	}
	lift()
	if _, err := s.Commit(ctx, drop); err != nil {
		t.Fatalf("making room: %v", err)
	}
	count(t, s, 4*taken-20)
	failed := bulky(fmt.Sprintf("b%05d", taken))
	if _, err := s.Commit(ctx, failed); err != nil && !errors.Is(err, storage.ErrSeen) {
		t.Fatalf("the failed batch under its name, with room again: %v", err)
	}
	count(t, s, 4*taken-16)
}

// count checks that documents, jobs and what can be claimed are n each.
func count(t *testing.T, s *Store, n int) {
	t.Helper()
	ctx := t.Context()
	docs, err1 := s.List(ctx, "doc/", "", 100_000)
	jobs, err2 := s.Jobs(ctx, storage.Filter{}, "", 100_000)
	claimed, err3 := s.Claim(ctx, storage.Claim{Queue: "q", N: 100_000, Now: time.Now(), Lease: time.Minute})
	if err := errors.Join(err1, err2, err3); err != nil || len(docs) != n || len(jobs) != n || len(claimed) != n {
		t.Fatalf("%d documents, %d jobs, %d claimed, want %d each; %v", len(docs), len(jobs), len(claimed), n, err)
	}
	if _, err := s.Commit(ctx, storage.Batch{Free: claimed}); err != nil {
		t.Fatal(err)
	}
}

func TestFullStoreRefusesAndGoesOn(t *testing.T) {
	s, err := open(filepath.Join(t.TempDir(), "olle.db"), nil, 6<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fill(t, s, func() {})
}

// TestFullDisk lets the operating system refuse to let the file grow, in a process of its own.
func TestFullDisk(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestFullDiskChild$")
	cmd.Env = append(os.Environ(), "OLLE_FULL_DISK="+filepath.Join(t.TempDir(), "olle.db"))
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestFullDiskChild(t *testing.T) {
	path := os.Getenv("OLLE_FULL_DISK")
	if path == "" {
		t.Skip("started by TestFullDisk only")
	}
	s, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Skip(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 9 << 20, Max: old.Max}); err != nil {
		t.Skip(err)
	}
	fill(t, s, func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Error(err)
		}
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := openTest(t, path, nil)
	if jobs, err := again.Jobs(t.Context(), storage.Filter{}, "", 100_000); err != nil || len(jobs) == 0 {
		t.Fatalf("after opening again: %d jobs, %v", len(jobs), err)
	}
}

func TestCommitsThatReachedTheFileUnnoticedAreFoundAgain(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "olle.db"), nil)
	ctx := t.Context()
	if _, err := s.Commit(ctx, storage.Batch{Push: []storage.Job{{ID: "gone", Queue: "q", Lane: "a"}, {ID: "kept", Queue: "q", Lane: "b"}}}); err != nil {
		t.Fatal(err)
	}
	// What a failed sync of the last page may leave: the file is ahead of the board.
	err := s.db.Update(func(tx *bbolt.Tx) error {
		v := encodeJob(storage.Job{Queue: "q", Lane: "c", Born: time.Now()})
		stamp(v, 99)
		return errors.Join(tx.Bucket(bucketJobs).Put([]byte("new"), v), tx.Bucket(bucketJobs).Delete([]byte("gone")), tx.Bucket(bucketDocs).SetSequence(99))
	})
	if err != nil {
		t.Fatal(err)
	}
	s.stale = true
	r, err := s.Commit(ctx, storage.Batch{Put: []storage.Doc{{Key: "a/1", Data: []byte("x")}}})
	if err != nil || r.Rev <= 99 {
		t.Fatalf("revision %d, %v", r.Rev, err)
	}
	jobs, err := s.Claim(ctx, storage.Claim{Queue: "q", N: 9, Now: time.Now(), Lease: time.Minute})
	if err != nil || len(jobs) != 2 || jobs[0].ID != "kept" || jobs[1].ID != "new" {
		t.Fatalf("claimed %v, %v", jobs, err)
	}
}

func TestReopenedStoreGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "olle.db")
	ctx := t.Context()
	now := time.Date(2020, 2, 3, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s, err := Open(path, clock)
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.Commit(ctx, storage.Batch{Once: "u/1", Put: []storage.Doc{{Key: "a/1", Data: []byte("x")}}, Push: []storage.Job{
		{ID: "3", Queue: "q", Lane: "l"}, {ID: "1", Queue: "q", Lane: "l"}, {ID: "alarm", Queue: "q", Lane: "m", At: now.Add(time.Hour)}, {ID: "bulk", Queue: "q", Lane: "l", Bulk: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	old, err := s.Claim(ctx, storage.Claim{Queue: "q", N: 9, Now: now, Lease: time.Hour})
	if err != nil || len(old) != 1 || old[0].ID != "3" {
		t.Fatalf("claimed %v, %v", old, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, path, clock)
	if _, err := s.Commit(ctx, storage.Batch{Once: "u/1"}); !errors.Is(err, storage.ErrSeen) {
		t.Errorf("the name is forgotten: %v", err)
	}
	if r, err := s.Commit(ctx, storage.Batch{Put: []storage.Doc{{Key: "a/1"}}}); err != nil || r.Rev <= first.Rev {
		t.Errorf("revision %d after %d, %v", r.Rev, first.Rev, err)
	}
	for _, want := range []string{"3", "1", "bulk", ""} { // the dead worker's claim is free, the order is that of the pushes
		jobs, err := s.Claim(ctx, storage.Claim{Queue: "q", N: 9, Now: now, Lease: time.Hour})
		if err != nil || len(jobs) > 1 || (len(jobs) == 1) != (want != "") || len(jobs) == 1 && jobs[0].ID != want {
			t.Fatalf("claimed %v, %v, want %q", jobs, err, want)
		}
		if _, err := s.Commit(ctx, storage.Batch{Done: jobs}); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(2 * time.Hour)
	jobs, err := s.Claim(ctx, storage.Claim{Queue: "q", N: 9, Now: now, Lease: time.Hour})
	if err != nil || len(jobs) != 1 || jobs[0].ID != "alarm" {
		t.Fatalf("claimed %v, %v", jobs, err)
	}
}

func TestReopenedStoreKeepsTheTurnOfLanes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "olle.db")
	s, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"c", "a", "b"} {
		if _, err := s.Commit(t.Context(), storage.Batch{Push: []storage.Job{{ID: id, Queue: "q", Lane: id}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, path, nil)
	for _, want := range []string{"c", "a", "b"} {
		jobs, err := s.Claim(t.Context(), storage.Claim{Queue: "q", N: 1, Now: time.Now(), Lease: time.Minute})
		if err != nil || len(jobs) != 1 || jobs[0].ID != want {
			t.Fatalf("claimed %v, %v, want %q", jobs, err, want)
		}
	}
}

func TestWhatIsOverIsSwept(t *testing.T) {
	now := time.Date(2020, 2, 3, 9, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	s := openTest(t, filepath.Join(t.TempDir(), "olle.db"), func() time.Time { mu.Lock(); defer mu.Unlock(); return now })
	ctx := t.Context()
	var b storage.Batch
	for i := range 1000 {
		d := storage.Doc{Key: fmt.Sprintf("a/%d", i), Data: []byte("x")}
		if i%10 != 0 {
			d.Until = now.Add(time.Hour)
		}
		b.Put = append(b.Put, d)
	}
	if _, err := s.Commit(ctx, b); err != nil {
		t.Fatal(err)
	}
	err := s.db.Update(func(tx *bbolt.Tx) error { // names of four days ago
		for i := range 1000 {
			if err := tx.Bucket(bucketOnce).Put(fmt.Appendf(nil, "old/%d", i), []byte{0, 0, 0, 0, 1, 0, 0, 0}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(ctx, storage.Batch{Once: "old/7"}); err != nil {
		t.Fatalf("a name of four days ago: %v", err)
	}
	mu.Lock()
	now = now.Add(2 * time.Hour)
	mu.Unlock()
	for i := range 400 {
		if _, err := s.Commit(ctx, storage.Batch{Once: fmt.Sprint("new/", i), Put: []storage.Doc{{Key: "b/1", Data: []byte("x")}}}); err != nil {
			t.Fatal(err)
		}
	}
	_ = s.db.View(func(tx *bbolt.Tx) error {
		if docs, names := tx.Bucket(bucketDocs).Stats().KeyN, tx.Bucket(bucketOnce).Stats().KeyN; docs != 101 || names != 401 {
			t.Errorf("%d documents and %d names in the file, want 101 and 401", docs, names)
		}
		return nil
	})
}

func TestCommitWithdrawnByItsContextIsNotHalfDone(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "olle.db"), nil)
	ctx := t.Context()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				short, cancel := contextFor(t, time.Duration(i%7)*30*time.Microsecond)
				name := fmt.Sprintf("%d-%d", g, i)
				_, err := s.Commit(short, storage.Batch{Once: name, Put: []storage.Doc{{Key: "a/" + name, Data: []byte("x")}}})
				cancel()
				docs, _ := s.Load(ctx, "a/"+name)
				if there := docs[0].Rev != 0; there != (err == nil) {
					t.Errorf("%s: there %v, error %v", name, there, err)
				}
			}
		})
	}
	wg.Wait()
}
