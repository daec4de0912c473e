package web

import (
	"net/http"
	"sync"

	"olle/bot/gate"
)

// admitPeer counts a request against its network address.
func (w *Web) admitPeer(r *http.Request) error {
	if wait := w.peers.TakePeer(w.opt.Peer(r)); wait > 0 {
		return tooMany(wait, "Too many messages are coming from your network at once. Please wait a moment, then try again.")
	}
	return nil
}

func (w *Web) admitSession(name string) error {
	if wait := w.sessions.Take(name); wait > 0 {
		return tooMany(wait, "That was faster than I can read. Please wait a moment, then send it again.")
	}
	return nil
}

// Live streams are long and cost memory: so many over all, per talk and per household.
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
	household, _ := gate.Household(peer)
	talk, peer = "talk "+talk, "peer "+household
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
