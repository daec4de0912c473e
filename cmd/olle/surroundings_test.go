package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"olle/storage/redis/redistest"
)

// refused runs a subcommand that must fail, and checks that the error names place and remedy and holds no secret.
func refused(t *testing.T, env map[string]string, args []string, parts ...string) {
	t.Helper()
	code, out, errs := olle(t, env, "", args...)
	if code == exitOK {
		t.Fatalf("olle %v succeeded: %s", args, out)
	}
	for _, p := range parts {
		if !strings.Contains(errs, p) {
			t.Errorf("olle %v: no %q in the error: %s", args, p, errs)
		}
	}
	if strings.Contains(errs, "hunter2") {
		t.Errorf("olle %v shows a secret: %s", args, errs)
	}
}

// What is wrong around the program is said at start, in one sentence with place and remedy.
func TestSurroundingsAtStart(t *testing.T) {
	t.Parallel()
	t.Run("a port in use", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		refused(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_HTTP_ADDR": l.Addr().String()}, []string{"serve"}, l.Addr().String(), "OLLE_HTTP_ADDR")
	})
	t.Run("an address of another machine", func(t *testing.T) {
		refused(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_HTTP_ADDR": "192.0.2.1:16101"}, []string{"serve"}, "this machine does not have that address")
	})
	t.Run("a second process on the embedded store", func(t *testing.T) {
		dir := t.TempDir()
		s := startServe(t, map[string]string{"OLLE_DATA_DIR": dir})
		refused(t, map[string]string{"OLLE_DATA_DIR": dir, "OLLE_HTTP_ADDR": "127.0.0.1:0"}, []string{"serve"}, "in use by another process", "olle.db")
		refused(t, map[string]string{"OLLE_DATA_DIR": dir}, []string{"chat"}, "serve is running", "olle.db")
		s.stop()
	})
	t.Run("a data folder that is a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "data")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, map[string]string{"OLLE_DATA_DIR": file}, []string{"serve"}, file, "OLLE_DATA_DIR")
	})
	t.Run("Redis is down", func(t *testing.T) {
		began := time.Now()
		refused(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_REDIS_URL": "redis://:hunter2@127.0.0.1:1"}, []string{"serve"}, "127.0.0.1:1")
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("it took %s to say so", took)
		}
	})
	t.Run("Redis may evict", func(t *testing.T) {
		url := redistest.Start(t, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru", "--appendonly", "yes")
		env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_REDIS_URL": url, "OLLE_REDIS_STRICT": "true"}
		refused(t, env, []string{"serve"}, "noeviction")
		delete(env, "OLLE_REDIS_STRICT")
		refused(t, env, []string{"doctor"}, "doctor")
		if _, out, _ := olle(t, env, "", "doctor"); !strings.Contains(out, "noeviction") {
			t.Errorf("doctor does not tell: %s", out)
		}
		s := startServe(t, env)
		for end := time.Now().Add(5 * time.Second); !strings.Contains(s.log.String(), "noeviction"); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) { // what it writes to one pipe may arrive after what it wrote to the other later
				t.Fatalf("no warning at start: %s", s.log)
			}
		}
		s.stop()
	})
	t.Run("wrong settings, all at once", func(t *testing.T) {
		refused(t, map[string]string{"OLLE_CLOCK_SPEED": "fast", "OLLE_NOW": "yesterday", "OLLE_LOG_LEVEL": "shout"}, []string{"serve"},
			"OLLE_CLOCK_SPEED", "OLLE_NOW", "OLLE_LOG_LEVEL")
		refused(t, map[string]string{"OLLE_EVENT": "nowhere-1999", "OLLE_DATA_DIR": t.TempDir()}, []string{"serve"}, "nowhere-1999", "vca-jeju-2020")
	})
	t.Run("documents somewhere this release cannot write", func(t *testing.T) {
		refused(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_FILES_URL": "ftp://key:hunter2@host/bucket"}, []string{"serve"}, "OLLE_FILES_URL", "folder")
	})
	t.Run("a broken pack", func(t *testing.T) {
		dir := t.TempDir()
		pack := filepath.Join(dir, "mine")
		if err := os.MkdirAll(pack, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(pack, "event.yaml"), []byte("title: [\nzone: Mars\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		refused(t, map[string]string{"OLLE_EVENTS_DIR": dir, "OLLE_DATA_DIR": t.TempDir()}, []string{"serve"}, "event.yaml:")
	})
}

// A health check asks the running serve; where none runs it says so.
func TestDoctorReady(t *testing.T) {
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir()}
	refused(t, env, []string{"doctor", "-ready"}, "no serve is running")
	s := startServe(t, env)
	deadline := time.Now().Add(5 * time.Second)
	code, out, errs := olle(t, env, "", "doctor", "-ready")
	for ; code != exitOK && time.Now().Before(deadline); code, out, errs = olle(t, env, "", "doctor", "-ready") {
		time.Sleep(20 * time.Millisecond)
	}
	if code != exitOK || out != "ready\n" {
		t.Errorf("doctor -ready: %d %s %s", code, out, errs)
	}
	s.stop()
}

// A data folder may lie deeper than the address of a socket is long; its socket is for its user only all the same.
func TestDeepDataFolder(t *testing.T) {
	env := moved(filepath.Join(t.TempDir(), strings.Repeat("a", 60), strings.Repeat("b", 60)), "")
	socket := filepath.Join(env["OLLE_DATA_DIR"], "olle.sock")
	change := []string{"event", "set", "help.reply", "soon"}
	for range 2 { // the second serve finds what the first left
		s := startServe(t, env)
		for _, args := range [][]string{change, {"backup", filepath.Join(t.TempDir(), "b")}} {
			if code, out, errs := olle(t, env, "", args...); code != exitOK {
				t.Errorf("%v: %d %s%s", args, code, out, errs)
			}
		}
		if f, err := os.Stat(socket); err != nil || f.Mode().Perm() != 0o600 {
			t.Errorf("socket: %v %v", f, err)
		}
		s.stop()
	}
	if code, out, errs := olle(t, env, "", change...); code != exitOK {
		t.Errorf("without serve: %d %s%s", code, out, errs)
	}
	name, done, err := shortName(socket)
	if err != nil {
		t.Fatal(err)
	}
	done()
	if _, err := os.Lstat(filepath.Dir(filepath.Dir(name))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the link is left behind: %v", err)
	}
}

// Help names the flags, and one in the wrong place is said to be in it.
func TestHelp(t *testing.T) {
	if code, out, errs := olle(t, nil, "", "backup", "-h"); code != exitOK || !strings.Contains(out, "backup [-force] FILE") || !strings.Contains(out, "replace a file that exists") {
		t.Errorf("%d %s%s", code, out, errs)
	}
	if code, out, errs := olle(t, nil, "", "announce", "status", "-help"); code != exitOK || !strings.Contains(out, "-wait") {
		t.Errorf("%d %s%s", code, out, errs)
	}
	if code, _, errs := olle(t, nil, "", "serve", "-config", "x"); code != exitUsage || !strings.Contains(errs, "olle -config olle.yaml serve") {
		t.Errorf("%d %s", code, errs)
	}
}

// A wrong call is exit code 2 and shows the usage.
func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"dance"}, {"serve", "-x"}, {"event", "set"}, {"event"}, {"-x"}} {
		if code, _, errs := olle(t, map[string]string{"OLLE_DATA_DIR": t.TempDir()}, "", args...); code != exitUsage || !strings.Contains(errs, "usage: olle") {
			t.Errorf("olle %v: code %d, %s", args, code, errs)
		}
	}
	if code, out, _ := olle(t, nil, "", "version"); code != exitOK || !strings.HasPrefix(out, "olle ") {
		t.Errorf("version: %d %s", code, out)
	}
}

