package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	goredis "github.com/redis/go-redis/v9"
)

// verdict is what the servers' settings mean for what was confirmed.
type verdict struct {
	mu       sync.Mutex // a Cluster's masters are asked at the same time
	problems []error
	notes    []string
}

func (v *verdict) problem(format string, a ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.problems = append(v.problems, fmt.Errorf(format, a...))
}

func (v *verdict) note(format string, a ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.notes = append(v.notes, fmt.Sprintf(format, a...))
}

func (v *verdict) err() error { return errors.Join(v.problems...) }

// Check asks every master whether its settings keep what was confirmed: append-only file on and synced, eviction off, enough
// replicas for WaitReplicas. appendfsync everysec passes: it loses nothing when a process is killed, and up to a second when the
// machine crashes, which Open logs.
func (s *Store) Check(ctx context.Context) error {
	return s.inspect(ctx).err()
}

func (s *Store) inspect(ctx context.Context) *verdict {
	v := &verdict{}
	err := s.servers.each(ctx, func(ctx context.Context, c *goredis.Client) error {
		return s.inspectServer(ctx, c, v)
	})
	if err != nil {
		v.problem("redis: settings could not be read: %w", s.servers.explain(err))
	}
	return v
}

// inspectServer reads INFO, which managed servers allow, and then CONFIG, which some forbid, for the one setting INFO lacks.
func (s *Store) inspectServer(ctx context.Context, c *goredis.Client, v *verdict) error {
	raw, err := c.Info(ctx).Result()
	if err != nil {
		return err
	}
	info := parseInfo(raw)
	at := c.Options().Addr
	if at == "FailoverClient" {
		at = s.servers.addr.String()
	}
	if info["aof_enabled"] == "1" {
		s.inspectSync(ctx, c, at, v)
	} else {
		v.problem("redis %s: appendonly is off: a restart loses what came since the last snapshot; set `appendonly yes`", at)
	}
	if status := info["aof_last_write_status"]; status != "" && status != "ok" {
		v.problem("redis %s: the append-only file cannot be written (aof_last_write_status %s); look at its disk", at, status)
	}
	if policy := info["maxmemory_policy"]; info["maxmemory"] != "0" && policy != "noeviction" {
		v.problem("redis %s: maxmemory-policy is %s: when memory is full, Redis deletes data; set `maxmemory-policy noeviction`",
			at, orUnknown(policy))
	}
	if n, _ := strconv.Atoi(info["connected_slaves"]); n < s.wait && (s.servers.cluster == nil || s.isHome(ctx, c)) {
		v.problem("redis %s: %d replicas are connected, redis.wait_replicas wants %d: commits will fail; add replicas or lower it",
			at, n, s.wait)
	}
	return nil
}

func (s *Store) inspectSync(ctx context.Context, c *goredis.Client, at string, v *verdict) {
	set, err := c.ConfigGet(ctx, "appendfsync").Result()
	if err != nil || set["appendfsync"] == "" {
		v.problem("redis %s: appendfsync could not be verified, because this server does not allow CONFIG GET; see to it that it is `everysec` or `always`", at)
		return
	}
	switch set["appendfsync"] {
	case "always":
	case "everysec":
		v.note("%s: appendfsync everysec: a crash of its machine may lose the last second (a kill of the server loses nothing); `always` loses none", at)
	default:
		v.problem("redis %s: appendfsync is %s: a crash of its machine loses what the kernel had not written; set `appendfsync everysec` or `always`",
			at, set["appendfsync"])
	}
}

func (s *Store) isHome(ctx context.Context, c *goredis.Client) bool {
	home, err := s.servers.home(ctx)
	return err == nil && home.Options().Addr == c.Options().Addr
}

func parseInfo(raw string) map[string]string {
	info := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(raw)); lines.Scan(); {
		if key, value, ok := strings.Cut(strings.TrimSpace(lines.Text()), ":"); ok {
			info[key] = value
		}
	}
	return info
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
