package console_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"

	"olle/flows"
)

// contrast is WCAG's ratio of what an element is painted with to what lies behind it: the least of all that the selector finds.
const contrast = `(selector, paint) => {
	const read = (c) => { const [r, g, b, a = 1] = (c.match(/[\d.]+/g) || []).map(Number); return {rgb: [r, g, b], a}; };
	const behind = (e) => { for (e = e.parentElement; e; e = e.parentElement) { const c = read(getComputedStyle(e).backgroundColor); if (c.rgb.length === 3 && c.a === 1) return c.rgb; } return [255, 255, 255]; };
	const light = (rgb) => { const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const all = [...document.querySelectorAll(selector)].filter((e) => paint !== 'color' || e.getClientRects().length && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
	return all.length === 0 ? 0 : Math.min(...all.map((e) => { const [a, b] = [light(read(getComputedStyle(e)[paint]).rgb), light(behind(e))].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); }));
}`

// stands fails where something is painted too faintly; wcag is 4.5 for text, 3 for what only has to be seen.
func (s *screen) stands(what, selector, paint string, wcag float64) {
	s.t.Helper()
	var ratio float64
	if err := json.Unmarshal([]byte(s.js(fmt.Sprintf("(%s)(%q, %q)", contrast, selector, paint))), &ratio); err != nil || ratio < wcag {
		s.t.Errorf("%s: %s of %q has a contrast of %.2f, not %.1f: %v", what, paint, selector, ratio, wcag, err)
	}
}

// figures are what came of a workshop: five who played a quiz, rated, and evaluated.
func (o *office) figures() (code string) {
	o.t.Helper()
	o.says("telegram:boss", "/start")
	o.says("telegram:boss", "/quizhost start module4-cooperation untimed")
	_, code, _ = strings.Cut(o.net.heard("telegram:boss"), "Code: ")
	code = code[:4]
	h := &hall{office: o, code: code}
	for i := range 9 {
		h.says(flows.Address(fmt.Sprint("telegram:4", i)), "/quiz "+code)
	}
	h.host("open")
	for i := range 9 {
		h.taps(flows.Address(fmt.Sprint("telegram:4", i)), 1, string("bbbabbcbd"[i]))
	}
	h.host("reveal")
	h.host("next")
	for i := range 9 {
		for _, letter := range []string{"abc", "ab", "abd"}[i%3] {
			h.taps(flows.Address(fmt.Sprint("telegram:4", i)), 2, string(letter))
		}
	}
	h.host("reveal")
	h.host("end")
	o.says("telegram:boss", "/rating open")
	for i, country := range []string{"Nepal", "Cambodia", "Mongolia", "Maldives", "Thailand"} {
		o.says(flows.Address(fmt.Sprint("telegram:2", i)), "/rate")
		for _, line := range append([]string{"I agree"}, strings.Split([]string{"2345432", "3223454", "4434213", "1232335", "5544344"}[i], "")...) {
			o.says(flows.Address(fmt.Sprint("telegram:2", i)), line)
		}
		o.says(flows.Address(fmt.Sprint("telegram:2", i)), "country")
		o.says(flows.Address(fmt.Sprint("telegram:2", i)), country)
	}
	o.says("telegram:boss", "/rating reveal")
	boss := o.signedIn("telegram:boss")
	for _, set := range [][2]string{{"evaluation.opens", "2020-02-01 09:00"}, {"session.identify", "2020-03-31 09:00-10:00 | exercise | Victim Identification | Hall A"},
		{"session.exchange", "2020-03-31 11:00-12:00 | lecture | Data and Information Exchange | Hall A"}, {"session.threep", "2020-04-01 09:00-10:00 | lecture | Introducing the 3P Approach | Hall A"}} {
		boss.does("/event", "key", set[0], "value", set[1])
	}
	for i := range 6 {
		who := flows.Address(fmt.Sprint("telegram:5", i))
		for _, line := range []string{"/feedback", "I agree", fmt.Sprint(4 + i%2), "yes", "yes", "yes", "yes", fmt.Sprint(1 + i%2), fmt.Sprint(2 - i%2), "done", "4", "4", "5", "4", "3", "More time for the visit, please.", "skip", "yes"} {
			o.says(who, line)
		}
	}
	boss.does("/results/act", "what", "close", "sure", "yes")
	return code
}