// A data folder nobody may write is said, with the remedy. Root may write everywhere, so the program runs as nobody then.
func TestReadOnlyFolder(t *testing.T) {
	dir := filepath.Join(shelf(t), "data")
	if err := os.Mkdir(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	cmd := programAs(t, "serve")
	cmd.Env = append(cmd.Env, "OLLE_DATA_DIR="+dir, "OLLE_HTTP_ADDR=127.0.0.1:0")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), dir) || !strings.Contains(string(out), "permission denied") {
		t.Errorf("%v: %s", err, out)
	}
}

// shelf is a temporary folder that other users may enter.
func shelf(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "olle-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// programAs prepares the program as another user, where we are root.
func programAs(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	binary := filepath.Join(shelf(t), "olle")
	data, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(binary, data, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, args...)
	cmd.Dir = filepath.Dir(binary)
	cmd.Env = []string{"OLLE_TEST_PROGRAM=1", "PATH=" + os.Getenv("PATH")}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	return cmd
}

// Redis goes away in the middle: the guest hears a sentence, nothing acknowledged is lost, and the talk goes on when it is back.
func TestRedisGoesAwayAndComesBack(t *testing.T) {
	server := redistest.NewServer(t, "--appendonly", "yes", "--appendfsync", "always")
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_REDIS_URL": server.URL()})
	v := &visitor{t: t, base: s.base, log: s.log}
	for _, line := range []string{"/apply", "I agree", "For myself", "Nina Rai"} {
		v.say(line)
	}
	server.Kill()
	code, r := v.try("Ministry")
	if code != http.StatusServiceUnavailable || !strings.Contains(r.Error, "again in a moment") {
		t.Errorf("without Redis the guest hears %d %q", code, r.Error)
	}
	if response, err := http.Get(s.base + "/readyz"); err != nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("readyz without Redis: %v %v", response, err)
	}
	server.Restart()
	deadline := time.Now().Add(15 * time.Second)
	for code, r = v.try("Ministry"); code != http.StatusOK && time.Now().Before(deadline); code, r = v.try("Ministry") {
		time.Sleep(100 * time.Millisecond)
	}
	expect(t, r, "position")
	expect(t, v.say("/mydata"), "Full name: Nina Rai", "Organisation: Ministry")
	s.stop()
}

