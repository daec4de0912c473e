package flows

import (
	"path"
	"strings"
	"unicode"
)

// maxFileName is how many characters of a file's name are kept; the end of a long one is cut, its extension stays.
const maxFileName = 80

// FileName makes the name somebody gave a file safe to show: no folders, no line breaks, no control or direction-changing
// characters, not endless. It is for people to recognise the file by and never a path.
func FileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, clean(strings.ReplaceAll(name, "\\", "/")))
	name = strings.TrimSpace(path.Base(strings.Join(strings.Fields(name), " ")))
	if name == "" || name == "." || name == "/" || name == ".." {
		name = "file"
	}
	letters := []rune(name)
	if len(letters) <= maxFileName {
		return name
	}
	ext := []rune(path.Ext(name))
	if len(ext) > 8 {
		ext = nil
	}
	return strings.TrimSpace(string(letters[:maxFileName-1-len(ext)])) + "…" + string(ext)
}
