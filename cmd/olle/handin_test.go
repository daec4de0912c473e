package main

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var handinLink = regexp.MustCompile(`hand-in\?code=([0-9a-f]{16})`)

// nominee applies in the web chat and asks for the link by which their organisation hands the letter in.
func nominee(t *testing.T, s *served) (v *visitor, path string) {
	v = &visitor{t: t, base: s.base, log: s.log}
	for _, line := range []string{"/apply", "I agree", "For myself", "Nina Rai", "Ministry", "Head", "government", "senior", "9", "Kathmandu", "Kathmandu",
		"Nepal", "nina@example.org", "/upload nomination"} {
		v.say(line)
	}
	r := v.say("link")
	path = handinLink.FindString(r.text())
	if path == "" {
		t.Fatalf("no link in %q", r.text())
	}
	return v, path
}

func page(t *testing.T, answer *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// The organisation hands the letter in through the page behind the link, in a browser, without an account; the page names nobody.
func TestTheOrganisationHandsTheLetterIn(t *testing.T) {
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir()})
	v, path := nominee(t, s)
	b := browse(t, s.base+"/"+path)
	if said := b.js("document.body.innerText"); !strings.Contains(said, "Hand in: Letter of nomination") || strings.Contains(said, "Nina") || strings.Contains(said, "VCA20-") {
		t.Fatal(said)
	}
	b.shot("hand-in")
	file := filepath.Join(t.TempDir(), "letter.pdf")
	if err := os.WriteFile(file, pdf("letter"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.SetUploadFiles(chromedp.ID("file"), []string{file}))
	b.do(chromedp.Click(chromedp.CSS("button[type=submit]")))
	b.do(chromedp.WaitVisible(chromedp.CSS("p[role=status]")))
	if said := b.js("document.body.innerText"); !strings.Contains(said, "Thank you") {
		t.Fatal(said)
	}
	expect(t, v.say("/status"), "1 of 7")
}

// What somebody with a wrong link, an odd file or no file at all reads.
func TestHandingInWrongly(t *testing.T) {
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir()})
	_, path := nominee(t, s)
	code := strings.TrimPrefix(path, "hand-in?code=")
	send := func(code, nonce, name string, content []byte) (int, string) {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		_ = w.WriteField("code", code)
		_ = w.WriteField("nonce", nonce)
		part, _ := w.CreateFormFile("file", name)
		_, _ = part.Write(content)
		w.Close()
		answer, err := http.Post(s.base+"/hand-in", w.FormDataContentType(), &body)
		return page(t, answer, err)
	}
	for _, wrong := range []string{"", "0123456789abcdef", "../../x", "<script>"} {
		answer, err := http.Get(s.base + "/hand-in?code=" + wrong)
		if status, said := page(t, answer, err); status != 404 || !strings.Contains(said, "not valid") || strings.Contains(said, "<script>") {
			t.Errorf("code %q: %d %s", wrong, status, said)
		}
		if status, said := send(wrong, "n", "a.pdf", pdf("x")); status != 400 || !strings.Contains(said, "not valid any more") {
			t.Errorf("a file for code %q: %d %s", wrong, status, said)
		}
	}
	asked, err := http.NewRequest("GET", s.base+"/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	asked.Header.Set("Accept-Language", "ko-KR, en;q=0.5")
	answer, err := http.DefaultClient.Do(asked)
	if status, said := page(t, answer, err); status != 200 || !strings.Contains(said, `<html lang="ko">`) || !strings.Contains(said, "제출할 서류: Letter of nomination") ||
		strings.Contains(said, "{") || strings.Contains(said, "Hand") {
		t.Errorf("to a Korean browser: %d %s", status, said)
	}
	if _, said := send(code, "n1", "letter.pdf", []byte("MZ this is a program")); !strings.Contains(said, "not one of PDF") || !strings.Contains(said, "<form") {
		t.Errorf("a program as letter: %s", said)
	}
	if status, said := send(code, "n2", "", nil); status != 400 || !strings.Contains(said, "choose the file") {
		t.Errorf("no file: %d %s", status, said)
	}
	if _, said := send(code, "n3", "letter.pdf", pdf("letter")); !strings.Contains(said, "Thank you") {
		t.Errorf("the letter: %s", said)
	}
	if status, said := send(code, "n4", "letter.pdf", pdf("another")); status != 400 || !strings.Contains(said, "not valid any more") {
		t.Errorf("a used link: %d %s", status, said)
	}
}
