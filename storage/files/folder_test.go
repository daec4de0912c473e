package files_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"olle/storage/files"
)

// disk returns what lies in a folder, and wants nobody else to be able to read it.
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

func TestTheDiskShowsNoPlainText(t *testing.T) {
	dir := t.TempDir()
	f := openFolder(t, dir, identity(t))
	marker := "curriculum vitae of somebody "
	half := readFunc(func(p []byte) (int, error) {
		for _, b := range disk(t, dir) { // while it streams in
			if bytes.Contains(b, []byte(marker)) {
				t.Error("a half-written file is plain")
			}
		}
		return 0, io.EOF
	})
	if _, err := f.Put(t.Context(), "cv", io.MultiReader(strings.NewReader(strings.Repeat(marker, 10_000)), half)); err != nil {
		t.Fatal(err)
	}
	raw := disk(t, dir)
	if len(raw) != 1 || bytes.Contains(raw[0], []byte(marker)) {
		t.Error("the disk shows plain text")
	}
}

func TestDamageShowsAsAnError(t *testing.T) {
	id, dir := identity(t), t.TempDir()
	f := openFolder(t, dir, id)
	put(t, f, "big", strings.Repeat("x", 300_000))
	if err := os.Truncate(filepath.Join(dir, "big"), 200_000); err != nil {
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
	parent := t.TempDir()
	f := openFolder(t, filepath.Join(parent, "files"), identity(t))
	for _, name := range []string{"../x", "/x", "..", "a/../../x", "\\..\\x"} {
		put(t, f, name, "x")
	}
	if entries, _ := os.ReadDir(parent); len(entries) != 1 {
		t.Errorf("something was written beside the folder: %v", entries)
	}
}

func TestLeftoversOfAKilledProcessAreSweptAfterADay(t *testing.T) {
	dir := t.TempDir()
	young, old := filepath.Join(dir, ".new-YOUNG"), filepath.Join(dir, ".new-OLD")
	for _, path := range []string{young, old} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	yesterday := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(old, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	f := openFolder(t, dir)
	if names := list(t, f, ""); len(names) != 0 || len(disk(t, dir)) != 1 {
		t.Errorf("listed %q", names)
	}
	if err := os.Chtimes(young, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	if err := f.Sweep(t.Context()); err != nil || len(disk(t, dir)) != 0 {
		t.Errorf("an old leftover stays (%v)", err)
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
	if os.Geteuid() == 0 {
		return // root may write everywhere
	}
	dir := t.TempDir()
	f := openFolder(t, dir, identity(t))
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Put(t.Context(), "a", strings.NewReader("x")); err == nil || !strings.Contains(err.Error(), "OLLE_FILES_URL") {
		t.Errorf("got %v", err)
	}
}

// overflow puts files until one does not fit, and checks that it left nothing. lift makes room.
func overflow(t *testing.T, dir string, sizes []int, remedy string, lift func()) {
	t.Helper()
	id := identity(t)
	f := openFolder(t, dir, id)
	content := func(i int) string { return strings.Repeat(string(rune('a'+i)), sizes[i]) }
	failed := -1
	for i := range sizes {
		n, err := f.Put(t.Context(), string(rune('a'+i)), strings.NewReader(content(i)))
		if err == nil {
			continue
		}
		if n != 0 || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), remedy) {
			t.Errorf("%d bytes, %v", n, err)
		}
		failed = i
		break
	}
	if failed < 1 || len(list(t, f, "")) != failed || len(disk(t, dir)) != failed {
		t.Fatalf("file %d did not fit; listed %q, on disk %d", failed, list(t, f, ""), len(disk(t, dir)))
	}
	lift()
	put(t, f, string(rune('a'+failed)), content(failed))
	for i := range failed + 1 {
		if i == 0 && len(list(t, f, "a")) == 0 {
			continue // gave way
		}
		if read(t, f, string(rune('a'+i)), id) != content(i) {
			t.Errorf("file %d is another", i)
		}
	}
}

// TestFullDisk fills a real disk of two megabytes where this user may mount one.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "olle-test", dir).CombinedOutput(); err != nil {
		t.Skipf("no disk of our own to fill: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("%v %s", err, out)
		}
	})
	overflow(t, dir, []int{900_000, 500_000, 900_000}, "the disk is full", func() {
		if err := os.Remove(filepath.Join(dir, "a")); err != nil {
			t.Error(err)
		}
	})
}

// TestNoRoomToGrow lets the operating system refuse to let a file grow, in a process of its own: this needs no rights.
func TestNoRoomToGrow(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestNoRoomToGrowChild$")
	cmd.Env = append(os.Environ(), "OLLE_NO_ROOM="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestNoRoomToGrowChild(t *testing.T) {
	dir := os.Getenv("OLLE_NO_ROOM")
	if dir == "" {
		t.Skip("started by TestNoRoomToGrow only")
	}
	signal.Ignore(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Skip(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 20, Max: old.Max}); err != nil {
		t.Skip(err)
	}
	overflow(t, dir, []int{100_000, 900_000, 2_000_000}, "file too large", func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Error(err)
		}
	})
}
