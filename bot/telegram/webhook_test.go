package telegram_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"olle/bot/telegram"
	"olle/flows"
)

func TestWhatAWebhookAnswers(t *testing.T) {
	f, d := newFake(t), &door{}
	tg := f.open(t, func(o *telegram.Options) {
		o.WebhookURL, o.WebhookSecret = "https://olle.example/telegram/webhook", "right"
	})
	const update = `{"update_id":5,"message":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"from":{"id":1},"text":"hello"}}`
	post := func(method, secret string, body io.Reader) int {
		r := httptest.NewRequest(method, "/telegram/webhook", body)
		if secret != "" {
			r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
		}
		rw := httptest.NewRecorder()
		tg.WebhookHandler().ServeHTTP(rw, r)
		return rw.Code
	}
	if got := post("POST", "right", strings.NewReader(update)); got != http.StatusServiceUnavailable {
		t.Errorf("before anybody receives: %d", got)
	}
	const first = `{"update_id":4,"message":{"message_id":2,"date":1,"chat":{"id":1,"type":"private"},"from":{"id":1},"text":"early"}}`
	early := make(chan int, 1)
	go func() { early <- post("POST", "right", strings.NewReader(first)) }()
	stop := receive(t, tg, d)
	if got := <-early; got != http.StatusOK || !slices.Equal(d.texts(""), []string{"early"}) {
		t.Errorf("while it starts: %d, came %q", got, d.texts(""))
	}
	waitFor(t, "registration", func() bool { return len(f.done("setWebhook")) == 1 })
	c := f.done("setWebhook")[0]
	if c.str("url") != "https://olle.example/telegram/webhook" || c.str("secret_token") != "right" || !strings.Contains(c.str("allowed_updates"), "callback_query") || c.str("drop_pending_updates") == "true" {
		t.Errorf("registered with %v", c.Params)
	}
	refuse := func(err error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.refuse = func(flows.Update) error { return err }
	}
	refuse(errors.New("the store is away"))
	for _, tt := range []struct {
		name, method, secret string
		body                 io.Reader
		want                 int
	}{
		{"another method", "GET", "right", nil, 405},
		{"no secret", "POST", "", strings.NewReader(update), 401},
		{"wrong secret", "POST", "wrong", strings.NewReader(update), 401},
		{"too large", "POST", "right", strings.NewReader(strings.Repeat("x", 2<<20)), 413},
		{"cut off", "POST", "right", io.MultiReader(strings.NewReader(update[:20]), brokenReader{}), 500},
		{"unreadable", "POST", "right", strings.NewReader(`{"update_id":6,"message":7}`), 200},
		{"not on record", "POST", "right", strings.NewReader(update), 500},
	} {
		if got := post(tt.method, tt.secret, tt.body); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
	if n := len(d.texts("")); n != 1 {
		t.Errorf("%d came in, besides the early one", n-1)
	}
	refuse(nil)
	for range 2 {
		if got := post("POST", "right", strings.NewReader(update)); got != 200 {
			t.Errorf("on record: %d", got)
		}
	}
	if got := d.texts(""); !slices.Equal(got, []string{"early", "hello"}) {
		t.Errorf("came %q", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if len(f.done("deleteWebhook")) != 0 {
		t.Error("the webhook must outlive a restart")
	}
	if got := post("POST", "right", strings.NewReader(update)); got != http.StatusServiceUnavailable {
		t.Errorf("after the end: %d", got)
	}
}

// endless is a body that counts what is read of it.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.read.Add(int64(len(p)))
	return len(p), nil
}

// Who does not know the secret is turned away unread, and soon told to come back later, which costs those who know it nothing, not even
// from the same address.
func TestStrangersAtTheWebhookAreLimitedAndTelegramIsNot(t *testing.T) {
	f, d := newFake(t), &door{}
	tg := f.open(t, func(o *telegram.Options) {
		o.WebhookURL, o.WebhookSecret = "https://olle.example/telegram/webhook", "right"
	})
	receive(t, tg, d)
	waitFor(t, "registration", func() bool { return len(f.done("setWebhook")) == 1 })
	body := &endless{}
	push := func(from, secret string, body io.Reader) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/telegram/webhook", body)
		r.RemoteAddr = from
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", rand.IntN(255))) // believed of nobody here
		rw := httptest.NewRecorder()
		tg.WebhookHandler().ServeHTTP(rw, r)
		return rw
	}
	codes := map[int]int{}
	for i := range 2000 {
		rw := push("203.0.113.9:1", "wrong", body)
		if codes[rw.Code]++; rw.Header().Get("Connection") != "close" || rw.Code == http.StatusTooManyRequests && rw.Header().Get("Retry-After") == "" {
			t.Fatalf("%d %v", rw.Code, rw.Header())
		}
		if i%10 == 0 {
			update := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"date":1,"chat":{"id":1,"type":"private"},"from":{"id":1},"text":"hello %d"}}`, i+1, i+1, i)
			if rw := push("203.0.113.9:1", "right", strings.NewReader(update)); rw.Code != http.StatusOK {
				t.Fatalf("with the secret: %d", rw.Code)
			}
		}
	}
	if codes[401] > 40 || codes[401] < 20 || codes[401]+codes[429] != 2000 {
		t.Errorf("answers %v", codes)
	}
	if n := body.read.Load(); n != 0 {
		t.Errorf("%d bytes of strangers were read", n)
	}
	if rw := push("203.0.113.10:1", "wrong", body); rw.Code != http.StatusUnauthorized {
		t.Errorf("another address: %d", rw.Code)
	}
	if n := len(d.texts("")); n != 200 {
		t.Errorf("%d of 200 updates came in", n)
	}
}

// On a real connection a stranger's body is not waited for.
func TestAWebhookDoesNotWaitForStrangers(t *testing.T) {
	f, d := newFake(t), &door{}
	tg := f.open(t, func(o *telegram.Options) {
		o.WebhookURL, o.WebhookSecret = "https://olle.example/telegram/webhook", "right"
	})
	receive(t, tg, d)
	server := httptest.NewServer(tg.WebhookHandler())
	defer server.Close()
	c, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(c, "POST /telegram/webhook HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: wrong\r\nContent-Length: 1000000\r\n\r\n{")
	answer, err := io.ReadAll(c) // ends because the server closes
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 401") {
		t.Errorf("%q %v", answer, err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestAWebhookAddressThatIsRefused(t *testing.T) {
	f := newFake(t)
	f.fault = func(c call) *fault {
		if c.Method == "setWebhook" {
			return &fault{status: 400, description: "Bad Request: bad webhook: HTTPS url must be provided for webhook"}
		}
		return nil
	}
	err := ends(t, f.open(t, func(o *telegram.Options) { o.WebhookURL = "http://olle.example/x" }))
	if err == nil || !strings.Contains(err.Error(), "OLLE_TELEGRAM_WEBHOOK_URL") {
		t.Errorf("%v", err)
	}
}

func TestPollingTakesAWebhookAway(t *testing.T) {
	f, d := newFake(t), &door{}
	f.webhook = "https://old.example"
	receive(t, f.open(t), d)
	f.say(1, "hello")
	waitFor(t, "the text", func() bool { return len(d.texts("")) == 1 })
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.webhook != "" {
		t.Error("the webhook is still set")
	}
}
