package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"olle/storage"
	"olle/storage/redis/redistest"
)

// within runs f and fails when it took longer than d.
func within(t *testing.T, d time.Duration, what string, f func()) {
	t.Helper()
	start := time.Now()
	f()
	if took := time.Since(start); took > d {
		t.Errorf("%s took %v, longer than %v", what, took, d)
	}
}

// soon repeats f until it succeeds, for at most d.
func soon(t *testing.T, d time.Duration, what string, f func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = f(); err == nil {
			return
		}
	}
	t.Fatalf("%s: still failing after %v: %v", what, d, err)
}

func put(key string) storage.Batch {
	return storage.Batch{Put: []storage.Doc{{Key: key, Data: []byte("x")}}}
}

func TestOpenWithoutRedisNamesItAndARemedy(t *testing.T) {
	server := redistest.NewServer(t)
	server.Kill()
	within(t, 6*time.Second, "Open", func() {
		_, err := Open(context.Background(), Options{URL: "redis://:hush@" + server.Addr()})
		if err == nil || !strings.Contains(err.Error(), server.Addr()) || !strings.Contains(err.Error(), "check that Redis runs there") {
			t.Errorf("error %v", err)
		}
	})
}

func TestOpenSaysWhenTheURLFitsAnotherKindOfRedis(t *testing.T) {
	one, many := redistest.Start(t), redistest.StartCluster(t)
	hosts := strings.Split(strings.TrimPrefix(many, "redis+cluster://"), ",")
	refusals := 0
	for _, h := range hosts {
		s, err := Open(context.Background(), Options{URL: "redis://" + h, Log: quiet})
		if err == nil { // this master happens to hold the slot
			s.Close()
		} else if refusals++; !strings.Contains(err.Error(), "redis+cluster://") {
			t.Errorf("error %v", err)
		}
	}
	if refusals != 2 {
		t.Errorf("%d of 3 masters refused", refusals)
	}
	if _, err := Open(context.Background(), Options{URL: strings.Replace(one, "redis:", "redis+cluster:", 1)}); err == nil || !strings.Contains(err.Error(), "use redis://") {
		t.Errorf("error %v", err)
	}
}

