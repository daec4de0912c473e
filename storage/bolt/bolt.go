// Package bolt keeps the promise of package storage in one local file, for the first run and for small teams.
//
// It hides how: bbolt holds documents, names and jobs; one goroutine writes, and takes all batches that wait into one
// synchronised transaction, so that a batch alone on an idle store waits for nobody and many at once share the price of the disk.
// Who may work on what (lanes, claims, pauses, rates, leases) is kept in memory and rebuilt from the jobs at Open: the file has
// one process, and what a dead process had claimed is free again. With them a job's Tries start anew.
//
// Promised: a commit that returned nil survives kill -9 and, on a disk that keeps its word, a power cut. A commit that failed
// (full disk) changed nothing or is found whole, and the store goes on once the disk has room. The file must lie on a local disk.
//
// It is separate so that package storage stays free of any database.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	bbolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"olle/storage"
)

// Store is a storage.Store in one file.
type Store struct {
	path string
	db   *bbolt.DB
	now  func() time.Time // the program's clock

	requests chan *request // to the committer
	quit     chan struct{} // closed: take nothing more
	stopped  chan struct{} // closed: the committer is gone
	closing  sync.Once

	raise  atomic.Int64 // numbers given must be above
	seq    int64        // the last revision or push number given; the committer's own
	stale  bool         // a commit failed in a way that may have reached the file: the board must be compared; the committer's own
	sweeps sweeps

	mu       sync.Mutex // guards what follows; never held while the disk is written
	board    *board
	leases   map[string]lease
	watchers map[*watcher]struct{}
}

var _ storage.Store = (*Store)(nil)

// Load returns the documents under keys, in that order.
func (s *Store) Load(ctx context.Context, keys ...string) ([]storage.Doc, error) {
	docs := make([]storage.Doc, len(keys))
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		now, b := s.now(), tx.Bucket(bucketDocs)
		for i, k := range keys {
			docs[i] = readDoc(k, b.Get([]byte(k)), now)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return docs, nil
}

// List returns up to n living documents whose keys start with prefix and are greater than after.
func (s *Store) List(ctx context.Context, prefix, after string, n int) ([]storage.Doc, error) {
	var docs []storage.Doc
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		now := s.now()
		walk(tx.Bucket(bucketDocs), prefix, after, func(k, v []byte) bool {
			if len(docs) >= n || ctx.Err() != nil {
				return false
			}
			if d := readDoc(string(k), v, now); d.Rev != 0 {
				docs = append(docs, d)
			}
			return true
		})
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	return docs, nil
}

// Jobs lists waiting and claimed jobs by ID.
func (s *Store) Jobs(ctx context.Context, f storage.Filter, after string, n int) ([]storage.Job, error) {
	var jobs []storage.Job
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		walk(tx.Bucket(bucketJobs), f.Prefix, after, func(k, v []byte) bool {
			if len(jobs) >= n || ctx.Err() != nil {
				return false
			}
			if j, ok := decodeJob(string(k), v, true); ok && (f.Queue == "" || f.Queue == j.Queue) {
				jobs = append(jobs, j)
			}
			return true
		})
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range jobs {
		s.board.annotate(&jobs[i])
	}
	return jobs, nil
}

// Claim takes due jobs.
func (s *Store) Claim(ctx context.Context, c storage.Claim) ([]storage.Job, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.closed() {
		return nil, storage.ErrClosed
	}
	s.mu.Lock()
	taken := s.board.claim(c, time.Now())
	s.mu.Unlock()
	if len(taken) == 0 {
		return nil, nil
	}
	jobs, gone, err := s.fetch(taken)
	if len(gone) > 0 {
		s.mu.Lock()
		for _, j := range gone {
			s.board.untake(j, time.Now())
		}
		s.mu.Unlock()
	}
	return jobs, err
}

// fetch reads the jobs claimed on the board from the file. The file may be a moment ahead of the board, so that one of them was
// finished or replaced there: that one is gone. After an error all are.
func (s *Store) fetch(taken []storage.Job) (jobs, gone []storage.Job, err error) {
	err = s.view(context.Background(), func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketJobs)
		for _, t := range taken {
			j, ok := decodeJob(t.ID, b.Get([]byte(t.ID)), true)
			if !ok || j.Seq != t.Seq {
				gone = append(gone, t)
				continue
			}
			j.Token, j.Tries = t.Token, t.Tries
			jobs = append(jobs, j)
		}
		return nil
	})
	if err != nil {
		return nil, taken, err
	}
	return jobs, gone, nil
}

// view runs fn in a short read transaction. A damaged page is an error, not the end of the program.
func (s *Store) view(ctx context.Context, fn func(*bbolt.Tx) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	err = s.read(fn)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return storage.ErrClosed
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return explain(s.path, err)
}

func (s *Store) read(fn func(*bbolt.Tx) error) (err error) {
	defer damage(&err)()
	return s.db.View(fn)
}

func (s *Store) closed() bool {
	select {
	case <-s.quit:
		return true
	default:
		return false
	}
}

// Close finishes what was handed over, then lets go of the file.
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		close(s.quit)
		<-s.stopped
		if err = s.db.Close(); err != nil {
			err = fmt.Errorf("bolt: close %s: %w", s.path, err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for w := range s.watchers {
			s.leave(w)
		}
	})
	return err
}
