package console

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"olle/flows"
	"olle/flows/places"
)

const pageSize = 50

// pager cuts a list into pages.
type pager struct {
	Total, Page, Pages, First, Last int
	Before, After                   string // addresses; "" none
	from, to                        int
}

// newPager reads which page of n lines is asked for. A page that is not there is the nearest one.
func newPager(at *url.URL, n int) pager {
	p := pager{Total: n, Pages: max(1, (n+pageSize-1)/pageSize)}
	p.Page, _ = strconv.Atoi(at.Query().Get("page"))
	p.Page = min(max(p.Page, 1), p.Pages)
	p.from = (p.Page - 1) * pageSize
	p.to = min(p.from+pageSize, n)
	p.First, p.Last = min(p.from+1, n), p.to
	link := func(page int) string {
		q := at.Query()
		q.Del("said")
		q.Set("page", strconv.Itoa(page))
		return "?" + q.Encode()
	}
	if p.Page > 1 {
		p.Before = link(p.Page - 1)
	}
	if p.Page < p.Pages {
		p.After = link(p.Page + 1)
	}
	return p
}

// wish is which people are to be listed, and how.
type wish struct {
	Q, Stage, Country, Missing, Language, Platform, Sort string
	items                                                int // how many documents make a set
}

// missesNone is the Missing of those whose documents are all here.
const missesNone = "none"

func wishOf(e *flows.Event, q url.Values) wish {
	return wish{items: len(e.Items), Q: strings.TrimSpace(q.Get("q")), Stage: q.Get("stage"), Country: q.Get("country"), Missing: q.Get("missing"),
		Language: q.Get("language"), Platform: q.Get("platform"), Sort: q.Get("sort")}
}

// Query is the wish as an address has it, sorted by another column.
func (w wish) Query(sort string) string {
	q := url.Values{}
	all := map[string]string{"q": w.Q, "stage": w.Stage, "country": w.Country, "missing": w.Missing, "language": w.Language,
		"platform": w.Platform, "sort": sort}
	for k, v := range all {
		if v != "" {
			q.Set(k, v)
		}
	}
	return q.Encode()
}

// Link is the whole address of the wish: a template would take what follows a question mark for one value, and escape it.
func (w wish) Link(sort string) string {
	return strings.TrimSuffix(root+"/applicants?"+w.Query(sort), "?")
}

// column is a heading of the list.
type column struct {
	Label, Link string // "" cannot be sorted by
	Order       string // "ascending" or "descending" of the one it is sorted by
}

// Columns are the headings. Without a sort that there is, the newest come first.
func (w wish) Columns() []column {
	all := []column{{"Reference", "ref", ""}, {"Name", "name", ""}, {"Country", "country", ""}, {"Stage", "stage", ""}, {"Documents", "items", ""}, {Label: "Networks"}, {"First word", "born", ""}}
	by := slices.IndexFunc(all, func(c column) bool { return c.Link != "" && c.Link == w.Sort })
	if by < 0 {
		by = len(all) - 1
	}
	all[by].Order = "ascending"
	if all[by].Link == "items" || all[by].Link == "born" {
		all[by].Order = "descending"
	}
	for i, c := range all {
		if c.Link != "" {
			all[i].Link = w.Link(strings.TrimSuffix(c.Link, "born"))
		}
	}
	return all
}

// wants says whether somebody is to be listed. Without a stage: everybody who began to apply.
func (w wish) wants(r *row, words []string) bool {
	switch w.Stage {
	case "":
		if !applied(r) {
			return false
		}
	case "everybody":
	default:
		if r.Stage != w.Stage {
			return false
		}
	}
	for _, word := range words {
		if !strings.Contains(r.fold, word) {
			return false
		}
	}
	return (w.Country == "" || r.Country == w.Country) &&
		(w.Missing == "" || applied(r) && w.misses(r)) &&
		(w.Language == "" || language(r) == w.Language) &&
		(w.Platform == "" || slices.Contains(r.Platforms, w.Platform))
}

