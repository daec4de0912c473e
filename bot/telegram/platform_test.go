package telegram_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"olle/bot/platformtest"
	"olle/bot/telegram"
	"olle/flows"
)

const guest = 4711

func harness(f *fake, tg *telegram.Telegram) platformtest.Harness {
	return platformtest.Harness{
		Platform: tg, Redelivers: true, Key: true, // the adapter remembers what it has shown
		Say: func(_ *testing.T, text string) {
			if text == "" {
				f.say(guest, "", `"sticker":{"file_id":"s"}`)
				return
			}
			f.say(guest, text)
		},
		Tap: func(t *testing.T, value string) { f.tap(t, guest, value) },
		Upload: func(_ *testing.T, name string, content []byte) {
			f.mu.Lock()
			f.files["documents/DOC1"] = content
			f.mu.Unlock()
			f.say(guest, "", fmt.Sprintf(`"document":{"file_id":"DOC1","file_unique_id":"u1","file_name":%s,"mime_type":"application/pdf","file_size":%d}`, quote(name), len(content)))
		},
		Shown: func(*testing.T) (out []platformtest.Shown) {
			for _, m := range f.shown(guest) {
				s := platformtest.Shown{Text: m.Text}
				for _, row := range m.Buttons {
					for _, b := range row {
						s.Choices = append(s.Choices, flows.Choice{Label: b.Text, Value: b.Data})
					}
				}
				out = append(out, s)
			}
			return out
		},
	}
}

func TestThePlatformSuiteByPolling(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.Harness {
		f := newFake(t)
		return harness(f, f.open(t))
	})
}

func TestThePlatformSuiteByWebhook(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.Harness {
		f := newFake(t)
		door := httptest.NewServer(nil)
		t.Cleanup(door.Close)
		tg := f.open(t, func(o *telegram.Options) { o.WebhookURL = door.URL + "/telegram/webhook" })
		door.Config.Handler = tg.WebhookHandler()
		go f.pushUntil(t.Context().Done())
		return harness(f, tg)
	})
}

// pushUntil plays Telegram's side of a webhook: in order, again until it hears 200.
func (f *fake) pushUntil(end <-chan struct{}) {
	for {
		f.mu.Lock()
		changed, url, secret := f.changed, f.webhook, f.secret
		var next *update
		if len(f.waiting) > 0 && url != "" {
			next = &f.waiting[0]
		}
		f.mu.Unlock()
		if next == nil {
			select {
			case <-changed:
				continue
			case <-end:
				return
			}
		}
		req, _ := http.NewRequest(http.MethodPost, url, bytes.NewReader([]byte(next.body)))
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		if err == nil && resp.StatusCode == http.StatusOK {
			f.mu.Lock()
			f.waiting = f.waiting[1:]
			f.mu.Unlock()
			continue
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-end:
			return
		}
	}
}
