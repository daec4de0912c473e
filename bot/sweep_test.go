package bot_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"olle/bot"
	"olle/flows"
	"olle/storage"
	"olle/storage/bolt"
	"olle/storage/files"
)

// attic is a bot with a folder of files, and persons written straight into its store.
type attic struct {
	*bot.Bot
	t     *testing.T
	store storage.Store
	files *files.Files
}

func newAttic(t *testing.T, data, folder string) *attic {
	t.Helper()
	s, err := bolt.Open(filepath.Join(data, "olle.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	f, err := files.OpenFolder(folder, []age.Recipient{key.Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	b, err := bot.New(bot.Options{Play: play, Store: s, Files: f, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	return &attic{Bot: b, t: t, store: s, files: f}
}

func (a *attic) put(docs ...storage.Doc) {
	a.t.Helper()
	if _, err := a.store.Commit(a.t.Context(), storage.Batch{Put: docs}); err != nil {
		a.t.Fatal(err)
	}
}

// person writes a person with files in every place a person can have them.
func (a *attic) person(id string, blobs ...string) {
	at := func(i int) *flows.Upload { return &flows.Upload{ID: blobs[i], State: "received"} }
	p := flows.Person{ID: id, Addresses: []flows.Address{flows.Address("web:" + id)}, Joined: []string{id + "-before"}}
	if len(blobs) == 4 {
		first := at(0)
		first.Before = at(1)
		p.Items, p.Loose, p.Attached = map[string]*flows.Upload{"cv": first}, []*flows.Upload{at(2)}, map[string]*flows.Upload{"f.q": at(3)}
	}
	name := strings.TrimPrefix(id, "person/")
	a.put(storage.Doc{Key: id, Data: flows.Must(p)}, storage.Doc{Key: "card/" + name, Data: []byte("{}")}, storage.Doc{Key: flows.KeyDoc(id), Data: []byte("k")},
		storage.Doc{Key: flows.KeyDoc(id + "-before"), Data: []byte("k")}, storage.Doc{Key: "at/web:" + id, Data: flows.Must(flows.Identity{Person: id})})
}

func (a *attic) keep(names ...string) {
	a.t.Helper()
	for _, n := range names {
		if _, err := a.files.Put(a.t.Context(), n, strings.NewReader("x")); err != nil {
			a.t.Fatal(err)
		}
	}
}

func (a *attic) sweep(age time.Duration) int {
	a.t.Helper()
	n, err := a.Sweep(a.t.Context(), age)
	if err != nil {
		a.t.Fatal(err)
	}
	return n
}

func (a *attic) remains() bot.Remains {
	a.t.Helper()
	r, err := a.Remains(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	return r
}

func TestOnlyFilesThatNobodyOwnsAreSwept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "files")
	a := newAttic(t, t.TempDir(), folder)
	long := strings.Repeat("a long update ", 40) + "/f0"
	owned := []string{"u1/f0", "u1/f1", "u2/f0", long}
	a.person("person/a", owned...)
	for i := range 250 { // more than a page
		a.person("person/" + strings.Repeat("z", i+1))
	}
	a.keep(owned...)
	a.keep("u3/f0", "u4/f0")
	if n := a.sweep(24 * time.Hour); n != 0 {
		t.Errorf("%d young files swept: an upload may be under way", n)
	}
	yesterday := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(filepath.Join(folder, "u3%2ff0"), yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	if r := a.remains(); r != (bot.Remains{Files: 2}) {
		t.Errorf("remains: %+v", r)
	}
	if n := a.sweep(24 * time.Hour); n != 1 || len(blobs(t, a.files, "u3/")) != 0 || len(blobs(t, a.files, "u4/")) != 1 {
		t.Errorf("%d swept, left %q", n, blobs(t, a.files, ""))
	}
	if n := a.sweep(0); n != 1 || a.remains() != (bot.Remains{}) {
		t.Errorf("%d swept, remains %+v", n, a.remains())
	}
	for _, name := range owned {
		if !slices.Contains(blobs(t, a.files, ""), files.Listed(name)) {
			t.Errorf("%q is gone", name)
		}
	}
}

func TestFilesOfAnotherStoreAreNotSwept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "files")
	a := newAttic(t, t.TempDir(), folder)
	a.person("person/a", "u1/f0", "u1/f1", "u2/f0", "u2/f1")
	a.keep("u1/f0")
	a.sweep(0)
	empty := newAttic(t, t.TempDir(), folder)
	if n, err := empty.Sweep(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "another installation") || n != 0 {
		t.Errorf("a store that knows nobody swept %d files, %v", n, err)
	}
	if len(blobs(t, a.files, "u1/")) != 1 {
		t.Error("a file of another installation is gone")
	}
}

