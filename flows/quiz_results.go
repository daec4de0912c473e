package flows

import (
	"fmt"
	"sort"
	"strings"
)

// HandoutQuiz is a handle's kind: the results of a live quiz, by person and question. "quiz:CODE" is a workbook, "quiz:CODE.csv" plain.
const HandoutQuiz = "quiz:"

// quizFile hands out the results of a quiz as a workbook.
func quizFile(code string) *File {
	return &File{Handle: HandoutQuiz + code, Name: "quiz-" + code + ".xlsx", Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
}

// QuizResults is everything that came of a live quiz.
type QuizResults struct {
	Quiz      Quiz
	Set       QuizSet
	Places    []QuizPlace
	Answers   []map[string]QuizAnswer // by question, then person
	Tallies   []QuizTally
	Questions []QuizFigures
}

// QuizFigures say what a question was worth.
type QuizFigures struct {
	Answers        int
	Difficulty     float64 // share of those who answered that were right in full: 1 is easiest; -1: no right answer, or nobody answered
	Discrimination float64 // share right among the best 27 % less that among the last 27 % (Kelley 1939), from -1 to 1; Known says whether there are enough people
	Known          bool
}

// leastForDiscrimination is how many people must have answered before comparing the best with the last says anything.
const leastForDiscrimination = 8

// ReadQuizResults reads the results of a quiz; a Quiz without Code: there is none.
func ReadQuizResults(src Source, code string) (r QuizResults, err error) {
	docs, err := src.Load(QuizKey(code), QuizSetKey(code))
	if err == nil {
		err = decode(docs[0], &r.Quiz)
	}
	if err == nil {
		err = decode(docs[1], &r.Set)
	}
	if err != nil || r.Quiz.Code == "" {
		return r, err
	}
	if r.Places, err = QuizStanding(src, &r.Quiz); err != nil {
		return r, err
	}
	if r.Tallies, err = quizTallies(src, &r.Quiz); err != nil {
		return r, err
	}
	for n := 1; n <= r.Quiz.Number; n++ {
		given := map[string]QuizAnswer{}
		err := every(src, QuizAnswersKey(code, n), func(name string, a QuizAnswer) { given[name] = a })
		if err != nil {
			return r, err
		}
		r.Answers = append(r.Answers, given)
		r.Questions = append(r.Questions, r.figures(n-1))
	}
	return r, nil
}

// figures are those of question i.
func (r *QuizResults) figures(i int) QuizFigures {
	y, q := r.Tallies[i], &r.Set.Questions[i]
	f := QuizFigures{Answers: y.Total, Difficulty: -1}
	if !q.keyed() || y.Total == 0 {
		return f
	}
	f.Difficulty = float64(y.Right) / float64(y.Total)
	right := map[string]bool{}
	for _, name := range y.Rights {
		right[name] = true
	}
	var who []QuizPlace // who answered, the best in all first
	for _, p := range r.Places {
		if _, answered := y.Points[p.Name]; answered {
			who = append(who, p)
		}
	}
	sort.SliceStable(who, func(a, b int) bool { return who[a].Right > who[b].Right })
	if f.Known = len(who) >= leastForDiscrimination; f.Known {
		group := max(1, len(who)*27/100)
		for k := range group {
			if right[who[k].Name] {
				f.Discrimination++
			}
			if right[who[len(who)-1-k].Name] {
				f.Discrimination--
			}
		}
		f.Discrimination /= float64(group)
	}
	return f
}

// Table is the results as columns and rows: a row for each person, then the figures of each question.
func (r *QuizResults) Table() (columns []string, rows [][]string) {
	columns = []string{"Place", "Name in the quiz", "Reference", "Country", "Points", "Right"}
	for i := range r.Answers {
		columns = append(columns, fmt.Sprintf("%d. %s", i+1, r.Set.Questions[i].Ask))
	}
	for _, p := range r.Places {
		row := []string{fmt.Sprint(p.Place), p.Alias, p.Ref, p.Country, fmt.Sprint(p.Points), fmt.Sprint(p.Right)}
		for i := range r.Answers {
			row = append(row, r.cell(i, p.Name))
		}
		rows = append(rows, row)
	}
	key, answers, difficulty, discrimination := r.line("Right answer"), r.line("Answers"), r.line("Share right (difficulty)"), r.line("Discrimination")
	for i, f := range r.Questions {
		key = append(key, r.Set.Questions[i].Right())
		answers = append(answers, fmt.Sprint(f.Answers))
		difficulty = append(difficulty, figure(f.Difficulty, f.Difficulty >= 0))
		discrimination = append(discrimination, figure(f.Discrimination, f.Known))
	}
	return columns, append(rows, key, answers, difficulty, discrimination)
}

func (r *QuizResults) line(what string) []string { return []string{"", what, "", "", "", ""} }

func (r *QuizResults) cell(i int, name string) string {
	a, ok := r.Answers[i][name]
	if !ok || a.Choice == "" {
		return ""
	}
	q := &r.Set.Questions[i]
	text := a.Choice
	if q.chosen() {
		text = strings.ToUpper(text)
	}
	switch {
	case !q.keyed():
		return text
	case q.Grade(a.Choice) == 1:
		return text + " ✓"
	}
	return text + " ✗"
}

func figure(value float64, known bool) string {
	if !known {
		return ""
	}
	return fmt.Sprintf("%.2f", value)
}
