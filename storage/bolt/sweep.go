package bolt

import (
	"bytes"

	bbolt "go.etcd.io/bbolt"
)

// sweepAtLeast is how many entries every transaction looks at. It looks at two more for each it adds, so that a sweep gets round
// faster than the bucket grows.
const sweepAtLeast = 4

// sweeps are the places up to which expired documents and forgotten names were looked for.
type sweeps struct{ docs, once sweep }

type sweep struct{ after []byte }

// step looks at the next n entries and deletes those that are over. It begins anew behind the last.
func (w *sweep) step(b *bbolt.Bucket, n int, over func(value []byte) bool) error {
	c := b.Cursor()
	k, v := c.Seek(w.after)
	if len(w.after) > 0 && bytes.Equal(k, w.after) {
		k, v = c.Next()
	}
	var old [][]byte
	for ; k != nil && n > 0; n-- {
		w.after = append(w.after[:0], k...)
		if over(v) {
			old = append(old, bytes.Clone(k))
		}
		k, v = c.Next()
	}
	if k == nil {
		w.after = w.after[:0]
	}
	for _, k := range old {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}
