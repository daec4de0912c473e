package config

import (
	"bytes"
	"embed"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"olle/flows"
	"olle/flows/answers"
)

//go:embed events texts airfare.yaml
var embedded embed.FS

// What one pack may be at most. Packs are written by hand; these limits only stop accidents and attacks.
const (
	maxFile    = 256 << 10 // bytes of one file
	maxAnswers = 1 << 20   // bytes of answers.yaml, the one file that grows
	maxBlank   = 4 << 20   // bytes of a blank form
	maxFiles   = 200
)

// Events returns the embedded event packs, a folder each.
func Events() fs.FS {
	sub, err := fs.Sub(embedded, "events")
	if err != nil {
		panic("config: " + err.Error()) // the name is embedded above
	}
	return sub
}

// LoadEvent reads and checks the pack in a folder of fsys. The error is Mistakes, all of them.
func LoadEvent(fsys fs.FS, dir string) (*flows.Event, error) { return loadEvent(fsys, dir, dir, false) }

// LoadFolder is LoadEvent for a folder on disk; messages print it as given.
func LoadFolder(dir string) (*flows.Event, error) {
	clean := filepath.Clean(dir)
	return loadEvent(os.DirFS(filepath.Dir(clean)), filepath.Base(clean), clean, false)
}

// loadEvent is LoadEvent with the folder's name as messages print it, and whether it is a pack that comes with the program.
func loadEvent(fsys fs.FS, dir, shown string, ships bool) (*flows.Event, error) {
	e, _, err := checkEvent(fsys, dir, shown, ships)
	return e, err
}

func checkEvent(fsys fs.FS, dir, shown string, ships bool) (*flows.Event, Mistakes, error) {
	p := &pack{shown: shown, id: path.Base(filepath.ToSlash(shown)), files: map[string][]byte{}, ships: ships}
	if dir != "." {
		p.id = path.Base(dir)
	}
	p.collect(fsys, dir)
	p.read()
	if err := p.mistakes.err(); err != nil {
		return nil, nil, err
	}
	return p.event, p.warnings.sorted(), nil
}

// Transcripts lists the recorded conversations of a pack, as paths in fsys, sorted. None is no error.
func Transcripts(fsys fs.FS, dir string) []string {
	names, err := fs.Glob(fsys, path.Join(escapeGlob(dir), "transcripts", "*.txt"))
	if err != nil {
		return nil
	}
	return names
}

func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}

// pack is an event pack while it is read.
type pack struct {
	id       string
	shown    string // the folder as messages print it
	files    map[string][]byte
	mistakes Mistakes
	warnings Mistakes
	event    *flows.Event

	// What placeholders stand for: the event's own facts, and those with the pack's, for answers.yaml.
	eventFacts, facts map[string]string
	trees             map[string]*node  // of the YAML files that could be parsed
	ships             bool              // it comes with the program, which tests have checked: its answers are read when they are needed
	texts             map[string]string // English sentences, the pack's over the shared ones
	languages         []*node           // those that are offered; none: all there are
	labels            []label
	own               map[string]catalogue // the pack's own texts by language
}

// report is where mistakes of one file go.
func (p *pack) report(name string) *report {
	return &report{file: path.Join(p.shown, name), all: &p.mistakes}
}

var (
	packFile = regexp.MustCompile(`^(event\.yaml|answers\.yaml|airfare\.csv|(forms|texts|quizzes|ratings)/[A-Za-z0-9_-]+\.yaml|blanks/[A-Za-z0-9_-]+\.(pdf|docx|doc|odt)|transcripts/[^/]+\.txt)$`)
	packNote = regexp.MustCompile(`(^|/)(\.[^/]*|[^/]*\.md|LICENSE|LICENCE|NOTICE)$|(^|/)\.[^/]*/`)
	packID   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
)

// collect reads the pack's files into memory, within the limits.
func (p *pack) collect(fsys fs.FS, dir string) {
	if !packID.MatchString(p.id) {
		p.report("").add(0, 0, "the folder's name %q is the event's ID: use lower-case letters, digits and hyphens, at most 40", p.id)
	}
	count := 0
	err := fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		rel := strings.TrimPrefix(strings.TrimPrefix(name, dir), "/")
		if dir == "." {
			rel = name
		}
		if err != nil {
			p.report(rel).add(0, 0, "cannot be read: %v", plain(err))
			return nil
		}
		if d.IsDir() && name != dir && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if d.IsDir() || packNote.MatchString(rel) {
			return nil
		}
		if count++; count > maxFiles {
			p.report("").add(0, 0, "more than %d files: this does not look like an event pack", maxFiles)
			return fs.SkipAll
		}
		p.take(fsys, name, rel)
		return nil
	})
	if err != nil {
		p.report("").add(0, 0, "cannot be read: %v", plain(err))
	}
}

