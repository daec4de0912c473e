package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"olle/bot/papers"
	"olle/flows"
)

// quiz makes the results of a live quiz: "CODE" as a workbook, "CODE.csv" plain.
func (s *Shelf) quiz(ctx context.Context, what string) (io.ReadCloser, error) {
	code, plain := strings.CutSuffix(what, ".csv")
	r, err := flows.ReadQuizResults(Source(ctx, s.Store), code)
	if err != nil {
		return nil, fmt.Errorf("bot: results of a quiz: %w", err)
	}
	if r.Quiz.Code == "" {
		return nil, NoFile("there is no such quiz")
	}
	t := papers.Table{Name: r.Quiz.Title}
	t.Columns, t.Rows = r.Table()
	return stream(func(w io.Writer) error {
		if plain {
			return papers.WriteCSV(w, t)
		}
		return papers.WriteXLSX(w, t)
	}), nil
}

// addQuizzes puts in what live quizzes keep of the person.
func (s *Shelf) addQuizzes(ctx context.Context, a *papers.Archive, now time.Time, p *flows.Person) error {
	keys := p.QuizKeys(func(code string) int {
		docs, err := s.Store.Load(ctx, flows.QuizKey(code))
		var q flows.Quiz
		if err != nil || docs[0].Data == nil || json.Unmarshal(docs[0].Data, &q) != nil {
			return 0
		}
		return q.Number
	})
	return s.addDocs(ctx, a, now, "quizzes.json", keys, "")
}
