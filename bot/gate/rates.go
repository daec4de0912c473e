package gate

import (
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxNames bounds how many rates are remembered; a forgotten one starts full again.
const maxNames = 20_000

// Rate bounds requests: so many per second of real time, Burst after a quiet time.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Rates holds a rate per name.
type Rates struct {
	mu sync.Mutex
	r  Rate
	by map[string]*rate.Limiter
}

// NewRates makes rates that all begin full.
func NewRates(r Rate) *Rates { return &Rates{r: r, by: map[string]*rate.Limiter{}} }

// Take uses up one request of name. wait > 0: refused, and for how long.
func (l *Rates) Take(name string) (wait time.Duration) { return l.take(name, 1) }

// TakePeer uses up one request of a network address, or rather of its household.
func (l *Rates) TakePeer(address string) (wait time.Duration) { return l.take(Household(address)) }

// Household names whom a network address counts for, and how many times the share of one they have. Loopback and private addresses,
// where a proxy or a whole office may stand, have ten; in IPv6 a household has the whole /64.
func Household(address string) (name string, times int) {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address, 1
	}
	times = 1
	if ip = ip.Unmap().WithZone(""); ip.IsLoopback() || ip.IsPrivate() {
		times = 10
	}
	if p, err := ip.Prefix(64); err == nil && ip.Is6() {
		return p.String(), times
	}
	return ip.String(), times
}

func (l *Rates) take(name string, times int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.by[name]
	if !ok {
		l.makeRoom()
		one = rate.NewLimiter(rate.Limit(l.r.PerSecond*float64(times)), l.r.Burst*times)
		l.by[name] = one
	}
	res := one.Reserve()
	if !res.OK() {
		return time.Minute
	}
	wait := res.Delay()
	if wait > 0 {
		res.Cancel()
	}
	return wait
}

// Names is how many rates are remembered.
func (l *Rates) Names() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.by)
}

// makeRoom forgets those that have been quiet long enough to be full again, then any.
func (l *Rates) makeRoom() {
	if len(l.by) < maxNames {
		return
	}
	for name, one := range l.by {
		if one.Tokens() >= float64(one.Burst()) {
			delete(l.by, name)
		}
	}
	for name := range l.by {
		if len(l.by) < maxNames*9/10 {
			return
		}
		delete(l.by, name)
	}
}

// Hold lets requests through at a rate per address and tells the others when to come back.
func Hold(r Rate, peer func(*http.Request) string, next http.Handler) http.Handler {
	rates := NewRates(r)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if wait := rates.TakePeer(peer(r)); wait > 0 {
			ComeBack(rw, wait)
			http.Error(rw, "Too many requests come from your network at once. Please wait a moment, then try again.", http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// ComeBack says when a refused request may be repeated, in whole seconds.
func ComeBack(rw http.ResponseWriter, wait time.Duration) {
	rw.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
}

// Peer tells the network address a request comes from: the connection's. Where that is one of the proxies, it is what they say in
// X-Forwarded-For, read from the end, up to the first address that is none of them: what stands before is whatever the client wrote.
func Peer(proxies []netip.Prefix) func(r *http.Request) string {
	trusted := func(address string) bool {
		ip, err := netip.ParseAddr(address)
		for _, p := range proxies {
			if err == nil && p.Contains(ip.Unmap().WithZone("")) {
				return true
			}
		}
		return false
	}
	return func(r *http.Request) string {
		peer, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			peer = r.RemoteAddr
		}
		if len(proxies) == 0 || !trusted(peer) {
			return peer
		}
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && trusted(peer); i-- {
			hop := strings.TrimSpace(hops[i])
			if _, err := netip.ParseAddr(hop); err != nil {
				break
			}
			peer = hop
		}
		return peer
	}
}
