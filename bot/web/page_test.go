package web_test

import (
	"io"
	"net/http"
	"os"
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
	if size > 53_000 {
		t.Errorf("the page weighs %d bytes", size)
	}
}

// The page speaks the language that was chosen in the talk, else the one the browser asks for, else English; and so the talk hears of it.
func TestThePageSpeaksTheGuestsLanguage(t *testing.T) {
	h := open(t, web.Options{Contact: "info@example.org"})
	for _, tt := range []struct{ accept, cookie, lang, says string }{
		{"", "", "en", "Write a message"},
		{"ko-KR,ko;q=0.9,en;q=0.8", "", "ko", "메시지를 입력하세요"},
		{"ne,id;q=0.5,en;q=0.3", "", "id", "Tulis pesan"},
		{"ne, my", "", "en", "Write a message"},
		{"ko", "vi", "vi", "Viết tin nhắn"},
		{"ko", "xx", "ko", "메시지를 입력하세요"},
		{";;;q=,", "\"><script>", "en", "Write a message"},
	} {
		req, _ := http.NewRequest("GET", h.url+"/", nil)
		req.Header.Set("Accept-Language", tt.accept)
		req.Header.Set("Cookie", "language="+tt.cookie)
		r, err := http.DefaultClient.Do(req)
		must(t, err)
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		must(t, err)
		if page := string(b); !strings.Contains(page, `<html lang="`+tt.lang+`">`) || !strings.Contains(page, `placeholder="`+tt.says+`"`) {
			t.Errorf("asked for %q, chosen %q: not in %s", tt.accept, tt.cookie, tt.lang)
		}
		if got := r.Header.Get("Vary"); got != "Accept-Language, Cookie" {
			t.Errorf("Vary: %q", got)
		}
	}
	req, _ := http.NewRequest("POST", h.url+"/api/chat", strings.NewReader(`{"id":"first","text":"Annyeong"}`))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", "ko-KR,en;q=0.5")
	r, err := http.DefaultClient.Do(req)
	must(t, err)
	r.Body.Close()
	h.mu.Lock()
	defer h.mu.Unlock()
	if heard := h.heard[len(h.heard)-1]; heard.Text != "Annyeong" || heard.Locale != "ko" {
		t.Errorf("heard %q in %q", heard.Text, heard.Locale)
	}
}

// A language of which the pack has the talk only has the page in English, and says so; one that is written from the right runs from there.
func TestThePageOfOtherLanguages(t *testing.T) {
	english := func() map[string]string { return map[string]string{"write": "Write a message"} }
	h := open(t, web.Options{Languages: []web.Language{{Tag: "en", Page: english}, {Tag: "ne", Page: func() map[string]string { return nil }},
		{Tag: "ar", Page: func() map[string]string { return map[string]string{"write": "اكتب رسالة"} }}}})
	for accept, want := range map[string]string{"ne": `<html lang="en">`, "ar": `<html lang="ar" dir="rtl">`, "fr": `<html lang="en">`} {
		req, _ := http.NewRequest("GET", h.url+"/", nil)
		req.Header.Set("Accept-Language", accept)
		r, err := http.DefaultClient.Do(req)
		must(t, err)
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		must(t, err)
		if !strings.Contains(string(b), want) || want != `<html lang="ar" dir="rtl">` && !strings.Contains(string(b), "Write a message") {
			t.Errorf("%s: not %s", accept, want)
		}
	}
}

// Every sentence of the page is said somewhere, and the page says no other: what is missing would be an empty label.
func TestEverySentenceOfThePageIsUsed(t *testing.T) {
	file := func(name string) string {
		b, err := os.ReadFile("assets/" + name)
		must(t, err)
		return string(b)
	}
	index, script := file("index.html"), file("app.js")
	strangers := file("handin.html") + file("../handin.go") + file("../problem.go") + file("../certificate.go") + file("../../../flows/third.go")
	for _, l := range languages(t) {
		texts := l.Page()
		for key, text := range texts {
			if page, name, other := strings.Cut(key, "."); other && page != "live" {
				if !strings.Contains(strangers, ".Say."+name+"}}") && !strings.Contains(strangers, `Say: "`+name+`"`) && !strings.Contains(strangers, `"page.`+key+`"`) {
					t.Errorf("%s: nobody says %s: %s", l.Tag, key, text)
				}
				continue
			}
			live, of := strings.CutPrefix(key, "live.")
			if of && !strings.Contains(script, `"`+live+`"`) || !of && !strings.Contains(index, ".Say."+key+"}}") {
				t.Errorf("%s: nobody says %s: %s", l.Tag, key, text)
			}
		}
		for _, m := range regexp.MustCompile(`\.Say\.(\w+)`).FindAllStringSubmatch(index, -1) {
			if texts[m[1]] == "" {
				t.Errorf("%s: the page has no %s", l.Tag, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`tell\((?:[\w()]+ \? )?"(\w+)"(?: : "(\w+)")?`).FindAllStringSubmatch(script, -1) {
			for _, key := range m[1:] {
				if key != "" && texts["live."+key] == "" {
					t.Errorf("%s: the script has no %s", l.Tag, key)
				}
			}
		}
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
