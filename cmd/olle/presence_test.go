package main

import (
	"path/filepath"
	"strings"
	"testing"

	"olle/storage/redis/redistest"
)

// A store that a serve with another data folder works on is not cleared under it.
func TestRestoreLeavesTheStoreOfAServeElsewhereAlone(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t)
	here, there := moved(t.TempDir(), url), moved(t.TempDir(), url)
	file := filepath.Join(t.TempDir(), "backup")
	s := startServe(t, there)
	(&visitor{t: t, base: s.base, log: s.log}).say("hello")
	if code, _, errs := olle(t, here, "", "backup", file); code != exitOK {
		t.Fatal(errs)
	}
	if code, _, errs := olle(t, here, "", "restore", "-force", file); code != exitFailed || !strings.Contains(errs, "a serve works on this store") || !strings.Contains(errs, there["OLLE_DATA_DIR"]) {
		t.Errorf("while it runs: %d %s", code, errs)
	}
	s.stop()
	if code, _, errs := olle(t, here, "", "restore", "-force", file); code != exitOK {
		t.Errorf("when it is gone: %d %s", code, errs)
	}
}