func (w wish) misses(r *row) bool {
	if w.Missing == missesNone {
		return len(r.Items) == w.items
	}
	return !slices.Contains(r.Items, w.Missing)
}

// applied says whether somebody began to apply; stages later than these are reached from them only.
func applied(r *row) bool { return r.Stage != "new" && r.Stage != "talking" && r.Stage != "" }

func language(r *row) string { return cmp.Or(r.Language, "en") }

// found returns those who are wanted, sorted.
func (w wish) found(all []*row) []*row {
	words := strings.Fields(places.Fold(w.Q))
	var hits []*row
	for _, r := range all {
		if w.wants(r, words) {
			hits = append(hits, r)
		}
	}
	by := func(a, b *row) int { return b.Born.Compare(a.Born) }
	switch w.Sort {
	case "name":
		by = func(a, b *row) int { return cmp.Compare(a.Card.Name, b.Card.Name) }
	case "ref":
		by = func(a, b *row) int { return cmp.Compare(a.RefOr(), b.RefOr()) }
	case "country":
		by = func(a, b *row) int { return cmp.Compare(a.land, b.land) }
	case "stage":
		by = func(a, b *row) int { return cmp.Compare(stageOrder(a.Stage), stageOrder(b.Stage)) }
	case "items":
		by = func(a, b *row) int { return cmp.Compare(len(b.Items), len(a.Items)) }
	}
	slices.SortFunc(hits, func(a, b *row) int { return cmp.Or(by(a, b), cmp.Compare(a.Name, b.Name)) })
	return hits
}

// stages in the order they are gone through, with their names on pages.
var stages = [][2]string{{"new", "Wrote once"}, {"talking", "Talking"}, {"applying", "Applying"}, {"complete", "Complete"}, {"mailed", "Says e-mailed"},
	{"selected", "Selected"}, {"confirmed", "Confirmed"}, {"attended", "Attended"}}

func stageOrder(stage string) int {
	return slices.IndexFunc(stages, func(s [2]string) bool { return s[0] == stage })
}

func stageName(stage string) string {
	if i := stageOrder(stage); i >= 0 {
		return stages[i][1]
	}
	return stage
}

// listPage is what the list of applicants shows.
type listPage struct {
	Wish      wish
	Rows      []*row
	Pager     pager
	Stages    [][2]string
	Countries []string
	Languages []string
	Platforms []string
	Items     []flows.Item
}

// applicants lists those who apply.
func (v *visit) applicants() error {
	all, err := v.c.people.all(v.r.Context())
	if err != nil {
		return err
	}
	p := listPage{Wish: wishOf(v.event, v.r.URL.Query()), Items: v.event.Items}
	p.Stages, p.Countries, p.Languages, p.Platforms = choices(all)
	hits := p.Wish.found(all)
	p.Pager = newPager(v.r.URL, len(hits))
	p.Rows = hits[p.Pager.from:p.Pager.to]
	return v.show("applicants", "Applicants", p)
}

// choices are what the filters offer: only what there is.
func choices(all []*row) (there [][2]string, countries, languages, platforms []string) {
	seen := map[[2]string]bool{}
	add := func(list *[]string, kind, value string) {
		if k := [2]string{kind, value}; value != "" && !seen[k] {
			seen[k] = true
			*list = append(*list, value)
		}
	}
	var found []string
	for _, r := range all {
		add(&found, "stage", r.Stage)
		add(&countries, "country", r.Country)
		add(&languages, "language", language(r))
		for _, p := range r.Platforms {
			add(&platforms, "platform", p)
		}
	}
	for _, s := range stages {
		if slices.Contains(found, s[0]) {
			there = append(there, s)
		}
	}
	slices.SortFunc(countries, func(a, b string) int { return cmp.Compare(places.Name(a), places.Name(b)) })
	slices.Sort(languages)
	slices.Sort(platforms)
	return there, countries, languages, platforms
}
