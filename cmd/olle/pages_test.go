package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"olle/bot/gate"
	"olle/flows"
	"olle/storage"
	"olle/storage/bolt"
)

// The headers every answer has, whatever is asked and by whom.
var everywhere = map[string]string{
	"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin", "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

const (
	fresh   = "no-store" // by nobody but who asked, and not again
	checked = "no-cache" // the same for everybody, asked after each time
	lasting = "public, max-age=31536000, immutable"
)

// inline is markup that a content security policy without inline code takes away: it must not be there in the first place.
var inline = regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>[^<\s]|<style|\sstyle=|\son[a-z]+=|javascript:|(?:src|href|action)="(?:https?:)?//[^"]*\.(?:js|css)`)

// Each page as it is for whom it is for: what it is, how long it may be kept, and what it may load.
func TestEveryPageIsShutAsItShould(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const paper = "ABCDEFGHJK23"
	certified(t, dir, paper)
	env := map[string]string{"OLLE_DATA_DIR": dir, "OLLE_PUBLIC_URL": "https://olle.example"}
	s := startServe(t, env)
	guest, handin := nominee(t, s)
	organiser, cookie := inConsole(t, s, env)
	if cookie.Path != "/console/" || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteStrictMode || cookie.MaxAge <= 0 || cookie.Domain != "" {
		t.Errorf("the session's cookie: %s", strings.Replace(cookie.String(), cookie.Value, "…", 1))
	}
	screen := "/screen/" + lobby(t, s, env)
	stranger := &http.Client{}
	for _, p := range []struct {
		who                        *http.Client
		path                       string
		status                     int
		kind, policy, cache, marks string
	}{
		{stranger, "/", 200, "text/html", gate.Talk, checked, ""},
		{stranger, "/assets/app.js", 200, "text/javascript", gate.Page, checked, ""},
		{stranger, "/assets/app.css", 200, "text/css", gate.Page, checked, ""},
		{stranger, "/api/chat/history?session=" + guest.session, 200, "application/json", gate.Page, fresh, ""},
		{stranger, "/api/chat/history?session=x", 404, "application/json", gate.Page, fresh, ""},
		{stranger, "/" + handin, 200, "text/html", gate.Page, fresh, ""},
		{stranger, "/hand-in?code=x", 404, "text/html", gate.Page, fresh, ""},
		{stranger, "/certificate/" + paper, 200, "text/html", gate.Page, fresh, ""},
		{stranger, "/certificate/NONE", 404, "text/html", gate.Page, fresh, ""},
		{stranger, screen, 200, "text/html", gate.Page, fresh, "noindex"},
		{stranger, screen + "/join.png", 200, "image/png", gate.Page, fresh, "noindex"},
		{stranger, "/screen/ZZZZ", 404, "text/html", gate.Page, fresh, "noindex"},
		{stranger, "/metrics", 200, "text/plain", gate.Nothing, fresh, ""},
		{stranger, "/healthz", 200, "application/json", gate.Nothing, fresh, ""},
		{stranger, "/readyz", 200, "application/json", gate.Nothing, fresh, ""},
		{stranger, "/nowhere", 404, "text/plain", gate.Page, "", ""},
		{stranger, "/console/", 403, "text/html", gate.Page, fresh, "noindex"},
		{stranger, "/console/enter?code=0123456789abcdef", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/applicants", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/announcements", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/announcements/new", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/help", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/decisions", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/ratings", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/plans", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/results", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/quizzes", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/team", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/event", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/trail", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/sessions", 200, "text/html", gate.Page, fresh, "noindex"},
		{organiser, "/console/none", 404, "text/html", gate.Page, fresh, "noindex"},
	} {
		r, body := fetched(t, p.who, s.base+p.path)
		h := r.Header
		if r.StatusCode != p.status || !strings.HasPrefix(h.Get("Content-Type"), p.kind) || h.Get("Content-Security-Policy") != p.policy ||
			h.Get("Cache-Control") != p.cache || h.Get("X-Robots-Tag") != p.marks || len(r.Cookies()) > 0 {
			t.Errorf("%s: %d %v", p.path, r.StatusCode, h)
		}
		for name, want := range everywhere {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", p.path, name, h.Get(name))
			}
		}
		if found := inline.FindString(body); p.kind == "text/html" && found != "" {
			t.Errorf("%s holds %q", p.path, found)
		}
	}
	s.stop()
}

// certified puts a certificate into a store that nobody has opened yet.
func certified(t *testing.T, dir, code string) {
	t.Helper()
	store, err := bolt.Open(filepath.Join(dir, "olle.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	d := storage.Doc{Key: flows.CertificateKey(code), Data: flows.Must(flows.Certificate{Name: "Nina <b>Rai</b>", Title: "VCA", Issued: "3 April 2020"})}
	if _, err := store.Commit(t.Context(), storage.Batch{Put: []storage.Doc{d}}); err != nil {
		t.Fatal(err)
	}
}

// inConsole is an organiser in the console, by the link of the command line. The jar keeps a cookie that is for TLS only off this address,
// so it is carried by hand.
func inConsole(t *testing.T, s *served, env map[string]string) (*http.Client, *http.Cookie) {
	t.Helper()
	code, out, errs := olle(t, env, "", "console-link")
	_, key, ok := strings.Cut(strings.TrimSpace(out), "enter?code=")
	if code != exitOK || !ok {
		t.Fatalf("console-link: %d %s%s", code, out, errs)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.PostForm(s.base+"/console/enter", url.Values{"code": {key}})
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if len(r.Cookies()) != 1 {
		t.Fatalf("signing in: %d %v", r.StatusCode, r.Cookies())
	}
	given := r.Cookies()[0]
	jar, _ := cookiejar.New(nil)
	base, _ := url.Parse(s.base)
	jar.SetCookies(base, []*http.Cookie{{Name: given.Name, Value: given.Value, Path: "/console/"}})
	return &http.Client{Jar: jar}, given
}

// lobby opens a quiz by somebody of the team, and returns its code.
func lobby(t *testing.T, s *served, env map[string]string) string {
	t.Helper()
	_, out, _ := olle(t, env, "", "invite", "-role", "admin")
	code := regexp.MustCompile(`[A-Z2-9]{8}`).FindString(out)
	host := &visitor{t: t, base: s.base, log: s.log}
	host.say("/code " + code)
	found := regexp.MustCompile(`Code: ([A-Z]{4})`).FindStringSubmatch(host.say("/quizhost start module4-cooperation untimed").text())
	if found == nil {
		t.Fatalf("no quiz with the invitation %s", out)
	}
	return found[1]
}

func fetched(t *testing.T, client *http.Client, address string) (*http.Response, string) {
	t.Helper()
	r, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, string(body)
}
