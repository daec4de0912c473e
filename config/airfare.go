package config

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"olle/flows/answers"
	"olle/flows/places"
)

// airfareHeader is the first line of airfare.csv; aliases may be left out.
var airfareHeader = []string{"region", "point", "code", "amount", "currency", "aliases"}

var (
	money    = regexp.MustCompile(`^([1-9]\d{0,2}(,\d{3})*|[1-9]\d{0,8})$`)
	currency = regexp.MustCompile(`^([A-Z]{2,3}|[A-Z]{0,3}\p{Sc})$`) // KRW, US$, R$, €
)

// readAirfare reads airfare.csv, one departure point a line. A pack without it prints no amounts.
func (p *pack) readAirfare() {
	data, ok := p.files["airfare.csv"]
	if !ok {
		return
	}
	r := p.report("airfare.csv")
	if i := invalidAt(data); i < len(data) {
		r.add(1+bytes.Count(data[:i], []byte("\n")), 0, "not valid UTF-8: save the file as \"CSV UTF-8\"")
		return
	}
	table := &airfare{r: r, codes: map[string]int{}, ways: map[string]int{}}
	in := csv.NewReader(bytes.NewReader(data))
	in.FieldsPerRecord = -1
	for number := 0; ; number++ {
		row, err := in.Read()
		if err == io.EOF {
			break
		}
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			r.add(syntax.Line, syntax.Column, "not readable as CSV (%v): put fields with commas or quotes in \"…\"", syntax.Err)
			break // what follows an open quote means nothing
		}
		if number == 0 {
			if !checkAirfareHeader(r, row) {
				break
			}
			continue
		}
		table.add(in, row)
	}
	p.event.Airfare = table.rows
	if len(table.rows) == 0 && len(p.mistakes) == 0 {
		r.add(1, 1, "no departure point stands here: add lines, or remove the file")
	}
}

// checkAirfareHeader says whether the first line names the columns; the last one may be left out.
func checkAirfareHeader(r *report, row []string) bool {
	switch {
	case slices.Equal(row, airfareHeader), slices.Equal(row, airfareHeader[:5]):
		return true
	case len(row) == 1 && strings.Contains(row[0], ";"):
		r.add(1, 1, "the fields are separated by semicolons: save the file with commas between them, and put amounts like \"1,200\" in quotes")
	default:
		r.add(1, 1, "the first line must be %s", strings.Join(airfareHeader, ","))
	}
	return false
}

// airfare is the table while it is read.
type airfare struct {
	r     *report
	rows  []answers.Amount
	codes map[string]int // country code → line
	ways  map[string]int // name or alias, folded → line
}

func (t *airfare) add(in *csv.Reader, row []string) {
	line, _ := in.FieldPos(0)
	if len(row) != 5 && len(row) != 6 {
		t.r.add(line, 1, "%d fields, but %s are needed; an amount like 1,200 stands in quotes", len(row), strings.Join(airfareHeader, ","))
		return
	}
	wrong := func(field int, format string, args ...any) {
		l, c := in.FieldPos(field)
		t.r.add(l, c, "%s: "+format, append([]any{airfareHeader[field]}, args...)...)
	}
	for i := range row {
		if row[i] = strings.TrimSpace(row[i]); row[i] == "" && i < 5 {
			wrong(i, "is empty: fill it in")
		}
	}
	if row[3] != "" && !money.MatchString(row[3]) {
		wrong(3, "%q is no amount: digits, with commas every three as printed, like \"1,200\"", row[3])
	}
	if row[4] != "" && !currency.MatchString(row[4]) {
		wrong(4, "%q is no currency: as printed, like US$, € or KRW", row[4])
	}
	t.addPlace(row, line, wrong)
	amount := answers.Amount{Region: row[0], Point: row[1], Code: row[2], Amount: row[4] + " " + row[3]}
	for _, alias := range aliases(row) {
		if alias = strings.TrimSpace(alias); alias != "" {
			amount.Aliases = append(amount.Aliases, alias)
		}
	}
	t.rows = append(t.rows, amount)
}

// aliases are the other names of a row's point of departure.
func aliases(row []string) []string {
	if len(row) < 6 || row[5] == "" {
		return nil
	}
	return strings.Split(row[5], "|")
}

// addPlace checks that a row is about one country, that no other row is, and that its names lead there.
func (t *airfare) addPlace(row []string, line int, wrong func(int, string, ...any)) {
	code := row[2]
	if code == "" {
		return
	}
	country, ok := places.Country(code)
	if !ok {
		wrong(2, "%q is no country code: two capital letters, like NP", code)
		return
	}
	if first, twice := t.codes[code]; twice {
		wrong(2, "%s stands twice (first in line %d): remove one", code, first)
		return
	}
	t.codes[code] = line
	for i, n := range append([]string{row[1]}, aliases(row)...) {
		field := map[bool]int{true: 1, false: 5}[i == 0]
		fold := places.Fold(n)
		if first, twice := t.ways[fold]; twice && fold != "" && first != line {
			wrong(field, "%q stands twice (first in line %d): one name, one row", n, first)
		}
		t.ways[fold] = line
		got, known := leads(n)
		if others := meanings(n); known && got != code {
			wrong(field, "%q is read as %s, but the code says %s", n, got, fmt.Sprintf("%s (%s)", code, country.Name))
		} else if field == 5 && len(others) > 0 && !slices.Contains(others, code) {
			wrong(field, "%q is a name of %s, but the code says %s: remove it", strings.TrimSpace(n), strings.Join(others, " and "), fmt.Sprintf("%s (%s)", code, country.Name))
		} else if !known && field == 1 && n != "" {
			wrong(field, "%q is no place that is known: check the spelling", n)
		}
	}
}

// meanings are the countries between which a name must be asked.
func meanings(n string) (codes []string) {
	for _, p := range places.Resolve(n).Ask {
		codes = append(codes, p.Code)
	}
	return codes
}

// leads is the country a name is read as; known is false when it is read as none, as several, or only as a guess.
func leads(n string) (code string, known bool) {
	reading := places.Resolve(n)
	if len(reading.Places) != 1 || reading.Confirm {
		return "", false
	}
	return reading.Places[0].Code, true
}