func TestRedisMayGoAndComeBack(t *testing.T) {
	server := redistest.NewServer(t, "--appendfsync", "always")
	s := open(t, Options{URL: server.URL()})
	ctx := t.Context()
	changes, err := s.Watch(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(ctx, put("a/1")); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	for range 10 {
		within(t, time.Second, "a call without Redis", func() {
			if _, err := s.Load(ctx, "a/1"); err == nil {
				t.Error("Load succeeded without Redis")
			}
			if _, err := s.Commit(ctx, put("a/2")); err == nil {
				t.Error("Commit succeeded without Redis")
			}
		})
	}
	server.Restart()
	soon(t, 5*time.Second, "Commit", func() error { _, err := s.Commit(ctx, put("a/3")); return err })
	docs, err := s.Load(ctx, "a/1", "a/2", "a/3")
	if err != nil || docs[0].Rev == 0 || docs[1].Rev != 0 || docs[2].Rev == 0 {
		t.Fatalf("after the restart: %v, %v", docs, err)
	}
	for timeout := time.After(10 * time.Second); ; {
		select {
		case key := <-changes:
			if key == "" {
				return // told that something may have been missed
			}
		case <-timeout:
			t.Fatal("the watcher was not told of the lost connection")
		}
	}
}

func TestAFrozenRedisHoldsNobodyLongerThanTheirContext(t *testing.T) {
	server := redistest.NewServer(t)
	s := open(t, Options{URL: server.URL()})
	server.Freeze()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			within(t, time.Second, "a call", func() {
				if _, err := s.Commit(ctx, put(fmt.Sprint("a/", i))); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
	wg.Wait()
	server.Thaw()
	soon(t, 8*time.Second, "Commit", func() error { _, err := s.Commit(t.Context(), put("a/x")); return err })
}

func TestForgottenScriptsAreTaughtAgain(t *testing.T) {
	server := redistest.NewServer(t)
	s := open(t, Options{URL: server.URL()})
	admin := server.Client(nil)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				if _, err := s.Commit(t.Context(), put(fmt.Sprintf("a/%d", g))); err != nil {
					t.Error(err)
				}
				if g == 0 && i%10 == 0 {
					if err := admin.ScriptFlush(t.Context()).Err(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}

// TestKillRedis kills redis-server again and again while clients commit, and then looks for everything that was acknowledged.
func TestKillRedis(t *testing.T) {
	t.Parallel()
	server := redistest.NewServer(t, "--appendfsync", "always")
	s := open(t, Options{URL: server.URL()})
	acked := writeWhile(t, s, func(committed *atomic.Int64) {
		for range 3 {
			from := committed.Load()
			soon(t, 10*time.Second, "commits before the next kill", func() error {
				if committed.Load() < from+200 {
					return errors.New("too few")
				}
				return nil
			})
			server.Kill()
			time.Sleep(100 * time.Millisecond)
			server.Restart()
		}
	})
	mustHave(t, s, acked)
}

// TestFailover kills the master under load. With WaitReplicas 1, nothing that was acknowledged is lost with it.
func TestFailover(t *testing.T) {
	t.Parallel()
	w := redistest.StartSentinel(t, "s3cret")
	s := open(t, Options{URL: w.URL(), WaitReplicas: 1})
	acked := writeWhile(t, s, func(committed *atomic.Int64) {
		time.Sleep(time.Second)
		w.Master.Kill()
		soon(t, 20*time.Second, "a new master", func() error {
			_, err := s.Load(t.Context(), "a/x")
			return err
		})
		before := committed.Load()
		w.Master.Restart() // comes back as the replica
		soon(t, 30*time.Second, "confirmed commits on the new master", func() error {
			if committed.Load() < before+100 {
				return errors.New("too few")
			}
			return nil
		})
	})
	mustHave(t, s, acked)
}

// TestClusterFailover kills the master that holds the installation; its replica takes over without anybody's help.
func TestClusterFailover(t *testing.T) {
	t.Parallel()
	c := redistest.NewCluster(t)
	s := open(t, Options{URL: c.URL(), WaitReplicas: 1})
	home, err := s.servers.home(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(c.Masters, func(m *redistest.Server) bool { return m.Addr() == home.Options().Addr })
	c.AddReplica(c.Masters[i])
	first := put("a/1")
	first.Once = "update/1"
	soon(t, 10*time.Second, "a commit on both", func() error {
		if _, err := s.Commit(t.Context(), first); !errors.Is(err, storage.ErrSeen) {
			return err
		}
		return nil
	})
	changes, err := s.Watch(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	c.Masters[i].Kill()
	soon(t, 30*time.Second, "Load from the replica", func() error { _, err := s.Load(t.Context(), "a/1"); return err })
	docs, err := s.Load(t.Context(), "a/1")
	if err != nil || docs[0].Rev == 0 {
		t.Errorf("%+v, %v", docs, err)
	}
	_, _ = s.Commit(t.Context(), put("a/2")) // not confirmed, for there is no replica left, but done
	select {
	case <-changes:
	case <-time.After(10 * time.Second):
		t.Error("the watcher hears nothing after the failover")
	}
}

// writeWhile commits from several goroutines until f returns, repeating under the same name what failed, as the contract says. It
// returns the keys whose commit was acknowledged; f is told how many they are so far.
func writeWhile(t *testing.T, s *Store, f func(committed *atomic.Int64)) []string {
	t.Helper()
	var committed atomic.Int64
	var mu sync.Mutex
	var acked []string
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := 0; ; {
				select {
				case <-stop:
					return
				default:
				}
				key := fmt.Sprintf("doc/%d/%06d", g, i)
				b := put(key)
				b.Once = key
				b.Push = []storage.Job{{ID: "job/" + key, Queue: "q", Lane: fmt.Sprint(g)}}
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				_, err := s.Commit(ctx, b)
				cancel()
				if err == nil || errors.Is(err, storage.ErrSeen) {
					committed.Add(1)
					mu.Lock()
					acked = append(acked, key)
					mu.Unlock()
					i++
				} else {
					time.Sleep(10 * time.Millisecond)
				}
			}
		})
	}
	f(&committed)
	close(stop)
	wg.Wait()
	return acked
}

func mustHave(t *testing.T, s *Store, keys []string) {
	t.Helper()
	ctx := t.Context()
	var jobs []storage.Job
	soon(t, 5*time.Second, "Jobs", func() (err error) { // a connection is tried again once a second
		jobs, err = s.Jobs(ctx, storage.Filter{Queue: "q"}, "", 1<<20)
		return err
	})
	waiting := map[string]bool{}
	for _, j := range jobs {
		waiting[j.ID] = true
	}
	docs, err := s.Load(ctx, keys...)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		if d.Rev == 0 || !waiting["job/"+d.Key] {
			t.Errorf("%s was acknowledged: document %v, job %v", d.Key, d.Rev != 0, waiting["job/"+d.Key])
		}
	}
	t.Logf("%d acknowledged commits are there", len(keys))
	if len(keys) < 100 {
		t.Errorf("only %d commits", len(keys))
	}
}

// A clock that was ahead when a queue was used, and is right now, does not silence it.
func TestAClockThatIsSetBackSilencesNobody(t *testing.T) {
	url := redistest.Start(t)
	s := open(t, Options{URL: url})
	rate := storage.Rate{PerSecond: 30, Burst: 30, Spare: 28}
	push := func(id string) {
		if _, err := s.Commit(t.Context(), storage.Batch{Push: []storage.Job{{ID: id, Queue: "telegram", Lane: id, Data: []byte("x")}}}); err != nil {
			t.Fatal(err)
		}
	}
	push("a")
	jobs, err := s.Claim(t.Context(), storage.Claim{Queue: "telegram", N: 5, Lease: time.Second, Rate: rate})
	if err != nil || len(jobs) != 1 {
		t.Fatal(jobs, err)
	}
	if _, err := s.Commit(t.Context(), storage.Batch{Done: jobs}); err != nil {
		t.Fatal(err)
	}
	o, _ := goredis.ParseURL(url)
	c := goredis.NewClient(o)
	defer c.Close()
	// The record as a Redis whose clock was 9 h ahead a moment ago has left it: tat 9 h later.
	later := func() {
		n, err := c.Eval(t.Context(), `local a,b,d,h = cmsgpack.unpack(redis.call('GET', KEYS[1])); redis.call('SET', KEYS[1], cmsgpack.pack(a, b+9*3600*1000000, d, h)); return 1`, []string{"{olle}:i:telegram"}).Int()
		if err != nil || n != 1 {
			t.Fatal(n, err)
		}
	}
	later()
	push("b")
	if jobs, err = s.Claim(t.Context(), storage.Claim{Queue: "telegram", N: 5, Lease: time.Second, Rate: rate}); err != nil || len(jobs) != 1 {
		t.Errorf("the queue is silent: %v, %v", jobs, err)
	}
	later()
	r, err := s.Commit(t.Context(), storage.Batch{Hold: time.Minute, Rates: map[string]storage.Rate{"telegram": rate},
		Push: []storage.Job{{ID: "c", Queue: "telegram", Lane: "c", Data: []byte("x")}}})
	if err != nil || len(r.Held) != 1 {
		t.Errorf("a reply is not held: %v, %v", r.Held, err)
	}
}
