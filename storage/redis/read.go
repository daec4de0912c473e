package redis

import (
	"context"
	"fmt"

	"olle/storage"
)

// Pages that one script call may read: Redis does nothing else meanwhile.
const (
	pageKeys  = 256
	pageBytes = 4 << 20
)

// Load returns the documents under keys as they were at one moment.
func (s *Store) Load(ctx context.Context, keys ...string) ([]storage.Doc, error) {
	if s.closed() {
		return nil, storage.ErrClosed
	}
	if len(keys) == 0 {
		return nil, nil
	}
	args := make([]any, len(keys))
	docs := make([]storage.Doc, len(keys))
	for i, k := range keys {
		args[i] = k
		docs[i].Key = k
	}
	reply, err := s.again(ctx, s.reads, loadScript, args...)
	if err != nil {
		return nil, fmt.Errorf("redis: load: %w", err)
	}
	r, _ := reply.([]any)
	if len(r) != len(keys) {
		return nil, fmt.Errorf("redis: load: %d replies for %d keys", len(r), len(keys))
	}
	now := s.now()
	for i := range r {
		fields, _ := r[i].([]any)
		if len(fields) != 3 || fields[0] == nil {
			continue
		}
		if until := moment(fields[1]); until.IsZero() || now.Before(until) {
			docs[i].Rev, docs[i].Until, docs[i].Data = integer(fields[0]), until, []byte(text(fields[2]))
		}
	}
	return docs, nil
}

// List returns a page of documents. It reads in pieces: what is committed meanwhile may be in it or not.
func (s *Store) List(ctx context.Context, prefix, after string, n int) ([]storage.Doc, error) {
	var docs []storage.Doc
	err := s.pages(ctx, listScript, prefix, after, func(r []any) bool {
		for ; len(r) >= 4 && len(docs) < n; r = r[4:] {
			docs = append(docs, storage.Doc{Key: text(r[0]), Rev: integer(r[1]), Until: moment(r[2]), Data: []byte(text(r[3]))})
		}
		return len(docs) < n
	}, n, nanos(s.now()))
	if err != nil {
		return nil, fmt.Errorf("redis: list: %w", err)
	}
	return docs, nil
}

// Jobs returns a page of jobs, read in pieces like List.
func (s *Store) Jobs(ctx context.Context, f storage.Filter, after string, n int) ([]storage.Job, error) {
	page := n
	if f.Queue != "" && n > 0 {
		page = pageKeys // most may be of other queues
	}
	var jobs []storage.Job
	err := s.pages(ctx, jobsScript, f.Prefix, after, func(r []any) bool {
		for ; len(r) >= 10 && len(jobs) < n; r = r[10:] {
			jobs = append(jobs, storage.Job{
				ID: text(r[0]), Token: integer(r[1]), Tries: int(integer(r[2])), Queue: text(r[3]), Lane: text(r[4]), Bulk: text(r[5]) == "1",
				At: moment(r[6]), Data: []byte(text(r[7])), Born: moment(r[8]), Seq: integer(r[9]),
			})
		}
		return len(jobs) < n
	}, page, f.Queue)
	if err != nil {
		return nil, fmt.Errorf("redis: jobs: %w", err)
	}
	return jobs, nil
}

// pages runs a listing script until take has enough or nothing is left. Listings have senders of their own, so that a long
// one holds up no reply.
// page is how many keys one script call looks at.
func (s *Store) pages(ctx context.Context, sc *script, prefix, after string, take func([]any) bool, page int, last any) error {
	if s.closed() {
		return storage.ErrClosed
	}
	if page <= 0 {
		return nil
	}
	low, high := bounds(prefix, after)
	for {
		reply, err := s.again(ctx, s.lists, sc, low, high, min(page, pageKeys), pageBytes, last)
		if err != nil {
			return err
		}
		r, _ := reply.([]any)
		if len(r) == 0 {
			return fmt.Errorf("unexpected reply of type %T", reply)
		}
		if !take(r[1:]) || text(r[0]) == "" {
			return nil
		}
		low = "(" + text(r[0])
	}
}

// bounds are the limits of a listing as ZRANGEBYLEX writes them.
func bounds(prefix, after string) (low, high string) {
	low, high = "["+prefix, "+"
	if prefix == "" {
		low = "-"
	}
	if after >= prefix && after != "" {
		low = "(" + after
	}
	// The least string greater than all that start with prefix: its last byte that is not 0xff, plus one.
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			return low, "(" + prefix[:i] + string([]byte{prefix[i] + 1})
		}
	}
	return low, high
}
