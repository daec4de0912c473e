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
	reply, err := s.writes.run(ctx, s.command(claimScript, c.Queue, c.N, micros(c.Now), span(c.Lease),
		c.Rate.PerSecond, c.Rate.Burst, bulk, micros(today)))
	if err != nil {
		return nil, fmt.Errorf("redis: claim: %w", err)
	}
	var jobs []storage.Job
	for r, _ := reply.([]any); len(r) >= 3; r = r[3:] {
		j, err := readJob(text(r[0]), text(r[2]))
		if err != nil {
			return nil, err
		}
		j.Token = integer(r[1])
		jobs = append(jobs, j)
	}
	return jobs, nil
}
