package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"olle/bot/platformtest"
)

// TestMain lets the test binary be the program: a child started with OLLE_TEST_PROGRAM=1 is olle, and can be killed for real.
func TestMain(m *testing.M) {
	if os.Getenv("OLLE_TEST_PROGRAM") == "1" {
		main()
	}
	platformtest.SideBySide("5")
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 100 // one client stands for many people, whose browsers keep connections
	os.Exit(m.Run())
}

// olle runs one subcommand to its end and returns exit code, output and errors.
func olle(t testing.TB, env map[string]string, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	p := &program{in: strings.NewReader(stdin), out: &o, errs: &e, getenv: func(k string) (string, bool) { v, ok := env[k]; return v, ok }}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code = p.main(ctx, args)
	return code, o.String(), e.String()
}

// served is a running olle serve in a process of its own.
type served struct {
	t    testing.TB
	cmd  *exec.Cmd
	base string // http://127.0.0.1:port
	log  *syncBuffer
	end  chan error
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}
func (b *syncBuffer) String() string { b.mu.Lock(); defer b.mu.Unlock(); return b.b.String() }

var greeting = regexp.MustCompile(`at (http://[^/]+)/`)

// startServe starts olle serve with these settings and waits until it answers.
func startServe(t testing.TB, env map[string]string) *served {
	t.Helper()
	return startCommand(t, exec.Command(os.Args[0], "serve"), env)
}

// startCommand does so by a command that becomes olle serve.
func startCommand(t testing.TB, cmd *exec.Cmd, env map[string]string) *served {
	t.Helper()
	s := &served{t: t, cmd: cmd, log: &syncBuffer{}, end: make(chan error, 1)}
	s.cmd.Env = append(os.Environ(), "OLLE_TEST_PROGRAM=1", "OLLE_HTTP_ADDR=127.0.0.1:0")
	for k, v := range env {
		s.cmd.Env = append(s.cmd.Env, k+"="+v)
	}
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	first := make(chan string, 1)
	go func() {
		r := bufio.NewReader(out)
		line, _ := r.ReadString('\n')
		first <- line
		_, _ = io.Copy(io.Discard, r)
		s.end <- s.cmd.Wait()
	}()
	select {
	case line := <-first:
		m := greeting.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("serve said %q\n%s", line, s.log)
		}
		s.base = m[1]
	case <-time.After(20 * time.Second):
		t.Fatalf("serve did not start\n%s", s.log)
	}
	return s
}

// stop ends it cleanly and returns how long that took.
func (s *served) stop() time.Duration {
	s.t.Helper()
	began := time.Now()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-s.end:
		if err != nil {
			s.t.Errorf("serve ended with %v\n%s", err, s.log)
		}
	case <-time.After(15 * time.Second):
		s.t.Fatalf("serve did not stop\n%s", s.log)
	}
	return time.Since(began)
}

// kill ends it as a power cut would.
func (s *served) kill() { _ = s.cmd.Process.Kill(); <-s.end }

// visitor is somebody with a browser.
type visitor struct {
	t       testing.TB
	base    string
	session string
	n       int
	log     fmt.Stringer
}

type chatReply struct {
	Session  string `json:"session"`
	Messages []struct {
		ID, Text string
		Choices  []struct{ Label, Value string }
	} `json:"messages"`
	Pending bool   `json:"pending"`
	Error   string `json:"error"`
}

func (r chatReply) text() string {
	var b strings.Builder
	for _, m := range r.Messages {
		b.WriteString(m.Text + "\n")
	}
	return b.String()
}

// choice returns the value of the newest choice with that label.
func (r chatReply) choice(label string) string {
	for i := len(r.Messages) - 1; i >= 0; i-- {
		for _, c := range r.Messages[i].Choices {
			if c.Label == label {
				return c.Value
			}
		}
	}
	return ""
}

func (v *visitor) post(contentType string, body io.Reader) (int, chatReply) {
	v.t.Helper()
	response, err := http.Post(v.base+"/api/chat", contentType, body)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	var r chatReply
	if err := json.NewDecoder(response.Body).Decode(&r); err != nil {
		v.t.Fatal(err)
	}
	if r.Session != "" {
		v.session = r.Session
	}
	return response.StatusCode, r
}

func (v *visitor) send(fields map[string]string) chatReply {
	v.t.Helper()
	v.n++
	fields["id"] = fmt.Sprintf("m%d", v.n)
	if v.session != "" {
		fields["session"] = v.session
	}
	body, _ := json.Marshal(fields)
	code, r := v.post("application/json", bytes.NewReader(body))
	if code != http.StatusOK || r.Pending {
		v.t.Fatalf("%v: %d %+v\n%s", fields, code, r, v.log)
	}
	return r
}

func (v *visitor) say(text string) chatReply   { return v.send(map[string]string{"text": text}) }
func (v *visitor) tap(choice string) chatReply { return v.send(map[string]string{"choice": choice}) }

func (v *visitor) upload(name string, content []byte) chatReply {
	v.t.Helper()
	body, contentType := v.form(name, content)
	code, r := v.post(contentType, body)
	if code != http.StatusOK || r.Pending {
		v.t.Fatalf("upload of %s: %d %+v\n%s", name, code, r, v.log)
	}
	return r
}

// form is a multipart request with one file.
func (v *visitor) form(name string, content []byte) (io.Reader, string) {
	v.n++
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("session", v.session)
	_ = w.WriteField("id", fmt.Sprintf("m%d", v.n))
	part, _ := w.CreateFormFile("file", name)
	_, _ = part.Write(content)
	w.Close()
	return &body, w.FormDataContentType()
}

// pdf makes a small real PDF with one page; seed makes its bytes unlike others'.
func pdf(seed string) []byte {
	return []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n% " + seed + "\ntrailer<</Root 1 0 R>>\n%%EOF\n")
}

// ageKey makes the public half of a key that nobody has.
func ageKey(t testing.TB) string {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return key.Recipient().String()
}
