package papers

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

const kahoot = `Quiz template,,,,,,,
Add questions,,,,,,,
,Question - max 120 characters,Answer 1 - max 75 characters,Answer 2 - max 75 characters,Answer 3 - max 75 characters,Answer 4 - max 75 characters,Time limit (sec),Correct answer(s) - choose at least one
1,Which are Ps?,Prevention,Publicity,Protection,,30,"1,3"

2,Where is Jeju?,Korea,Japan,,,20,1
`

const classquiz = "Question;Answer A;Answer B;Answer C;Correct answer;Time;Explanation;Source\nWhat is the 3P approach?;One thing;Three things;;B;60;It has three parts.;Article of 2014\n"

// asWorkbook makes a workbook of the same cells.
func asWorkbook(t *testing.T, text string) []byte {
	t.Helper()
	rows, err := sheetRows([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	f := excelize.NewFile()
	for i, row := range rows {
		for c, cell := range row {
			name, _ := excelize.CoordinatesToCellName(c+1, i+1)
			if err := f.SetCellValue("Sheet1", name, cell); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Both layouts are read, as workbook and as text.
func TestQuizzesFromSpreadsheets(t *testing.T) {
	for name, data := range map[string][]byte{"csv": []byte(kahoot), "xlsx": asWorkbook(t, kahoot)} {
		set, err := ReadQuizSheet(data, "ours", "Ours")
		if err != nil || len(set.Questions) != 2 {
			t.Fatalf("%s: %v %+v", name, err, set)
		}
		if q := set.Questions[0]; q.Type != "several" || q.Key != "ac" || q.Seconds != 30 || len(q.Options) != 3 {
			t.Errorf("%s: %+v", name, q)
		}
		if q := set.Questions[1]; q.Type != "single" || q.Key != "a" || q.Seconds != 20 {
			t.Errorf("%s: %+v", name, q)
		}
	}
	set, err := ReadQuizSheet([]byte(classquiz), "ours", "Ours")
	if err != nil || len(set.Questions) != 1 || set.Questions[0].Key != "b" || set.Questions[0].Source != "Article of 2014" {
		t.Errorf("%v %+v", err, set)
	}
}

// Every mistake is named by its cell, all at once, and the rows that are right are there.
func TestBrokenRowsOfASpreadsheet(t *testing.T) {
	text := `Question,Answer 1,Answer 2,Answer 3,Time limit,Correct answer(s)
Right one,Yes,No,,20,1
No right answer,Yes,No,,20,
,Yes,No,,20,2
Twice,Yes,Yes,,20,1
Odd time,Yes,No,,soon,1
Wrong number,Yes,No,,20,7
One answer,Yes,,,20,1
All right,Yes,No,,20,"1,2"
`
	set, err := ReadQuizSheet([]byte(text), "ours", "Ours")
	var wrong CellErrors
	if !errors.As(err, &wrong) || len(set.Questions) != 1 {
		t.Fatalf("%v %+v", err, set.Questions)
	}
	for _, want := range []string{"F3: no answer is right", "A4: the question has no words", "C5: the answer \"Yes\" stands twice", "E6: \"soon\" is no time limit",
		"F7: \"7\" is no answer", "B8: a question needs at least two", "A9: every option is right"} {
		if !strings.Contains(wrong.Error(), want) {
			t.Errorf("%q is not told:\n%v", want, wrong)
		}
	}
	if len(wrong) != 7 {
		t.Errorf("%d mistakes:\n%v", len(wrong), wrong)
	}
}

// 26 answers are as many as there are letters; 27 are told.
func TestManyAnswers(t *testing.T) {
	for n, fine := range map[int]bool{26: true, 27: false} {
		head, row := "Question", "Which?"
		for i := range n {
			head += fmt.Sprintf(",Answer %d", i+1)
			row += fmt.Sprintf(",number %d", i+1)
		}
		_, err := ReadQuizSheet([]byte(head+",Correct\n"+row+",26\n"), "ours", "Ours")
		if (err == nil) != fine {
			t.Errorf("%d answers: %v", n, err)
		}
	}
}

func FuzzReadQuizSheet(f *testing.F) {
	f.Add([]byte(kahoot))
	f.Add([]byte(classquiz))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := ReadQuizSheet(data, "ours", "Ours")
		for i := range set.Questions {
			if wrong := set.Questions[i].Check(); wrong != "" {
				t.Errorf("question %d of %q: %s (%v)", i, data, wrong, err)
			}
		}
	})
}
