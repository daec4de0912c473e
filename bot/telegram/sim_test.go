package telegram_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"olle/bot/platformtest"
)

var full = flag.Bool("full", false, "telegram: run the simulators' scenarios at the real limits and the long proofs at full size")

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		echoUntilKilled(dir, os.Getenv(crashAPI))
	}
	if api := os.Getenv(reachAPI); api != "" {
		sendTwice(api)
	}
	platformtest.SideBySide("4")
	os.Exit(m.Run())
}

// simulator is a running stand-in.
type simulator struct {
	t    testing.TB
	base string
}

func simulate(t testing.TB, args ...string) *simulator {
	t.Helper()
	return &simulator{t, platformtest.Simulator(t, "tgsim", append([]string{"-username", "olle_test_bot", "-webhook-retry", "100ms"}, args...)...)}
}

func (s *simulator) post(path string, body any) map[string]any {
	s.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := http.Post(s.base+path, "application/json", bytes.NewReader(data))
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(r.Body).Decode(&out); err != nil || r.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s: %d %v %v", path, data, r.StatusCode, err, out)
	}
	return out
}

func (s *simulator) get(path string, into any) {
	s.t.Helper()
	r, err := http.Get(s.base + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		s.t.Fatalf("%s: %v", path, err)
	}
}

// sent is one message in a simulated chat, as it looks now.
type sent struct {
	ID     int64 `json:"message_id"`
	Text   string
	Ours   bool `json:"_from_bot"`
	Markup struct {
		Rows [][]button `json:"inline_keyboard"`
	} `json:"reply_markup"`
}

func (s *simulator) chat(id int64) (out []sent) {
	s.t.Helper()
	var got struct{ Messages []sent }
	s.get(fmt.Sprint("/control/messages?chat_id=", id), &got)
	for _, m := range got.Messages {
		if m.Ours {
			out = append(out, m)
		}
	}
	return out
}

// clean fails the test for every request that broke a rule.
func (s *simulator) clean() {
	s.t.Helper()
	var got struct {
		Violations []struct{ Severity, Code, Message, Method string }
	}
	s.get("/control/violations", &got)
	for _, v := range got.Violations {
		s.t.Errorf("%s %s: %s: %s", v.Severity, v.Code, v.Method, v.Message)
	}
}

// person is somebody on the simulated network, in the private chat with the bot.
type person struct {
	sim  *simulator
	id   int64
	read int64 // newest message of the bot that was looked at
}

func (p *person) act(what map[string]any) {
	p.sim.t.Helper()
	what["user_id"] = p.id
	p.sim.post("/control/send", what)
}

// says types a line and waits until the bot says every part.
func (p *person) says(text string, parts ...string) {
	p.sim.t.Helper()
	p.act(map[string]any{"text": text})
	p.hears(text, parts...)
}

// taps presses a button by its label.
func (p *person) taps(label string, parts ...string) {
	p.sim.t.Helper()
	p.act(map[string]any{"button_text": label})
	p.hears("["+label+"]", parts...)
}

func (p *person) sends(name string, content []byte, parts ...string) {
	p.sim.t.Helper()
	p.act(map[string]any{"document": map[string]any{
		"filename": name, "mime": "application/pdf", "data_base64": base64.StdEncoding.EncodeToString(content),
	}})
	p.hears(name, parts...)
}

// hears waits for parts in what the bot has said since the last time.
func (p *person) hears(what string, parts ...string) {
	p.sim.t.Helper()
	var news string
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		news = ""
		newest := p.read
		for _, m := range p.sim.chat(p.id) {
			if m.ID > p.read {
				news += m.Text + "\n"
				newest = max(newest, m.ID)
			}
		}
		missing := news == ""
		for _, part := range parts {
			missing = missing || !strings.Contains(news, part)
		}
		if !missing {
			p.read = newest
			return
		}
	}
	p.sim.t.Fatalf("%q was answered without %q:\n%s", what, parts, news)
}
