package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// smallDisk is a folder on a disk of its own of so many bytes, where this user may mount one: a file with a file system in it, or else
// memory. Otherwise it is an ordinary folder, and own is false.
func smallDisk(t *testing.T, size int64) (dir string, own bool) {
	t.Helper()
	base := t.TempDir()
	dir, image := filepath.Join(base, "disk"), filepath.Join(base, "image")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(image)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.Truncate(size); err != nil {
		t.Fatal(err)
	}
	own = exec.Command("mkfs.ext4", "-q", "-F", "-m", "0", image).Run() == nil && exec.Command("mount", "-o", "loop", image, dir).Run() == nil ||
		exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", size), "tmpfs", dir).Run() == nil
	if own {
		t.Cleanup(func() {
			if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
				t.Errorf("umount: %v: %s", err, out)
			}
		})
	}
	return dir, own
}

// fillDisk takes all room that is left for a file.
func fillDisk(t *testing.T, name string) {
	t.Helper()
	var at int64
	for step := int64(4 << 30); step >= 4096; {
		if exec.Command("fallocate", "-o", fmt.Sprint(at), "-l", fmt.Sprint(step), name).Run() == nil {
			at += step
		} else {
			step /= 2
		}
	}
	if at == 0 {
		t.Error("the disk cannot be filled")
	}
}
