package flows

import "fmt"

// Internal is the mark of what must not leave the team.
const Internal = "INTERNAL – not for publication"

// Table is the result as rows of text: a row per area for everybody, then for each country of people who agreed. Every row carries the mark,
// so that a part that is copied out has it, too.
func (r RatingResult) Table() (columns []string, rows [][]string) {
	columns = []string{"Area", "Of whom", "Raters", "Mean", "Middle"}
	for i, l := range r.Grid.Levels {
		columns = append(columns, fmt.Sprintf("%d. %s", i+1, l))
	}
	columns = append(columns, Internal)
	for _, a := range r.Areas {
		row := []string{a.Area.Name, "everybody", fmt.Sprint(a.N), Decimal(a.Mean), Decimal(a.Middle)}
		for _, n := range a.Counts {
			if a.N < LeastRaters {
				row = append(row, "–")
			} else {
				row = append(row, fmt.Sprint(n))
			}
		}
		rows = append(rows, append(row, Internal))
	}
	for _, c := range r.Countries {
		for i, m := range c.Means {
			row := []string{r.Grid.Areas[i].Name, c.Country, fmt.Sprint(c.Raters), Decimal(m), ""}
			for range r.Grid.Levels {
				row = append(row, "")
			}
			rows = append(rows, append(row, Internal))
		}
	}
	return columns, rows
}