// take reads one file of the pack.
func (p *pack) take(fsys fs.FS, name, rel string) {
	r := p.report(rel)
	if !packFile.MatchString(rel) {
		r.add(0, 0, "no part of an event pack: it reads event.yaml, answers.yaml, airfare.csv, forms/*.yaml, texts/*.yaml, quizzes/*.yaml, ratings/*.yaml, blanks/* (pdf, docx, doc, odt) and transcripts/*.txt")
		return
	}
	if strings.HasPrefix(rel, "transcripts/") {
		return // listed by Transcripts, read by those who play them
	}
	limit := int64(maxFile)
	if rel == "answers.yaml" {
		limit = maxAnswers
	} else if strings.HasPrefix(rel, "blanks/") {
		limit = maxBlank
	}
	f, err := fsys.Open(name)
	if err != nil {
		r.add(0, 0, "cannot be read: %v", plain(err))
		return
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		r.add(0, 0, "cannot be read: %v", plain(err))
		return
	}
	if int64(len(data)) > limit {
		r.add(0, 0, "larger than %d KiB: split or shorten it", limit>>10)
		return
	}
	// Spreadsheets and some editors put a byte-order mark first.
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	p.files[rel] = data
}

// plain is an error without the path, which the mistake has already.
func plain(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// in lists the pack's files in a folder, sorted, with their bare names.
func (p *pack) in(folder string) (files, names []string) {
	for f := range p.files {
		if path.Dir(f) == folder {
			files = append(files, f)
		}
	}
	slices.Sort(files)
	for _, f := range files {
		names = append(names, strings.TrimSuffix(path.Base(f), ".yaml"))
	}
	return files, names
}

// read makes the event of the files. The order matters: the event's items and facts are what everything else refers to.
func (p *pack) read() {
	p.event = &flows.Event{ID: p.id, Zone: time.UTC, Forms: map[string]*flows.Form{}, Texts: map[string]*flows.Catalogue{}}
	p.parse()
	if _, ok := p.files["event.yaml"]; !ok {
		p.report("event.yaml").add(0, 0, "this file is missing: a pack needs at least event.yaml")
	}
	root := p.trees["event.yaml"]
	if root == nil {
		return // everything else refers to the event
	}
	o := open(p.report("event.yaml"), root, "the event")
	p.readEvent(o)
	p.readForms()
	p.readRatings()
	p.readQuizzes()
	p.readTexts()
	p.checkTranslations()
	p.readReminders(o)
	p.readTasks(o)
	p.checkCertificate(o)
	o.done()
	p.readAirfare()
	if p.ships && p.files["answers.yaml"] != nil {
		p.event.Answers = answers.Later(p.withAnswersOnly().index)
		return
	}
	p.readAnswers()
}

// withAnswersOnly is the pack without all that its answers do not need.
func (p *pack) withAnswersOnly() *pack {
	q := &pack{id: p.id, shown: p.shown, files: map[string][]byte{}, facts: p.facts, eventFacts: p.eventFacts, event: &flows.Event{Airfare: p.event.Airfare}}
	for name := range p.files {
		q.files[name] = nil // the names of forms are asked for
	}
	q.files["answers.yaml"] = p.files["answers.yaml"]
	return q
}

// index reads the answers, and nothing else.
func (p *pack) index() (*answers.Index, error) {
	r := p.report("answers.yaml")
	p.trees = map[string]*node{"answers.yaml": parseYAML(r, p.files["answers.yaml"])}
	p.readAnswers()
	return p.event.Answers, p.mistakes.err()
}

// parse parses all YAML files side by side: it is most of the work, and the program's start waits for it. Ratings are
// only parsed as yet.
func (p *pack) parse() {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(p.files)), func(f string) bool { return path.Ext(f) != ".yaml" || p.ships && f == "answers.yaml" })
	trees, mistakes := make([]*node, len(names)), make([]Mistakes, len(names))
	var parsing sync.WaitGroup
	for i, name := range names {
		parsing.Go(func() {
			r := &report{file: path.Join(p.shown, name), all: &mistakes[i]}
			checkWeekdays(r, p.files[name])
			trees[i] = parseYAML(r, p.files[name])
		})
	}
	parsing.Wait()
	p.trees = map[string]*node{}
	for i, name := range names {
		p.mistakes = append(p.mistakes, mistakes[i]...)
		p.trees[name] = trees[i]
	}
}
