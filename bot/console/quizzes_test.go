package console_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"olle/flows"
)

// A quiz is hosted from the console: its lobby, a question, the end, and the results as a table.
func TestAQuizHostedFromTheConsole(t *testing.T) {
	o := openOffice(t)
	o.member("telegram:host", flows.MaySend, flows.MayDocuments)
	b := o.signedIn("telegram:host")
	b.does("/quizzes/start", "quiz", "module4-cooperation", "untimed", "yes")
	found := regexp.MustCompile(`/console/quizzes/([A-Z]{4})`).FindStringSubmatch(b.get("/quizzes").body)
	if found == nil {
		t.Fatalf("no quiz is listed: %s", b.get("/quizzes").body)
	}
	code := found[1]
	o.says("telegram:1", "/quiz "+code)
	act := func(number, what string) {
		t.Helper()
		o.caused()
		b.does("/quizzes/"+code+"/act", "number", number, "act", what)
		for _, u := range o.caused() {
			o.settled(u.ID)
		}
	}
	act("0", "open")
	o.eventually("the player is asked", func() bool { return strings.Contains(o.net.heard("telegram:1"), "Question 1 of 5") })
	o.says("telegram:1", "within regions")
	if heard := o.net.heard("telegram:1"); !strings.Contains(heard, "Your answer: B. Within regions") {
		t.Errorf("the player heard %s", heard)
	}
	act("0", "lock") // a page from before the question
	expect(t, b.get("/quizzes/"+code), http.StatusOK, "open, question 1 of 5")
	act("1", "reveal")
	act("1", "end")
	expect(t, b.get("/quizzes/"+code), http.StatusOK, "ended")
	table := b.post("/quizzes/"+code+"/results", b.form("format", "csv"))
	if !strings.Contains(table.body, "B ✓") || !strings.Contains(table.body, o.person("telegram:1").Ref) {
		t.Errorf("the results are %q", table.body)
	}
}

// A spreadsheet is brought in the console: mistakes by cell, then the quiz.
func TestAQuizFromASpreadsheetInTheConsole(t *testing.T) {
	o := openOffice(t)
	o.member("telegram:host", flows.MaySend)
	b := o.signedIn("telegram:host")
	bring := func(text string) seen {
		t.Helper()
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for key, values := range b.form("name", "ours", "title", "Our own") {
			must(t, form.WriteField(key, values[0]))
		}
		file, err := form.CreateFormFile("file", "quiz.csv")
		must(t, err)
		_, err = file.Write([]byte(text))
		must(t, err)
		must(t, form.Close())
		r, err := http.NewRequest(http.MethodPost, b.base+"/quizzes/save", &body)
		must(t, err)
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Header.Set("Origin", strings.TrimSuffix(b.base, "/console"))
		return b.do(r)
	}
	const head = "Question,Answer 1,Answer 2,Correct answer(s)\n"
	expect(t, bring(head+"Which?,This,That,7\n"), http.StatusUnprocessableEntity, "D2", "is no answer of this row")
	if s := bring(head + "Which?,This,That,2\n"); s.status != http.StatusSeeOther {
		t.Fatalf("%d %s", s.status, s.body)
	}
	expect(t, b.get("/quizzes"), http.StatusOK, "Our own (1)")
	o.says("telegram:host", "/quizhost start ours")
	if heard := o.net.heard("telegram:host"); !strings.Contains(heard, "Our own: the lobby is open") {
		t.Errorf("the host heard %s", heard)
	}
}
