package files

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"filippo.io/age"
)

const tempPrefix = ".new-"

// folder keeps files in one flat local folder. A file is written under a temporary name and renamed when it is synced.
type folder struct {
	root *os.Root
	dir  string
}

// OpenFolder opens the folder dir, made with mode 0700 if need be. Files are encrypted to recipients; with none the folder can be
// read and listed, and refuses new files (see Sealed). Left-over temporary files older than a day are removed.
func OpenFolder(dir string, recipients []age.Recipient) (*Files, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, explain(dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, explain(dir, err)
	}
	f := &folder{root: root, dir: dir}
	if err := f.sweep(context.Background()); err != nil {
		root.Close()
		return nil, err
	}
	return &Files{place: f, recipients: slices.Clone(recipients)}, nil
}

func (f *folder) close() error { return f.root.Close() }

func (f *folder) put(_ context.Context, name string, write func(io.Writer) error) (err error) {
	base := tempPrefix + rand.Text()
	temp, err := f.root.OpenFile(base, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return f.explain(err)
	}
	defer func() {
		temp.Close()
		if err != nil {
			f.root.Remove(base)
		}
	}()
	if err := write(temp); err != nil {
		return f.explain(err)
	}
	if err := errors.Join(temp.Sync(), temp.Close()); err != nil {
		return f.explain(err)
	}
	if err := f.root.Rename(base, name); err != nil {
		return f.explain(err)
	}
	return f.syncFolder()
}

// syncFolder makes a rename survive a power cut.
func (f *folder) syncFolder() error {
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

func (f *folder) get(_ context.Context, name string) (io.ReadCloser, error) {
	file, err := f.root.Open(name)
	if err != nil {
		return nil, f.explain(err)
	}
	return file, nil
}

func (f *folder) remove(_ context.Context, name string) error {
	err := f.root.Remove(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f.explain(err)
	}
	return nil
}

func (f *folder) list(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		entries, err := f.entries()
		if err != nil {
			yield(Entry{}, err)
			return
		}
		for _, e := range entries {
			if ctx.Err() != nil {
				yield(Entry{}, ctx.Err())
				return
			}
			info, err := e.Info()
			if err != nil || !info.Mode().IsRegular() || !strings.HasPrefix(e.Name(), prefix) {
				continue // removed meanwhile, or none of ours
			}
			if !yield(Entry{Name: e.Name(), Size: info.Size(), Modified: info.ModTime()}, nil) {
				return
			}
		}
	}
}

func (f *folder) entries() ([]fs.DirEntry, error) {
	dir, err := f.root.Open(".")
	if err != nil {
		return nil, f.explain(err)
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return nil, f.explain(err)
	}
	return entries, nil
}

func (f *folder) sweep(context.Context) error {
	entries, err := f.entries()
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), tempPrefix) && time.Since(info.ModTime()) > abandoned {
			f.root.Remove(e.Name())
		}
	}
	return nil
}

// check writes a few bytes and takes them away again.
func (f *folder) check(context.Context) error {
	base := tempPrefix + rand.Text()
	defer f.root.Remove(base)
	if err := f.root.WriteFile(base, []byte("check"), 0o600); err != nil {
		return f.explain(err)
	}
	return nil
}

func (f *folder) explain(err error) error { return explain(f.dir, err) }

// explain adds the path and the remedy to errors an operator can mend.
func explain(dir string, err error) error {
	remedy := ""
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		remedy = "; the disk is full: free some space, or set OLLE_FILES_URL to a folder on another disk"
	case errors.Is(err, syscall.EROFS):
		remedy = "; the disk is read-only: mount it writable, or set OLLE_FILES_URL to another folder"
	case errors.Is(err, fs.ErrPermission):
		remedy = "; give this user the right to write there, or set OLLE_FILES_URL to another folder"
	}
	return fmt.Errorf("files: in %s: %w%s", dir, err, remedy)
}
