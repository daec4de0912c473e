package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Only where nobody listens does no serve run; one that cannot be asked is not taken for none.
func TestWhyNobodyAnswersOnTheSocket(t *testing.T) {
	t.Parallel()
	failed := func(at error) error { return &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", at)} }
	if err := noAnswer(failed(syscall.EACCES), "/data/olle.sock"); errors.Is(err, errNoServe) || !strings.Contains(err.Error(), "may not open /data/olle.sock: run this as the user of serve") {
		t.Error(err)
	}
	if err := noAnswer(failed(syscall.EMFILE), "/data/olle.sock"); errors.Is(err, errNoServe) {
		t.Error(err)
	}
	dir := t.TempDir()
	left := filepath.Join(dir, "left.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: left, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	for _, socket := range []string{filepath.Join(dir, "none.sock"), filepath.Join(dir, "no", "none.sock"), left} {
		if err := callServe(t.Context(), socket, "ready", nil, new(string)); !errors.Is(err, errNoServe) {
			t.Errorf("%s: %v", socket, err)
		}
	}
}

// A serve that is too busy to answer is said in words.
func TestASlowServeIsSaidInWords(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "olle.sock")
	l, err := listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })}
	defer server.Close()
	go func() { _ = server.Serve(l) }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := callServe(ctx, socket, "ready", nil, new(string)); err == nil || !strings.Contains(err.Error(), "has not answered in time") {
		t.Error(err)
	}
}
