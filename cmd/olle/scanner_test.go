package main

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
)

// doctor says whether the virus scanner answers, and what waits for it if not.
func TestDoctorAsksTheScanner(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if word, err := bufio.NewReader(conn).ReadString(0); err == nil && word == "zPING\x00" {
				_, _ = io.WriteString(conn, "PONG\x00")
			}
			conn.Close()
		}
	}()
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_CLAMD_ADDR": l.Addr().String()}
	if _, out, errs := olle(t, env, "", "doctor"); !strings.Contains(out, "ok   scanner") {
		t.Errorf("%s%s", out, errs)
	}
	l.Close()
	if code, out, _ := olle(t, env, "", "doctor"); code != exitFailed || !strings.Contains(out, "FAIL scanner") || !strings.Contains(out, "OLLE_CLAMD_ADDR") {
		t.Errorf("%d: %s", code, out)
	}
}
