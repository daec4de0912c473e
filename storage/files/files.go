// Package files keeps applicants' documents, encrypted, in a local folder or in a bucket of an S3 server.
//
// Every file is an age file (age-encryption.org/v1), encrypted while it streams in: no plain bytes touch a disk or a network, and
// nothing is ever held whole in memory. A file appears under its name complete and durable, or not at all; putting it again replaces
// it. What is encrypted to are the organisers' recipients, whose identity the server does not have, and whatever recipients a Put
// adds (a key of the applicant's). It is separate from the store because files are large, written once, and must be destroyable by
// destroying a key.
package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
)

// ErrSealed says that nobody could ever read a file: there are no recipients to encrypt it to.
var ErrSealed = errors.New("files: no recipients to encrypt to; set OLLE_AGE_RECIPIENTS")

// Files keeps files. All methods are safe for concurrent use, also by several processes on the same folder or bucket.
type Files struct {
	place      place
	recipients []age.Recipient
}

// place is where encrypted bytes lie under safe names (diskName). Its errors are explained to operators.
type place interface {
	// put has write produce the bytes and shows them under name when it returned nil; otherwise what was there before stays.
	put(ctx context.Context, name string, write func(io.Writer) error) error
	// get opens what is under name; fs.ErrNotExist where nothing is.
	get(ctx context.Context, name string) (io.ReadCloser, error)
	// remove is content when nothing is there.
	remove(ctx context.Context, name string) error
	list(ctx context.Context, prefix string) iter.Seq2[Entry, error]
	// sweep removes what puts that never ended have left, if it is older than a day.
	sweep(ctx context.Context) error
	check(ctx context.Context) error
	close() error
}

// Entry is one file that is kept.
type Entry struct {
	Name     string    // as in Put; "sha256-…" for one too long to be kept (see Listed), which stands for it in every method
	Size     int64     // encrypted bytes
	Modified time.Time // real time of the Put
}

// abandoned is how old the leftovers of a Put must be: longer than any Put of another process can take.
const abandoned = 24 * time.Hour

// Close lets go of the folder or of connections.
func (f *Files) Close() error { return f.place.close() }

// Sealed says that there are no recipients, so that no new files are taken.
func (f *Files) Sealed() bool { return len(f.recipients) == 0 }

// Check says whether files can be kept now; the error is a sentence for the operator.
func (f *Files) Check(ctx context.Context) error { return f.place.check(ctx) }

// Put reads r to its end and keeps it, encrypted to the organisers' recipients and extra, under name. n is the number of plain
// bytes. An error of r or ctx is passed on, and then nothing is kept and what was there before stays.
func (f *Files) Put(ctx context.Context, name string, r io.Reader, extra ...age.Recipient) (n int64, err error) {
	if f.Sealed() {
		return 0, ErrSealed
	}
	source := &untilDone{ctx: ctx, r: r}
	err = f.place.put(ctx, diskName(name), func(w io.Writer) (err error) {
		n, err = encrypt(w, source, append(slices.Clone(f.recipients), extra...))
		return err
	})
	switch {
	case source.err != nil:
		return 0, source.err
	case err != nil && ctx.Err() != nil:
		return 0, ctx.Err()
	case err != nil:
		return 0, err
	}
	return n, nil
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
func (f *Files) Open(ctx context.Context, name string, identities ...age.Identity) (io.ReadCloser, error) {
	file, err := f.place.get(ctx, diskName(name))
	if err != nil {
		return nil, err
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
func (f *Files) OpenSealed(ctx context.Context, name string) (io.ReadCloser, error) {
	return f.place.get(ctx, diskName(name))
}

// Delete removes a file. That there is none is fine.
func (f *Files) Delete(ctx context.Context, name string) error {
	return f.place.remove(ctx, diskName(name))
}

// List goes through the files whose names start with prefix, in no order. After an error it ends. Files put or deleted meanwhile may
// be among them or not.
func (f *Files) List(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for e, err := range f.place.list(ctx, escape(prefix)) {
			if err != nil {
				yield(Entry{}, err)
				return
			}
			name, ours := givenName(e.Name)
			if !ours || !strings.HasPrefix(name, prefix) {
				continue
			}
			e.Name = name
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Sweep removes what Puts that never ended (a process killed on the way) have left, if it is older than a day. None of it was ever
// visible.
func (f *Files) Sweep(ctx context.Context) error { return f.place.sweep(ctx) }
