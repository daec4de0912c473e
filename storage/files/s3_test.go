package files_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"olle/storage/files"
)

const (
	accessKey = "olle-access"
	secretKey = "olle-secret-0123456789"
)

// newBucket is a bucket of a server in this process; or, where OLLE_TEST_S3 names a bucket on a real one (s3://…), a fresh prefix there.
func newBucket(t *testing.T) opener {
	address := os.Getenv("OLLE_TEST_S3")
	if address == "" {
		return newServer(t).open
	}
	bucket, query, _ := strings.Cut(address, "?")
	address = fmt.Sprintf("%s/%s-%d?%s", bucket, strings.ToLower(strings.NewReplacer("/", "-").Replace(t.Name())), time.Now().UnixNano(), query)
	return func(t *testing.T, ids ...*age.X25519Identity) *files.Files { return openS3(t, address, ids...) }
}

func openS3(t *testing.T, address string, ids ...*age.X25519Identity) *files.Files {
	t.Helper()
	f, err := files.OpenS3(address, "", "", recipients(ids))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// server speaks S3, and fails as told.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	fault    func(rw http.ResponseWriter, r *http.Request) bool // true: it has answered
	requests atomic.Int64
}

func newServer(t *testing.T) *server {
	backend := s3mem.New()
	if err := backend.CreateBucket("papers"); err != nil {
		t.Fatal(err)
	}
	s3 := gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		s.mu.Lock()
		fault := s.fault
		s.mu.Unlock()
		if !strings.Contains(r.Header.Get("Authorization"), "Credential="+accessKey+"/") {
			answer(rw, http.StatusForbidden, "InvalidAccessKeyId")
		} else if fault == nil || !fault(rw, r) {
			s3.ServeHTTP(rw, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func answer(rw http.ResponseWriter, status int, code string) {
	rw.Header().Set("Content-Type", "application/xml")
	rw.WriteHeader(status)
	fmt.Fprintf(rw, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>as told</Message></Error>`, code)
}

func (s *server) fail(how func(rw http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = how
}

func (s *server) address(bucket string) string {
	return fmt.Sprintf("s3://%s:%s@%s/%s/of-a-test?tls=off", accessKey, secretKey, s.Listener.Addr(), bucket)
}

func (s *server) open(t *testing.T, ids ...*age.X25519Identity) *files.Files {
	return openS3(t, s.address("papers"), ids...)
}

// wants asks for a sentence with all of these words and without the secret.
func wants(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil || strings.Contains(err.Error(), secretKey) || strings.Contains(err.Error(), accessKey) {
		t.Errorf("got %v", err)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q lacks %q", err, w)
		}
	}
}

func TestABusyServerIsAskedAgain(t *testing.T) {
	s, id := newServer(t), identity(t)
	f := s.open(t, id)
	var n atomic.Int64
	for _, how := range []struct {
		status int
		code   string
	}{{http.StatusServiceUnavailable, "SlowDown"}, {http.StatusInternalServerError, "InternalError"}} {
		s.fail(func(rw http.ResponseWriter, r *http.Request) bool {
			if n.Add(1)%2 == 0 {
				return false
			}
			answer(rw, how.status, how.code)
			return true
		})
		content := strings.Repeat("x", 11<<20)
		put(t, f, "a", content)
		if read(t, f, "a", id) != content {
			t.Errorf("%s: another content", how.code)
		}
	}
}

func TestAFailingServerLeavesWhatWasThere(t *testing.T) {
	s, id := newServer(t), identity(t)
	f := s.open(t, id)
	put(t, f, "a", "first")
	for name, size := range map[string]int{"small": 1000, "large": 12 << 20} {
		s.fail(func(rw http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPut && (size < 5<<20 || r.URL.Query().Get("partNumber") == "2") {
				answer(rw, http.StatusInternalServerError, "InternalError")
				return true
			}
			return false
		})
		_, err := f.Put(t.Context(), "a", strings.NewReader(strings.Repeat("s", size)))
		wants(t, err, "papers", "the server failed", "InternalError")
		s.fail(nil)
		if read(t, f, "a", id) != "first" || len(list(t, f, "")) != 1 {
			t.Errorf("%s: a failed upload shows", name)
		}
		if n := incomplete(t, s); n != 0 {
			t.Errorf("%s: %d uploads left open", name, n)
		}
	}
	put(t, f, "a", "second")
	if read(t, f, "a", id) != "second" {
		t.Error("a repeat does not replace")
	}
}

// incomplete counts the multipart uploads that the server still waits for.
func incomplete(t *testing.T, s *server) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/papers?uploads", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Credential="+accessKey+"/")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK && !strings.Contains(string(b), "NoSuchUpload") {
		t.Fatalf("%d %s %v", resp.StatusCode, b, err)
	}
	return strings.Count(string(b), "<Upload>")
}

// hangUp closes the connection without a word.
func hangUp(rw http.ResponseWriter) {
	conn, _, err := rw.(http.Hijacker).Hijack()
	if err == nil {
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
}

func TestAConnectionLostInTheMiddleOfAnUpload(t *testing.T) {
	s, id := newServer(t), identity(t)
	f := s.open(t, id)
	var lost atomic.Int64
	cut := func(times int64) {
		lost.Store(0)
		s.fail(func(rw http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPut || lost.Add(1) > times {
				return false
			}
			io.CopyN(io.Discard, r.Body, 1000)
			hangUp(rw)
			return true
		})
	}
	cut(2)
	content := strings.Repeat("x", 11<<20)
	put(t, f, "a", content)
	if read(t, f, "a", id) != content {
		t.Error("another content after two lost connections")
	}
	cut(1 << 30)
	_, err := f.Put(t.Context(), "b", strings.NewReader(content))
	wants(t, err, "papers")
	if names := list(t, f, ""); len(names) != 1 || incomplete(t, s) != 0 {
		t.Errorf("kept %q, %d open", names, incomplete(t, s))
	}
}

func TestAConnectionLostInTheMiddleOfADownload(t *testing.T) {
	s, id := newServer(t), identity(t)
	f := s.open(t, id)
	put(t, f, "a", strings.Repeat("x", 1<<20))
	s.fail(func(rw http.ResponseWriter, r *http.Request) bool {
		rw.Header().Set("Content-Length", "1048576")
		rw.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		rw.WriteHeader(http.StatusOK)
		io.WriteString(rw, "age-encryption.org/v1\n")
		hangUp(rw)
		return true
	})
	r, err := f.Open(t.Context(), "a", id)
	if err == nil {
		defer r.Close()
		_, err = io.Copy(io.Discard, r)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a lost connection: %v", err)
	}
}

func TestWhatAnOperatorCanMendIsSaidClearly(t *testing.T) {
	s := newServer(t)
	wrong := openS3(t, strings.Replace(s.address("papers"), accessKey, "nobody", 1), identity(t))
	missing := openS3(t, s.address("no-such-bucket"), identity(t))
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	away := openS3(t, strings.Replace(s.address("papers"), s.Listener.Addr().String(), free.Addr().String(), 1), identity(t))
	free.Close()
	for _, tt := range []struct {
		name string
		f    *files.Files
		want []string
	}{
		{"wrong keys", wrong, []string{"papers", "refuses these keys"}},
		{"no bucket", missing, []string{"no-such-bucket", "make it"}},
		{"no server", away, []string{"papers", "cannot reach it"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wants(t, tt.f.Check(t.Context()), tt.want...)
			_, err := tt.f.Put(t.Context(), "a", strings.NewReader("x"))
			wants(t, err, tt.want...)
			_, err = tt.f.Open(t.Context(), "a", identity(t))
			wants(t, err, tt.want...)
			if errors.Is(err, fs.ErrNotExist) {
				t.Error("taken for a missing file")
			}
			wants(t, tt.f.Delete(t.Context(), "a"), tt.want...)
			for _, err := range tt.f.List(t.Context(), "") {
				wants(t, err, tt.want...)
			}
		})
	}
}

func TestAnUploadCalledOffEndsAtOnce(t *testing.T) {
	s := newServer(t)
	f := s.open(t, identity(t))
	ctx, cancel := context.WithCancel(t.Context())
	s.fail(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("partNumber") == "" {
			return false
		}
		io.Copy(io.Discard, r.Body) // a server notices a lost connection when it has read everything
		cancel()
		<-r.Context().Done()
		return true
	})
	start := time.Now()
	_, err := f.Put(ctx, "a", strings.NewReader(strings.Repeat("x", 11<<20)))
	if !errors.Is(err, context.Canceled) || time.Since(start) > 3*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	if incomplete(t, s) != 0 {
		t.Error("an upload is left open")
	}
}

func TestOpenUploadsOfAKilledProcessAreSwept(t *testing.T) {
	s := newServer(t)
	f := s.open(t, identity(t))
	s.fail(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("partNumber") == "2" || r.Method == http.MethodDelete {
			answer(rw, http.StatusForbidden, "AccessDenied") // so that nothing is tidied up, as after a kill
			return true
		}
		return false
	})
	if _, err := f.Put(t.Context(), "a", strings.NewReader(strings.Repeat("x", 11<<20))); err == nil || incomplete(t, s) != 1 {
		t.Fatalf("%v, %d open", err, incomplete(t, s))
	}
	s.fail(nil)
	if err := f.Sweep(t.Context()); err != nil || incomplete(t, s) != 1 {
		t.Errorf("%v; a young one may be under way, yet %d are open", err, incomplete(t, s))
	}
	s.fail(func(rw http.ResponseWriter, r *http.Request) bool {
		if _, asked := r.URL.Query()["uploads"]; !asked {
			return false
		}
		recorded := httptest.NewRecorder()
		s.fail(nil)
		s.Config.Handler.ServeHTTP(recorded, r)
		year := time.Now().UTC().Format("<Initiated>2006-")
		fmt.Fprint(rw, strings.ReplaceAll(recorded.Body.String(), year, "<Initiated>2001-"))
		return true
	})
	if err := f.Sweep(t.Context()); err != nil || incomplete(t, s) != 0 {
		t.Errorf("%v, %d open after their day", err, incomplete(t, s))
	}
}

// Several large uploads at once hold one part each, not the files.
func TestUploadsHoldLittleInMemory(t *testing.T) {
	s := newServer(t)
	s.fail(func(rw http.ResponseWriter, r *http.Request) bool {
		switch _, begins := r.URL.Query()["uploads"]; {
		case begins:
			fmt.Fprint(rw, `<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>`)
		case r.Method == http.MethodPost:
			fmt.Fprint(rw, `<CompleteMultipartUploadResult><Bucket>papers</Bucket><ETag>"e"</ETag></CompleteMultipartUploadResult>`)
		default:
			io.Copy(io.Discard, r.Body)
			rw.Header().Set("ETag", `"e"`)
		}
		return true
	})
	f := openS3(t, s.address("papers")+"&region=eu-west-1", identity(t))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if _, err := f.Put(t.Context(), fmt.Sprint(i), io.LimitReader(zeros{}, 40_000_000)); err != nil {
				t.Error(err)
			}
		})
	}
	var most uint64
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	for running := true; running; {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapInuse)
		select {
		case <-done:
			running = false
		case <-time.After(5 * time.Millisecond):
		}
	}
	t.Logf("8 uploads of 40 MB at once: at most %d MiB of heap", most>>20)
	if most > 150<<20 {
		t.Errorf("8 uploads at once took %d MiB", most>>20)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestASmallFileIsOneRequest(t *testing.T) {
	s := newServer(t)
	f := openS3(t, s.address("papers")+"&region=eu-west-1", identity(t))
	put(t, f, "a", "x")
	if n := s.requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
}
