package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// room is a group on the simulated Telegram.
type room struct {
	sim *simulator
	id  int64
}

// roomMessage is one of the bot's messages there.
type roomMessage struct {
	Message int    `json:"message_id"`
	Text    string `json:"text"`
	Seq     int64  `json:"seq"`
	OK      bool   `json:"ok"`
}

// all lists what the bot said in the group.
func (g *room) all() (said []roomMessage) {
	g.sim.t.Helper()
	var r struct{ Sent []roomMessage }
	raw := getAll(g.sim.t, fmt.Sprintf("%s/control/sent?chat_id=%d", g.sim.base, g.id))
	if err := json.Unmarshal([]byte(raw), &r); err != nil {
		g.sim.t.Fatalf("%v: %s", err, raw)
	}
	return r.Sent
}

// hears waits until the bot has said something with all the parts in the group, and returns the newest such message.
func (g *room) hears(parts ...string) roomMessage {
	g.sim.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		said := g.all()
		for i := len(said) - 1; i >= 0; i-- {
			found := said[i].OK
			for _, p := range parts {
				found = found && strings.Contains(said[i].Text, p)
			}
			if found {
				return said[i]
			}
		}
	}
	g.sim.t.Fatalf("the group does not hear %q, but %+v", parts, g.all())
	return roomMessage{}
}

// acts lets somebody do something in the group: type, reply, tap.
func (g *room) acts(who int64, what map[string]any) {
	g.sim.t.Helper()
	what["user_id"], what["chat_id"], what["chat_type"] = who, g.id, "supergroup"
	var r turn
	if code := g.sim.post("/control/send", what, &r); code != http.StatusOK {
		g.sim.t.Fatalf("%v: %d %s", what, code, r.Error)
	}
}

// A request of a person appears in the organisers' group; a reply there reaches the person; the person's words reach the group. Of two
// who tap "Take" at once one has it. Somebody else in the group can do nothing.
func TestDeskOnTelegram(t *testing.T) {
	t.Parallel()
	sim := simulate(t, "tgsim", "-limits", "-token", "123:abc")
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_TELEGRAM_TOKEN": "123:abc", "OLLE_TELEGRAM_API_URL": sim.base,
		"OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00", "OLLE_AGE_RECIPIENTS": ageKey(t), "OLLE_ORGANISERS": "telegram:1,telegram:2"})
	group := &room{sim: sim, id: -1001}
	group.acts(1, map[string]any{"text": "/ticket here", "first_name": "Olga"})
	group.hears("Requests for help, with their text, are shown in this group")

	nina := &user{sim: sim, id: 4711, where: map[string]any{"first_name": "Nina", "last_name": "Rai"}}
	nina.says("/start", "Hello, I am Olle")
	nina.says("/human Our office has no seal, what now?", "Do you agree?")
	nina.says("I agree", "on record under H-")
	card := group.hears("request for help", "no seal, what now?")
	ref, _, _ := strings.Cut(card.Text, ":")

	group.acts(666, map[string]any{"text": "You are selected, pay here", "reply_to_message_id": card.Message, "first_name": "Eve"})
	group.hears("Only organisers with the right to answer can do that.")

	since := nina.since()
	var both sync.WaitGroup
	for who, name := range map[int64]string{1: "Olga", 2: "Omar"} {
		both.Go(func() {
			group.acts(who, map[string]any{"button_text": "Take", "message_id": card.Message, "first_name": name})
		})
	}
	both.Wait()
	nina.hears("take", since, "An organiser has taken your request "+ref)
	took := group.hears(ref, "takes this request")
	group.hears(ref, "was first and has this request")
	if n := count(group.all(), "takes this request"); n != 1 {
		t.Errorf("%d organisers have taken it", n)
	}

	since = nina.since()
	group.acts(2, map[string]any{"text": "A stamp of your ministry will do.", "reply_to_message_id": took.Message, "first_name": "Omar"})
	nina.hears("reply", since, "Answer from the organisers ("+ref+")", "A stamp of your ministry will do.")
	nina.says("How much from Kathmandu, by the way?", "Passed on to the organisers.")
	words := group.hears(ref, "How much from Kathmandu, by the way?")
	since = nina.since()
	group.acts(1, map[string]any{"text": "US$ 950, see the table.", "reply_to_message_id": words.Message, "first_name": "Olga"})
	nina.hears("second reply", since, "US$ 950, see the table.")
	nina.says("It is solved", "is closed, and I answer again")
	group.hears(ref, "the applicant says it is solved")
	nina.says("How much from Kathmandu?", "US$ 950, as printed")
	s.stop()
	sim.lawful()
	for _, m := range group.all() {
		if strings.Contains(m.Text, "Nina") || strings.Contains(m.Text, "4711") {
			t.Errorf("the group learns who it is: %s", m.Text)
		}
	}
	if log := s.log.String(); strings.Contains(log, "seal") || strings.Contains(log, "stamp") {
		t.Errorf("the log holds what was written: %s", log)
	}
}

