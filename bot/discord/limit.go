package discord

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"olle/bot"
)

const (
	invalidWindow = 10 * time.Minute
	invalidMost   = 5_000 // Discord bans the address of a bot at 10,000
)

// limits keeps to Discord's rates as the headers of its answers tell them: per bucket (a route, or several that share one, and the
// channel or server it is about), and for the whole bot. Interactions have buckets but do not count for the whole bot.
type limits struct {
	global *rate.Limiter

	mu      sync.Mutex
	names   map[string]string // Discord's name of the bucket of a route and what that is about; it may change at any time
	buckets map[string]*bucket
	sweepAt int         // buckets that are worth looking through for old ones
	shut    time.Time   // nothing but interactions before
	invalid []time.Time // answers 401, 403 and 429 of the last minutes
}

type bucket struct {
	left  int
	seen  int // least that an answer of this window told: the newest of answers that overtook each other
	reset time.Time
	under int // requests under way
}

func newLimits(perSecond rate.Limit) *limits {
	return &limits{global: rate.NewLimiter(perSecond, 5), names: map[string]string{}, buckets: map[string]*bucket{}}
}

// wait says how long the request must wait, and whether everybody must; zero takes the place.
func (l *limits) wait(r *request) (d time.Duration, everyone bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if !r.interaction() {
		if d := l.shut.Sub(now); d > 0 {
			return d, true
		}
		if d := l.invalidUntil(now).Sub(now); d > 0 {
			return d, true
		}
	}
	b := l.bucket(r)
	if b != nil && b.left <= 0 && b.reset.After(now) {
		return b.reset.Sub(now), false
	}
	if !r.interaction() {
		reserved := l.global.ReserveN(now, 1)
		if d := reserved.DelayFrom(now); d > 0 {
			reserved.CancelAt(now)
			return d, true
		}
	}
	if b != nil {
		b.left--
		b.under++
		r.entered = b
	}
	return 0, false
}

// enter waits up to patience for a place. Otherwise it says how long it would be.
func (l *limits) enter(ctx context.Context, r *request, patience time.Duration) (d time.Duration, everyone bool, err error) {
	for end := time.Now().Add(patience); ; {
		d, everyone = l.wait(r)
		if d <= 0 || time.Now().Add(d).After(end) {
			return d, everyone, nil
		}
		if !bot.Pause(ctx, d+time.Millisecond) {
			return 0, false, ctx.Err()
		}
	}
}

// busy says that a request of this kind would have to wait now.
func (l *limits) busy(r *request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.shut.After(now) || l.global.TokensAt(now) < 1 {
		return true
	}
	b := l.bucket(r)
	return b != nil && b.left <= 0 && b.reset.After(now)
}

func (l *limits) bucket(r *request) *bucket { return l.buckets[l.key(r)] }

func (l *limits) key(r *request) string {
	name := l.names[r.place()]
	if name == "" {
		name = r.route()
	}
	return name + " " + r.major()
}

// learn reads the headers of an answer; header is nil when there was none.
func (l *limits) learn(r *request, status int, header http.Header, body429 tooMany) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if r.entered != nil {
		r.entered.under--
		r.entered = nil
	}
	if status == http.StatusUnauthorized && !r.interaction() || status == http.StatusForbidden ||
		status == http.StatusTooManyRequests && header.Get("X-RateLimit-Scope") != "shared" {
		l.invalid = append(l.invalid, now)
	}
	if status == http.StatusTooManyRequests && body429.Global {
		l.shut = now.Add(body429.wait())
		return
	}
	if name := header.Get("X-RateLimit-Bucket"); name != "" && l.names[r.place()] != name {
		l.names[r.place()] = name
	}
	left, err := strconv.Atoi(header.Get("X-RateLimit-Remaining"))
	after, err2 := strconv.ParseFloat(header.Get("X-RateLimit-Reset-After"), 64)
	if status == http.StatusTooManyRequests {
		left, after, err, err2 = 0, max(after, body429.wait().Seconds()), nil, nil
	}
	if err != nil || err2 != nil {
		return
	}
	l.set(r, left, now.Add(time.Duration(after*float64(time.Second))), now)
}

// sameWindow is how far two answers of one window may differ about its end: by as much as they were on their way.
const sameWindow = 300 * time.Millisecond

// set takes over what the server knows, less what is under way and unknown to it yet. Answers overtake each other: within a window
// what is left only falls, so the least that was told is the newest.
func (l *limits) set(r *request, left int, reset, now time.Time) {
	key := l.key(r)
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) >= l.sweepAt {
			l.sweep(now)
		}
		b = &bucket{}
		l.buckets[key] = b
	}
	if b.reset.After(now) && reset.Sub(b.reset).Abs() < sameWindow {
		left = min(left, b.seen)
		reset = b.reset
	}
	b.seen, b.left, b.reset = left, left-b.under, reset
}

// sweep forgets buckets that are full again. There is one for every channel and interaction ever used.
func (l *limits) sweep(now time.Time) {
	for key, b := range l.buckets {
		if b.reset.Before(now) && b.under == 0 {
			delete(l.buckets, key)
		}
	}
	l.sweepAt = max(1000, 2*len(l.buckets))
	if len(l.names) > 2*l.sweepAt {
		clear(l.names)
	}
}

// invalidUntil returns when the next request is allowed with regard to the refused ones.
func (l *limits) invalidUntil(now time.Time) time.Time {
	for len(l.invalid) > 0 && now.Sub(l.invalid[0]) > invalidWindow {
		l.invalid = l.invalid[1:]
	}
	if n := len(l.invalid); n >= invalidMost {
		return l.invalid[n-invalidMost].Add(invalidWindow)
	}
	return now
}

// tooMany is the body of an answer 429.
type tooMany struct {
	RetryAfter float64 `json:"retry_after"`
	Global     bool    `json:"global"`
}

func (t tooMany) wait() time.Duration {
	return max(time.Duration(t.RetryAfter*float64(time.Second)), 50*time.Millisecond)
}

// major returns what a bucket is per: the channel, server or interaction.
func (r *request) major() string {
	if r.interaction() && len(r.args) > 1 {
		return r.args[0] + "/" + r.args[1]
	}
	if len(r.args) > 0 {
		return r.args[0]
	}
	return ""
}

// place is a route and what it is about.
func (r *request) place() string { return r.route() + " " + r.major() }

func (r *request) route() string { return r.method + " " + r.path }

// interaction says whether the request is outside the limit of the whole bot.
func (r *request) interaction() bool {
	return strings.HasPrefix(r.path, "/interactions/") || strings.HasPrefix(r.path, "/webhooks/")
}
