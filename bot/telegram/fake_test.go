package telegram_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"olle/bot/telegram"
)

const token = "4242:TEST-token_of-the-fake"

// fake is a Bot API server for one bot, as far as the adapter uses it.
type fake struct {
	t      testing.TB
	server *httptest.Server

	mu       sync.Mutex
	changed  chan struct{} // closed and renewed whenever something happens
	nextID   int64         // of updates
	nextMsg  int64
	waiting  []update
	polls    int
	offsets  []int64
	webhook  string
	secret   string
	messages []*message // of the bot, oldest first
	calls    []call
	made     map[string]int
	answered map[string]string // taps, with the words shown
	menus    map[string]string // scope and language → commands
	files    map[string][]byte
	fault    func(c call) *fault
	shuffle  func(batch []update) []update
	hold     time.Duration // how long an empty poll is held; 0: as asked
}

type update struct {
	ID   int64
	body string
}

type message struct {
	ID, Chat, Thread int64
	Text             string
	Buttons          [][]button
	Document         []byte
	Name             string
}

type button struct {
	Text string `json:"text"`
	Data string `json:"callback_data"`
}

type call struct {
	Method string
	Params map[string]any
	At     time.Time
	n      int
}

// fault is what a call meets instead of, or after, being done.
type fault struct {
	status      int // 0: the connection is cut
	body        string
	after       bool // it is done nevertheless
	description string
	retry       int
	migrate     int64
}

func newFake(t testing.TB) *fake {
	f := &fake{
		t: t, nextID: 700_000, nextMsg: 10, changed: make(chan struct{}), answered: map[string]string{}, menus: map[string]string{},
		files: map[string][]byte{}, made: map[string]int{},
	}
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	return f
}

// open makes the adapter under test on this server, in a hurry.
func (f *fake) open(t testing.TB, change ...func(*telegram.Options)) *telegram.Telegram {
	t.Helper()
	o := telegram.Options{Token: token, APIURL: f.server.URL, PerSecond: 1e6, PerChat: time.Microsecond}
	for _, c := range change {
		c(&o)
	}
	tg, err := telegram.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return tg
}

func (f *fake) notify() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// push queues an update; body lacks its number.
func (f *fake) push(body string) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nextID++
	f.waiting = append(f.waiting, update{f.nextID, fmt.Sprintf(`{"update_id":%d,%s}`, f.nextID, body)})
	f.notify()
	return f.nextID
}

// say makes a guest write in the private chat with the bot; more are further fields of the message.
func (f *fake) say(user int64, text string, more ...string) int64 {
	f.mu.Lock()
	f.nextMsg++
	id := f.nextMsg
	f.mu.Unlock()
	fields := []string{fmt.Sprintf(
		`"message_id":%d,"date":%d,"chat":{"id":%d,"type":"private"},"from":{"id":%d,"is_bot":false,"first_name":"Guest","last_name":"<%d>","language_code":"ko"}`,
		id, time.Now().Unix(), user, user, user)}
	if text != "" {
		fields = append(fields, `"text":`+quote(text))
	}
	f.push(`"message":{` + strings.Join(append(fields, more...), ",") + `}`)
	return id
}

func quote(s string) string { b, _ := json.Marshal(s); return string(b) }

// tap makes a guest tap the button with that value on the newest message that has it.
func (f *fake) tap(t testing.TB, user int64, value string) string {
	f.mu.Lock()
	var on *message
	for _, m := range f.messages {
		for _, row := range m.Buttons {
			for _, b := range row {
				if b.Data == value && m.Chat == user {
					on = m
				}
			}
		}
	}
	f.mu.Unlock()
	if on == nil {
		t.Fatalf("no button carries %q", value)
	}
	id := fmt.Sprintf("cb%d-%d", on.ID, time.Now().UnixNano())
	f.push(fmt.Sprintf(`"callback_query":{"id":%q,"from":{"id":%d,"first_name":"Guest"},"message":{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}},"data":%s}`,
		id, user, on.ID, on.Chat, quote(value)))
	return id
}

// shown is what the bot has in a chat.
func (f *fake) shown(chat int64) []message {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []message
	for _, m := range f.messages {
		if m.Chat == chat {
			out = append(out, *m)
		}
	}
	return out
}

// done lists the calls of a method that were made.
func (f *fake) done(method string) []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []call
	for _, c := range f.calls {
		if c.Method == method {
			out = append(out, c)
		}
	}
	return out
}

func (f *fake) unconfirmed() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.waiting)
}

func (f *fake) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if name, ok := strings.CutPrefix(r.URL.Path, "/file/bot"+token+"/"); ok {
		f.mu.Lock()
		content, known := f.files[name]
		f.mu.Unlock()
		if !known {
			http.NotFound(rw, r)
			return
		}
		rw.Write(content)
		return
	}
	method, ok := strings.CutPrefix(r.URL.Path, "/bot"+token+"/")
	if !ok {
		fail(rw, fault{status: 401, description: "Unauthorized"})
		return
	}
	c := call{Method: method, Params: params(r), At: time.Now()}
	f.mu.Lock()
	c.n = f.made[method]
	f.made[method]++
	f.calls = append(f.calls, c)
	meet := f.fault
	f.mu.Unlock()
	var bad *fault
	if meet != nil {
		bad = meet(c)
	}
	if bad != nil && !bad.after {
		cutOff(rw, bad)
		return
	}
	result, refused := f.do(r.Context(), c)
	switch {
	case bad != nil:
		cutOff(rw, bad)
	case refused != "":
		fail(rw, fault{status: 400, description: "Bad Request: " + refused})
	default:
		rw.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(rw, `{"ok":true,"result":%s}`, result)
	}
}

