package telegram_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
	stop := receive(t, tg, d)
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
	if n := len(d.texts("")); n != 0 {
		t.Errorf("%d came in", n)
	}
	refuse(nil)
	for range 2 {
		if got := post("POST", "right", strings.NewReader(update)); got != 200 {
			t.Errorf("on record: %d", got)
		}
	}
	if got := d.texts(""); len(got) != 1 || got[0] != "hello" {
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
