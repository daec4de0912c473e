package console_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"olle/bot/platformtest"
	"olle/flows"
)

var screenshots = flag.String("screenshots", "", "folder to write pictures of the pages to")

// screen is a real Chromium.
type screen struct {
	t    *testing.T
	ctx  context.Context
	base string
}

func (o *office) screen() *screen {
	return &screen{o.t, platformtest.Chromium(o.t, "Asia/Seoul"), o.server.URL + "/console"}
}

func (s *screen) do(actions ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		s.shot("failed")
		s.t.Fatal(err)
	}
}

// open goes to a page of the console.
func (s *screen) open(path string) { s.t.Helper(); s.do(chromedp.Navigate(s.base + path)) }

// press clicks what the selector finds first on a page that is there as a whole, as script would see it.
func (s *screen) press(selector string) {
	s.t.Helper()
	press := fmt.Sprintf("(() => { const e = document.readyState === 'complete' && document.querySelector(%q); if (!e) return 'nothing'; e.click(); return 'pressed'; })()", selector)
	for end := time.Now().Add(10 * time.Second); s.js(press) != "pressed"; time.Sleep(15 * time.Millisecond) {
		if time.Now().After(end) {
			s.shot("failed")
			s.t.Fatalf("there is no %s; the page says: %s", selector, s.js("document.body.innerText"))
		}
	}
}

// types puts text into a field.
func (s *screen) types(selector, text string) {
	s.t.Helper()
	s.js(fmt.Sprintf("(document.querySelector(%q).value = %q)", selector, text))
}

func (s *screen) reads(text string) {
	s.t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(15 * time.Millisecond) {
		if s.js(fmt.Sprintf("(document.readyState === 'complete' && document.body.innerText.includes(%q))", text)) == "true" {
			return
		}
	}
	s.shot("failed")
	s.t.Fatalf("never reads %q; the page says: %s", text, s.js("document.body.innerText"))
}

// js evaluates an expression to text; "" while the page changes.
func (s *screen) js(expression string) string {
	ctx, cancel := context.WithTimeout(s.ctx, 10*time.Second)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		return ""
	}
	return out
}

func (s *screen) shot(name string) {
	if *screenshots == "" {
		return
	}
	png, err := chromedp.Run(s.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		s.t.Log("no screenshot:", err)
		return
	}
	must(s.t, os.MkdirAll(*screenshots, 0o755))
	must(s.t, os.WriteFile(filepath.Join(*screenshots, "console-"+name+".png"), png, 0o644))
}

func order[P, R any](s *screen, cmd cdp.Command[P, R], params P) {
	s.t.Helper()
	_, err := chromedp.Call(s.ctx, cmd, params)
	must(s.t, err)
}

func (s *screen) size(width, height int64) {
	order(s, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 500})
}

// dark switches the browser's preferred colours.
func (s *screen) dark(on bool) {
	value := "light"
	if on {
		value = "dark"
	}
	order(s, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}})
}

// fits fails if the page is wider than the screen.
func (s *screen) fits(what string) {
	s.t.Helper()
	if wide := s.js("document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide != "0" {
		s.t.Errorf("%s is %s px wider than the screen", what, wide)
	}
}

