package bot_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"filippo.io/age"

	"olle/bot"
	"olle/bot/inspect/inspecttest"
	"olle/flows"
	"olle/storage"
	"olle/storage/files"
)

// desk is a bot that keeps files, and the organiser's identity.
type desk struct {
	*bot.Bot
	stop  func() time.Duration
	store storage.Store
	clock *bot.Clock
	net   *network
	files *files.Files
	owner *age.X25519Identity
	n     int
}

func newDesk(t *testing.T, s storage.Store, clock *bot.Clock, sealed bool) *desk {
	t.Helper()
	owner, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	to := []age.Recipient{owner.Recipient()}
	if sealed {
		to = nil
	}
	folder, err := files.OpenFolder(t.TempDir(), to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { folder.Close() })
	net := newNetwork("net")
	b, err := bot.New(bot.Options{Play: play, Store: s, Platforms: []bot.Platform{net}, Files: folder, Clock: clock, Log: quiet(), Lease: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return &desk{Bot: b, stop: running(t, b), store: s, clock: clock, net: net, files: folder, owner: owner}
}

func rules(types ...string) flows.FetchRules {
	return flows.FetchRules{Person: "person/net:1", Max: 1 << 20, Types: types, Pages: 3, Echo: flows.Must("item 6")}
}

// upload has the bot fetch the file the network holds, and returns what the person's turn heard of it.
func (d *desk) upload(t *testing.T, r flows.FetchRules) flows.Fetched {
	t.Helper()
	d.n++
	id := fmt.Sprint("up", d.n)
	if _, err := d.Handle(t.Context(), said(id, "net:1", "fetch "+string(flows.Must(r)))); err != nil {
		t.Fatal(err)
	}
	return d.heard(t, id)
}

func (d *desk) heard(t *testing.T, id string) (got flows.Fetched) {
	t.Helper()
	soon(t, "the upload's work", func() bool { how, err := d.Settled(t.Context(), id); return how != bot.Unsettled && err == nil })
	all := lines(t, d.store, "net:1")
	last := strings.TrimPrefix(all[len(all)-1], "fetched ")
	if err := json.Unmarshal([]byte(last), &got); err != nil {
		t.Fatalf("%q: %v", last, err)
	}
	return got
}

// stored lists the files whose names start with prefix.
func stored(t *testing.T, f *files.Files, prefix string) (names []string) {
	t.Helper()
	for e, err := range f.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, e.Name)
	}
	return names
}

func (d *desk) holds(content []byte) {
	d.net.file = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
}

// What is kept and what is not is shown with every kind of file in TestCorpus; here, that the rules of an upload reach the inspection
// and that its findings reach the turn, on every store.
func TestAFileIsWhatItsContentSays(t *testing.T) {
	t.Parallel()
	all := rules(inspecttest.Types()...)
	tests := []struct {
		name    string
		content []byte
		rules   flows.FetchRules
		kind    string
		pages   int
		problem string
	}{
		{"pdf", inspecttest.PDF(2), all, "pdf", 2, ""},
		{"pdf too long", inspecttest.PDF(4), all, "", 4, "pages"},
		{"docx", inspecttest.Docx(), all, "docx", 0, ""},
		{"docx where only pdf will do", inspecttest.Docx(), rules("pdf"), "", 0, "type"},
		{"jpeg", inspecttest.JPEG(), all, "jpeg", 0, ""},
		{"nothing", nil, all, "", 0, "empty"},
		{"too large", append(inspecttest.PDF(1), make([]byte, 1<<20)...), all, "", 0, "large"},
	}
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		d := newDesk(t, open(), clock, false)
		for _, tt := range tests {
			d.holds(tt.content)
			got := d.upload(t, tt.rules)
			if got.Problem != tt.problem || got.Type != tt.kind || got.Pages != tt.pages || string(got.Echo) != `"item 6"` || got.Blob != fmt.Sprint("up", d.n) {
				t.Errorf("%s: %+v", tt.name, got)
			}
			if names := stored(t, d.files, got.Blob); (len(names) == 1) != (tt.problem == "") {
				t.Errorf("%s: kept %q", tt.name, names)
			}
			if tt.problem == "" {
				d.compare(t, tt.name, got, tt.content)
			}
		}
	})
}

