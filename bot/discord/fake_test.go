package discord_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"olle/bot/platformtest"
	"olle/flows"
)

type object = map[string]any

const (
	botID  = "900000000000000001"
	appID  = "900000000000000002"
	guest  = "700000000000000001"
	guild  = "600000000000000001"
	lounge = "600000000000000002" // a channel of it
)

// network is a small Discord of one bot: REST, gateway and files on one local address.
type network struct {
	t      *testing.T
	server *httptest.Server
	beat   time.Duration

	mu        sync.Mutex
	last      int64
	messages  []object // all, oldest first
	nonces    map[string]object
	dms       map[string]string // channel by user
	files     map[string][]byte
	asks      map[string]*asked // interactions by token
	commands  map[string][]any  // by path
	puts      int
	sessions  map[string]*session
	conns     map[*websocket.Conn]*session
	identify  []object
	resumes   int
	mute      bool                                                                   // heartbeats are not answered
	greeting  func(c *websocket.Conn, write func(op int, data any)) bool             // instead of READY; true: it was handled
	interrupt func(w http.ResponseWriter, r *http.Request, do http.HandlerFunc) bool // before every REST call; true: it was handled
	calls     []string
	starts    int         // left of session_start_limit
	shards    int         // asked for
	newest    bool        // of messages after a mark the newest are given, not the next
	at        []time.Time // of identifies
}

// session is one gateway session with what can be replayed.
type session struct {
	id     string
	events []object
	conn   *websocket.Conn
	shard  int
	mu     sync.Mutex // writing
}

// asked is an interaction and what became of it.
type asked struct {
	id, token, channel string
	kind               float64 // type of the response; 0: none yet
	original, source   object
	body               object
}

func newNetwork(t *testing.T) *network {
	n := &network{
		t: t, beat: 2 * time.Second, nonces: map[string]object{}, commands: map[string][]any{}, dms: map[string]string{}, files: map[string][]byte{}, starts: 1000, shards: 1,
		asks: map[string]*asked{}, sessions: map[string]*session{}, conns: map[*websocket.Conn]*session{},
	}
	n.server = httptest.NewServer(http.HandlerFunc(n.serve))
	t.Cleanup(func() {
		n.each(func(s *session) { s.conn.Close() })
		n.server.Close()
	})
	return n
}

func (n *network) id() string {
	n.last = max(n.last+1, (time.Now().UnixMilli()-1420070400000)<<22)
	return strconv.FormatInt(n.last, 10)
}

func (n *network) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/gateway":
		n.gateway(w, r)
		return
	case strings.HasPrefix(r.URL.Path, "/attachments/"):
		n.mu.Lock()
		content, ok := n.files[r.URL.RequestURI()]
		n.mu.Unlock()
		if !ok {
			http.Error(w, "This content is no longer available.", http.StatusNotFound)
			return
		}
		_, _ = w.Write(content)
		return
	}
	n.mu.Lock()
	n.calls = append(n.calls, r.Method+" "+r.URL.Path)
	interrupt := n.interrupt
	n.mu.Unlock()
	if r.Header.Get("Authorization") != "Bot good" {
		refuse(w, 401, 0, "401: Unauthorized")
		return
	}
	if interrupt == nil || !interrupt(w, r, n.rest) {
		n.rest(w, r)
	}
}

func refuse(w http.ResponseWriter, status, code int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(object{"code": code, "message": text})
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// body reads a request, a file in it included.
func body(r *http.Request) (v object, file []byte) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		_ = r.ParseMultipartForm(20 << 20)
		_ = json.Unmarshal([]byte(r.FormValue("payload_json")), &v)
		if f, _, err := r.FormFile("files[0]"); err == nil {
			file, _ = io.ReadAll(f)
		}
		return v, file
	}
	_ = json.NewDecoder(r.Body).Decode(&v)
	return v, nil
}

