package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"olle/bot/platformtest"
)

// simulator is a running stand-in of Telegram or Discord, which holds every request against the network's official description.
type simulator struct {
	t    *testing.T
	base string
}

func simulate(t *testing.T, name string, args ...string) *simulator {
	t.Helper()
	return &simulator{t: t, base: platformtest.Simulator(t, name, args...)}
}

func (s *simulator) post(path string, body, into any) int {
	s.t.Helper()
	data, _ := json.Marshal(body)
	r, err := http.Post(s.base+path, "application/json", bytes.NewReader(data))
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		s.t.Fatalf("%s: %v", path, err)
	}
	return r.StatusCode
}

// turn is what a simulator answers to one action.
type turn struct{ Error string }

// user is somebody on a simulated network.
type user struct {
	sim   *simulator
	id    int64
	where map[string]any // further fields of every request: {"dm": true}
}

// says types a line, or presses the button with that label, and waits until the answer holds the parts. It returns everything said
// since.
func (u *user) says(text string, parts ...string) string {
	u.sim.t.Helper()
	since := u.since()
	var r turn
	body := map[string]any{"user_id": u.id, "text": text, "quiet_ms": 50, "timeout_ms": 8000}
	for k, v := range u.where {
		body[k] = v
	}
	if code := u.sim.post("/control/chat", body, &r); code != http.StatusOK {
		u.sim.t.Fatalf("%q: %d %s", text, code, r.Error)
	}
	return u.hears(text, since, parts...)
}

// since is the simulator's present position, to continue from.
func (u *user) since() int64 {
	u.sim.t.Helper()
	var r struct {
		LastSeq int64 `json:"last_seq"`
	}
	if err := json.Unmarshal([]byte(getAll(u.sim.t, u.sim.base+"/control/sent?since=999999999")), &r); err != nil {
		u.sim.t.Fatal(err)
	}
	return r.LastSeq
}

// hears waits until what the bot said to the user since then holds the parts; the network's rate may spread it over seconds.
func (u *user) hears(what string, since int64, parts ...string) string {
	u.sim.t.Helper()
	var all string
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		all = getAll(u.sim.t, fmt.Sprintf("%s/control/sent?user_id=%d&since=%d", u.sim.base, u.id, since))
		found := 0
		for _, p := range parts {
			if strings.Contains(all, p) {
				found++
			}
		}
		if found == len(parts) {
			return all
		}
	}
	u.sim.t.Fatalf("%q was answered without %q:\n%s", what, parts, all)
	return ""
}

// sends uploads a file and waits until the bot says one of the parts.
func (u *user) sends(name string, content []byte, part string) {
	u.sim.t.Helper()
	file := map[string]any{"filename": name, "mime": "application/pdf", "data_base64": base64.StdEncoding.EncodeToString(content)}
	body := map[string]any{"user_id": u.id, "document": file}
	for k, v := range u.where {
		body[k] = v
	}
	since := u.since()
	var r struct{ Error string }
	if code := u.sim.post("/control/send", body, &r); code != http.StatusOK {
		u.sim.t.Fatalf("%s: %d %s", name, code, r.Error)
	}
	u.hears(name, since, part)
}

// posts sends anything the simulator knows and waits for the part.
func (u *user) posts(what map[string]any, part string) {
	u.sim.t.Helper()
	since := u.since()
	what["user_id"] = u.id
	var r struct{ Error string }
	if code := u.sim.post("/control/send", what, &r); code != http.StatusOK {
		u.sim.t.Fatalf("%v: %d %s", what, code, r.Error)
	}
	u.hears(fmt.Sprint(what), since, part)
}

func getAll(t *testing.T, url string) string {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var b bytes.Buffer
	_, _ = b.ReadFrom(r.Body)
	return b.String()
}

// connected waits until the bot has a session at the simulated gateway and its commands are registered.
func (s *simulator) connected() {
	s.t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		state := getAll(s.t, s.base+"/control/state")
		if regexp.MustCompile(`"sessions":\[\{`).MatchString(state) && regexp.MustCompile(`"commands":\{"[^"]*":\[\{`).MatchString(state) {
			return
		}
	}
	s.t.Fatalf("the bot does not connect: %s", getAll(s.t, s.base+"/control/state"))
}

