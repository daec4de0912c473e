package files_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"filippo.io/age"

	"olle/storage/files"
)

func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func open(t *testing.T, dir string, ids ...*age.X25519Identity) *files.Folder {
	t.Helper()
	var to []age.Recipient
	for _, id := range ids {
		to = append(to, id.Recipient())
	}
	f, err := files.OpenFolder(dir, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func read(t *testing.T, f *files.Folder, name string, id age.Identity) string {
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

func TestFilesComeBackToWhoeverTheyAreFor(t *testing.T) {
	organiser, person, stranger := identity(t), identity(t), identity(t)
	dir := t.TempDir()
	f := open(t, dir, organiser)
	content := strings.Repeat("curriculum vitae ", 20_000)
	n, err := f.Put(t.Context(), "telegram:1/cv", strings.NewReader(content), person.Recipient())
	if err != nil || n != int64(len(content)) {
		t.Fatal(n, err)
	}
	for _, id := range []age.Identity{organiser, person} {
		if read(t, f, "telegram:1/cv", id) != content {
			t.Error("another content came back")
		}
	}
	if _, err := f.Open(t.Context(), "telegram:1/cv", stranger); err == nil {
		t.Error("a stranger can read it")
	}
	if _, err := f.Open(t.Context(), "telegram:2/cv", person); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	raw := disk(t, dir)
	if len(raw) != 1 || bytes.Contains(raw[0], []byte("curriculum")) {
		t.Error("the disk shows plain text")
	}
}

func disk(t *testing.T, dir string) (all [][]byte) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v (%v)", e.Name(), info.Mode(), err)
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

func TestAnInterruptedPutLeavesNothingAndTouchesNothing(t *testing.T) {
	id, dir := identity(t), t.TempDir()
	f := open(t, dir, id)
	if _, err := f.Put(t.Context(), "a", strings.NewReader("first")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("connection lost")
	_, err := f.Put(t.Context(), "a", io.MultiReader(strings.NewReader("second"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Put(gone, "a", strings.NewReader("third")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if read(t, f, "a", id) != "first" || len(disk(t, dir)) != 1 {
		t.Error("an interrupted Put left something behind")
	}
	if _, err := f.Put(t.Context(), "a", strings.NewReader("fourth")); err != nil || read(t, f, "a", id) != "fourth" {
		t.Errorf("a repeat does not replace: %v", err)
	}
}

func TestDamageShowsAsAnError(t *testing.T) {
	id, dir := identity(t), t.TempDir()
	f := open(t, dir, id)
	if _, err := f.Put(t.Context(), "big", bytes.NewReader(make([]byte, 300_000))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "big")
	if err := os.Truncate(path, 200_000); err != nil {
		t.Fatal(err)
	}
	r, err := f.Open(t.Context(), "big", id)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.Copy(io.Discard, r); err == nil {
		t.Error("a cut-off file read to a good end")
	}
}

func TestNamesCannotLeaveTheFolder(t *testing.T) {
	id, parent := identity(t), t.TempDir()
	f := open(t, filepath.Join(parent, "files"), id)
	odd := []string{"../../etc/passwd", "/etc/passwd", "..", ".", "", ".new-x", "a/b/c", "A", "a", "nul\x00l", "%2e%2e", "\\..\\x", "\xff", strings.Repeat("ü", 300), "🎉"}
	for _, name := range odd {
		if _, err := f.Put(t.Context(), name, strings.NewReader("is "+name)); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
	}
	for _, name := range odd {
		if got := read(t, f, name, id); got != "is "+name {
			t.Errorf("%q holds %q", name, got)
		}
	}
	if entries, _ := os.ReadDir(parent); len(entries) != 1 {
		t.Errorf("something was written beside the folder: %v", entries)
	}
	names, err := f.List("", "", 100)
	if err != nil || len(names) != len(odd) || !slices.IsSorted(names) || !slices.Contains(names, "../../etc/passwd") {
		t.Errorf("listed %q, %v", names, err)
	}
	for _, name := range names {
		if err := errors.Join(f.Delete(name), f.Delete(name)); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if names, _ := f.List("", "", 100); len(names) != 0 {
		t.Errorf("left: %q", names)
	}
}

func TestListInPages(t *testing.T) {
	f := open(t, t.TempDir(), identity(t))
	for _, n := range []string{"u/3", "u/1", "v/1", "u/2"} {
		if _, err := f.Put(t.Context(), n, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	one, _ := f.List("u/", "", 2)
	two, _ := f.List("u/", "u/2", 2)
	if !slices.Equal(one, []string{"u/1", "u/2"}) || !slices.Equal(two, []string{"u/3"}) {
		t.Errorf("pages %q and %q", one, two)
	}
}

func TestWithoutRecipientsNothingIsKept(t *testing.T) {
	f := open(t, t.TempDir())
	if _, err := f.Put(t.Context(), "a", strings.NewReader("x")); !errors.Is(err, files.ErrSealed) || !f.Sealed() {
		t.Errorf("got %v", err)
	}
}

func TestErrorsNamePathAndRemedy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := files.OpenFolder(filepath.Join(file, "x"), nil); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		return
	}
	if os.Geteuid() == 0 {
		return // root may write everywhere
	}
	dir := t.TempDir()
	f := open(t, dir, identity(t))
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Put(t.Context(), "a", strings.NewReader("x")); err == nil || !strings.Contains(err.Error(), "OLLE_FILES_URL") {
		t.Errorf("got %v", err)
	}
}

func TestDemonstrationKeyIsMadeOnceAndSaysSo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	var wg sync.WaitGroup
	keys := make([]string, 4)
	for i := range keys {
		wg.Go(func() {
			_, id, notice, err := files.DemoRecipients(dir)
			if err != nil || !strings.Contains(notice, dir) || !strings.Contains(notice, "OLLE_AGE_RECIPIENTS") {
				t.Errorf("notice %q, %v", notice, err)
				return
			}
			keys[i] = id.String()
		})
	}
	wg.Wait()
	if len(slices.Compact(keys)) != 1 {
		t.Error("several keys were made")
	}
	info, err := os.Stat(filepath.Join(dir, "demo-identity.txt"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}
