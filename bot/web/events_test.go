package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"olle/bot"
	"olle/bot/web"
	"olle/flows"
)

type event struct {
	ID, Kind string
	Text     string
}

type historyLine struct {
	ID, Text, Cause string
	Me              bool
	Choices         []flows.Choice
}

func (h *house) history(session string) []historyLine {
	r, err := http.Get(h.url + "/api/chat/history?session=" + session)
	must(h.t, err)
	defer r.Body.Close()
	var out struct{ Lines []historyLine }
	must(h.t, json.NewDecoder(r.Body).Decode(&out))
	return out.Lines
}

func TestTheHistoryIsTheLatestLinesAndNoMoreThanOneAnswerHolds(t *testing.T) {
	d := newDesk(t, nil, t.TempDir(), bot.Settled)
	s := d.say("", "first").Session
	for i := range 130 {
		if _, err := d.web.Send(t.Context(), fmt.Sprint("short/", i), flows.Message{To: d.heard[0].From, Text: fmt.Sprint("short ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if all := d.history(s); len(all) != 131 || all[0].Text != "first" || all[1].Text != "short 0" || all[130].Text != "short 129" {
		t.Errorf("%d lines from %q to %q", len(all), all[0].Text, all[len(all)-1].Text)
	}
	for i := range 40 {
		_, err := d.web.Send(t.Context(), fmt.Sprint("long/", i), flows.Message{To: d.heard[0].From, Text: fmt.Sprint(i, strings.Repeat("\U0001F600", 8000))})
		must(t, err)
	}
	all, bytes := d.history(s), 0
	for _, l := range all {
		bytes += len(l.Text)
	}
	if last := all[len(all)-1].Text; bytes > 600_000 || bytes < 400_000 || !strings.HasPrefix(last, "39") {
		t.Errorf("%d lines of %d bytes up to %.5q", len(all), bytes, last)
	}
}

// listen opens a stream and returns its events; it ends with the test or by stop.
func (h *house) listen(session, lastID string) (<-chan event, func()) {
	ctx, stop := context.WithCancel(h.t.Context())
	req, _ := http.NewRequestWithContext(ctx, "GET", h.url+"/api/chat/events?session="+session, nil)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	r, err := http.DefaultClient.Do(req)
	must(h.t, err)
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/event-stream" {
		h.t.Fatalf("stream: %d %v", r.StatusCode, r.Header)
	}
	out := make(chan event, 1000)
	go func() {
		defer close(out)
		defer r.Body.Close()
		var e event
		for s := bufio.NewScanner(r.Body); s.Scan(); {
			key, value, _ := strings.Cut(s.Text(), ": ")
			switch key {
			case "id":
				e.ID = value
			case "event":
				e.Kind = value
			case "data":
				var m struct{ Text, ID string }
				if json.Unmarshal([]byte(value), &m) != nil || m.ID != e.ID {
					e.Text = "broken: " + value
				} else {
					e.Text = m.Text
				}
			case "":
				if e.ID != "" {
					out <- e
				}
				e = event{}
			}
		}
	}()
	return out, stop
}

func next(t *testing.T, from <-chan event) event {
	t.Helper()
	select {
	case e, ok := <-from:
		if !ok {
			t.Fatal("the stream ended")
		}
		return e
	case <-time.After(5 * time.Second):
		t.Fatal("no event within five seconds")
	}
	return event{}
}

func TestLinesArriveLiveAndTheStreamResumes(t *testing.T) {
	h := open(t, web.Options{})
	s := h.say("", "/start").Session
	live, stop := h.listen(s, "")
	h.say(s, "hello")
	if e := next(t, live); e != (event{"4", "mine", "hello"}) {
		t.Errorf("own line: %+v", e)
	}
	if e := next(t, live); e != (event{"5", "message", "You said: hello"}) {
		t.Errorf("answer: %+v", e)
	}
	h.say(s, "later")
	for i, want := range []string{"later", "In a moment.", "This comes by itself."} {
		if e := next(t, live); e.Text != want {
			t.Errorf("event %d: %+v, want %q", i, e, want)
		}
	}
	stop()
	h.say(s, "many")
	resumed, _ := h.listen(s, "5")
	for i := 6; i <= 5+3+121; i++ {
		if e := next(t, resumed); e.ID != fmt.Sprint(i) {
			t.Fatalf("resumed with %+v, want id %d", e, i)
		}
	}
	all, _ := h.listen(s, "0")
	if e := next(t, all); e.ID != "1" {
		t.Errorf("from the start: %+v", e)
	}
}

func TestStreamsAreForThoseWhoKnowTheSessionAndNotWithoutBound(t *testing.T) {
	h := open(t, web.Options{})
	for query, want := range map[string]int{"": 400, "?session=nosuch": 404} {
		for _, path := range []string{"/api/chat/events", "/api/chat/history"} {
			r, err := http.Get(h.url + path + query)
			must(t, err)
			r.Body.Close()
			if r.StatusCode != want {
				t.Errorf("%s%s: %d, want %d", path, query, r.StatusCode, want)
			}
		}
	}
	s := h.say("", "/start").Session
	for range 8 {
		h.listen(s, "")
	}
	r, err := http.Get(h.url + "/api/chat/events?session=" + s)
	must(t, err)
	r.Body.Close()
	if r.StatusCode != 429 || r.Header.Get("Retry-After") == "" {
		t.Errorf("ninth stream of a talk: %d", r.StatusCode)
	}
}
