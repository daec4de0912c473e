package bot_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"olle/bot"
	"olle/bot/inspect"
	"olle/bot/inspect/inspecttest"
	"olle/config"
	"olle/flows"
	"olle/storage/bolt"
	"olle/storage/files"
)

// reception is the real bot, as applicants meet it: the 2020 edition without its consent and profile, so that anybody may send a file.
type reception struct {
	*bot.Bot
	net   *network
	files *files.Files
	owner *age.X25519Identity
	event *flows.Event
	dir   string // everything on disk
}

func newReception(t *testing.T, scan *inspect.Clamd) *reception {
	t.Helper()
	events, err := config.LoadAll("")
	if err != nil {
		t.Fatal(err)
	}
	event, err := config.Choose(events, "vca-jeju-2020")
	if err != nil {
		t.Fatal(err)
	}
	delete(event.Forms, "profile")
	event.Consent.Version = "none"
	for i := range event.Items {
		event.Items[i].Types, event.Items[i].Pages = inspecttest.Types(), inspecttest.Pages
	}
	book, err := flows.NewBook(events, event.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &reception{net: newNetwork("net"), event: event, dir: t.TempDir()}
	if r.owner, err = age.GenerateX25519Identity(); err != nil {
		t.Fatal(err)
	}
	if r.files, err = files.OpenFolder(filepath.Join(r.dir, "files"), []age.Recipient{r.owner.Recipient()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.files.Close() })
	clock := bot.StoppedClock(noon)
	store, err := bolt.Open(filepath.Join(r.dir, "store"), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	r.Bot, err = bot.New(bot.Options{
		Play: book.Play, Store: store, Platforms: []bot.Platform{r.net}, Files: r.files, Scan: scan, Clock: clock, Log: quiet(), Lease: 2 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	running(t, r.Bot)
	return r
}

// send has somebody new send one file as the CV, and returns all they are told.
func (r *reception) send(t *testing.T, n int, c inspecttest.Case) string {
	t.Helper()
	who := flows.Address(fmt.Sprintf("net:%d", n))
	r.net.file = func() (io.ReadCloser, error) { return io.NopCloser(c.Open()), nil }
	u := said(fmt.Sprintf("send%d", n), string(who), "cv")
	u.Files = []flows.File{{Handle: "x", Name: c.File}}
	if _, err := r.Handle(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	soon(t, "an answer about the file", func() bool { how, err := r.Settled(t.Context(), u.ID); return how != bot.Unsettled && err == nil })
	return strings.Join(r.net.chat(who), "\n\n")
}

// sentence is a pattern for a sentence of the bot, whatever it fills in.
func (r *reception) sentence(key string) *regexp.Regexp {
	const hole = "HOLE"
	text := r.event.Texts["en"].Text(key, func(string) (string, bool) { return hole, true })
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), hole, `[^\n]+?`))
}

// Every hostile file is refused with a sentence that says what to do, and nothing of it stays; every odd one is kept as it came, and
// only those who may read it can.
func TestCorpus(t *testing.T) {
	t.Parallel()
	r := newReception(t, nil)
	hole := regexp.MustCompile(`\{[a-z_]+\}`)
	for n, c := range inspecttest.Corpus() {
		said := r.send(t, n, c)
		name := flows.FileName(c.File)
		key := "documents.problem." + c.Problem
		if c.Problem == "" {
			key = "documents.received"
		}
		if !r.sentence(key).MatchString(said) || !strings.Contains(said, name) {
			t.Errorf("%s: told %q", c.Name, said)
		}
		if left := hole.FindString(strings.ReplaceAll(said, name, "")); left != "" {
			t.Errorf("%s: %s is not filled in: %q", c.Name, left, said)
		}
		names := stored(t, r.files, fmt.Sprintf("send%d/", n))
		if (len(names) == 1) != (c.Problem == "") {
			t.Errorf("%s: kept %q", c.Name, names)
		}
		for _, kept := range names {
			r.compare(t, kept, c)
		}
	}
	r.searchDisk(t)
}

// With a scanner set, its word counts as well; while it cannot be asked, a file waits and nothing is kept.
func TestAScannerIsAskedAboutEveryUpload(t *testing.T) {
	t.Parallel()
	virus := inspecttest.Case{File: "cv.pdf", Open: func() io.Reader { return bytes.NewReader(inspecttest.Infected()) }}
	clean := inspecttest.Case{File: "cv.pdf", Open: func() io.Reader { return bytes.NewReader(inspecttest.PDF(1)) }}
	scan := &inspect.Clamd{Addr: inspecttest.StartClamd(t, "tcp", ""), Wait: time.Second}
	r := newReception(t, scan)
	if said := r.send(t, 1, virus); !r.sentence("documents.problem.virus").MatchString(said) || len(stored(t, r.files, "send1/")) != 0 {
		t.Errorf("a virus: %q", said)
	}
	if said := r.send(t, 2, clean); !r.sentence("documents.received").MatchString(said) || len(stored(t, r.files, "send2/")) != 1 {
		t.Errorf("a clean file: %q", said)
	}

	away := newReception(t, &inspect.Clamd{Addr: inspecttest.StartClamd(t, "tcp", "drop"), Wait: time.Second})
	away.net.file = func() (io.ReadCloser, error) { return io.NopCloser(clean.Open()), nil }
	u := said("waits", "net:1", "cv")
	u.Files = []flows.File{{Handle: "x", Name: "cv.pdf"}}
	if _, err := away.Handle(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	soon(t, "a failed attempt", func() bool { return away.Counts().Failures > 0 })
	if how, err := away.Settled(t.Context(), "waits"); how != bot.Unsettled || err != nil || len(stored(t, away.files, "")) != 0 {
		t.Errorf("settled %v (%v), kept %q", how, err, stored(t, away.files, ""))
	}
}

func (r *reception) compare(t *testing.T, name string, c inspecttest.Case) {
	t.Helper()
	back, err := r.files.Open(t.Context(), name, r.owner)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	got, err1 := io.ReadAll(back)
	want, err2 := io.ReadAll(c.Open())
	if err1 != nil || err2 != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: another content came back (%v, %v)", c.Name, err1, err2)
	}
}

// searchDisk looks for the beginning of every file in everything that was written.
func (r *reception) searchDisk(t *testing.T) {
	t.Helper()
	var heads [][]byte
	for _, c := range inspecttest.Corpus() {
		head := make([]byte, 24)
		if _, err := io.ReadFull(c.Open(), head); err == nil && !bytes.Equal(head, make([]byte, 24)) {
			heads = append(heads, head)
		}
	}
	n := 0
	err := filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		content, err := os.ReadFile(path)
		for _, head := range heads {
			if bytes.Contains(content, head) {
				t.Errorf("%s holds the plain beginning of a file: %q", path, head)
			}
		}
		return err
	})
	if err != nil || n < 10 || len(heads) < 60 {
		t.Errorf("searched %d files for %d beginnings: %v", n, len(heads), err)
	}
}
