package redistest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// AddReplica starts a second replica of a master without a password and waits until all Sentinels know it.
func (w *Watched) AddReplica(t testing.TB, args ...string) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	s := NewServer(t, append([]string{"--replicaof", "127.0.0.1 " + fmt.Sprint(w.Master.port), "--repl-diskless-sync-delay", "0"}, args...)...)
	client := s.Client(nil)
	await(t, ctx, "replica in step", func() bool {
		return strings.Contains(client.Info(ctx, "replication").Val(), "master_link_status:up")
	})
	for _, sentinel := range w.sentinels {
		must(t, sentinel.Client(nil).Do(ctx, "sentinel", "reset", "olle").Err()) // they would look only once in ten seconds
	}
	for _, sentinel := range w.sentinels {
		c := sentinel.Client(nil)
		await(t, ctx, "Sentinels that know each other and both replicas", func() bool {
			state, _ := c.Do(ctx, "sentinel", "master", "olle").StringSlice()
			text := strings.Join(state, " ")
			return strings.Contains(text, "num-other-sentinels 2") && strings.Contains(text, "num-slaves 2")
		})
	}
	return s
}