func count(said []roomMessage, part string) (n int) {
	for _, m := range said {
		if strings.Contains(m.Text, part) {
			n++
		}
	}
	return n
}

// The same in a channel of the organisers' Discord server, with a slash command, a button and a reply.
func TestDeskOnDiscord(t *testing.T) {
	t.Parallel()
	sim := simulate(t, "dcsim", "-limits")
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_DISCORD_TOKEN": "sim-token", "OLLE_DISCORD_API_URL": sim.base,
		"OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00", "OLLE_AGE_RECIPIENTS": ageKey(t), "OLLE_ORGANISERS": "discord:990009"})
	sim.connected()
	var state struct {
		Bot    struct{ ID string }
		Guilds []struct{ Channels []struct{ ID string } }
	}
	if err := json.Unmarshal([]byte(getAll(t, sim.base+"/control/state")), &state); err != nil {
		t.Fatal(err)
	}
	channel := state.Guilds[0].Channels[0].ID
	posted := func(parts ...string) (id string) {
		t.Helper()
		raw := ""
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			var r struct {
				Messages []struct{ ID, Content string }
			}
			raw = getAll(t, sim.base+"/control/messages?channel_id="+channel)
			if err := json.Unmarshal([]byte(raw), &r); err != nil {
				t.Fatal(err)
			}
			for _, m := range r.Messages {
				if strings.Contains(m.Content, parts[0]) && strings.Contains(m.Content, parts[len(parts)-1]) {
					return m.ID
				}
			}
		}
		t.Fatalf("the channel does not hear %q: %s", parts, raw)
		return ""
	}
	olga := &user{sim: sim, id: 990009}
	nina := &user{sim: sim, id: 990001, where: map[string]any{"dm": true}}
	olga.says("/ticket request=here", "are shown in this group")
	nina.says("/human", "Do you agree?")
	nina.says("I agree", "What should I pass on")
	nina.says("Our office has no seal, what now?", "on record under H")
	card := posted("no seal, what now?")
	act := func(path string, what map[string]any) {
		t.Helper()
		var r turn
		what["user_id"], what["channel_id"] = "990009", channel
		if code := sim.post(path, what, &r); code != http.StatusOK {
			t.Fatalf("%s %v: %d %s", path, what, code, r.Error)
		}
	}
	since := nina.since()
	act("/control/click", map[string]any{"label": "Take", "message_id": card})
	nina.hears("take", since, "An organiser has taken your request")
	posted("takes this request")
	since = nina.since()
	act("/control/send", map[string]any{"text": "what?", "reply_to": card}) // a reply that does not mention the bot comes without its words
	posted("could not be read")
	act("/control/send", map[string]any{"text": "<@" + state.Bot.ID + "> A stamp of your ministry will do.", "reply_to": card})
	nina.hears("reply", since, "Answer from the organisers", "A stamp of your ministry will do.")
	nina.says("And in Nepali?", "Passed on to the organisers.")
	posted("And in Nepali?", "the applicant writes")
	s.stop()
	sim.lawful()
}
