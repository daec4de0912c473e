package web_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"olle/bot/web"
)

func get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	r, err := http.Get(url)
	must(t, err)
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	must(t, err)
	return r, string(b)
}

func TestThePageHoldsToItsOwnPolicy(t *testing.T) {
	h := open(t, web.Options{Title: `A "workshop" <b>`, Notice: "Demonstration: the clock stands at 3 February 2020", Contact: "info@example.org"})
	r, page := get(t, h.url+"/")
	csp := r.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("policy lacks %s: %s", want, csp)
		}
	}
	if strings.Contains(csp, "unsafe") || strings.Count(csp, "blob:") != 1 || !strings.Contains(csp, "img-src 'self' blob:;") {
		t.Error("policy:", csp)
	}
	if other, _ := get(t, h.url+"/api/nothing"); strings.Contains(other.Header.Get("Content-Security-Policy"), "blob:") {
		t.Error("what is no page may show fetched pictures")
	}
	for _, bad := range []string{`<script>`, `<style`, ` style="`, ` onclick`, ` onload`, `javascript:`, `<b>`} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin"} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, want := range []string{"3 February 2020", "info@example.org", `lang="en"`, `role="log"`, "<noscript>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	size := len(page)
	for _, m := range regexp.MustCompile(`(?:src|href)="(assets/[^"]+)"`).FindAllStringSubmatch(page, -1) {
		r, body := get(t, h.url+"/"+m[1])
		if r.StatusCode != 200 || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", m[1], r.StatusCode, r.Header)
		}
		if strings.Contains(body, "innerHTML") || strings.Contains(body, "eval(") {
			t.Errorf("%s writes markup", m[1])
		}
		if !strings.Contains(m[1], "icon") {
			size += len(body)
		}
	}
	if size > 43_400 {
		t.Errorf("the page weighs %d bytes", size)
	}
}

func TestOtherSitesMayNotPostAndWrongAddressesAreTold(t *testing.T) {
	h := open(t, web.Options{Origins: []string{"https://olle.example"}})
	post := func(origin, site string) int {
		req, _ := http.NewRequest("POST", h.url+"/api/chat", strings.NewReader(`{"text":"x"}`))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", origin)
		req.Header.Set("Sec-Fetch-Site", site)
		r, err := http.DefaultClient.Do(req)
		must(t, err)
		r.Body.Close()
		return r.StatusCode
	}
	if got := post("https://evil.example", "cross-site"); got != 403 {
		t.Error("another site:", got)
	}
	if got := post("https://olle.example", "cross-site"); got != 200 {
		t.Error("a trusted origin:", got)
	}
	for path, want := range map[string]int{"/api/chat": 405, "/api/nothing": 404, "/nothing": 404, "/assets/index.html": 404, "/assets/../web.go": 404} {
		if r, _ := get(t, h.url+path); r.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", path, r.StatusCode, want)
		}
	}
}
