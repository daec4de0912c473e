package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"olle/bot"
	"olle/storage"
	"olle/storage/bolt"
	"olle/storage/redis"
	"olle/storage/redis/redistest"
)

// moved is the settings of a demonstration's day on either store.
func moved(dir, redisURL string) map[string]string {
	env := map[string]string{"OLLE_DATA_DIR": dir, "OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00"}
	if redisURL != "" {
		env["OLLE_REDIS_URL"] = redisURL
	}
	return env
}

// settled starts the program anew: an answer may be heard before it is on record that it was sent, and then it is.
func settled(t *testing.T, s *served, env map[string]string) *served {
	t.Helper()
	s.stop()
	return startServe(t, env)
}

// waiting lists what a store holds that nobody may lose, without what the program notes about itself.
func waiting(t *testing.T, env map[string]string) (jobs, docs []string) {
	t.Helper()
	now := func() time.Time { return time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC) }
	var s storage.Store
	var err error
	if url := env["OLLE_REDIS_URL"]; url != "" {
		s, err = redis.Open(t.Context(), redis.Options{URL: url, Now: now, Log: slog.New(slog.DiscardHandler)})
	} else {
		s, err = bolt.Open(filepath.Join(env["OLLE_DATA_DIR"], "olle.db"), now)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, err := s.Jobs(context.Background(), storage.Filter{}, "", 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range list {
		jobs = append(jobs, fmt.Sprint(j.ID, j.Queue, j.Lane, j.At.UTC(), j.Born.UTC(), j.Bulk, string(j.Data)))
	}
	all, err := s.List(context.Background(), "", "", 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if !strings.HasPrefix(d.Key, "clock/") && !strings.HasPrefix(d.Key, "storage/") {
			docs = append(docs, fmt.Sprint(d.Key, d.Until.UTC(), string(d.Data)))
		}
	}
	return jobs, docs
}

// move stops s, restores the backup taken from it into another store and goes on there.
func move(t *testing.T, s *served, v *visitor, from, to map[string]string) *served {
	t.Helper()
	file := filepath.Join(t.TempDir(), "olle.backup")
	s = settled(t, s, from)
	if code, _, errs := olle(t, from, "", "backup", file); code != exitOK {
		t.Fatalf("backup: %s", errs)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup has mode %v, %v", info.Mode(), err)
	}
	s.stop()
	if code, _, errs := olle(t, to, "", "restore", file); code != exitOK {
		t.Fatalf("restore: %s", errs)
	}
	jobs, docs := waiting(t, from)
	gotJobs, gotDocs := waiting(t, to)
	if strings.Join(jobs, "\n") != strings.Join(gotJobs, "\n") || len(jobs) == 0 {
		t.Errorf("jobs differ:\n%s\n\n%s", strings.Join(jobs, "\n"), strings.Join(gotJobs, "\n"))
	}
	if strings.Join(docs, "\n") != strings.Join(gotDocs, "\n") || len(docs) < 5 {
		t.Errorf("documents differ:\n%s\n\n%s", strings.Join(docs, "\n"), strings.Join(gotDocs, "\n"))
	}
	s = startServe(t, to)
	v.base, v.log = s.base, s.log
	return s
}

// A conversation is moved from the embedded store to Redis and back between two of its questions, and goes on as if nothing had been.
func TestMoveToRedisAndBackInTheMiddleOfAConversation(t *testing.T) {
	here, there, home := moved(t.TempDir(), ""), moved(t.TempDir(), redistest.Start(t)), moved(t.TempDir(), "")
	s := startServe(t, here)
	v := &visitor{t: t, base: s.base, log: s.log}
	expect(t, v.say("/apply"), "Do you agree?")
	for _, answer := range []string{"I agree", "For myself", "Nina Rai", "Ministry of Home Affairs", "Under Secretary", "government", "senior",
		"9", "Kathmandu"} {
		v.say(answer)
	}
	s = move(t, s, v, here, there)
	expect(t, v.say("Kathmandu"), "citizenship")
	expect(t, v.say("Nepal"), "e-mail address")
	s = move(t, s, v, there, home)
	side := v.say("is the visa fee covered?")
	expect(t, side, "responsibility of the participants", "e-mail address")
	v.n = v.n - 2 // an update from before the move is seen still: the same answer, and nothing is asked anew
	expect(t, v.say("Nepal"), "e-mail address")
	v.n++
	expect(t, v.say("nina.rai@example.org"), "0 of 7", "Your reference is VCA20-")
	s.stop()
}

func TestBackupIsEncryptedAndCheckedBeforeItIsUsed(t *testing.T) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	env := moved(filepath.Join(dir, "a"), "")
	env["OLLE_AGE_RECIPIENTS"] = key.Recipient().String()
	s := startServe(t, env)
	(&visitor{t: t, base: s.base, log: s.log}).say("hello, I am Quillfeather")
	s = settled(t, s, env)
	file := filepath.Join(dir, "olle.backup")
	if code, out, errs := olle(t, env, "", "backup", file); code != exitOK || !strings.Contains(out, "encrypted to") {
		t.Fatalf("%s%s", out, errs)
	}
	if code, _, errs := olle(t, env, "", "backup", file); code != exitFailed || !strings.Contains(errs, "exists") {
		t.Errorf("a file was replaced: %s", errs)
	}
	s.stop()
	sealed, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(sealed), "age-encryption") || strings.Contains(string(sealed), "Quillfeather") {
		t.Fatalf("not encrypted: %.40q, %v", sealed, err)
	}
	to := moved(filepath.Join(dir, "b"), "")
	refused := func(what string, file string, env map[string]string, args ...string) {
		t.Helper()
		code, _, errs := olle(t, env, key.String(), append(append([]string{"restore"}, args...), file)...)
		if code != exitFailed || !strings.Contains(errs, what) {
			t.Errorf("%s: %d, %s", what, code, errs)
		}
	}
	refused("encrypted", file, to)
	refused("olle: restore: open "+filepath.Join(dir, "none"), file, to, "-identity", filepath.Join(dir, "none"))
	refused("not empty", file, env, "-identity", "-")
	short := filepath.Join(dir, "short")
	for _, n := range []int{0, 10, len(sealed) / 2, len(sealed) - 1} {
		if err := os.WriteFile(short, sealed[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, _ := olle(t, to, key.String(), "restore", "-identity", "-", short); code != exitFailed {
			t.Errorf("%d of %d bytes were restored", n, len(sealed))
		}
	}
	for _, at := range []int{len(sealed) - 20, len(sealed) / 2} {
		bent := slices.Clone(sealed)
		bent[at] ^= 1
		if err := os.WriteFile(short, bent, 0o600); err != nil {
			t.Fatal(err)
		}
		refused("the backup is damaged", short, to, "-identity", "-")
	}
	for _, other := range []string{"", "hello, this is a letter"} {
		if err := os.WriteFile(short, []byte(other), 0o600); err != nil {
			t.Fatal(err)
		}
		refused("no backup of olle", short, to)
	}
	if code, _, errs := olle(t, to, key.String(), "restore", "-identity", "-", file); code != exitOK {
		t.Fatalf("restore: %s", errs)
	}
	if code, _, errs := olle(t, to, key.String(), "restore", "-force", "-identity", "-", file); code != exitOK {
		t.Fatalf("restore again: %s", errs)
	}
	jobs, docs := waiting(t, env)
	gotJobs, gotDocs := waiting(t, to)
	if strings.Join(jobs, "\n") != strings.Join(gotJobs, "\n") || strings.Join(docs, "\n") != strings.Join(gotDocs, "\n") {
		t.Error("restored twice, and not the same")
	}
}

func TestReadBackupRefusesWhatItsLastLineDoesNotSumUp(t *testing.T) {
	const head = `{"backup":"olle","format":1,"release":"x","at":"2020-02-03T00:00:00Z"}` + "\n"
	for text, want := range map[string]string{
		"":                                    "no backup",
		"{}":                                  "no backup",
		`{"backup":"olle","format":9}` + "\n": "newer",
		head:                                  "not complete",
		head + "nonsense\n":                   "damaged",
		head + `{"doc":{"key":"clock/restoring","data":"MQ=="}}` + "\n":           "half a store",
		head + `{"name":"a"}` + "\n" + `{"end":{"names":1,"sha256":"00"}}` + "\n": "sums up",
	} {
		if _, err := readBackup(strings.NewReader(text), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// What was said after the backup is on no record after the restore: the very same request, as the page repeats what it is not sure about, is
// answered.
func TestARestoreForgetsWhatWasSeenAfterTheBackup(t *testing.T) {
	env := moved(t.TempDir(), "")
	s := startServe(t, env)
	v := &visitor{t: t, base: s.base, log: s.log}
	v.say("hello")
	file := filepath.Join(t.TempDir(), "olle.backup")
	if code, _, errs := olle(t, env, "", "backup", file); code != exitOK {
		t.Fatal(errs)
	}
	v.say("when is the deadline?")
	s.stop()
	if code, _, errs := olle(t, env, "", "restore", "-force", file); code != exitOK {
		t.Fatal(errs)
	}
	s = startServe(t, env)
	v.base, v.log = s.base, s.log
	v.n--
	expect(t, v.say("when is the deadline?"), "14 February 2020")
}

// Half a store is nobody's to work on, and is not backed up as a whole one.
func TestAStoreIntoWhichARestoreWasBrokenOffIsRefused(t *testing.T) {
	env := moved(t.TempDir(), "")
	s, err := bolt.Open(filepath.Join(env["OLLE_DATA_DIR"], "olle.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Commit(t.Context(), storage.Batch{Put: []storage.Doc{{Key: restoringKey, Data: []byte("1")}, {Key: "person/x", Data: []byte("{}")}}})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	for _, args := range [][]string{{"serve"}, {"chat"}, {"backup", file}, {"export", "-out", file}, {"event", "set", "help.reply", "soon"}, {"invite", "-role", "read"}, {"doctor"}} {
		if code, out, errs := olle(t, env, "", args...); code != exitFailed || !strings.Contains(out+errs, "a restore into this store was broken off") {
			t.Errorf("%v: %d %s%s", args, code, out, errs)
		}
	}
}

func FuzzReadBackup(f *testing.F) {
	f.Add([]byte(`{"backup":"olle","format":1}` + "\n" + `{"doc":{"key":"a","data":"eA=="}}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = readBackup(strings.NewReader(string(data)), func(l *line) error { _ = l.item(); return nil })
	})
}

// The people of one edition are not taken for those of another: whoever changes the edition by accident is told what to do.
func TestDataOfAnotherEditionIsRefused(t *testing.T) {
	t.Parallel()
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00", "OLLE_AGE_RECIPIENTS": ageKey(t)}
	startServe(t, env).stop()
	other := with(env, "OLLE_EVENTS_DIR", "testdata/bench", "OLLE_EVENT", "bench-2030")
	for _, args := range [][]string{{"serve"}, {"invite", "-role", "admin"}, {"doctor"}} {
		if code, out, errs := olle(t, other, "", args...); code != exitFailed || !strings.Contains(out+errs, "set OLLE_EVENT=vca-jeju-2020, or give bench-2030 data of its own") {
			t.Errorf("%v: %d, %s%s", args, code, out, errs)
		}
	}
	if code, out, errs := olle(t, env, "", "doctor"); strings.Contains(out+errs, "OLLE_EVENT=") {
		t.Errorf("the edition itself: %d, %s%s", code, out, errs)
	}
}

// broken is a store that hands out so many documents and then is away.
type broken struct {
	storage.Store
	n int
}

func (b broken) Copy(_ context.Context, take func(storage.Item) error) error {
	for i := range b.n {
		if err := take(storage.Item{Doc: &storage.Doc{Key: fmt.Sprint("person/", i), Rev: 1, Data: []byte(strings.Repeat("x", 1000))}}); err != nil {
			return err
		}
	}
	return errors.New("redis is away")
}

// A backup that cannot be taken says why, whether some of it went out before or not.
func TestABackupThatIsBrokenOffSaysWhy(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1000} {
		w := &parts{store: broken{n: n}, clock: bot.NewClock(time.Time{}, 1, time.Time{}), log: slog.New(slog.DiscardHandler)}
		dir := t.TempDir()
		l, err := listen(filepath.Join(dir, "olle.sock"))
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: &operator{parts: w}}
		go func() { _ = server.Serve(l) }()
		code, out, errs := olle(t, moved(dir, ""), "", "backup", filepath.Join(dir, "b"))
		if code != exitFailed || !strings.Contains(errs, "redis is away") || strings.Contains(errs, "no backup") {
			t.Errorf("after %d: %d %s%s", n, code, out, errs)
		}
		server.Close()
	}
}
