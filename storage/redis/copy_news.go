package redis

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// news are the keys of documents that commits announce, gathered.
type news struct {
	mu      sync.Mutex
	changed map[string]bool
	err     error
	words   chan string // of our own announcements
}

// listen gathers until the subscription ends. A connection that was lost has missed something: the copy is worth nothing then.
func (n *news) listen(ctx context.Context, sub *goredis.PubSub) {
	defer close(n.words)
	for {
		event, err := sub.Receive(ctx)
		m, ok := event.(*goredis.Message)
		if err != nil || !ok {
			n.mu.Lock()
			n.err = errors.Join(errors.New("the connection that hears of changes was lost"), err)
			n.mu.Unlock()
			return
		}
		if strings.HasSuffix(m.Channel, part("CHANNEL")+"!copy") {
			n.words <- m.Payload
			continue
		}
		keys := make(chan string, len(m.Payload))
		offer(keys, m.Payload)
		close(keys)
		n.mu.Lock()
		for k := range keys {
			n.changed[k] = true
		}
		n.mu.Unlock()
	}
}

// take empties the list.
func (n *news) take() (keys []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for k := range n.changed {
		keys = append(keys, k)
	}
	clear(n.changed)
	return keys
}

func (n *news) failed() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.err
}

// hear waits for an announcement of our own; all others made before it have been gathered then.
func (n *news) hear(ctx context.Context, word string) error {
	limit := time.NewTimer(replyTimeout)
	defer limit.Stop()
	for {
		select {
		case w, ok := <-n.words:
			if !ok || w == word {
				return n.failed()
			}
		case <-limit.C:
			return errors.New("no news of our own moment")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
