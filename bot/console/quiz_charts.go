package console

import (
	"fmt"
	"strings"

	"olle/flows"
)

// quizChart is one counted question of a quiz: how its answers are spread. Bars have a letter and a number, and what is right is marked by a
// sign, so that nothing depends on colour.
type quizChart struct {
	Ask, Key, Note string
	Bars           []counted
}

// quizCharts are the questions that were counted, slides left out.
func quizCharts(r flows.QuizResults) (all []quizChart) {
	for i := range min(r.Quiz.Counted, len(r.Tallies)) {
		q, y, f := r.Set.Questions[i], r.Tallies[i], r.Questions[i]
		if q.Type == "information" {
			continue
		}
		c := quizChart{Ask: fmt.Sprintf("%d. %s", i+1, q.Ask), Note: fmt.Sprintf("%d answers", y.Total)}
		if f.Difficulty >= 0 {
			c.Key = q.Right()
			c.Note += fmt.Sprintf(", %d right in full (%.0f %%)", y.Right, 100*f.Difficulty)
		}
		if f.Known {
			c.Note += fmt.Sprintf(", discrimination %.2f", f.Discrimination)
		}
		c.Bars = quizBars(q, y)
		all = append(all, c)
	}
	return all
}

func quizBars(q flows.QuizQuestion, y flows.QuizTally) (bars []counted) {
	if q.Type == "single" || q.Type == "several" || q.Type == "opinion" {
		for i, o := range q.Options {
			letter, mark := flows.Letter(i), ""
			if strings.Contains(q.Key, letter) {
				mark = " ✓"
			}
			bars = append(bars, counted{strings.ToUpper(letter) + ". " + o + mark, y.Counts[letter], y.Total})
		}
		return bars
	}
	return []counted{{"Right in full ✓", y.Counts["right"], y.Total}, {"Other", y.Counts["other"], y.Total}}
}
