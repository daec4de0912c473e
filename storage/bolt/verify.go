package bolt

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"

	bbolt "go.etcd.io/bbolt"
)

// verify reads an existing file once before it is opened for good. bbolt looks through all pages when it opens a file, in a
// goroutine of its own where a damaged page ends the program; here the damage becomes an error.
func verify(path string) (err error) {
	defer damage(&err)()
	info, err := os.Stat(path)
	if err != nil || info.Size() == 0 || !info.Mode().IsRegular() {
		return nil // opening for good says what there is to say
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: lockWait, NoStatistics: true})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.View(func(tx *bbolt.Tx) error {
		if tx.Size() > info.Size() {
			return fmt.Errorf("%w: %d of %d bytes are there", errDamaged, info.Size(), tx.Size())
		}
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error { return readThrough(string(name), b) })
	})
}

// readThrough visits every key of a bucket, in order, and looks some of them up from above.
func readThrough(name string, b *bbolt.Bucket) error {
	const often = 16
	n, end := 0, byte(0)
	var last []byte
	lookup := b.Cursor()
	err := b.ForEach(func(k, v []byte) error {
		if bytes.Compare(k, last) <= 0 && n > 0 {
			return fmt.Errorf("%w: %s: keys out of order", errDamaged, name)
		}
		if len(v) > 0 {
			end += v[len(v)-1] // touched, so that a missing page is noticed
		}
		if n%often == 0 {
			if found, _ := lookup.Seek(k); !bytes.Equal(found, k) {
				return fmt.Errorf("%w: %s: a key is not found", errDamaged, name)
			}
		}
		last, n = append(last[:0], k...), n+1
		return nil
	})
	_ = end
	return err
}

// damage returns what to defer so that a panic over a damaged page, and a fault over one that cannot be read, becomes an error.
func damage(err *error) func() {
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		if p := recover(); p != nil {
			*err = fmt.Errorf("%w: %v", errDamaged, p)
		}
	}
}
