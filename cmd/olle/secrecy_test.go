package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	reference = regexp.MustCompile(`VCA20-[A-Z0-9]{6}`)
	clockTime = regexp.MustCompile(`\d{1,2}:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?`)
	timeStamp = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)`)
	linkCode  = regexp.MustCompile(`\b[A-Z2-9]{4}-[A-Z2-9]{4}\b`)
	formNames = regexp.MustCompile(`name="(token|once)" value="[0-9a-f]+"`)
)

// candidate is a visitor whose answers are looked at as bytes.
type candidate struct {
	*visitor
	ref string
}

// raw says something and returns the answer as it came, without what is the applicant's own: session, reference, codes, the time of day.
func (a *candidate) raw(field, value string) string {
	a.t.Helper()
	a.n++
	body, _ := json.Marshal(map[string]string{"session": a.session, "id": fmt.Sprintf("m%d", a.n), field: value})
	for {
		r, err := http.Post(a.base+"/api/chat", "application/json", bytes.NewReader(body))
		if err != nil || r.StatusCode != http.StatusTooManyRequests {
			return a.plain(r, err)
		}
		r.Body.Close()
		time.Sleep(200 * time.Millisecond) // the talk's own rate
	}
}

func (a *candidate) plain(r *http.Response, err error) string {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	seen := fmt.Sprintf("%d %s\n%s", r.StatusCode, r.Header.Get("Content-Type"), body)
	seen = strings.ReplaceAll(strings.ReplaceAll(seen, a.session, "SESSION"), a.ref, "REF")
	seen = linkCode.ReplaceAllString(seen, "CODE")
	return clockTime.ReplaceAllString(timeStamp.ReplaceAllString(seen, "TIME"), "TIME")
}

// everything is all that an applicant can ask and open: words, commands, buttons that exist and that might, pages.
func (a *candidate) everything() map[string]string {
	seen := map[string]string{}
	for _, text := range []string{"Am I selected?", "Was I rejected?", "What is my place on the waiting list?", "When do we hear the results?", "/status", "/start", "/help", "/documents",
		"/deadline", "/reminders", "/programme", "/certificate", "/quiz", "/attend", "/feedback", "/plan", "/code AAAA-BBBB", "/decide", "/stats", "/missing", "/console",
		"/invite read", "I confirm my seat", "I withdraw", "/mydata", "/repeat", "/link", "/cancel"} {
		seen[text] = a.raw("text", text)
	}
	for _, choice := range []string{"seat/confirm", "seat/decline", "seat/ask/confirm", "seat/answer/yes", "decision/set", "/decide release now", "after/checklist/registration"} {
		seen["tap "+choice] = a.raw("choice", choice)
	}
	seen["history"] = a.plain(http.Get(a.base + "/api/chat/history?session=" + url.QueryEscape(a.session)))
	seen["file"] = a.plain(http.PostForm(a.base+"/api/chat/file", url.Values{"session": {a.session}, "id": {"3"}}))
	for _, path := range []string{"/", "/hand-in?code=0123456789abcdef", "/console/", "/console/decisions", "/console/applicants", "/healthz", "/screen/AAAA", "/api/decision"} {
		seen[path] = a.plain(http.Get(a.base + path))
	}
	return seen
}

// Four people who did the same, of whom one is selected, one declined, one on the waiting list and one undecided: whatever they say or
// open over the web, they see the same bytes; and after the release all but the selected one still do.
func TestDecisionsShowInNothing(t *testing.T) {
	t.Parallel()
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00", "OLLE_AGE_RECIPIENTS": ageKey(t)}
	s := startServe(t, env)
	enters := func() *visitor { return &visitor{t: t, base: s.base, log: s.log} }
	states := []string{"selected", "declined", "waiting 1", ""}
	var all []*candidate
	for range states {
		a := &candidate{visitor: enters()}
		for _, line := range []string{"/apply", "I agree", "For myself", "Nina Rai", "Ministry", "Head", "government", "senior", "9", "Kathmandu", "Kathmandu", "Nepal", "nina@example.org"} {
			a.say(line)
		}
		a.ref = reference.FindString(a.say("/status").text())
		if a.ref == "" {
			t.Fatal("no reference")
		}
		all = append(all, a)
	}
	member := func(right string) *visitor {
		v := enters()
		code, out, errs := olle(t, env, "", "invite", "-role", right)
		if code != exitOK {
			t.Fatal(errs)
		}
		first, _, _ := strings.Cut(out, "\n")
		v.say("/start")
		expect(t, v.say("/code "+first), right)
		return v
	}
	judge, reader, clerk := member("decide"), member("read"), member("documents")
	before := map[string]string{"reader": pagesOf(t, s.base, reader, all), "clerk": pagesOf(t, s.base, clerk, all)}
	for i, state := range states {
		if state != "" {
			expect(t, judge.say("/decide "+all[i].ref+" "+state), "Nina Rai")
		}
	}
	eventually(t, "the decisions are on record", func() bool {
		page := signedIn(t, s.base, judge).page("/decisions")
		return strings.Contains(page, "selected") && strings.Contains(page, "declined")
	})
	for who, v := range map[string]*visitor{"reader": reader, "clerk": clerk} {
		if after := pagesOf(t, s.base, v, all); after != before[who] {
			t.Errorf("pending decisions show to the %s: %s", who, difference(before[who], after))
		}
	}

	same(t, "before the release", all)
	judge.say("/decide release")
	judge.tap("/decide release now")
	eventually(t, "the selected one hears it", func() bool { return strings.Contains(all[0].history(), "have selected you") })
	same(t, "after the release", all[1:])
	if strings.Contains(s.log.String(), "declined") {
		t.Error("the log tells who is declined")
	}
}

// same lets everybody ask everything in turn, and compares.
func same(t *testing.T, when string, all []*candidate) {
	t.Helper()
	first := all[0].everything()
	for i, a := range all[1:] {
		for what, got := range a.everything() {
			if got != first[what] {
				t.Errorf("%s, %q is answered differently to number %d: %s", when, what, i+1, difference(first[what], got))
			}
		}
	}
}

// difference shows where two texts part.
func difference(a, b string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("…%s… and …%s…", a[max(0, i-80):min(len(a), i+80)], b[max(0, i-80):min(len(b), i+80)])
		}
	}
	return fmt.Sprintf("%d bytes and %d", len(a), len(b))
}

// guest is a browser signed in to the console.
type guest struct {
	t      *testing.T
	base   string
	client *http.Client
}

// signedIn follows the link somebody gets in the web chat.
func signedIn(t *testing.T, base string, v *visitor) *guest {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{t, base, &http.Client{Jar: jar}}
	code := regexp.MustCompile(`enter\?code=([0-9a-f]{16})`).FindStringSubmatch(v.say("/console").text())
	if code == nil {
		t.Fatal("no link to the console")
	}
	r, err := g.client.PostForm(base+"/console/enter", url.Values{"code": {code[1]}})
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	return g
}

func (g *guest) page(path string) string { return g.read(g.client.Get(g.base + "/console" + path)) }

func (g *guest) read(r *http.Response, err error) string {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return fmt.Sprint(r.StatusCode, " ", string(body))
}

// pagesOf is every page an organiser can look at, with the list as a file, without times and the names of forms. The trail and the
// sessions grow by the looking itself, so of the trail only the kinds of what happened count.
func pagesOf(t *testing.T, base string, v *visitor, all []*candidate) string {
	t.Helper()
	g := signedIn(t, base, v)
	// An answer may be heard before it is on record that it was sent, and the first page counts what waits.
	eventually(t, "nothing waits", func() bool { return strings.Contains(g.page("/"), "No work waits.") })
	var b strings.Builder
	list := g.page("/applicants")
	paths := []string{"/", "/applicants", "/applicants?sort=name", "/announcements", "/help", "/team", "/event", "/decisions"}
	for _, at := range regexp.MustCompile(`href="/console(/applicants/[a-z0-9]+)"`).FindAllStringSubmatch(list, -1) {
		paths = append(paths, at[1])
	}
	if len(paths) < 8+len(all) {
		t.Fatalf("the list of applicants has only %d pages", len(paths))
	}
	for _, path := range paths {
		b.WriteString(path + " " + g.page(path) + "\n")
	}
	trail := g.page("/trail")
	for _, word := range []string{"decision", "scored", "selected"} {
		fmt.Fprintln(&b, word, strings.Contains(trail, word))
	}
	token := regexp.MustCompile(`name="token" value="([0-9a-f]+)"`).FindStringSubmatch(list)
	if token != nil {
		form := url.Values{"token": {token[1]}, "once": {fmt.Sprintf("%032x", time.Now().UnixNano())}, "format": {"csv"}, "query": {""}}
		b.WriteString(g.read(g.client.PostForm(base+"/console/applicants/export", form)))
	}
	plain := formNames.ReplaceAllString(b.String(), "")
	return clockTime.ReplaceAllString(timeStamp.ReplaceAllString(plain, "TIME"), "TIME")
}
