package web_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"olle/bot/platformtest"
	"olle/bot/web"
	"olle/flows"
)

var screenshots = flag.String("screenshots", "", "folder to write pictures of the page to")

// browser is a real Chromium with a profile of its own, looking at a house's page.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func browse(t *testing.T, url string) *browser {
	t.Helper()
	b := &browser{t, platformtest.Chromium(t, "Asia/Seoul")}
	b.do(chromedp.Navigate(url))
	return b
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.shot("failed-" + strings.ReplaceAll(b.t.Name(), "/", "-"))
		b.t.Fatal(err)
	}
}

// call sends one command of the protocol.
func call[P, R any](b *browser, cmd cdp.Command[P, R], params P) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, cmd, params)
	must(b.t, err)
}

// sees waits until the page's script finds it so.
func (b *browser) sees(condition string) {
	b.t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(15 * time.Millisecond) {
		said, err := b.evaluate("!!(" + condition + ")")
		if err != nil && !strings.Contains(err.Error(), "navigated") { // a page on its way to another is asked again
			b.t.Fatalf("%s: %v", condition, err)
		}
		if said == "true" {
			return
		}
	}
	b.shot("failed-" + strings.ReplaceAll(b.t.Name(), "/", "-"))
	b.t.Fatalf("never came true: %s; the page says: %s", condition, b.js("document.body.innerText"))
}

func (b *browser) reads(text string) {
	b.t.Helper()
	b.sees(fmt.Sprintf("document.querySelector('#log').innerText.includes(%q)", text))
}

// js evaluates an expression to text.
func (b *browser) js(expression string) string {
	b.t.Helper()
	out, err := b.evaluate(expression)
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return out
}

func (b *browser) evaluate(expression string) (string, error) {
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[string]("String("+expression+")"))
}

func (b *browser) says(text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.ID("say"), text))
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		call(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13})
	}
}

func (b *browser) shot(name string) {
	if *screenshots == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Log("no screenshot:", err)
		return
	}
	must(b.t, os.MkdirAll(*screenshots, 0o755))
	must(b.t, os.WriteFile(filepath.Join(*screenshots, name+".png"), png, 0o644))
}

func (b *browser) network(c network.Conditions) {
	call(b, network.Enable, network.EnableParams{})
	call(b, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{&c}})
}

func (b *browser) size(width, height int64) {
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 500})
}

func demonstration(t *testing.T) *house {
	return open(t, web.Options{
		Title: "Value Chain Analysis Workshop, Jeju 2020", Notice: "Demonstration: the clock stands at 3 February 2020",
		Contact: "info@example.org",
	})
}