// crowd lets applicants of many places come as far as their number says.
func (o *office) crowd() {
	people := []struct {
		name, org, city, land string
		items                 int
	}{
		{"Nina Rai", "Ministry of Home Affairs", "Kathmandu", "Nepal", 7},
		{"Trần Minh Anh", "Department of Social Vice Prevention", "Hanoi", "Vietnam", 7},
		{"Sok Dara", "National Committee for Counter Trafficking", "Phnom Penh", "Cambodia", 5},
		{"Siti Rahmawati", "Ministry of Women Empowerment", "Jakarta", "Indonesia", 3},
		{"Batbayar Ganbold", "National Police Agency", "Ulaanbaatar", "Mongolia", 6},
		{"Maria Santos", "Inter-Agency Council Against Trafficking", "Manila", "Philippines", 7},
		{"Somchai Prasert", "Anti-Trafficking in Persons Division", "Bangkok", "Thailand", 2},
		{"Phan Thị Lan", "Blue Dragon Foundation", "Hanoi", "Vietnam", 1},
		{"Ayesha Siddiqua", "Bangladesh National Woman Lawyers' Association", "Dhaka", "Bangladesh", 4},
		{"Nilufar Karimova", "Istiqbolli Avlod", "Tashkent", "Uzbekistan", 0},
		{"Chanthavong Keo", "Ministry of Public Security", "Vientiane", "Laos", 3},
		{"Bishal Gurung", "Maiti Nepal", "Kathmandu", "Nepal", 5},
	}
	for i, p := range people {
		who := flows.Address(fmt.Sprintf("telegram:%d", 1000+i))
		o.applies(who, p.name, p.org, p.city, p.land)
		for n, it := range o.book.Current.Items[:p.items] {
			o.sends(who, fmt.Sprintf("%s-%d.pdf", it.ID, n), it.Short)
		}
		o.clock.Move(37 * time.Minute)
	}
	o.says("telegram:1000", "mailed")
	o.says("telegram:1005", "mailed")
	for i := range 9 {
		o.says(flows.Address(fmt.Sprintf("telegram:%d", 2000+i)), "How much is the airfare from Kathmandu?")
	}
}

