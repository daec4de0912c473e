package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const (
	chaosDiscordToken = "chaos-TOKEN-of-discord"
	dcBot             = "900000000000000001"
)

// fakeDiscord is a Discord of one bot with direct messages only: REST, gateway and attachments on one address. Every message has a
// place, so what was written while no session lived is found there; a message with a nonce that was used is not shown again.
type fakeDiscord struct {
	server *httptest.Server
	moods  *moods
	weight func() bool // requests count against the limit now

	mu       sync.Mutex
	last     int64
	messages []dcMessage
	dms      map[string]string // channel by user
	nonces   map[string]string // message by channel and nonce
	files    map[string][]byte // by attachment
	commands json.RawMessage
	sessions map[string]*dcSession
	mute     bool // heartbeats are not answered
	rate     tokens
	tooFast  int
	repeats  int // nonces that came again
	resumes  int
	begun    int // sessions
}

type dcMessage struct {
	ID      string         `json:"id"`
	Channel string         `json:"channel_id"`
	Author  map[string]any `json:"author"`
	Content string         `json:"content"`
	Type    int            `json:"type"`
	Files   []dcAttachment `json:"attachments,omitempty"`
	at      time.Time
	bot     bool
}

type dcAttachment struct {
	ID   string `json:"id"`
	Name string `json:"filename"`
	Type string `json:"content_type"`
	Size int    `json:"size"`
	URL  string `json:"url"`
}

