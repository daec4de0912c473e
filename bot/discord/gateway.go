package discord

// Why not discordgo's gateway: it answers op 9 by identifying at once, inside its own reading goroutine and unseen by any handler, where
// Discord wants one to five seconds and a count of identifies; it keeps the close code, the session and the sequence to itself, so that
// neither a fatal code nor a session can be told apart or taken up after a restart; it ignores resume_gateway_url; and Op 7 or 11 as
// the first packet locks it for ever. A supervisor around it could only watch that happen. What is left is short.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"olle/bot"
)

// Intents asked for. Message content is not among them: Discord shows it in direct messages and where the bot is mentioned anyway.
const (
	intentGuilds         = 1 << 0
	intentMembers        = 1 << 1 // privileged
	intentGuildMessages  = 1 << 9
	intentDirectMessages = 1 << 12
)

// shard is one gateway session and its connections.
type shard struct {
	d            *Discord
	index, count int
	gate         *gate
	handle       func(ctx context.Context, s *shard, p payload)
	log          *slog.Logger

	intents int
	failed  int       // attempts to resume in a row that reached the gateway and did not succeed
	missed  int       // attempts in a row to reach the session's own place
	heard   time.Time // when the session was last known to live

	mu      sync.Mutex
	session string
	home    string // where the session is resumed
	seq     int64  // last received
	due     *progress
}

// outcome is how a connection ended.
type outcome struct {
	err   error
	fatal bool
	ready bool          // it worked for a while
	drop  bool          // the session is over
	wait  time.Duration // before the next one
}

func (d *Discord) newShard(index, count int, g *gate, handle func(context.Context, *shard, payload)) *shard {
	return &shard{
		d: d, index: index, count: count, gate: g, handle: handle, due: newProgress(),
		log:     d.log.With("platform", d.Name(), "shard", index),
		intents: intentGuilds | intentMembers | intentGuildMessages | intentDirectMessages,
	}
}

func (s *shard) key() string { return fmt.Sprintf("session/%d-%d", s.index, s.count) }

// run keeps a session going until ctx ends. It returns an error only for what an operator must mend.
func (s *shard) run(ctx context.Context) error {
	s.takeUp(ctx)
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	saving, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		for saving.Err() == nil {
			select {
			case <-tick.C:
				s.save(false)
			case <-saving.Done():
			}
		}
	}()
	defer s.leave(ctx)
	s.d.away.left(s.index)
	defer s.d.away.back(s.index)
	for pause := s.d.pace.retry; ctx.Err() == nil; {
		o := s.connect(ctx)
		if ctx.Err() != nil {
			return nil
		}
		s.d.away.left(s.index)
		if o.fatal {
			s.forget()
			return o.err
		}
		if o.drop {
			s.forget()
		}
		if o.ready {
			pause = s.d.pace.retry
		}
		s.log.Info("gateway connection ended", "err", o.err, "resume", s.session != "", "wait", max(o.wait, pause))
		bot.Pause(ctx, max(o.wait, bot.Jitter(pause)))
		pause = min(2*pause, time.Minute)
	}
	return nil
}

// connect makes one connection and reads it to its end.
func (s *shard) connect(ctx context.Context) outcome {
	address, through, o := s.address(ctx)
	if address == "" {
		return o
	}
	conn, err := dial(ctx, address, s.d.pace.watch)
	if err != nil {
		through()
		s.missed++
		return s.ended(err, false)
	}
	s.missed = 0
	inside, cancel := context.WithCancel(ctx)
	defer cancel()
	context.AfterFunc(inside, conn.close) // whichever way out is taken
	watchdog := time.AfterFunc(s.d.pace.watch, cancel)
	defer watchdog.Stop()
	go conn.beat(inside, s.last)
	err = s.present(conn)
	through()
	if err != nil {
		return s.ended(err, false)
	}
	s.failed++
	return s.listen(ctx, conn, watchdog)
}

