package redis

import (
	"context"
	"fmt"

	"olle/storage"
)

// Claim takes due jobs. It is never repeated here: when its reply is lost, what it took is offered again after the lease.
func (s *Store) Claim(ctx context.Context, c storage.Claim) ([]storage.Job, error) {
	if s.closed() {
		return nil, storage.ErrClosed
	}
	if c.N <= 0 {
		return nil, nil
	}
	today := s.now()
	if c.Now.IsZero() {
		c.Now = today
	}
	bulk := c.Rate.Bulk()
	if c.Live {
		bulk = 0
	}
	reply, err := s.writes.run(ctx, claimScript, []any{c.Queue, c.N, micros(c.Now), span(c.Lease),
		c.Rate.PerSecond, c.Rate.Burst, bulk, micros(today)})
	if err != nil {
		return nil, fmt.Errorf("redis: claim: %w", err)
	}
	var jobs []storage.Job
	for r, _ := reply.([]any); len(r) >= 9; r = r[9:] {
		jobs = append(jobs, storage.Job{
			ID: text(r[0]), Token: integer(r[1]), Tries: int(integer(r[2])), Queue: c.Queue, Lane: text(r[3]), Bulk: text(r[4]) == "1",
			At: moment(r[5]), Data: []byte(text(r[6])), Born: moment(r[7]), Seq: integer(r[8]),
		})
	}
	return jobs, nil
}
