package gate_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"olle/bot/gate"
)

func TestAnAddressIsTakenFromTrustedProxiesOnly(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::1/128")}
	for _, c := range []struct {
		trusted      []netip.Prefix
		from, header string
		want         string
	}{
		{nil, "203.0.113.9:4", "198.51.100.7", "203.0.113.9"},
		{nil, "127.0.0.1:4", "198.51.100.7", "127.0.0.1"},
		{proxies, "203.0.113.9:4", "198.51.100.7", "203.0.113.9"}, // not one of ours: whatever it says
		{proxies, "10.0.0.1:4", "198.51.100.7", "198.51.100.7"},
		{proxies, "10.0.0.1:4", "192.0.2.66, 198.51.100.7", "198.51.100.7"}, // the first was written by the client
		{proxies, "10.0.0.1:4", "192.0.2.66, 198.51.100.7, 10.9.9.9", "198.51.100.7"},
		{proxies, "[2001:db8::1]:4", "2001:db8:5::7", "2001:db8:5::7"},
		{proxies, "[::ffff:10.0.0.1]:4", "198.51.100.7", "198.51.100.7"},
		{proxies, "10.0.0.1:4", "", "10.0.0.1"},
		{proxies, "10.0.0.1:4", "unknown, <script>", "10.0.0.1"},
		{proxies, "@", "198.51.100.7", "@"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.from
		if c.header != "" {
			r.Header.Set("X-Forwarded-For", c.header)
		}
		if got := gate.Peer(c.trusted)(r); got != c.want {
			t.Errorf("%s with %q through %v: %s, want %s", c.from, c.header, c.trusted, got, c.want)
		}
	}
}

// passed is how many of a thousand requests of an address are let through.
func passed(rates *gate.Rates, address func(i int) string) (n int) {
	for i := range 1000 {
		if rates.TakePeer(address(i)) == 0 {
			n++
		}
	}
	return n
}

func TestAHouseholdIsOneAddressAndAnOfficeHasTen(t *testing.T) {
	rates := gate.NewRates(gate.Rate{PerSecond: 1e-6, Burst: 5})
	for name, c := range map[string]struct {
		address func(i int) string
		want    int
	}{
		"one address":             {func(int) string { return "203.0.113.9" }, 5},
		"the same, in IPv6 dress": {func(int) string { return "::ffff:203.0.113.10" }, 5},
		"one /64":                 {func(i int) string { return fmt.Sprintf("2001:db8:1:2::%x", i) }, 5},
		"a private network":       {func(int) string { return "192.168.7.7" }, 50},
		"a local proxy":           {func(int) string { return "127.0.0.1" }, 50},
		"not an address":          {func(int) string { return "@" }, 5},
	} {
		if got := passed(rates, c.address); got != c.want {
			t.Errorf("%s: %d of 1000, want %d", name, got, c.want)
		}
	}
	if rates.TakePeer("198.51.100.1") != 0 {
		t.Error("somebody else is refused")
	}
}

func TestRatesOfManyStrangersStayBounded(t *testing.T) {
	rates := gate.NewRates(gate.Rate{PerSecond: 1, Burst: 1})
	for i := range 60_000 {
		rates.Take(fmt.Sprint(i))
	}
	if n := rates.Names(); n > 20_000 {
		t.Errorf("%d names are remembered", n)
	}
}

func TestWhoAsksTooMuchIsToldWhenToComeBack(t *testing.T) {
	served := 0
	page := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ })
	door := gate.Shut(gate.Page, gate.Private(gate.Hold(gate.Rate{PerSecond: 0.5, Burst: 2}, gate.Peer(nil), page)))
	for i, want := range []int{200, 200, 429} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "203.0.113.9:1"
		rw := httptest.NewRecorder()
		door.ServeHTTP(rw, r)
		if h := rw.Header(); rw.Code != want || h.Get("Content-Security-Policy") != gate.Page || h.Get("Cache-Control") != "no-store" {
			t.Errorf("request %d: %d %v", i, rw.Code, h)
		}
		if wait := rw.Header().Get("Retry-After"); (want == 429) != (wait == "2") {
			t.Errorf("request %d: Retry-After %q", i, wait)
		}
	}
	if served != 2 {
		t.Errorf("%d served", served)
	}
}

// Whatever stands in the header, the address is one, and never one of the proxies' where the client's is told.
func FuzzPeer(f *testing.F) {
	for _, h := range []string{"", "198.51.100.7", "a, 10.0.0.9,198.51.100.7 ,10.1.1.1", "::1%eth0, 10.0.0.1", ",,,", "\x00"} {
		f.Add(h)
	}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "10.0.0.1:4"
		r.Header["X-Forwarded-For"] = []string{header}
		got, err := netip.ParseAddr(gate.Peer(proxies)(r))
		if err != nil {
			t.Fatalf("%q gives no address: %v", header, err)
		}
		last := header[strings.LastIndexByte(header, ',')+1:]
		if hop, err := netip.ParseAddr(strings.TrimSpace(last)); err == nil && !proxies[0].Contains(hop.Unmap().WithZone("")) && got != hop {
			t.Errorf("%q gives %s", header, got)
		}
	})
}
