package papers

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Table is rows of text under named columns. A row may be shorter than the columns.
type Table struct {
	Name    string // of the sheet
	Columns []string
	Rows    [][]string
}

// cell makes any text safe for a cell: a program for tables must never take it for a formula, whether it opens the file itself or
// is handed a copied cell. What could begin one gets an apostrophe in front (OWASP, CSV injection).
func cell(s string) string {
	s = plain(s)
	if trimmed := strings.TrimLeft(s, " \t\n"); trimmed != "" {
		first, _ := utf8.DecodeRuneInString(trimmed)
		if strings.ContainsRune("=+-@|%＝＋－＠", first) {
			return "'" + s
		}
	}
	if strings.HasPrefix(s, "\t") || strings.HasPrefix(s, "\n") {
		return "'" + s
	}
	return s
}

func cells(row []string, n int) []string {
	safe := make([]string, n)
	for i := range min(n, len(row)) {
		safe[i] = cell(row[i])
	}
	return safe
}

// inner is where a cell would begin for a program whose lists are separated otherwise, as by ";" in half of the world: there quotes that
// stand for commas protect nothing.
var inner = regexp.MustCompile(`([;\t\n][ \t\n"]*)([=+\-@|%＝＋－＠])`)

// WriteCSV writes a table by RFC 4180, with the mark that tells Excel it is UTF-8.
func WriteCSV(w io.Writer, t Table) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return fmt.Errorf("papers: write a table: %w", err)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	for _, row := range append([][]string{t.Columns}, t.Rows...) {
		safe := cells(row, len(t.Columns))
		for i := range safe {
			safe[i] = inner.ReplaceAllString(safe[i], "$1'$2")
		}
		if err := out.Write(safe); err != nil {
			return fmt.Errorf("papers: write a table: %w", err)
		}
	}
	if out.Flush(); out.Error() != nil {
		return fmt.Errorf("papers: write a table: %w", out.Error())
	}
	return nil
}

// WriteXLSX writes a table as a workbook with one sheet: the header in bold and frozen, columns as wide as what is in them, every
// cell text.
func WriteXLSX(w io.Writer, t Table) (err error) {
	// The library puts large sheets into a temporary file, in the clear. In a folder that cannot be, it keeps them in memory.
	f := excelize.NewFile(excelize.Options{TmpDir: "\x00"})
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := fillSheet(f, t); err != nil {
		return fmt.Errorf("papers: write a table: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("papers: write a table: %w", err)
	}
	return nil
}

func fillSheet(f *excelize.File, t Table) error {
	sheet := sheetName(t.Name)
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	out, err := f.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	for i, width := range widths(t) {
		if err := out.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := setRow(out, 1, t.Columns, len(t.Columns), excelize.RowOpts{StyleID: bold}); err != nil {
		return err
	}
	for i, row := range t.Rows {
		if err := setRow(out, i+2, row, len(t.Columns), excelize.RowOpts{}); err != nil {
			return err
		}
	}
	return out.Flush()
}

func setRow(out *excelize.StreamWriter, n int, row []string, columns int, o excelize.RowOpts) error {
	values := make([]any, columns)
	for i, c := range cells(row, columns) {
		values[i] = shortened(c)
	}
	return out.SetRow(fmt.Sprintf("A%d", n), values, o)
}

// shortened keeps a cell within what Excel takes, counted as it counts: UTF-16 units.
func shortened(s string) string {
	n := 0
	for i, r := range s {
		if n += utf16.RuneLen(r); n > excelize.TotalCellChars-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// widths fits columns to their first thousand rows, in characters.
func widths(t Table) []float64 {
	all := make([]float64, len(t.Columns))
	for i, row := range append([][]string{t.Columns}, t.Rows[:min(len(t.Rows), 1000)]...) {
		for c := range min(len(row), len(all)) {
			longest := 0
			for part := range strings.SplitSeq(row[c], "\n") {
				longest = max(longest, utf8.RuneCountInString(part))
			}
			if i == 0 {
				longest++ // bold
			}
			all[c] = max(all[c], min(float64(longest)+2, 60))
		}
	}
	return all
}

// sheetName is a name that Excel takes: at most 31 characters, none of []:*?/\.
func sheetName(s string) string {
	runes := slices.DeleteFunc([]rune(oneLine(s)), func(r rune) bool { return strings.ContainsRune(`[]:*?/\'`, r) })
	if len(runes) == 0 {
		return "Sheet1"
	}
	return string(runes[:min(len(runes), 31)])
}
