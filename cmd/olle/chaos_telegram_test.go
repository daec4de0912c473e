package main

import (
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
)

const chaosTelegramToken = "4242:chaos-TOKEN_of-telegram"

// fakeTelegram is a Bot API server for one bot, as far as the program uses it. Updates wait until they are confirmed, by the offset of
// a poll or by a webhook's 200, and may be brought again afterwards.
type fakeTelegram struct {
	server *httptest.Server
	moods  *moods
	weight func() bool // messages count against the limit now: no disturbance has held any back

	mu        sync.Mutex
	changed   chan struct{} // closed and renewed when something happens
	nextID    int64         // of updates
	nextMsg   int64
	waiting   []tgUpdate
	past      []tgUpdate
	again     []tgUpdate // brought once more with the next batch
	polls     int64      // of which the newest is answered
	shown     []tgShown
	toasts    map[string]string // taps answered with words, by their number
	files     map[string][]byte
	blocked   map[int64]bool
	menus     map[string]string
	hook      string // address of the webhook; "" polled
	secret    string
	rate      tokens
	tooFast   int
	forbidden int
}

type tgUpdate struct {
	id, chat int64
	body     string
}

type tgShown struct {
	id, chat int64
	text     string
	buttons  []tgButton
	at       time.Time
}

type tgButton struct {
	Text string `json:"text"`
	Data string `json:"callback_data"`
}

func newFakeTelegram(t testing.TB, seed uint64) *fakeTelegram {
	f := &fakeTelegram{
		nextID: 700_000, nextMsg: 10, changed: make(chan struct{}), toasts: map[string]string{}, files: map[string][]byte{},
		blocked: map[int64]bool{}, menus: map[string]string{}, rate: tokens{most: 30, perSecond: 30}, weight: func() bool { return true },
	}
	f.moods = newMoods(seed, func(w http.ResponseWriter, wait time.Duration) {
		more := ""
		if wait > 0 {
			more = fmt.Sprintf(`,"parameters":{"retry_after":%d}`, int(wait.Seconds()))
		}
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprintf(w, `{"ok":false,"error_code":429,"description":"Too Many Requests"%s}`, more)
	})
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	return f
}

func (f *fakeTelegram) notify() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// push queues an update of a chat; body lacks its number.
func (f *fakeTelegram) push(chat int64, body string) {
	f.nextID++
	u := tgUpdate{f.nextID, chat, fmt.Sprintf(`{"update_id":%d,%s}`, f.nextID, body)}
	f.waiting, f.past = append(f.waiting, u), append(f.past, u)
	f.notify()
}

// say makes a guest write; with a name it is a file.
func (f *fakeTelegram) say(chat int64, text, name string, content []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nextMsg++
	what := `"text":` + asJSON(text)
	if name != "" {
		id := fmt.Sprintf("file%d", f.nextMsg)
		f.files[id] = content
		what = fmt.Sprintf(`"document":{"file_id":%q,"file_unique_id":%q,"file_name":%q,"mime_type":"application/pdf","file_size":%d}`, id, id, name, len(content))
	}
	f.push(chat, fmt.Sprintf(`"message":{"message_id":%d,"date":%d,"chat":{"id":%d,"type":"private"},"from":{"id":%d,"is_bot":false,"first_name":"Guest"},%s}`,
		f.nextMsg, time.Now().Unix(), chat, chat, what))
}

func asJSON(v any) string { b, _ := json.Marshal(v); return string(b) }

// tap makes a guest tap the newest button with that value, if there is one.
func (f *fakeTelegram) tap(chat int64, value string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range slices.Backward(f.shown) {
		if m.chat != chat || !slices.ContainsFunc(m.buttons, func(b tgButton) bool { return b.Data == value }) {
			continue
		}
		f.nextMsg++
		f.push(chat, fmt.Sprintf(`"callback_query":{"id":"tap%d","from":{"id":%d,"first_name":"Guest"},"message":{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}},"data":%q}`,
			f.nextMsg, chat, m.id, chat, value))
		return true
	}
	return false
}

// texts is what a chat shows, oldest first.
func (f *fakeTelegram) texts(chat int64) (all []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.shown {
		if m.chat == chat {
			all = append(all, m.text)
		}
	}
	return all
}

