package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bbolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"olle/storage"
)

// The file's buckets. Keys are the caller's; values are described in codec.go.
var (
	bucketMeta = []byte("olle") // "format" → 8 bytes; its presence says that the file is ours
	bucketDocs = []byte("docs") // its sequence is the last revision or push number given
	bucketOnce = []byte("once") // name → when it may be forgotten
	bucketJobs = []byte("jobs")

	keyFormat = []byte("format")
)

// format is the version of the file's layout. A program refuses files newer than itself.
const format = 1

// lockWait is how long Open waits for another process to let go of the file.
const lockWait = time.Second

// Open opens the store in the file at path and makes file and folder if there are none. now is the program's clock; nil: real time.
// A file that another process has open is storage.ErrBusy. Every error names the file and what to do.
func Open(path string, now func() time.Time) (*Store, error) {
	return open(path, now, 0)
}

// open is Open with a bound on the file's size in bytes (0: none).
func open(path string, now func() time.Time, maxSize int) (*Store, error) {
	if now == nil {
		now = time.Now
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("bolt: %w", err)
	}
	db, err := openFile(path, maxSize)
	if err != nil {
		return nil, explain(path, err)
	}
	s := &Store{
		path: path, db: db, now: now,
		requests: make(chan *request, maxGroup), quit: make(chan struct{}), stopped: make(chan struct{}),
		board: newBoard(), leases: map[string]lease{}, watchers: map[*watcher]struct{}{},
	}
	if err := s.restore(); err != nil {
		_ = db.Close()
		return nil, explain(path, err)
	}
	go s.write()
	return s, nil
}

// openFile opens or makes the database.
func openFile(path string, maxSize int) (db *bbolt.DB, err error) {
	defer damage(&err)()
	if err := verify(path); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	_, err = os.Stat(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: lockWait, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType,
		InitialMmapSize: 4 << 20, MaxSize: maxSize, NoStatistics: true,
	})
	if err != nil {
		return nil, err
	}
	if err := prepare(db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := removeCopies(filepath.Dir(path)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if fresh {
		return db, syncDir(filepath.Dir(path)) // else a power cut could take the new file's name
	}
	return db, nil
}

// prepare makes the buckets in a new file, and refuses a file that is not ours.
func prepare(db *bbolt.DB) error {
	known, empty := false, true
	err := db.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket(bucketMeta); b != nil {
			known = true
			if v := b.Get(keyFormat); len(v) != 8 || binary.BigEndian.Uint64(v) > format {
				return errNewer
			}
		}
		return tx.ForEach(func([]byte, *bbolt.Bucket) error { empty = false; return nil })
	})
	switch {
	case err != nil:
		return err
	case known:
		return nil
	case !empty:
		return errForeign
	}
	return db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketDocs, bucketOnce, bucketJobs, bucketMeta} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMeta).Put(keyFormat, binary.BigEndian.AppendUint64(nil, format))
	})
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

var (
	errDamaged = errors.New("the file is damaged")
	errForeign = errors.New("the file belongs to another program")
	errNewer   = errors.New("the file was written by a newer version")
)

// explain says where and what to do about an error of opening or reading.
func explain(path string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("%w: %s: stop the other olle, or give this one another data folder", storage.ErrBusy, path)
	case errors.Is(err, errNewer):
		return fmt.Errorf("bolt: %s: %w: update olle", path, err)
	case errors.Is(err, errForeign):
		return fmt.Errorf("bolt: %s: %w: choose another data folder", path, err)
	case errors.Is(err, errDamaged), errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("bolt: %s: not a sound store: %w: move it away and restore a backup", path, err)
	case errors.Is(err, fs.ErrPermission), isReadOnly(err):
		return fmt.Errorf("bolt: %s: %w: let this user write to the file and its folder, or choose another data folder", path, err)
	case isFull(err):
		return fmt.Errorf("bolt: %s: %w: make room on the disk", path, err)
	}
	return fmt.Errorf("bolt: %s: %w", path, err)
}
