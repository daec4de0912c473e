package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"

	"olle/bot"
	"olle/bot/web"
	"olle/flows"
)

func TestATalkBeginsAndGoesOn(t *testing.T) {
	h := open(t, web.Options{})
	r, first := h.post(`{"text":"/start"}`)
	if r.StatusCode != 200 || len(first.Session) < 26 || len(first.Messages) != 2 || first.Pending {
		t.Fatalf("beginning: %d %+v", r.StatusCode, first)
	}
	if c := first.Messages[1].Choices; len(c) != 2 || c[0].Value != "ask/yes" || c[0].Label != "Yes, please" {
		t.Errorf("choices: %+v", c)
	}
	if a := h.say(first.Session, "hello"); a.Session != first.Session || a.texts() != "You said: hello" {
		t.Errorf("second line: %+v", a)
	}
	if _, a := h.post(map[string]any{"session": first.Session, "choice": "ask/yes"}); a.texts() != "You chose ask/yes" {
		t.Errorf("choice: %+v", a)
	}
	if _, a := h.post(`{"text":""}`); len(a.Messages) != 2 {
		t.Errorf("an empty first text begins a talk: %+v", a)
	}
	if ctype := r.Header.Get("Content-Type"); !strings.HasPrefix(ctype, "application/json") || r.Header.Get("Cache-Control") != "no-store" {
		t.Error("headers:", r.Header)
	}
}

func TestTheUpdateSaysWhoWhenAndWhereButNotTheSecret(t *testing.T) {
	h := open(t, web.Options{})
	s := h.say("", "hello").Session
	h.mu.Lock()
	u := h.heard[len(h.heard)-1]
	h.mu.Unlock()
	if u.From != u.Chat || !u.Private || u.From.Platform() != "web" || !strings.HasPrefix(u.ID, string(u.From)+":") {
		t.Errorf("update: %+v", u)
	}
	if u.Sent.Year() != 2020 {
		t.Error("the time of receipt is in program time, got", u.Sent)
	}
	docs, err := h.store.List(t.Context(), "", "", 1000)
	must(t, err)
	for _, d := range docs {
		if strings.Contains(d.Key, s) || bytes.Contains(d.Data, []byte(s)) {
			t.Error("the session secret is kept in", d.Key)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if strings.Contains(h.logged.String(), s) || strings.Contains(h.logged.String(), "hello") {
		t.Error("the log tells the secret or what was said")
	}
}

func TestTheSameIDCountsOnce(t *testing.T) {
	h := open(t, web.Options{})
	s := h.say("", "/start").Session
	for _, id := range []string{"one", "with/slash:colon", strings.Repeat("é", 300)} {
		body := map[string]any{"session": s, "id": id, "text": "hello " + id}
		_, a := h.post(body)
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				r, again := h.post(body)
				if r.StatusCode != 200 || fmt.Sprint(again) != fmt.Sprint(a) {
					t.Errorf("again: %d %+v, first %+v", r.StatusCode, again, a)
				}
			})
		}
		wg.Wait()
	}
	if n := len(h.history(s)); n != 3+3*2 {
		t.Errorf("the talk has %d lines, want 9", n)
	}
}

func TestOneIDSentAtOnceFromManyPlacesCountsOnce(t *testing.T) {
	h := open(t, web.Options{Session: web.Rate{PerSecond: 1000, Burst: 1000}})
	s := h.say("", "/start").Session
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			text := fmt.Sprintf("n%d", i%10)
			if r, a := h.post(map[string]any{"session": s, "id": text, "text": text}); r.StatusCode != 200 || a.texts() != "You said: "+text {
				t.Errorf("%s: %d %+v", text, r.StatusCode, a)
			}
		})
	}
	wg.Wait()
	if n := len(h.history(s)); n != 3+20 {
		t.Errorf("the talk has %d lines, want 23", n)
	}
}

