package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// publicRoutes are asked without any right; whether they are there or refuse, their headers must be right.
var publicRoutes = []string{"/", "/assets/app.js", "/assets/none", "/api/chat", "/api/chat/history?session=x", "/api/chat/events?session=x", "/api/none",
	"/certificate/NONE", "/hand-in", "/console/", "/console/none", "/console/assets/console.css", "/screen/NONE", "/screen/NONE/events", "/healthz",
	"/readyz", "/metrics", "/telegram/webhook", "/none", "/../etc/passwd", "/console/login?code=x"}

// Every answer of the public address shuts what it does not need: no foreign script, frame, form or base, no sniffing, no referrer.
func TestEveryPublicRouteHasStrictHeaders(t *testing.T) {
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir()})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, route := range publicRoutes {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			request, err := http.NewRequestWithContext(t.Context(), method, s.base+route, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Origin", "https://evil.example")
			r, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
			checkHeaders(t, method+" "+route, r)
		}
	}
	s.stop()
}

func checkHeaders(t *testing.T, route string, r *http.Response) {
	t.Helper()
	if r.StatusCode >= 500 {
		t.Errorf("%s: status %d", route, r.StatusCode)
	}
	h := r.Header
	policy := h.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") && !strings.Contains(policy, "default-src 'self'") || !strings.Contains(policy, "frame-ancestors 'none'") ||
		!strings.Contains(policy, "base-uri 'none'") || strings.Contains(policy, "unsafe-eval") || strings.Contains(policy, "*") ||
		strings.Contains(policy, "unsafe-inline") || strings.Contains(policy, "http:") {
		t.Errorf("%s: policy %q", route, policy)
	}
	if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" || h.Get("Server") != "" || h.Get("X-Powered-By") != "" {
		t.Errorf("%s: headers %v", route, h)
	}
	if a := h.Get("Access-Control-Allow-Origin"); a != "" {
		t.Errorf("%s: lets %q read along", route, a)
	}
	for _, c := range r.Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
			t.Errorf("%s: cookie %q can be read by scripts or sent from elsewhere", route, c.Name)
		}
	}
}

// A guest who talks without end is told to wait, in this session and from this address; others are not.
func TestWebChatIsUnderALimit(t *testing.T) {
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir()})
	v := &visitor{t: t, base: s.base, log: s.log}
	v.say("hello")
	refused := 0
	for i := range 300 {
		body := fmt.Sprintf(`{"session":%q,"id":"flood%d","text":"hello"}`, v.session, i)
		if code, _ := v.post("application/json", strings.NewReader(body)); code == http.StatusTooManyRequests {
			if refused++; refused > 3 {
				break
			}
		}
	}
	if refused == 0 {
		t.Error("300 messages in a row and no 429")
	}
	s.stop()
}

// Secrets are taken from files, and are in no line of the log.
func TestSecretsComeFromFilesAndStayOutOfTheLog(t *testing.T) {
	dir := t.TempDir()
	const secret = "0123456789-quite-secret"
	if err := os.WriteFile(dir+"/token", []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": dir, "OLLE_METRICS_FILE": dir + "/token", "OLLE_LOG_LEVEL": "debug"})
	for want, header := range map[int]string{http.StatusNotFound: "Bearer wrong", http.StatusOK: "Bearer " + secret} {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+"/metrics", nil)
		request.Header.Set("Authorization", header)
		r, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("%q: %d", header, r.StatusCode)
		}
	}
	s.stop()
	if strings.Contains(s.log.String(), secret) {
		t.Error("the log holds the token")
	}
}

// The container has nothing it does not need: no shell, no root, no writable root, no capabilities.
func TestContainerRunsWithoutRights(t *testing.T) {
	for file, parts := range map[string][]string{
		"Dockerfile":   {"FROM scratch", "USER 65532:65532", "CGO_ENABLED=0", "--read-only --cap-drop ALL"},
		"compose.yaml": {"read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "/tmp"},
	} {
		text, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parts {
			if !bytes.Contains(text, []byte(p)) {
				t.Errorf("%s lacks %q", file, p)
			}
		}
		if services := bytes.Count(text, []byte("\n    restart:")); bytes.Count(text, []byte("read_only: true")) < services ||
			bytes.Count(text, []byte("cap_drop: [ALL]")) < services || bytes.Count(text, []byte("no-new-privileges:true")) < services {
			t.Errorf("%s: not every service is shut", file)
		}
	}
}

var licence = []struct {
	name string
	mark *regexp.Regexp
}{
	{"Apache-2.0", regexp.MustCompile(`Apache License\s+Version 2\.0`)},
	{"MPL-2.0", regexp.MustCompile(`Mozilla Public License,?\s+[Vv]ersion 2\.0`)},
	{"MIT", regexp.MustCompile(`Permission is hereby granted, free of charge`)},
	{"BSD-3-Clause", regexp.MustCompile(`(?s)Redistribution and use in source and binary forms.*[Nn]either the name`)},
	{"BSD-2-Clause", regexp.MustCompile(`Redistribution and use in source and binary forms`)},
	{"ISC", regexp.MustCompile(`Permission to use, copy, modify, and(/or)? distribute this software`)},
}

// .github/LICENSES.md lists every module that is in the program, with its exact version and licence. UPDATE=1 writes it.
func TestDependenciesArePinnedAndListed(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-json=Module", "olle/cmd/olle").Output()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p struct {
			Module *struct {
				Path, Version, Dir string
				Main               bool
				Replace            *struct{}
			}
		}
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if m := p.Module; m != nil && !m.Main {
			if m.Replace != nil || !strings.HasPrefix(m.Version, "v") {
				t.Errorf("%s is not pinned to a published version", m.Path)
			}
			if rows[m.Path] == "" {
				rows[m.Path] = fmt.Sprintf("| %s | %s | %s |", m.Path, m.Version, licenceOf(t, m.Path, m.Dir))
			}
		}
	}
	var lines []string
	for _, row := range rows {
		lines = append(lines, row)
	}
	slices.Sort(lines)
	want := "# What is in the program\n\nMade by `UPDATE=1 go test ./cmd/olle -run TestDependencies`. Exact versions stand in go.mod, checksums in go.sum.\n\n" +
		"| Module | Version | Licence |\n|---|---|---|\n" + strings.Join(lines, "\n") + "\n"
	const list = "../../.github/LICENSES.md"
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(list, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(list); err != nil || string(got) != want {
		t.Errorf("%s is not current (%v): UPDATE=1 go test ./cmd/olle -run TestDependencies", list, err)
	}
}

func licenceOf(t *testing.T, module, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") {
			continue
		}
		text, err := os.ReadFile(dir + "/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range licence {
			if l.mark.Match(text) {
				return l.name
			}
		}
	}
	t.Errorf("%s: no licence is known", module)
	return "unknown"
}
