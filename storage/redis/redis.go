// Package redis keeps the promise of package storage on Redis 6.2 or newer: on one server, under Sentinel, or in a Cluster, with
// any number of processes ("replicas") on the same data and no leader among them.
//
// It hides how documents and jobs lie in Redis (keys.go lists every key), that each commit and claim is one Lua script, that
// calls made at the same time travel together, and what a lost connection means. It promises what storage.Store promises; how
// much a crash of Redis itself, or of its machine, may take is a setting of Redis that Check reads and judges:
//
//   - appendonly yes, appendfsync everysec: nothing is lost when this program or redis-server is killed, because Redis hands each
//     write to the kernel before it answers; a crash of the whole machine may take the last second.
//   - appendfsync always: the machine may crash too.
//   - WaitReplicas n: a commit is confirmed only when n replicas of the master have it; failover without loss needs that, because
//     Redis copies to replicas after it has answered.
//
// It is separate because nothing else in Olle needs to know Redis, and because the embedded store does without it.
//
// Data that an earlier release wrote are brought to the layout of this one by Open (layout.go); that release can then no longer write to
// them, so replicas are exchanged all at once, and the way back is `olle backup` and `olle restore`.
//
// All keys of an installation carry its name as their hash tag, so they share one slot of a Cluster and one script may change any
// of them. Many installations spread over the masters; one installation does not, and does not need to: a master takes tens of
// thousands of commits a second. While an administrator moves that one slot to another master, calls fail and succeed afterwards.
package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"olle/storage"
)

// Options of Open.
type Options struct {
	// URL is redis://user:pass@host:port/db, rediss:// (TLS), redis+sentinel://user:pass@h1:p,h2:p/db?master=NAME or
	// redis+cluster://user:pass@h1:p,h2:p (rediss+… for TLS).
	// User and password are percent-encoded. The Sentinels are given the password too, for their default user.
	URL string
	// Name of the installation, the hash tag of all its keys; default "olle". Installations of different names share a Redis.
	Name string
	// Now is the program's clock, which decides when documents end; default time.Now.
	Now func() time.Time
	// WaitReplicas is how many replicas must have a commit before it is confirmed; 0: the master's word is enough.
	WaitReplicas int
	// Strict makes Open fail where Check finds a setting that would lose data; otherwise Open logs it as an error and goes on.
	Strict bool
	Log    *slog.Logger // default slog.Default()
}

const (
	dialTimeout  = 2 * time.Second
	replyTimeout = 3 * time.Second // of one pipeline; longer than replicaWait
	replicaWait  = time.Second     // how long a commit waits for WaitReplicas
	openTimeout  = 5 * time.Second
	poolSize     = 16 // connections per process: writers, readers, lists, checks
)

// Store is a storage.Store on Redis.
type Store struct {
	root    string
	key     any // the root, as a command takes it
	now     func() time.Time
	log     *slog.Logger
	servers *servers
	writes  *batcher
	reads   *batcher
	lists   *batcher
	wait    int

	watchAgain time.Duration // watchAgain, but in tests

	close sync.Once
	quit  chan struct{}
}

var _ storage.Store = (*Store)(nil)

