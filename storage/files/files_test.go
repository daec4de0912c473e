package files_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"filippo.io/age"

	"olle/storage/files"
)

// opener opens the same place, empty at first, for some recipients; every call is one more replica.
type opener func(t *testing.T, ids ...*age.X25519Identity) *files.Files

// everywhere runs a test on every kind of place.
func everywhere(t *testing.T, test func(t *testing.T, open opener)) {
	for name, fresh := range map[string]func(*testing.T) opener{"folder": newFolder, "s3": newBucket} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

func newFolder(t *testing.T) opener {
	dir := t.TempDir()
	return func(t *testing.T, ids ...*age.X25519Identity) *files.Files { return openFolder(t, dir, ids...) }
}

func openFolder(t *testing.T, dir string, ids ...*age.X25519Identity) *files.Files {
	t.Helper()
	f, err := files.OpenFolder(dir, recipients(ids))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func recipients(ids []*age.X25519Identity) (to []age.Recipient) {
	for _, id := range ids {
		to = append(to, id.Recipient())
	}
	return to
}

func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func read(t *testing.T, f *files.Files, name string, id age.Identity) string {
	t.Helper()
	r, err := f.Open(t.Context(), name, id)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func put(t *testing.T, f *files.Files, name, content string) {
	t.Helper()
	if n, err := f.Put(t.Context(), name, strings.NewReader(content)); err != nil || n != int64(len(content)) {
		t.Fatalf("%q: %d bytes, %v", name, n, err)
	}
}

func list(t *testing.T, f *files.Files, prefix string) (names []string) {
	t.Helper()
	for e, err := range f.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, e.Name)
	}
	slices.Sort(names)
	return names
}

func TestFilesComeBackToWhoeverTheyAreFor(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		organiser, second, person, stranger := identity(t), identity(t), identity(t), identity(t)
		f := open(t, organiser, second)
		content := strings.Repeat("curriculum vitae ", 20_000)
		n, err := f.Put(t.Context(), "telegram:1/cv", strings.NewReader(content), person.Recipient())
		if err != nil || n != int64(len(content)) {
			t.Fatal(n, err)
		}
		for _, id := range []age.Identity{organiser, second, person} {
			if read(t, open(t), "telegram:1/cv", id) != content {
				t.Error("another content came back")
			}
		}
		if _, err := f.Open(t.Context(), "telegram:1/cv", stranger); err == nil {
			t.Error("a stranger can read it")
		}
		if _, err := f.Open(t.Context(), "telegram:2/cv", person); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a missing file: %v", err)
		}
		sealed, err := f.OpenSealed(t.Context(), "telegram:1/cv")
		if err != nil {
			t.Fatal(err)
		}
		defer sealed.Close()
		raw, err := io.ReadAll(sealed)
		if err != nil || !bytes.HasPrefix(raw, []byte("age-encryption.org/v1")) || bytes.Contains(raw, []byte("curriculum")) {
			t.Errorf("what is kept is no age file (%v)", err)
		}
	})
}

// The sizes lie around the size of the parts in which a bucket takes large files.
func TestEverySizeComesBackByteForByte(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		id := identity(t)
		f := open(t, id)
		for _, size := range []int{0, 1, 64 << 10, 5<<20 - 2000, 5 << 20, 5<<20 + 1, 12_000_000} {
			content := make([]byte, size)
			rand.Read(content)
			put(t, f, "sized", string(content))
			if read(t, f, "sized", id) != string(content) {
				t.Errorf("%d bytes came back changed", size)
			}
		}
		if names := list(t, f, ""); len(names) != 1 {
			t.Errorf("kept: %q", names)
		}
	})
}

func TestAnInterruptedPutLeavesNothingAndTouchesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		id := identity(t)
		f := open(t, id)
		put(t, f, "a", "first")
		broken := errors.New("connection lost")
		large := bytes.NewReader(make([]byte, 6<<20))
		_, err := f.Put(t.Context(), "a", io.MultiReader(large, iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		if _, err := f.Put(gone, "a", io.MultiReader(bytes.NewReader(make([]byte, 6<<20)), ending(cancel))); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if read(t, f, "a", id) != "first" || len(list(t, f, "")) != 1 {
			t.Error("an interrupted Put left something behind")
		}
		put(t, f, "a", "fourth")
		if read(t, f, "a", id) != "fourth" {
			t.Error("a repeat does not replace")
		}
	})
}

// ending is a reader that calls the whole thing off when it is reached.
func ending(cancel func()) io.Reader {
	return readFunc(func(p []byte) (int, error) { cancel(); return len(p), nil })
}

type readFunc func([]byte) (int, error)

func (r readFunc) Read(p []byte) (int, error) { return r(p) }

func TestOddNamesAreNamesLikeOthers(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		id := identity(t)
		f := open(t, id)
		long := strings.Repeat("ü", 300)
		odd := []string{"../../etc/passwd", "/etc/passwd", "..", ".", "", ".new-x", "a/b/c", "A", "a", "nul\x00l", "%2e%2e", "\\..\\x", "\xff", long, "🎉", "a?b&c=d", "x y+z", "line\nbreak"}
		for _, name := range odd {
			put(t, f, name, "is "+name)
		}
		for _, name := range odd {
			if got := read(t, f, name, id); got != "is "+name {
				t.Errorf("%q holds %q", name, got)
			}
		}
		names := list(t, f, "")
		if len(names) != len(odd) || !slices.Contains(names, "../../etc/passwd") || !slices.Contains(names, files.Listed(long)) {
			t.Errorf("listed %q", names)
		}
		for _, name := range names {
			if err := errors.Join(f.Delete(t.Context(), name), f.Delete(t.Context(), name)); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
		if names := list(t, f, ""); len(names) != 0 {
			t.Errorf("left: %q", names)
		}
	})
}

func TestListByPrefixWithSizeAndTime(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		f := open(t, identity(t))
		for _, n := range []string{"u/3", "u/1", "v/1", "u/2", "u"} {
			put(t, f, n, "x")
		}
		if got := list(t, f, "u/"); !slices.Equal(got, []string{"u/1", "u/2", "u/3"}) {
			t.Errorf("listed %q", got)
		}
		for e, err := range f.List(t.Context(), "v/") {
			if err != nil || e.Size < 100 || time.Since(e.Modified).Abs() > time.Hour {
				t.Errorf("%+v, %v", e, err)
			}
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for _, err := range f.List(gone, "") {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestWithoutRecipientsNothingIsKept(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		f := open(t)
		if _, err := f.Put(t.Context(), "a", strings.NewReader("x")); !errors.Is(err, files.ErrSealed) || !f.Sealed() {
			t.Errorf("got %v", err)
		}
		if err := f.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Several workers may fetch the same file: one of them wins, whole.
func TestManyPutsOfOneNameLeaveOneWholeFile(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		id := identity(t)
		f, g := open(t, id), open(t, id)
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				content := strings.Repeat(string(rune('a'+i)), 5<<20+i*100_000)
				if _, err := []*files.Files{f, g}[i%2].Put(t.Context(), "same", strings.NewReader(content)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		got := read(t, f, "same", id)
		if i := int(got[0] - 'a'); got != strings.Repeat(got[:1], 5<<20+i*100_000) {
			t.Error("a mixture is kept")
		}
		if names := list(t, f, ""); len(names) != 1 {
			t.Errorf("kept %q", names)
		}
	})
}
