package web

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxLimits bounds how many rates are remembered; a forgotten one starts full again.
const maxLimits = 20_000

// limiter holds a rate per name.
type limiter struct {
	mu sync.Mutex
	r  Rate
	m  map[string]*rate.Limiter
}

func newLimiter(r Rate) *limiter { return &limiter{r: r, m: map[string]*rate.Limiter{}} }

// take uses up one request of name, whose rate is times the usual. wait > 0: refused, and for how long.
func (l *limiter) take(name string, times int) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.m[name]
	if !ok {
		l.makeRoom()
		one = rate.NewLimiter(rate.Limit(l.r.PerSecond*float64(times)), l.r.Burst*times)
		l.m[name] = one
	}
	res := one.Reserve()
	if !res.OK() {
		return time.Minute
	}
	if wait = res.Delay(); wait > 0 {
		res.Cancel()
	}
	return wait
}

// makeRoom forgets those that have been quiet long enough to be full again, then any.
func (l *limiter) makeRoom() {
	if len(l.m) < maxLimits {
		return
	}
	for name, one := range l.m {
		if one.Tokens() >= float64(one.Burst()) {
			delete(l.m, name)
		}
	}
	for name := range l.m {
		if len(l.m) < maxLimits*9/10 {
			return
		}
		delete(l.m, name)
	}
}

// admitPeer counts a request against its network address.
func (w *Web) admitPeer(r *http.Request) error {
	name, times := w.opt.Peer(r), 1
	if ip, err := netip.ParseAddr(name); err == nil {
		ip = ip.Unmap()
		if ip.IsLoopback() || ip.IsPrivate() {
			times = 10
		}
		if ip.Is6() {
			if p, err := ip.WithZone("").Prefix(64); err == nil {
				name = p.String() // one household has the whole /64
			}
		}
	}
	if wait := w.peers.take(name, times); wait > 0 {
		return tooMany(wait, "Too many messages are coming from your network at once. Please wait a moment, then try again.")
	}
	return nil
}

func (w *Web) admitSession(name string) error {
	if wait := w.sessions.take(name, 1); wait > 0 {
		return tooMany(wait, "That was faster than I can read. Please wait a moment, then send it again.")
	}
	return nil
}

func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// Live streams are long and cost memory: so many over all, per talk and per network address.
const (
	maxStreams     = 4096
	maxTalkStreams = 8
	maxPeerStreams = 512
)

// streams counts open streams.
type streams struct {
	mu  sync.Mutex
	all int
	by  map[string]int
}

func newStreams() *streams { return &streams{by: map[string]int{}} }

// open counts a stream of a talk and a peer and returns what ends it; false: there are too many.
func (s *streams) open(talk, peer string) (func(), bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	talk, peer = "talk "+talk, "peer "+peer
	if s.all >= maxStreams || s.by[talk] >= maxTalkStreams || s.by[peer] >= maxPeerStreams {
		return nil, false
	}
	s.add(talk, peer, 1)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.add(talk, peer, -1)
	}, true
}

func (s *streams) add(talk, peer string, n int) {
	s.all += n
	for _, name := range []string{talk, peer} {
		if s.by[name] += n; s.by[name] == 0 {
			delete(s.by, name)
		}
	}
}