// Pages of results in a real browser: quiz, rating and evaluation fit the projector and a phone, can be read in light and dark, and lose
// nothing to those who see no colours: bars have letters and numbers, what is right a sign, lines a dash and a mark of their own.
func TestPagesOfResultsInARealBrowser(t *testing.T) {
	o := openOffice(t)
	s := o.screen()
	code := o.figures()
	s.open("/enter?code=" + o.code("telegram:boss"))
	s.press("main button")
	s.reads("How far people came")
	pages := [][4]string{{"quiz", "/quizzes/" + code, "B. Within regions ✓", "#questions"}, {"rating", "/ratings/cityshare", "Everybody, mean", "#countries"},
		{"results", "/results", "mean 4.5", "#evaluation"}}
	for _, p := range pages {
		for _, dark := range []bool{false, true} {
			s.dark(dark)
			s.size(1280, 720)
			s.open(p[1])
			s.reads(p[2])
			s.fits(p[0])
			s.stands(p[0], "main p, main td, main th, main h1, main h2, main h3, main li, main button", "color", 4.5)
			if p[0] == "rating" {
				s.stands(p[0], "main svg polygon[stroke-dasharray]", "stroke", 3)
				s.stands(p[0], "main svg line[stroke-dasharray]", "stroke", 3)
			} else {
				s.stands(p[0], "main .bar .fill", "fill", 3)
			}
			s.js("document.querySelector('" + p[3] + "').closest('section').scrollIntoView()")
			s.shot(p[0] + map[bool]string{true: "-dark"}[dark])
			s.size(360, 740)
			s.open(p[1])
			s.fits(p[0] + " on a phone")
		}
		s.dark(false)
		s.size(1280, 720)
		order(s, emulation.SetEmulatedVisionDeficiency, emulation.SetEmulatedVisionDeficiencyParams{Type: emulation.SetEmulatedVisionDeficiencyTypeAchromatopsia})
		s.open(p[1])
		s.js("document.querySelector('" + p[3] + "').closest('section').scrollIntoView()")
		s.shot(p[0] + "-without-colours")
		order(s, emulation.SetEmulatedVisionDeficiency, emulation.SetEmulatedVisionDeficiencyParams{Type: emulation.SetEmulatedVisionDeficiencyTypeNone})
	}
	s.withoutColours(code)
	for _, p := range pages {
		s.open(p[1])
		s.downloadsAgain(p[0])
	}
}

// downloadsAgain fails where who has downloaded a table cannot download it in another format too.
func (s *screen) downloadsAgain(what string) {
	s.t.Helper()
	const once = "document.querySelector('main button[name=format]').form.elements.once.value"
	before := s.js(once)
	s.press("main button[name=format]")
	for end := time.Now().Add(2 * time.Second); s.js(once) == before; time.Sleep(15 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Errorf("%s: after one download %s buttons are dead", what, s.js("document.querySelectorAll('main button[name=format]:disabled').length"))
			return
		}
	}
}

// withoutColours counts what tells things apart when colours do not.
func (s *screen) withoutColours(code string) {
	s.t.Helper()
	s.open("/quizzes/" + code)
	if n := s.js("[...document.querySelectorAll('.chart tr')].filter((r) => !/^[A-Z]\\. /.test(r.querySelector('th').textContent) || r.querySelector('.n').textContent === '').length"); n != "0" {
		s.t.Errorf("%s bars have no letter or no number", n)
	}
	s.open("/ratings/cityshare")
	lines := s.js("[...document.querySelectorAll('.lines svg')].map((l) => l.querySelector('line').getAttribute('stroke-dasharray') + ' ' + l.querySelector('g').firstElementChild.tagName).join()")
	seen := map[string]bool{}
	for _, l := range strings.Split(lines, ",") {
		if seen[l] || l == "" {
			s.t.Errorf("two lines are drawn alike but for their colour: %s", lines)
		}
		seen[l] = true
	}
	s.open("/results")
	if n := s.js("[...document.querySelectorAll('.chart tr')].filter((r) => !/\\d/.test(r.querySelector('.n').textContent)).length"); n != "0" {
		s.t.Errorf("%s bars of the evaluation have no number", n)
	}
}

// A long word, as addresses and file names are, makes no page wider than a phone.
func TestLongWordsFitAPhone(t *testing.T) {
	o := openOffice(t)
	word := strings.Repeat("Bundesverwaltungsgericht", 3)
	o.applies(nina, word, word, "Kathmandu", "Nepal")
	o.sends(nina, word+".pdf", "cv")
	o.says(nina, "/human "+word)
	o.says("telegram:boss", "/start")
	boss := o.signedIn("telegram:boss")
	boss.does("/applicants/"+name(o.person(nina))+"/note", "text", word)
	at, _, _ := strings.Cut(strings.TrimPrefix(boss.post("/announcements/save", boss.form("text", word, "stage", "applying", "at", "2020-02-09T09:00")).header.Get("Location"), "/console"), "?")
	boss.does(at+"/act", "what", "start", "seen", boss.looks(at))
	o.eventually("the list knows her", func() bool { return strings.Contains(boss.get("/applicants").body, word) })
	s := o.screen()
	s.open("/enter?code=" + o.code("telegram:boss"))
	s.press("main button")
	s.reads("How far people came")
	s.size(360, 780)
	for _, path := range []string{"/", "/applicants", "/applicants/" + name(o.person(nina)), "/decisions/" + name(o.person(nina)), "/help", "/announcements", at} {
		s.open(path)
		s.fits(path)
	}
}
