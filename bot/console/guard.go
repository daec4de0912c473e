package console

import (
	"net"
	"net/http"
	"net/netip"
	"sync"

	"golang.org/x/time/rate"
)

// policy lets a page load its own script, style and icon, send forms to its own server, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'"

func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := rw.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Robots-Tag", "noindex")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(rw, r)
	})
}

// Sign-ins per network address: a link has 64 random bits, so this only keeps noise away from the store.
const (
	entersPerSecond = 0.2
	entersAtOnce    = 20
	maxPeers        = 10_000 // remembered; a forgotten one starts anew
)

type limiter struct {
	mu sync.Mutex
	by map[string]*rate.Limiter
}

func newLimiter() *limiter { return &limiter{by: map[string]*rate.Limiter{}} }

// allow counts a request of a peer; an IPv6 household counts as one.
func (l *limiter) allow(peer string) bool {
	if ip, err := netip.ParseAddr(peer); err == nil && ip.Unmap().Is6() {
		if p, err := ip.WithZone("").Prefix(64); err == nil {
			peer = p.String()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.by[peer]
	if !ok {
		if len(l.by) >= maxPeers {
			clear(l.by)
		}
		one = rate.NewLimiter(entersPerSecond, entersAtOnce)
		l.by[peer] = one
	}
	return one.Allow()
}

func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
