package redis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"olle/storage"
	"olle/storage/redis/redistest"
)

// swallower passes bytes to a server and back, and on demand swallows the next reply and cuts the connection: the server has done
// what it was asked, and nobody hears of it.
type swallower struct {
	net.Listener
	swallow atomic.Int32
}

func startSwallower(t *testing.T, server string) *swallower {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &swallower{Listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(conn, server)
		}
	}()
	return p
}

func (p *swallower) serve(conn net.Conn, server string) {
	defer conn.Close()
	up, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer up.Close()
	go func() {
		defer up.Close()
		_, _ = io.Copy(up, conn)
	}()
	for buf := make([]byte, 1<<16); ; {
		n, err := up.Read(buf)
		if err != nil || p.swallow.Load() > 0 && p.swallow.Add(-1) >= 0 {
			return
		}
		if _, err := conn.Write(buf[:n]); err != nil {
			return
		}
	}
}

func TestACommitWhoseReplyIsLostCountsOnceAndKeepsItsResult(t *testing.T) {
	server := redistest.NewServer(t)
	proxy := startSwallower(t, server.Addr())
	s := open(t, Options{URL: "redis://" + proxy.Addr().String()})
	ctx := t.Context()
	b := put("a/1")
	b.Once, b.Hold, b.Now = "update/1", time.Minute, time.Now()
	b.Check = []storage.Doc{{Key: "a/1"}}
	b.Push = []storage.Job{{ID: "late", Queue: "q", Lane: "m", At: b.Now.Add(time.Hour)}, {ID: "reply", Queue: "q", Lane: "l"}}
	proxy.swallow.Store(1)
	r, err := s.Commit(ctx, b)
	if err != nil {
		t.Fatal(err)
	}
	docs, err := s.Load(ctx, "a/1")
	if err != nil || docs[0].Rev != r.Rev || r.Rev == 0 {
		t.Errorf("revision %d, document %+v, %v", r.Rev, docs, err)
	}
	if len(r.Held) != 1 || r.Held[0].ID != "reply" || r.Held[0].Token == 0 {
		t.Fatalf("held %+v", r.Held)
	}
	if _, err := s.Commit(ctx, storage.Batch{Done: r.Held}); err != nil {
		t.Fatal(err)
	}
	if jobs, err := s.Jobs(ctx, storage.Filter{}, "", 10); err != nil || len(jobs) != 1 || jobs[0].ID != "late" {
		t.Errorf("left: %+v, %v", jobs, err)
	}
	if _, err := s.Commit(ctx, b); err != storage.ErrSeen {
		t.Errorf("the caller's own repetition: %v", err)
	}
}

func TestACommitWithoutANameIsNotRepeated(t *testing.T) {
	server := redistest.NewServer(t)
	proxy := startSwallower(t, server.Addr())
	s := open(t, Options{URL: "redis://" + proxy.Addr().String()})
	before := scriptsRun(t, server)
	proxy.swallow.Store(1)
	if _, err := s.Commit(t.Context(), put("a/1")); err == nil {
		t.Fatal("no error though the reply was lost")
	}
	if n := scriptsRun(t, server) - before; n != 1 {
		t.Errorf("the commit came %d times", n)
	}
	docs, err := s.Load(t.Context(), "a/1")
	if err != nil || docs[0].Rev == 0 {
		t.Errorf("%+v, %v", docs, err)
	}
	proxy.swallow.Store(1)
	if again, err := s.Load(t.Context(), "a/1"); err != nil || again[0].Rev != docs[0].Rev { // reading may be repeated
		t.Errorf("%+v, %v", again, err)
	}
}