func (n *network) rest(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v10/"), "/")
	switch route := r.Method + " " + p[0]; {
	case route == "GET gateway":
		reply(w, object{"url": "ws" + strings.TrimPrefix(n.server.URL, "http") + "/gateway", "shards": n.shards,
			"session_start_limit": object{"total": 1000, "remaining": n.starts, "reset_after": 300, "max_concurrency": n.atOnce()}})
	case route == "GET users":
		reply(w, object{"id": botID, "bot": true})
	case route == "POST users":
		b, _ := body(r)
		reply(w, object{"id": n.dm(b["recipient_id"].(string)), "type": 1})
	case p[0] == "applications":
		if r.Method == "PUT" {
			var all []any
			_ = json.NewDecoder(r.Body).Decode(&all)
			n.commands[r.URL.Path] = all
			n.puts++
		}
		reply(w, append([]any{}, n.commands[r.URL.Path]...))
	case p[0] == "channels":
		n.channel(w, r, p)
	case route == "POST interactions":
		n.callback(w, r, p)
	case p[0] == "webhooks":
		n.webhook(w, r, p)
	default:
		refuse(w, 404, 0, "404: Not Found")
	}
}

// atOnce is max_concurrency: as many as there are shards, from four on.
func (n *network) atOnce() int {
	if n.shards < 4 {
		return 1
	}
	return n.shards
}

func (n *network) dm(user string) string {
	if n.dms[user] == "" {
		n.dms[user] = n.id()
	}
	return n.dms[user]
}

func (n *network) channel(w http.ResponseWriter, r *http.Request, p []string) {
	channel := p[1]
	if len(p) == 4 {
		for _, m := range n.messages {
			if m["id"] != p[3] || m["channel_id"] != channel || m["gone"] != nil {
				continue
			}
			if r.Method == "PATCH" {
				b, _ := body(r)
				for k, v := range b {
					m[k] = v
				}
			}
			reply(w, m)
			return
		}
		refuse(w, 404, 10008, "Unknown Message")
		return
	}
	if r.Method == "GET" {
		found := []object{}
		after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
		before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
		for _, m := range n.messages {
			if id, _ := strconv.ParseInt(m["id"].(string), 10, 64); m["channel_id"] == channel && id > after && (before == 0 || id < before) {
				found = append([]object{m}, found...)
			}
		}
		switch {
		case len(found) <= 100:
		case before == 0 && !n.newest:
			found = found[len(found)-100:]
		default:
			found = found[:100]
		}
		reply(w, found)
		return
	}
	b, file := body(r)
	key := channel + "/" + fmt.Sprint(b["nonce"])
	if old := n.nonces[key]; old != nil && b["enforce_nonce"] == true {
		reply(w, old)
		return
	}
	m, problem := n.post(channel, b, file)
	if problem != "" {
		refuse(w, 400, 50035, problem)
		return
	}
	n.nonces[key] = m
	reply(w, m)
}

func (n *network) post(channel string, b object, file []byte) (object, string) {
	text, _ := b["content"].(string)
	if len([]rune(text)) > 2000 || text == "" && file == nil {
		return nil, "Invalid Form Body"
	}
	if m, ok := b["allowed_mentions"].(object); !ok || len(m["parse"].([]any)) != 0 {
		n.t.Error("a message may ping somebody")
	}
	m := object{"id": n.id(), "channel_id": channel, "author": object{"id": botID, "bot": true}, "content": text, "components": b["components"],
		"flags": b["flags"], "file": file}
	n.messages = append(n.messages, m)
	return m, ""
}

func (n *network) callback(w http.ResponseWriter, r *http.Request, p []string) {
	a := n.asks[p[2]]
	if a == nil || a.id != p[1] {
		refuse(w, 404, 10062, "Unknown interaction")
		return
	}
	if a.kind != 0 {
		refuse(w, 400, 40060, "Interaction has already been acknowledged.")
		return
	}
	b, file := body(r)
	a.kind, a.body = b["type"].(float64), b
	data, _ := b["data"].(object)
	switch a.kind {
	case 4:
		m, problem := n.post(a.channel, data, file)
		if problem != "" {
			a.kind = 0
			refuse(w, 400, 50035, problem)
			return
		}
		a.original = m
	case 5:
		flags, _ := data["flags"].(float64)
		a.original = object{"id": n.id(), "channel_id": a.channel, "content": "…", "flags": flags + 128, "author": object{"id": botID, "bot": true}}
		n.messages = append(n.messages, a.original)
	case 6:
		a.original = a.source
	case 7:
		a.original = a.source
		for k, v := range data {
			a.source[k] = v
		}
	}
	if a.original != nil && r.URL.Query().Get("with_response") == "true" {
		reply(w, object{"interaction": object{"response_message_id": a.original["id"]}})
		return
	}
	w.WriteHeader(204)
}

