package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func noSettings(string) (string, bool) { return "", false }

// Dates of another year are a slip, or of an event that is over.
func TestCheckWarnsOfADeadlineLongPast(t *testing.T) {
	for at, warns := range map[string]bool{"2027-03-01T00:00:00Z": false, "2028-03-01T00:00:00Z": false, "2028-05-01T00:00:00Z": true} {
		var out bytes.Buffer
		now := func(key string) (string, bool) { return at, key == "OLLE_NOW" }
		if err := check(context.Background(), &program{out: &out, getenv: now}, []string{"../../config/testdata/minimal/tea-2027"}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "warning: the deadline was in 2027"); got != warns {
			t.Errorf("%s: %s", at, out.String())
		}
	}
}

// A pack of one's own need not visit every step of the program: its first recorded conversation must not make it fail.
func TestCheckOfOnesOwnPackWithATranscript(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tea-2027")
	if err := os.CopyFS(dir, os.DirFS("../../config/testdata/minimal/tea-2027")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "transcripts"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "transcripts", "a.txt"), []byte("clock 2027-03-01T10:00:00+07:00\n> /deadline\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, args := range [][]string{{"-update", dir}, {dir}} {
		out.Reset()
		if err := check(context.Background(), &program{out: &out, getenv: noSettings}, args); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out.String())
		}
	}
	want := "tea-2027: warning: no transcript asks 4 of the questions of the forms: profile/full_name, profile/spoons, profile/sugar, profile/workplace\n"
	if got := out.String(); !strings.Contains(got, want) || strings.Contains(got, "airfare/from") || !strings.Contains(got, ": fine") {
		t.Error(got)
	}
}
