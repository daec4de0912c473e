package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// press clicks what the selector finds first on a page that is there as a whole.
func (b *browser) press(selector string) {
	b.t.Helper()
	click := fmt.Sprintf("(() => { const e = document.readyState === 'complete' && document.querySelector(%q); if (!e) return 'nothing'; e.click(); return 'pressed'; })()", selector)
	b.until(selector, func() bool { return b.asks(click) == "pressed" })
}

// asks evaluates an expression to text; "" while the page changes.
func (b *browser) asks(expression string) string {
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		return ""
	}
	return out
}

// finds waits until the page says the text.
func (b *browser) finds(text string) {
	b.t.Helper()
	b.until(text, func() bool {
		return b.asks(fmt.Sprintf("document.readyState === 'complete' && document.body.innerText.includes(%q)", text)) == "true"
	})
}

func (b *browser) until(what string, holds func() bool) {
	b.t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("there is no %q; the page says: %s", what, b.js("document.body.innerText"))
		}
	}
}

// A request asked in Telegram stands in the organisers' group and in the console at once. What a colleague answers in the group shows on the
// open page by itself, and reaches the applicant; what is answered in the console reaches the applicant and the group.
func TestDeskInTheConsole(t *testing.T) {
	t.Parallel()
	sim := simulate(t, "tgsim", "-limits", "-token", "123:abc")
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_TELEGRAM_TOKEN": "123:abc", "OLLE_TELEGRAM_API_URL": sim.base,
		"OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00", "OLLE_AGE_RECIPIENTS": ageKey(t), "OLLE_ORGANISERS": "telegram:1"}
	s := startServe(t, env)
	group := &room{sim: sim, id: -1001}
	group.acts(1, map[string]any{"text": "/ticket here", "first_name": "Olga"})
	group.hears("Requests for help, with their text, are shown in this group")
	nina := &user{sim: sim, id: 4711}
	nina.says("/start", "Hello, I am Olle")
	nina.says("/human Our office has no seal, what now?", "Do you agree?")
	nina.says("I agree", "on record under H-")
	card := group.hears("request for help", "no seal, what now?")
	ref, _, _ := strings.Cut(card.Text, ":")

	code, out, errs := olle(t, env, "", "console-link")
	_, key, ok := strings.Cut(strings.TrimSpace(out), "enter?")
	if code != exitOK || !ok {
		t.Fatalf("console-link: %d %s%s", code, out, errs)
	}
	b := browse(t, s.base+"/console/enter?"+key)
	b.finds("Sign in to the console")
	b.press("form button.main")
	b.finds("How far people came")
	b.press(`.menu a[href="/console/help"]`)
	b.finds(ref)
	b.press("table.list th a")
	b.finds("no seal, what now?")

	since := nina.since()
	group.acts(1, map[string]any{"text": "A stamp of your ministry will do.", "reply_to_message_id": card.Message, "first_name": "Olga"})
	b.finds("A stamp of your ministry will do.")
	nina.hears("the colleague's answer", since, "A stamp of your ministry will do.")

	since = nina.since()
	nina.says("And in which ink?", "Passed on to the organisers.")
	b.finds("And in which ink?")
	b.js(`(document.querySelector("#text").value = "Blue or black.")`)
	b.press("button[value=reply]")
	b.finds("carried where it belongs")
	nina.hears("the console's answer", since, "Blue or black.")
	group.hears(ref, "Blue or black.")
	s.stop()
	sim.lawful()
}