// compare reads the file back as the organisers and as the person.
func (d *desk) compare(t *testing.T, name string, got flows.Fetched, content []byte) {
	t.Helper()
	sum := sha256.Sum256(content)
	if got.Size != int64(len(content)) || got.Hash != hex.EncodeToString(sum[:]) {
		t.Errorf("%s: size %d, hash %s", name, got.Size, got.Hash)
	}
	docs, err := d.store.Load(t.Context(), flows.KeyDoc("person/net:1"))
	if err != nil {
		t.Fatal(err)
	}
	own, err := age.ParseX25519Identity(string(docs[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []age.Identity{d.owner, own} {
		r, err := d.files.Open(t.Context(), got.Blob, id)
		if err != nil {
			t.Fatal(err)
		}
		back, err := io.ReadAll(r)
		r.Close()
		if err != nil || !bytes.Equal(back, content) {
			t.Errorf("%s: another content came back (%v)", name, err)
		}
	}
}

func TestFetchTriesAgainAndSaysWhenItCannot(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		d := newDesk(t, open(), clock, false)
		var n atomic.Int64
		d.net.file = func() (io.ReadCloser, error) {
			switch n.Add(1) {
			case 1:
				return nil, &bot.SendError{Wait: 10 * time.Millisecond, Err: errors.New("429")}
			case 2: // breaks off in the middle
				return io.NopCloser(io.MultiReader(bytes.NewReader(inspecttest.PDF(1)[:50]), iotest.ErrReader(errors.New("reset")))), nil
			}
			return io.NopCloser(bytes.NewReader(inspecttest.PDF(1))), nil
		}
		if got := d.upload(t, rules("pdf")); got.Problem != "" || n.Load() != 3 {
			t.Errorf("after %d attempts: %+v", n.Load(), got)
		}
		d.net.file = func() (io.ReadCloser, error) { return nil, &bot.SendError{Gone: true, Err: errors.New("404")} }
		if got := d.upload(t, rules("pdf")); got.Problem != "gone" {
			t.Errorf("a deleted file: %+v", got)
		}
		d.net.file = func() (io.ReadCloser, error) { return nil, errors.New("502") }
		before := d.Counts().Failures
		if _, err := d.Handle(t.Context(), said("late", "net:1", "fetch "+string(flows.Must(rules("pdf"))))); err != nil {
			t.Fatal(err)
		}
		soon(t, "a failure", func() bool { return d.Counts().Failures > before })
		clock.Move(25 * time.Hour)
		if got := d.heard(t, "late"); got.Problem != "failed" {
			t.Errorf("a file that cannot be had in a day: %+v", got)
		}
	})
}

func TestWithoutRecipientsUploadsAreRefused(t *testing.T) {
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		d := newDesk(t, open(), clock, true)
		d.holds(inspecttest.PDF(1))
		if got := d.upload(t, rules("pdf")); got.Problem != "sealed" {
			t.Errorf("%+v", got)
		}
	})
}

func TestEraseRemovesWhatIsLeftAndMayBeRepeated(t *testing.T) {
	clock := bot.StoppedClock(noon)
	onEachStore(t, clock, func(t *testing.T, open replica) {
		s := open()
		d := newDesk(t, s, clock, false)
		for _, n := range []string{"cv", "other"} {
			if _, err := d.files.Put(t.Context(), n, strings.NewReader("x")); err != nil {
				t.Fatal(err)
			}
		}
		put := storage.Batch{Now: noon, Put: []storage.Doc{{Key: "answer/2/1", Data: []byte("stays")}}}
		for i := range 250 {
			put.Put = append(put.Put, storage.Doc{Key: fmt.Sprintf("answer/1/%03d", i), Data: []byte("x")})
		}
		if _, err := s.Commit(t.Context(), put); err != nil {
			t.Fatal(err)
		}
		work := flows.Work{Name: "e", Kind: "erase", Args: flows.Must(flows.Erase{Prefixes: []string{"answer/1/", ""}, Blobs: []string{"cv", "never was"}})}
		eraser, err := bot.New(bot.Options{Store: s, Clock: clock, Log: quiet(), Play: func(flows.Update, flows.Source) (flows.Outcome, error) {
			return flows.Outcome{Subject: "person/1", Work: []flows.Work{work}}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"e1", "e2"} {
			if _, err := eraser.Handle(context.Background(), said(id, "net:1", "")); err != nil {
				t.Fatal(err)
			}
			soon(t, "erased", func() bool { how, _ := d.Settled(t.Context(), id); return how != bot.Unsettled })
		}
		docs, err := s.List(t.Context(), "answer/", "", 10)
		if err != nil || len(docs) != 1 || docs[0].Key != "answer/2/1" {
			t.Errorf("left: %v, %v", docs, err)
		}
		if names := stored(t, d.files, ""); len(names) != 1 || names[0] != "other" {
			t.Errorf("files left: %q", names)
		}
	})
}
