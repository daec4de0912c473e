package discord

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"olle/bot"
)

// maxOutage is how long a session that nobody renews is worth trying to take up; Discord gives no figure.
const maxOutage = 10 * time.Minute

// staleSession is when a session of another process counts as abandoned.
const staleSession = 15 * time.Second

// saved is a session as memory keeps it.
type saved struct {
	Session string    `json:"session"`
	Home    string    `json:"home"`
	Seq     int64     `json:"seq"` // the last that is on record with all before it
	At      time.Time `json:"at"`
	User    string    `json:"user"`
	App     string    `json:"app"`
	Owner   string    `json:"owner,omitempty"`
	Free    bool      `json:"free,omitempty"` // left by a clean stop
}

// brings says whether the events of a server come by this session, "" for direct messages, as Discord's formula has it.
func (s *shard) brings(guild string) bool {
	n, _ := strconv.ParseUint(guild, 10, 64)
	return int(n>>22)%s.count == s.index
}

// forget ends a session for us; what it would have replayed comes by back-fill.
func (s *shard) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session, s.home, s.seq, s.failed, s.missed = "", "", 0, 0, 0
}

// takeUp continues the session of an earlier process from the last event on record, if it is free and fresh.
func (s *shard) takeUp(ctx context.Context) {
	text, err := s.d.opt.Memory.Get(ctx, s.key())
	var old saved
	if err != nil || text == "" || json.Unmarshal([]byte(text), &old) != nil || old.Session == "" || old.Home == "" {
		return
	}
	age := time.Since(old.At)
	mine := s.d.opt.Replica != "" && old.Owner == s.d.opt.Replica
	alone := mine || s.d.opt.Lease != nil
	if age > maxOutage || old.Seq <= 0 || !old.Free && !alone && age < staleSession {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session, s.home, s.seq, s.heard = old.Session, old.Home, old.Seq, old.At
	s.due = newProgress()
	s.due.last = old.Seq
	s.d.self.CompareAndSwap(nil, &identity{user: old.User, app: old.App})
}

// leave saves the session for the next process, unless that has it already.
func (s *shard) leave(ctx context.Context) {
	if context.Cause(ctx) == bot.ErrLeaseLost {
		s.d.memory.withdraw(s.key())
		return
	}
	s.save(true)
}

// save tells memory from where the session is to be resumed: behind the last event on record.
func (s *shard) save(free bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == "" {
		if free {
			s.d.memory.put(s.key(), "")
		}
		return
	}
	now := saved{Session: s.session, Home: s.home, Seq: s.due.low(), At: time.Now(), Owner: s.d.opt.Replica, Free: free}
	if me := s.d.self.Load(); me != nil {
		now.User, now.App = me.user, me.app
	}
	if text, err := json.Marshal(now); err == nil {
		s.d.memory.put(s.key(), string(text))
	}
}

// progress knows which events are on record.
type progress struct {
	mu   sync.Mutex
	open map[int64]bool
	last int64
}

func newProgress() *progress { return &progress{open: map[int64]bool{}} }

func (p *progress) begin(seq int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[seq], p.last = true, max(p.last, seq)
}

func (p *progress) end(seq int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, seq)
}

// low is the last event that is on record together with all before it.
func (p *progress) low() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	low := p.last
	for seq := range p.open {
		low = min(low, seq-1)
	}
	return low
}
