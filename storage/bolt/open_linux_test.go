package bolt

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// Root may write everywhere, so this thread asks for files as somebody else meanwhile, which Linux allows.
func TestFolderThatMayNotBeWrittenIsNamed(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		const nobody = 65534
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := syscall.Setfsuid(nobody); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = syscall.Setfsuid(0) }()
	}
	path := filepath.Join(dir, "sub", "olle.db")
	_, err := Open(path, nil)
	mention(t, err, path, "let this user write")
}