// The answer to a post may be there before the line on record that it answers.
func TestOneDateAboveTheLinesOfADay(t *testing.T) {
	h := demonstration(t)
	b := browse(t, "about:blank")
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
		const add = EventSource.prototype.addEventListener;
		EventSource.prototype.addEventListener = function (kind, take) {
			add.call(this, kind, kind === "mine" ? (ev) => setTimeout(take, 500, ev) : take);
		};`})
	b.do(chromedp.Navigate(h.url))
	b.reads("May I ask you a few questions?")
	b.js("document.querySelector('#say').value = '\\n\\nearly'")
	b.js("document.querySelector('#composer').requestSubmit()")
	b.reads("You said: early")
	if got := b.js("[...document.querySelectorAll('.mine .bubble')].at(-1).textContent"); got != "early" {
		t.Errorf("the guest's own line is shown as %q", got)
	}
	const mineIsOnRecord = "[...document.querySelectorAll('.mine')].at(-1).dataset.id"
	b.sees(mineIsOnRecord)
	h.clock.Move(24 * time.Hour)
	b.says("and the next morning")
	b.reads("You said: and the next morning")
	b.sees(mineIsOnRecord)
	dates := b.js("[...document.querySelectorAll('#log .day')].map((d) => d.textContent + ': ' + d.nextElementSibling.querySelector('.bubble').textContent.split('\\n')[0]).join('; ')")
	if dates != "Monday, 3 February 2020: Annyeong! I am Olle.; Tuesday, 4 February 2020: and the next morning" {
		t.Errorf("dates in the talk: %s", dates)
	}
}

// Whoever chooses a language, in the menu or in words, has the page speak it too, and the talk goes on.
func TestThePageFollowsTheLanguageOfTheTalk(t *testing.T) {
	h := demonstration(t)
	b := browse(t, h.url)
	b.reads("May I ask you a few questions?")
	b.sees("document.documentElement?.lang === 'en'")
	b.js("(() => { const s = document.querySelector('#language'); s.value = 'ko'; s.dispatchEvent(new Event('change')); })()")
	b.sees("document.documentElement?.lang === 'ko'")
	b.reads("You said: /language ko")
	b.sees("document.querySelector('#state').textContent === '연결됨'")
	if got := b.js("document.querySelector('.mine .bubble').textContent + ' ' + document.querySelector('h1').lang"); got != "한국어 en" {
		t.Errorf("what was chosen, and the title's language: %s", got)
	}
	if got := b.js("document.querySelector('.day').textContent + ' ' + document.querySelector('#say').placeholder"); got != "2020년 2월 3일 월요일 메시지를 입력하세요" {
		t.Error(got)
	}
	b.shot("language-ko")
	b.says("/language vi")
	b.sees("document.documentElement?.lang === 'vi'")
	b.reads("You said: /language vi")
	if got := b.js("[...document.querySelectorAll('.mine')].length"); got != "2" {
		t.Errorf("%s lines of the guest's own, not two", got)
	}
	b.js("document.querySelector('#say').value = 'half a sentence'")
	b.js("(() => { const s = document.querySelector('#language'); s.value = 'en'; s.dispatchEvent(new Event('change')); })()")
	b.reads("You said: /language en")
	if got := b.js("document.documentElement.lang + ' ' + document.querySelector('#say').value"); got != "vi half a sentence" {
		t.Errorf("what was being written: %s", got)
	}
	b.js("document.querySelector('#composer').requestSubmit()")
	b.sees("document.documentElement?.lang === 'en'")
	b.reads("You said: half a sentence")
}

// Where the browser keeps nothing, the talk lasts as long as the page: so the page stays.
func TestALanguageWithoutStorageLosesNoTalk(t *testing.T) {
	h := demonstration(t)
	b := browse(t, "about:blank")
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
		Object.defineProperty(window, "localStorage", { get() { throw new Error("forbidden"); } });`})
	b.do(chromedp.Navigate(h.url))
	b.reads("May I ask you a few questions?")
	b.js("window.same = true")
	b.says("/language ko")
	b.reads("You said: /language ko")
	b.says("and on")
	b.reads("You said: and on")
	if b.js("window.same") != "true" {
		t.Error("the page came anew, without the talk")
	}
}

