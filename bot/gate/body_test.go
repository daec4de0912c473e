package gate_test

import (
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

func TestABodyThatTricklesIsGivenUp(t *testing.T) {
	const patience = 200 * time.Millisecond
	server := httptest.NewServer(gate.Swift(patience, 1000, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			http.Error(rw, "cut off", http.StatusBadRequest)
			return
		}
		select { // what is done with a body may take longer than the body
		case <-r.Context().Done():
		case <-time.After(2 * patience):
			_, _ = io.WriteString(rw, "all there")
		}
	})))
	t.Cleanup(server.Close)
	for name, c := range map[string]struct {
		each int // bytes every ten milliseconds
		want string
	}{
		"a trickle": {1, "400"}, "a slow line": {40, "200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
			fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2000\r\n\r\n")
			go func() {
				for sent := 0; sent < 2000; sent += c.each {
					if _, err := io.WriteString(conn, strings.Repeat("x", c.each)); err != nil {
						return
					}
					time.Sleep(10 * time.Millisecond)
				}
			}()
			answer, _ := io.ReadAll(conn)
			if !strings.HasPrefix(string(answer), "HTTP/1.1 "+c.want) {
				t.Errorf("%q", answer)
			}
		})
	}
}
