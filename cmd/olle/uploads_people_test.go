package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"olle/bot/inspect/inspecttest"
)

// applicant is the user number i, and who is called so.
func (in *intake) applicant(i int) (*user, string) {
	return &user{sim: in.sim, id: int64(700_000 + i)}, fmt.Sprintf("Applicant %d", i)
}

// applies is the way to the checklist.
func (in *intake) applies(i int) {
	u, name := in.applicant(i)
	for _, step := range [][2]string{{"/start", "Hello, I am Olle"}, {"/apply", "Do you agree?"}, {"I agree", "applying for yourself"}, {"For myself", "full name"},
		{name, "organisation?"}, {"Ministry", "position"}, {"Head", "kind of organisation"}, {"Government", "level?"}, {"Senior level", "How many years"},
		{"9", "workplace"}, {"Kathmandu", "travel to Jeju"}, {"Kathmandu", "citizenship"}, {"Nepal", "e-mail address"}, {"nina@example.org", "0 of 7"}} {
		u.post(step[0])
		if !in.soon(time.Minute, func() bool { return strings.Contains(u.everything(), step[1]) }) {
			in.t.Errorf("%s: no %q after %q: %s", name, step[1], step[0], u.everything())
			return
		}
	}
}

// everything is all the bot ever said to the user.
func (u *user) everything() string {
	var b strings.Builder
	for _, m := range u.allSent() {
		b.WriteString(m.Text + "\n\n")
	}
	return b.String()
}

func (in *intake) soon(wait time.Duration, is func() bool) bool {
	for end := time.Now().Add(wait); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if is() {
			return true
		}
		if in.t.Failed() {
			return false
		}
	}
	return is()
}

// handsIn sends the seven files, one upon the other, and waits for a receipt of each.
func (in *intake) handsIn(i int) {
	u, name := in.applicant(i)
	for j, item := range sevenFiles {
		content, kind := in.paper(i, j)
		in.bytes.Add(int64(len(content)))
		if err := u.sendsFile(item+"."+kind, content); err != nil {
			in.t.Errorf("%s, %s: %v", name, item, err)
			return
		}
	}
	here := make([]int, 7)
	if !in.soon(in.patient, func() bool { return in.receipts(u, here) == 7 }) {
		said := u.everything()
		in.t.Errorf("%s has receipts %v; the last that was said: …%s", name, here, said[max(0, len(said)-600):])
		return
	}
	for _, n := range here {
		in.repeated.Add(int64(n - 1))
	}
}

// receipts counts them by item, and returns for how many there is one.
func (in *intake) receipts(u *user, here []int) (items int) {
	said := u.everything()
	for j, item := range in.event.Items {
		n := strings.Count(said, "Received: "+item.Name+",")
		if n > 0 {
			items++
			if here[j] == 0 {
				in.received.Add(1)
			}
		}
		here[j] = n
	}
	return items
}

// sendsFile uploads a file without waiting for an answer.
func (u *user) sendsFile(name string, content []byte) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"user_id":%d,"document":{"filename":%q,"data_base64":"`, u.id, name)
	w := base64.NewEncoder(base64.StdEncoding, &b)
	_, _ = w.Write(content) // into memory
	_ = w.Close()
	b.WriteString(`"}}`)
	r, err := http.Post(u.sim.base+"/control/send", "application/json", &b)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if _, err := io.Copy(io.Discard, r.Body); err != nil || r.StatusCode != http.StatusOK {
		return errors.Join(err, errors.New(r.Status))
	}
	return nil
}

// paper is the file that applicant i sends as item j, the same each time: random bytes with plain words in them, as a PDF, a photo or
// a Word document. Of 35 files one is large; together they have the largest size's twentieth on average.
func (in *intake) paper(i, j int) (content []byte, kind string) {
	r := rand.New(rand.NewPCG(uint64(i), uint64(j)))
	size := 10_000 + r.IntN(in.largest/18)
	switch {
	case i == 0 && j == 0:
		size = in.largest
	case r.IntN(35) == 0:
		size = in.largest/2 + r.IntN(in.largest/2)
	}
	kind = []string{"pdf", "jpg", "docx"}[r.IntN(3)]
	for filler := size; ; filler -= len(content) - size { // what is around the random bytes counts too
		if content = wrapped(kind, randomBytes(i, j, filler)); len(content) <= size {
			return content, kind
		}
	}
}

