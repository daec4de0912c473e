package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"olle/config"
	"olle/flows"
	"olle/flows/places"
)

// check validates event packs and plays their transcripts. With -update the transcripts are written anew as the conversations are
// now; with -calendar it shows when each reminder would strike.
func check(_ context.Context, p *program, args []string) error {
	f := flags("check")
	calendar := f.Bool("calendar", false, "show when reminders strike, and whom they reach when")
	update := f.Bool("update", false, "record the transcripts as they come out now (only for packs given as folders)")
	if err := parse(f, args); err != nil {
		return err
	}
	dirs := f.Args()
	if len(dirs) == 0 {
		settings, err := p.settings()
		if err != nil {
			return err
		}
		if dirs, err = packFolders(settings.EventsDir); err != nil {
			return err
		}
	}
	c := &checker{p: p, update: *update, calendar: *calendar}
	if len(dirs) == 0 {
		c.embedded()
	}
	for _, dir := range dirs {
		c.pack(os.DirFS(filepath.Dir(filepath.Clean(dir))), filepath.Base(filepath.Clean(dir)), filepath.Clean(dir))
	}
	if c.failed {
		return errors.New("check: the mistakes are listed above")
	}
	return nil
}

// packFolders lists the packs in a folder of packs; none given is none.
func packFolders(dir string) ([]string, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	var dirs []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			dirs = append(dirs, filepath.Join(dir, e.Name()))
		}
	}
	return dirs, nil
}

type checker struct {
	p                *program
	update, calendar bool
	failed           bool
}

// now is the moment the program would start at.
func (p *program) now() time.Time {
	if at, ok := p.getenv("OLLE_NOW"); ok {
		if moved, err := time.Parse(time.RFC3339, at); err == nil {
			return moved
		}
	}
	return time.Now()
}

func (c *checker) say(format string, args ...any) { fmt.Fprintf(c.p.out, format+"\n", args...) }

func (c *checker) wrong(format string, args ...any) { c.failed = true; c.say(format, args...) }

// embedded checks the packs that ship.
func (c *checker) embedded() {
	all := config.Events()
	entries, err := fs.ReadDir(all, ".")
	if err != nil {
		c.wrong("%v", err)
	}
	for _, e := range entries {
		if e.IsDir() {
			c.pack(all, e.Name(), "")
		}
	}
}

// pack checks one pack; dir is its folder on disk, "" for an embedded one.
func (c *checker) pack(fsys fs.FS, name, dir string) {
	load := func() (*flows.Event, config.Mistakes, error) { return config.Check(fsys, name) }
	if dir != "" {
		load = func() (*flows.Event, config.Mistakes, error) { return config.CheckFolder(dir) }
	}
	e, warnings, err := load()
	if err != nil {
		c.wrong("%v", err)
		return
	}
	book, err := flows.NewBook([]*flows.Event{e}, e.ID, nil)
	if err != nil {
		c.wrong("%s: %v", name, err)
		return
	}
	for _, w := range warnings {
		c.say("%v", w)
	}
	if e.Consent.Version == "none" {
		c.say("%s: warning: this pack %s", e.ID, noConsent)
	}
	if dir != "" && !e.Closed && !e.Deadline.IsZero() && c.p.now().After(e.Deadline.AddDate(1, 0, 0)) {
		c.say("%s: warning: the deadline was in %d; if the event is over say \"closed: true\"", e.ID, e.Deadline.In(e.Zone).Year())
	}
	for _, open := range e.Open {
		c.say("%s: open, for the organisers to decide: %s", e.ID, open)
	}
	visited := map[string]bool{}
	transcripts := config.Transcripts(fsys, name)
	for _, file := range transcripts {
		c.transcript(fsys, book, file, dir, visited)
	}
	c.coverage(book, e, visited, len(transcripts), dir != "")
	if c.calendar {
		c.reminders(e)
	}
	if !c.failed {
		c.say("%s: fine (%d forms, %d items, %d airfare rows, %d transcripts)", e.ID, len(e.Forms), len(e.Items), len(e.Airfare), len(transcripts))
	}
}

