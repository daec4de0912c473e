package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"olle/bot/papers"
	"olle/flows"
	"olle/storage/files"
)

// export writes what organisers need of applicants into one file: their documents (zip) or a list of them (csv, xlsx, json). The
// identity that opens the documents is read for this one run and kept nowhere; without it they stay encrypted. Every export is on
// the audit trail before it begins.
func export(ctx context.Context, p *program, args []string) error {
	x := &exporter{reach: reach{p: p}}
	f := flags("export")
	f.StringVar(&x.out, "out", "", "the file to write")
	f.StringVar(&x.format, "format", "", "zip, csv, xlsx or json; the default goes by the file's name, else zip")
	f.StringVar(&x.ref, "person", "", "reference of the one person to export; the default is everybody who applies")
	identity := f.String("identity", "", "file of the age identity that opens the documents; - is standard input")
	f.BoolVar(&x.force, "force", false, "replace a file that exists")
	if err := parse(f, args); err != nil {
		return err
	}
	if err := x.complete(f.Args()); err != nil {
		return err
	}
	var err error
	if x.settings, err = p.settings(); err != nil {
		return err
	}
	if x.keys, err = p.identities(*identity); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if x.book, err = loadBook(x.settings); err != nil {
		return err
	}
	defer x.close()
	if err := x.run(ctx); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// exporter is one export.
type exporter struct {
	reach
	out, format, ref string
	force            bool
	keys             []age.Identity
	book             *flows.Book
	files            *files.Files
	people           int
	kept, broken     int // files put in; those of them that are not what was received
	sealed           int // files of which none of the keys is
}

var formats = []string{"zip", "csv", "xlsx", "json"}

// complete checks the call.
func (x *exporter) complete(rest []string) error {
	if x.out == "" || len(rest) > 0 {
		return fmt.Errorf("%w: export -out FILE [-format zip|csv|xlsx|json] [-person REF] [-identity FILE] [-force]", errUsage)
	}
	if x.format == "" {
		x.format = strings.TrimPrefix(strings.ToLower(filepath.Ext(x.out)), ".")
		if !slices.Contains(formats, x.format) {
			x.format = "zip"
		}
	}
	if !slices.Contains(formats, x.format) {
		return fmt.Errorf("%w: export: there is no format %q; there are %s", errUsage, x.format, strings.Join(formats, ", "))
	}
	return nil
}

// identities reads an age identity file; "" is none.
func (p *program) identities(path string) ([]age.Identity, error) {
	if path == "" {
		return nil, nil
	}
	var r io.Reader = p.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		r = file
	}
	keys, err := age.ParseIdentities(io.LimitReader(r, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("%s is no age identity file (AGE-SECRET-KEY-1…): %w", path, err)
	}
	return keys, nil
}

// run writes the file, all of it or none.
func (x *exporter) run(ctx context.Context) error {
	if err := vacant(x.out, x.force); err != nil { // before it is on the audit trail
		return err
	}
	if err := x.begin(ctx); err != nil {
		return err
	}
	if err := writeWhole(x.out, x.force, func(w io.Writer) error { return x.write(ctx, w) }); err != nil {
		return err
	}
	return x.report()
}

// write writes what was asked for; a file about nobody, or of documents that stay shut, is an error.
func (x *exporter) write(ctx context.Context, w io.Writer) error {
	if err := x.writeFormat(ctx, w); err != nil {
		return err
	}
	switch {
	case x.people == 0 && x.ref != "":
		return fmt.Errorf("there is no person with the reference %s", x.ref)
	case x.sealed > 0 && x.sealed == x.broken && x.broken == x.kept:
		return errors.New("this identity opens none of the documents; they are encrypted to others (OLLE_AGE_RECIPIENTS)")
	}
	return nil
}

func (x *exporter) writeFormat(ctx context.Context, w io.Writer) error {
	switch x.format {
	case "csv":
		t, err := x.table(ctx)
		return errors.Join(err, papers.WriteCSV(w, t))
	case "xlsx":
		t, err := x.table(ctx)
		return errors.Join(err, papers.WriteXLSX(w, t))
	case "json":
		return x.list(ctx, w)
	}
	return x.archive(ctx, w)
}

// report tells what was written; documents that are not as received are an error, though the rest is there.
func (x *exporter) report() error {
	fmt.Fprintf(x.p.out, "%s: %d people", x.out, x.people)
	if x.format == "zip" {
		fmt.Fprintf(x.p.out, ", %d documents", x.kept)
		if x.keys == nil && x.kept > 0 {
			fmt.Fprint(x.p.out, ", still encrypted (.age): give -identity FILE, or open them with age -d -i FILE")
		} else {
			fmt.Fprint(x.p.out, ", decrypted: keep the file where only you can read it")
		}
	}
	fmt.Fprintln(x.p.out)
	if x.broken > 0 {
		return fmt.Errorf("%d documents could not be read or are not as received; see \"check\" in manifest.csv", x.broken)
	}
	return nil
}

// exportPage asks for people after a key, in the order of their keys.
type exportPage struct {
	After  string
	People []json.RawMessage
	More   bool
}

// pageSize is how many people travel at once.
const pageSize = 200

// begin puts the export on the audit trail.
func (x *exporter) begin(ctx context.Context) error {
	detail := x.format
	if x.format == "zip" && x.keys != nil {
		detail += ", decrypted"
	}
	whom := x.ref
	if whom == "" {
		whom = "everybody who applies"
	}
	var done bool
	return x.call(ctx, "export/begin", flows.Entry{What: "export", Whom: whom, Detail: detail}, &done)
}

// each goes through the people to export, in the order of their keys.
func (x *exporter) each(ctx context.Context, visit func(*flows.Person) error) error {
	for page := (exportPage{More: true}); page.More; {
		after := page.After
		page = exportPage{}
		if err := x.call(ctx, "export/page", exportPage{After: after}, &page); err != nil {
			return err
		}
		for _, raw := range page.People {
			var p flows.Person
			if err := json.Unmarshal(raw, &p); err != nil {
				return fmt.Errorf("a person's document: %w", err)
			}
			if !x.wanted(&p) {
				continue
			}
			x.people++
			if err := visit(&p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *exporter) wanted(p *flows.Person) bool {
	if x.ref != "" {
		return strings.EqualFold(p.Ref, x.ref)
	}
	return !p.Began.IsZero()
}

// documents opens where the documents lie; they never travel over the socket.
func (x *exporter) documents() (*files.Files, error) {
	switch {
	case x.here != nil:
		return x.here.parts.files, nil
	case x.files == nil:
		w := &parts{settings: x.settings, log: slog.New(slog.DiscardHandler)}
		if err := w.openFiles(); err != nil {
			return nil, err
		}
		x.files = w.files
	}
	return x.files, nil
}

func (x *exporter) close() {
	if x.files != nil {
		_ = x.files.Close()
	}
	x.reach.close()
}
