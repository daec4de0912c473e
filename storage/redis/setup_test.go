package redis

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"olle/storage"
	"olle/storage/redis/redistest"
)

var quiet = slog.New(slog.DiscardHandler)

func TestCheckNamesWhatWouldLoseDataAndTheRemedy(t *testing.T) {
	for _, c := range []struct {
		args, want string // "": all is well
	}{
		{"", ""},
		{"--appendfsync always", ""},
		{"--maxmemory 100mb --maxmemory-policy noeviction", ""},
		{"--maxmemory-policy allkeys-lru", ""}, // without a limit nothing is evicted
		{"--appendonly no", "set `appendonly yes`"},
		{"--appendfsync no", "set `appendfsync everysec` or `always`"},
		{"--maxmemory 100mb --maxmemory-policy allkeys-lru", "set `maxmemory-policy noeviction`"},
		{"--maxmemory 100mb --maxmemory-policy volatile-ttl", "set `maxmemory-policy noeviction`"},
		{"--rename-command CONFIG hidden", "appendfsync could not be verified"},
		{"--rename-command INFO hidden", "settings could not be verified"},
		{"--replicaof 127.0.0.1 1", "read-only replica"},
	} {
		t.Run(c.args, func(t *testing.T) {
			url := redistest.Start(t, strings.Fields(c.args)...)
			var log strings.Builder
			s, err := Open(t.Context(), Options{URL: url, Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			err = s.Check(t.Context())
			if got := err != nil; got != (c.want != "") || got && !strings.Contains(err.Error(), c.want) {
				t.Errorf("Check: %v, want %q", err, c.want)
			}
			if keepsNothing := strings.Contains(log.String(), "REDIS KEEPS NOTHING"); keepsNothing != (c.want == "read-only replica") {
				t.Errorf("log: %s", log.String())
			}
			if warned := strings.Contains(log.String(), "level=ERROR"); warned != (c.want != "") {
				t.Errorf("log: %s", log.String())
			}
			strict, err := Open(t.Context(), Options{URL: url, Strict: true, Log: quiet})
			if err == nil {
				strict.Close()
			}
			if (err != nil) != (c.want != "") {
				t.Errorf("strict: %v", err)
			}
		})
	}
}

func TestOpenTellsWhatEverysecMeans(t *testing.T) {
	var log strings.Builder
	open(t, Options{URL: redistest.Start(t), Log: slog.New(slog.NewTextHandler(&log, nil))})
	if !strings.Contains(log.String(), "may lose the last second") {
		t.Errorf("log: %s", log.String())
	}
}

func TestNoErrorRepeatsThePassword(t *testing.T) {
	const password = "hush%3Ahush"
	server := redistest.NewServer(t, "--requirepass", "other")
	hosts := server.Addr()
	for _, url := range []string{
		"redis://:" + password + "@" + hosts, "redis://olle:" + password + "@" + hosts, "rediss://olle:" + password + "@" + hosts,
		"redis+sentinel://olle:" + password + "@" + hosts + "/0?master=m", "redis+sentinel://olle:" + password + "@" + hosts,
		"redis+cluster://olle:" + password + "@" + hosts, "redis+cluster://olle:" + password + "@" + hosts + "/3",
		"redis://olle:" + password + "%zz@" + hosts, "redis://olle:" + password, "redis://olle:" + password + "@", "http://olle:" + password + "@x",
		"redis://olle:" + password + "@a,b", "redis://olle:" + password + "@" + hosts + "/x", "redis://olle:" + password + "@" + hosts + "?a=%zz",
		"redis://" + password + "@" + hosts, "olle:" + password + "@" + hosts,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		s, err := Open(ctx, Options{URL: url, Log: quiet})
		cancel()
		if err == nil {
			s.Close()
			t.Errorf("%s: opened", url)
		} else if strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", url, err)
		}
	}
	s := open(t, Options{URL: "redis://:other@" + hosts})
	if _, err := s.Commit(t.Context(), put("a/1")); err != nil {
		t.Errorf("with the right password: %v", err)
	}
}

func TestURLForms(t *testing.T) {
	for _, c := range []struct {
		url  string
		want address
	}{
		{"redis://localhost", address{hosts: []string{"localhost:6379"}}},
		{"redis://h:1/2", address{hosts: []string{"h:1"}, db: 2}},
		{"rediss://u:p%40@h:1", address{tls: true, hosts: []string{"h:1"}, user: "u", password: "p@"}},
		{"redis://:p@[::1]:7", address{hosts: []string{"[::1]:7"}, password: "p"}},
		{"redis+sentinel://u:p@a:1,b/3?master=m", address{mode: sentinel, hosts: []string{"a:1", "b:26379"}, user: "u", password: "p", db: 3, master: "m"}},
		{"redis+cluster://u:p@a:1,b", address{mode: cluster, hosts: []string{"a:1", "b:6379"}, user: "u", password: "p"}},
	} {
		got, err := parseURL(c.url)
		if err != nil || !slices.Equal(got.hosts, c.want.hosts) {
			t.Errorf("%s: %+v, %v", c.url, got, err)
			continue
		}
		got.hosts, c.want.hosts = nil, nil
		if got.mode != c.want.mode || got.tls != c.want.tls || got.user != c.want.user || got.password != c.want.password || got.db != c.want.db || got.master != c.want.master {
			t.Errorf("%s: %+v, want %+v", c.url, got, c.want)
		}
	}
}

func FuzzURL(f *testing.F) {
	for _, seed := range []string{"redis://h", "rediss://u:p@h:1/0", "redis+sentinel://a,b?master=m", "redis+cluster://[::1]:1", "redis://%", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, url string) {
		a, err := parseURL(url)
		if err == nil && (len(a.hosts) == 0 || a.String() == "") {
			t.Errorf("%q: %+v", url, a)
		}
		if _, err := parseURL("redis://:hush-hush@" + url); err != nil && strings.Contains(err.Error(), "hush-hush") {
			t.Errorf("%q: %v", url, err)
		}
	})
}

