package console_test

import (
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"olle/flows"
)

// browser is somebody's browser.
type browser struct {
	t      *testing.T
	base   string
	client *http.Client
}

func (o *office) browser() *browser {
	jar, err := cookiejar.New(nil)
	must(o.t, err)
	return &browser{o.t, o.server.URL + "/console", &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// signedIn is the browser of somebody who followed a link.
func (o *office) signedIn(who flows.Address) *browser {
	o.t.Helper()
	b := o.browser()
	if s := b.post("/enter", url.Values{"code": {o.code(who)}}); s.status != http.StatusSeeOther {
		o.t.Fatalf("%s cannot sign in: %d\n%s", who, s.status, s.body)
	}
	return b
}

// seen is what a browser got.
type seen struct {
	status int
	body   string
	header http.Header
}

func (b *browser) do(r *http.Request) seen {
	b.t.Helper()
	res, err := b.client.Do(r)
	must(b.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(b.t, err)
	return seen{res.StatusCode, string(body), res.Header}
}

func (b *browser) get(path string) seen {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.base+path, nil)
	must(b.t, err)
	return b.do(r)
}

func (b *browser) post(path string, form url.Values) seen {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.base+path, strings.NewReader(form.Encode()))
	must(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", strings.TrimSuffix(b.base, "/console"))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

var hidden = regexp.MustCompile(`name="(token|once)" value="([0-9a-f]+)"`)

// form is what every form of a page carries.
func (b *browser) form(more ...string) url.Values {
	b.t.Helper()
	all := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(b.get("/sessions").body, -1) {
		all.Set(m[1], m[2])
	}
	for i := 0; i+1 < len(more); i += 2 {
		all.Add(more[i], more[i+1])
	}
	return all
}

var seenField = regexp.MustCompile(`name="seen" value="([^"]+)"`)

// seenIn is what the forms of a page say that their reader has seen.
func seenIn(page seen) string {
	m := seenField.FindStringSubmatch(page.body)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

func (b *browser) looks(path string) string { b.t.Helper(); return seenIn(b.get(path)) }

// does sends a form and follows where it leads.
func (b *browser) does(path string, more ...string) seen {
	b.t.Helper()
	s := b.post(path, b.form(more...))
	if s.status == http.StatusSeeOther {
		return b.get(strings.TrimPrefix(s.header.Get("Location"), "/console"))
	}
	return s
}

func expect(t *testing.T, s seen, status int, parts ...string) {
	t.Helper()
	if s.status != status {
		t.Errorf("status %d, want %d:\n%s", s.status, status, text(s.body))
	}
	for _, p := range parts {
		if !strings.Contains(s.body, p) {
			t.Errorf("the page does not say %q:\n%s", p, text(s.body))
		}
	}
}

var tags = regexp.MustCompile(`(?s)<head>.*</head>|<[^>]*>`)

// text is a page without its markup, for messages of tests.
func text(body string) string {
	lines := strings.Split(tags.ReplaceAllString(body, " "), "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "" })
	return strings.Join(lines[:min(len(lines), 60)], "\n")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