func cutOff(rw http.ResponseWriter, f *fault) {
	switch {
	case f.status == 0:
		conn, _, err := http.NewResponseController(rw).Hijack()
		if err == nil {
			conn.Close()
		}
	case f.body != "":
		rw.WriteHeader(f.status)
		io.WriteString(rw, f.body)
	default:
		fail(rw, *f)
	}
}

func fail(rw http.ResponseWriter, f fault) {
	rw.WriteHeader(f.status)
	fmt.Fprintf(rw, `{"ok":false,"error_code":%d,"description":%s,"parameters":{"retry_after":%d,"migrate_to_chat_id":%d}}`,
		f.status, quote(f.description), f.retry, f.migrate)
}

// params reads a request however it is written.
func params(r *http.Request) map[string]any {
	out := map[string]any{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		d := json.NewDecoder(r.Body)
		d.UseNumber()
		_ = d.Decode(&out)
		return out
	}
	if r.ParseMultipartForm(1<<20) != nil {
		return out
	}
	for name, v := range r.MultipartForm.Value {
		out[name] = v[0]
	}
	for name, v := range r.MultipartForm.File {
		file, err := v[0].Open()
		if err == nil {
			content, _ := io.ReadAll(file)
			file.Close()
			out[name], out["filename"] = content, v[0].Filename
		}
	}
	return out
}

func (c call) str(name string) string {
	switch v := c.Params[name].(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	default:
		b, _ := json.Marshal(v)
		return string(b)
	}
}

func (c call) num(name string) int64 { n, _ := strconv.ParseInt(c.str(name), 10, 64); return n }

// do does a call and returns its result as JSON, or why not.
func (f *fake) do(ctx context.Context, c call) (result, refused string) {
	if c.Method == "getUpdates" {
		return f.getUpdates(ctx, c), ""
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.notify()
	switch c.Method {
	case "getMe":
		return `{"id":4242,"is_bot":true,"first_name":"Olle","username":"olle_test_bot"}`, ""
	case "sendMessage", "sendDocument":
		return f.send(c)
	case "editMessageText", "editMessageReplyMarkup":
		return f.edit(c)
	case "answerCallbackQuery":
		f.answered[c.str("callback_query_id")] = c.str("text")
	case "getFile":
		id := c.str("file_id")
		if f.files["documents/"+id] == nil {
			return "", "invalid file_id"
		}
		return fmt.Sprintf(`{"file_id":%q,"file_unique_id":"u","file_path":"documents/%s"}`, id, id), ""
	case "setWebhook":
		f.webhook, f.secret = c.str("url"), c.str("secret_token")
	case "deleteWebhook":
		f.webhook = ""
	case "getWebhookInfo":
		return fmt.Sprintf(`{"url":%q,"pending_update_count":%d}`, f.webhook, len(f.waiting)), ""
	case "getMyCommands":
		if have := f.menus[c.str("scope")+c.str("language_code")]; have != "" {
			return have, ""
		}
		return "[]", ""
	case "setMyCommands":
		f.menus[c.str("scope")+c.str("language_code")] = c.str("commands")
	}
	return "true", ""
}

func (f *fake) send(c call) (string, string) {
	m := &message{Chat: c.num("chat_id"), Thread: c.num("message_thread_id"), Text: strings.TrimSpace(c.str("text")), Buttons: buttons(c)}
	if c.Method == "sendDocument" {
		m.Document, _ = c.Params["document"].([]byte)
		m.Name, m.Text = c.str("filename"), c.str("caption")
	} else if m.Text == "" {
		return "", "message text is empty"
	}
	f.nextMsg++
	m.ID = f.nextMsg
	f.messages = append(f.messages, m)
	return fmt.Sprintf(`{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"},"text":%s,"forward_origin":{"type":"from the future"}}`,
		m.ID, m.Chat, quote(m.Text)), ""
}

func (f *fake) edit(c call) (string, string) {
	for _, m := range f.messages {
		if m.ID != c.num("message_id") || m.Chat != c.num("chat_id") {
			continue
		}
		was := fmt.Sprint(m.Text, m.Buttons)
		if c.Method == "editMessageText" {
			m.Text = c.str("text")
		}
		m.Buttons = buttons(c)
		if fmt.Sprint(m.Text, m.Buttons) == was {
			return "", "message is not modified: specified new message content and reply markup are exactly the same"
		}
		return "true", ""
	}
	return "", "message to edit not found"
}

func buttons(c call) [][]button {
	var k struct {
		Rows [][]button `json:"inline_keyboard"`
	}
	_ = json.Unmarshal([]byte(c.str("reply_markup")), &k)
	return k.Rows
}

func (f *fake) getUpdates(ctx context.Context, c call) string {
	f.mu.Lock()
	offset := c.num("offset")
	f.polls++
	f.offsets = append(f.offsets, offset)
	f.waiting = slices.DeleteFunc(f.waiting, func(u update) bool { return u.ID < offset })
	f.mu.Unlock()
	hold := time.Duration(c.num("timeout")) * time.Second
	if f.hold > 0 {
		hold = f.hold
	}
	end := time.After(hold)
	for {
		f.mu.Lock()
		batch := slices.Clone(f.waiting[:min(len(f.waiting), int(c.num("limit")))])
		if f.shuffle != nil {
			batch = f.shuffle(batch)
		}
		changed := f.changed
		f.mu.Unlock()
		if len(batch) > 0 {
			var all bytes.Buffer
			for i, u := range batch {
				if i > 0 {
					all.WriteByte(',')
				}
				all.WriteString(u.body)
			}
			return "[" + all.String() + "]"
		}
		select {
		case <-changed:
		case <-end:
			return "[]"
		case <-ctx.Done():
			return "[]"
		}
	}
}
