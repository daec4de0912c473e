package console_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"olle/bot/console"
	"olle/bot/platformtest"
	"olle/flows"
)

var screenPictures = flag.String("screen-pictures", "", "folder to write pictures of the big screen to")

// hall is an office with a quiz under way and its big screen.
type hall struct {
	*office
	code, base string
}

func openHall(t *testing.T, quiz string, follow bool) *hall {
	t.Helper()
	o := openOffice(t)
	screen, err := console.NewScreen(console.ScreenOptions{Store: o.store, Now: o.clock.Now, Title: "VCA workshop 2020", Site: "https://olle.example.org/"})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	t.Cleanup(cancel)
	if follow {
		all.Go(func() { screen.Run(ctx) })
	}
	server := httptest.NewServer(screen)
	t.Cleanup(server.Close)
	h := &hall{office: o, base: server.URL}
	o.says("telegram:boss", "/quizhost start "+quiz)
	found := regexp.MustCompile(`Code: ([A-Z]{4})`).FindStringSubmatch(o.net.heard("telegram:boss"))
	if found == nil {
		t.Fatalf("no code: %s", o.net.heard("telegram:boss"))
	}
	h.code = found[1]
	return h
}

func (h *hall) host(words string) { h.t.Helper(); h.says("telegram:boss", "/quizhost "+words) }

// taps presses an option.
func (h *hall) taps(who flows.Address, number int, letter string) {
	h.t.Helper()
	h.count++
	u := flows.Update{ID: fmt.Sprintf("tap/%d", h.count), From: who, Chat: who, Private: true, Choice: fmt.Sprintf("quiz/%s/%d/%s", h.code, number, letter)}
	_, err := h.bot.Handle(h.t.Context(), u)
	must(h.t, err)
}

func (h *hall) slide() (s console.Slide) {
	h.t.Helper()
	r, err := http.NewRequest("GET", h.base+"/screen/"+h.code, nil)
	must(h.t, err)
	r.Header.Set("Accept", "application/json")
	res, err := http.DefaultClient.Do(r)
	must(h.t, err)
	defer res.Body.Close()
	must(h.t, json.NewDecoder(res.Body).Decode(&s))
	return s
}

// The screen counts answers as they come, shows how they are spread only once nobody can answer any more, and names nobody but leaders.
func TestTheScreenFollowsTheQuiz(t *testing.T) {
	for _, follow := range []bool{true, false} {
		t.Run(fmt.Sprint("follow ", follow), func(t *testing.T) {
			h := openHall(t, "module4-cooperation", follow)
			if s := h.slide(); s.State != "lobby" || s.Quiz != h.code || s.Question != "" {
				t.Fatalf("the lobby is %+v", s)
			}
			for i := range 6 {
				h.says(flows.Address(fmt.Sprintf("telegram:10%d", i)), "/quiz "+h.code)
			}
			h.eventually("six are in", func() bool { return h.slide().Players == 6 })
			h.host("open")
			for i := range 5 {
				h.taps(flows.Address(fmt.Sprintf("telegram:10%d", i)), 1, []string{"b", "a"}[i%2])
			}
			h.taps("telegram:100", 1, "a") // stands already
			h.eventually("five have answered", func() bool { return h.slide().Answers == 5 })
			if s := h.slide(); s.Question != "1" || s.State != "open" || len(s.Counts) != 0 || s.Key != "" || s.Explain != "" || s.Left <= 0 {
				t.Errorf("an open question shows %+v", s)
			}
			h.host("reveal")
			h.eventually("the bars", func() bool { return h.slide().State == "revealed" })
			if s := h.slide(); s.Counts["b"] != 3 || s.Counts["a"] != 2 || s.Answers != 5 || s.Key != "b" || s.Explain == "" {
				t.Errorf("revealed: %+v", s)
			}
			h.host("end")
			h.eventually("the podium", func() bool { return len(h.slide().Leaders) == 3 })
			r, err := http.Get(h.base + "/screen/" + h.code)
			must(t, err)
			defer r.Body.Close()
			page, _ := io.ReadAll(r.Body)
			if strings.Contains(string(page), "telegram:") || strings.Contains(r.Header.Get("Content-Security-Policy"), "unsafe") || r.Header.Get("Content-Security-Policy") == "" {
				t.Errorf("the page is not strict: %s", r.Header)
			}
		})
	}
}

// Codes nobody gave out lead nowhere.
func TestScreensOfNoQuiz(t *testing.T) {
	h := openHall(t, "module1-concepts", true)
	for _, path := range []string{"/screen/XXXX", "/screen/" + strings.ToLower(h.code) + "1", "/screen/..%2f", "/screen/XXXX/events", "/screen/XXXX/join.png", "/screen/screen.html"} {
		r, err := http.Get(h.base + path)
		must(t, err)
		body, err := io.ReadAll(r.Body)
		must(t, err)
		r.Body.Close()
		if r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, r.Status)
		}
		if page := string(body); !strings.Contains(page, `<html lang="en">`) || !strings.Contains(page, "<title>There is no such") || !strings.Contains(page, "<a href=") {
			t.Errorf("%s is no page with a title and a way back: %s", path, page)
		}
	}
}