func TestOddInputIsAnsweredWithOneSentence(t *testing.T) {
	h := open(t, web.Options{MaxUpload: 1000})
	s := h.say("", "/start").Session
	big := strings.Repeat("a", 1<<20)
	for name, c := range map[string]struct {
		kind, body string
		status     int
	}{
		"no JSON":            {"application/json", `{"text":`, 400},
		"an array":           {"application/json", `[]`, 400},
		"two values":         {"application/json", `{"text":"a"}{"text":"b"}`, 400},
		"text is a number":   {"application/json", `{"text":1}`, 400},
		"nothing":            {"application/json", ``, 400},
		"null":               {"application/json", `null`, 400},
		"neither":            {"application/json", `{}`, 400},
		"both":               {"application/json", `{"text":"a","choice":"b"}`, 400},
		"wrong type":         {"text/plain", `{"text":"a"}`, 400},
		"no type":            {"", `{"text":"a"}`, 400},
		"no boundary":        {"multipart/form-data", `x`, 400},
		"broken form":        {"multipart/form-data; boundary=b", "--b\r\nContent-Disp", 400},
		"long choice":        {"application/json", `{"choice":"` + strings.Repeat("c", 2000) + `"}`, 400},
		"unknown session":    {"application/json", `{"session":"nosuch","text":"a"}`, 404},
		"too long a text":    {"application/json", `{"text":"` + big + `"}`, 413},
		"too large a body":   {"application/json", `{"text":"` + strings.Repeat(big, 12) + `"}`, 413},
		"empty text":         {"application/json", `{"session":"` + s + `","text":""}`, 200},
		"emoji":              {"application/json", `{"session":"` + s + `","text":"🙃🙃"}`, 200},
		"lone surrogate":     {"application/json", `{"session":"` + s + `","text":"a\ud800b"}`, 200},
		"invalid UTF-8":      {"application/json", "{\"session\":\"" + s + "\",\"text\":\"a\xff\xfeb\"}", 200},
		"control characters": {"application/json", `{"session":"` + s + `","text":"\u0000\u202ea\u0007"}`, 200},
	} {
		t.Run(name, func(t *testing.T) {
			r, a := h.send(c.kind, strings.NewReader(c.body))
			if r.StatusCode != c.status {
				t.Fatalf("status %d, want %d: %s", r.StatusCode, c.status, a.Error)
			}
			if (a.Error == "") != (c.status == 200) || strings.Count(a.Error, "\n") > 0 {
				t.Errorf("error sentence: %q", a.Error)
			}
		})
	}
}

func TestAHundredThousandCharactersReachTheConversation(t *testing.T) {
	h := open(t, web.Options{})
	for _, c := range []string{"a", "가", "🙃", `\ud83d\ude43`} {
		if _, a := h.post(`{"text":"` + strings.Repeat(c, 100_000) + `"}`); a.texts() != "100000 characters" {
			t.Errorf("%s: %+v", c, a)
		}
	}
}

func TestTooManyRequestsAreToldWhenToComeBack(t *testing.T) {
	h := open(t, web.Options{Session: web.Rate{PerSecond: 1, Burst: 3}})
	s := h.say("", "/start").Session
	var last *http.Response
	var a answer
	for range 5 {
		last, a = h.post(map[string]any{"session": s, "text": "x"})
	}
	if last.StatusCode != 429 || last.Header.Get("Retry-After") == "" || a.Error == "" {
		t.Errorf("status %d, Retry-After %q, error %q", last.StatusCode, last.Header.Get("Retry-After"), a.Error)
	}

	h = open(t, web.Options{Address: web.Rate{PerSecond: 0.01, Burst: 2}, Peer: func(*http.Request) string { return "203.0.113.7" }})
	for range 5 {
		last, a = h.post(`{"text":"x"}`)
	}
	if last.StatusCode != 429 || a.Error == "" {
		t.Errorf("per address: status %d, error %q", last.StatusCode, a.Error)
	}
}

func TestAnAnswerThatTakesLongIsPendingAndComesLater(t *testing.T) {
	h := open(t, web.Options{Wait: 100 * time.Millisecond})
	s := h.say("", "/start").Session
	live, _ := h.listen(s, "")
	body := map[string]any{"session": s, "id": "slow", "text": "slow"}
	if _, a := h.post(body); !a.Pending || a.Messages == nil {
		t.Errorf("not pending: %+v", a)
	}
	next(t, live)
	if e := next(t, live); e.Text != "That took a while." {
		t.Errorf("later: %+v", e)
	}
	if _, a := h.post(body); a.Pending || a.texts() != "That took a while." {
		t.Errorf("asked again: %+v", a)
	}
}

func TestUploadsReachTheConversationAndNeverLieReadableOnDisk(t *testing.T) {
	h := open(t, web.Options{})
	s := h.say("", "/start").Session
	pdf := []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n" + strings.Repeat("secret words ", 5000))
	kind, body := form(t, map[string]string{"session": s, "id": "up"}, upload{"../../etc/my\u202e CV.pdf", pdf}, upload{"empty.pdf", nil})
	r, a := h.send(kind, body)
	if r.StatusCode != 200 || a.Pending || !strings.HasPrefix(a.texts(), "Got my CV.pdf | Got empty.pdf") {
		t.Fatalf("%d %+v", r.StatusCode, a)
	}
	if !strings.Contains(a.texts(), fmt.Sprintf("Kept: %d bytes", len(pdf))) || !strings.Contains(a.texts(), `problem "empty"`) {
		t.Errorf("fetched: %+v", a)
	}
	filepath.WalkDir(filepath.Dir(h.spool), func(path string, d os.DirEntry, err error) error {
		if b, err := os.ReadFile(path); err == nil && bytes.Contains(b, []byte("secret words")) {
			t.Error("readable on disk:", path)
		}
		return err
	})
	if n := spooled(h); n != 0 {
		t.Errorf("%d uploads left in the spool after they were fetched", n)
	}
	kind, body = form(t, map[string]string{"session": s, "id": "up"}, upload{"CV.pdf", pdf})
	if _, again := h.send(kind, body); again.texts() != a.texts() {
		t.Errorf("again: %+v", again)
	}
	if n := spooled(h); n != 0 {
		t.Errorf("%d uploads left in the spool after a repeat", n)
	}
}

