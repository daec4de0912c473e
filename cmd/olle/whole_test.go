package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file is there as a whole or not at all, and another that came while it was written is replaced only where that was asked for.
func TestWriteWhole(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, c := range []struct {
		name         string
		before, race bool // the file is there, or comes meanwhile
		force        bool
		fails        error
		says, holds  string
	}{
		{"new", false, false, false, nil, "", "ours"},
		{"taken", true, false, false, nil, "exists; -force replaces it", "theirs"},
		{"taken and replaced", true, false, true, nil, "", "ours"},
		{"taken meanwhile", false, true, false, nil, "exists; -force replaces it", "theirs"},
		{"taken meanwhile and replaced", false, true, true, nil, "", "ours"},
		{"broken", false, false, true, broken, "broken", ""},
		{"broken where one was", true, false, true, broken, "broken", "theirs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			name := filepath.Join(dir, "x")
			theirs := func() {
				if err := os.WriteFile(name, []byte("theirs"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if c.before {
				theirs()
			}
			err := writeWhole(name, c.force, func(w io.Writer) error {
				if c.race {
					theirs()
				}
				_, err := io.WriteString(w, "ours")
				return errors.Join(err, c.fails)
			})
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("said %v", err)
			}
			if got, _ := os.ReadFile(name); string(got) != c.holds {
				t.Errorf("holds %q", got)
			}
			left, err := os.ReadDir(dir)
			if most := min(len(c.holds), 1); err != nil || len(left) != most {
				t.Errorf("left over: %v, %v", left, err)
			}
		})
	}
}

// A folder that is not there is named, not the file that would have been written to first.
func TestWriteWholeNamesTheFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "no")
	err := writeWhole(filepath.Join(dir, "x"), false, func(io.Writer) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "cannot write to the folder "+dir+": no such file or directory") || strings.Contains(err.Error(), ".olle-") {
		t.Error(err)
	}
}
