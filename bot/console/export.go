package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"olle/bot/papers"
)

// export hands the list out as a table. It goes on the audit trail first.
func (v *visit) export() error {
	all, err := v.c.people.all(v.r.Context())
	if err != nil {
		return err
	}
	q, err := url.ParseQuery(v.r.PostFormValue("query"))
	if err != nil {
		return errBadForm
	}
	hits := wishOf(v.event, q).found(all)
	table := v.table(hits)
	format := v.r.PostFormValue("format")
	if format != "xlsx" {
		format = "csv"
	}
	if err := v.note("export", "", fmt.Sprintf("list of applicants, %s, %d people", format, len(hits))); err != nil {
		return err
	}
	h := v.rw.Header()
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="applicants-%s.%s"`, v.now.In(v.event.Zone).Format("2006-01-02-1504"), format))
	if format == "xlsx" {
		h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
		err = papers.WriteXLSX(v.rw, table)
	} else {
		h.Set("Content-Type", "text/csv; charset=utf-8")
		err = papers.WriteCSV(v.rw, table)
	}
	if err != nil {
		v.c.log.Warn("an export was cut short", "err", err)
	}
	return nil
}

// table has a line per person; times are in the event's zone, named in the heading.
func (v *visit) table(rows []*row) papers.Table {
	t := papers.Table{Name: "Applicants", Columns: []string{"Reference", "Name", "Organisation", "Country", "Stage", "Documents here",
		"Language", "Networks", "First word (" + v.event.ZoneTag + ")"}}
	for _, it := range v.event.Items {
		t.Columns = append(t.Columns, it.Short)
	}
	for _, r := range rows {
		born := ""
		if !r.Born.IsZero() {
			born = r.Born.In(v.event.Zone).Format(time.DateTime)
		}
		line := []string{r.RefOr(), r.Card.Name, r.Org, r.land, stageName(r.Stage), fmt.Sprint(len(r.Items)), language(r), strings.Join(r.Platforms, ", "), born}
		has := map[string]bool{}
		for _, id := range r.Items {
			has[id] = true
		}
		for _, it := range v.event.Items {
			if has[it.ID] {
				line = append(line, "yes")
			} else {
				line = append(line, "")
			}
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// attachment names a file for saving: nothing in the name can end the header or lead to another folder.
func attachment(h http.Header, name string) {
	name = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || strings.ContainsRune(`/\"`, r) {
			return '_'
		}
		return r
	}, name)
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+strings.ReplaceAll(url.QueryEscape(name), "+", "%20"))
}