// try posts the next line without expecting success; the same line may be tried again.
func (v *visitor) try(text string) (int, chatReply) {
	v.t.Helper()
	body, _ := json.Marshal(map[string]string{"session": v.session, "id": "try-" + text, "text": text})
	return v.post("application/json", bytes.NewReader(body))
}

// The disk fills: the guest is asked to try again, what was acknowledged survives, and with room again the talk goes on.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": dir})
	v := &visitor{t: t, base: s.base, log: s.log}
	for _, line := range []string{"/apply", "I agree", "For myself", "Nina Rai", "Ministry"} {
		v.say(line)
	}
	s.stop()
	info, err := os.Stat(filepath.Join(dir, "olle.db"))
	if err != nil {
		t.Fatal(err)
	}
	s = startServeLimited(t, dir, info.Size())
	v.base, v.log = s.base, s.log
	refusedAt := -1
	for i := range 400 {
		if code, r := v.try(fmt.Sprintf("%d what is the deadline?", i)); code != http.StatusOK {
			if refusedAt = i; r.Error == "" {
				t.Error("the guest hears nothing")
			}
			break
		}
	}
	if refusedAt < 0 {
		t.Fatal("the disk never filled")
	}
	s.kill()
	s = startServe(t, map[string]string{"OLLE_DATA_DIR": dir})
	v.base, v.log = s.base, s.log
	expect(t, v.say("/mydata"), "Full name: Nina Rai", "Organisation: Ministry")
	s.stop()
}

