package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"olle/bot/platformtest"
)

var screenshots = flag.String("screenshots", "", "folder to write pictures of the web chat to")

// browser is a real Chromium with a profile of its own.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func browse(t *testing.T, url string) *browser {
	t.Helper()
	b := &browser{t, platformtest.Chromium(t, "Asia/Kathmandu")}
	b.do(chromedp.Navigate(url))
	return b
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) js(expression string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return out
}

// reads waits until the newest of the bot's messages hold the text.
func (b *browser) reads(text string) {
	b.t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if b.js(fmt.Sprintf("document.querySelector('#log').innerText.includes(%q)", text)) == "true" {
			return
		}
	}
	b.shot("failed")
	b.t.Fatalf("the page never says %q; it says: %s", text, b.js("document.body.innerText"))
}

// says types a line as a person does.
func (b *browser) says(text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.ID("say"), text))
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		if _, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13}); err != nil {
			b.t.Fatal(err)
		}
	}
}

// taps presses the button with that label.
func (b *browser) taps(label string) {
	b.t.Helper()
	press := fmt.Sprintf(`(() => { const all = [...document.querySelectorAll('#log button')].filter(x => !x.disabled && x.innerText.trim() === %q);
		if (!all.length) return false; all.at(-1).click(); return true })()`, label)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if b.js(press) == "true" {
			return
		}
	}
	b.t.Fatalf("there is no button %q; the page says: %s", label, b.js("document.body.innerText"))
}

func (b *browser) shot(name string) {
	if *screenshots == "" {
		return
	}
	time.Sleep(300 * time.Millisecond) // scrolling comes to rest
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// The page at the printed address leads a person through question, application and seven uploads; after a restart everything is
// there.
func TestMainJobInABrowser(t *testing.T) {
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir()}
	s := startServe(t, env)
	b := browse(t, s.base)
	b.reads("Hello, I am Olle")
	b.says("how mach is money for ticket from katmandu?")
	b.reads("US$ 950")
	b.shot("1-question")
	b.taps("Apply")
	b.reads("Do you agree?")
	b.taps("I agree")
	for _, step := range [][2]string{{"For myself", "full name"}, {"Nina Rai", "organisation?"}, {"Ministry of Home Affairs", "position"},
		{"Under Secretary", "kind of organisation"}, {"government", "level?"}, {"senior", "How many years"}, {"9 years", "workplace"}, {"Kathmandu", "travel to Jeju"},
		{"Kathmandu", "citizenship"}, {"Nepal", "e-mail address"}, {"nina.rai@example.org", "0 of 7 received"}} {
		b.says(step[0])
		b.reads(step[1])
	}
	b.shot("2-checklist")
	b.taps("1. Application form")
	b.reads("Please send document 1")
	dir := t.TempDir()
	for i, name := range []string{"application", "commitment", "waiver", "consent", "case study", "nomination", "cv"} {
		path := filepath.Join(dir, name+".pdf")
		if err := os.WriteFile(path, pdf(name), 0o600); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.SetUploadFiles(chromedp.ID("files"), []string{path}))
		if b.js("document.querySelector('#send').disabled") == "false" {
			b.js("document.querySelector('#send').click()")
		}
		b.reads(fmt.Sprintf("%d of 7", i+1))
	}
	b.reads("Your set is complete: 7 of 7")
	b.shot("3-complete")
	s.stop()

	env["OLLE_HTTP_ADDR"] = s.base[len("http://"):]
	startServe(t, env)
	b.do(chromedp.Reload())
	b.reads("Your set is complete: 7 of 7")
	b.says("/status")
	b.reads("7 of 7 received.")
	b.shot("4-after-restart")
}