// block has a guest block the bot, or let it in again.
func (f *fakeTelegram) block(chat int64, blocked bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.blocked[chat] = blocked
}

// repeat brings up to n updates of the past once more. Those that are not confirmed come in any case.
func (f *fakeTelegram) repeat(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, u := range f.past[max(0, len(f.past)-n):] {
		if !slices.ContainsFunc(f.waiting, func(w tgUpdate) bool { return w.id == u.id }) {
			f.again = append(f.again, u)
		}
	}
	f.notify()
}

func (f *fakeTelegram) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.moods.around(w, r, func(w http.ResponseWriter, r *http.Request) {
		if id, ok := strings.CutPrefix(r.URL.Path, "/file/bot"+chaosTelegramToken+"/documents/"); ok {
			f.mu.Lock()
			content := f.files[id]
			f.mu.Unlock()
			_, _ = w.Write(content)
			return
		}
		method, ok := strings.CutPrefix(r.URL.Path, "/bot"+chaosTelegramToken+"/")
		if !ok {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"ok":false,"error_code":401,"description":"Unauthorized"}`)
			return
		}
		result, code, refused := f.do(r, method, tgParams(r))
		w.Header().Set("Content-Type", "application/json")
		if code != 0 {
			w.WriteHeader(code)
			fmt.Fprintf(w, `{"ok":false,"error_code":%d,"description":%q}`, code, refused)
			return
		}
		fmt.Fprintf(w, `{"ok":true,"result":%s}`, result)
	})
}

// tgParams reads a request however it is written; values are strings, or JSON.
func tgParams(r *http.Request) func(name string) string {
	raw := map[string]json.RawMessage{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		_ = json.NewDecoder(r.Body).Decode(&raw)
		return func(name string) string {
			var s string
			if json.Unmarshal(raw[name], &s) == nil {
				return s
			}
			return string(raw[name])
		}
	}
	_ = r.ParseMultipartForm(1 << 20)
	return r.FormValue
}

func (f *fakeTelegram) do(r *http.Request, method string, param func(string) string) (result string, code int, refused string) {
	if method == "getUpdates" {
		return f.getUpdates(r, param)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.notify()
	switch method {
	case "getMe":
		return `{"id":4242,"is_bot":true,"first_name":"Olle","username":"olle_test_bot"}`, 0, ""
	case "sendMessage", "editMessageText", "editMessageReplyMarkup":
		return f.show(method, param)
	case "answerCallbackQuery":
		f.toasts[param("callback_query_id")] = param("text")
	case "getFile":
		return fmt.Sprintf(`{"file_id":%q,"file_unique_id":"u","file_path":"documents/%s"}`, param("file_id"), param("file_id")), 0, ""
	case "setWebhook":
		f.hook, f.secret = param("url"), param("secret_token")
	case "deleteWebhook":
		f.hook = ""
	case "getWebhookInfo":
		return fmt.Sprintf(`{"url":%q,"pending_update_count":%d}`, f.hook, len(f.waiting)), 0, ""
	case "getMyCommands":
		if have := f.menus[param("scope")+param("language_code")]; have != "" {
			return have, 0, ""
		}
		return "[]", 0, ""
	case "setMyCommands":
		f.menus[param("scope")+param("language_code")] = param("commands")
	}
	return "true", 0, ""
}

// show sends or edits a message.
func (f *fakeTelegram) show(method string, param func(string) string) (string, int, string) {
	chat, _ := strconv.ParseInt(param("chat_id"), 10, 64)
	if f.blocked[chat] {
		f.forbidden++
		return "", http.StatusForbidden, "Forbidden: bot was blocked by the user"
	}
	if !f.rate.take(time.Now()) && f.weight() {
		f.tooFast++
	}
	var keyboard struct {
		Rows [][]tgButton `json:"inline_keyboard"`
	}
	_ = json.Unmarshal([]byte(param("reply_markup")), &keyboard)
	if method != "sendMessage" {
		return "true", 0, ""
	}
	f.nextMsg++
	f.shown = append(f.shown, tgShown{f.nextMsg, chat, param("text"), slices.Concat(keyboard.Rows...), time.Now()})
	return fmt.Sprintf(`{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}}`, f.nextMsg, chat), 0, ""
}
