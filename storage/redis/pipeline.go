package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"olle/storage"
)

const (
	maxCalls = 128     // in one pipeline
	maxBytes = 1 << 20 // of arguments in one pipeline; a call larger than that travels alone
)

// batcher collects calls that are made at the same time and sends them as one pipeline. A lone call goes at once: there is no
// timer. While a pipeline is under way, what comes meanwhile becomes the next one, so the busier the store, the fuller the
// pipelines. All keys are in one slot, so this is as good in a Cluster.
type batcher struct {
	servers *servers
	wait    int // replicas that must have what the pipeline wrote
	calls   chan *call
	quit    chan struct{}
	senders sync.WaitGroup
}

type call struct {
	args  []any // the whole command
	bytes int
	reply any
	err   error
	done  chan struct{} // takes one, so that whoever says it never waits
}

// idleCalls are used again, but for those whose caller went away: they are still on their way.
var idleCalls = sync.Pool{New: func() any { return &call{done: make(chan struct{}, 1)} }}

func (c *call) commits() bool { return len(c.args) > 1 && c.args[1] == commitScript.hash }

// evalsha and one begin the command that runs a script on one key.
var evalsha, one any = "evalsha", 1

// command is the one that runs a script with these arguments.
func (s *Store) command(sc *script, args ...any) []any {
	return append(append(make([]any, 0, 4+len(args)), evalsha, sc.hash, one, s.key), args...)
}

// startBatcher starts n senders: so many pipelines are under way at most.
func startBatcher(s *servers, n, wait int) *batcher {
	b := &batcher{servers: s, wait: wait, calls: make(chan *call), quit: make(chan struct{})}
	for range n {
		b.senders.Go(b.send)
	}
	return b
}

func (b *batcher) stop() {
	close(b.quit)
	b.senders.Wait()
}

// run hands a call to the next free sender and waits for its reply. When ctx ends first, the call may still happen.
func (b *batcher) run(ctx context.Context, args []any) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := idleCalls.Get().(*call)
	c.args, c.bytes = args, size(args)
	select {
	case b.calls <- c:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-b.quit:
		return nil, storage.ErrClosed
	}
	select {
	case <-c.done:
		reply, err := c.reply, b.servers.explain(c.err)
		c.args, c.reply, c.err = nil, nil, nil
		idleCalls.Put(c)
		return reply, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func size(args []any) int {
	n := 0
	for _, a := range args {
		switch a := a.(type) {
		case string:
			n += len(a)
		case []byte:
			n += len(a)
		default:
			n += 8
		}
	}
	return n
}

func (b *batcher) send() {
	batch := make([]*call, 0, maxCalls)
	for {
		select {
		case c := <-b.calls:
			batch = b.collect(append(batch[:0], c))
			b.exec(batch)
			for i, c := range batch {
				c.done <- struct{}{}
				batch[i] = nil
			}
		case <-b.quit:
			return
		}
	}
}

// collect adds the calls that wait at this moment.
func (b *batcher) collect(batch []*call) []*call {
	bytes := batch[0].bytes
	for len(batch) < maxCalls && bytes < maxBytes {
		select {
		case c := <-b.calls:
			batch = append(batch, c)
			bytes += c.bytes
		default:
			return batch
		}
	}
	return batch
}

// exec runs the batch; calls which the server provably did not run are sent again, to where it pointed.
func (b *batcher) exec(batch []*call) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout+replyTimeout)
	defer cancel()
	for try := range 3 {
		client, err := b.servers.home(ctx)
		if err != nil {
			fail(batch, err)
			return
		}
		b.pipeline(ctx, client, batch)
		if batch = b.retryable(ctx, client, batch); len(batch) == 0 {
			return
		}
		time.Sleep(time.Duration(try) * 20 * time.Millisecond)
	}
}

// pipeline sends the batch on one connection, followed by WAIT where replicas must confirm: it waits for everything this
// connection wrote before.
func (b *batcher) pipeline(ctx context.Context, client *goredis.Client, batch []*call) {
	pipe := client.Pipeline()
	replies := make([]*goredis.Cmd, len(batch))
	for i, c := range batch {
		replies[i] = goredis.NewCmd(ctx, c.args...)
		_ = pipe.Process(ctx, replies[i])
	}
	var confirmed *goredis.Cmd
	if b.wait > 0 {
		confirmed = pipe.Do(ctx, "wait", b.wait, replicaWait.Milliseconds())
	}
	_, _ = pipe.Exec(ctx) // each command keeps its own error
	for i, c := range batch {
		c.reply, c.err = replies[i].Result()
		if errors.Is(c.err, goredis.Nil) {
			c.err = nil
		}
	}
	if confirmed == nil {
		return
	}
	if n, err := confirmed.Int(); err != nil || n < b.wait {
		unconfirmed(batch, n, b.wait, err)
	}
}

// errUnconfirmed: written on the master, not known to be on enough replicas.
var errUnconfirmed = errors.New("not confirmed by enough replicas")

func unconfirmed(batch []*call, n, want int, err error) {
	for _, c := range batch {
		if c.err != nil || !c.commits() {
			continue // a lease or claim that a failover forgets is only taken again
		}
		if err == nil {
			err = fmt.Errorf("%w: %d of %d within %v", errUnconfirmed, n, want, replicaWait)
		}
		c.reply, c.err = nil, err
	}
}

// retryable returns the calls that did not run and can run now, after seeing to the reason.
func (b *batcher) retryable(ctx context.Context, client *goredis.Client, batch []*call) []*call {
	var left []*call
	var missing, elsewhere bool
	for _, c := range batch {
		switch {
		case c.err == nil:
		case strings.HasPrefix(c.err.Error(), "NOSCRIPT"):
			missing = true
			left = append(left, c)
		case strings.HasPrefix(c.err.Error(), "MOVED "):
			elsewhere = true
			left = append(left, c)
		case !errors.Is(c.err, errUnconfirmed):
			b.servers.moved(ctx) // refused or lost: the next call shall look at the Cluster anew
		}
	}
	if elsewhere {
		b.servers.moved(ctx)
	}
	if missing {
		if err := loadScripts(ctx, client); err != nil {
			fail(left, err)
			return nil
		}
	}
	return left
}

func fail(batch []*call, err error) {
	for _, c := range batch {
		c.err = err
	}
}
