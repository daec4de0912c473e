package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"olle/storage"
)

// watchBuffer is how many keys wait for a slow reader before "anything may have changed" takes their place.
const watchBuffer = 256

// Watch listens on a connection of its own. After that was lost and is back, "" is sent.
func (s *Store) Watch(ctx context.Context, kind string) (<-chan string, error) {
	if s.closed() {
		return nil, storage.ErrClosed
	}
	sub := s.servers.subscribe(ctx, channel(s.root, kind))
	if _, err := sub.Receive(ctx); err != nil { // the confirmation: from here on nothing is missed
		sub.Close()
		return nil, fmt.Errorf("redis: watch: %w", s.servers.explain(err))
	}
	out := make(chan string, watchBuffer)
	go func() {
		defer close(out)
		defer sub.Close()
		s.forward(ctx, sub.ChannelWithSubscriptions(), out)
	}()
	return out, nil
}

func (s *Store) forward(ctx context.Context, in <-chan any, out chan string) {
	missed := false
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
		case event, ok := <-in:
			if !ok {
				return
			}
			switch event := event.(type) {
			case *goredis.Subscription: // subscribed anew, so the connection was lost
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