// lawful checks that the network's official description refused no request, and that no limit was passed. but are codes that are only
// counted.
func (s *simulator) lawful(but ...string) {
	s.t.Helper()
	var r struct {
		Violations []struct{ Severity, Code, Message, Method, Detail string }
	}
	if err := json.Unmarshal([]byte(getAll(s.t, s.base+"/control/violations")), &r); err != nil {
		s.t.Fatal(err)
	}
	for _, v := range r.Violations {
		if slices.Contains(but, v.Code) {
			s.t.Logf("%s %s", v.Code, v.Message)
			continue
		}
		s.t.Errorf("%s %s: %s %s %s", v.Severity, v.Code, v.Method, v.Message, v.Detail)
	}
}

// apply is the main job up to the checklist.
func (u *user) applies() {
	u.sim.t.Helper()
	u.says("how mach is the airfare from katmandu?", "US$ 950")
	u.says("/apply", "Do you agree?")
	for _, step := range [][2]string{{"I agree", "applying for yourself"}, {"For myself", "full name"}, {"Nina *Rai* _[]()~`>#+-=|{}.!", "organisation?"},
		{"Ministry", "position"}, {"Head", "kind of organisation"}, {"Government", "level?"}, {"Senior level", "How many years"}, {"9", "workplace"},
		{"Kathmandu", "travel to Jeju"}, {"Kathmandu", "citizenship"}, {"Nepal", "e-mail address"}, {"nina@example.org", "0 of 7"}} {
		u.says(step[0], step[1])
	}
}

var sevenFiles = []string{"application", "commitment", "waiver", "consent", "case study", "nomination", "cv"}

// The main job on Telegram, as the official description of its interface allows it.
func TestMainJobOnTelegram(t *testing.T) {
	t.Parallel()
	sim := simulate(t, "tgsim", "-limits")
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_TELEGRAM_TOKEN": "123:abc", "OLLE_TELEGRAM_API_URL": sim.base,
		"OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00", "OLLE_AGE_RECIPIENTS": ageKey(t)})
	nina := &user{sim: sim, id: 4711}
	nina.says("/start", "Hello, I am Olle")
	nina.applies()
	for i, name := range sevenFiles {
		nina.sends(name+".pdf", pdf(name), fmt.Sprintf("%d of 7", i+1))
	}
	nina.hears("seven files", 0, "Your set is complete")
	nina.says("/status", "7 of 7 received")
	nina.posts(map[string]any{"document": map[string]any{"filename": "big.pdf", "mime": "application/pdf", "size": 25 << 20}, "caption": "CV"}, "larger than 20 MB")
	nina.posts(map[string]any{"sticker": map[string]any{"filename": "s.webp", "text": "x"}}, "with signs only")
	s.stop()
	sim.lawful()
	if strings.Contains(s.log.String(), "123:abc") || strings.Contains(s.log.String(), "Nina") {
		t.Errorf("the log holds a token or a name: %s", s.log)
	}
}

// The main job in a direct message on Discord.
func TestMainJobOnDiscord(t *testing.T) {
	t.Parallel()
	sim := simulate(t, "dcsim", "-limits")
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_DISCORD_TOKEN": "sim-token", "OLLE_DISCORD_API_URL": sim.base,
		"OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00", "OLLE_AGE_RECIPIENTS": ageKey(t)})
	sim.connected()
	nina := &user{sim: sim, id: 990001, where: map[string]any{"dm": true}}
	nina.says("hello", "Hello, I am Olle")
	nina.applies()
	for i, name := range sevenFiles {
		nina.sends(name+".pdf", pdf(name), fmt.Sprintf("%d of 7", i+1))
	}
	nina.hears("seven files", 0, "Your set is complete")
	nina.says("/status", "7 of 7 received")
	s.stop()
	sim.lawful()
}

// Begun on Telegram, linked, and finished on Discord.
func TestBegunOnTelegramFinishedOnDiscord(t *testing.T) {
	t.Parallel()
	telegram := simulate(t, "tgsim", "-limits")
	discord := simulate(t, "dcsim", "-limits")
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_TELEGRAM_TOKEN": "123:abc", "OLLE_TELEGRAM_API_URL": telegram.base,
		"OLLE_DISCORD_TOKEN": "sim-token", "OLLE_DISCORD_API_URL": discord.base, "OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00",
		"OLLE_AGE_RECIPIENTS": ageKey(t)})
	here := &user{sim: telegram, id: 4711}
	there := &user{sim: discord, id: 990001, where: map[string]any{"dm": true}}
	discord.connected()
	here.says("/start", "Hello, I am Olle")
	here.applies()
	for i, name := range sevenFiles[:3] {
		here.sends(name+".pdf", pdf(name), fmt.Sprintf("%d of 7", i+1))
	}
	code := regexp.MustCompile(`/link ([A-Z0-9]{4}-[A-Z0-9]{4})`).FindStringSubmatch(here.says("/link", "within 10 minutes"))[1]
	there.says("/link code="+code, "one from now on", "3 of 7")
	here.hears("/link", 0, "now linked with one on discord")
	for i, name := range sevenFiles[3:] {
		there.sends(name+".pdf", pdf(name), fmt.Sprintf("%d of 7", i+4))
	}
	there.hears("seven files", 0, "Your set is complete")
	here.says("/status", "7 of 7 received")
	s.stop()
	telegram.lawful()
	discord.lawful()
}