func (c *checker) transcript(fsys fs.FS, book *flows.Book, file, dir string, visited map[string]bool) {
	recorded, err := fs.ReadFile(fsys, file)
	if err != nil {
		c.wrong("%v", err)
		return
	}
	played, err := flows.PlayTranscript(book, recorded, visited)
	switch {
	case err != nil:
		c.wrong("%s: %v", file, err)
	case bytes.Equal(played, recorded):
	case c.update && dir != "":
		to := filepath.Join(dir, "transcripts", path.Base(file))
		if err := os.WriteFile(to, played, 0o644); err != nil {
			c.wrong("%v", err)
			return
		}
		c.say("%s: recorded anew", file)
	default:
		line, was, now := firstDifference(recorded, played)
		c.wrong("%s:%d: the conversation has changed\n  recorded: %s\n  now:      %s\n  if that is meant, record it anew: olle check -update %s", file, line, was, now, cmp.Or(dir, "config/events/"+path.Dir(path.Dir(file))))
	}
}

func firstDifference(a, b []byte) (line int, was, now string) {
	as, bs := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range max(len(as), len(bs)) {
		was, now = "(end)", "(end)"
		if i < len(as) {
			was = as[i]
		}
		if i < len(bs) {
			now = bs[i]
		}
		if was != now {
			return i + 1, was, now
		}
	}
	return 0, "", ""
}

// coverage names the steps that no transcript visits. It is a mistake only where a pack has transcripts at all; for a pack of one's own
// it is none, and the questions of its forms are all that it should look after.
func (c *checker) coverage(book *flows.Book, e *flows.Event, visited map[string]bool, transcripts int, own bool) {
	if transcripts == 0 {
		if !e.Closed {
			c.say("%s: warning: no transcripts; record conversations under transcripts/ to see them change", e.ID)
		}
		return
	}
	var missing []string
	for _, step := range book.Steps() {
		form, _, _ := strings.Cut(step, "/")
		if !visited[step] && (!own || e.Forms[form] != nil) {
			missing = append(missing, step)
		}
	}
	sort.Strings(missing)
	if own && len(missing) > 0 {
		c.say("%s: warning: no transcript asks %d of the questions of the forms: %s", e.ID, len(missing), strings.Join(missing, ", "))
		return
	}
	for _, m := range missing {
		c.wrong("%s: no transcript visits the step %s", e.ID, m)
	}
}

// reminders shows each reminder's strikes in the event's zone, for whom they are and what missing them means; and under each when it
// reaches people, by the clocks of the places that the event's airfare table names.
func (c *checker) reminders(e *flows.Event) {
	if len(e.Reminders) > 0 {
		c.say("%s: quiet hours, by everybody's own clock: %s", e.ID, e.Night)
	}
	zones := sampleZones(e)
	for _, s := range e.Strikes() {
		c.say("%s: %s  %-24s %s; missed: %s", e.ID, s.At.In(e.Zone).Format("Mon 2006-01-02 15:04")+" "+e.ZoneTag, s.Reminder, s.To, s.Missed)
		var order []string
		places := map[string][]string{}
		for _, z := range zones {
			when := reaches(e, s, z.zone)
			if places[when] == nil {
				order = append(order, when)
			}
			places[when] = append(places[when], z.name)
		}
		for _, when := range order {
			c.say("    %s  %s", when, strings.Join(places[when], ", "))
		}
	}
}

// reaches says in words when a strike reaches somebody in a zone.
func reaches(e *flows.Event, s flows.Strike, zone *time.Location) string {
	due, told := e.Reaches(s, zone)
	when := told.In(zone).Format("Mon 01-02 15:04")
	switch {
	case told.IsZero():
		return due.In(zone).Format("Mon 01-02 15:04") + " is in quiet hours: not told"
	case told.After(due):
		return when + " (waits for the morning since " + due.In(zone).Format("15:04") + ")"
	case !e.Night.Morning(told, zone).IsZero():
		return when + " (in quiet hours: of no use in the morning)"
	}
	return when
}

// sampleZone is a clock by which people live, with the place.
type sampleZone struct {
	name string
	zone *time.Location
}

// sampleZones lists the clocks of the event and of every departure point, from west to east.
func sampleZones(e *flows.Event) []sampleZone {
	all := []sampleZone{{e.ZoneTag, e.Zone}}
	for _, a := range e.Airfare {
		place, _ := places.Country(a.Code)
		for _, name := range place.Zones {
			zone, err := time.LoadLocation(name)
			if err != nil {
				continue
			}
			label := a.Point
			if len(place.Zones) > 1 {
				_, city, _ := strings.Cut(name, "/")
				label += " (" + strings.ReplaceAll(city, "_", " ") + ")"
			}
			all = append(all, sampleZone{label, zone})
		}
	}
	slices.SortStableFunc(all, func(a, b sampleZone) int {
		_, x := e.Deadline.In(a.zone).Zone()
		_, y := e.Deadline.In(b.zone).Zone()
		return x - y
	})
	return all
}
