package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Data written by an earlier release (testdata/upgrade: the embedded store after a kill, named by the commit that wrote it, and the web
// chat's session) is read, and the conversation that was open in it goes on: with its pending question, what was answered, and the
// updates that were seen.
func TestConversationsOfEarlierReleasesGoOn(t *testing.T) {
	stores, err := filepath.Glob("testdata/upgrade/*.db.gz")
	if err != nil || len(stores) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, path := range stores {
		name := strings.TrimSuffix(path, ".db.gz")
		t.Run(filepath.Base(name), func(t *testing.T) {
			session, err := os.ReadFile(name + ".session")
			if err != nil {
				t.Fatal(err)
			}
			env := moved(t.TempDir(), "")
			unpack(t, path, filepath.Join(env["OLLE_DATA_DIR"], "olle.db"))
			s := startServe(t, env)
			v := &visitor{t: t, base: s.base, log: s.log, session: strings.TrimSpace(string(session)), n: 11}
			expect(t, v.say("Kathmandu"), "citizenship") // the twelfth message once more: seen, and answered as then
			expect(t, v.say("Nepal"), "e-mail address")
			expect(t, v.say("is the visa fee covered?"), "responsibility of the participants", "e-mail address")
			expect(t, v.say("nina.rai@example.org"), "0 of 7", "Your reference is VCA20-")
			expect(t, v.say("/mydata"), "Ministry of Home Affairs")
			s.stop()
		})
	}
}

func unpack(t *testing.T, from, to string) {
	t.Helper()
	f, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
