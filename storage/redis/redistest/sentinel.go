package redistest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Watched is a master with one replica, watched by three Sentinels under the name "olle".
type Watched struct {
	Master, Replica *Server
	sentinels       []*Server
	password        string
}

// StartSentinel starts master, replica and Sentinels; the data servers want the password if it is not empty. Sentinels take over
// after a second of silence.
func StartSentinel(t testing.TB, password string, args ...string) *Watched {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if password != "" {
		args = append(args, "--requirepass", password, "--masterauth", password)
	}
	w := &Watched{Master: NewServer(t, args...), password: password}
	w.Replica = NewServer(t, append([]string{"--replicaof", "127.0.0.1 " + fmt.Sprint(w.Master.port), "--repl-diskless-sync-delay", "0"}, args...)...)
	auth := func(o *goredis.Options) { o.Password = password }
	master := w.Master.Client(auth)
	await(t, ctx, "a replica", func() bool {
		info := master.Info(ctx, "replication").Val()
		return strings.Contains(info, "state=online")
	})
	for range 3 {
		w.sentinels = append(w.sentinels, startSentinel(t, w.Master.port, password))
	}
	for _, s := range w.sentinels {
		c := s.Client(nil)
		await(t, ctx, "Sentinels that know each other", func() bool {
			state, _ := c.Do(ctx, "sentinel", "master", "olle").StringSlice()
			text := strings.Join(state, " ")
			return strings.Contains(text, "num-other-sentinels 2") && strings.Contains(text, "num-slaves 1")
		})
	}
	return w
}

func startSentinel(t testing.TB, master int, password string) *Server {
	t.Helper()
	s := &Server{t: t, program: Need(t), port: freePort(t), dir: tempDir(t)}
	conf := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nlogfile %s\nsentinel monitor olle 127.0.0.1 %d 2\n"+
		"sentinel down-after-milliseconds olle 1000\nsentinel failover-timeout olle 5000\n",
		s.port, s.dir, filepath.Join(s.dir, "log"), master)
	if password != "" {
		conf += "sentinel auth-pass olle " + password + "\n"
	}
	file := filepath.Join(s.dir, "sentinel.conf")
	must(t, os.WriteFile(file, []byte(conf), 0o600))
	s.args = []string{file, "--sentinel"}
	t.Cleanup(s.end)
	s.Restart()
	return s
}

// URL names the Sentinels and the master they watch.
func (w *Watched) URL() string {
	var addrs []string
	for _, s := range w.sentinels {
		addrs = append(addrs, s.Addr())
	}
	login := ""
	if w.password != "" {
		login = ":" + w.password + "@"
	}
	return "redis+sentinel://" + login + strings.Join(addrs, ",") + "/0?master=olle"
}
