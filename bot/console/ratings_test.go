package console_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"olle/bot"
	"olle/flows"
)

// rated lets four people rate, of whom all but one agree to show their country.
func (o *office) rated(upTo int) {
	o.says("telegram:boss", "/rating open")
	for i := range upTo {
		who := flows.Address(fmt.Sprint("telegram:2", i))
		for _, line := range []string{"/rate", "I agree", "1", "2", "3", "4", "5", fmt.Sprint(1 + i), "5", "country", []string{"Nepal", "Cambodia", "Mongolia", "Maldives", "Thailand"}[i]} {
			o.says(who, line)
		}
	}
}

// Before the reveal the console has no more than a number; after it the chart and the table say the same, and the export says that it is internal.
func TestRatingsInTheConsole(t *testing.T) {
	o := openOffice(t)
	o.says("telegram:boss", "/start")
	o.member("telegram:anna", "read")
	boss, anna := o.signedIn("telegram:boss"), o.signedIn("telegram:anna")
	expect(t, boss.get("/ratings"), http.StatusOK, "CityShare", "not begun", "template")
	expect(t, boss.does("/ratings/cityshare/act", "what", "open"), http.StatusOK, "People rate with /rate")
	o.rated(2)
	expect(t, boss.get("/ratings/cityshare"), http.StatusOK, "2 have rated", "It takes 3", "Not revealed yet")
	o.rated(5)
	before := anna.get("/ratings/cityshare").body
	if strings.Contains(before, "Nepal") || strings.Contains(before, "<svg viewBox") {
		t.Error("something shows before the reveal")
	}
	expect(t, boss.does("/ratings/cityshare/export", "format", "csv"), http.StatusNotFound)
	expect(t, anna.does("/ratings/cityshare/act", "what", "reveal"), http.StatusForbidden)
	expect(t, boss.does("/ratings/cityshare/act", "what", "reveal"), http.StatusOK, "is being told")
	page := anna.get("/ratings/cityshare")
	expect(t, page, http.StatusOK, "Furthest apart: Awareness raising", "Nepal", "Maldives", "<svg viewBox", "Everybody, mean")
	if n := strings.Count(page.body, "stroke-dasharray"); n != 12 {
		t.Errorf("%d lines in chart and legend", n)
	}
	if strings.Contains(page.body, "NaN") || strings.Contains(page.body, "ZgotmplZ") {
		t.Error("the chart is broken")
	}
	out := boss.post("/ratings/cityshare/export", boss.form("format", "csv"))
	if out.status != http.StatusOK || strings.Count(out.body, flows.Internal) != 1+7+5*7 || !strings.Contains(out.header.Get("Content-Disposition"), "internal.csv") {
		t.Errorf("%d %s\n%s", out.status, out.header, out.body)
	}
	expect(t, boss.get("/trail"), http.StatusOK, "rating revealed", "internal, csv")
	expect(t, boss.get("/ratings/nothing"), http.StatusNotFound)
	expect(t, boss.does("/ratings/cityshare/act", "what", "burn"), http.StatusBadRequest)
}

// The dashboard counts what authors say, and what is printed is text and nothing else.
func TestPlansInTheConsole(t *testing.T) {
	o := openOffice(t)
	o.says("telegram:boss", "/start")
	boss := o.signedIn("telegram:boss")
	expect(t, boss.get("/plans"), http.StatusOK, "Nobody has finished a plan yet")
	for _, line := range []string{"/plan", "I agree", "Use <script>alert(1)</script> one checklist", "training", "Kathmandu", "30 November 2020", "200 officers trained",
		"Agree on it", "skip", "Training unit", "skip", "5.2", "everybody who takes part", "/plan stuck", "No money yet"} {
		o.says("telegram:20", line)
	}
	expect(t, boss.get("/plans"), http.StatusOK, "1 plans, 1 shared", "stuck", "No money yet", "Target 5.2")
	s := boss.get("/plans/print")
	expect(t, s, http.StatusOK, "Responsible", "Training unit", "&lt;script&gt;")
	if strings.Contains(s.body, "<script>alert") {
		t.Error("what was typed runs")
	}
}

// The files that chats carry: a plan to print, and the table of a rating once it is revealed.
func TestPlanAndRatingAsFiles(t *testing.T) {
	o := openOffice(t)
	o.says("telegram:boss", "/start")
	shelf := &bot.Shelf{Store: o.store, Event: o.book.Current, Clock: o.clock}
	read := func(handle string) (string, error) {
		r, err := shelf.Open(t.Context(), flows.File{Handle: handle})
		if err != nil {
			return "", err
		}
		defer r.Close()
		b, err := io.ReadAll(r)
		return string(b), err
	}
	o.rated(3)
	for _, handle := range []string{flows.HandoutRating + "cityshare", flows.HandoutRating + "nothing", flows.HandoutPlan + flows.PersonID("telegram:20")} {
		if _, err := read(handle); err == nil {
			t.Errorf("%s is handed out too early", handle)
		}
	}
	o.says("telegram:boss", "/rating reveal")
	if b, err := read(flows.HandoutRating + "cityshare"); err != nil || !strings.HasPrefix(b, "PK") {
		t.Error(len(b), err)
	}
	for _, line := range []string{"/plan", "All officers use one checklist.", "training", "Kathmandu", "30 November 2020", "200 officers trained",
		"Agree on it", "skip", "Training unit", "skip", "5.2", "everybody who takes part"} {
		o.says("telegram:20", line)
	}
	if b, err := read(flows.HandoutPlan + flows.PersonID("telegram:20") + ".pdf"); err != nil || !strings.HasPrefix(b, "%PDF-") {
		t.Error(len(b), err)
	}
	if b, err := read(flows.HandoutPlan + flows.PersonID("telegram:20")); err != nil || !strings.Contains(b, "By when: 30 November 2020 (Monday)\n") {
		t.Error(b, err)
	}
}