// announce writes an announcement, looks at it, sends it, pauses and goes on.
func (s *screen) announce(o *office) {
	s.t.Helper()
	s.open("/announcements/new")
	s.types("#text", "Please remember: the letter of nomination needs the stamp of your organisation.\n\nAll dates are in Korean time.")
	s.js("((e) => { e.value = 'any'; e.dispatchEvent(new Event('input', {bubbles: true})); })(document.querySelector('#missing'))")
	s.types("#label0", "My documents")
	s.types("#value0", "/documents")
	s.reads("9 people")
	s.shot("draft")
	s.press("form.write button")
	s.reads("Kept as a draft")
	s.reads("Send it to 9 people")
	s.shot("announcement")
	s.press("button[value=try]")
	s.reads("A test is on its way")
	s.press("button[value=start]")
	s.reads("It is on its way, or will be")
	s.press("button[value=pause]")
	s.reads("Paused.")
	s.press("button[value=resume]")
	s.reads("It goes on where it stood.")
	for range 20 { // the ticks strike by the program's clock
		o.clock.Move(2 * time.Second)
		if s.open(strings.TrimPrefix(s.js("location.pathname"), "/console")); strings.Contains(s.js("document.body.innerText"), "Finished") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.reads("9 of 9 sent")
	for i := range 12 {
		who := flows.Address(fmt.Sprintf("telegram:%d", 1000+i))
		if n := strings.Count(o.net.heard(who), "needs the stamp of your organisation"); n > 1 || n == 0 && len(o.person(who).Missing(o.book.Current)) > 0 {
			s.t.Errorf("%s heard it %d times", who, n)
		}
	}
}

// decide scores and selects an applicant, and releases the decision in two steps.
func (s *screen) decide(o *office) {
	s.t.Helper()
	before := o.net.heard("telegram:1005")
	s.open("/decisions/" + name(o.person("telegram:1005")))
	s.js("[...document.querySelectorAll('input[type=radio][value=\"4\"]')].forEach((r) => { r.checked = true; })")
	s.press(".scores button:not([name])")
	s.reads("Your score is kept.")
	s.js("(document.querySelector('input[name=state][value=selected]').checked = true)")
	s.press("form[action$='/decide'] button")
	s.reads("Nobody outside can see it.")
	if o.net.heard("telegram:1005") != before {
		s.t.Error("the applicant hears of a pending decision")
	}
	s.open("/decisions")
	s.shot("decisions")
	s.press("form[action$='/release'] button")
	s.reads("How many are they?")
	s.types("#number", "2")
	s.press("main form button")
	s.reads("That is not their number.")
	s.types("#number", "1")
	s.press("main form button")
	s.reads("are being told")
	o.eventually("the selected applicant is told", func() bool { return o.net.heard("telegram:1005") != before })
}

// comesIn follows a link from the chat.
func (s *screen) comesIn(o *office, who flows.Address) {
	s.t.Helper()
	s.open("/")
	s.reads("type /console in your private chat")
	s.open("/enter?code=" + o.code(who))
	s.reads("works once")
	s.shot("enter")
	s.press("main button")
	s.reads("How far people came")
	s.do(chromedp.KeyEvent(kb.Tab))
	if first := s.js("document.activeElement.textContent"); first != "Skip to the content" {
		s.t.Errorf("the first thing the keyboard reaches is %q", first)
	}
}

// sendsBack finds an applicant and sends a document back.
func (s *screen) sendsBack(o *office) {
	s.t.Helper()
	s.press("a[href='/console/applicants']")
	s.reads("First word")
	s.types("#q", "Maiti")
	s.press("form[role=search] button")
	s.reads("1 found")
	s.press("table.list th a[href^='/console/applicants/']")
	s.reads("Every file that is opened goes on the audit trail")
	s.press(".items details summary")
	s.types(".items details textarea", "The second page of your form is missing. Please scan both pages.")
	s.press(".items details button")
	s.reads("Sent back. The applicant has been told")
	s.reads("The second page of your form is missing.")
	s.shot("applicant")
	o.eventually("the applicant reads it", func() bool { return strings.Contains(o.net.heard("telegram:1011"), "Please scan both pages") })
}

// answers takes a help request and answers it; what a colleague answers from the team's own group shows by itself.
func (s *screen) answers(o *office) {
	s.t.Helper()
	s.open("/help")
	s.press("table.list th a")
	s.reads("Answer, or note")
	s.reads("Is the visa fee covered for my family?")
	s.press("button[value=take]")
	s.reads("It is yours.")
	s.types("#text", "The announcement covers no visa fee. Your own visa letter can be requested once you are selected.")
	s.press("button[value=reply]")
	s.reads("carried where it belongs")
	s.shot("request")
	o.eventually("the answer arrives", func() bool { return strings.Contains(o.net.heard("telegram:1000"), "covers no visa fee") })
	o.says("telegram:anna", "/ticket "+o.person("telegram:1000").Help[0]+" Your family needs no letter from us.")
	s.reads("Your family needs no letter from us.")
	o.eventually("the colleague's answer arrives", func() bool { return strings.Contains(o.net.heard("telegram:1000"), "no letter from us") })
}

// looksAtAll opens every main page in light and dark, on a desk and on a phone.
func (s *screen) looksAtAll(o *office) {
	s.t.Helper()
	pages := [][2]string{{"home", "/"}, {"applicants", "/applicants"}, {"applicant", "/applicants/" + name(o.person("telegram:1011"))}, {"draft", "/announcements/new"},
		{"announcements", "/announcements"}, {"help", "/help?show=mine"}, {"request", "/help/" + o.person("telegram:1000").Help[0]}, {"decisions", "/decisions"},
		{"decision", "/decisions/" + name(o.person("telegram:1005"))}, {"team", "/team"}, {"event", "/event?text=welcome"}, {"trail", "/trail"}, {"sessions", "/sessions"}}
	for _, dark := range []bool{false, true} {
		s.dark(dark)
		colours := map[bool]string{false: "", true: "-dark"}[dark]
		for _, p := range pages {
			s.size(1180, 900)
			s.open(p[1])
			s.fits(p[0])
			s.shot(p[0] + "-desk" + colours)
			s.size(360, 740)
			s.open(p[1])
			s.fits(p[0] + " on a phone")
			s.shot(p[0] + "-phone" + colours)
		}
	}
}

// The organisers' day in a real browser: in by a link, a document sent back, a question answered, an announcement sent, a decision
// released; and every page fits a phone.
func TestTheConsoleInARealBrowser(t *testing.T) {
	o := openOffice(t)
	o.crowd()
	o.member("telegram:anna", "decide", "documents", "send")
	o.says("telegram:1000", "/human Is the visa fee covered for my family?")
	s := o.screen()
	s.size(1180, 900)
	s.comesIn(o, "telegram:anna")
	s.sendsBack(o)
	s.answers(o)
	s.announce(o)
	s.decide(o)
	o.member("telegram:anna", "admin")
	s.looksAtAll(o)
}