func (n *network) webhook(w http.ResponseWriter, r *http.Request, p []string) {
	a := n.asks[p[2]]
	if a == nil || a.kind == 0 || p[1] != appID {
		refuse(w, 404, 10015, "Unknown Webhook")
		return
	}
	switch r.Method {
	case "POST":
		b, file := body(r)
		m, problem := n.post(a.channel, b, file)
		if problem != "" {
			refuse(w, 400, 50035, problem)
			return
		}
		reply(w, m)
	case "PATCH":
		b, _ := body(r)
		for k, v := range b {
			a.original[k] = v
		}
		flags, _ := a.original["flags"].(float64)
		a.original["flags"] = float64(int(flags) &^ 128)
		reply(w, a.original)
	case "DELETE":
		a.original["gone"] = true
		w.WriteHeader(204)
	default:
		reply(w, a.original)
	}
}

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func (n *network) gateway(w http.ResponseWriter, r *http.Request) {
	c, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer c.Close()
	var s *session
	var lock sync.Mutex
	write := func(op int, data any) {
		lock.Lock()
		defer lock.Unlock()
		_ = c.WriteJSON(object{"op": op, "d": data})
	}
	n.mu.Lock()
	greeting, beat := n.greeting, n.beat
	n.mu.Unlock()
	if greeting != nil && greeting(c, write) {
		return
	}
	write(10, object{"heartbeat_interval": beat.Milliseconds()})
	for {
		var p struct{ Op int }
		var raw struct {
			Data object `json:"d"` // a heartbeat's is a number
		}
		_, text, err := c.ReadMessage()
		if err == nil {
			err = json.Unmarshal(text, &p)
			_ = json.Unmarshal(text, &raw)
		}
		if err != nil {
			if websocket.IsCloseError(err, 1000, 1001) && s != nil {
				n.mu.Lock()
				delete(n.sessions, s.id)
				n.mu.Unlock()
			}
			n.leave(s, c)
			return
		}
		n.mu.Lock()
		switch p.Op {
		case 1:
			if !n.mute {
				lockOf(s, &lock).Lock()
				_ = c.WriteJSON(object{"op": 11})
				lockOf(s, &lock).Unlock()
			}
		case 2:
			if raw.Data["token"] != "Bot good" {
				_ = c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4004, ""), time.Now().Add(time.Second))
				n.mu.Unlock()
				return
			}
			n.identify, n.at = append(n.identify, raw.Data), append(n.at, time.Now())
			s = &session{id: "s" + n.id(), conn: c}
			if of, ok := raw.Data["shard"].([]any); ok {
				s.shard = int(of[0].(float64))
			}
			n.sessions[s.id] = s
			s.emit("READY", object{"session_id": s.id, "resume_gateway_url": "ws" + strings.TrimPrefix(n.server.URL, "http") + "/gateway",
				"user": object{"id": botID}, "application": object{"id": appID}})
		case 6:
			n.resumes++
			s = n.sessions[fmt.Sprint(raw.Data["session_id"])]
			if s == nil {
				write(9, false)
				break
			}
			s.conn = c
			seq, _ := raw.Data["seq"].(float64)
			for _, e := range s.events {
				if float64(e["s"].(int)) > seq {
					_ = c.WriteJSON(e)
				}
			}
			s.emit("RESUMED", object{})
		}
		n.mu.Unlock()
	}
}

func lockOf(s *session, own *sync.Mutex) *sync.Mutex {
	if s != nil {
		return &s.mu
	}
	return own
}

func (n *network) leave(s *session, c *websocket.Conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s != nil && s.conn == c {
		s.conn = nil
	}
}

// emit numbers an event, keeps it and sends it; n.mu is held.
func (s *session) emit(kind string, data any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := object{"op": 0, "s": len(s.events) + 1, "t": kind, "d": data}
	s.events = append(s.events, e)
	if s.conn != nil {
		_ = s.conn.WriteJSON(e)
	}
}

// each visits the sessions that are connected.
func (n *network) each(do func(s *session)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.sessions {
		if s.conn != nil {
			do(s)
		}
	}
}

// op sends a bare operation to every connection.
func (n *network) op(op int, data any) {
	n.each(func(s *session) {
		s.mu.Lock()
		defer s.mu.Unlock()
		_ = s.conn.WriteJSON(object{"op": op, "d": data})
	})
}

