package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"olle/config"
	"olle/storage/redis/redistest"
)

func TestFiguresAreShownToNeighboursAndTokenHolders(t *testing.T) {
	ask := func(setting, peer string, headers ...string) bool {
		s := &config.Settings{Metrics: config.NewSecret(setting)}
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.RemoteAddr = peer
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return mayMeasure(s, r)
	}
	const token = "0123456789abcdef"
	for _, c := range []struct {
		want    bool
		setting string
		peer    string
		headers []string
	}{
		{true, "", "127.0.0.1:9", nil}, {true, "on", "10.1.2.3:9", nil}, {true, "on", "[::1]:9", nil},
		{false, "on", "203.0.113.9:9", nil}, {false, "on", "127.0.0.1:9", []string{"X-Forwarded-For", "203.0.113.9"}},
		{false, "on", "nobody", nil}, {false, "off", "127.0.0.1:9", nil},
		{false, token, "127.0.0.1:9", nil}, {true, token, "203.0.113.9:9", []string{"Authorization", "Bearer " + token}},
		{false, token, "203.0.113.9:9", []string{"Authorization", "Bearer " + token + "0"}},
	} {
		if got := ask(c.setting, c.peer, c.headers...); got != c.want {
			t.Errorf("%q from %s with %v: %v", c.setting, c.peer, c.headers, got)
		}
	}
}

var (
	exposed  = regexp.MustCompile(`^([a-z0-9_]+)(\{([a-z]+="(\\.|[^"\\])*",?)*\})? (-?[0-9.e+-]+|\+Inf|NaN)$`)
	queried  = regexp.MustCompile(`(olle|go|process)_[a-z_]+`)
	declared = regexp.MustCompile(`^# TYPE ([a-z0-9_]+) (counter|gauge|histogram|summary)$`)
)

// Every line of the page is one that Prometheus reads, and every query of the dashboard names a metric of the page.
func TestDashboardAsksForFiguresThatExist(t *testing.T) {
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir()})
	v := &visitor{t: t, base: s.base, log: s.log}
	v.say("How much is the airfare from Kathmandu?")
	v.say("My passport number is M1234567, write to nobody@example.org")
	page := get(t, s.base+"/metrics")
	kinds, names := map[string]string{}, map[string]bool{}
	for line := range strings.Lines(page) {
		line = strings.TrimRight(line, "\n")
		if d := declared.FindStringSubmatch(line); d != nil {
			kinds[d[1]] = d[2]
			continue
		}
		if m := exposed.FindStringSubmatch(line); m != nil {
			names[m[1]] = true
		} else if !strings.HasPrefix(line, "# HELP ") {
			t.Errorf("not a line of the format: %q", line)
		}
	}
	for _, secret := range []string{"M1234567", "nobody@", v.session, "Kathmandu", "person/"} {
		if strings.Contains(page, secret) {
			t.Errorf("the page of figures holds %q", secret)
		}
	}
	board, err := os.ReadFile("../../.github/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(board) {
		t.Fatal("the dashboard is no JSON")
	}
	var d struct {
		Panels []struct {
			Title, Type string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(board, &d); err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Panels {
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %q asks for nothing", p.Title)
		}
		for _, q := range p.Targets {
			for _, name := range queried.FindAllString(q.Expr, -1) {
				base := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
				telegram := strings.HasPrefix(name, "olle_telegram_") // there only where Telegram is
				if !names[name] && kinds[base] != "histogram" && kinds[name] == "" && !telegram {
					t.Errorf("panel %q asks for %s, which is not on the page", p.Title, name)
				}
			}
		}
	}
	if len(d.Panels) < 10 || kinds["olle_queue_oldest_seconds"] != "gauge" || kinds["olle_commit_seconds"] != "histogram" {
		t.Errorf("%d panels; kinds %v", len(d.Panels), kinds)
	}
}

// A frozen store makes a replica unready within five seconds, and a thawed one ready again.
func TestReadyzFollowsTheStore(t *testing.T) {
	server := redistest.NewServer(t)
	s := startServe(t, moved(t.TempDir(), server.URL()))
	status := func() int {
		r, err := http.Get(s.base + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		return r.StatusCode
	}
	until := func(want int, limit time.Duration) {
		t.Helper()
		for end := time.Now().Add(limit); status() != want; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("/readyz is not %d after %v", want, limit)
			}
		}
	}
	until(http.StatusOK, 5*time.Second)
	server.Freeze()
	until(http.StatusServiceUnavailable, 5*time.Second)
	server.Thaw()
	until(http.StatusOK, 10*time.Second)
	s.stop()
}
