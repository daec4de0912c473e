package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"olle/storage"
)

const (
	// watchBuffer is how many keys wait for a slow reader before "anything may have changed" takes their place.
	watchBuffer = 256
	// watchFor is how long commits go on to announce documents of a kind after a watcher last said that it listens.
	watchFor   = time.Minute
	watchAgain = 15 * time.Second // how often it says so
)

// Watch listens on a connection of its own, and says that it does: what nobody watches is not announced. After the connection was lost
// and is back, "" is sent.
func (s *Store) Watch(ctx context.Context, kind string) (<-chan string, error) {
	if s.closed() {
		return nil, storage.ErrClosed
	}
	sub := s.servers.subscribe(ctx, channel(s.root, kind))
	if _, err := sub.Receive(ctx); err != nil { // the confirmation: from here on nothing is missed
		sub.Close()
		return nil, fmt.Errorf("redis: watch: %w", s.servers.explain(err))
	}
	if _, err := s.saysWatching(ctx, kind); err != nil {
		sub.Close()
		return nil, fmt.Errorf("redis: watch: %w", err)
	}
	out := make(chan string, watchBuffer)
	go func() {
		defer close(out)
		defer sub.Close()
		s.forward(ctx, kind, sub.ChannelWithSubscriptions(), out)
	}()
	return out, nil
}

// saysWatching makes commits announce a kind for a while; false: they did not until now.
func (s *Store) saysWatching(ctx context.Context, kind string) (bool, error) {
	args := []any{"set", s.root + parts.watched + kind, "1", "px", watchFor.Milliseconds(), "get"}
	before, err := s.again(ctx, s.writes, args)
	return before != nil, err
}

func (s *Store) forward(ctx context.Context, kind string, in <-chan any, out chan string) {
	missed := false
	again := time.NewTicker(s.watchAgain)
	defer again.Stop()
	for {
		var catchUp chan string
		if missed {
			catchUp = out
		}
		select {
		case <-ctx.Done():
			return
		case <-s.quit:
			return
		case catchUp <- "":
			missed = false
		case <-again.C:
			if watched, err := s.saysWatching(ctx, kind); err != nil || !watched {
				missed = true
			}
		case event, ok := <-in:
			if !ok {
				return
			}
			switch event := event.(type) {
			case *goredis.Subscription: // subscribed anew, so the connection was lost, and perhaps what was said with it
				_, _ = s.saysWatching(ctx, kind)
				missed = true
			case *goredis.Message:
				missed = !offer(out, event.Payload) || missed
			}
		}
	}
}

// offer passes on the keys of a message ("3:abc12:person/x…/y") as far as out takes them.
func offer(out chan<- string, payload string) bool {
	for payload != "" {
		length, rest, _ := strings.Cut(payload, ":")
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > len(rest) {
			return false
		}
		select {
		case out <- rest[:n]:
		default:
			return false
		}
		payload = rest[n:]
	}
	return true
}