// worthResuming says whether the session may still be there. It is given up for what the gateway says of it, and else only after a while: what
// a new one does not replay (taps, commands, who joined) is lost.
func (s *shard) worthResuming() bool {
	quiet := time.Since(s.heard)
	return s.session != "" && quiet < maxOutage && (s.failed < 3 || quiet < s.d.pace.patience)
}

// address says where to connect: to the session's own place to resume it, or where the API says if that is not to be reached or a new session
// is needed, when one is allowed. The second result is to be called when the shard has presented itself there, or could not.
func (s *shard) address(ctx context.Context) (string, func(), outcome) {
	resume := s.worthResuming()
	switch {
	case !resume:
		s.forget()
	case s.missed < 3:
		return s.home, func() {}, outcome{}
	}
	info, err := s.d.gatewayInfo(ctx)
	if err != nil {
		var no *refusal
		if errors.As(err, &no) && no.status == http.StatusUnauthorized {
			return "", nil, outcome{err: errToken, fatal: true}
		}
		var fact *bot.SendError
		if errors.As(err, &fact) {
			return "", nil, outcome{err: err, wait: fact.Wait}
		}
		return "", nil, outcome{err: err}
	}
	if resume {
		return info.URL, func() {}, outcome{}
	}
	if info.Limit.Total > 0 && info.Limit.Remaining <= 0 {
		wait := time.Duration(info.Limit.ResetAfter) * time.Millisecond
		s.log.Warn("no gateway session is allowed for a while", "wait", wait)
		return "", nil, outcome{err: errors.New("discord: today's sessions are used up"), wait: max(wait, time.Second)}
	}
	through := s.gate.enter(ctx, s.index, info.Limit.Concurrency)
	if through == nil {
		return "", nil, outcome{err: ctx.Err()}
	}
	return info.URL, through, outcome{}
}

// present identifies or resumes.
func (s *shard) present(conn *socket) error {
	s.mu.Lock()
	session, seq := s.session, s.seq
	s.mu.Unlock()
	if session != "" {
		return conn.write(opResume, map[string]any{"token": s.d.token, "session_id": session, "seq": seq})
	}
	identify := map[string]any{
		"token": s.d.token, "intents": s.intents,
		"properties": map[string]string{"os": runtime.GOOS, "browser": "olle", "device": "olle"},
	}
	if s.count > 1 {
		identify["shard"] = [2]int{s.index, s.count}
	}
	return conn.write(opIdentify, identify)
}

// listen reads until the connection ends.
func (s *shard) listen(ctx context.Context, conn *socket, watchdog *time.Timer) outcome {
	ready := false
	for {
		p, err := conn.read()
		if ready {
			s.heard = time.Now()
		}
		if err != nil {
			return s.ended(err, ready)
		}
		switch p.Op {
		case opHeartbeat:
			_ = conn.write(opHeartbeat, s.last()) // a failure shows when reading
		case opHeartbeatAck:
			conn.acked.Store(true)
		case opReconnect:
			return outcome{err: errors.New("discord: the gateway asks to reconnect"), ready: true}
		case opInvalidSession:
			var resumable bool
			_ = json.Unmarshal(p.Data, &resumable)
			least, most := s.d.pace.invalid[0], s.d.pace.invalid[1]
			return outcome{err: errors.New("discord: the gateway calls the session invalid"), drop: !resumable, ready: ready, wait: least + rand.N(most-least+1)}
		case opDispatch:
			if p.Type == "READY" || p.Type == "RESUMED" {
				ready = true
				s.failed, s.heard = 0, time.Now()
				s.d.away.back(s.index)
				watchdog.Stop()
				s.log.Info("gateway session works", "event", p.Type)
			}
			s.take(ctx, p)
		}
	}
}

// take notes an event and hands it on. READY begins the session it names.
func (s *shard) take(ctx context.Context, p payload) {
	var r struct {
		Session string `json:"session_id"`
		Home    string `json:"resume_gateway_url"`
	}
	if p.Type == "READY" {
		_ = json.Unmarshal(p.Data, &r)
	}
	s.mu.Lock()
	if p.Type == "READY" {
		s.session, s.home, s.due = r.Session, r.Home, newProgress()
	}
	s.seq = p.Seq
	s.due.begin(p.Seq)
	s.mu.Unlock()
	s.handle(ctx, s, p)
}

