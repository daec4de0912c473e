package main

import (
	"strings"
	"testing"

	"olle/bot/inspect/inspecttest"
)

// doctor says whether the virus scanner answers, and what waits for it if not.
func TestDoctorAsksTheScanner(t *testing.T) {
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_CLAMD_ADDR": inspecttest.StartClamd(t, "tcp", "")}
	if _, out, errs := olle(t, env, "", "doctor"); !strings.Contains(out, "ok   scanner") {
		t.Errorf("%s%s", out, errs)
	}
	env["OLLE_CLAMD_ADDR"] = inspecttest.StartClamd(t, "tcp", "drop")
	if code, out, _ := olle(t, env, "", "doctor"); code != exitFailed || !strings.Contains(out, "FAIL scanner") || !strings.Contains(out, "OLLE_CLAMD_ADDR") {
		t.Errorf("%d: %s", code, out)
	}
}