// TestKeys: every key carries the installation's hash tag, installations do not see each other, and finished work leaves nothing.
func TestKeys(t *testing.T) {
	server := redistest.NewServer(t)
	s, other := open(t, Options{URL: server.URL(), Name: "jeju"}), open(t, Options{URL: server.URL(), Name: "busan"})
	ctx, now := t.Context(), time.Now()
	job := func(id, lane string) storage.Job { return storage.Job{ID: id, Queue: "q", Lane: lane} }
	late := job("late", "m")
	late.At = now.Add(time.Hour)
	r, err := s.Commit(ctx, storage.Batch{
		Once: "update/1", Hold: time.Minute, Now: now, Put: []storage.Doc{{Key: "a/1", Data: []byte("x"), Until: now.Add(time.Hour)}},
		Push:  []storage.Job{job("1", "l"), job("2", "m"), job("3", "m"), late},
		Pause: []storage.Pause{{Queue: "other", For: time.Minute}, {Queue: "other", Lane: "x", For: time.Minute}},
		Rates: map[string]storage.Rate{"q": {PerSecond: 100, Burst: 10}},
	})
	if err != nil || len(r.Held) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := s.Lease(ctx, "poll", "me", time.Minute); err != nil {
		t.Fatal(err)
	}
	admin := server.Client(nil)
	for _, key := range admin.Keys(ctx, "*").Val() {
		if !strings.HasPrefix(key, "{jeju}:") && key != "{busan}:rev" && key != "{busan}:seq" {
			t.Errorf("key %q", key)
		}
	}
	if docs, err := other.List(ctx, "", "", 10); err != nil || len(docs) != 0 {
		t.Errorf("the other installation has %v, %v", docs, err)
	}
	finished := r.Held
	jobs, err := s.Claim(ctx, storage.Claim{Queue: "q", N: 5, Now: now, Lease: time.Minute})
	if err != nil || len(jobs) != 1 {
		t.Fatalf("%+v, %v", jobs, err)
	}
	_, err = s.Commit(ctx, storage.Batch{
		Done: append(finished, jobs...), Drop: []string{"3", "late"}, Put: []storage.Doc{{Key: "a/1"}},
		Pause: []storage.Pause{{Queue: "other", For: -1}, {Queue: "other", Lane: "x", For: -1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lease(ctx, "poll", "me", 0); err != nil {
		t.Fatal(err)
	}
	left := admin.Keys(ctx, "{jeju}:*").Val()
	slices.Sort(left)
	want := strings.Fields("{jeju}:i:other {jeju}:i:q {jeju}:n {jeju}:o:update/1 {jeju}:queues {jeju}:rev {jeju}:seq")
	if !slices.Equal(left, want) {
		t.Errorf("left: %q, want %q", left, want)
	}
	if ttl := admin.PTTL(ctx, "{jeju}:o:update/1").Val(); ttl <= 0 {
		t.Errorf("the name has no end: %v", ttl)
	}
}

// TestExpiredDocumentsAreRemoved also where nobody reads or writes them again: personal data must not stay behind unseen.
func TestExpiredDocumentsAreRemoved(t *testing.T) {
	server := redistest.NewServer(t)
	now := time.Now()
	s := open(t, Options{URL: server.URL(), Now: func() time.Time { return now }})
	b := put("a/1")
	b.Put[0].Until = now.Add(time.Hour)
	if _, err := s.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Hour)
	if _, err := s.Claim(t.Context(), storage.Claim{Queue: "q", N: 1}); err != nil { // as an idle worker does all day
		t.Fatal(err)
	}
	left := server.Client(nil).Keys(t.Context(), "*").Val()
	slices.Sort(left)
	if !slices.Equal(left, strings.Fields("{olle}:n {olle}:rev {olle}:seq")) {
		t.Errorf("left: %q", left)
	}
}

// A name is part of every key and of patterns that keys and channels are found by.
func TestNamesWithAMeaningInKeysOrPatternsAreRefused(t *testing.T) {
	url := redistest.Start(t)
	for _, name := range []string{"a{b", "a}", "*", "a?", "[a-c]", "a]", `a\b`} {
		s, err := Open(t.Context(), Options{URL: url, Name: name, Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "must not contain") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// What is wrong with the address is said by what to write instead.
func TestOpenNamesTheRemedy(t *testing.T) {
	t.Parallel()
	locked, plain := redistest.NewServer(t, "--requirepass", "other").Addr(), redistest.NewServer(t).Addr()
	for url, want := range map[string]string{
		"redis://" + locked:        "check user and password",
		"redis://:wrong@" + locked: "check user and password",
		"rediss://" + plain:        "without TLS it is redis://",
		"redis://" + plain + "/99": "a smaller number after the slash",
		"redis+cluster://" + plain: "use redis:// in the Redis URL",
		"redis://127.0.0.1:1":      "check that Redis runs there",
	} {
		s, err := Open(t.Context(), Options{URL: url, Log: quiet})
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
	}
}

// A server that takes no more is said with what to do.
func TestAFullServerIsSaidWithTheRemedy(t *testing.T) {
	t.Parallel()
	server := redistest.NewServer(t)
	s := open(t, Options{URL: "redis://" + server.Addr()})
	admin := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	defer admin.Close()
	if err := admin.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), put("a/1")); err == nil || !strings.Contains(err.Error(), "raise maxmemory") {
		t.Errorf("a full one: %v", err)
	}
	if err := errors.Join(admin.ConfigSet(t.Context(), "maxmemory", "0").Err(), admin.ReplicaOf(t.Context(), "127.0.0.1", "1").Err()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), put("a/1")); err == nil || !strings.Contains(err.Error(), "name its master") {
		t.Errorf("a replica: %v", err)
	}
}