// A name with marks that turn the direction of writing, as a guest types it and as the network tells it: it is kept, shown, and turns
// nothing around it.
func TestNamesWithMarks(t *testing.T) {
	t.Parallel()
	telegram := simulate(t, "tgsim", "-strict")
	discord := simulate(t, "dcsim", "-strict")
	s := startServe(t, fast(t.TempDir(), telegram.base, discord.base, t))
	discord.connected()
	const name = "\u202eNina\u200f \u0646\u064a\u0646\u0627 <b>*_"
	for _, u := range []*user{{sim: telegram, id: 4711, where: map[string]any{"first_name": name}}, {sim: discord, id: 990001, where: map[string]any{"dm": true}}} {
		u.says("hello", "Olle")
		u.says("/apply", "Do you agree?")
		u.says("I agree", "applying for yourself")
		u.says("For myself", "full name")
		u.says(name, "organisation?")
		u.says("/mydata", "Nina", "\u0646\u064a\u0646\u0627")
		for _, m := range u.allSent() {
			for _, line := range strings.Split(m.Text, "\n") {
				opened := strings.Count(line, "\u202e") + strings.Count(line, "\u202b") + strings.Count(line, "\u202d")
				if strings.Contains(line, "Nina") && opened > strings.Count(line, "\u202c") {
					t.Errorf("the name turns what stands after it: %q", line)
				}
			}
		}
	}
	s.stop()
	telegram.lawful()
	discord.lawful()
}

// A wrong token is said in one sentence with the remedy, by doctor and at start, and is never shown.
func TestWrongTokens(t *testing.T) {
	t.Parallel()
	telegram := simulate(t, "tgsim", "-token", "1:right")
	discord := simulate(t, "dcsim", "-token", "right")
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00", "OLLE_AGE_RECIPIENTS": ageKey(t),
		"OLLE_TELEGRAM_TOKEN": "123456:hunter2hunter2", "OLLE_TELEGRAM_API_URL": telegram.base,
		"OLLE_DISCORD_TOKEN": "hunter2", "OLLE_DISCORD_API_URL": discord.base}
	code, out, errs := olle(t, env, "", "doctor")
	if code != exitFailed || !strings.Contains(out, "FAIL telegram") || !strings.Contains(out, "FAIL discord") || strings.Count(out, "token") < 2 {
		t.Errorf("doctor: %d\n%s%s", code, out, errs)
	}
	right := map[string]string{"OLLE_TELEGRAM_TOKEN": "1:right", "OLLE_DISCORD_TOKEN": "right"}
	for name, value := range env {
		if right[name] == "" {
			right[name] = value
		}
	}
	if _, out, errs := olle(t, right, "", "doctor"); strings.Contains(out, "FAIL telegram") || strings.Contains(out, "FAIL discord") || strings.Count(out, "token, address") != 2 {
		t.Errorf("doctor, with the right tokens: %s%s", out, errs)
	}
	s := startServe(t, env)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end) && strings.Count(s.log.String(), "cannot receive") < 2; time.Sleep(50 * time.Millisecond) {
	}
	for _, said := range []string{out, errs, s.log.String()} {
		if strings.Contains(said, "hunter2") {
			t.Errorf("a token is shown: %s", said)
		}
	}
	r, err := http.Get(s.base + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("readyz says %s with two networks that cannot receive; the log says %s", r.Status, s.log)
	}
	if body, _ := io.ReadAll(r.Body); string(body) != `{"status":"not ready: discord cannot receive; telegram cannot receive"}`+"\n" {
		t.Errorf("readyz says %s", body) // and not why: anybody may ask
	}
	v := &visitor{t: t, base: s.base, log: s.log}
	expect(t, v.say("how much from Kathmandu?"), "US$ 950") // the web goes on
	s.stop()
}
