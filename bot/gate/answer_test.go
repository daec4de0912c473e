package gate_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"olle/bot/gate"
)

// served starts a server whose connections keep next to nothing for those who do not read.
func served(t *testing.T, h http.Handler) (address string) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Listener = narrow{server.Listener}
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	c, err := n.Listener.Accept()
	if err == nil {
		_ = c.(*net.TCPConn).SetWriteBuffer(4096)
	}
	return c, err
}

func ask(t *testing.T, address, path string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
	return conn
}

func TestAnAnswerThatNobodyTakesIsGivenUp(t *testing.T) {
	t.Parallel()
	const patience = 300 * time.Millisecond
	wrote := make(chan error, 1)
	address := served(t, gate.Taken(patience, 100_000, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, err := rw.Write(bytes.Repeat([]byte("x"), 1_000_000))
		wrote <- err
	})))
	for name, each := range map[string]int{"nobody": 0, "a slow line": 8000} {
		conn := ask(t, address, "/")
		began := time.Now()
		for each > 0 && len(wrote) == 0 { // 800 kB a second: much longer for all of it than for a piece
			if _, err := io.CopyN(io.Discard, conn, int64(each)); err != nil {
				t.Fatal(name, err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		select {
		case err := <-wrote:
			if (err != nil) != (each == 0) {
				t.Errorf("%s: after %v: %v", name, time.Since(began), err)
			}
		case <-time.After(5 * time.Second):
			t.Fatal(name, "holds the answer for ever")
		}
		if took := time.Since(began); each > 0 && took < 2*patience {
			t.Errorf("%s took it in %v, which proves nothing", name, took)
		}
	}
}

// Work without a word costs no patience, nor does a pause between two requests; and a deadline that an answer sets itself counts.
func TestPatienceIsForTheReaderOnly(t *testing.T) {
	t.Parallel()
	const patience = 100 * time.Millisecond
	address := served(t, gate.Taken(patience, 1000, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(rw)
		if r.URL.Path == "/own" {
			_ = rc.SetWriteDeadline(time.Now().Add(-time.Second))
		}
		for range 2 {
			_, _ = io.WriteString(rw, "word ")
			if rc.Flush() != nil {
				return
			}
			time.Sleep(2 * patience)
		}
	})))
	conn := ask(t, address, "/")
	for _, path := range []string{"/next", "/own"} {
		time.Sleep(6 * patience)
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
	}
	all, _ := io.ReadAll(conn)
	if n := strings.Count(string(all), "word "); n != 4 || strings.Count(string(all), "\r\n0\r\n\r\n") != 2 {
		t.Errorf("%d words: %q", n, all)
	}
}