// Open connects, loads the scripts and checks the server's settings. It gives up after five seconds when nobody answers.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Name == "" {
		o.Name = "olle"
	}
	if strings.ContainsAny(o.Name, "{}") {
		return nil, fmt.Errorf("redis: the name %q must not contain braces: it becomes the keys' hash tag", o.Name)
	}
	if strings.ContainsAny(o.Name, `*?[]\`) {
		return nil, fmt.Errorf(`redis: the name %q must not contain * ? [ ] or \: keys and channels are found by patterns that begin with it`, o.Name)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	addr, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	goredis.SetLogger(libraryLog{o.Log})
	s := &Store{
		root: root(o.Name), key: root(o.Name), now: o.Now, log: o.Log, wait: o.WaitReplicas,
		servers: connect(addr, root(o.Name)),
		quit:    make(chan struct{}),

		watchAgain: watchAgain,
	}
	err = s.prepare(ctx, o.Strict)
	if err == nil {
		if err = s.settleIn(ctx); err != nil {
			err = fmt.Errorf("redis: %w", s.servers.explain(err))
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.servers.close())
	}
	s.writes = startBatcher(s.servers, 2, s.wait)
	s.reads = startBatcher(s.servers, 2, 0)
	s.lists = startBatcher(s.servers, 2, 0)
	return s, nil
}

func (s *Store) prepare(ctx context.Context, strict bool) error {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := s.probe(ctx); err != nil {
		return fmt.Errorf("redis: no use of %s: %w; %s", s.servers.addr, err, remedy(s.servers.addr, err))
	}
	verdict := s.inspect(ctx)
	if err := verdict.err(); err != nil {
		if strict {
			return fmt.Errorf("redis: refused by redis.strict: %w", err)
		}
		s.log.Error("redis: "+verdict.heading(), "redis", s.servers.addr.String(), "problem", err.Error())
	}
	for _, note := range verdict.notes {
		s.log.Info("redis: " + note)
	}
	return nil
}

// probe asks for an answer, loads the scripts and runs the one that reads.
func (s *Store) probe(ctx context.Context) error {
	home, err := s.servers.home(ctx)
	if err != nil {
		return err
	}
	if err := home.Ping(ctx).Err(); err != nil { // to scripts whoever wants a password just hangs up
		return err
	}
	if err := loadScripts(ctx, home); err != nil {
		return err
	}
	return home.Do(ctx, s.command(backlogScript, "", 1)...).Err()
}

func remedy(at address, err error) string {
	var noTLS tls.RecordHeaderError
	text := err.Error()
	switch {
	case strings.Contains(text, "NOAUTH"), strings.Contains(text, "WRONGPASS"):
		return "check user and password in the Redis URL"
	case strings.Contains(text, "DB index is out of range"):
		return "it has fewer databases: put a smaller number after the slash in the Redis URL, or set OLLE_REDIS_NAME to share one"
	case at.tls && (errors.As(err, &noTLS) || errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)):
		return "check that it speaks TLS at this port; without TLS it is redis:// in the Redis URL, not rediss://"
	case !at.tls && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)):
		return "check that the port is right; if it speaks TLS, use rediss:// in the Redis URL"
	case strings.Contains(text, "NOPERM"):
		return "give that Redis user the right to run scripts, publish and subscribe on this installation's keys"
	case strings.Contains(text, "cluster support disabled"):
		return "it is no Cluster: use redis:// in the Redis URL"
	case strings.Contains(text, "MOVED"):
		return "it belongs to a Cluster: use redis+cluster:// in the Redis URL"
	case strings.Contains(text, "sentinels"):
		return "check that the Sentinels run there and watch a master of that name"
	}
	return "check that Redis runs there and that the Redis URL names the right host and port"
}

// Close waits for the calls under way, at most a few seconds, and ends all connections.
func (s *Store) Close() error {
	var err error
	s.close.Do(func() {
		close(s.quit)
		s.writes.stop()
		s.reads.stop()
		s.lists.stop()
		err = s.servers.close()
	})
	return err
}

func (s *Store) closed() bool {
	select {
	case <-s.quit:
		return true
	default:
		return false
	}
}

// Lease takes or prolongs a lease; d = 0 gives it up.
func (s *Store) Lease(ctx context.Context, name, owner string, d time.Duration) (bool, error) {
	if s.closed() {
		return false, storage.ErrClosed
	}
	ms := d.Milliseconds()
	if d > 0 && ms == 0 {
		ms = 1
	}
	reply, err := s.again(ctx, s.writes, s.command(leaseScript, name, owner, max(ms, 0)))
	if err != nil {
		return false, fmt.Errorf("redis: lease: %w", err)
	}
	return reply == int64(1), nil
}

// again runs a command whose repetition changes nothing; so one whose reply was lost is simply run again.
func (s *Store) again(ctx context.Context, b *batcher, args []any) (any, error) {
	reply, err := b.run(ctx, args)
	if err != nil && lostReply(err) && ctx.Err() == nil {
		reply, err = b.run(ctx, args)
	}
	return reply, err
}

// libraryLog sends what the Redis library would print to the program's log. The library has one logger for the whole process.
type libraryLog struct{ log *slog.Logger }

func (l libraryLog) Printf(ctx context.Context, format string, v ...any) {
	l.log.DebugContext(ctx, "redis: "+fmt.Sprintf(format, v...))
}
