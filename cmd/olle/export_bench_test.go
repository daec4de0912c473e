package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"olle/flows"
	"olle/storage"
	"olle/storage/bolt"
)

// BenchmarkExport writes 1,000 applicants with seven documents of 50 kB each, as a process of its own: time, and the most memory it
// ever had.
func BenchmarkExport(b *testing.B) {
	recipient, key := keyFile(b)
	env := map[string]string{"OLLE_DATA_DIR": b.TempDir(), "OLLE_AGE_RECIPIENTS": recipient}
	applicants(b, env["OLLE_DATA_DIR"], recipient, 1000, 50_000)
	for _, c := range []struct {
		name string
		args []string
	}{
		{"zip decrypted", []string{"-format", "zip", "-identity", key}}, {"zip sealed", []string{"-format", "zip"}},
		{"xlsx", []string{"-format", "xlsx"}}, {"csv", []string{"-format", "csv"}}, {"json", []string{"-format", "json"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			out := filepath.Join(b.TempDir(), "out")
			for b.Loop() {
				cmd := exec.Command(os.Args[0], append([]string{"export", "-force", "-out", out}, c.args...)...)
				cmd.Env = append(os.Environ(), "OLLE_TEST_PROGRAM=1")
				for k, v := range env {
					cmd.Env = append(cmd.Env, k+"="+v)
				}
				if said, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, said)
				}
				b.ReportMetric((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), "cpu-s")
				b.ReportMetric(float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)/1024, "MiB")
			}
			info, err := os.Stat(out)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/1e6, "MB")
		})
	}
}

// applicants fills a data folder as if they had all applied. Documents are written beside Put, whose syncing would take minutes.
func applicants(b *testing.B, dir, recipient string, n, size int) {
	b.Helper()
	to, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		b.Fatal(err)
	}
	store, err := bolt.Open(filepath.Join(dir, "olle.db"), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	folder := filepath.Join(dir, "files")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		b.Fatal(err)
	}
	content := make([]byte, size)
	_, _ = rand.Read(content)
	hash := fmt.Sprintf("%x", sha256.Sum256(content))
	began := time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC)
	var batch storage.Batch
	for i := range n {
		p := flows.Person{ID: fmt.Sprintf("person/%06d", i), Ref: fmt.Sprintf("VCA20-%06d", i), Addresses: []flows.Address{"web:x"}, Began: began,
			Forms: map[string]*flows.Record{"profile": {Answers: map[string]flows.Value{"full_name": {Data: "Nina Rai", Text: "Nina Rai"}}}}, Items: map[string]*flows.Upload{}}
		for j, item := range []string{"application", "commitment", "waiver", "consent", "case-study", "nomination", "cv"} {
			id := fmt.Sprintf("bench-%d-%d", i, j)
			p.Items[item] = &flows.Upload{ID: id, Name: item + ".pdf", State: "received", Type: "pdf", Sent: began, Size: int64(size), Hash: hash}
			var sealed bytes.Buffer
			w, err := age.Encrypt(&sealed, to)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = w.Write(content)
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, id), sealed.Bytes(), 0o600); err != nil {
				b.Fatal(err)
			}
		}
		batch.Put = append(batch.Put, storage.Doc{Key: p.ID, Data: flows.Must(p)})
	}
	if _, err := store.Commit(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
}
