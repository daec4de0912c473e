package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"olle/storage/redis/redistest"
)

// everyStore runs a test on the embedded store and on Redis; the settings it gets choose the store.
func everyStore(t *testing.T, test func(t *testing.T, env map[string]string)) {
	t.Run("embedded", func(t *testing.T) { test(t, map[string]string{"OLLE_DATA_DIR": t.TempDir()}) })
	t.Run("redis", func(t *testing.T) {
		url := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
		test(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_REDIS_URL": url})
	})
}

// The main job, as somebody who has just cloned the project does it: a question, an application, seven files; with a clean stop and
// a power cut in between.
func TestMainJob(t *testing.T) {
	everyStore(t, func(t *testing.T, env map[string]string) {
		s := startServe(t, env)
		v := &visitor{t: t, base: s.base, log: s.log}
		expect(t, v.say("hello how mach is ticket money from katmandu nepal pls"), "US$ 950")
		expect(t, v.say("/apply"), "Do you agree?")
		for _, answer := range []string{"I agree", "For myself", "Nina Rai", "Ministry of Home Affairs", "Under Secretary", "government", "senior",
			"9", "Kathmandu", "Kathmandu", "Nepal"} {
			v.say(answer)
		}
		if took := s.stop(); took > 5*time.Second {
			t.Errorf("a clean stop took %s", took)
		}
		s = startServe(t, env)
		v.base, v.log = s.base, s.log
		expect(t, v.say("is the visa fee covered?"), "responsibility of the participants", "e-mail address")
		r := v.say("nina.rai@example.org")
		expect(t, r, "0 of 7", "Your reference is VCA20-")
		for i, name := range []string{"application", "commitment", "waiver", "consent", "case study", "nomination", "cv"} {
			if i == 3 {
				s.kill()
				s = startServe(t, env)
				v.base, v.log = s.base, s.log
			}
			r = v.upload(name+".pdf", pdf(name))
			expect(t, r, fmt.Sprintf("%d of 7", i+1), "KST", "your time")
		}
		expect(t, r, "Your set is complete: 7 of 7", "cifaljeju.jitc.1@gmail.com")
		if strings.Contains(r.text(), "submitted") {
			t.Error("the bot says submitted")
		}
		expect(t, v.tap(r.choice("I have e-mailed them")), "Noted")
		expect(t, v.say("/status"), "7 of 7", "e-mailed")
		secret(t, env["OLLE_DATA_DIR"], s.log.String(), "Nina", "nina.rai", "katmandu", "Home Affairs")
		s.stop()
	})
}

func expect(t testing.TB, r chatReply, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(r.text(), p) {
			t.Fatalf("no %q in the answer:\n%s", p, r.text())
		}
	}
}

// secret checks that personal data is in no log, and that no document lies on the disk in plain.
func secret(t testing.TB, dir, log string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(log, w) {
			t.Errorf("the log holds %q", w)
		}
	}
	found := 0
	_ = filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() || info.Mode()&os.ModeSocket != 0 {
			return nil
		}
		data, _ := os.ReadFile(path)
		if strings.Contains(string(data), "%PDF-1.4") {
			t.Errorf("%s holds a document in plain", path)
		}
		if strings.Contains(string(data), "age-encryption.org") {
			found++
		}
		return nil
	})
	if found < 7 {
		t.Errorf("%d encrypted documents on disk, want at least 7", found)
	}
}

// The same request twice changes nothing and answers the same, across a power cut too.
func TestSameUpdateFiveTimes(t *testing.T) {
	everyStore(t, func(t *testing.T, env map[string]string) {
		s := startServe(t, env)
		v := &visitor{t: t, base: s.base, log: s.log}
		for _, line := range []string{"/apply", "I agree", "For myself", "Nina Rai"} {
			v.say(line)
		}
		first := v.say("Ministry")
		for i := range 4 {
			if i == 2 {
				s.kill()
				s = startServe(t, env)
				v.base, v.log = s.base, s.log
			}
			v.n--
			if again := v.say("Ministry"); again.text() != first.text() {
				t.Fatalf("the same request was answered %q, then %q", first.text(), again.text())
			}
		}
		expect(t, v.say("/mydata"), "Organisation: Ministry")
		s.stop()
	})
}

// Updates that come in another order than they were sent are answered all the same; what was given is kept.
func TestUpdatesOutOfOrder(t *testing.T) {
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir()})
	v := &visitor{t: t, base: s.base, log: s.log}
	for _, line := range []string{"Nina Rai", "For myself", "I agree", "/apply", "I agree", "Nina Rai", "For myself", "Nina Rai", "Ministry"} {
		if r := v.say(line); len(r.Messages) == 0 {
			t.Errorf("%q was not answered", line)
		}
	}
	expect(t, v.say("/mydata"), "Full name: Nina Rai", "Organisation: Ministry")
	s.stop()
}

// BenchmarkStart is the time from the start of the process to the first answer, with the embedded store, and its memory at rest.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	var memory float64
	for b.Loop() {
		s := startServe(b, map[string]string{"OLLE_DATA_DIR": dir})
		v := &visitor{t: b, base: s.base, log: s.log}
		v.say("how much from Kathmandu?")
		b.StopTimer()
		time.Sleep(300 * time.Millisecond)
		memory = max(memory, resident(b, s.cmd.Process.Pid))
		s.stop()
		b.StartTimer()
	}
	b.ReportMetric(memory, "MiB-idle")
}

// resident is the resident memory of a process in MiB.
func resident(b *testing.B, pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip("needs /proc")
	}
	var kib float64
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	_, _ = fmt.Sscan(rest, &kib)
	return kib / 1024
}
