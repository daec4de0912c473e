package bolt

import (
	"context"

	bbolt "go.etcd.io/bbolt"

	"olle/storage"
)

// backlogLooks is how many lanes Backlog looks at.
const backlogLooks = 20_000

// Backlog tells what waits in a queue.
func (s *Store) Backlog(ctx context.Context, queue string) (storage.Backlog, error) {
	s.mu.Lock()
	found, oldest := s.board.backlog(queue)
	s.mu.Unlock()
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		for _, id := range oldest {
			j, ok := decodeJob(id, tx.Bucket(bucketJobs).Get([]byte(id)), false)
			since := j.Born
			if j.At.After(since) {
				since = j.At
			}
			if ok && (found.Oldest.IsZero() || since.Before(found.Oldest)) {
				found.Oldest = since
			}
		}
		return nil
	})
	return found, err
}

// backlog counts a queue's lanes and names the live jobs one of which has waited longest: the one pushed first of those that were due
// at once, and the one due first of the others.
func (b *board) backlog(name string) (found storage.Backlog, oldest []string) {
	q := b.queues[name]
	if q == nil {
		return found, nil
	}
	found.Later = q.future.len()
	var pushed, due *entry
	looked := 0
	for _, l := range q.lanes {
		if looked++; looked > backlogLooks {
			break
		}
		e := l.holder
		if e == nil || e.bulk {
			e = nil
			if l.live.len() > 0 {
				e = l.live.top()
			}
		}
		switch {
		case l.in != nil:
			found.Lanes++
		case l.token != 0 || l.head() != nil:
			found.Busy++
		}
		switch {
		case e == nil:
		case e.at.IsZero():
			if pushed == nil || e.seq < pushed.seq {
				pushed = e
			}
		case due == nil || e.at.Before(due.at):
			due = e
		}
	}
	for _, e := range []*entry{pushed, due} {
		if e != nil {
			oldest = append(oldest, e.id)
		}
	}
	return found, oldest
}