// merging makes two persons one, as /link does, between the first and the second page of a look through all persons.
type merging struct {
	storage.Store
	pages int
	merge func()
}

func (m *merging) List(ctx context.Context, prefix, after string, n int) ([]storage.Doc, error) {
	docs, err := m.Store.List(ctx, prefix, after, n)
	if prefix == "person/" {
		if m.pages++; m.pages == 1 {
			m.merge()
		}
	}
	return docs, err
}

func TestFilesOfPersonsBecomingOneAreNotSwept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "files")
	a := newAttic(t, t.TempDir(), folder)
	owned := []string{"u1/f0", "u1/f1", "u2/f0", "u2/f1"}
	a.person("person/a")
	for i := range 120 {
		a.person(fmt.Sprintf("person/m%03d", i))
	}
	a.person("person/z", owned...)
	a.keep(owned...)
	s := &merging{Store: a.store, merge: func() {
		a.person("person/a", owned...)
		a.put(storage.Doc{Key: "person/z"})
	}}
	b, err := bot.New(bot.Options{Play: play, Store: s, Files: a.files, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := b.Sweep(t.Context(), 0); err != nil || n != 0 || len(blobs(t, a.files, "u")) != 4 {
		t.Errorf("%d swept, %v; left %q", n, err, blobs(t, a.files, ""))
	}
}

func TestNothingIsSweptWhenAPersonCannotBeRead(t *testing.T) {
	a := newAttic(t, t.TempDir(), filepath.Join(t.TempDir(), "files"))
	a.keep("u1/f0")
	a.put(storage.Doc{Key: "person/a", Data: []byte("{damaged")})
	if n, err := a.Sweep(t.Context(), 0); err == nil || n != 0 {
		t.Errorf("%d swept, %v", n, err)
	}
}

func TestWhatIsLeftOfAPersonIsCounted(t *testing.T) {
	a := newAttic(t, t.TempDir(), filepath.Join(t.TempDir(), "files"))
	a.person("person/a", "u1/f0", "u1/f1", "u2/f0", "u2/f1")
	a.keep("u1/f0")
	due := storage.Job{ID: "alarm/person/a/nudge", Queue: "clock", Lane: "alarm/person/a", At: time.Now().Add(time.Hour), Data: []byte("{}")}
	if _, err := a.store.Commit(t.Context(), storage.Batch{Push: []storage.Job{due}}); err != nil {
		t.Fatal(err)
	}
	about := []string{"notes/a/2020", "review/a/b", "decision/a", "closing/vca/a", "due/X/a", "sent/X/a", "read/X/a", "attend/day1/a", "plan/a",
		"rating/grid/a", "player/CODE/a", "answer/CODE/1/a", "asked/CODE/1/a", "group/checklist/01/a", "vote/checklist/01/a"}
	for _, key := range append(about, "sent/X/post", "rating/grid") {
		a.put(storage.Doc{Key: key, Data: []byte(`"x"`)})
	}
	a.put(storage.Doc{Key: "help/H-1", Data: []byte(`{"Person":"person/a"}`)})
	a.put(storage.Doc{Key: "meet/0123", Data: []byte(`{"Asker":"person/a"}`)})
	a.put(storage.Doc{Key: "signin/0123", Data: []byte(`{"Person":"person/a"}`)})
	a.put(storage.Doc{Key: "handover/0123", Data: []byte(`{"Person":"person/a"}`)})
	a.put(storage.Doc{Key: "line/web:person/a/000000000001", Data: []byte(`{"text":"hello","me":true}`)})
	a.put(storage.Doc{Key: "line/web:person/a/000000000002", Data: []byte(`{"text":"Everything is deleted."}`)})
	if r := a.remains(); r != (bot.Remains{}) {
		t.Errorf("of somebody who is there: %+v", r)
	}
	a.put(storage.Doc{Key: "person/a"})
	if r := a.remains(); r != (bot.Remains{Files: 1, Keys: 2, Cards: 1, Addresses: 1, Alarms: 1, Documents: 20}) {
		t.Errorf("of somebody who is gone: %+v", r)
	}
}

// blobs lists the files whose names start with prefix.
func blobs(t *testing.T, f *files.Files, prefix string) (names []string) {
	t.Helper()
	for e, err := range f.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, e.Name)
	}
	return names
}