func TestATalkInARealBrowser(t *testing.T) {
	h := demonstration(t)
	b := browse(t, h.url)
	b.reads("May I ask you a few questions?")
	b.sees("document.querySelector('#state').textContent === 'Connected'")
	b.shot("1-welcome")
	if got := b.js(`[...document.querySelectorAll('#log a')].map(a => a.href).join(' ')`); got != "https://example.org/call mailto:info@example.org" {
		t.Errorf("links: %s", got)
	}

	b.says("How much is the airfare from Kathmandu?")
	b.reads("You said: How much is the airfare from Kathmandu?")
	if got := b.js("document.querySelectorAll('.choices:not([hidden])').length"); got != "0" {
		t.Error("old choices stay:", got)
	}
	b.says("<img src=x onerror=alert(1)> **bold** \u202eodd")
	b.reads("You said: <img src=x onerror=alert(1)>")

	h.mu.Lock()
	to := h.heard[0].From
	h.mu.Unlock()
	b.says("ask")
	b.reads("Shall we go on?")
	again := []flows.Choice{{Label: "No, thank you", Value: "ask/no"}, {Label: "Yes, please", Value: "ask/yes"}}
	_, err := h.web.Send(t.Context(), "file/1", flows.Message{To: to, Text: "Well, shall we?", Choices: again[:]})
	must(t, err)
	b.reads("Well, shall we?")
	again[0], again[1] = again[1], again[0]
	_, err = h.web.Send(t.Context(), "file/2", flows.Message{To: to, Text: "Once more: shall we?", Choices: again})
	must(t, err)
	b.reads("Once more: shall we?")
	b.sees("document.querySelectorAll('.choices:not([hidden]) button').length === 2")
	b.do(chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift))) // Shift+Tab: attach
	b.do(chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)))
	if got := b.js("document.activeElement.textContent"); got != "No, thank you" {
		t.Errorf("back from the field to the choices: %q has the focus", got)
	}
	b.shot("2-choices")
	b.do(chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)), chromedp.KeyEvent(kb.Enter))
	b.reads("You chose ask/yes")
	if got := b.js("document.activeElement.innerText"); !strings.Contains(got, "Yes, please") {
		t.Errorf("after a choice the focus is on %q, not on what was chosen", got)
	}

	before := b.js("document.querySelector('#log').innerText")
	b.do(chromedp.Reload())
	b.reads("You chose ask/yes")
	if after := b.js("document.querySelector('#log').innerText"); after != before {
		t.Errorf("after a reload the talk is\n%s\nbefore it was\n%s", after, before)
	}

	const below = "((s) => s.scrollHeight - s.scrollTop - s.clientHeight)(document.querySelector('#scroll'))"
	if got := b.js("Math.max(2, " + below + ")"); got != "2" {
		t.Errorf("after a reload %s px lie below what is shown", got)
	}

	b.size(360, 640)
	b.says("later")
	b.reads("This comes by itself.")
	b.size(360, 330) // a keyboard opens
	b.sees("innerHeight < 400 && " + below + " < 160 && document.querySelector('#composer').getBoundingClientRect().bottom <= innerHeight + 1")
	b.size(360, 640)
	b.sees("innerHeight > 600 && " + below + " < 160")
	b.size(1180, 860)
	b.says("many")
	b.reads("line 119")
	b.sees("[...document.querySelectorAll('.mine')].at(-1).getBoundingClientRect().top < 250 && " + below + " > 1000") // read from its top
	if got := b.js("document.documentElement.scrollHeight - innerHeight"); got != "0" {
		t.Errorf("below the page stand %s px of nothing", got)
	}
}

func TestUploadsInARealBrowser(t *testing.T) {
	h := demonstration(t)
	b := browse(t, h.url)
	b.reads("May I ask")
	b.js(`(() => { window.steps = []; new MutationObserver((all) => { for (const p of document.querySelectorAll('progress')) steps.push(p.value); })
		.observe(document.querySelector('#log'), { subtree: true, childList: true, attributes: true, attributeFilter: ['value'] }); })()`)
	b.network(network.Conditions{Latency: 5, DownloadThroughput: 1e6, UploadThroughput: 1e6})
	pdf := append([]byte("%PDF-1.4\n"), bytes.Repeat([]byte("0123456789\n"), 60_000)...)
	pdf = append(pdf, "\n%%EOF\n"...)
	dir := t.TempDir()
	var paths []string
	for _, name := range []string{"Curriculum Vitae.pdf", "huge.pdf", "page 2.pdf"} {
		paths = append(paths, filepath.Join(dir, name))
	}
	must(t, os.WriteFile(paths[0], pdf, 0o600))
	must(t, os.WriteFile(paths[1], make([]byte, 20_000_001), 0o600))
	must(t, os.WriteFile(paths[2], []byte("%PDF-1.4\n%%EOF\n"), 0o600))
	b.do(chromedp.SetUploadFiles(chromedp.ID("files"), paths, chromedp.NodeReady))
	b.sees("document.querySelector('progress')")
	b.shot("3-upload")
	b.reads("huge.pdf is larger than 20 MB")
	b.reads(fmt.Sprintf("Kept: %d bytes", len(pdf)))
	b.reads("Kept: 15 bytes")
	albums := map[string]string{}
	h.mu.Lock()
	for _, u := range h.heard {
		for _, f := range u.Files {
			albums[f.Name] = u.Album
		}
	}
	h.mu.Unlock()
	if len(albums) != 2 || albums["page 2.pdf"] == "" || albums["page 2.pdf"] != albums["Curriculum Vitae.pdf"] {
		t.Errorf("files chosen together came as %v", albums)
	}
	b.shot("4-uploaded")
	if steps := b.js("new Set(window.steps).size"); steps == "0" || steps == "1" {
		t.Error("progress moved in steps:", b.js("window.steps"))
	}
	if got := b.js("document.querySelectorAll('progress, .cancel').length"); got != "0" {
		t.Error("progress stays after the upload")
	}
}