// startServeLimited starts serve with a limit on the size of files, which is what a full disk looks like to it.
func startServeLimited(t *testing.T, dir string, bytes int64) *served {
	t.Helper()
	script := filepath.Join(t.TempDir(), "limited")
	line := fmt.Sprintf("#!/bin/sh\nulimit -f %d\nexec %q \"$@\"\n", bytes/512, os.Args[0])
	if err := os.WriteFile(script, []byte(line), 0o755); err != nil {
		t.Fatal(err)
	}
	return startCommand(t, exec.Command(script, "serve"), map[string]string{"OLLE_DATA_DIR": dir})
}

// A file over the limit, of a type that lies, of 0 bytes: each with its sentence, and the talk goes on.
func TestBadUploads(t *testing.T) {
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir()})
	v := &visitor{t: t, base: s.base, log: s.log}
	for _, line := range []string{"/apply", "I agree", "For myself", "Nina Rai", "Ministry", "Head", "government", "senior", "9", "Kathmandu", "Kathmandu",
		"Nepal", "nina@example.org", "cv"} {
		v.say(line)
	}
	expect(t, v.upload("cv.pdf", nil), "is empty (0 bytes)")
	expect(t, v.upload("cv.pdf", []byte("MZ\x90\x00 this program cannot be run in DOS mode")), "by its content it is not one of PDF")
	expect(t, v.upload("cv.pdf", []byte("<html><script>alert(1)</script></html>")), "by its content it is not one of PDF")
	expect(t, v.upload("../../etc/pass\nwd\u202e.pdf", pdf("odd name")), "1 of 7")
	big := append(pdf("big"), make([]byte, 21<<20)...)
	code, r := v.tryUpload("big.pdf", big)
	if code != http.StatusRequestEntityTooLarge || !strings.Contains(r.Error, "20 MB") {
		t.Errorf("21 MB: %d %q", code, r.Error)
	}
	expect(t, v.say("/status"), "1 of 7")
	s.stop()
}

func (v *visitor) tryUpload(name string, content []byte) (int, chatReply) {
	v.t.Helper()
	body, contentType := v.form(name, content)
	return v.post(contentType, body)
}

// A clean stop under load loses nothing: every line that was answered is there.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	everyStore(t, func(t *testing.T, env map[string]string) {
		s := startServe(t, env)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		base, log := s.base, s.log
		type said struct {
			v *visitor
			n int
		}
		results := make(chan said)
		const people = 8
		for range people {
			go func() {
				v := &visitor{t: t, base: base, log: log}
				n := 0
				for ; ctx.Err() == nil; n++ {
					body, _ := json.Marshal(map[string]string{"session": v.session, "id": fmt.Sprint(n), "text": "/human request number " + fmt.Sprint(n)})
					if n == 0 {
						body = []byte(`{"text":"/human"}`)
					}
					if n == 1 {
						body, _ = json.Marshal(map[string]string{"session": v.session, "id": "1", "text": "I agree"})
					}
					response, err := http.Post(base+"/api/chat", "application/json", bytes.NewReader(body))
					if err != nil {
						break
					}
					var r chatReply
					err = json.NewDecoder(response.Body).Decode(&r)
					_, _ = io.Copy(io.Discard, response.Body)
					response.Body.Close()
					if err != nil || response.StatusCode != http.StatusOK {
						break
					}
					v.session = r.Session
					time.Sleep(50 * time.Millisecond)
				}
				results <- said{v, n}
			}()
		}
		time.Sleep(1500 * time.Millisecond)
		if took := s.stop(); took > 5*time.Second {
			t.Errorf("the stop took %s", took)
		}
		cancel()
		s = startServe(t, env)
		for range people {
			r := <-results
			r.v.base, r.v.log = s.base, s.log
			mine := r.v.say("/mydata")
			if got := strings.Count(mine.text(), "request number "); got < r.n-2 {
				t.Errorf("%d requests were answered, %d are on record", r.n-2, got)
			}
		}
		s.stop()
	})
}
