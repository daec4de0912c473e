package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"olle/flows"
)

// Before the evaluation is closed the console has the number of sheets and nothing else; afterwards bars with their numbers, and the
// drafted report.
func TestResultsInTheConsole(t *testing.T) {
	o := openOffice(t)
	o.says("telegram:boss", "/start")
	o.member("telegram:anna", "read")
	boss, anna := o.signedIn("telegram:boss"), o.signedIn("telegram:anna")
	if page := boss.get("/results"); strings.Contains(page.body, "Close the evaluation") || !strings.Contains(page.body, "It opens") {
		t.Errorf("the evaluation can be closed before it opens:\n%s", text(page.body))
	}
	expect(t, boss.does("/results/act", "what", "close", "sure", "yes"), http.StatusOK, "Nothing was changed")
	for key, value := range map[string]string{"evaluation.opens": "2020-02-01 09:00", "session.opening": "2020-03-31 09:00-10:00 | lecture | <b>Opening</b> | Hall A"} {
		expect(t, boss.does("/event", "key", key, "value", value), http.StatusOK)
	}
	for i := range 5 {
		who := flows.Address(fmt.Sprint("telegram:3", i))
		for _, line := range []string{"/feedback", "I agree", "4", "yes", "yes", "yes", "yes", "1", "done", "4", "4", "4", "4", "4", fmt.Sprint("<script>remark ", i, "</script>"), "skip", "yes"} {
			o.says(who, line)
		}
	}
	page := anna.get("/results")
	expect(t, page, http.StatusOK, "5 handed in", "&lt;b&gt;Opening&lt;/b&gt;")
	if strings.Contains(page.body, "remark") || strings.Contains(page.body, "mean") {
		t.Error("results show before the evaluation is closed")
	}
	expect(t, anna.does("/results/act", "what", "close"), http.StatusForbidden)
	expect(t, boss.does("/results/act", "what", "close"), http.StatusOK, "Close the evaluation for good?", "cannot be opened again")
	expect(t, anna.get("/results"), http.StatusOK, "5 handed in") // nothing is closed by one click
	expect(t, boss.does("/results/act", "what", "close", "sure", "yes"), http.StatusOK, "Done.")
	expect(t, anna.get("/results"), http.StatusOK, "5 sheets", "mean 4.0", "&lt;script&gt;remark 0", `class="bar"`)
	expect(t, boss.does("/results/act", "what", "certify"), http.StatusOK, "Release the certificates?")
	if strings.Contains(boss.get("/results").body, "Released.") {
		t.Error("one click releases the certificates")
	}
	expect(t, boss.does("/results/act", "what", "certify", "sure", "yes"), http.StatusOK, "Released.")
	for format, begins := range map[string]string{"docx": "PK", "pdf": "%PDF-", "txt": "Enhancing"} {
		if out := boss.post("/results/report", boss.form("format", format)); out.status != http.StatusOK || !strings.HasPrefix(out.body, begins) {
			t.Errorf("%s: %d %.40q", format, out.status, out.body)
		}
	}
	expect(t, boss.get("/trail"), http.StatusOK, "report", "evaluation closed", "certificates released")
}
