package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"olle/storage"
)

// servers is where the data lives: one server, the master a Sentinel names, or the masters of a Cluster. Exactly one of client
// and cluster is set.
type servers struct {
	addr    address
	root    string
	client  *goredis.Client
	cluster *goredis.ClusterClient
}

// connect makes the client; nothing is dialled yet. The library must not retry on its own (MaxRetries -1): it would repeat writes
// whose reply was lost. Who may repeat what is decided in commit.go and again.
func connect(a address, root string) *servers {
	s := &servers{addr: a, root: root}
	var secure *tls.Config
	if a.tls {
		secure = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	quiet := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	switch a.mode {
	case cluster:
		s.cluster = goredis.NewClusterClient(&goredis.ClusterOptions{
			Addrs: a.hosts, Username: a.user, Password: a.password, TLSConfig: secure,
			MaxRetries: -1, ContextTimeoutEnabled: true, DisableIdentity: true, MaintNotificationsConfig: quiet,
			DialTimeout: dialTimeout, DialerRetries: 1, ReadTimeout: replyTimeout, WriteTimeout: replyTimeout,
			PoolSize: poolSize, PoolTimeout: replyTimeout,
		})
	case sentinel:
		// The Sentinels get the password too, as their default user: those without one accept any. An ACL user of the data servers
		// would be unknown to them.
		s.client = goredis.NewFailoverClient(&goredis.FailoverOptions{
			SentinelAddrs: a.hosts, MasterName: a.master, SentinelPassword: a.password,
			Username: a.user, Password: a.password, DB: a.db, TLSConfig: secure,
			MaxRetries: -1, ContextTimeoutEnabled: true, DisableIdentity: true,
			DialTimeout: dialTimeout, DialerRetries: 1, ReadTimeout: replyTimeout, WriteTimeout: replyTimeout,
			PoolSize: poolSize, PoolTimeout: replyTimeout,
		})
	default:
		s.client = goredis.NewClient(&goredis.Options{
			Addr: a.hosts[0], Username: a.user, Password: a.password, DB: a.db, TLSConfig: secure,
			MaxRetries: -1, ContextTimeoutEnabled: true, DisableIdentity: true, MaintNotificationsConfig: quiet,
			DialTimeout: dialTimeout, DialerRetries: 1, ReadTimeout: replyTimeout, WriteTimeout: replyTimeout,
			PoolSize: poolSize, PoolTimeout: replyTimeout,
		})
	}
	return s
}

// home is the server that holds this installation. In a Cluster its client is used directly: the Cluster's own would repeat writes
// after lost replies, and would follow ASK into a slot that is being moved.
func (s *servers) home(ctx context.Context) (*goredis.Client, error) {
	if s.cluster != nil {
		return s.cluster.MasterForKey(ctx, s.root)
	}
	return s.client, nil
}

// loadScripts makes the scripts known to a server; whoever takes its place later says NOSCRIPT and is taught then.
func loadScripts(ctx context.Context, c *goredis.Client) error {
	_, err := c.Pipelined(ctx, func(p goredis.Pipeliner) error {
		for _, sc := range scripts {
			p.ScriptLoad(ctx, sc.source)
		}
		return nil
	})
	return err
}

// moved learns that the Cluster may look different from what is remembered.
func (s *servers) moved(ctx context.Context) {
	if s.cluster != nil {
		s.cluster.ReloadState(ctx)
	}
}

func (s *servers) subscribe(ctx context.Context, channel string) *goredis.PubSub {
	if s.cluster != nil {
		return s.cluster.Subscribe(ctx, channel)
	}
	return s.client.Subscribe(ctx, channel)
}

// overhear subscribes to the announcements of commits of every kind, on the very server that makes them: only there they come in the
// order of the commits.
func (s *servers) overhear(ctx context.Context) (*goredis.PubSub, error) {
	home, err := s.home(ctx)
	if err != nil {
		return nil, err
	}
	sub := home.PSubscribe(ctx, channel(s.root, "*"))
	if _, err := sub.Receive(ctx); err != nil { // the confirmation: from here on nothing is missed
		return nil, errors.Join(s.explain(err), sub.Close())
	}
	return sub, nil
}

func (s *servers) close() error {
	if s.cluster != nil {
		return s.cluster.Close()
	}
	return s.client.Close()
}

// lostReply says that a call may have happened or not: the connection broke, or no reply came in time.
func lostReply(err error) bool {
	if err == nil {
		return false
	}
	var reply goredis.Error
	switch {
	case errors.As(err, &reply), notSent(err):
		return false
	case errors.Is(err, errUnconfirmed), errors.Is(err, storage.ErrClosed):
		return false
	}
	return true
}

// notSent says that a call surely did not happen, because there was no connection to make it on.
func notSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" || errors.Is(err, goredis.ErrPoolTimeout) || errors.Is(err, goredis.ErrClosed)
}

// refusal is what to do where a server refuses all that is written; "" for other errors.
func (s *servers) refusal(err error) string {
	switch text := err.Error(); {
	case strings.HasPrefix(text, "OOM "):
		return "; its memory is full: raise maxmemory in its settings"
	case strings.HasPrefix(text, "READONLY ") && s.addr.mode == single:
		return "; name its master in the Redis URL, or use redis+sentinel://"
	case strings.HasPrefix(text, "READONLY "):
		return "; calls succeed when another master has taken over"
	case strings.HasPrefix(text, "MISCONF "):
		return "; it cannot write to its disk: make room there, or look at its log"
	}
	return ""
}

// explain adds to an error which server it came from, and what to do where it refuses all that is written.
func (s *servers) explain(err error) error {
	if err == nil {
		return nil
	}
	if strings.HasPrefix(err.Error(), "ASK ") {
		return fmt.Errorf("%s: the slot of %s is being moved to another master; calls succeed when that is done", s.addr, s.root)
	}
	return fmt.Errorf("%s: %w%s", s.addr, err, s.refusal(err))
}