func spooled(h *house) int {
	found, _ := filepath.Glob(filepath.Join(h.spool, "*.*"))
	return len(found)
}

func TestUploadsBeyondTheLimitsAreRefusedByName(t *testing.T) {
	h := open(t, web.Options{MaxUpload: 1_000_000})
	s := h.say("", "/start").Session
	for name, c := range map[string]struct {
		fields map[string]string
		files  []upload
		status int
		says   string
	}{
		"too large":       {map[string]string{"session": s}, []upload{{"small.pdf", []byte("x")}, {"thesis.pdf", make([]byte, 9_000_000)}}, 413, "thesis.pdf is larger than 1 MB"},
		"at the limit":    {map[string]string{"session": s}, []upload{{"a.pdf", make([]byte, 1_000_000)}}, 200, ""},
		"too many":        {map[string]string{"session": s}, make([]upload, 11), 413, "at most 10 files"},
		"unknown session": {map[string]string{"session": "nosuch"}, []upload{{"a.pdf", make([]byte, 900_000)}}, 404, "not known"},
		"nothing in it":   {map[string]string{"session": s}, nil, 400, "nothing"},
		"only text":       {map[string]string{"session": s, "text": "hi"}, nil, 200, ""},
		"new session":     {nil, []upload{{"a.pdf", []byte("x")}}, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			before := spooled(h)
			kind, body := form(t, c.fields, c.files...)
			r, a := h.send(kind, body)
			if r.StatusCode != c.status || !strings.Contains(a.Error, c.says) {
				t.Errorf("status %d, want %d: %q should say %q", r.StatusCode, c.status, a.Error, c.says)
			}
			if c.status != 200 && spooled(h) > before {
				t.Error("a refused upload stays in the spool")
			}
		})
	}
}

func TestAFullSpoolRefusesAndRecovers(t *testing.T) {
	h := open(t, web.Options{MaxSpool: 10_000})
	kind, body := form(t, nil, upload{"a.pdf", make([]byte, 20_000)})
	if r, a := h.send(kind, body); r.StatusCode != 503 || !strings.Contains(a.Error, "no room") {
		t.Errorf("status %d %q", r.StatusCode, a.Error)
	}
	kind, body = form(t, nil, upload{"a.pdf", make([]byte, 5_000)})
	if r, a := h.send(kind, body); r.StatusCode != 200 {
		t.Errorf("a smaller one: status %d %q", r.StatusCode, a.Error)
	}
}

// A refused file is not read to its end, and takes nobody's room all the same.
func TestARefusedUploadDoesNotStayInTheSpool(t *testing.T) {
	h := open(t, web.Options{})
	kind, body := form(t, nil, upload{"film.mp4", bytes.Repeat([]byte{0, 0, 0, 0x18, 'f', 't', 'y', 'p'}, 120_000)})
	if r, a := h.send(kind, body); r.StatusCode != 200 || a.Pending || !strings.Contains(a.texts(), `problem "type"`) {
		t.Errorf("%d %+v", r.StatusCode, a)
	}
	if n := spooled(h); n != 0 {
		t.Errorf("%d refused uploads left in the spool", n)
	}
}

func TestOneHouseholdHasAnEighthOfTheSpool(t *testing.T) {
	var peer atomic.Value
	peer.Store("")
	h := open(t, web.Options{MaxUpload: 100_000, MaxSpool: 800_000, Wait: 1, Peer: func(*http.Request) string { return peer.Load().(string) }})
	for _, c := range []struct {
		from   string
		status int
	}{{"2001:db8::1", 200}, {"2001:db8::2", 429}, {"2001:db8:0:1::1", 200}, {"192.168.7.7", 200}, {"192.168.7.7", 200}} {
		peer.Store(c.from)
		kind, body := form(t, nil, upload{"a.pdf", make([]byte, 60_000)})
		if r, a := h.send(kind, body); r.StatusCode != c.status {
			t.Errorf("from %s: status %d %q", c.from, r.StatusCode, a.Error)
		}
	}
}