// hangUp closes every connection with a code; 0 just cuts it.
func (n *network) hangUp(code int) {
	n.each(func(s *session) {
		c := s.conn
		s.conn = nil
		if code == 0 {
			c.Close()
			return
		}
		// A server that says why it hangs up gives the other side time to read it: what is under way the other way would reset the
		// connection and take the reason with it.
		_ = c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
		time.AfterFunc(time.Second, func() { c.Close() })
	})
}

// dispatch sends an event of a server to its session, all else to the first.
func (n *network) dispatch(kind string, data object) {
	of, _ := data["guild_id"].(string)
	number, _ := strconv.ParseUint(of, 10, 64)
	for _, s := range n.sessions {
		if s.shard == int(number>>22)%n.shards {
			s.emit(kind, data)
		}
	}
}

// ready waits until the bot is connected.
func (n *network) ready() {
	n.t.Helper()
	n.until("a gateway session", func() bool {
		for _, s := range n.sessions {
			if s.conn != nil {
				return true
			}
		}
		return false
	})
}

func (n *network) until(what string, ok func() bool) {
	n.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		n.mu.Lock()
		done := ok()
		n.mu.Unlock()
		if done {
			return
		}
	}
	n.t.Fatal("never came: " + what)
}

var author = object{"id": guest, "username": "guest", "global_name": "A Guest"}

// say has the guest write a direct message. It arrives even while the bot is away: then only the API knows it.
func (n *network) say(text string, more object) object {
	n.mu.Lock()
	defer n.mu.Unlock()
	m := object{"id": n.id(), "channel_id": n.dm(guest), "author": author, "content": text, "type": 0}
	for k, v := range more {
		m[k] = v
	}
	n.messages = append(n.messages, m)
	n.dispatch("MESSAGE_CREATE", m)
	return m
}

// use has the guest use an interaction in a direct message, or in the lounge.
func (n *network) use(kind int, data object, source object, public bool) *asked {
	n.mu.Lock()
	defer n.mu.Unlock()
	a := &asked{id: n.id(), channel: n.dm(guest), source: source}
	a.token = "token" + a.id
	i := object{"id": a.id, "application_id": appID, "type": kind, "token": a.token, "data": data, "locale": "ko", "message": source}
	if public {
		a.channel = lounge
		i["guild_id"], i["member"] = guild, object{"user": author, "nick": "Nick"}
	} else {
		i["user"] = author
	}
	i["channel_id"] = a.channel
	n.asks[a.token] = a
	n.dispatch("INTERACTION_CREATE", i)
	return a
}

// tap has the guest use the newest message that offers the value.
func (n *network) tap(value string) *asked {
	n.t.Helper()
	n.mu.Lock()
	var source object
	data := object{"custom_id": value, "component_type": 2}
	for _, m := range n.messages {
		for _, c := range choicesOf(m) {
			if c.Value == value {
				source = m
			}
		}
	}
	n.mu.Unlock()
	if source == nil {
		n.t.Fatalf("nothing offers %q", value)
	}
	return n.use(3, data, source, source["channel_id"] == lounge)
}

func choicesOf(m object) (all []flows.Choice) {
	b, _ := json.Marshal(m["components"])
	var rows []struct {
		Components []struct {
			Label, Custom_ID string
			Options          []flows.Choice
		}
	}
	_ = json.Unmarshal(b, &rows)
	for _, r := range rows {
		for _, c := range r.Components {
			if c.Options == nil {
				all = append(all, flows.Choice{Label: c.Label, Value: c.Custom_ID})
			}
			all = append(all, c.Options...)
		}
	}
	return all
}

// attach puts a file where attachments are, and describes it as a message does.
func (n *network) attach(name string, content []byte) object {
	n.mu.Lock()
	defer n.mu.Unlock()
	id := n.id()
	link := "/attachments/1/" + id + "/file?ex=1"
	n.files[link] = content
	return object{"id": id, "filename": name, "size": len(content), "url": n.server.URL + link, "content_type": "application/pdf"}
}

// shown is what a chat shows of the bot, its markup read as Discord's clients read it.
func (n *network) shown(channel string) (out []platformtest.Shown) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if channel == "" {
		channel = n.dm(guest)
	}
	for _, m := range n.messages {
		if m["channel_id"] != channel || m["gone"] != nil || m["author"].(object)["id"] != botID {
			continue
		}
		out = append(out, platformtest.Shown{Text: unescaped(m["content"].(string)), Choices: choicesOf(m)})
	}
	return out
}

// unescaped takes away the backslashes that make Discord show the next character as it is.
func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("\\*_~`|[]<>@:#-+.)", s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