// Each file on its way can be cancelled, and one that was not sent answers no question.
func TestEveryUploadCanBeCancelled(t *testing.T) {
	h := demonstration(t)
	b := browse(t, h.url)
	b.reads("May I ask")
	b.network(network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
	dir := t.TempDir()
	var paths []string
	for i := range 3 {
		paths = append(paths, filepath.Join(dir, fmt.Sprintf("page %d.pdf", i)))
		must(t, os.WriteFile(paths[i], []byte("%PDF-1.4\n%%EOF\n"), 0o600))
	}
	const offered = "document.querySelectorAll('.choices:not([hidden]) button').length"
	b.do(chromedp.SetUploadFiles(chromedp.ID("files"), paths, chromedp.NodeReady))
	b.sees("[...document.querySelectorAll('.cancel')].filter((x) => x.checkVisibility() && x.offsetHeight >= 44 && !x.closest('.unseen')).length === 3")
	if got := b.js(offered); got != "0" {
		t.Errorf("%s quick answers beside what is being sent", got)
	}
	b.js("document.querySelectorAll('.cancel').forEach((x) => x.click())")
	b.sees(offered + " === 2")
}

func TestTheResumeLinkOpensTheTalkElsewhere(t *testing.T) {
	h := demonstration(t)
	b := browse(t, h.url)
	b.reads("May I ask")
	b.says("hello from one")
	b.reads("You said: hello from one")
	b.do(chromedp.Click(chromedp.ID("resume")), chromedp.WaitVisible(chromedp.ID("link")))
	b.shot("5-resume")
	link := b.js("document.querySelector('#link').value")
	if !strings.Contains(link, "/#s=") {
		t.Fatal("link:", link)
	}
	b.do(chromedp.KeyEvent(kb.Escape))

	other := browse(t, link)
	other.reads("You said: hello from one")
	other.reads("You opened this conversation by its link.")
	if got := other.js("location.href"); strings.Contains(got, "s=") {
		t.Error("the secret stays in the address:", got)
	}
	other.says("hello from two")
	b.reads("You said: hello from two")
	if n := b.js("[...document.querySelectorAll('.bubble')].filter(x => x.textContent === 'hello from two').length"); n != "1" {
		t.Error("the other device's line stands", n, "times")
	}

	other.do(chromedp.Reload())
	other.reads("You opened this conversation by its link.")
	other.chooses("Keep this one")
	other.do(chromedp.Reload())
	other.reads("You said: hello from two")
	if got := other.js("document.querySelectorAll('.note').length"); got != "0" {
		t.Error("what was settled is asked again")
	}
}

// chooses taps a button of the log.
func (b *browser) chooses(label string) {
	b.t.Helper()
	find := fmt.Sprintf("[...document.querySelectorAll('#log button')].find((x) => x.textContent === %q)", label)
	b.sees(find)
	b.js(find + ".click()")
}

// Anybody can send a link to a conversation of their own. What was typed before it was opened is not said there, and the way back is shown
// until it is settled which conversation stays.
func TestALinkTakesNothingOfOnesOwnTalkAlong(t *testing.T) {
	h := demonstration(t)
	elsewhere := h.say("", "what is said elsewhere").Session
	b := browse(t, h.url)
	b.reads("May I ask")
	b.network(network.Conditions{Offline: true})
	b.says("my passport is M1234567")
	b.reads("Waiting to be sent")
	b.js("location.hash = '#s=" + elsewhere + "'")
	b.network(network.Conditions{DownloadThroughput: -1, UploadThroughput: -1})
	b.reads("You said: what is said elsewhere")
	b.says("hello there")
	b.reads("You said: hello there")
	b.do(chromedp.Reload())
	b.reads("You said: hello there")
	b.chooses("Back to my own conversation")
	b.reads("You said: my passport is M1234567")
	for _, l := range h.history(elsewhere) {
		if strings.Contains(l.Text, "M1234567") {
			t.Errorf("in the other conversation stands: %q", l.Text)
		}
	}
	if got := b.js("document.querySelector('#log').innerText.includes('hello there')"); got != "false" {
		t.Error("what was said elsewhere stands in one's own")
	}

	b.js("location.hash = '#s=nosuchsession'")
	b.reads("no longer kept")
	b.reads("You said: my passport is M1234567")
}

// A first message that waits is nobody else's either.
func TestALinkTakesNoFirstMessageAlong(t *testing.T) {
	h := demonstration(t)
	elsewhere := h.say("", "what is said elsewhere").Session
	b := browse(t, h.url)
	b.reads("May I ask")
	b.js("localStorage.removeItem('olle.session')")
	b.js("localStorage.setItem('olle.queue', JSON.stringify({ session: null, items: [{ id: 'a', text: 'hello at last', since: Date.now() }] }))")
	b.do(chromedp.Navigate(h.url + "/?#s=" + elsewhere))
	b.reads("You said: what is said elsewhere")
	b.chooses("Start one of my own")
	b.reads("You said: hello at last")
	b.sees("document.querySelectorAll('.mine').length === 1")
}

func TestNothingIsLostOrDoubledWhileTheServerIsAway(t *testing.T) {
	h := demonstration(t)
	b := browse(t, h.url)
	b.reads("May I ask")
	b.network(network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
	b.says("first while away")
	b.says("second while away")
	b.sees("document.querySelector('#state').textContent.startsWith('No connection')")
	b.sees("document.querySelectorAll('.mine .how').length === 2")
	if got := b.js("document.querySelector('#typing').textContent"); got != "" {
		t.Errorf("while nothing can be sent, the page says %q", got)
	}
	b.shot("6-offline")
	b.network(network.Conditions{DownloadThroughput: -1, UploadThroughput: -1})
	b.reads("You said: second while away")
	b.sees("document.querySelector('#state').textContent === 'Connected'")
	for _, text := range []string{"first while away", "You said: first while away", "second while away"} {
		if n := b.js(fmt.Sprintf("[...document.querySelectorAll('.bubble')].filter(x => x.textContent === %q).length", text)); n != "1" {
			t.Errorf("%q stands %s times", text, n)
		}
	}
	order := b.js("[...document.querySelectorAll('.bubble')].slice(-4).map((x) => x.textContent).join(', ')")
	if order != "first while away, You said: first while away, second while away, You said: second while away" {
		t.Errorf("in the talk stands: %s", order)
	}
}

func TestASessionNoLongerKeptBeginsAnew(t *testing.T) {
	h := demonstration(t)
	b := browse(t, h.url)
	b.reads("May I ask")
	b.js("localStorage.setItem('olle.session', 'nosuchsession')")
	b.do(chromedp.Reload())
	b.reads("no longer kept")
	b.reads("May I ask")

	h.clock.Move(91 * 24 * time.Hour)
	b.says("is the deadline over?")
	b.reads("no longer kept")
	b.do(chromedp.Reload())
	b.reads("You said: is the deadline over?")
}

func TestThePageFitsEveryScreenAndEveryHand(t *testing.T) {
	h := demonstration(t)
	b := browse(t, h.url)
	b.reads("May I ask")
	b.says("A rather long word: " + strings.Repeat("Donaudampfschifffahrt", 8))
	b.reads("You said: A rather")
	for _, size := range [][2]int64{{320, 640}, {320, 256}, {640, 400}, {1180, 860}} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(fmt.Sprintf("%dx%d %s", size[0], size[1], scheme), func(t *testing.T) {
				b.size(size[0], size[1])
				call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
				b.do(chromedp.Sleep(100 * time.Millisecond))
				b.shot(fmt.Sprintf("7-%dx%d-%s", size[0], size[1], scheme))
				if got := b.js("document.documentElement.scrollWidth - document.documentElement.clientWidth"); got != "0" {
					t.Error("scrolls sideways by", got)
				}
				if bad := b.js(unnamed); bad != "" {
					t.Error("controls without a name:", bad)
				}
				if bad := b.js(small); bad != "" {
					t.Error("targets smaller than 44 px:", bad)
				}
				if bad := b.js(pale); bad != "" {
					t.Error("contrast below 4.5:", bad)
				}
			})
		}
	}
}

