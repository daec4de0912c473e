package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"olle/storage"
)

// Commit writes the batch in one script call: one round trip, or a share of one.
//
// A commit under a Once name whose reply was lost is repeated once, with the same nonce: when the first attempt had happened, the
// script knows its own nonce and answers with the first result instead of "seen". A commit without a name is never repeated here.
func (s *Store) Commit(ctx context.Context, b storage.Batch) (storage.Result, error) {
	if err := b.Validate(); err != nil {
		return storage.Result{}, err
	}
	if s.closed() {
		return storage.Result{}, storage.ErrClosed
	}
	r := s.request(&b)
	reply, err := s.writes.run(ctx, r.args)
	if b.Once != "" && lostReply(err) && ctx.Err() == nil {
		reply, err = s.writes.run(ctx, r.args)
	}
	if err != nil {
		return storage.Result{}, fmt.Errorf("redis: commit: %w", err)
	}
	born := r.born
	r.answered()
	if n, plain := reply.(int64); plain {
		return plainResult(&b, n, born), nil
	}
	return readCommit(&b, reply)
}

// plainResult is that of a commit whose jobs are all held: they have n, n+1, … as seq and token.
func plainResult(b *storage.Batch, n, born int64) (r storage.Result) {
	if len(b.Put) > 0 {
		r.Rev = n
	}
	if len(b.Push) > 0 {
		r.Held = slices.Clone(b.Push)
	}
	for i := range r.Held {
		j := &r.Held[i]
		j.Born, j.Seq, j.Token, j.Tries = time.Unix(0, born).UTC(), n+int64(i), n+int64(i), 0
	}
	return r
}

func readCommit(b *storage.Batch, reply any) (storage.Result, error) {
	r, ok := reply.([]any)
	if !ok || len(r) == 0 {
		return storage.Result{}, fmt.Errorf("redis: commit: unexpected reply of type %T", reply)
	}
	switch text(r[0]) {
	case "seen":
		return storage.Result{}, storage.ErrSeen
	case "conflict":
		if len(r) == 1+2*len(b.Check) {
			return storage.Result{}, readConflict(b, r[1:])
		}
	case "ok":
		return storage.Result{Rev: integer(r[1]), Held: readHeld(b, r[2:])}, nil
	}
	return storage.Result{}, errors.New("redis: commit: unexpected reply")
}

func readConflict(b *storage.Batch, r []any) error {
	c := &storage.Conflict{Docs: make([]storage.Doc, len(b.Check))}
	for i, d := range b.Check {
		c.Docs[i] = storage.Doc{Key: d.Key}
		if head := text(r[2*i]); head != "" {
			c.Docs[i] = readDoc(d.Key, head, text(r[2*i+1]))
		}
	}
	return c
}

func readHeld(b *storage.Batch, r []any) []storage.Job {
	var held []storage.Job
	for ; len(r) >= 4; r = r[4:] {
		j := b.Push[integer(r[0])-1]
		j.Born, j.Seq, j.Token, j.Tries = moment(r[1]), integer(r[2]), integer(r[3]), 0
		held = append(held, j)
	}
	return held
}
