package answers

import (
	"sort"
	"strings"

	"olle/flows/places"
)

// Airfare is the answer for a departure: the printed amount of every place read, or whom to contact. A place outside
// the table gets no amount; a name that may mean several places is asked about.
func (x *Index) Airfare(r places.Reading) Answer {
	x = x.Ready()
	out := Answer{Intent: "airfare", Source: x.texts["airfare.source"], Offer: "airfare", Known: true}
	switch {
	case len(r.Places) == 0 && len(r.Ask) > 0:
		out.Text = x.which(r)
	case len(r.Places) == 0:
		out.Text = x.texts["airfare.where"]
	case len(r.Places) == 1:
		out.Text, out.None = x.single(r)
	default:
		out.Text = x.several(r)
	}
	out.Text = trim(out.Text)
	return out
}

func (x *Index) single(r places.Reading) (text string, none bool) {
	p := r.Places[0]
	row, ok := x.rows[p.Code]
	say := []string{}
	if r.Confirm {
		say = append(say, replace(x.texts["airfare.read"], "{typed}", typed(r, p), "{place}", x.display(p)))
	}
	if !ok {
		say = append(say, replace(x.texts["airfare.unlisted"], "{place}", x.display(p)))
		return strings.Join(say, " "), true
	}
	key := "airfare.listed"
	if x.display(p) == row.Point {
		key = "airfare.point"
	}
	say = append(say, replace(x.texts[key], "{place}", x.display(p), "{point}", row.Point, "{region}", row.Region, "{amount}", row.Amount))
	if r.Note == "jeju" {
		say = append(say, x.texts["airfare.jeju"])
	} else if elsewhere(r, p.Code) {
		say = append(say, x.texts["airfare.departure"])
	}
	return strings.Join(append(say, x.texts["airfare.limited"]), " "), false
}

// printedFor fills in the row of the one listed place of departure; ok is false where none or several were read.
func (x *Index) printedFor(r places.Reading, s string) (filled string, ok bool) {
	if len(r.Places) != 1 || len(r.Ask) > 0 {
		return "", false
	}
	p := r.Places[0]
	row, listed := x.rows[p.Code]
	if !listed {
		return "", false
	}
	s = replace(s, "{point}", row.Point, "{region}", row.Region, "{amount}", row.Amount)
	if r.Confirm {
		s = replace(x.texts["airfare.read"], "{typed}", typed(r, p), "{place}", x.display(p)) + " " + s
	}
	return s, true
}

// elsewhere says that the text names a home or a nationality other than the departure.
func elsewhere(r places.Reading, code string) bool {
	for _, m := range r.Mentions {
		if m.Place.Code != "" && m.Place.Code != code && m.Role != places.To && m.Role != places.Via {
			return true
		}
	}
	return false
}

func (x *Index) several(r places.Reading) string {
	var b strings.Builder
	b.WriteString(x.texts["airfare.several"])
	missing := false
	for i, p := range r.Places {
		if i == 12 {
			break
		}
		if row, ok := x.rows[p.Code]; ok {
			b.WriteString("\n" + replace(x.texts["airfare.item"], "{place}", x.display(p), "{amount}", row.Amount))
			continue
		}
		missing = true
		b.WriteString("\n" + replace(x.texts["airfare.item-unlisted"], "{place}", x.display(p)))
	}
	if missing {
		b.WriteString("\n" + x.texts["airfare.contact"])
	}
	b.WriteString("\n" + x.texts["airfare.limited"])
	return b.String()
}

// which asks what an ambiguous name means. A text of its own ("airfare.which.KP-KR") goes before the general one;
// where all meanings have one amount, it is said.
func (x *Index) which(r places.Reading) string {
	var codes, names []string
	amount, same := "", true
	for i, p := range r.Ask {
		codes = append(codes, p.Code)
		names = append(names, x.display(p))
		row, ok := x.rows[p.Code]
		if !ok || i > 0 && row.Amount != amount {
			same = false
		}
		amount = row.Amount
	}
	sort.Strings(codes)
	if s, ok := x.texts["airfare.which."+strings.Join(codes, "-")]; ok {
		return s
	}
	key := "airfare.which"
	if same && amount != "" {
		key = "airfare.which-same"
	}
	word := ""
	for _, m := range r.Mentions {
		if len(m.Ask) > 0 {
			word = m.Text
			break
		}
	}
	return replace(x.texts[key], "{typed}", word, "{choices}", strings.Join(names, " / "), "{amount}", amount)
}

func typed(r places.Reading, p places.Place) string {
	for _, m := range r.Mentions {
		if m.Place.Code == p.Code && m.Place.City == p.City {
			return m.Text
		}
	}
	return p.Name
}

// display names a place as the table prints it, with the city where one was named.
func (x *Index) display(p places.Place) string {
	name := p.Name
	if row, ok := x.rows[p.Code]; ok {
		name = row.Point
	}
	if p.City == "" || p.City == name || p.City == p.Name {
		return name
	}
	return p.City + ", " + name
}

// tabled lists rows of the table: of a region, all of them, of a printed amount, the highest or the lowest.
func (x *Index) tabled(a *reading, t *topic) string {
	switch t.Kind {
	case "region":
		return replace(x.texts["airfare.region"], "{region}", t.Region, "{list}", x.bands(func(r Amount) bool { return r.Region == t.Region }))
	case "reverse":
		return replace(x.texts["airfare.reverse"], "{list}", x.bands(func(r Amount) bool { return r.Amount == a.amount }))
	case "most", "least":
		top := x.extreme(t.Kind == "most")
		return replace(x.texts["airfare."+t.Kind], "{list}", x.bands(func(r Amount) bool { return r.Amount == top }))
	}
	return replace(x.texts["airfare.table"], "{list}", x.bands(func(Amount) bool { return true }))
}

// bands joins the chosen points of one amount in the table's order: "Bhutan, India: US$ 800".
func (x *Index) bands(choose func(Amount) bool) string {
	var order []string
	points := map[string][]string{}
	for _, r := range x.table {
		if !choose(r) {
			continue
		}
		key := r.Region + "|" + r.Amount
		if points[key] == nil {
			order = append(order, key)
		}
		points[key] = append(points[key], r.Point)
	}
	var lines []string
	for _, k := range order {
		_, amount, _ := strings.Cut(k, "|")
		lines = append(lines, strings.Join(points[k], ", ")+": "+amount)
	}
	return strings.Join(lines, "\n")
}

// extreme is the highest or lowest amount among those in the currency most rows have; currencies are not compared.
func (x *Index) extreme(most bool) string {
	per := map[string]int{}
	for _, r := range x.table {
		per[currency(r.Amount)]++
	}
	best, text := -1, ""
	for _, r := range x.table {
		if per[currency(r.Amount)]*2 < len(x.table) {
			continue
		}
		n := -1
		for _, t := range tokenise(r.Amount, nil) {
			n = max(n, t.num)
		}
		if best < 0 || most && n > best || !most && n < best {
			best, text = n, r.Amount
		}
	}
	return text
}

func currency(amount string) string { return strings.TrimRight(amount, "0123456789, ") }

func replace(s string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(s) }
