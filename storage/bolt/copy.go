package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	bbolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"olle/storage"
)

// copies is how the names of folders begin that hold a copy of the file while it is read.
const copies = ".copy-"

// Copy hands everything the file held at one moment to visit. It copies the file first, as fast as the disk goes: a reader that stayed
// in a transaction for as long as somebody far away takes would hold up the writer when the file must grow.
func (s *Store) Copy(ctx context.Context, visit func(storage.Item) error) error {
	dir, err := os.MkdirTemp(filepath.Dir(s.path), copies+"*")
	if err != nil {
		return explain(s.path, err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "olle.db")
	if err := s.view(ctx, func(tx *bbolt.Tx) error { return tx.CopyFile(path, 0o600) }); err != nil {
		return fmt.Errorf("bolt: copy: %w", err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: lockWait})
	if err != nil {
		return explain(path, err)
	}
	defer db.Close()
	return db.View(func(tx *bbolt.Tx) (err error) {
		defer damage(&err)()
		return s.visitAll(ctx, tx, visit)
	})
}

// removeCopies removes what processes left behind that were killed while they copied. The caller has the file's lock: nobody copies now.
func removeCopies(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), copies) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

func (s *Store) visitAll(ctx context.Context, tx *bbolt.Tx, visit func(storage.Item) error) error {
	now := s.now()
	err := tx.Bucket(bucketDocs).ForEach(func(k, v []byte) error {
		if d := readDoc(string(k), v, now); d.Rev != 0 {
			return visit(storage.Item{Doc: &d})
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	if err := visit(storage.Item{Last: int64(tx.Bucket(bucketDocs).Sequence())}); err != nil {
		return err
	}
	var jobs []storage.Job
	err = tx.Bucket(bucketJobs).ForEach(func(k, v []byte) error {
		if j, ok := decodeJob(string(k), v, true); ok {
			jobs = append(jobs, j)
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	slices.SortFunc(jobs, func(a, b storage.Job) int { return int(a.Seq - b.Seq) })
	for i := range jobs {
		if err := visit(storage.Item{Job: &jobs[i]}); err != nil {
			return err
		}
	}
	return tx.Bucket(bucketOnce).ForEach(func(k, _ []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return visit(storage.Item{Name: string(k)})
	})
}

// Raise makes sure that numbers given from now on are above n.
func (s *Store) Raise(ctx context.Context, n int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.raise.Store(max(n, s.raise.Load()))
	_, err := s.Commit(ctx, storage.Batch{Put: []storage.Doc{{Key: "storage/raised", Data: []byte{}, Until: s.now()}}}) // gone at once
	return err
}

// Forget forgets every Once name.
func (s *Store) Forget(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.db.Update(func(tx *bbolt.Tx) (err error) {
		defer damage(&err)()
		if err := tx.DeleteBucket(bucketOnce); err != nil {
			return err
		}
		_, err = tx.CreateBucket(bucketOnce)
		return err
	})
	switch {
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return storage.ErrClosed
	case err != nil:
		return s.failure(err)
	}
	return nil
}
