package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"olle/flows"
)

// LoadAll returns the embedded editions and those in dir ("": none), oldest first. A folder in dir with the name of an embedded
// pack takes its place. The error holds the mistakes of all packs.
func LoadAll(dir string) ([]*flows.Event, error) {
	var all Mistakes
	found := map[string]*flows.Event{}
	if dir != "" {
		all = append(all, loadInto(found, os.DirFS(dir), dir)...)
		if len(found) == 0 && len(all) == 0 {
			all = append(all, Mistake{File: dir, Message: "no event pack here: it needs a folder for each event, with event.yaml in it"})
		}
	}
	all = append(all, loadInto(found, Events(), "")...)
	if err := all.err(); err != nil {
		return nil, err
	}
	events := slices.Collect(maps.Values(found))
	slices.SortFunc(events, func(a, b *flows.Event) int {
		if c := a.Start.Compare(b.Start); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return events, nil
}

// loadInto loads every pack in fsys that found does not hold yet, side by side. shown is where fsys lies on disk, "" for the
// embedded packs.
func loadInto(found map[string]*flows.Event, fsys fs.FS, shown string) (all Mistakes) {
	names, err := folders(fsys)
	if err != nil {
		return Mistakes{{File: shown, Message: fmt.Sprintf("cannot read this folder (%v): set OLLE_EVENTS_DIR to a folder of event packs", plain(err))}}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return found[n] != nil })
	events, errs := make([]*flows.Event, len(names)), make([]error, len(names))
	var loading sync.WaitGroup
	for i, name := range names {
		loading.Go(func() {
			events[i], errs[i] = loadEvent(fsys, name, path.Join(filepath.ToSlash(shown), name), shown == "")
		})
	}
	loading.Wait()
	for i, name := range names {
		var ms Mistakes
		if errors.As(errs[i], &ms) {
			all = append(all, ms...)
			continue
		}
		found[name] = events[i]
	}
	return all
}

// folders lists the folders in fsys, those behind links too, as mounted volumes are; hidden ones are left out.
func folders(fsys fs.FS) (names []string, err error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		info, err := fs.Stat(fsys, e.Name())
		if err == nil && info.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Choose returns the edition with that ID; "" chooses the newest one that is not closed.
func Choose(events []*flows.Event, id string) (*flows.Event, error) {
	var ids []string
	var newest *flows.Event
	for _, e := range events {
		if e.ID == id {
			return e, nil
		}
		if !e.Closed && (newest == nil || e.Start.After(newest.Start)) {
			newest = e
		}
		ids = append(ids, e.ID)
	}
	if id == "" && newest != nil {
		return newest, nil
	}
	if id == "" {
		return nil, fmt.Errorf("config: every event is closed; set OLLE_EVENT to one of %s", strings.Join(ids, ", "))
	}
	return nil, fmt.Errorf("config: there is no event %q; OLLE_EVENT is one of %s", id, strings.Join(ids, ", "))
}