// ended draws the consequences of a connection's last error.
func (s *shard) ended(err error, ready bool) outcome {
	var closed *websocket.CloseError
	if !errors.As(err, &closed) {
		return outcome{err: err, ready: ready}
	}
	o := outcome{err: fmt.Errorf("discord: the gateway closed with %d", closed.Code), ready: ready}
	switch closed.Code {
	case 4003, 4007, 4009: // not authenticated, invalid sequence, timed out
		o.drop = true
	case 4004:
		o.err, o.fatal = errToken, true
	case 4010:
		o.err, o.fatal = errors.New("discord: the gateway refuses the shard (4010): start again, and report it if it stays"), true
	case 4011:
		o.err, o.fatal = errors.New("discord: the gateway wants more shards (4011): start again, their number is asked for at start-up"), true
	case 4012:
		o.err, o.fatal = errors.New("discord: the gateway no longer speaks version 10 (4012): update this program"), true
	case 4013:
		o.err, o.fatal = errors.New("discord: the gateway refuses the intents (4013): update this program"), true
	case 4014:
		return s.disallowed(o)
	}
	return o
}

// disallowed goes on without the one privileged intent, once, when Discord refuses it before the session worked.
func (s *shard) disallowed(o outcome) outcome {
	o.drop = true
	if !o.ready && s.intents&intentMembers != 0 {
		s.intents &^= intentMembers
		s.log.Warn("members who join cannot be greeted: " + membersAdvice)
		return o
	}
	o.fatal, o.err = true, errors.New("discord: the gateway refuses a privileged intent (4014): "+membersAdvice)
	return o
}

const membersAdvice = "switch on Server Members Intent on the application's Bot page and start again"

var errToken = errors.New("discord: the token is wrong or was revoked: reset it on the application's Bot page and set OLLE_DISCORD_TOKEN to the new one")

func (s *shard) last() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seq == 0 {
		return nil
	}
	return s.seq
}

// gatewayInfo is the answer of /gateway/bot.
type gatewayInfo struct {
	URL    string `json:"url"`
	Shards int    `json:"shards"`
	Limit  struct {
		Total       int   `json:"total"`
		Remaining   int   `json:"remaining"`
		ResetAfter  int64 `json:"reset_after"` // milliseconds
		Concurrency int   `json:"max_concurrency"`
	} `json:"session_start_limit"`
}

func (d *Discord) gatewayInfo(ctx context.Context) (gatewayInfo, error) {
	var info gatewayInfo
	err := d.call(ctx, &request{method: http.MethodGet, path: "/gateway/bot", patience: 10 * time.Second}, &info)
	if err == nil && info.URL == "" {
		err = errors.New("discord: the API names no gateway")
	}
	return info, err
}

// gate spaces identifies: in five seconds one for each of max_concurrency groups of shards.
type gate struct {
	every time.Duration
	mu    sync.Mutex
	ways  map[int]*way
}

// way is one group's way in.
type way struct {
	taken chan struct{} // holds one while a shard is on its way
	next  time.Time     // when the next may enter; of whoever holds taken
}

func newGate(every time.Duration) *gate { return &gate{every: every, ways: map[int]*way{}} }

// enter waits for the shard's turn; nil when ctx ends first. What it returns is to be called when the shard has identified or failed to:
// the time to the next counts from then, however long connecting took.
func (g *gate) enter(ctx context.Context, shard, groups int) (through func()) {
	g.mu.Lock()
	group := shard % max(groups, 1)
	w := g.ways[group]
	if w == nil {
		w = &way{taken: make(chan struct{}, 1)}
		g.ways[group] = w
	}
	g.mu.Unlock()
	select {
	case w.taken <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	if !bot.Pause(ctx, time.Until(w.next)) {
		<-w.taken
		return nil
	}
	return func() {
		w.next = time.Now().Add(g.every)
		<-w.taken
	}
}