// What an accessibility checker looks for first, as expressions that list offenders.
const (
	shown = `const shown = (e) => e.offsetParent !== null && getComputedStyle(e).visibility === "visible";`

	unnamed = `(() => { ` + shown + ` return [...document.querySelectorAll("button, input, textarea, select, a[href], [role=log], nav")].filter((e) => shown(e) &&
		!(e.getAttribute("aria-label") || e.textContent.trim() || [...(e.labels || [])].some((l) => l.textContent.trim()))).map((e) => e.outerHTML).join("\n"); })()`

	small = `(() => { ` + shown + ` return [...document.querySelectorAll("button, textarea, select")].filter((e) => shown(e) &&
		(e.getBoundingClientRect().height < 44 || e.getBoundingClientRect().width < 44)).map((e) => e.outerHTML).join("\n"); })()`

	pale = `(() => { ` + shown + `
		const parts = (c) => (c.match(/[\d.]+/g) || []).map(Number);
		const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
			.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
		const ground = (e) => { for (; e; e = e.parentElement) { const p = parts(getComputedStyle(e).backgroundColor); if (p.length === 3 || p[3] > 0) return p; } return [255, 255, 255]; };
		return [...document.querySelectorAll("body *")].filter((e) => shown(e) && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())).filter((e) => {
			const [a, b] = [light(parts(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
			return (a + 0.05) / (b + 0.05) < 4.5;
		}).map((e) => e.outerHTML + getComputedStyle(e).color + ground(e)).join("\n"); })()`
)

