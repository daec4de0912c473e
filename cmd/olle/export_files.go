package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"filippo.io/age"

	"olle/bot/papers"
	"olle/flows"
)

// exportBegin records an export before anything is handed out.
func exportBegin(ctx context.Context, o *operator, raw json.RawMessage) (any, error) {
	var e flows.Entry
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	e.By = "operator"
	_, err := o.bot.Handle(ctx, flows.Update{
		ID: fmt.Sprintf("event/audit/%d", time.Now().UnixNano()), Subject: "event/" + o.parts.book.Current.ID, Call: "event/audit",
		Sent: o.parts.clock.Now(), Args: flows.Must(e),
	})
	return err == nil, err
}

// exportPeople hands out a page of people's documents.
func exportPeople(ctx context.Context, o *operator, raw json.RawMessage) (any, error) {
	var page exportPage
	if err := json.Unmarshal(raw, &page); err != nil {
		return nil, err
	}
	docs, err := o.parts.store.List(ctx, "person/", page.After, pageSize)
	if err != nil {
		return nil, err
	}
	for _, d := range docs {
		page.People, page.After = append(page.People, d.Data), d.Key
	}
	page.More = len(docs) == pageSize
	return page, nil
}

// manifestRow says of one file who sent it, what it is, when it came, and whether it is what came.
type manifestRow struct {
	Reference string `json:"reference"`
	Name      string `json:"name"`
	Number    int    `json:"number,omitempty"` // of the checklist's item
	Item      string `json:"item,omitempty"`
	Version   int    `json:"version,omitempty"`
	Status    string `json:"status"` // as in flows.Kept
	State     string `json:"state"`  // as in flows.Upload
	Received  string `json:"received"`
	Size      int64  `json:"size"`
	Hash      string `json:"sha256"`
	Named     string `json:"named"` // by the sender
	Path      string `json:"path,omitempty"`
	Check     string `json:"check,omitempty"`
}

var manifestColumns = []string{"Reference", "Name", "Number", "Document", "Version", "Status", "State", "Received", "Bytes", "SHA-256", "Named by the sender", "Path", "Check"}

func (r manifestRow) cells() []string {
	return []string{r.Reference, r.Name, orBlank(r.Number), r.Item, orBlank(r.Version), r.Status, r.State, r.Received, fmt.Sprint(r.Size), r.Hash, r.Named, r.Path, r.Check}
}

// orBlank prints a number; 0 is none.
func orBlank(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

const exportReadme = `A folder for each person, named by the reference; in it the documents, named by their number in the checklist.

manifest.csv, manifest.json   every file: whose, which document, when it came, its size and hash, and "check":
                              "as received": decrypted, and the hash is the one it had when it came
                              "encrypted": not opened; open it with: age -d -i KEYFILE -o NAME NAME.age
                              anything else says what is wrong with the file
applicants.csv                one line for each person
`

// archive writes the documents as a ZIP. Each is read once, from where it lies into the archive.
func (x *exporter) archive(ctx context.Context, w io.Writer) error {
	now := time.Now() // of the machine: it is the archive's own file date
	a := papers.NewArchive(w)
	table := x.columns()
	var rows []manifestRow
	err := x.each(ctx, func(p *flows.Person) error {
		table.Rows = append(table.Rows, x.row(p))
		for _, k := range p.Files(x.book.Current) {
			r, err := x.file(ctx, a, p, k)
			if err != nil {
				return err
			}
			rows = append(rows, r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	manifest := papers.Table{Name: "Manifest", Columns: manifestColumns}
	for _, r := range rows {
		manifest.Rows = append(manifest.Rows, r.cells())
	}
	return errors.Join(
		a.Make("manifest.csv", now, func(w io.Writer) error { return papers.WriteCSV(w, manifest) }),
		a.AddJSON("manifest.json", now, rows),
		a.Make("applicants.csv", now, func(w io.Writer) error { return papers.WriteCSV(w, table) }),
		a.Make("README.txt", now, func(w io.Writer) error { _, err := io.WriteString(w, exportReadme); return err }),
		a.Close(),
	)
}

// file puts one file into the archive and checks that it is what was received. What is wrong with it is in the row; an error is the
// archive's own.
func (x *exporter) file(ctx context.Context, a *papers.Archive, p *flows.Person, k flows.Kept) (manifestRow, error) {
	r := rowOf(p, k)
	if k.Path == "" {
		return r, nil
	}
	store, err := x.documents()
	if err != nil {
		return r, err
	}
	b := papers.Blob{Name: p.Ref + "/" + k.Path, Time: k.Sent, Open: func() (io.ReadCloser, error) { return store.Open(ctx, k.ID, x.keys...) }}
	if x.keys == nil {
		b.Name, b.Open = b.Name+".age", func() (io.ReadCloser, error) { return store.OpenSealed(ctx, k.ID) }
	}
	added, broken, err := a.Add(b)
	if err = errors.Join(err, ctx.Err()); err != nil {
		return r, err
	}
	x.kept++
	r.Path, r.Check = added.Path, x.verdict(k, added, broken)
	if r.Check != "as received" && r.Check != "encrypted" {
		x.broken++
	}
	return r, nil
}

func rowOf(p *flows.Person, k flows.Kept) manifestRow {
	name, _ := p.Answer("profile", "full_name")
	r := manifestRow{
		Reference: p.Ref, Name: name.Text, Version: k.Version, Status: k.Status, State: k.State, Received: k.Sent.UTC().Format(time.RFC3339),
		Size: k.Size, Hash: k.Hash, Named: k.Name,
	}
	if k.Item != nil {
		r.Number, r.Item = k.Item.Number, k.Item.Name
	}
	return r
}

// verdict says in a few words whether a file is what was received.
func (x *exporter) verdict(k flows.Kept, added papers.Added, broken error) string {
	var other *age.NoIdentityMatchError
	switch {
	case errors.As(broken, &other):
		x.sealed++
		return "encrypted to another key"
	case errors.Is(broken, fs.ErrNotExist):
		return "missing"
	case broken != nil:
		return "damaged"
	case x.keys == nil:
		return "encrypted"
	case k.Hash != "" && added.Hash != k.Hash:
		return "not as received"
	}
	return "as received"
}
