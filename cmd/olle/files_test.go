package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"olle/storage/storagetest"
)

const plainMarker = "PLAIN-WORDS-OF-AN-APPLICANT"

// plainOn returns the files below dir that hold the marker, and how many files there are, but for those left out.
func plainOn(dir string, without ...func(path string) bool) (found []string, n int) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || slices.ContainsFunc(without, func(f func(string) bool) bool { return f(path) }) {
			return nil
		}
		n++
		if data, _ := os.ReadFile(path); bytes.Contains(data, []byte(plainMarker)) {
			found = append(found, path)
		}
		return nil
	})
	return found, n
}

// prepared goes as far as the checklist.
func prepared(t testing.TB, s *served) *visitor {
	v := &visitor{t: t, base: s.base, log: s.log}
	v.say("/apply")
	for _, answer := range []string{"I agree", "For myself", "Nina Rai", "Ministry of Home Affairs", "Under Secretary", "government", "senior",
		"9", "Kathmandu", "Kathmandu", "Nepal"} {
		v.say(answer)
	}
	expect(t, v.say("nina.rai@example.org"), "0 of 7")
	return v
}

// Whatever the process writes, at any moment, it writes encrypted: spool, files, store and its folder for temporary files are searched
// while 6 applicants (500 with -full) hand in seven files each. Then one of them goes, and doctor proves that nothing is left.
func TestNoDocumentIsEverPlainOnDisk(t *testing.T) {
	people, abreast := 6, 3
	if storagetest.Full() {
		people, abreast = 500, 5
	}
	dir := t.TempDir()
	scratch := filepath.Join(dir, "tmp")
	if err := os.Mkdir(scratch, 0o700); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"OLLE_DATA_DIR": dir, "TMPDIR": scratch}
	s := startServe(t, env)
	searched := searchAllTheWhile(t, dir)
	t.Run("hand in", func(t *testing.T) {
		for range abreast {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for range people / abreast {
					prepared(t, s).handsInSeven()
				}
			})
		}
	})
	times := searched()
	found, n := plainOn(dir)
	if len(found) > 0 || n < 7*people {
		t.Errorf("plain on disk: %q among %d files", found, n)
	}
	t.Logf("%d uploads; searched %d times on the way, and %d files at the end", 7*people, times, n)
	last := prepared(t, s)
	last.handsInSeven()
	leaving(t, env, last)
	s.stop()
}

func (v *visitor) handsInSeven() {
	v.t.Helper()
	for i, name := range sevenFiles {
		content := pdf(strings.Repeat(fmt.Sprintf("%s %s %d ", plainMarker, name, i), 4000))
		expect(v.t, v.upload(name+".pdf", content), fmt.Sprintf("%d of 7", i+1))
	}
}

// searchAllTheWhile searches where something could be plain for a moment, and now and then the files that are kept, until end is
// called, which returns how often.
func searchAllTheWhile(t *testing.T, dir string) (end func() int) {
	stop, searched := make(chan struct{}), make(chan int)
	go func() {
		for times := 0; ; times++ {
			where := []string{"spool", "tmp"}
			if times%200 == 0 {
				where = append(where, "files")
			}
			for _, sub := range where {
				if found, _ := plainOn(filepath.Join(dir, sub)); len(found) > 0 {
					t.Errorf("plain while it was taken in: %q", found)
				}
			}
			select {
			case <-stop:
				searched <- times
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	return func() int { close(stop); return <-searched }
}

// leaving deletes a person and has doctor look before and after.
func leaving(t *testing.T, env map[string]string, v *visitor) {
	t.Helper()
	before := len(blobsOf(t, env))
	v.tap(v.say("/delete").Messages[0].Choices[0].Value)
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		one := doctorOn(t, env, "leftovers")
		if one.OK && len(blobsOf(t, env)) == before-7 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d of %d files are left; doctor: %+v", len(blobsOf(t, env)), before, one)
		}
	}
	if err := os.WriteFile(filepath.Join(env["OLLE_DATA_DIR"], "files", "nobody%2ff0"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if one := doctorOn(t, env, "leftovers"); one.OK || !strings.Contains(one.Detail, "1 files, 0 keys") {
		t.Errorf("a file without an owner: %+v", one)
	}
}

func blobsOf(t *testing.T, env map[string]string) []os.DirEntry {
	t.Helper()
	all, err := os.ReadDir(filepath.Join(env["OLLE_DATA_DIR"], "files"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// doctorOn returns one of doctor's findings.
func doctorOn(t *testing.T, env map[string]string, name string) finding {
	t.Helper()
	_, out, errs := olle(t, env, "", "doctor", "-json")
	var all struct{ Findings []finding }
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatalf("%v\n%s%s", err, out, errs)
	}
	for _, f := range all.Findings {
		if f.Name == name {
			return f
		}
	}
	return finding{Name: name, Detail: "not looked at"}
}

// A wrong address of a bucket is said in one sentence that shows nothing of the keys.
func TestAWrongAddressOfABucketIsSaidWithoutItsKeys(t *testing.T) {
	for _, address := range []string{"s3://AK:TOP/HUSH@host/papers", "s3://AK:TOP-HUSH@127.0.0.1:1/papers?tls=off", "s3://AK:TOP-HUSH@host/P"} {
		env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_FILES_URL": address}
		code, out, errs := olle(t, env, "", "doctor")
		if code == 0 || !strings.Contains(out, "OLLE_FILES_URL") && !strings.Contains(out, "cannot reach it") || strings.Contains(out+errs, "HUSH") {
			t.Errorf("%d\n%s%s", code, out, errs)
		}
	}
}
