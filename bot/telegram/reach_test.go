package telegram_test

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"olle/bot/telegram"
	"olle/flows"
)

// reachAPI, set for this test binary started again, is where it sends two messages, with a rest between. What certificates a process
// trusts and which proxy it takes it reads once, so that each case needs a process of its own.
const reachAPI = "OLLE_TEST_TELEGRAM_REACH_API"

func sendTwice(apiURL string) {
	tg, err := telegram.New(telegram.Options{Token: token, APIURL: apiURL})
	for i := 0; i < 2 && err == nil; i++ {
		if i > 0 {
			time.Sleep(1500 * time.Millisecond)
		}
		_, err = tg.Send(context.Background(), fmt.Sprint("m", i), flows.Message{To: "telegram:7", Text: "Hello"})
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("doubtful:", tg.Counts().Doubtful)
	os.Exit(0)
}

// reach lets another process send twice, and returns what it said; the token never is among it.
func reach(t *testing.T, apiURL string, env ...string) (said string, err error) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(append(os.Environ(), reachAPI+"="+apiURL), env...)
	out, err := child.CombinedOutput()
	if strings.Contains(string(out), token) {
		t.Error("the token is in what was said")
	}
	return string(out), err
}

// Over TLS, as Telegram is, a connection that it ended in its rest is replaced.
func TestSendOverTLS(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("which certificates are trusted cannot be said in the environment here")
	}
	f := newFake(t)
	server := httptest.NewTLSServer(f)
	t.Cleanup(server.Close)
	go func() {
		for len(f.shown(7)) == 0 && t.Context().Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(200 * time.Millisecond)
		server.CloseClientConnections()
	}()
	said, err := reach(t, server.URL, "SSL_CERT_FILE="+certificateOf(t, server))
	if shown := len(f.shown(7)); err != nil || shown != 2 || !strings.Contains(said, "doubtful: 0") {
		t.Errorf("%d shown, %v: %s", shown, err, said)
	}
}

// Nothing is said to a server whose certificate nobody trusts.
func TestSendToSomebodyElse(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	server := httptest.NewUnstartedServer(f)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	said, err := reach(t, server.URL)
	if shown := len(f.shown(7)); err == nil || shown != 0 || !strings.Contains(said, "certificate") {
		t.Errorf("%d shown, %v: %s", shown, err, said)
	}
}

// Who reaches the world through a proxy only names it in the environment; this machine is reached without.
func TestSendThroughAProxy(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var through atomic.Int64
	proxy := httptest.NewServer(tunnel(f, &through))
	t.Cleanup(proxy.Close)
	both := []string{"HTTP_PROXY=" + proxy.URL, "HTTPS_PROXY=" + proxy.URL}
	if said, err := reach(t, "http://api.telegram.test", both...); err != nil || len(f.shown(7)) != 2 || through.Load() != 1 {
		t.Errorf("%d shown by %d connections of the proxy, %v: %s", len(f.shown(7)), through.Load(), err, said)
	}
	if said, err := reach(t, f.server.URL, both...); err != nil || len(f.shown(7)) != 4 || through.Load() != 1 {
		t.Errorf("this machine: %d shown, %d by the proxy, %v: %s", len(f.shown(7)), through.Load(), err, said)
	}
}

// A proxy may be spoken to over TLS.
func TestSendThroughAProxyOverTLS(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("which certificates are trusted cannot be said in the environment here")
	}
	f := newFake(t)
	var through atomic.Int64
	proxy := httptest.NewTLSServer(tunnel(f, &through))
	t.Cleanup(proxy.Close)
	said, err := reach(t, "http://api.telegram.test", "HTTP_PROXY="+proxy.URL, "HTTPS_PROXY="+proxy.URL, "SSL_CERT_FILE="+certificateOf(t, proxy))
	if err != nil || len(f.shown(7)) != 2 || through.Load() == 0 {
		t.Errorf("%d shown by %d connections of the proxy, %v: %s", len(f.shown(7)), through.Load(), err, said)
	}
}

// tunnel is a proxy that knows the way to f under the name api.telegram.test, by CONNECT and by whole addresses.
func tunnel(f *fake, through *atomic.Int64) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		through.Add(1)
		switch {
		case r.Method != http.MethodConnect && r.URL.Host == "api.telegram.test":
			f.ServeHTTP(rw, r)
			return
		case r.Host != "api.telegram.test:80":
			rw.WriteHeader(http.StatusForbidden)
			return
		}
		there, err := net.Dial("tcp", f.server.Listener.Addr().String())
		if err != nil {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		defer there.Close()
		here, rest, err := rw.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer here.Close()
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(there, rest) }()
		_, _ = io.Copy(here, there)
	}
}

// certificateOf is a file that has the certificate of a server.
func certificateOf(t *testing.T, server *httptest.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
