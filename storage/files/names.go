package files

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// longest is how many bytes a name may have where it is kept; file systems allow 255.
const longest = 200

// diskName turns any name into a safe one for one flat folder, reversibly unless it is too long: then it is a digest.
func diskName(name string) string {
	if safe := escape(name); len(safe) <= longest && safe != "" {
		return safe
	}
	sum := sha256.Sum256([]byte(name))
	return "sha256-" + hex.EncodeToString(sum[:])
}

// Listed returns the name by which List shows a file: its own, or "sha256-…" where that is too long to be kept.
func Listed(name string) string {
	if disk := diskName(name); disk != escape(name) {
		return disk
	}
	return name
}

// escape keeps letters, digits, '-', '_' and inner dots; every other byte becomes "%XX". Upper case too, because some file systems
// do not tell it from lower.
func escape(name string) string {
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
