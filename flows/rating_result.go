package flows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"olle/flows/places"
)

// RatingResult is what everybody rated, counted.
type RatingResult struct {
	Grid      *Grid
	Raters    int
	Areas     []AreaSpread    // in the grid's order
	Countries []CountryRating // of people who agreed, by name
	Unnamed   int             // raters who are only in the spread
	Covered   int             // of these, those who agreed to be shown and are left out to cover the others
}

// AreaSpread is how the levels of one area were chosen.
type AreaSpread struct {
	Area   *Area
	N      int   // who rated it; fewer than LeastRaters are not shown: what follows is 0
	Counts []int // by level, the lowest first
	Mean   float64
	Middle float64 // the median
	Apart  int     // between the lowest and the highest level chosen
}

// CountryRating is the mean of the people of one country who agreed to its being shown.
type CountryRating struct {
	Country string
	Raters  int
	Means   []float64 // by area, in the grid's order; 0: nobody of them rated it
	Names   []string  // of those who agreed to that, too
}

// CountRating counts sheets by the names of their people. Whoever wants to stay unnamed must not be found by taking the named away from the
// spread: unless nobody or at least LeastRaters people stay unnamed, as many of the others as it takes are left out of the countries.
func CountRating(g *Grid, sheets map[string]*RatingSheet) RatingResult {
	r := RatingResult{Grid: g}
	var shown []string
	for _, name := range sortedKeys(sheets) {
		s := sheets[name]
		if !slices.ContainsFunc(g.Areas, func(a Area) bool { return s.Levels[a.ID].counts(g) }) {
			continue
		}
		r.Raters++
		if (s.Show == "country" || s.Show == "name") && s.Country != "" {
			shown = append(shown, name)
		}
	}
	if r.Unnamed = r.Raters - len(shown); r.Unnamed > 0 && r.Unnamed < LeastRaters {
		r.Covered = min(LeastRaters-r.Unnamed, len(shown))
		shown = shown[:len(shown)-r.Covered]
		r.Unnamed += r.Covered
	}
	for i := range g.Areas {
		r.Areas = append(r.Areas, spreadOf(g, &g.Areas[i], sheets))
	}
	r.Countries = countryRatings(g, sheets, shown)
	return r
}

func spreadOf(g *Grid, a *Area, sheets map[string]*RatingSheet) AreaSpread {
	sp := AreaSpread{Area: a, Counts: make([]int, len(g.Levels))}
	var all []int
	for _, s := range sheets {
		if rated := s.Levels[a.ID]; rated.counts(g) {
			sp.Counts[rated.Level-1]++
			all = append(all, rated.Level)
		}
	}
	if sp.N = len(all); sp.N < LeastRaters {
		clear(sp.Counts)
		return sp
	}
	slices.Sort(all)
	sum := 0
	for _, level := range all {
		sum += level
	}
	sp.Mean = float64(sum) / float64(sp.N)
	sp.Middle = float64(all[(sp.N-1)/2]+all[sp.N/2]) / 2
	sp.Apart = all[sp.N-1] - all[0]
	return sp
}

func countryRatings(g *Grid, sheets map[string]*RatingSheet, shown []string) (all []CountryRating) {
	by := map[string][]*RatingSheet{}
	for _, name := range shown {
		by[sheets[name].Country] = append(by[sheets[name].Country], sheets[name])
	}
	for _, code := range sortedKeys(by) {
		c := CountryRating{Country: places.Name(code), Raters: len(by[code])}
		for i := range g.Areas {
			sum, n := 0, 0
			for _, s := range by[code] {
				if rated := s.Levels[g.Areas[i].ID]; rated.counts(g) {
					sum, n = sum+rated.Level, n+1
				}
			}
			c.Means = append(c.Means, float64(sum)/float64(max(n, 1)))
		}
		for _, s := range by[code] {
			if s.Show == "name" && s.Name != "" {
				c.Names = append(c.Names, s.Name)
			}
		}
		slices.Sort(c.Names)
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b CountryRating) int { return cmp.Compare(a.Country, b.Country) })
	return all
}

// Furthest are the areas where people are furthest apart, Closest those where they are nearest; ties are named together. Both are empty
// where all areas are alike.
func (r RatingResult) Furthest() []*Area { return r.alike(slices.MaxFunc[[]AreaSpread]) }
func (r RatingResult) Closest() []*Area  { return r.alike(slices.MinFunc[[]AreaSpread]) }

