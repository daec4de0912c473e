package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"olle/bot/inspect"
	"olle/storage/bolt"
)

// The last day of a workshop on the web page, with the real program: presence, evaluation, certificate, report. Then the server is
// stopped and everything it has stored, said in its log or exports is searched for what people answered.
func TestTheLastDayOnTheWeb(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := map[string]string{"OLLE_DATA_DIR": dir, "OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-04-03T09:05:00+09:00", "OLLE_AGE_RECIPIENTS": ageKey(t)}
	s := startServe(t, env)
	for _, args := range [][]string{
		{"event", "set", "session.plans", "2020-04-03 09:00-12:00 | presentation | Action plans | Hall A | Tim Howe"},
		{"event", "set", "session.closing", "2020-04-03 13:00-14:00 | lecture | Closing | Hall A"},
		{"event", "set", "evaluation.opens", "2020-04-03 09:00"},
	} {
		if code, _, errs := olle(t, env, "", args...); code != 0 {
			t.Fatalf("%v: %s", args, errs)
		}
	}
	_, invitation, _ := olle(t, env, "", "invite", "-role", "admin")
	host := &visitor{t: t, base: s.base, log: s.log}
	host.say("hello")
	expect(t, host.say("/code "+regexp.MustCompile(`[A-Z2-9]{8}`).FindString(invitation)), "admin")
	shown := host.say("/attendance start")
	code := regexp.MustCompile(`Code: ([A-Z2-9]{6})`).FindStringSubmatch(shown.text())
	if code == nil {
		t.Fatalf("no code: %s", shown.text())
	}
	if _, picture := host.fetch(shown.Messages[0].ID); !bytes.HasPrefix(picture, []byte("\x89PNG")) {
		t.Errorf("the picture for the screen is %.20q", picture)
	}
	var people []*visitor
	for i := range 5 {
		v := &visitor{t: t, base: s.base, log: s.log}
		v.say("/start attend-" + code[1])
		expect(t, v.say("I agree"), "You are marked present: Action plans")
		v.evaluates(fmt.Sprintf("secret remark number %c", 'A'+i))
		people = append(people, v)
	}
	host.say("/results close now")
	expect(t, host.say("/results"), "Useful: Yes 5 (5 answers)", "Satisfied: mean 4.0 of 5 (5 answers)")
	reportsOf(t, host)
	certificateOf(t, s, host, people[0])
	for _, format := range []string{"zip", "csv", "json"} {
		out := filepath.Join(t.TempDir(), "out."+format)
		if code, _, errs := olle(t, env, "", "export", "-out", out); code != 0 {
			t.Fatalf("export: %s", errs)
		}
		if data, err := os.ReadFile(out); err != nil || bytes.Contains(data, []byte("secret remark")) {
			t.Errorf("the export %s holds an answer (%v)", format, err)
		}
	}
	s.stop()
	if strings.Contains(s.log.String(), "secret remark") {
		t.Error("the log holds an answer")
	}
	searched(t, dir)
}

// evaluates hands the evaluation in.
func (v *visitor) evaluates(remark string) {
	v.t.Helper()
	expect(v.t, v.say("/feedback"), "anonymous")
	for _, line := range []string{"4", "yes", "yes", "yes", "yes", "Action plans", "done", "4", "4", "4", "4", "4"} {
		v.say(line)
	}
	expect(v.t, v.say(remark), "Anything else")
	v.say("skip")
	expect(v.t, v.say("yes"), "It is with the others now")
}

// searched looks through every document for what was typed: it is in the pile of sheets and nowhere else.
func searched(t *testing.T, dir string) {
	t.Helper()
	store, err := bolt.Open(filepath.Join(dir, "olle.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	n := 0
	for after := ""; ; {
		docs, err := store.List(context.Background(), "", after, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			n++
			if has := bytes.Contains(d.Data, []byte("secret remark")); has != (d.Key == "evaluation/vca-jeju-2020/evaluation") {
				t.Errorf("%s holds answers: %v", d.Key, has)
			}
			after = d.Key
		}
		if len(docs) < 100 {
			break
		}
	}
	if n < 20 {
		t.Errorf("only %d documents were searched", n)
	}
}

// reportsOf fetches the drafted report in each format.
func reportsOf(t *testing.T, host *visitor) {
	t.Helper()
	for _, format := range []string{"text", "docx", "pdf"} {
		r := host.say("/report " + format)
		_, paper := host.fetch(r.Messages[0].ID)
		if format == "text" {
			if !bytes.Contains(paper, []byte("All those who answered agreed that the course was useful (5 of 5).")) {
				t.Errorf("the report:\n%s", paper)
			}
			continue
		}
		_, err := inspect.File(context.Background(), bytes.NewReader(paper), inspect.Rules{Types: []string{format}}, func(r io.Reader) error {
			_, err := io.Copy(io.Discard, r)
			return err
		})
		if err != nil {
			t.Errorf("the report as %s: %v", format, err)
		}
	}
}

// certificateOf gives somebody a certificate and checks it as a stranger would.
func certificateOf(t *testing.T, s *served, host, nina *visitor) {
	t.Helper()
	ref := regexp.MustCompile(`VCA20-[A-Z2-7]{6}`).FindString(nina.say("/mydata").text())
	nina.say("Close")
	host.say("/certificates give " + ref)
	var r chatReply
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if r = nina.say("/certificate"); strings.Contains(r.text(), "made out to") {
			break
		}
	}
	link := regexp.MustCompile(`/certificate/([A-Z2-9]{12})`).FindStringSubmatch(r.text())
	if link == nil {
		t.Fatalf("no certificate: %s", r.text())
	}
	if _, paper := nina.fetch(r.Messages[len(r.Messages)-1].ID); !bytes.HasPrefix(paper, []byte("%PDF-")) {
		t.Errorf("the certificate is %.20q", paper)
	}
	for path, want := range map[string]int{link[0]: http.StatusOK, "/certificate/AAAAAAAAAAAA": http.StatusNotFound, "/certificate/%3Cscript%3E": http.StatusNotFound} {
		response, err := http.Get(s.base + path)
		if err != nil {
			t.Fatal(err)
		}
		page, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != want || strings.Contains(string(page), ref) != (want == http.StatusOK) || strings.Contains(string(page), "<script") {
			t.Errorf("%s: %d\n%s", path, response.StatusCode, page)
		}
	}
}
