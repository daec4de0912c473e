package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"strconv"
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
	args := s.commitArgs(&b)
	reply, err := s.writes.run(ctx, commitScript, args)
	if b.Once != "" && lostReply(err) && ctx.Err() == nil {
		reply, err = s.writes.run(ctx, commitScript, args)
	}
	if err != nil {
		return storage.Result{}, fmt.Errorf("redis: commit: %w", err)
	}
	return readCommit(&b, reply)
}

// commitArgs lists the batch as lua/commit.lua reads it. Data is copied: a caller whose context ended may use its slices anew while
// the call is still on its way.
func (s *Store) commitArgs(b *storage.Batch) []any {
	today := s.now()
	now := b.Now
	if now.IsZero() {
		now = today
	}
	nonce := ""
	if b.Once != "" {
		nonce = rand.Text()
	}
	touch := "0"
	if s.wait > 0 {
		touch = "1"
	}
	a := make([]any, 0, 26+2*len(b.Check)+5*(len(b.Done)+len(b.Free)+len(b.Keep)+len(b.Put))+7*len(b.Push))
	a = append(a, micros(now), nanos(now), nanos(today), micros(today),
		b.Once, nonce, storage.OnceFor.Milliseconds(), touch, span(b.Hold), span(b.KeepFor))
	a = append(a, len(b.Check))
	for _, d := range b.Check {
		a = append(a, d.Key, d.Rev)
	}
	a = appendClaims(a, b.Done)
	a = appendClaims(a, b.Free)
	a = appendClaims(a, b.Keep)
	a = append(a, len(b.Drop))
	for _, id := range b.Drop {
		a = append(a, id)
	}
	a = appendPuts(a, b.Put)
	a = appendPushes(a, b.Push)
	return appendPauses(a, b)
}

func appendClaims(a []any, jobs []storage.Job) []any {
	a = append(a, len(jobs))
	for _, j := range jobs {
		a = append(a, j.ID, j.Seq, j.Token, j.Queue, j.Lane)
	}
	return a
}

func appendPuts(a []any, docs []storage.Doc) []any {
	a = append(a, len(docs))
	for _, d := range docs {
		kept, ends, endsMicros := "1", "", ""
		if d.Data == nil {
			kept = "0"
		}
		if !d.Until.IsZero() {
			ends, endsMicros = nanos(d.Until), micros(d.Until)
		}
		a = append(a, d.Key, kept, ends, endsMicros, string(d.Data))
	}
	return a
}

func appendPushes(a []any, jobs []storage.Job) []any {
	a = append(a, len(jobs))
	for _, j := range jobs {
		bulk, at, due := "0", "", "0"
		if j.Bulk {
			bulk = "1"
		}
		if !j.At.IsZero() {
			at, due = nanos(j.At), micros(j.At)
		}
		a = append(a, j.ID, j.Queue, j.Lane, bulk, at, due, string(j.Data))
	}
	return a
}

func appendPauses(a []any, b *storage.Batch) []any {
	a = append(a, len(b.Pause))
	for _, p := range b.Pause {
		a = append(a, p.Queue, p.Lane, span(p.For))
	}
	a = append(a, len(b.Rates))
	for queue, r := range b.Rates {
		a = append(a, queue, r.PerSecond, r.Burst)
	}
	return a
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
		return storage.Result{}, readConflict(b, r[1:])
	case "ok":
		return storage.Result{Rev: integer(r[1]), Held: readHeld(b, r[2:])}, nil
	}
	return storage.Result{}, errors.New("redis: commit: unexpected reply")
}

func readConflict(b *storage.Batch, r []any) error {
	c := &storage.Conflict{Docs: make([]storage.Doc, len(b.Check))}
	for i, d := range b.Check {
		c.Docs[i] = storage.Doc{Key: d.Key}
		if rev := integer(r[3*i]); rev != 0 {
			c.Docs[i] = storage.Doc{Key: d.Key, Rev: rev, Until: moment(r[3*i+1]), Data: []byte(text(r[3*i+2]))}
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

// nanos is a moment as the store keeps it: decimal nanoseconds since 1970, from 1 (1970) to the last an int64 holds (2262).
func nanos(t time.Time) string { return strconv.FormatInt(unixNano(t), 10) }

// micros is the same as sorted sets compare it: a double holds microseconds exactly, nanoseconds not.
func micros(t time.Time) string { return strconv.FormatInt(unixNano(t)/1000, 10) }

// span is a stretch of real time in µs, rounded away from zero: the shortest pause is still one, and so is the shortest opening.
func span(d time.Duration) int64 {
	switch {
	case d > 0:
		return max(d.Microseconds(), 1)
	case d < 0:
		return min(d.Microseconds(), -1)
	}
	return 0
}

func unixNano(t time.Time) int64 {
	switch {
	case t.Year() < 1970:
		return 1
	case t.Year() > 2261:
		return math.MaxInt64
	}
	return max(t.UnixNano(), 1)
}

func moment(v any) time.Time {
	n := integer(v)
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func integer(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case string:
		n, _ := strconv.ParseInt(v, 10, 64) // '' is 0: none
		return n
	}
	return 0
}
