package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
		if err := check(context.Background(), &program{out: &out}, args); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out.String())
		}
	}
	want := "tea-2027: warning: no transcript asks 4 of the questions of the forms: profile/full_name, profile/spoons, profile/sugar, profile/workplace\n"
	if got := out.String(); !strings.Contains(got, want) || strings.Contains(got, "airfare/from") || !strings.Contains(got, ": fine") {
		t.Error(got)
	}
}
