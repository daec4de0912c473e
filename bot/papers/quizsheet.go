package papers

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"olle/flows"
)

// CellError is something in a spreadsheet that cannot be used, and where.
type CellError struct {
	Cell    string // "C7"; "" the sheet as a whole
	Message string
}

// Error is "C7: message".
func (e CellError) Error() string {
	if e.Cell == "" {
		return e.Message
	}
	return e.Cell + ": " + e.Message
}

// CellErrors is everything wrong with a spreadsheet, in reading order. As an error it prints one line each.
type CellErrors []CellError

// Error prints one mistake a line.
func (all CellErrors) Error() string {
	lines := make([]string, len(all))
	for i, e := range all {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Bounds of a spreadsheet that is read: nobody writes larger quizzes by hand.
const (
	maxSheet     = 4 << 20
	maxUnzipped  = 32 << 20
	maxQuestions = 300
)

// ReadQuizSheet reads a quiz from a workbook (its first sheet) or from CSV. It knows the columns by their headings, wherever the heading row
// stands: those of Kahoot's template ("Question", "Answer 1" to "Answer 4", "Time limit", "Correct answer(s)": numbers), those of ClassQuiz's
// ("Question", "Answer A" …, with "Correct", letters or numbers), and beside them "Type", "Explanation" and "Source". More answers
// are more columns. The error is CellErrors, all of them; the questions that could be read come with it.
func ReadQuizSheet(data []byte, name, title string) (*flows.QuizSet, error) {
	set := &flows.QuizSet{Name: name, Title: title, Rules: flows.QuizRules{Mode: "accuracy", Names: "chosen", Top: 3}}
	rows, err := sheetRows(data)
	if err != nil {
		return set, CellErrors{{Message: err.Error()}}
	}
	sheet := quizSheet{columns: map[string]int{}}
	from := sheet.heading(rows)
	if from < 0 {
		return set, CellErrors{{Message: "there is no heading row: a row with \"Question\", \"Answer 1\", \"Answer 2\" … and \"Correct answer(s)\""}}
	}
	for i, row := range rows[from+1:] {
		if q, ok := sheet.question(from+1+i, row); ok {
			set.Questions = append(set.Questions, q)
		}
		if len(set.Questions) > maxQuestions {
			sheet.add(from+1+i, 0, "more than %d questions", maxQuestions)
			break
		}
	}
	if len(set.Questions) == 0 && len(sheet.wrong) == 0 {
		sheet.wrong = append(sheet.wrong, CellError{Message: "there is no question under the heading row"})
	}
	if len(sheet.wrong) > 0 {
		return set, sheet.wrong
	}
	return set, nil
}

// sheetRows reads the cells, of either kind of file.
func sheetRows(data []byte) ([][]string, error) {
	if len(data) > maxSheet {
		return nil, fmt.Errorf("the file is larger than %d MB", maxSheet>>20)
	}
	if bytes.HasPrefix(data, []byte("PK")) {
		f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped, RawCellValue: true, TmpDir: "\x00"})
		if err != nil {
			return nil, errors.New("the workbook cannot be read: save it as .xlsx once more, without a password")
		}
		defer f.Close()
		rows, err := f.GetRows(f.GetSheetName(0), excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, errors.New("the first sheet cannot be read: save the workbook once more")
		}
		return rows, nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	first, _, _ := bytes.Cut(data, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		r.Comma = ';'
	} else if bytes.Count(first, []byte("\t")) > bytes.Count(first, []byte(",")) {
		r.Comma = '\t'
	}
	var rows [][]string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("the text cannot be read as a table: %w", err)
		}
		for line, _ := r.FieldPos(0); len(rows) < line-1 && len(rows) < 10*maxQuestions; {
			rows = append(rows, nil) // the reader passes over empty lines; cells are named by their line
		}
		rows = append(rows, row)
	}
}

// quizSheet reads rows by their headings.
type quizSheet struct {
	columns map[string]int // "question", "correct", "time", "type", "explain", "source"
	answers []int          // columns of the options, in order
	wrong   CellErrors
}

var answerHeading = regexp.MustCompile(`^(answer|option|choice)s?\s*[0-9a-z]{1,2}\b`)

