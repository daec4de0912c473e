package config

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"olle/flows"
)

// Check is LoadEvent for those who look after a pack: beside the event it returns warnings, things that work but are hardly meant.
func Check(fsys fs.FS, dir string) (*flows.Event, Mistakes, error) {
	return checkEvent(fsys, dir, dir, false)
}

// CheckFolder is Check for a folder on disk; messages print it as given.
func CheckFolder(dir string) (*flows.Event, Mistakes, error) {
	clean := filepath.Clean(dir)
	return checkEvent(os.DirFS(filepath.Dir(clean)), filepath.Base(clean), clean, false)
}

// warning is where warnings about one file go.
func (p *pack) warning(name string) *report {
	return &report{file: path.Join(p.shown, name), all: &p.warnings, mild: true}
}