func newFakeDiscord(t testing.TB, seed uint64) *fakeDiscord {
	f := &fakeDiscord{
		dms: map[string]string{}, nonces: map[string]string{}, files: map[string][]byte{}, commands: json.RawMessage("[]"),
		sessions: map[string]*dcSession{}, rate: tokens{most: 50, perSecond: 50}, weight: func() bool { return true },
	}
	f.moods = newMoods(seed, func(w http.ResponseWriter, wait time.Duration) {
		if wait == 0 { // from in front of Discord
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", fmt.Sprint(int(wait.Seconds())))
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprintf(w, `{"message":"You are being rate limited.","retry_after":%g,"global":false}`, wait.Seconds())
	})
	f.server = httptest.NewServer(f)
	t.Cleanup(func() {
		f.hangUp()
		f.server.Close()
	})
	return f
}

// id makes the next snowflake; f.mu is held.
func (f *fakeDiscord) id() string {
	f.last = max(f.last+1, (time.Now().UnixMilli()-1420070400000)<<22)
	return strconv.FormatInt(f.last, 10)
}

func (f *fakeDiscord) dm(user string) string {
	if f.dms[user] == "" {
		f.dms[user] = f.id()
	}
	return f.dms[user]
}

// say has a guest write a direct message; with a name it brings a file.
func (f *fakeDiscord) say(user int64, text, name string, content []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := strconv.FormatInt(user, 10)
	m := dcMessage{ID: f.id(), Channel: f.dm(id), Author: map[string]any{"id": id, "username": "guest"}, Content: text, at: time.Now()}
	if name != "" {
		a := dcAttachment{ID: f.id(), Name: name, Type: "application/pdf", Size: len(content)}
		f.files[a.ID], m.Files = content, []dcAttachment{a}
	}
	f.messages = append(f.messages, m)
	f.dispatch("MESSAGE_CREATE", m)
}

// repeat sends the newest n events of guests once more.
func (f *fakeDiscord) repeat(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.messages[max(0, len(f.messages)-3*n):] {
		if !m.bot {
			f.dispatch("MESSAGE_CREATE", m)
		}
	}
}

// texts is what a guest's direct message shows of the bot, oldest first.
func (f *fakeDiscord) texts(user int64) (all []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	channel := f.dms[strconv.FormatInt(user, 10)]
	for _, m := range f.messages {
		if m.bot && m.Channel == channel {
			all = append(all, strings.ReplaceAll(m.Content, `\`, ""))
		}
	}
	return all
}

// located gives attachments the address at which whoever asks reaches this server.
func (m dcMessage) located(host string) dcMessage {
	m.Files = slices.Clone(m.Files)
	for i := range m.Files {
		m.Files[i].URL = "http://" + host + "/attachments/1/" + m.Files[i].ID + "/file"
	}
	return m
}

func (f *fakeDiscord) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/gateway" {
		f.gateway(w, r)
		return
	}
	f.moods.around(w, r, func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if p := strings.Split(r.URL.Path, "/"); p[1] == "attachments" && len(p) > 3 {
			_, _ = w.Write(f.files[p[3]])
			return
		}
		if r.Header.Get("Authorization") != "Bot "+chaosDiscordToken {
			dcRefuse(w, http.StatusUnauthorized, 0)
			return
		}
		if !f.rate.take(time.Now()) && f.weight() {
			f.tooFast++
		}
		f.rest(w, r)
	})
}

func dcRefuse(w http.ResponseWriter, status, code int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"code":%d,"message":"refused"}`, code)
}

func dcReply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (f *fakeDiscord) rest(w http.ResponseWriter, r *http.Request) {
	p := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v10/"), "/")
	switch {
	case p[0] == "gateway":
		dcReply(w, map[string]any{"url": "ws://" + r.Host + "/gateway", "shards": 1,
			"session_start_limit": map[string]any{"total": 1000, "remaining": 1000, "reset_after": 300, "max_concurrency": 1}})
	case p[0] == "users" && r.Method == http.MethodGet:
		dcReply(w, map[string]any{"id": dcBot, "bot": true})
	case p[0] == "users":
		var to struct {
			User string `json:"recipient_id"`
		}
		_ = json.NewDecoder(r.Body).Decode(&to)
		dcReply(w, map[string]any{"id": f.dm(to.User), "type": 1})
	case p[0] == "applications":
		if r.Method == http.MethodPut {
			_ = json.NewDecoder(r.Body).Decode(&f.commands)
		}
		dcReply(w, f.commands)
	case p[0] == "channels" && len(p) == 3 && r.Method == http.MethodGet:
		dcReply(w, f.page(p[1], r))
	case p[0] == "channels" && len(p) == 3 && r.Method == http.MethodPost:
		f.post(w, r, p[1])
	case p[0] == "channels" && len(p) == 4:
		f.one(w, r, p[1], p[3])
	default:
		dcRefuse(w, http.StatusNotFound, 0)
	}
}

// page lists up to a hundred messages of a place after a mark, newest first.
func (f *fakeDiscord) page(channel string, r *http.Request) []dcMessage {
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	found := []dcMessage{}
	for _, m := range f.messages {
		if id, _ := strconv.ParseInt(m.ID, 10, 64); m.Channel == channel && id > after && (before == 0 || id < before) {
			found = append(found, m.located(r.Host))
		}
	}
	if len(found) > 100 && before == 0 {
		found = found[:100]
	}
	slices.Reverse(found)
	return found[:min(len(found), 100)]
}

func (f *fakeDiscord) post(w http.ResponseWriter, r *http.Request, channel string) {
	var b struct {
		Content string `json:"content"`
		Nonce   string `json:"nonce"`
		Enforce bool   `json:"enforce_nonce"`
	}
	if r.ParseMultipartForm(20<<20) == nil {
		_ = json.Unmarshal([]byte(r.FormValue("payload_json")), &b)
	} else {
		_ = json.NewDecoder(r.Body).Decode(&b)
	}
	key := channel + "/" + b.Nonce
	if old := f.nonces[key]; old != "" && b.Enforce {
		f.repeats++
		dcReply(w, map[string]any{"id": old, "channel_id": channel})
		return
	}
	m := dcMessage{ID: f.id(), Channel: channel, Author: map[string]any{"id": dcBot, "bot": true}, Content: b.Content, at: time.Now(), bot: true}
	f.messages, f.nonces[key] = append(f.messages, m), m.ID
	dcReply(w, m)
}

// one reads or edits a message.
func (f *fakeDiscord) one(w http.ResponseWriter, r *http.Request, channel, id string) {
	i := slices.IndexFunc(f.messages, func(m dcMessage) bool { return m.ID == id && m.Channel == channel })
	if i < 0 {
		dcRefuse(w, http.StatusNotFound, 10008)
		return
	}
	dcReply(w, f.messages[i].located(r.Host))
}

func (f *fakeDiscord) describe() string {
	met, _ := f.moods.sum()
	f.mu.Lock()
	defer f.mu.Unlock()
	return fmt.Sprintf("Discord has %d messages, %d nonces came again, %d sessions begun and %d resumed; calls met %s", len(f.messages), f.repeats, f.begun, f.resumes, met)
}

var dcUpgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