func randomBytes(i, j, n int) []byte {
	var seed [32]byte
	seed[0], seed[1], seed[2] = byte(i), byte(i>>8), byte(j)
	b := make([]byte, n)
	_, _ = rand.NewChaCha8(seed).Read(b) // never fails
	for at := 100; at < n-1000; at += 4000 {
		copy(b[at:], plainMarker)
	}
	return b
}

// wrapped makes a valid file around the bytes.
func wrapped(kind string, body []byte) []byte {
	var b bytes.Buffer
	switch kind {
	case "pdf":
		b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
			"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>endobj\n")
		fmt.Fprintf(&b, "4 0 obj<</Length %d>>\nstream\n%s\nendstream\nendobj\ntrailer<</Root 1 0 R>>\n%%%%EOF\n", len(body), body)
	case "jpg":
		picture := inspecttest.JPEG()
		b.Write(picture[:2])
		for part := range slices.Chunk(body, 65_000) {
			b.Write([]byte{0xFF, 0xED, byte((len(part) + 2) >> 8), byte(len(part) + 2)})
			b.Write(part)
		}
		b.Write(picture[2:])
	case "docx":
		plain := inspecttest.Docx()
		r, _ := zip.NewReader(bytes.NewReader(plain), int64(len(plain))) // well formed
		w := zip.NewWriter(&b)
		for _, f := range r.File {
			_ = w.Copy(f)
		}
		part, _ := w.CreateHeader(&zip.FileHeader{Name: "word/media/image1.jpeg", Method: zip.Store})
		_, _ = part.Write(body)
		_ = w.Close()
	}
	return b.Bytes()
}

// export decrypts everything with the organisers' identity and compares every file with what was sent.
func (in *intake) export() {
	in.t.Helper()
	out := filepath.Join(in.t.TempDir(), "all.zip")
	cmd := exec.Command(os.Args[0], "export", "-format", "zip", "-identity", in.key, "-out", out)
	cmd.Env = append(os.Environ(), "OLLE_TEST_PROGRAM=1")
	for k, v := range in.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	began := time.Now()
	peak := in.peakOf(cmd)
	in.t.Logf("exported in %s; at most %.1f MiB resident", time.Since(began).Round(time.Second), float64(peak)/(1<<20))
	in.small("export", peak)
	all, err := zip.OpenReader(out)
	if err != nil {
		in.t.Fatal(err)
	}
	defer all.Close()
	var rows []manifestRow
	if err := json.Unmarshal(entryOf(in.t, all, "manifest.json"), &rows); err != nil {
		in.t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, row := range rows {
		one := fmt.Sprint(row.Name, " ", row.Number)
		var i int
		if n, _ := fmt.Sscanf(row.Name, "Applicant %d", &i); n != 1 || row.Number < 1 || row.Number > 7 || seen[one] || row.Check != "as received" {
			in.t.Fatalf("exported twice, or not as it should be: %+v", row)
		}
		seen[one] = true
		if want, _ := in.paper(i, row.Number-1); !bytes.Equal(entryOf(in.t, all, row.Path), want) {
			in.t.Errorf("%s comes back as another file", one)
		}
	}
	kept := blobsOf(in.t, in.env)
	left := slices.DeleteFunc(slices.Clone(kept), func(d os.DirEntry) bool { return !strings.HasPrefix(d.Name(), ".") })
	if len(seen) != 7*in.people || len(kept)-len(left) != 7*in.people {
		in.t.Errorf("%d files exported and %d kept of %d", len(seen), len(kept)-len(left), 7*in.people)
	}
	in.t.Logf("every file came back as it was sent; killed processes left %d beginnings of files", len(left))
}

// peakOf runs a command to its end and returns the most memory it had resident. (What the system sums up of children counts in what
// this process had when it started them.)
func (in *intake) peakOf(cmd *exec.Cmd) (peak int64) {
	in.t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		in.t.Fatal(err)
	}
	end := make(chan error, 1)
	go func() { end <- cmd.Wait() }()
	for {
		peak = max(peak, peakMemory(int64(cmd.Process.Pid)))
		select {
		case err := <-end:
			if err != nil {
				in.t.Fatalf("%v: %v: %s", cmd.Args[1:], err, said.String())
			}
			return peak
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func entryOf(t *testing.T, all *zip.ReadCloser, name string) []byte {
	t.Helper()
	r, err := all.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