func TestTheKeyboardReachesEverythingInOrderAndVisibly(t *testing.T) {
	h := demonstration(t)
	b := browse(t, h.url)
	b.reads("May I ask")
	b.size(700, 800)
	var order []string
	for range 9 {
		b.do(chromedp.KeyEvent(kb.Tab))
		order = append(order, b.js(`document.activeElement.id || document.activeElement.textContent`))
		if b.js(`getComputedStyle(document.activeElement).outlineStyle`) == "none" {
			t.Error("no visible focus on", order[len(order)-1])
		}
	}
	want := "[ Skip to the message field menu-button log https://example.org/call info@example.org Yes, please No, thank you attach say]"
	if got := fmt.Sprint(append([]string{""}, order...)); got != want {
		t.Errorf("order %v\nwant  %v", got, want)
	}
	b.do(chromedp.Focus(chromedp.ID("menu-button")), chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Tab))
	if got := b.js("document.activeElement.textContent"); got != "What can I ask?" {
		t.Errorf("from the menu button into the menu: %q", got)
	}
	b.shot("8-menu")
	b.do(chromedp.KeyEvent(kb.Escape))
	if got := b.js("document.activeElement.id + document.querySelector('#menu-button').ariaExpanded"); got != "menu-buttonfalse" {
		t.Error("Escape closes the menu and goes back:", got)
	}
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	b.reads("You said: /help")
	b.reads("What can I ask?")
}

func TestAMessageFromElsewhereArrivesLiveInTheBrowser(t *testing.T) {
	h := demonstration(t)
	b := browse(t, h.url)
	b.sees("document.querySelector('#state').textContent === 'Connected'")
	h.mu.Lock()
	to := h.heard[0].From
	h.mu.Unlock()
	id, err := h.web.Send(t.Context(), "announcement/1", flows.Message{To: to, Text: "Two days left", File: &flows.File{Name: "programme.pdf"}})
	must(t, err)
	b.reads("Two days left")
	_, err = h.web.Send(t.Context(), "announcement/2", flows.Message{To: to, Text: "Corrected: three days left", Edit: id})
	must(t, err)
	b.reads("Corrected: three days left")
	if got := b.js("document.querySelector('#log').innerText.includes('Two days left')"); got != "false" {
		t.Error("the corrected message stays")
	}
}

