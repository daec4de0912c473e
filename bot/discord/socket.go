package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"olle/bot"
)

// Operations of the gateway.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opResume         = 6
	opReconnect      = 7
	opInvalidSession = 9
	opHello          = 10
	opHeartbeatAck   = 11
)

const (
	// closeResuming is the code with which a session is left that shall be taken up again; 1000 and 1001 would end it.
	closeResuming = 4000

	maxPayload = 64 << 20 // a large server's GUILD_CREATE has megabytes
	writeTime  = 10 * time.Second
)

// payload is one message of the gateway.
type payload struct {
	Op   int             `json:"op"`
	Seq  int64           `json:"s"`
	Type string          `json:"t"`
	Data json.RawMessage `json:"d"`
}

// socket is one connection. Reading is for one goroutine; anybody may write and close.
type socket struct {
	conn     *websocket.Conn
	interval time.Duration // of heartbeats, as Hello says; 0 before
	mu       sync.Mutex    // writing
	acked    atomic.Bool   // the last heartbeat was
	silent   atomic.Bool   // closed because one was not
}

// dial connects and reads Hello.
func dial(ctx context.Context, address string, within time.Duration) (*socket, error) {
	if !strings.Contains(address, "?") {
		address += "?v=10&encoding=json"
	}
	dialer := websocket.Dialer{
		Proxy: http.ProxyFromEnvironment, HandshakeTimeout: within,
		NetDialContext: (&net.Dialer{Timeout: within, KeepAlive: 15 * time.Second}).DialContext,
	}
	conn, _, err := dialer.DialContext(ctx, address, nil)
	if err != nil {
		return nil, fmt.Errorf("discord: connecting to the gateway: %w", withoutAddress(err))
	}
	s := &socket{conn: conn}
	arrived := context.AfterFunc(ctx, s.close) // nobody waits for a silent gateway longer than there is use for it
	defer arrived()
	conn.SetReadLimit(maxPayload)
	_ = conn.SetReadDeadline(time.Now().Add(within))
	for {
		p, err := s.read()
		if err != nil {
			conn.Close()
			return nil, err
		}
		if p.Op != opHello {
			continue // nothing that comes before Hello can be acted on
		}
		var hello struct {
			Interval int64 `json:"heartbeat_interval"`
		}
		if err := json.Unmarshal(p.Data, &hello); err != nil || hello.Interval <= 0 {
			conn.Close()
			return nil, errors.New("discord: the gateway's Hello names no heartbeat interval")
		}
		s.interval = time.Duration(hello.Interval) * time.Millisecond
		s.acked.Store(true)
		return s, nil
	}
}

// read returns the next payload. A gateway that says nothing for one and a half heartbeats is gone: it owes us an answer to each.
func (s *socket) read() (payload, error) {
	for {
		if s.interval > 0 {
			_ = s.conn.SetReadDeadline(time.Now().Add(s.interval * 3 / 2))
		}
		_, raw, err := s.conn.ReadMessage()
		if err != nil {
			if s.silent.Load() {
				err = errors.New("no answer to a heartbeat")
			}
			return payload{}, fmt.Errorf("discord: reading from the gateway: %w", err)
		}
		var p payload
		if json.Unmarshal(raw, &p) == nil {
			return p, nil
		} // what cannot be read cannot be acted on, and must not stop the rest
	}
}

func (s *socket) write(op int, data any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(writeTime))
	err := s.conn.WriteJSON(struct {
		Op   int `json:"op"`
		Data any `json:"d"`
	}{op, data})
	if err != nil {
		return fmt.Errorf("discord: writing to the gateway: %w", err)
	}
	return nil
}

// beat sends heartbeats until ctx ends, the first after a random part of the interval. It closes the connection when one was not
// answered.
func (s *socket) beat(ctx context.Context, seq func() any) {
	if !bot.Pause(ctx, time.Duration(rand.Float64()*float64(s.interval))) {
		return
	}
	for {
		if !s.acked.Swap(false) {
			s.silent.Store(true)
			s.close()
			return
		}
		if s.write(opHeartbeat, seq()) != nil {
			s.close()
			return
		}
		if !bot.Pause(ctx, s.interval) {
			return
		}
	}
}

// close leaves in a way that lets the session be resumed.
func (s *socket) close() {
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(closeResuming, ""), time.Now().Add(time.Second))
	s.conn.Close()
}
