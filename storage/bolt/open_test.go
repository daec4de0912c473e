package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"
	"go.uber.org/goleak"

	"olle/storage"
)

// mention checks that an error says where and what to do.
func mention(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not mention %q", err, w)
		}
	}
}

func TestSecondProcessIsToldWhoHasTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "olle.db")
	openTest(t, path, nil)
	start := time.Now()
	_, err := Open(path, nil)
	if !errors.Is(err, storage.ErrBusy) {
		t.Fatalf("error %v, want ErrBusy", err)
	}
	mention(t, err, path, "stop the other")
	if d := time.Since(start); d > 3*time.Second {
		t.Errorf("took %v to say so", d)
	}
}

func TestFileThatIsNoStoreIsRefusedWithARemedy(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sound := soundFile(t, filepath.Join(dir, "sound"))
	meta := bytes.Clone(sound)
	copy(meta[16:], "garbage over the first meta page")
	copy(meta[4096+16:], "garbage over the second meta page")
	for _, c := range []struct {
		path  string
		words []string
	}{
		{write("text", bytes.Repeat([]byte("not a store\n"), 2000)), []string{"not a sound store", "backup"}},
		{write("short", []byte("x")), []string{"not a sound store", "backup"}},
		{write("meta", meta), []string{"not a sound store", "backup"}},
		{write("half", sound[:len(sound)/3]), []string{"not a sound store", "backup"}},
		{foreignFile(t, filepath.Join(dir, "foreign"), "accounts", nil), []string{"another program"}},
		{foreignFile(t, filepath.Join(dir, "newer"), string(bucketMeta), []byte{0, 0, 0, 0, 0, 0, 0, 9}), []string{"newer version", "update"}},
		{dir, []string{"directory"}},
		{filepath.Join(write("file", nil), "olle.db"), []string{"not a directory"}},
	} {
		t.Run(filepath.Base(c.path), func(t *testing.T) {
			_, err := Open(c.path, nil)
			mention(t, err, append(c.words, c.path)...)
		})
	}
}

// soundFile returns the bytes of a store with some hundred documents and jobs.
func soundFile(t *testing.T, path string) []byte {
	t.Helper()
	s, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		b := storage.Batch{Once: fmt.Sprint(i)}
		for k := range 20 {
			b.Put = append(b.Put, storage.Doc{Key: fmt.Sprintf("doc/%d-%d", i, k), Data: make([]byte, 300)})
			b.Push = append(b.Push, storage.Job{ID: fmt.Sprintf("job/%d-%d", i, k), Queue: "q", Lane: "l"})
		}
		if _, err := s.Commit(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimRight(data, "\x00")
}

func foreignFile(t *testing.T, path, bucket string, version []byte) string {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte(bucket))
		if err != nil || version == nil {
			return err
		}
		return b.Put(keyFormat, version)
	})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDamagedPagesNeverEndTheProgram(t *testing.T) {
	dir := t.TempDir()
	sound := soundFile(t, filepath.Join(dir, "sound"))
	for i := range 60 {
		data := bytes.Clone(sound)
		rnd := rand.New(rand.NewPCG(uint64(i), 1))
		for range 1 + i%5 {
			at := 2*4096 + rnd.IntN(len(data)-2*4096-64)
			for k := range 64 {
				data[at+k] = byte(rnd.Uint32())
			}
		}
		path := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, nil)
		if err != nil {
			mention(t, err, path)
			continue
		}
		_, _ = s.List(t.Context(), "", "", 1000)
		_, _ = s.Jobs(t.Context(), storage.Filter{}, "", 1000)
		_, _ = s.Claim(t.Context(), storage.Claim{Queue: "q", N: 10, Now: time.Now(), Lease: time.Minute})
		_, _ = s.Commit(t.Context(), storage.Batch{Put: []storage.Doc{{Key: "doc/7-7", Data: []byte("x")}}})
		_ = s.Close()
	}
}

func TestClosedStoreSaysSo(t *testing.T) {
	defer goleak.VerifyNone(t)
	s, err := Open(filepath.Join(t.TempDir(), "new", "folder", "olle.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	keys, err := s.Watch(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, open := <-keys; open {
		t.Error("a watcher goes on")
	}
	_, e1 := s.Load(ctx, "a/1")
	_, e2 := s.List(ctx, "", "", 1)
	_, e3 := s.Commit(ctx, storage.Batch{})
	_, e4 := s.Claim(ctx, storage.Claim{Queue: "q", N: 1})
	_, e5 := s.Jobs(ctx, storage.Filter{}, "", 1)
	_, e6 := s.Watch(ctx, "a")
	_, e7 := s.Lease(ctx, "a", "b", time.Second)
	for i, err := range []error{e1, e2, e3, e4, e5, e6, e7, s.Check(ctx)} {
		if !errors.Is(err, storage.ErrClosed) {
			t.Errorf("call %d: %v", i+1, err)
		}
	}
}

// A process that is killed while it copies leaves the copy behind, with all that people wrote; the next one removes it.
func TestOpenRemovesTheCopyOfAKilledProcess(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "olle.db")
	s := openTest(t, path, nil)
	var copies []string
	err := s.Copy(t.Context(), func(storage.Item) (err error) {
		copies, err = filepath.Glob(filepath.Join(dir, ".*"))
		return err
	})
	if err != nil || len(copies) != 1 {
		t.Fatal(copies, err)
	}
	left := filepath.Join(copies[0], "olle.db")
	if err := errors.Join(s.Close(), os.Mkdir(copies[0], 0o700), os.WriteFile(left, []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	openTest(t, path, nil)
	if _, err := os.Stat(copies[0]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a copy is left: %v", err)
	}
}

func TestCheckOfASoundStore(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "olle.db"), nil)
	if err := s.Check(t.Context()); err != nil && !strings.Contains(err.Error(), "tmpfs") {
		t.Fatal(err)
	}
}
