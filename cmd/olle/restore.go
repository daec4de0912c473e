package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"filippo.io/age"

	"olle/config"
	"olle/storage"
)

// restoringKey marks a store into which a backup is being put. Nothing but restore works on half of one.
const restoringKey = "clock/restoring"

// restore puts a backup into the store that the settings name, of either kind: that is how an installation moves to Redis and back. The
// whole file is checked before anything is written.
func restore(ctx context.Context, p *program, args []string) error {
	f := flags("restore")
	force := f.Bool("force", false, "clear a store that is not empty first")
	identity := f.String("identity", "", "file of the age identity that opens an encrypted backup; - is standard input")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return fmt.Errorf("%w: restore [-force] [-identity FILE] FILE", errUsage)
	}
	s, err := p.settings()
	if err != nil {
		return err
	}
	keys, err := p.identities(*identity)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	end, err := openBackup(f.Arg(0), keys, func(r io.Reader) (*trailer, error) { return readBackup(r, nil) })
	if err != nil {
		return fmt.Errorf("restore: %s: %w", f.Arg(0), err)
	}
	if err := callServe(ctx, socketPath(s), "ready", struct{}{}, new(string)); !errors.Is(err, errNoServe) {
		return errors.New("restore: a serve runs on this data folder: stop it, and every other one on the same store, first")
	}
	if err := p.refill(ctx, s, f.Arg(0), keys, *force); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	fmt.Fprintf(p.out, "restored %d documents, %d waiting jobs, %d seen names\n", end.Docs, end.Jobs, end.Names)
	return nil
}

// openBackup reads a backup file, opening age and gzip.
func openBackup(path string, keys []age.Identity, read func(io.Reader) (*trailer, error)) (*trailer, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	in := bufio.NewReader(file)
	var r io.Reader = in
	if start, _ := in.Peek(4); bytes.Equal(start, []byte("age-")) {
		if len(keys) == 0 {
			return nil, errors.New("it is encrypted: give -identity FILE")
		}
		var other *age.NoIdentityMatchError
		if r, err = age.Decrypt(in, keys...); errors.As(err, &other) {
			return nil, err
		} else if err != nil {
			return nil, damaged(err)
		}
	}
	packed, err := gzip.NewReader(r)
	switch {
	case errors.Is(err, gzip.ErrHeader), err == io.EOF: // it is something else, or empty
		return nil, errNoBackup
	case err != nil:
		return nil, damaged(err)
	}
	return read(intact{packed})
}

func damaged(err error) error {
	return fmt.Errorf("the backup is damaged: %w; nothing was done with it", err)
}

// intact says of what cannot be unpacked or decrypted that it is damaged. What ends too early is told by its lines.
type intact struct{ r io.Reader }

func (i intact) Read(p []byte) (int, error) {
	n, err := i.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		err = damaged(err)
	}
	return n, err
}

func (p *program) refill(ctx context.Context, s *config.Settings, path string, keys []age.Identity, force bool) error {
	w, err := p.openParts(ctx, s)
	if err != nil {
		return err
	}
	defer w.Close()
	others, err := w.elsewhere(ctx)
	if err != nil {
		return err
	}
	if len(others) > 0 {
		return fmt.Errorf("a serve works on this store (%s): stop it first; of one that was killed this is said for %s more", strings.Join(others, ", "), presentFor)
	}
	used, err := inUse(ctx, w.store)
	if err != nil {
		return err
	}
	if used && !force {
		return errors.New("the store is not empty; -force clears it first")
	}
	if _, err := w.store.Commit(ctx, storage.Batch{Put: []storage.Doc{{Key: restoringKey, Data: []byte("1")}}}); err != nil {
		return err
	}
	if used {
		if err := clearStore(ctx, w.store); err != nil {
			return err
		}
	}
	_, err = openBackup(path, keys, func(r io.Reader) (*trailer, error) { return fill(ctx, w.store, r) })
	if err != nil {
		return err
	}
	_, err = w.store.Commit(ctx, storage.Batch{Put: []storage.Doc{{Key: restoringKey}}})
	return err
}

// fill turns the lines pushed at it into the items that the store pulls.
func fill(ctx context.Context, s storage.Store, r io.Reader) (end *trailer, err error) {
	var read error
	lines := func(yield func(*storage.Item) bool) {
		end, read = readBackup(r, func(l *line) error {
			item := l.item()
			if item.Doc != nil && item.Doc.Key == restoringKey {
				return nil
			}
			if !yield(item) {
				return context.Canceled
			}
			return nil
		})
	}
	next, stop := iter.Pull(iter.Seq[*storage.Item](lines))
	err = storage.Fill(ctx, s, func() (*storage.Item, error) {
		item, ok := next()
		if !ok {
			return nil, read
		}
		return item, nil
	})
	stop()
	return end, err
}

// inUse says whether a store holds anything but notes of the program about itself.
func inUse(ctx context.Context, s storage.Store) (bool, error) {
	docs, err := s.List(ctx, "", "", 10)
	if err != nil {
		return false, err
	}
	for _, d := range docs {
		if d.Key == restoringKey || !strings.HasPrefix(d.Key, "clock/") && !strings.HasPrefix(d.Key, "storage/") {
			return true, nil
		}
	}
	jobs, err := s.Jobs(ctx, storage.Filter{}, "", 1)
	return len(jobs) > 0, err
}

// clearStore deletes documents and jobs, page by page, and leaves the mark. It also forgets what was seen: what came after the backup counts
// no more, and may come again.
func clearStore(ctx context.Context, s storage.Store) error {
	const page = 250
	for after := ""; ; {
		docs, err := s.List(ctx, "", after, page)
		if err != nil {
			return err
		}
		var b storage.Batch
		for _, d := range docs {
			if after = d.Key; d.Key != restoringKey {
				b.Put = append(b.Put, storage.Doc{Key: d.Key})
			}
		}
		jobs, err := s.Jobs(ctx, storage.Filter{}, "", page)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			b.Drop = append(b.Drop, j.ID)
		}
		if len(b.Put)+len(b.Drop) == 0 {
			return s.Forget(ctx)
		}
		if _, err := s.Commit(ctx, b); err != nil {
			return err
		}
	}
}

// whole refuses a store on which a restore was broken off.
func (w *parts) whole(ctx context.Context) error {
	docs, err := w.store.Load(ctx, restoringKey)
	if err == nil && docs[0].Rev != 0 {
		err = errors.New("a restore into this store was broken off: run olle restore -force FILE again")
	}
	return err
}
