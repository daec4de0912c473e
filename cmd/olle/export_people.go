package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"olle/bot/papers"
	"olle/flows"
)

// table lists people, a row each.
func (x *exporter) table(ctx context.Context) (papers.Table, error) {
	t := x.columns()
	err := x.each(ctx, func(p *flows.Person) error {
		t.Rows = append(t.Rows, x.row(p))
		return nil
	})
	return t, err
}

func (x *exporter) columns() papers.Table {
	e := x.book.Current
	t := papers.Table{Name: e.Short, Columns: []string{"Reference", "Stage", "Began (" + e.ZoneTag + ")"}}
	for _, q := range x.profile() {
		t.Columns = append(t.Columns, cmp.Or(q.Short, q.ID))
	}
	for _, it := range e.Items {
		name := fmt.Sprintf("%d. %s", it.Number, it.Short)
		t.Columns = append(t.Columns, name, name+", received ("+e.ZoneTag+")")
	}
	t.Columns = append(t.Columns, "Documents", "E-mailed, as told ("+e.ZoneTag+")", "Consent", "Consent given ("+e.ZoneTag+")", "Language", "Zone", "Platforms", "Requests")
	return t
}

func (x *exporter) profile() []*flows.Question {
	if f := x.book.Current.Forms["profile"]; f != nil {
		return f.Questions
	}
	return nil
}

func (x *exporter) row(p *flows.Person) []string {
	e := x.book.Current
	row := []string{p.Ref, p.Stage(e), x.moment(p.Began)}
	for _, q := range x.profile() {
		v, _ := p.Answer("profile", q.ID)
		row = append(row, v.Text)
	}
	n := 0
	for _, it := range e.Items {
		state, when := "missing", time.Time{}
		if u := p.Received(it.ID); u != nil {
			state, when = u.State, u.Sent
			n++
		} else if u := p.Items[it.ID]; u != nil {
			state = u.State
		}
		row = append(row, state, x.moment(when))
	}
	consent, given := "", time.Time{}
	if p.Consent != nil {
		consent, given = p.Consent.Version, p.Consent.At
	}
	return append(row, fmt.Sprintf("%d of %d", n, len(e.Items)), x.moment(p.Mailed), consent, x.moment(given), cmp.Or(p.Language, "en"), p.Zone,
		strings.Join(p.Platforms(), ", "), strings.Join(p.Help, ", "))
}

// moment prints an instant in the event's zone, so that it sorts and a table program knows it; "" for none.
func (x *exporter) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(x.book.Current.Zone).Format("2006-01-02 15:04:05")
}

// list writes people as a JSON array: the same facts as the table, and every file.
func (x *exporter) list(ctx context.Context, w io.Writer) error {
	columns := x.columns().Columns
	separator := "[\n"
	err := x.each(ctx, func(p *flows.Person) error {
		facts, row := map[string]string{}, x.row(p)
		for i, c := range columns {
			if row[i] != "" {
				facts[c] = row[i]
			}
		}
		line := struct {
			Reference string            `json:"reference"`
			Stage     string            `json:"stage"`
			Facts     map[string]string `json:"facts"`
			Files     []manifestRow     `json:"files"`
		}{p.Ref, p.Stage(x.book.Current), facts, []manifestRow{}}
		for _, k := range p.Files(x.book.Current) {
			line.Files = append(line.Files, rowOf(p, k))
		}
		_, err := fmt.Fprintf(w, "%s%s", separator, flows.Must(line))
		separator = ",\n"
		return err
	})
	if err != nil {
		return err
	}
	if x.people == 0 {
		separator = "["
	} else {
		separator = "\n"
	}
	_, err = io.WriteString(w, separator+"]\n")
	return err
}
