package bot

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"olle/bot/papers"
	"olle/flows"
)

// rating makes the table of a rating that was revealed, as a workbook; its sheet and every row say that it is internal.
func (s *Shelf) rating(ctx context.Context, grid string) (io.ReadCloser, error) {
	src := Source(ctx, s.Store)
	g, round, _, err := flows.ReadRating(src, s.Event, grid)
	if err != nil {
		return nil, fmt.Errorf("bot: a rating: %w", err)
	}
	if g == nil || !round.Seen() {
		return nil, NoFile("it is not revealed")
	}
	sheets, err := flows.RatingSheets(src, grid)
	if err != nil {
		return nil, fmt.Errorf("bot: a rating: %w", err)
	}
	t := papers.Table{Name: "Internal " + grid}
	t.Columns, t.Rows = flows.CountRating(g, sheets).Table()
	return stream(func(w io.Writer) error { return papers.WriteXLSX(w, t) }), nil
}

// plan makes a person's action plan, to print: "person/…" as text, "person/….pdf" as PDF.
func (s *Shelf) plan(ctx context.Context, what string) (io.ReadCloser, error) {
	id, pdf := strings.CutSuffix(what, ".pdf")
	plan, err := flows.ReadPlan(Source(ctx, s.Store), id)
	if err != nil {
		return nil, fmt.Errorf("bot: an action plan: %w", err)
	}
	if plan == nil {
		return nil, NoFile("there is no such plan")
	}
	if pdf {
		now := s.Clock.Now()
		return made(func(w io.Writer) error { return papers.WriteReportPDF(w, plan.Report(s.Event), s.font(), now) })
	}
	return io.NopCloser(strings.NewReader(plan.Text(s.Event) + "\n")), nil
}

// addApart puts in what is the person's but lies by itself. Introductions hold what others let pass, so they are left out.
func (s *Shelf) addApart(ctx context.Context, a *papers.Archive, now time.Time, p *flows.Person) error {
	keys := slices.DeleteFunc(slices.Clone(p.Apart), func(key string) bool { return strings.HasPrefix(key, "meet/") })
	return s.addDocs(ctx, a, now, "ratings-plan-group-work.json", keys, "")
}
