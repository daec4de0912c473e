package console

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"

	"olle/bot/papers"
	"olle/flows"
)

// ratingPage is one round; before it is revealed it has no more than the number of raters.
type ratingPage struct {
	Grid   *flows.Grid
	Round  flows.Rating
	Least  int
	Raters int
	Result *flows.RatingResult // nil: not to be seen yet
	Radar  radar
}

// State names how the round stands.
func (p ratingPage) State() string { return cmp.Or(p.Round.State, "not begun") }

// Enough says whether it may be revealed.
func (p ratingPage) Enough() bool { return p.Raters >= p.Least }

// ratings lists the grids of the pack.
func (v *visit) ratings() error {
	var all []ratingPage
	for _, name := range sortedNames(v.event.Ratings) {
		p, err := v.ratingPage(name)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	return v.show("ratings", "Ratings", all)
}

func sortedNames[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (v *visit) ratingPage(name string) (ratingPage, error) {
	g, round, _, err := flows.ReadRating(v.source(), v.event, name)
	if err != nil {
		return ratingPage{}, err
	}
	if g == nil {
		return ratingPage{}, errNotFound
	}
	sheets, err := flows.RatingSheets(v.source(), name)
	if err != nil {
		return ratingPage{}, err
	}
	r := flows.CountRating(g, sheets)
	p := ratingPage{Grid: g, Round: round, Least: flows.LeastRaters, Raters: r.Raters}
	if round.Seen() {
		p.Result, p.Radar = &r, radarOf(r)
	}
	return p, nil
}

// rating shows one round.
func (v *visit) rating() error {
	p, err := v.ratingPage(v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return v.show("rating", p.Grid.Title, p)
}

// actRating opens, reveals or closes a round.
func (v *visit) actRating() error {
	p, err := v.ratingPage(v.r.PathValue("id"))
	if err != nil {
		return err
	}
	what := v.r.PostFormValue("what")
	if _, known := flows.Actions()["rating/"+what]; !known {
		return errBadForm
	}
	if _, err := v.do(flows.Update{Subject: flows.RatingKey(p.Grid.Name), Call: "rating/" + what}); err != nil {
		return err
	}
	now, err := v.ratingPage(p.Grid.Name)
	if err != nil {
		return err
	}
	said := "rating-" + now.Round.State
	if now.Round == p.Round {
		said = "refused"
	}
	return v.to("/ratings/"+p.Grid.Name, said)
}

// exportRating hands out the table, marked internal. It goes on the audit trail first.
func (v *visit) exportRating() error {
	p, err := v.ratingPage(v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if p.Result == nil {
		return errNotFound
	}
	format := v.r.PostFormValue("format")
	if format != "xlsx" {
		format = "csv"
	}
	if err := v.note("export", "", "rating "+p.Grid.Name+", internal, "+format); err != nil {
		return err
	}
	t := papers.Table{Name: "Internal " + p.Grid.Name}
	t.Columns, t.Rows = p.Result.Table()
	attachment(v.rw.Header(), v.event.ID+"-"+p.Grid.Name+"-internal."+format)
	write, kind := papers.WriteCSV, "text/csv; charset=utf-8"
	if format == "xlsx" {
		write, kind = papers.WriteXLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	v.rw.Header().Set("Content-Type", kind)
	v.rw.WriteHeader(http.StatusOK)
	if err := write(v.rw, t); err != nil {
		v.c.log.Warn("an export was cut short", "err", err)
	}
	return nil
}

// radar is the chart of a result: an axis for each area, a line for the mean of all and for each country. Lines differ by colour, dash and
// mark, so that they are told apart without colours, too; the table beside it has the same numbers.
type radar struct {
	Rings []string // outlines of the levels
	Axes  []axis
	Lines []radarLine
	More  int // countries that have no line
}

type axis struct {
	X, Y, LabelX, LabelY float64
	Anchor, Label        string
}

type radarLine struct {
	Name, Colour, Dash string
	Shape              int // of its marks: 0 circle, 1 square, 2 triangle
	Points             string
	Marks              []mark
}

type mark struct {
	X, Y  float64
	Shape int
}

const (
	radarMiddle = 250.0
	radarRadius = 150.0
	radarLines  = 7
)

// Colours after Okabe and Ito, whom people with the common kinds of colour blindness tell apart; their lightest ones are darker here, so that
// each has a contrast of 3:1 to the page in light and in dark (WCAG 2.2, 1.4.11).
var radarColours = []string{"#0072b2", "#d55e00", "#009e73", "#b85f92", "#a87600", "#7a7f85", "#7f66d9"}

// radarDashes are as many as go with the three shapes without any pair coming twice.
var radarDashes = []string{"none", "8 4", "3 3", "12 3 3 3"}

func radarOf(r flows.RatingResult) (all radar) {
	n, levels := len(r.Grid.Areas), len(r.Grid.Levels)
	if n < 3 {
		return all // no surface
	}
	at := func(i int, level float64) (x, y float64) {
		turn := 2*math.Pi*float64(i)/float64(n) - math.Pi/2
		d := radarRadius * level / float64(levels)
		return math.Round(10*(radarMiddle+d*math.Cos(turn))) / 10, math.Round(10*(radarMiddle+d*math.Sin(turn))) / 10
	}
	for level := 1; level <= levels; level++ {
		all.Rings = append(all.Rings, outline(n, func(i int) (float64, float64) { return at(i, float64(level)) }))
	}
	for i, a := range r.Grid.Areas {
		x, y := at(i, float64(levels))
		lx, ly := at(i, float64(levels)*1.1)
		anchor := "middle"
		if lx > radarMiddle+5 {
			anchor = "start"
		} else if lx < radarMiddle-5 {
			anchor = "end"
		}
		all.Axes = append(all.Axes, axis{x, y, lx, ly + 4, anchor, fmt.Sprintf("%d. %s", i+1, a.Name)})
	}
	var means []float64
	for _, a := range r.Areas {
		means = append(means, a.Mean)
	}
	line := func(name string, k int, values []float64) {
		l := radarLine{Name: name, Colour: radarColours[k%len(radarColours)], Dash: radarDashes[k%len(radarDashes)], Shape: k % 3}
		l.Points = outline(n, func(i int) (float64, float64) { return at(i, values[i]) })
		for i := range n {
			x, y := at(i, values[i])
			l.Marks = append(l.Marks, mark{x, y, l.Shape})
		}
		all.Lines = append(all.Lines, l)
	}
	line("Everybody, mean", 0, means)
	for k, c := range r.Countries {
		if k+1 == radarLines {
			all.More = len(r.Countries) - k
			break
		}
		line(c.Country, k+1, c.Means)
	}
	return all
}

func outline(n int, at func(i int) (x, y float64)) string {
	var points []string
	for i := range n {
		x, y := at(i)
		points = append(points, fmt.Sprintf("%.1f,%.1f", x, y))
	}
	return strings.Join(points, " ")
}