func TestWithoutScriptThePageNamesTheOtherWay(t *testing.T) {
	h := demonstration(t)
	b := browse(t, "about:blank")
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.do(chromedp.Navigate(h.url))
	text, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS("noscript")))
	must(t, err)
	if !strings.Contains(text, "info@example.org") {
		t.Errorf("the page says %q", text)
	}
	if r, _ := http.Get(h.url + "/favicon.ico"); r.StatusCode != http.StatusNotFound {
		t.Error("favicon.ico:", r.StatusCode)
	}
}

// What comes by itself, as a quiz's question does, is brought into sight, unless the guest reads something else: then a button leads to it.
func TestWhatComesByItselfIsSeen(t *testing.T) {
	h := demonstration(t)
	b := browse(t, h.url)
	b.size(360, 500)
	b.reads("May I ask")
	h.mu.Lock()
	to := h.heard[0].From
	h.mu.Unlock()
	b.says("many")
	b.reads("line 119")
	b.sees("!document.querySelector('#newer').hidden")
	push := func(text string) {
		_, err := h.web.Send(t.Context(), "host/"+text, flows.Message{To: to, Text: text})
		must(t, err)
		b.reads(text)
	}
	const newest = "((r, s) => r.top >= s.top && r.top < s.bottom - 20)([...document.querySelectorAll('.said')].at(-1).getBoundingClientRect(), document.querySelector('#scroll').getBoundingClientRect())"
	push("Question 1")
	b.sees(newest)
	b.sees("document.querySelector('#newer').hidden")
	b.js("document.querySelector('#scroll').scrollTop = 0")
	b.do(chromedp.Sleep(200 * time.Millisecond))
	push("Question 2")
	b.sees("!document.querySelector('#newer').hidden")
	if got := b.js("document.querySelector('#scroll').scrollTop"); got != "0" {
		t.Error("while the guest reads, the talk moves to", got)
	}
	b.js("document.querySelector('#newer').click()")
	b.sees(newest + " && document.querySelector('#newer').hidden")
}

// What is deleted is gone from every screen at once.
func TestAFarewellEmptiesEveryScreen(t *testing.T) {
	h := demonstration(t)
	b := browse(t, h.url)
	b.reads("May I ask")
	b.says("my passport is M1234567")
	b.reads("You said: my passport is M1234567")
	other := browse(t, h.url+"/#s="+b.js("localStorage.getItem('olle.session')"))
	other.reads("You said: my passport is M1234567")
	b.says("delete everything")
	for _, tab := range []*browser{b, other} {
		tab.reads("Farewell.")
		tab.sees("document.querySelectorAll('.said').length === 2")
		if got := tab.js("document.querySelector('#log').innerText"); !strings.Contains(got, "Everything is deleted.") || strings.Contains(got, "M1234567") {
			t.Errorf("on the screen stays: %s", got)
		}
	}
	b.says("hello again")
	b.reads("You said: hello again")
	b.sees("document.querySelectorAll('.said').length === 4")
}

// A long talk comes in parts, newest first; what is being read stays where it is.
func TestEarlierLinesOfALongTalk(t *testing.T) {
	h := demonstration(t)
	session := h.say("", "the very first").Session
	for range 5 {
		h.say(session, "many")
	}
	b := browse(t, h.url+"/#s="+session)
	b.reads("line 119")
	b.sees("!document.querySelector('#earlier').hidden")
	if got := b.js("document.querySelector('#log').innerText.includes('the very first')"); got != "false" {
		t.Error("all of it is there at once")
	}
	b.js("document.querySelector('#scroll').scrollTop = 0")
	b.js("window.was = [document.querySelector('.said'), document.querySelector('.said').getBoundingClientRect().top]")
	b.do(chromedp.Click(chromedp.ID("earlier")))
	b.reads("You said: the very first")
	b.sees("document.querySelector('#earlier').hidden && document.activeElement.classList.contains('said')")
	if got := b.js("Math.round(Math.abs(window.was[0].getBoundingClientRect().top - window.was[1]))"); len(got) > 1 {
		t.Errorf("what was being read moved by %s px", got)
	}
	if got := b.js("document.querySelectorAll('.said').length"); got != "607" {
		t.Errorf("%s lines of 607", got)
	}
	if r, _ := http.Get(h.url + "/api/chat/history?before=x&session=" + session); r.StatusCode != http.StatusBadRequest {
		t.Error("before no line:", r.StatusCode)
	}
}
