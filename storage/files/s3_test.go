package files_test

import (
	"fmt"
	"io"
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
