package files

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"time"
)

const (
	tempPrefix = ".new-"
	longest    = 200 // bytes of a name on disk; file systems allow 255
)

// diskName turns any name into a safe one for one flat folder, reversibly: letters, digits, '-', '_' and inner dots stay, every
// other byte becomes "%XX". Too long: a digest. Upper case is escaped too, because some file systems do not tell it from lower.
func diskName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	if b.Len() > longest || b.Len() == 0 {
		sum := sha256.Sum256([]byte(name))
		return "sha256-" + hex.EncodeToString(sum[:])
	}
	return b.String()
}

// givenName undoes diskName; false for what is not one of our files.
func givenName(disk string) (string, bool) {
	if disk == "" || disk[0] == '.' {
		return "", false
	}
	out := make([]byte, 0, len(disk))
	for i := 0; i < len(disk); i++ {
		if disk[i] != '%' {
			out = append(out, disk[i])
			continue
		}
		if i+3 > len(disk) {
			return "", false
		}
		c, err := hex.DecodeString(disk[i+1 : i+3])
		if err != nil {
			return "", false
		}
		out = append(out, c[0])
		i += 2
	}
	return string(out), diskName(string(out)) == disk
}

type tempFile struct {
	*os.File
	base string
}

func (f *Folder) temporary() (tempFile, error) {
	base := tempPrefix + rand.Text()
	file, err := f.root.OpenFile(base, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return tempFile{}, f.explain(err)
	}
	return tempFile{file, base}, nil
}

// syncFolder makes a rename survive a power cut.
func (f *Folder) syncFolder() error {
	dir, err := f.root.Open(".")
	if err != nil {
		return f.explain(err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return f.explain(err)
	}
	return nil
}

// sweep removes what interrupted Puts left behind. A day is longer than any Put of another process can take.
func (f *Folder) sweep() error {
	dir, err := f.root.Open(".")
	if err != nil {
		return f.explain(err)
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return f.explain(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), tempPrefix) && time.Since(info.ModTime()) > 24*time.Hour {
			f.root.Remove(e.Name())
		}
	}
	return nil
}
