package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// begun makes the store that the first start of serve makes.
func begun(t *testing.T, env map[string]string) map[string]string {
	t.Helper()
	s, err := openBolt(env["OLLE_DATA_DIR"], time.Now)
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// In a folder without a store, whoever only asks or steers is told so; nothing is made there, and a backup that is there stays.
func TestOnlyServeChatAndRestoreMakeAStore(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "none")
	env := moved(dir, "")
	env["OLLE_AGE_RECIPIENTS"] = ageKey(t)
	file := filepath.Join(t.TempDir(), "backup")
	if err := os.WriteFile(file, []byte("the good one"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"backup", "-force", file}, {"export", "-force", "-out", file}, {"announce", "-text", "x"}, {"invite", "-role", "read"}, {"console-link"},
		{"event", "get"}, {"event", "set", "help.reply", "soon"}, {"late-code", "-why", "x"}, {"doctor"},
	} {
		code, out, errs := olle(t, env, "", args...)
		if code != exitFailed || !strings.Contains(out+errs, "there is no store in "+dir+": set OLLE_DATA_DIR") {
			t.Errorf("%v: %d %s%s", args, code, out, errs)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Fatalf("%v made the folder", args)
		}
	}
	if got, _ := os.ReadFile(file); string(got) != "the good one" {
		t.Errorf("the backup is now %q", got)
	}
	if code, out, errs := olle(t, map[string]string{"OLLE_DATA_DIR": dir}, "", "doctor"); code != exitOK || !strings.Contains(out, "none yet") {
		t.Errorf("a demonstration that has not begun: %d %s%s", code, out, errs)
	}
}
