package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// moods are what a network's API does instead of answering, or after it has done what it was asked.
type moods struct {
	refuse func(w http.ResponseWriter, wait time.Duration) // the network's own way to say "too many"; wait 0: it does not say how long

	mu     sync.Mutex
	chance *rand.Rand
	mood   string  // "": it works
	share  float64 // of calls that meet it
	met    map[string]int
	doubts int // calls that were done and of which the caller does not know
}

// everyMood is what can happen to a call. "mixed" is any of them.
var everyMood = []string{"429", "429 without a wait", "500", "502 page", "500 afterwards", "502 page afterwards", "dropped", "dropped afterwards"}

func newMoods(seed uint64, refuse func(http.ResponseWriter, time.Duration)) *moods {
	return &moods{refuse: refuse, chance: rand.New(rand.NewPCG(seed, 429)), met: map[string]int{}}
}

// set has that share of the calls meet a mood from now on.
func (m *moods) set(mood string, share float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mood, m.share = mood, share
}

// sum says what calls met, and how many of them left the caller in doubt.
func (m *moods) sum() (met string, doubts int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fmt.Sprint(m.met), m.doubts
}

// meet is what the next call meets.
func (m *moods) meet() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mood == "" || m.chance.Float64() >= m.share {
		return ""
	}
	kind := m.mood
	if kind == "mixed" {
		kind = everyMood[m.chance.IntN(len(everyMood))]
	}
	m.met[kind]++
	if kind == "500 afterwards" || kind == "502 page afterwards" || kind == "dropped afterwards" {
		m.doubts++
	}
	return kind
}

// around does a call as the mood wants it.
func (m *moods) around(w http.ResponseWriter, r *http.Request, do http.HandlerFunc) {
	kind := m.meet()
	switch kind {
	case "":
		do(w, r)
		return
	case "500 afterwards", "502 page afterwards", "dropped afterwards":
		do(httptest.NewRecorder(), r)
	default:
		_, _ = io.Copy(io.Discard, r.Body)
	}
	switch kind {
	case "429":
		m.refuse(w, time.Second)
	case "429 without a wait":
		m.refuse(w, 0)
	case "500", "500 afterwards":
		w.WriteHeader(http.StatusInternalServerError)
	case "502 page", "502 page afterwards":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html><h1>502 Bad Gateway</h1></html>")
	default:
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			reset(conn)
		}
	}
}

// tokens is a bucket as networks count what bots send: so many at once, and so many a second come back.
type tokens struct {
	most, perSecond float64
	left            float64
	last            time.Time
}

// take says whether there was one left.
func (b *tokens) take(now time.Time) bool {
	if b.last.IsZero() {
		b.left = b.most
	} else {
		b.left = min(b.most, b.left+now.Sub(b.last).Seconds()*b.perSecond)
	}
	b.last = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
