package flows_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"olle/config"
	"olle/flows"
)

// teaBook is the book of an organiser's own first pack: the template that README names, with files replaced or added (name and content in turn).
// A line "key: value" of event.yaml alone is replaced by "event.yaml:key" and the value; an empty one is taken out.
func teaBook(t testing.TB, changes ...string) *flows.Book {
	t.Helper()
	const id = "tea-2027"
	template, files := os.DirFS("../config/testdata/minimal"), fstest.MapFS{}
	err := fs.WalkDir(template, id, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			data, _ := fs.ReadFile(template, name)
			files[name] = &fstest.MapFile{Data: data}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(changes); i += 2 {
		file, key, inside := strings.Cut(changes[i], ":")
		if !inside {
			files[id+"/"+file] = &fstest.MapFile{Data: []byte(changes[i+1])}
			continue
		}
		old := string(files[id+"/"+file].Data)
		before, rest, found := strings.Cut("\n"+old, "\n"+key+":")
		_, after, _ := strings.Cut(rest, "\n")
		if !found {
			before, after = "\n"+strings.TrimSuffix(old, "\n"), ""
		}
		if changes[i+1] != "" {
			after = key + ": " + changes[i+1] + "\n" + after
		}
		files[id+"/"+file] = &fstest.MapFile{Data: []byte(strings.TrimPrefix(before+"\n"+after, "\n"))}
	}
	e, err := config.LoadEvent(files, id)
	if err != nil {
		t.Fatal(err)
	}
	b, err := flows.NewBook([]*flows.Event{e}, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tea begins a rehearsal of such a pack, some weeks before its deadline.
func tea(t testing.TB, changes ...string) *flows.Rehearsal {
	t.Helper()
	return rehearse(t, teaBook(t, changes...), "2027-03-01T09:00:00+07:00")
}
