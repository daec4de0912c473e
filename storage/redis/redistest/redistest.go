// Package redistest starts real redis-server processes for tests: one server, a Cluster of three masters, or a master with a
// replica under three Sentinels, each on free ports of the loopback address with a directory of its own.
//
// Where redis-server is not installed a test that asks for one is skipped, with a line that says so; where the environment has CI
// set it fails, so that a missing package cannot pass for success. The package is separate so that tests of other packages can
// use it without the backend.
package redistest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Need skips the test where redis-server is missing, and fails it where CI is set. It returns the program's path.
func Need(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatal("redis-server is not installed, and CI is set: install it (Debian: apt-get install redis-server)")
	default:
		t.Skip("skipped: redis-server is not installed (Debian: apt-get install redis-server)")
	}
	return path
}

// Start starts one server that keeps an append-only file, and returns its URL. args are settings such as "--appendfsync", "always".
func Start(t testing.TB, args ...string) (url string) {
	t.Helper()
	return NewServer(t, args...).URL()
}

// Server is a redis-server process, which a test may kill and start again with its data.
type Server struct {
	t       testing.TB
	program string
	args    []string
	port    int
	dir     string
	process *exec.Cmd
}

// NewServer starts a server and waits until it answers. It ends with the test.
func NewServer(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{t: t, program: Need(t), port: freePort(t), dir: tempDir(t)}
	s.args = append([]string{
		"--port", fmt.Sprint(s.port), "--bind", "127.0.0.1", "--dir", s.dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0", "--logfile", filepath.Join(s.dir, "log"),
	}, args...)
	t.Cleanup(s.end)
	s.Restart()
	return s
}

// Addr is host:port.
func (s *Server) Addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// URL is the server's Redis URL.
func (s *Server) URL() string { return "redis://" + s.Addr() }

// Client is a plain client of the server, closed with the test. settings may be nil.
func (s *Server) Client(settings func(*goredis.Options)) *goredis.Client {
	o := &goredis.Options{Addr: s.Addr(), Protocol: 2, DisableIdentity: true}
	if settings != nil {
		settings(o)
	}
	c := goredis.NewClient(o)
	s.t.Cleanup(func() { c.Close() })
	return c
}

// Kill ends the process as kill -9 does.
func (s *Server) Kill() { s.signal(syscall.SIGKILL) }

// Stop asks the process to end, which saves and syncs.
func (s *Server) Stop() { s.signal(syscall.SIGTERM) }

// Freeze stops the process without ending it: connections stay, answers do not come.
func (s *Server) Freeze() { _ = s.process.Process.Signal(syscall.SIGSTOP) }

// Thaw lets a frozen process go on.
func (s *Server) Thaw() { _ = s.process.Process.Signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Signal(sig)
	_ = s.process.Wait()
	s.process = nil
}

func (s *Server) end() {
	if s.process != nil {
		s.Thaw()
	}
	s.Kill()
}

// Restart starts the process on the same port and data, and waits until it answers.
func (s *Server) Restart() {
	s.t.Helper()
	s.process = exec.Command(s.program, s.args...)
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if s.answers() {
			return
		}
		if time.Now().After(end) {
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			s.t.Fatalf("redis-server on %s does not answer:\n%s", s.Addr(), log)
		}
	}
}

// answers asks in the plainest way, which works for servers with a password and for Sentinels too.
func (s *Server) answers() bool {
	conn, err := net.DialTimeout("tcp", s.Addr(), time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	reply := make([]byte, 64)
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	n, err := conn.Read(reply)
	text := string(reply[:n])
	return err == nil && (strings.HasPrefix(text, "+PONG") || strings.HasPrefix(text, "-NOAUTH"))
}

// tempDir is t.TempDir with patience: a child that a killed server had forked may still be writing for a moment.
func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "redistest")
	must(t, err)
	t.Cleanup(func() {
		for range 100 {
			if os.RemoveAll(dir) == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Logf("left behind: %s", dir)
	})
	return dir
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func await(t testing.TB, ctx context.Context, what string, check func() bool) {
	t.Helper()
	for !check() {
		if ctx.Err() != nil {
			t.Fatalf("no %s in time", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
