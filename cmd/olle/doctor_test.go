package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"olle/bot/inspect/inspecttest"
	"olle/storage"
	"olle/storage/bolt"
	"olle/storage/redis/redistest"
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

// doctor says so when a network was taken away at which people still wait.
func TestDoctorFindsMessagesForANetworkThatWasTakenAway(t *testing.T) {
	dir := t.TempDir()
	env := map[string]string{"OLLE_DATA_DIR": dir}
	if _, out, errs := olle(t, env, "", "doctor"); strings.Contains(out+errs, "OLLE_TELEGRAM_TOKEN") {
		t.Errorf("before anything: %s%s", out, errs)
	}
	store, err := bolt.Open(filepath.Join(dir, "olle.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	push := []storage.Job{{ID: "a", Queue: "telegram", Lane: "telegram:7", Data: []byte("{}")}, {ID: "b", Queue: "web", Lane: "web:8", Data: []byte("{}")}}
	if _, err := store.Commit(t.Context(), storage.Batch{Push: push}); err != nil {
		t.Fatal(err)
	}
	store.Close()
	if code, out, _ := olle(t, env, "", "doctor"); code != exitFailed || !strings.Contains(out, "FAIL telegram   messages wait for this network, which is not set up here (chats: 1)") || !strings.Contains(out, "OLLE_TELEGRAM_TOKEN") {
		t.Errorf("%d: %s", code, out)
	}
}

// What opening the store has to say is said once, not before each question anew.
func TestDoctorOpensTheStoreOnce(t *testing.T) {
	t.Parallel()
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_REDIS_URL": redistest.Start(t, "--appendonly", "no")}
	if _, _, errs := olle(t, env, "", "doctor"); strings.Count(errs, "REDIS MAY LOSE") != 1 {
		t.Error(errs)
	}
}

// A store whose settings are right and that takes nothing any more is not well.
func TestDoctorProvesThatTheStoreTakesCommits(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t)
	env := moved(t.TempDir(), url)
	if f := doctorOn(t, env, "store"); !f.OK {
		t.Fatal(f.Detail)
	}
	options, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	admin := goredis.NewClient(options)
	defer admin.Close()
	if err := admin.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if f := doctorOn(t, env, "store"); f.OK || !strings.Contains(f.Detail, "takes no commits") || !strings.Contains(f.Detail, "raise maxmemory") {
		t.Error(f.Detail)
	}
}

// What was given up waits for a decision, of which the operator hears.
func TestDoctorFindsJobsGivenUp(t *testing.T) {
	t.Parallel()
	env := begun(t, moved(t.TempDir(), ""))
	if f := doctorOn(t, env, "jobs"); f.Detail != "not looked at" {
		t.Errorf("none: %+v", f)
	}
	store, err := openBolt(env["OLLE_DATA_DIR"], func() time.Time { return day(2, 3, 9, 0, 0) })
	if err != nil {
		t.Fatal(err)
	}
	push := []storage.Job{{ID: "given-up/a", Queue: "given-up", Lane: "given-up/a", Data: []byte("{}")}, {ID: "given-up/b", Queue: "given-up", Lane: "given-up/b", Data: []byte("{}")}}
	_, err = store.Commit(t.Context(), storage.Batch{Push: push, Now: day(2, 3, 9, 0, 0)})
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	if f := doctorOn(t, env, "jobs"); f.OK || !strings.Contains(f.Detail, "jobs given up: 2, the oldest of 2020-02-0") || !strings.Contains(f.Detail, "http://127.0.0.1:8080/console/") {
		t.Errorf("two: %+v", f)
	}
}

// A mistyped variable is found before the network it was to connect is missed; what else begins with OLLE_ may be another's.
func TestDoctorFindsMistypedVariables(t *testing.T) {
	t.Setenv("OLLE_TELEGRM_TOKEN", "1:x")
	t.Setenv("OLLE_SERVICE_HOST", "10.0.0.1")
	_, out, errs := olle(t, begun(t, moved(t.TempDir(), "")), "", "doctor")
	if !strings.Contains(out, "FAIL settings   OLLE_TELEGRM_TOKEN is no setting, did you mean OLLE_TELEGRAM_TOKEN?") || strings.Contains(out, "OLLE_SERVICE_HOST") {
		t.Errorf("%s%s", out, errs)
	}
}

// An edition that is over has no deadline to name.
func TestDoctorOfAnEditionThatIsOver(t *testing.T) {
	t.Parallel()
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_EVENT": "vca-jeju-2014"}
	if f := doctorOn(t, env, "events"); f.Detail != "current edition vca-jeju-2014, which is over" {
		t.Errorf("%+v", f)
	}
}
