// Package files keeps applicants' documents, encrypted.
//
// Every file is an age file (age-encryption.org/v1), encrypted while it streams in: no plain bytes touch the disk, and nothing is
// ever held whole in memory. A file appears under its name complete and synced, or not at all; putting it again replaces it. What a
// folder is encrypted to are the organisers' recipients, whose identity the server does not have, and whatever recipients a Put
// adds (a key of the applicant's). It is separate from the store because files are large, written once, and must be destroyable by
// destroying a key.
package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"filippo.io/age"
)

// ErrSealed says that nobody could ever read a file: there are no recipients to encrypt it to.
var ErrSealed = errors.New("files: no recipients to encrypt to; set OLLE_AGE_RECIPIENTS")

// Folder keeps files in one local folder. All methods are safe for concurrent use, also by several processes.
type Folder struct {
	root       *os.Root
	dir        string
	recipients []age.Recipient
}

// OpenFolder opens the folder dir, made with mode 0700 if need be. Files are encrypted to recipients; with none the folder can be
// read and listed, and refuses new files (see Sealed). Left-over temporary files older than a day are removed.
func OpenFolder(dir string, recipients []age.Recipient) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, explain(dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, explain(dir, err)
	}
	f := &Folder{root: root, dir: dir, recipients: slices.Clone(recipients)}
	if err := f.sweep(); err != nil {
		root.Close()
		return nil, err
	}
	return f, nil
}

// Close lets go of the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Sealed says that the folder has no recipients and so takes no new files.
func (f *Folder) Sealed() bool { return len(f.recipients) == 0 }

// Put reads r to its end and keeps it, encrypted to the folder's recipients and extra, under name. n is the number of plain bytes.
// An error of r is passed on, and then nothing is kept and what was there before stays.
func (f *Folder) Put(ctx context.Context, name string, r io.Reader, extra ...age.Recipient) (n int64, err error) {
	if f.Sealed() {
		return 0, ErrSealed
	}
	temp, err := f.temporary()
	if err != nil {
		return 0, err
	}
	defer func() {
		temp.Close()
		if err != nil {
			f.root.Remove(temp.base)
		}
	}()
	source := &untilDone{ctx: ctx, r: r}
	n, err = encrypt(temp, source, append(slices.Clone(f.recipients), extra...))
	if source.err != nil {
		return 0, source.err
	}
	if err != nil {
		return 0, f.explain(err)
	}
	if err := errors.Join(temp.Sync(), temp.Close()); err != nil {
		return 0, f.explain(err)
	}
	if err := f.root.Rename(temp.base, diskName(name)); err != nil {
		return 0, f.explain(err)
	}
	return n, f.syncFolder()
}

func encrypt(w io.Writer, r io.Reader, to []age.Recipient) (int64, error) {
	sealed, err := age.Encrypt(w, to...)
	if err != nil {
		return 0, fmt.Errorf("files: %w", err)
	}
	n, err := io.Copy(sealed, r)
	if err != nil {
		return 0, err
	}
	return n, sealed.Close()
}

// untilDone ends reading when ctx does, and remembers why reading ended early.
type untilDone struct {
	ctx context.Context
	r   io.Reader
	err error
}

func (u *untilDone) Read(p []byte) (n int, err error) {
	if err = u.ctx.Err(); err == nil {
		n, err = u.r.Read(p)
	}
	if err != nil && err != io.EOF {
		u.err = err
	}
	return n, err
}

// Open returns the plain bytes of a file, decrypted with one of identities as they are read. A damaged or cut-off file shows as an
// error of Read, perhaps after many good bytes: only what was read up to io.EOF is the file. fs.ErrNotExist: no such file.
func (f *Folder) Open(ctx context.Context, name string, identities ...age.Identity) (io.ReadCloser, error) {
	file, err := f.root.Open(diskName(name))
	if err != nil {
		return nil, f.explain(err)
	}
	plain, err := age.Decrypt(file, identities...)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("files: cannot decrypt %q: %w", name, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{&untilDone{ctx: ctx, r: plain}, file}, nil
}

// OpenSealed returns a file as it is kept, still encrypted: for archives that are opened elsewhere.
func (f *Folder) OpenSealed(name string) (io.ReadCloser, error) {
	file, err := f.root.Open(diskName(name))
	if err != nil {
		return nil, f.explain(err)
	}
	return file, nil
}

// Delete removes a file. That there is none is fine.
func (f *Folder) Delete(name string) error {
	err := f.root.Remove(diskName(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f.explain(err)
	}
	return nil
}

// List returns up to n names that start with prefix and are greater than after, in byte order. A name too long for a file system
// is listed as "sha256-…", which stands for it in every method.
func (f *Folder) List(prefix, after string, n int) ([]string, error) {
	dir, err := f.root.Open(".")
	if err != nil {
		return nil, f.explain(err)
	}
	defer dir.Close()
	onDisk, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, f.explain(err)
	}
	var names []string
	for _, d := range onDisk {
		name, ok := givenName(d)
		if ok && strings.HasPrefix(name, prefix) && name > after {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names[:min(n, len(names))], nil
}

func (f *Folder) explain(err error) error { return explain(f.dir, err) }

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
