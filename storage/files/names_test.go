package files

import (
	"path/filepath"
	"strings"
	"testing"
)

// No name leaves its folder or hides in it, two names never share a place, and every name that is not too long comes back as it was.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{"", ".", "..", "../x", "telegram:1/f0", "A", "%2e", "sha256-x", strings.Repeat("ü", 99), "\x00\xff", ".new-x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		disk := diskName(name)
		if disk == "" || len(disk) > longest || disk[0] == '.' || filepath.Base(disk) != disk || strings.ToLower(disk) != disk {
			t.Fatalf("%q is kept as %q", name, disk)
		}
		back, ok := givenName(disk)
		if !ok || back != Listed(name) || diskName(back) != disk {
			t.Fatalf("%q is kept as %q and comes back as %q", name, disk, back)
		}
		if other, ok := givenName(name); ok && diskName(other) != name {
			t.Fatalf("%q is taken for %q", name, other)
		}
	})
}
