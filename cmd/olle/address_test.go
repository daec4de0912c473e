package main

import (
	"strings"
	"testing"

	"olle/config"
)

// Nobody is led to an address at which only this machine is, unless it serves only this machine; the operator, who is at it, is.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ listens, public, event, site, near string }{
		{"0.0.0.0:8080", "", "vca-jeju-2020", "", "http://127.0.0.1:8080/"},
		{"[::]:8080", "", "vca-jeju-2020", "", "http://127.0.0.1:8080/"},
		{":8080", "", "vca-jeju-2020", "", "http://127.0.0.1:8080/"},
		{"10.0.0.5:8080", "", "vca-jeju-2020", "", "http://10.0.0.5:8080/"},
		{"0.0.0.0:8080", "", "", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/"},
		{"0.0.0.0:8080", "https://olle.example", "vca-jeju-2020", "https://olle.example/", "https://olle.example/"},
		{"127.0.0.1:8080", "", "vca-jeju-2020", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/"},
		{"[::1]:8080", "", "vca-jeju-2020", "http://[::1]:8080/", "http://[::1]:8080/"},
		{"localhost:8080", "", "vca-jeju-2020", "http://localhost:8080/", "http://localhost:8080/"},
	} {
		env := map[string]string{"OLLE_HTTP_ADDR": c.listens, "OLLE_PUBLIC_URL": c.public, "OLLE_EVENT": c.event}
		s, err := config.Load("", func(k string) (string, bool) { return env[k], true })
		if err != nil {
			t.Fatal(err)
		}
		if site, near := siteAddress(s), nearAddress(s); site != c.site || near != c.near {
			t.Errorf("%+v: %q, %q", c, site, near)
		}
	}
}

// Who connects a network hears that people there need an address, from doctor and at start.
func TestANetworkNeedsAPublicAddress(t *testing.T) {
	t.Parallel()
	env := begun(t, moved(t.TempDir(), ""))
	env["OLLE_TELEGRAM_TOKEN"], env["OLLE_TELEGRAM_API_URL"] = "1:x", "http://127.0.0.1:1"
	if code, out, errs := olle(t, env, "", "doctor"); code != exitFailed || !strings.Contains(out, "FAIL address    no OLLE_PUBLIC_URL") {
		t.Errorf("%d %s%s", code, out, errs)
	}
	env["OLLE_PUBLIC_URL"] = "https://olle.example"
	if _, out, errs := olle(t, env, "", "doctor"); strings.Contains(out, "address  ") {
		t.Errorf("%s%s", out, errs)
	}
}
