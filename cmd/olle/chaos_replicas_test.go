package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// replica is one olle serve that is started again whenever it ends, as a service manager does, with its own network to Redis and to
// Telegram.
type replica struct {
	t     testing.TB
	name  string
	env   map[string]string
	now   func() time.Time // the program's time at a start
	redis *link
	tg    *link
	log   syncBuffer

	mu     sync.Mutex
	cmd    *exec.Cmd // of the last life
	base   string    // http://127.0.0.1:port of the last life
	back   time.Time // not started before
	ending bool
	lives  int
	peak   int64 // bytes resident at most, over all lives
	over   chan struct{}
}

// begin starts it and keeps it going.
func (r *replica) begin() {
	r.over = make(chan struct{})
	go func() {
		defer close(r.over)
		for r.live() {
			time.Sleep(100 * time.Millisecond)
		}
	}()
	go r.watch()
	r.t.Cleanup(r.end)
}

// live is one life of the process; false: there is to be no other.
func (r *replica) live() bool {
	for {
		r.mu.Lock()
		wait := time.Until(r.back)
		if r.ending {
			r.mu.Unlock()
			return false
		}
		if wait <= 0 {
			break // locked
		}
		r.mu.Unlock()
		time.Sleep(min(wait, 50*time.Millisecond))
	}
	cmd := exec.Command(os.Args[0], "serve")
	cmd.Env = append(os.Environ(), "OLLE_TEST_PROGRAM=1", "OLLE_HTTP_ADDR=127.0.0.1:0", "OLLE_NOW="+r.now().Format(time.RFC3339))
	for k, v := range r.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	cmd.Stderr = &r.log
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		r.mu.Unlock()
		r.t.Errorf("start %s: %v", r.name, err)
		return false
	}
	r.cmd, r.lives = cmd, r.lives+1
	r.mu.Unlock()
	lines := bufio.NewReader(out)
	first, _ := lines.ReadString('\n')
	if m := greeting.FindStringSubmatch(first); m != nil {
		r.mu.Lock()
		r.base = m[1]
		r.mu.Unlock()
	}
	_, _ = io.Copy(io.Discard, lines)
	_ = cmd.Wait()
	return true
}

// watch notes the memory of the process until it is over.
func (r *replica) watch() {
	for {
		if cmd := r.process(); cmd != nil {
			peak := peakMemory(int64(cmd.Process.Pid))
			r.mu.Lock()
			r.peak = max(r.peak, peak)
			r.mu.Unlock()
		}
		select {
		case <-r.over:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (r *replica) process() *exec.Cmd {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cmd
}

func (r *replica) signal(s syscall.Signal) {
	if cmd := r.process(); cmd != nil {
		_ = cmd.Process.Signal(s)
	}
}

// down ends the process, as a power cut does or cleanly, and lets it come back after a while.
func (r *replica) down(s syscall.Signal, away time.Duration) {
	r.mu.Lock()
	r.back = time.Now().Add(away)
	r.mu.Unlock()
	r.signal(syscall.SIGCONT)
	r.signal(s)
}

// end stops it for good, first cleanly.
func (r *replica) end() {
	r.mu.Lock()
	r.ending = true
	r.mu.Unlock()
	r.signal(syscall.SIGCONT)
	r.signal(syscall.SIGTERM)
	select {
	case <-r.over:
	case <-time.After(10 * time.Second):
		r.signal(syscall.SIGKILL)
		<-r.over
	}
}

// address is where it answered last; "" before the first time.
func (r *replica) address() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.base
}

var impatient = &http.Client{Timeout: 5 * time.Second}

// ready is nil when the replica says so.
func (r *replica) ready() error {
	answer, err := impatient.Get(r.address() + "/readyz")
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	defer answer.Body.Close()
	if said, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", r.name, strings.TrimSpace(string(said)))
	}
	return nil
}

// with is the settings with some more.
func with(env map[string]string, more ...string) map[string]string {
	all := maps.Clone(env)
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}
