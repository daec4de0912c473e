package bolt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"

	bbolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"olle/storage"
)

// Check says whether the file lies where data lasts, and writes a transaction to see that the disk takes it.
func (s *Store) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.closed() {
		return storage.ErrClosed
	}
	var place error
	if kind, why := volatile(filepath.Dir(s.path)); why != "" {
		place = fmt.Errorf("bolt: %s lies on %s: %s: choose a data folder on a local disk", s.path, kind, why)
	}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		docs := tx.Bucket(bucketDocs)
		return docs.SetSequence(docs.Sequence())
	})
	switch {
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return storage.ErrClosed
	case err != nil:
		err = s.failure(err)
	}
	return errors.Join(place, err)
}

// isFull says whether an error means that the file cannot grow. bbolt does not wrap the one of growing, so its text is looked at too.
func isFull(err error) bool {
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, berrors.ErrMaxSizeReached} {
		if errors.Is(err, full) || err != nil && strings.Contains(err.Error(), full.Error()) {
			return true
		}
	}
	return false
}

func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
