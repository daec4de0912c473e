package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// dcSession is one gateway session with what can be replayed.
type dcSession struct {
	id     string
	events []map[string]any
	conn   *websocket.Conn
	host   string // as the bot reaches this server
	mu     sync.Mutex
}

// heartbeats are close together, so that silence is noticed within seconds.
const dcHeartbeat = 2 * time.Second

func (f *fakeDiscord) gateway(w http.ResponseWriter, r *http.Request) {
	c, err := dcUpgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer c.Close()
	s := &dcSession{conn: c} // until it identifies or resumes
	s.write(map[string]any{"op": 10, "d": map[string]any{"heartbeat_interval": dcHeartbeat.Milliseconds()}})
	for {
		var p struct {
			Op   int             `json:"op"`
			Data json.RawMessage `json:"d"`
		}
		if err := c.ReadJSON(&p); err != nil {
			f.leave(s, c, websocket.IsCloseError(err, 1000, 1001))
			return
		}
		f.mu.Lock()
		switch p.Op {
		case 1:
			if !f.mute {
				s.write(map[string]any{"op": 11})
			}
		case 2:
			s = f.identify(c, r.Host)
		case 6:
			if resumed := f.resume(c, p.Data); resumed != nil {
				s = resumed
			} else {
				s.write(map[string]any{"op": 9, "d": false})
			}
		}
		f.mu.Unlock()
	}
}

func (f *fakeDiscord) identify(c *websocket.Conn, host string) *dcSession {
	s := &dcSession{id: "s" + f.id(), conn: c, host: host}
	f.sessions[s.id] = s
	f.begun++
	s.emit("READY", map[string]any{"session_id": s.id, "resume_gateway_url": "ws://" + host + "/gateway", "user": map[string]any{"id": dcBot},
		"application": map[string]any{"id": "900000000000000002"}})
	return s
}

// resume replays what came after the last event the bot has; nil: there is no such session.
func (f *fakeDiscord) resume(c *websocket.Conn, data json.RawMessage) *dcSession {
	var asked struct {
		Session string `json:"session_id"`
		Seq     int    `json:"seq"`
	}
	_ = json.Unmarshal(data, &asked)
	s := f.sessions[asked.Session]
	if s == nil {
		return nil
	}
	f.resumes++
	if s.conn != nil {
		s.conn.Close()
	}
	s.conn = c
	for _, e := range s.events[min(asked.Seq, len(s.events)):] {
		s.write(e)
	}
	s.emit("RESUMED", map[string]any{})
	return s
}

// leave ends a connection, and the session too where the bot said so.
func (f *fakeDiscord) leave(s *dcSession, c *websocket.Conn, over bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.conn == c {
		s.conn = nil
	}
	if over {
		delete(f.sessions, s.id)
	}
}

// write sends a packet if the session is connected. A client that does not read is not waited for.
func (s *dcSession) write(packet any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		_ = s.conn.SetWriteDeadline(time.Now().Add(2 * time.Second))
		_ = s.conn.WriteJSON(packet)
	}
}

// emit numbers an event, keeps it and sends it; f.mu is held.
func (s *dcSession) emit(kind string, data any) {
	if m, ok := data.(dcMessage); ok {
		data = m.located(s.host)
	}
	e := map[string]any{"op": 0, "s": len(s.events) + 1, "t": kind, "d": data}
	s.events = append(s.events, e)
	s.write(e)
}

func (f *fakeDiscord) dispatch(kind string, data any) {
	for _, s := range f.sessions {
		s.emit(kind, data)
	}
}

// act is what the gateway does to every session: "reconnect" (op 7), "invalid" (op 9, the session is over), "invalid, resumable",
// "close 4000", "drop", "silent" (no acknowledgements until act is called with "speak").
func (f *fakeDiscord) act(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mute = what == "silent"
	for id, s := range f.sessions {
		switch what {
		case "reconnect":
			s.write(map[string]any{"op": 7})
		case "invalid":
			s.write(map[string]any{"op": 9, "d": false})
			delete(f.sessions, id)
		case "invalid, resumable":
			s.write(map[string]any{"op": 9, "d": true})
		case "close 4000":
			if s.conn != nil {
				_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4000, ""), time.Now().Add(time.Second))
			}
		case "drop":
			if s.conn != nil {
				s.conn.Close()
			}
		}
	}
}

var gatewayActs = []string{"reconnect", "invalid", "invalid, resumable", "close 4000", "drop", "silent"}

func (f *fakeDiscord) hangUp() { f.act("drop") }

// connected says that a session lives.
func (f *fakeDiscord) connected() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.sessions {
		if s.conn != nil {
			return nil
		}
	}
	return fmt.Errorf("no gateway session of %d lives", len(f.sessions))
}
