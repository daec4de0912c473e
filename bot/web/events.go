package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"olle/flows"
)

const (
	heartbeat   = 15 * time.Second
	writeWithin = 10 * time.Second // a client slower than that is dropped; it comes back and resumes
)

// events streams a talk's new lines: GET /api/chat/events?session=. What the bot says is "event: message"; what the guest said, on
// whichever device, is "event: mine". It resumes after Last-Event-ID (or ?last=); without one it begins with what comes next.
func (w *Web) events(rw http.ResponseWriter, r *http.Request) {
	a, err := w.visitor(r)
	if err != nil {
		w.fail(rw, r, err)
		return
	}
	on := w.onDuty(r.Context())
	if on == nil {
		w.fail(rw, r, errNotYet)
		return
	}
	done, ok := w.streams.open(string(a), w.opt.Peer(r))
	if !ok {
		w.fail(rw, r, tooMany(heartbeat, "This conversation is open in too many places. Please close some of them."))
		return
	}
	defer done()
	wake, stop := w.hub.listen(a)
	defer stop()
	last, err := w.startOf(r, a)
	if err != nil {
		w.fail(rw, r, err)
		return
	}
	s := &stream{of: a, rw: rw, rc: http.NewResponseController(rw), last: last}
	if err := s.begin(); err == nil {
		w.stream(r.Context(), on, a, s, wake)
	}
}

// startOf is the number of the last line the client has. One it cannot have, or no number, means all of them.
func (w *Web) startOf(r *http.Request, a flows.Address) (int64, error) {
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		id = r.URL.Query().Get("last")
	}
	if id == "" {
		return w.count(r.Context(), a)
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n < 0 || n > 999_999_999_999 {
		n = 0
	}
	return n, nil
}

func (w *Web) stream(ctx context.Context, on *shift, a flows.Address, s *stream, wake <-chan struct{}) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		for {
			page, err := w.lines(ctx, a, s.last, 50)
			if err != nil || s.write(page) != nil {
				return
			}
			if len(page) < 50 {
				break
			}
		}
		select {
		case <-wake:
		case <-beat.C: // also looks for lines: a hint may have been missed
			if s.comment() != nil {
				return
			}
		case <-ctx.Done():
			return
		case <-on.over:
			return
		}
	}
}

// stream is one client's connection.
type stream struct {
	of   flows.Address
	rw   http.ResponseWriter
	rc   *http.ResponseController
	last int64
}

func (s *stream) begin() error {
	h := s.rw.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // proxies that collect would hold lines back
	s.rw.WriteHeader(http.StatusOK)
	return s.send("retry: 2000\n\n")
}

func (s *stream) comment() error { return s.send(": still here\n\n") }

func (s *stream) write(lines []line) error {
	if len(lines) == 0 {
		return nil
	}
	var b strings.Builder
	for _, l := range lines {
		kind := "message"
		if l.Me {
			kind = "mine"
		}
		m := l.message()
		m.Pushed = !l.Me && !strings.HasPrefix(l.Cause, string(s.of)+":")
		data, err := json.Marshal(m)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "id: %s\nevent: %s\ndata: %s\n\n", lineID(l.seq), kind, data)
		s.last = l.seq
	}
	return s.send(b.String())
}

func (s *stream) send(text string) error {
	s.rc.SetWriteDeadline(time.Now().Add(writeWithin))
	if _, err := io.WriteString(s.rw, text); err != nil {
		return err
	}
	return s.rc.Flush()
}

// hub tells those who look at a talk that it has a new line. It only wakes them; what they then read is the store.
type hub struct {
	mu sync.Mutex
	m  map[flows.Address]map[chan struct{}]bool
}

func newHub() *hub { return &hub{m: map[flows.Address]map[chan struct{}]bool{}} }

func (h *hub) listen(a flows.Address) (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.m[a] == nil {
		h.m[a] = map[chan struct{}]bool{}
	}
	h.m[a][c] = true
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if delete(h.m[a], c); len(h.m[a]) == 0 {
			delete(h.m, a)
		}
	}
}

func (h *hub) wake(a flows.Address) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.poke(a)
}

func (h *hub) poke(a flows.Address) {
	for c := range h.m[a] {
		select {
		case c <- struct{}{}:
		default: // it will look anyway
		}
	}
}

func (h *hub) wakeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for a := range h.m {
		h.poke(a)
	}
}

// wakeKey wakes those who look at the talk a line's key belongs to; "" all.
func (h *hub) wakeKey(key string) {
	parts := strings.SplitN(key, "/", 3)
	if len(parts) != 3 {
		h.wakeAll()
		return
	}
	h.wake(flows.Address(parts[1]))
}