// scriptsRun is how many scripts a server has run.
func scriptsRun(t *testing.T, server *redistest.Server) (n int) {
	t.Helper()
	info, err := server.Client(nil).Info(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	_, calls, _ := strings.Cut(info, "cmdstat_evalsha:calls=")
	_, _ = fmt.Sscan(calls, &n) // nothing ran yet: 0
	return n
}

// Redis loses its last moment: a failover without wait_replicas, a power cut with everysec. What is written then has another revision than
// what was lost, so that nobody who remembers that takes the one for the other.
func TestARevisionIsNeverGivenTwice(t *testing.T) {
	server := redistest.NewServer(t, "--enable-debug-command", "yes", "--appendonly", "no")
	s, ctx, raw := open(t, Options{URL: server.URL()}), t.Context(), server.Client(nil)
	commit := func(b storage.Batch) storage.Result {
		t.Helper()
		r, err := s.Commit(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	commit(put("a/1"))
	if err := raw.Save(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	lost := commit(put("a/1"))
	if err := raw.Do(ctx, "debug", "reload", "nosave").Err(); err != nil {
		t.Fatal(err)
	}
	commit(put("a/1"))
	onOld := put("a/1")
	onOld.Check = []storage.Doc{{Key: "a/1", Rev: lost.Rev}}
	var conflict *storage.Conflict
	if _, err := s.Commit(ctx, onOld); !errors.As(err, &conflict) {
		t.Errorf("decided on what was lost: %v, want a conflict", err)
	}
}

func TestTooFewReplicasIsAnErrorAlsoForARepetition(t *testing.T) {
	server := redistest.NewServer(t)
	s := open(t, Options{URL: server.URL(), WaitReplicas: 1})
	b := put("a/1")
	b.Once = "update/1"
	for range 2 { // the second is seen, and still not on any replica
		if _, err := s.Commit(t.Context(), b); err == nil || !strings.Contains(err.Error(), "not confirmed by enough replicas") {
			t.Errorf("error %v", err)
		}
	}
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "wait_replicas") {
		t.Errorf("Check: %v", err)
	}
}

// TestASlotOnTheMove: while an administrator moves the installation's slot, nothing is done by halves; it is refused.
func TestASlotOnTheMove(t *testing.T) {
	url := redistest.StartCluster(t)
	s := open(t, Options{URL: url})
	ctx := t.Context()
	if _, err := s.Commit(ctx, put("a/1")); err != nil {
		t.Fatal(err)
	}
	home, err := s.servers.home(ctx)
	if err != nil {
		t.Fatal(err)
	}
	slot := home.ClusterKeySlot(ctx, s.root).Val()
	var other string
	for _, line := range strings.Split(home.ClusterNodes(ctx).Val(), "\n") {
		if strings.Contains(line, "master") && !strings.Contains(line, "myself") {
			other = strings.Fields(line)[0]
		}
	}
	if err := home.Do(ctx, "cluster", "setslot", slot, "migrating", other).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(ctx, put("a/2")); err == nil || !strings.Contains(err.Error(), "being moved") {
		t.Errorf("error %v", err)
	}
	if err := home.Do(ctx, "cluster", "setslot", slot, "stable").Err(); err != nil {
		t.Fatal(err)
	}
	docs, err := s.Load(ctx, "a/1", "a/2")
	if err != nil || docs[0].Rev == 0 || docs[1].Rev != 0 {
		t.Errorf("%+v, %v", docs, err)
	}
}

func TestClosedMeansClosed(t *testing.T) {
	s, err := Open(context.Background(), Options{URL: redistest.Start(t), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	changes, err := s.Watch(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("the second time: %v", err)
	}
	if _, open := <-changes; open {
		t.Error("the watcher's channel is open")
	}
	_, err1 := s.Load(t.Context(), "a/1")
	_, err2 := s.Commit(t.Context(), put("a/1"))
	_, err3 := s.Claim(t.Context(), storage.Claim{Queue: "q", N: 1})
	_, err4 := s.Lease(t.Context(), "l", "me", time.Second)
	for i, err := range []error{err1, err2, err3, err4} {
		if err != storage.ErrClosed {
			t.Errorf("call %d: %v", i+1, err)
		}
	}
}

// TestAWatcherLearnsThatItMayHaveMissedSomething: commits announce only what they know to be watched, and may forget it.
func TestAWatcherLearnsThatItMayHaveMissedSomething(t *testing.T) {
	server := redistest.NewServer(t)
	s := open(t, Options{URL: server.URL()})
	s.watchAgain = 20 * time.Millisecond
	changes, err := s.Watch(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	server.Client(nil).Del(t.Context(), "{olle}:a:a")
	if key := <-changes; key != "" {
		t.Errorf("heard of %q", key)
	}
	if _, err := s.Commit(t.Context(), put("a/1")); err != nil {
		t.Fatal(err)
	}
	for key := range changes {
		if key == "a/1" {
			return
		}
	}
	t.Error("hears nothing any more")
}

func TestACopyThatMayHaveMissedSomethingFails(t *testing.T) {
	server := redistest.NewServer(t)
	s := open(t, Options{URL: server.URL()})
	if _, err := s.Commit(t.Context(), put("a/1")); err != nil {
		t.Fatal(err)
	}
	admin := server.Client(nil)
	err := s.Copy(t.Context(), func(storage.Item) error { return admin.Del(t.Context(), "{olle}:copying").Err() })
	if !errors.Is(err, errDeaf) {
		t.Errorf("error %v", err)
	}
}
