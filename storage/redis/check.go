package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// verdict is what the server's settings mean for what was confirmed.
type verdict struct {
	readOnly bool // it takes nothing at all
	problems []error
	notes    []string
}

func (v *verdict) problem(format string, a ...any) {
	v.problems = append(v.problems, fmt.Errorf(format, a...))
}

func (v *verdict) note(format string, a ...any) {
	v.notes = append(v.notes, fmt.Sprintf(format, a...))
}

// heading is the problems in one word to the operator.
func (v *verdict) heading() string {
	if v.readOnly {
		return "AS SET UP, REDIS KEEPS NOTHING"
	}
	return "AS SET UP, REDIS MAY LOSE WHAT WAS CONFIRMED"
}

func (v *verdict) err() error { return errors.Join(v.problems...) }

// Check asks the master that holds this installation whether its settings keep what was confirmed: append-only file on and
// synced, eviction off, enough replicas for WaitReplicas. appendfsync everysec passes: it loses nothing when a process is killed,
// and up to a second when the machine crashes, which Open logs.
func (s *Store) Check(ctx context.Context) error {
	return s.inspect(ctx).err()
}

// inspect reads INFO, which managed servers allow, and then CONFIG, which some forbid, for the one setting INFO lacks.
func (s *Store) inspect(ctx context.Context) *verdict {
	v := &verdict{}
	home, err := s.servers.home(ctx)
	var raw string
	if err == nil {
		raw, err = home.Info(ctx).Result()
	}
	if err != nil {
		v.problem("redis: settings could not be verified: %w; see to appendonly yes, appendfsync everysec or always, "+
			"maxmemory-policy noeviction", s.servers.explain(err))
		return v
	}
	at := home.Options().Addr
	if s.servers.addr.mode == sentinel {
		at = s.servers.addr.String()
	}
	info := parseInfo(raw)
	if info["role"] == "slave" {
		v.readOnly = true
		v.problem("redis %s: this is a read-only replica: name its master in the Redis URL, or use redis+sentinel://", at)
	}
	if info["aof_enabled"] == "1" {
		inspectSync(ctx, home, at, v)
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
	if n, _ := strconv.Atoi(info["connected_slaves"]); n < s.wait {
		v.problem("redis %s: %d replicas are connected, redis.wait_replicas wants %d: commits will fail; add replicas or lower it",
			at, n, s.wait)
	}
	return v
}

func inspectSync(ctx context.Context, c *goredis.Client, at string, v *verdict) {
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
