package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// talker is somebody on one of the networks who talks to the bot throughout. Every numbered word opens a help request, which the bot
// numbers too: so each turn is seen to count once, and in its order, from outside.
type talker struct {
	c       *chaos
	network string // "telegram", "discord" or "web"
	id      int64
	name    string // as an applicant; "" the guest does not apply
	chance  *rand.Rand
	blocks  bool // blocks the bot for a while

	turn    sync.Mutex // one word after the other
	mu      sync.Mutex
	said    []time.Duration // when each numbered word was given to the network, since the storm began
	away    int             // the first word said after the guest let the bot in again
	files   map[int][]byte  // by number of the checklist's item
	session string          // of the web chat
	posts   int
	last    []byte // the last post, to be repeated
	lastAs  string
}

// requestOf is what a guest's word number n says. The name in it is nobody's business but the organisers'.
func requestOf(n int) string { return fmt.Sprintf("request %d of Zaphira Quill", n) }

// say gives words to the network; it lasts until the network has taken them, which on the web means: until they are answered.
func (g *talker) say(text string) {
	switch g.network {
	case "telegram":
		g.c.telegram.say(g.id, text, "", nil)
	case "discord":
		g.c.discord.say(g.id, text, "", nil)
	default:
		g.browse(map[string]string{"text": text}, "", nil)
	}
}

// sendFile gives a file to the network.
func (g *talker) sendFile(name string, content []byte) {
	switch g.network {
	case "telegram":
		g.c.telegram.say(g.id, "", name, content)
	case "discord":
		g.c.discord.say(g.id, "", name, content)
	default:
		g.browse(map[string]string{}, name, content)
	}
}

// browse posts to whichever replica answers, with the same id until one has done all of it. It returns false when nobody did in time.
func (g *talker) browse(fields map[string]string, name string, content []byte) bool {
	g.mu.Lock()
	g.posts++
	fields["id"] = fmt.Sprintf("m%d", g.posts)
	if g.session != "" {
		fields["session"] = g.session
	}
	g.mu.Unlock()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for k, v := range fields {
		_ = w.WriteField(k, v)
	}
	if name != "" {
		part, _ := w.CreateFormFile("file", name)
		_, _ = part.Write(content)
	}
	w.Close()
	body, kind := form.Bytes(), w.FormDataContentType()
	if name == "" {
		body, kind = []byte(asJSON(fields)), "application/json"
	}
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if r, ok := g.post(body, kind); ok {
			g.mu.Lock()
			g.session, g.last, g.lastAs = r.Session, body, kind
			g.mu.Unlock()
			return true
		}
	}
	g.c.broken("every word is answered", g.c.since(), "%s: no replica took %q for two minutes", g, fields)
	return false
}

var browserClient = &http.Client{Timeout: 12 * time.Second}

// post asks one replica once; ok is false when the guest should ask again.
func (g *talker) post(body []byte, kind string) (r chatReply, ok bool) {
	answer, err := browserClient.Post(g.c.anyReplica()+"/api/chat", kind, bytes.NewReader(body))
	if err != nil {
		return r, false
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || json.Unmarshal(text, &r) != nil {
		return r, false
	}
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode != http.StatusServiceUnavailable &&
		answer.StatusCode != http.StatusInsufficientStorage {
		g.c.broken("every word is answered", g.c.since(), "%s: the web chat answers %s: %s", g, answer.Status, text)
		return r, true
	}
	return r, answer.StatusCode == http.StatusOK && !r.Pending
}

// repeat posts the last words again, as a browser does that lost the answer.
func (g *talker) repeat() {
	g.mu.Lock()
	body, kind := g.last, g.lastAs
	g.mu.Unlock()
	if body != nil {
		go g.post(body, kind)
	}
}

// tap presses a button, or types what it says where that is easier.
func (g *talker) tap(value string) bool {
	switch g.network {
	case "telegram":
		return g.c.telegram.tap(g.id, value)
	case "web":
		return g.browse(map[string]string{"choice": value}, "", nil)
	}
	g.say(value[strings.LastIndexByte(value, '/')+1:])
	return true
}

// texts is what the guest sees of the bot, oldest first. ok is false when a web chat could not be read.
func (g *talker) texts() (all []string, ok bool) {
	switch g.network {
	case "telegram":
		return g.c.telegram.texts(g.id), true
	case "discord":
		return g.c.discord.texts(g.id), true
	}
	g.mu.Lock()
	session := g.session
	g.mu.Unlock()
	answer, err := impatient.Get(g.c.anyReplica() + "/api/chat/history?session=" + session)
	if err != nil {
		return nil, false
	}
	defer answer.Body.Close()
	var talk struct {
		Lines []struct {
			Text string
			Me   bool
		}
	}
	if answer.StatusCode != http.StatusOK || json.NewDecoder(answer.Body).Decode(&talk) != nil {
		return nil, false
	}
	for _, l := range talk.Lines {
		if !l.Me {
			all = append(all, l.Text)
		}
	}
	return all, true
}

// count says how many of the bot's messages hold the text.
func (g *talker) count(text string) (n int, ok bool) {
	all, ok := g.texts()
	for _, m := range all {
		if strings.Contains(m, text) {
			n++
		}
	}
	return n, ok
}

// answers lists the numbers of the requests that were answered, as the guest saw them; doubled is how often one came again.
func (g *talker) answers() (numbers []int, doubled int, ok bool) {
	all, ok := g.texts()
	for _, text := range all {
		m := requestNumber.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		n, _ := strconv.Atoi(m[1])
		if slices.Contains(numbers, n) {
			doubled++
			continue
		}
		numbers = append(numbers, n)
	}
	return numbers, doubled, ok
}

// expect waits for one of the bot's messages to hold the text.
func (g *talker) expect(text string, patience time.Duration) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if n, _ := g.count(text); n > 0 {
			return true
		}
	}
	return false
}

// request says the next numbered word, and that it is settled: while a request is open more would be added to it. back: the guest has
// just let the bot in again.
func (g *talker) request(back bool) {
	g.turn.Lock()
	defer g.turn.Unlock()
	g.mu.Lock()
	g.said = append(g.said, g.c.since())
	n := len(g.said)
	if back {
		g.away = n
	}
	g.mu.Unlock()
	g.say("/human " + requestOf(n))
	g.say("/human close")
}

func (g *talker) words() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.said)
}

// talk goes on until the storm is over.
func (g *talker) talk() {
	for g.c.storming() && g.words() < 100 { // a page of the web chat's history holds no more
		g.request(false)
		pause(g.c.ctx, time.Duration(600+g.chance.IntN(1000))*time.Millisecond)
	}
}

func (g *talker) String() string { return fmt.Sprintf("%s %d", g.network, g.id) }