func TestAnotherReplicasUploadIsLeftToIt(t *testing.T) {
	h := open(t, web.Options{})
	key, err := age.GenerateX25519Identity()
	must(t, err)
	handle := "aaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb|" + key.String()
	for handle, gone := range map[string]bool{handle: false, "../node|x": true, "": true, "a|b|c": true} {
		_, err := h.web.Fetch(t.Context(), flows.File{Handle: handle})
		var fact *bot.SendError
		if !errors.As(err, &fact) || fact.Gone != gone || (fact.Wait > 0) == gone {
			t.Errorf("%q: %v", handle, err)
		}
	}
}

func TestHistoryShowsBothSidesInOrder(t *testing.T) {
	h := open(t, web.Options{})
	s := h.say("", "/start").Session
	h.post(map[string]any{"session": s, "choice": "ask/yes"})
	h.say(s, "many")
	lines := h.history(s)
	if len(lines) != 3+2+121 {
		t.Fatalf("%d lines", len(lines))
	}
	if l := lines[3]; !l.Me || l.Text != "Yes, please" {
		t.Errorf("a tap is remembered by its label: %+v", l)
	}
	for i, l := range lines {
		if l.ID != fmt.Sprint(i+1) {
			t.Fatalf("line %d has id %s", i+1, l.ID)
		}
	}
}

func TestSendIsIdempotentAndKnowsWhoIsGone(t *testing.T) {
	h := open(t, web.Options{})
	s := h.say("", "/start").Session
	h.mu.Lock()
	to := h.heard[0].From
	h.mu.Unlock()
	one, err := h.web.Send(t.Context(), "job/1", flows.Message{To: to, Text: "A reminder"})
	must(t, err)
	two, err := h.web.Send(t.Context(), "job/1", flows.Message{To: to, Text: "A reminder"})
	must(t, err)
	if one != two || one == "" || len(h.history(s)) != 4 {
		t.Errorf("sent as %q and %q, %d lines", one, two, len(h.history(s)))
	}
	for _, to := range []flows.Address{"web:nobody", "telegram:1", ""} {
		_, err = h.web.Send(t.Context(), "job/2", flows.Message{To: to, Text: "x"})
		var fact *bot.SendError
		if !errors.As(err, &fact) || !fact.Gone {
			t.Errorf("%q: %v", to, err)
		}
	}
	if sent, err := h.web.Send(t.Context(), "job/3", flows.Message{To: to, Ack: true}); err != nil || sent != "" {
		t.Errorf("ack: %q %v", sent, err)
	}
	if _, err := h.web.Send(t.Context(), strings.Repeat("j", 600), flows.Message{To: to, Text: "long id"}); err != nil {
		t.Error(err)
	}
}

func TestFilesTheBotSendsAreDownloads(t *testing.T) {
	h := open(t, web.Options{Open: func(_ context.Context, f flows.File) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("content of " + f.Handle)), nil
	}})
	s := h.say("", "/start").Session
	h.mu.Lock()
	to := h.heard[0].From
	h.mu.Unlock()
	id, err := h.web.Send(t.Context(), "job/f", flows.Message{To: to, Text: "Here", File: &flows.File{Handle: "blob", Name: "my <data>.zip", Size: 15}})
	must(t, err)
	r, err := http.PostForm(h.url+"/api/chat/file", map[string][]string{"session": {s}, "id": {id}})
	must(t, err)
	defer r.Body.Close()
	b, _ := io.ReadAll(r.Body)
	if string(b) != "content of blob" || !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%q %v", b, r.Header)
	}
	r, err = http.PostForm(h.url+"/api/chat/file", map[string][]string{"session": {s}, "id": {"1"}})
	must(t, err)
	r.Body.Close()
	if r.StatusCode != 404 {
		t.Error("a line without file:", r.StatusCode)
	}
}

func FuzzPost(f *testing.F) {
	h := open(f, web.Options{Address: web.Rate{PerSecond: 1e6, Burst: 1e6}})
	for _, s := range []string{`{"text":"a"}`, `{"choice":"a"}`, `{"text":"\ud800"}`, `{}`, `[`, "{\"text\":\"\xff\"}", `{"session":1}`} {
		f.Add("application/json", []byte(s))
	}
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../\u202e\"\r\n\r\nx\r\n--b--\r\n"))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n\xff\r\n--b--"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		rec, req := httptest.NewRecorder(), httptest.NewRequest("POST", "/api/chat", bytes.NewReader(body))
		req.Header.Set("Content-Type", kind)
		h.web.ServeHTTP(rec, req)
		r := rec.Result()
		var a answer
		if err := json.Unmarshal(rec.Body.Bytes(), &a); err != nil {
			t.Fatalf("no JSON: %q", rec.Body)
		}
		switch r.StatusCode {
		case 200:
			if a.Session == "" {
				t.Error("no session")
			}
		case 400, 404, 413, 429:
			if a.Error == "" {
				t.Error("no sentence")
			}
		default:
			t.Errorf("status %d %+v", r.StatusCode, a)
		}
	})
}
