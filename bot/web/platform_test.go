package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"olle/bot"
	"olle/bot/platformtest"
	"olle/bot/web"
	"olle/storage/bolt"
)

func TestThePlatformSuite(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.Harness {
		dir := t.TempDir()
		store, err := bolt.Open(filepath.Join(dir, "store"), nil)
		must(t, err)
		t.Cleanup(func() { store.Close() })
		w, err := web.New(web.Options{
			Store: store, Dir: filepath.Join(dir, "spool"), Session: web.Rate{PerSecond: 1e4, Burst: 1e4},
			Settled: func(context.Context, string) (bot.Settlement, error) { return bot.Settled, nil },
		})
		must(t, err)
		server := httptest.NewServer(w)
		t.Cleanup(server.Close)
		h, session, n := &house{t: t, url: server.URL, web: w}, "", 0
		// insist sends as the page does: the same id until it is on record.
		insist := func(send func(id string) (*http.Response, answer)) {
			n++
			for range 400 {
				r, a := send(fmt.Sprint("line", n))
				if a.Session != "" {
					session = a.Session
				}
				if r.StatusCode != http.StatusServiceUnavailable {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
			t.Error("never on record")
		}
		post := func(key, value string) {
			insist(func(id string) (*http.Response, answer) {
				return h.post(map[string]any{"session": session, "id": id, key: value})
			})
		}
		return platformtest.Harness{
			Platform: w, Redelivers: true, Key: true,
			Say: func(t *testing.T, text string) { post("text", text) },
			Tap: func(t *testing.T, value string) { post("choice", value) },
			Upload: func(t *testing.T, name string, content []byte) {
				insist(func(id string) (*http.Response, answer) {
					kind, body := form(t, map[string]string{"session": session, "id": id}, upload{name, content})
					return h.send(kind, body)
				})
			},
			Shown: func(t *testing.T) (out []platformtest.Shown) {
				if session == "" {
					return nil
				}
				for _, l := range h.history(session) {
					if !l.Me {
						out = append(out, platformtest.Shown{Text: l.Text, Choices: l.Choices})
					}
				}
				return out
			},
		}
	})
}