// heading finds the heading row, -1: there is none.
func (s *quizSheet) heading(rows [][]string) int {
	for i, row := range rows[:min(len(rows), 30)] {
		columns, answers := map[string]int{}, []int(nil)
		for c, text := range row {
			name := strings.ToLower(strings.Join(strings.Fields(text), " "))
			for _, known := range [][]string{{"question", "question"}, {"correct", "correct"}, {"time", "time"}, {"type", "type"}, {"explain", "explanation"},
				{"source", "source"}, {"correct", "right answer"}, {"time", "seconds"}} {
				if _, taken := columns[known[0]]; !taken && strings.HasPrefix(name, known[1]) && name != "question type" {
					columns[known[0]] = c
				}
			}
			if name == "question type" {
				columns["type"] = c
			}
			if answerHeading.MatchString(name) {
				answers = append(answers, c)
			}
		}
		_, asks := columns["question"]
		if _, right := columns["correct"]; asks && right && len(answers) > 0 {
			s.columns, s.answers = columns, answers
			return i
		}
	}
	return -1
}

func (s *quizSheet) add(row, column int, format string, args ...any) {
	cell, _ := excelize.CoordinatesToCellName(column+1, row+1)
	s.wrong = append(s.wrong, CellError{cell, fmt.Sprintf(format, args...)})
}

// text is the cell of a column, "" where there is none.
func (s *quizSheet) text(row []string, name string) string {
	c, ok := s.columns[name]
	if !ok || c >= len(row) {
		return ""
	}
	return clean(row[c])
}

func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\n' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, s))
}

// question reads a row; false: it is empty, or what is wrong with it was noted.
func (s *quizSheet) question(n int, row []string) (q flows.QuizQuestion, ok bool) {
	before := len(s.wrong)
	q = flows.QuizQuestion{Ask: s.text(row, "question"), Type: strings.ToLower(s.text(row, "type")), Explain: s.text(row, "explain"), Source: s.text(row, "source")}
	letters := map[int]int{} // number of the column among the answers → place among the options
	for i, c := range s.answers {
		if c < len(row) && clean(row[c]) != "" {
			letters[i+1] = len(q.Options)
			if slices.Contains(q.Options, clean(row[c])) {
				s.add(n, c, "the answer %q stands twice in this row", clean(row[c]))
			}
			q.Options = append(q.Options, clean(row[c]))
		}
	}
	correct := s.text(row, "correct")
	if q.Ask == "" && len(q.Options) == 0 && correct == "" {
		return q, false
	}
	if q.Ask == "" {
		s.add(n, s.columns["question"], "the question has no words")
	}
	s.key(n, &q, correct, letters)
	s.seconds(n, &q, row)
	if wrong := q.Check(); wrong != "" && len(s.wrong) == before {
		s.add(n, s.columns["question"], "%s", wrong)
	}
	return q, len(s.wrong) == before
}

// key reads which answers are right: "1,3", "A C", "all", or an answer's own words.
func (s *quizSheet) key(n int, q *flows.QuizQuestion, correct string, letters map[int]int) {
	if q.Type == "opinion" || q.Type == "poll" {
		q.Type = "opinion"
		return
	}
	parts := strings.FieldsFunc(correct, func(r rune) bool { return strings.ContainsRune(",; /&+", r) })
	if i := slices.Index(q.Options, correct); i >= 0 {
		parts = []string{strconv.Itoa(keyOf(letters, i))}
	}
	for _, p := range parts {
		number, err := strconv.Atoi(strings.TrimSuffix(p, ".0"))
		if err != nil && len(p) == 1 {
			number = int(strings.ToLower(p)[0]-'a') + 1
		}
		place, ok := letters[number]
		if !ok {
			s.add(n, s.columns["correct"], "%q is no answer of this row: write its number, as 1 or 1,3", p)
			return
		}
		if letter := flows.Letter(place); !strings.Contains(q.Key, letter) {
			q.Key += letter
		}
	}
	if len(parts) == 0 {
		s.add(n, s.columns["correct"], "no answer is right: write its number, as 1 or 1,3")
	}
	if len(q.Options) < 2 {
		s.add(n, s.answers[0], "a question needs at least two answers")
	}
	switch key := []byte(q.Key); {
	case q.Type == "" || q.Type == "quiz" || q.Type == "multiple choice":
		if q.Type = "single"; len(q.Key) > 1 {
			q.Type = "several"
		}
		slices.Sort(key)
		q.Key = string(key)
	case q.Type != "single" && q.Type != "several":
		s.add(n, s.columns["type"], "the type %q cannot be brought by spreadsheet: single, several or opinion", q.Type)
	}
}

func keyOf(letters map[int]int, place int) int {
	for number, p := range letters {
		if p == place {
			return number
		}
	}
	return 0
}

// seconds reads the time limit.
func (s *quizSheet) seconds(n int, q *flows.QuizQuestion, row []string) {
	text := s.text(row, "time")
	if text == "" {
		return
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(text, "s"), "sec")), 64)
	if err != nil || seconds < 5 || seconds > 600 {
		s.add(n, s.columns["time"], "%q is no time limit: a number of seconds from 5 to 600", text)
		return
	}
	q.Seconds = int(seconds)
}