func (r RatingResult) alike(pick func([]AreaSpread, func(a, b AreaSpread) int) AreaSpread) (areas []*Area) {
	shown := slices.DeleteFunc(slices.Clone(r.Areas), func(a AreaSpread) bool { return a.N < LeastRaters })
	if len(shown) == 0 {
		return nil
	}
	most := pick(shown, func(a, b AreaSpread) int { return a.Apart - b.Apart })
	for _, a := range shown {
		if a.Apart == most.Apart {
			areas = append(areas, a.Area)
		}
	}
	if len(areas) == len(shown) {
		return nil
	}
	return areas
}

// Decimal prints a mean: "3.5", "–" for none.
func Decimal(f float64) string {
	if f == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f", f)
}

// result counts the round as it is.
func (t *Turn) result(g *Grid) (RatingResult, map[string]*RatingSheet) {
	sheets, err := RatingSheets(t.src, g.Name)
	if err != nil {
		t.err = err
	}
	return CountRating(g, sheets), sheets
}

// saySpread shows how all rated, and nobody's name or country.
func (t *Turn) saySpread(g *Grid) {
	r, sheets := t.result(g)
	own := sheets[PersonName(t.Person.ID)]
	lines := []string{t.Text("rating.spread", "title", t.gridTitle(g), "n", r.Raters, "levels", t.legend(g))}
	for i, a := range r.Areas {
		if a.N < LeastRaters {
			lines = append(lines, fmt.Sprintf("%d. ", i+1)+t.Text("rating.spread_few", "area", t.areaName(g, a.Area)))
			continue
		}
		counts := strings.Trim(fmt.Sprint(a.Counts), "[]")
		line := fmt.Sprintf("%d. ", i+1) + t.Text("rating.spread_area", "area", t.areaName(g, a.Area), "counts", strings.ReplaceAll(counts, " ", " · "), "middle", Decimal(a.Middle))
		if own != nil && own.Levels[a.Area.ID].counts(g) {
			line += ", " + t.Text("rating.spread_own", "level", own.Levels[a.Area.ID].Level)
		}
		lines = append(lines, line)
	}
	t.Tell(strings.Join(lines, "\n"))
	if far := r.Furthest(); len(far) > 0 {
		t.Say("rating.apart", "far", t.areaNames(g, far), "close", t.areaNames(g, r.Closest()))
	}
	choices := []Choice{{Label: t.Text("choice.rate.countries"), Value: "/rate countries " + g.Name}}
	if own != nil {
		choices = append(choices, Choice{Label: t.Text("choice.rate.match"), Value: "/rate match " + g.Name}, Choice{Label: t.Text("choice.rate.shown"), Value: "/rate show " + g.Name})
	}
	t.Offer(choices...)
}

// legend names the levels: "1. Not yet · 2. Begun".
func (t *Turn) legend(g *Grid) string {
	var names []string
	for i := range g.Levels {
		names = append(names, t.levelName(g, i+1))
	}
	return strings.Join(names, " · ")
}

func (t *Turn) areaNames(g *Grid, areas []*Area) string {
	var names []string
	for _, a := range areas {
		names = append(names, t.areaName(g, a))
	}
	return strings.Join(names, ", ")
}

// sayCountries compares the countries of those who agreed, as a table in lines.
func (t *Turn) sayCountries(g *Grid) {
	r, _ := t.result(g)
	if len(r.Countries) == 0 {
		t.Say("rating.no_countries")
	} else {
		var areas, lines []string
		for i := range g.Areas {
			areas = append(areas, fmt.Sprintf("%d. %s", i+1, t.areaName(g, &g.Areas[i])))
		}
		for _, c := range r.Countries {
			var means []string
			for _, m := range c.Means {
				means = append(means, Decimal(m))
			}
			line := fmt.Sprintf("• %s (%d): %s", c.Country, c.Raters, strings.Join(means, " · "))
			if len(c.Names) > 0 {
				line += " (" + strings.Join(c.Names, ", ") + ")"
			}
			lines = append(lines, line)
		}
		t.Say("rating.countries", "areas", strings.Join(areas, ", "))
		t.Tell(strings.Join(lines, "\n"))
	}
	if r.Unnamed > 0 {
		t.Say("rating.unnamed", "n", r.Unnamed)
	}
	t.Offer(Choice{Label: t.Text("choice.rate.shown"), Value: "/rate show " + g.Name})
}