// One guest cannot take the big screen away from the room.
func TestScreensOfOneHouseholdAreBounded(t *testing.T) {
	h := openHall(t, "module4-cooperation", true)
	screen, err := console.NewScreen(console.ScreenOptions{Store: h.store, Peer: func(r *http.Request) string { return r.Header.Get("From") }})
	must(t, err)
	server := httptest.NewServer(screen)
	t.Cleanup(server.Close)
	watch := func(ctx context.Context, from string) int {
		r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/screen/"+h.code+"/events", nil)
		must(t, err)
		r.Header.Set("From", from)
		res, err := http.DefaultClient.Do(r)
		must(t, err)
		t.Cleanup(func() { res.Body.Close() })
		return res.StatusCode
	}
	one, leave := context.WithCancel(t.Context())
	for i := range 20 {
		if got := watch(one, fmt.Sprintf("2001:db8::%x", i)); got != http.StatusOK {
			t.Fatalf("screen %d: %d", i, got)
		}
	}
	if got := watch(t.Context(), "2001:db8::ffff"); got != http.StatusServiceUnavailable {
		t.Errorf("one more: %d", got)
	}
	if got := watch(t.Context(), "2001:db8:0:1::1"); got != http.StatusOK {
		t.Errorf("the room's own: %d", got)
	}
	leave()
	h.eventually("room for others", func() bool { return watch(t.Context(), "2001:db8::1") == http.StatusOK })
}

// deaf is a browser that takes nothing.
type deaf struct {
	http.ResponseWriter
	until time.Time
}

func (d *deaf) SetWriteDeadline(at time.Time) error { d.until = at; return nil }
func (d *deaf) Write([]byte) (int, error)           { return 0, os.ErrDeadlineExceeded }

func TestAScreenThatTakesNothingIsNotWaitedFor(t *testing.T) {
	h := openHall(t, "module4-cooperation", true)
	screen, err := console.NewScreen(console.ScreenOptions{Store: h.store})
	must(t, err)
	d := &deaf{ResponseWriter: httptest.NewRecorder()}
	screen.ServeHTTP(d, httptest.NewRequest("GET", "/screen/"+h.code+"/events", nil))
	if left := time.Until(d.until); left <= 0 || left > time.Minute {
		t.Errorf("it is waited for until %v", d.until)
	}
}

// The screen in a real browser, from lobby to podium, at the size of a projector: nothing is cut off, and what is there can be read.
func TestTheScreenInARealBrowser(t *testing.T) {
	h := openHall(t, "module4-cooperation", true)
	s := &screen{t, platformtest.Chromium(t, "Asia/Seoul"), h.base}
	s.size(1280, 720)
	s.open("/screen/" + h.code)
	s.reads("Join with your phone")
	for i := range 12 {
		h.says(flows.Address(fmt.Sprintf("telegram:20%02d", i)), "/quiz "+h.code)
	}
	s.until("document.getElementById('players').textContent", "12")
	h.fits(s, "lobby")
	h.host("open")
	s.reads("Where does human trafficking")
	for i := range 11 {
		h.taps(flows.Address(fmt.Sprintf("telegram:20%02d", i)), 1, string("bbbabbcbdbb"[i]))
	}
	began := time.Now()
	s.until("document.getElementById('answers').textContent", "11")
	if took := time.Since(began); took > 250*time.Millisecond {
		t.Errorf("the last answer was on the screen after %v", took)
	}
	h.fits(s, "question")
	h.host("reveal")
	s.reads("intra-regionally")
	time.Sleep(500 * time.Millisecond) // the bars grow
	h.fits(s, "bars")
	h.host("next")
	for i := range 12 {
		for _, letter := range []string{"abc", "ab", "abd"}[i%3] {
			h.taps(flows.Address(fmt.Sprintf("telegram:20%02d", i)), 2, string(letter))
		}
	}
	h.host("reveal")
	h.host("board")
	s.reads("Leaders")
	h.fits(s, "podium")
	h.says("telegram:2000", "/quiz name "+strings.Repeat("Ŵ", 24))
	h.host("end")
	s.reads("points")
	h.fits(s, "end")
}

// until waits for an expression to have a value.
func (s *screen) until(expression, want string) {
	s.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if s.js(expression) == want {
			return
		}
	}
	s.t.Fatalf("%s is %q, not %q", expression, s.js(expression), want)
}

// fits takes a picture and fails where something stands outside the screen or in letters too small for the back row.
func (h *hall) fits(s *screen, name string) {
	h.t.Helper()
	if *screenPictures != "" {
		png, err := chromedp.Run(s.ctx, chromedp.CaptureScreenshot())
		must(h.t, err)
		must(h.t, os.MkdirAll(*screenPictures, 0o755))
		must(h.t, os.WriteFile(filepath.Join(*screenPictures, "screen-"+name+".png"), png, 0o644))
	}
	out := s.js(`JSON.stringify([...document.querySelectorAll("h1,h2,li,p,img,.words,.badge")].filter(e => e.offsetParent && (r => r.width &&
		(r.bottom > innerHeight + 1 || r.right > innerWidth + 1 || r.top < -1 || e.scrollWidth > e.clientWidth + 2 && e.tagName !== "H1" ||
		parseFloat(getComputedStyle(e).fontSize) < 16))(e.getBoundingClientRect())).map(e => e.tagName + " " + e.className + " " + e.textContent.slice(0, 40)))`)
	if out != "[]" {
		h.t.Errorf("%s: outside the screen or too small: %s", name, out)
	}
}
