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
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"olle/storage/files"
)

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
