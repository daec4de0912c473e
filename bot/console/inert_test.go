package console_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"olle/flows"
	"olle/storage"
)

const script = `<script>alert(1)</script>"><img src=x onerror=alert(2)>`

var ours = regexp.MustCompile(`<script src="/console/assets/console\.js\?v=[0-9a-f]+" defer></script>|<img src="/console/assets/icon\.svg\?v=[0-9a-f]+"`)

// What somebody writes into a name, a file, a help request, a note or an announcement is shown as text, on every page.
func TestScriptsAreShownAndNeverRun(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, script, script, "Kathmandu", "Nepal")
	o.sends(nina, `<img src=x onerror=alert(3)>.pdf`, "cv")
	o.says(nina, "/human "+script)
	o.says("telegram:boss", "/start")
	b := o.signedIn("telegram:boss")
	o.eventually("the list knows her", func() bool { return strings.Contains(b.get("/applicants").body, "alert(1)") })
	p := o.person(nina)
	at := "/applicants/" + name(p)
	b.does(at+"/note", "text", script)
	b.does(at+"/item", "upload", p.Items["cv"].ID, "state", "returned", "reason", script)
	b.does("/announcements/save", "text", script, "label0", `"><script>`, "value0", "https://example.org/"+`"><script>alert(4)</script>`)
	list := b.get("/announcements").body
	id := regexp.MustCompile(`/console/announcements/(a[0-9a-f]+)`).FindStringSubmatch(list)
	if id == nil {
		t.Fatal(text(list))
	}
	pages := []string{"/", "/applicants", "/applicants?q=" + "%22%3E%3Cscript%3Ealert(5)%3C/script%3E", at, "/help", "/help/" + p.Help[0], "/announcements", "/announcements/" + id[1],
		"/announcements/" + id[1] + "/edit", "/decisions", "/decisions/" + name(p), "/trail?who=%3Cscript%3E", "/event?text=%3Cscript%3E", "/team", "/sessions", "/?said=%3Cscript%3E"}
	for _, path := range pages {
		s := b.get(path)
		body := ours.ReplaceAllString(s.body, "")
		if s.status != http.StatusOK || strings.Contains(body, "<script") || strings.Contains(body, "<img") {
			t.Errorf("%s (%d) has markup that somebody wrote", path, s.status)
		}
		csp := s.header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") ||
			s.header.Get("X-Content-Type-Options") != "nosniff" || s.header.Get("Referrer-Policy") != "no-referrer" || s.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", path, s.header)
		}
	}
	if s := b.get(at); !strings.Contains(s.body, "&lt;script&gt;alert(1)") {
		t.Error("the name is not shown as it was written")
	}
	csv := b.post("/applicants/export", b.form("format", "csv"))
	expect(t, csv, http.StatusOK, "VCA20-")
	if csv.header.Get("Content-Disposition") == "" {
		t.Error("the table is shown, not saved")
	}
	xlsx := b.post("/applicants/export", b.form("format", "xlsx"))
	expect(t, xlsx, http.StatusOK, "PK")
	expect(t, b.get("/trail?what=export"), http.StatusOK, "list of applicants, csv, 1 people")
}

func TestMovingTheDeadlineIsAskedTwice(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.says("telegram:boss", "/start")
	b := o.signedIn("telegram:boss")
	expect(t, b.does("/event", "key", "deadline", "value", "2020-02-21 23:59 (Monday)"), http.StatusUnprocessableEntity, "is a Friday")
	expect(t, b.does("/event", "key", "deadline", "value", "2020-02-21 23:59 (Friday)"), http.StatusOK, "Move the deadline?", "Friday 21 February 2020, 23:59:59 KST", "1 applicants")
	expect(t, b.get("/event"), http.StatusOK, "2020-02-14T23:59:59")
	expect(t, b.does("/event", "key", "deadline", "value", "2020-02-21T23:59:59+09:00", "sure", "yes"), http.StatusOK, "Changed.", "2020-02-21T23:59:59")
	expect(t, b.does("/event", "key", "text.welcome.short", "value", "Hello {nobody}"), http.StatusUnprocessableEntity, "cannot use {nobody}")
	expect(t, b.does("/event", "key", "text.page.ask", "value", "Ask now"), http.StatusUnprocessableEntity, "part of the web page")
	expect(t, b.get("/trail"), http.StatusOK, "set deadline")
	expect(t, b.does("/event", "key", "help.canned.", "name", "visa", "value", "No visa fee is covered."), http.StatusOK, "!visa", "No visa fee is covered.")
}

func TestInvitationsAreShownOnceAndCanBeWithdrawn(t *testing.T) {
	o := openOffice(t)
	o.says("telegram:boss", "/start")
	b := o.signedIn("telegram:boss")
	form := b.form("right", "send")
	s := b.post("/team/invite", form)
	expect(t, s, http.StatusOK, "Invitation: the right to send")
	code := regexp.MustCompile(`/code ([A-Z2-9-]{9})`).FindStringSubmatch(s.body)
	again := b.post("/team/invite", form)
	if code == nil || !strings.Contains(again.body, code[1]) {
		t.Fatal("the form sent again shows another code")
	}
	if page := b.get("/team").body; strings.Contains(page, code[1]) || strings.Contains(page, strings.ReplaceAll(code[1], "-", "")) {
		t.Error("the code is shown again")
	}
	id := regexp.MustCompile(`name="id" value="([0-9a-f]{64})"`).FindStringSubmatch(b.get("/team").body)
	if id == nil {
		t.Fatal("the invitation is not listed")
	}
	expect(t, b.does("/team/withdraw", "id", id[1]), http.StatusOK, "withdrawn")
	const eve = flows.Address("telegram:eve")
	o.says(eve, "/start")
	o.says(eve, "/code "+code[1])
	if len(o.person(eve).Rights) > 0 {
		t.Error("a withdrawn invitation gives a right")
	}
}

// When the trail's time is over, the console shows it no more.
func TestTheTrailEndsInTheConsoleToo(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.says("telegram:boss", "/start")
	b := o.signedIn("telegram:boss")
	expect(t, b.post("/applicants/export", b.form("format", "csv")), http.StatusOK, "VCA20-")
	expect(t, b.get("/trail"), http.StatusOK, "list of applicants, csv")
	docs, err := o.store.List(t.Context(), flows.AuditKey, "", 100)
	must(t, err)
	var gone []storage.Doc
	for _, d := range docs {
		gone = append(gone, storage.Doc{Key: d.Key})
	}
	_, err = o.store.Commit(t.Context(), storage.Batch{Put: gone, Now: o.clock.Now()})
	must(t, err)
	if page := b.get("/trail"); strings.Contains(page.body, "list of applicants") {
		t.Error("what the store has no more is still shown")
	}
}
