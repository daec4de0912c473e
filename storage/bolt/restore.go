package bolt

import (
	"cmp"
	"slices"
	"time"

	bbolt "go.etcd.io/bbolt"

	"olle/storage"
)

// restore makes the board agree with the file: at Open, and after a commit of which nobody knows whether it reached the file.
func (s *Store) restore() error {
	type stored struct {
		seq      int64
		id, data []byte
	}
	return s.read(func(tx *bbolt.Tx) error {
		s.seq = max(s.seq, int64(tx.Bucket(bucketDocs).Sequence()))
		var jobs []stored
		err := tx.Bucket(bucketJobs).ForEach(func(k, v []byte) error {
			jobs = append(jobs, stored{stamped(v), k, v})
			return nil
		})
		if err != nil {
			return err
		}
		slices.SortFunc(jobs, func(a, b stored) int { return cmp.Compare(a.seq, b.seq) })
		s.mu.Lock()
		defer s.mu.Unlock()
		s.board.restore(s.now(), time.Now(), func(yield func(storage.Job) bool) {
			for _, j := range jobs {
				if job, ok := decodeJob(string(j.id), j.data, false); ok && !yield(job) {
					return
				}
			}
		})
		return nil
	})
}
