package redis

import (
	"context"
	"fmt"

	"olle/storage"
)

// backlogLooks is how many lanes of each kind Backlog looks into.
const backlogLooks = 64

// Backlog tells what waits in a queue.
func (s *Store) Backlog(ctx context.Context, queue string) (storage.Backlog, error) {
	if s.closed() {
		return storage.Backlog{}, storage.ErrClosed
	}
	reply, err := s.again(ctx, s.lists, s.command(backlogScript, queue, backlogLooks))
	if err != nil {
		return storage.Backlog{}, fmt.Errorf("redis: backlog: %w", err)
	}
	r, _ := reply.([]any)
	if len(r) != 4 {
		return storage.Backlog{}, fmt.Errorf("redis: backlog: unexpected reply of type %T", reply)
	}
	return storage.Backlog{Oldest: moment(r[0]), Lanes: int(integer(r[1])), Busy: int(integer(r[2])), Later: int(integer(r[3]))}, nil
}
