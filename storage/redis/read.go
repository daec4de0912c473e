package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

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
	args := make([]any, 1, 1+2*len(keys))
	args[0] = "mget"
	docs := make([]storage.Doc, len(keys))
	for i, k := range keys {
		args = append(args, s.root+parts.head+k, s.root+parts.doc+k)
		docs[i].Key = k
	}
	reply, err := s.again(ctx, s.reads, args)
	if err != nil {
		return nil, fmt.Errorf("redis: load: %w", err)
	}
	r, _ := reply.([]any)
	if len(r) != 2*len(keys) {
		return nil, fmt.Errorf("redis: load: %d replies for %d keys", len(r), len(keys))
	}
	now := s.now()
	for i := range docs {
		if head := text(r[2*i]); head != "" {
			if d := readDoc(keys[i], head, text(r[2*i+1])); d.Until.IsZero() || now.Before(d.Until) {
				docs[i] = d
			}
		}
	}
	return docs, nil
}

// List returns a page of documents. It reads in pieces: what is committed meanwhile may be in it or not.
func (s *Store) List(ctx context.Context, prefix, after string, n int) ([]storage.Doc, error) {
	var docs []storage.Doc
	err := s.pages(ctx, listScript, prefix, after, func(r []any, _ string) bool {
		for ; len(r) >= 3 && len(docs) < n; r = r[3:] {
			docs = append(docs, readDoc(text(r[0]), text(r[1]), text(r[2])))
		}
		return len(docs) < n
	}, n, nanos(s.now()))
	if err != nil {
		return nil, fmt.Errorf("redis: list: %w", err)
	}
	return docs, nil
}

// Jobs returns a page of jobs, read in pieces like List. The held ones come with every piece and are sorted in here.
func (s *Store) Jobs(ctx context.Context, f storage.Filter, after string, n int) ([]storage.Job, error) {
	page := n
	if f.Queue != "" && n > 0 {
		page = pageKeys // most may be of other queues
	}
	var jobs []storage.Job
	last, unreadable := after, error(nil)
	err := s.pages(ctx, jobsScript, f.Prefix, after, func(r []any, next string) bool {
		piece, err := readJobs(r)
		unreadable = errors.Join(unreadable, err)
		for _, j := range piece {
			if j.ID > last && (next == "" || j.ID <= next) && len(jobs) < n {
				jobs, last = append(jobs, j), j.ID
			}
		}
		return len(jobs) < n && unreadable == nil
	}, page, f.Queue, f.Prefix)
	if err = errors.Join(err, unreadable); err != nil {
		return nil, fmt.Errorf("redis: jobs: %w", err)
	}
	return jobs, nil
}

// readJobs reads jobs with the tokens of their claims and sorts them by ID.
func readJobs(r []any) (jobs []storage.Job, err error) {
	for ; len(r) >= 3; r = r[3:] {
		j, odd := readJob(text(r[0]), text(r[2]))
		j.Token = integer(r[1])
		jobs, err = append(jobs, j), errors.Join(err, odd)
	}
	slices.SortFunc(jobs, func(a, b storage.Job) int { return strings.Compare(a.ID, b.ID) })
	return jobs, err
}

// pages runs a listing script until take has enough or nothing is left. Listings have senders of their own, so that a long
// one holds up no reply.
// page is how many keys one script call looks at.
func (s *Store) pages(ctx context.Context, sc *script, prefix, after string, take func(r []any, next string) bool, page int, last ...any) error {
	if s.closed() {
		return storage.ErrClosed
	}
	if page <= 0 {
		return nil
	}
	low, high := bounds(prefix, after)
	for {
		reply, err := s.again(ctx, s.lists, s.command(sc, append([]any{low, high, min(page, pageKeys), pageBytes}, last...)...))
		if err != nil {
			return err
		}
		r, _ := reply.([]any)
		if len(r) == 0 {
			return fmt.Errorf("unexpected reply of type %T", reply)
		}
		next := text(r[0])
		if !take(r[1:], next) || next == "" {
			return nil
		}
		low = "(" + next
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
