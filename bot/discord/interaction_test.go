package discord_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"olle/bot"
	"olle/bot/discord"
	"olle/flows"
)

// stage is a network with a bot on it, and a guest who has said hello.
type stage struct {
	*network
	r *run
	d *discord.Discord
}

func newStage(t *testing.T, change func(*discord.Options)) *stage {
	n := newNetwork(t)
	d := newDiscord(t, n, change)
	s := &stage{n, receive(t, d), d}
	n.ready()
	return s
}

// next waits for the newest of n updates.
func (s *stage) next(n int) flows.Update { s.t.Helper(); return s.r.await(n)[n-1] }

func (s *stage) send(id string, m flows.Message) {
	s.t.Helper()
	if _, err := s.d.Send(context.Background(), id, m); err != nil {
		s.t.Fatalf("%s: %v", id, err)
	}
}

func (s *stage) acked(a *asked, kind float64) {
	s.t.Helper()
	s.until(fmt.Sprint("an answer of type ", kind), func() bool { return a.kind == kind })
}

var airfare = object{"name": "airfare", "type": 1, "options": []any{object{"name": "from", "type": 3, "value": "Kathmandu"}}}

func TestASlashCommandIsAnsweredInPlace(t *testing.T) {
	s := newStage(t, nil)
	a := s.use(2, airfare, nil, true)
	u := s.next(1)
	if u.Text != "/airfare Kathmandu" || u.Private || u.Chat != "discord:c"+lounge || u.From != "discord:"+guest || u.Name != "Nick" || u.Locale != "ko" {
		t.Errorf("came as %+v", u)
	}
	s.send(u.ID+"/m0", flows.Message{To: u.Chat, Text: "US$ 950", Reply: u.Reply})
	s.acked(a, 4)
	if flags := a.body["data"].(object)["flags"].(float64); int(flags)&64 != 0 {
		t.Error("an answer to the channel is hidden")
	}
	a = s.use(2, object{"name": "status", "type": 1}, nil, true)
	u = s.next(2)
	s.send(u.ID+"/m0", flows.Message{To: u.From, Text: "3 of 7", Reply: u.Reply})
	s.send(u.ID+"/m1", flows.Message{To: u.From, Text: "and more", Reply: u.Reply})
	s.acked(a, 4)
	if flags := a.body["data"].(object)["flags"].(float64); int(flags)&64 == 0 {
		t.Error("a personal answer is not hidden")
	}
	time.Sleep(150 * time.Millisecond) // the hold passes
	if got := s.shown(lounge); len(got) != 3 || len(s.shown("")) != 0 {
		t.Errorf("shown: %v", got)
	}
}

func TestASlowAnswerIsDeferred(t *testing.T) {
	s := newStage(t, nil)
	a := s.use(2, object{"name": "status", "type": 1}, nil, true)
	u := s.next(1)
	s.acked(a, 5)
	for range 2 { // a repeat changes nothing
		s.send(u.ID+"/m0", flows.Message{To: u.From, Text: "3 of 7", Reply: u.Reply})
	}
	if got := s.shown(lounge); len(got) != 1 || got[0].Text != "3 of 7" {
		t.Errorf("shown: %v", got)
	}
	// A public answer cannot take the place of a placeholder that one person sees.
	a = s.use(2, airfare, nil, true)
	u = s.next(2)
	s.acked(a, 5)
	s.send(u.ID+"/m0", flows.Message{To: u.Chat, Text: "US$ 950", Reply: u.Reply})
	if got := s.shown(lounge); len(got) != 2 || got[1].Text != "US$ 950" {
		t.Errorf("shown: %v", got)
	}
	a = s.use(2, airfare, nil, false)
	u = s.next(3)
	s.acked(a, 5)
	s.send(u.ID+"/m0", flows.Message{To: u.Chat, Text: "US$ 950", Reply: u.Reply})
	s.send(u.ID+"/m1", flows.Message{To: u.Chat, Text: "One way", Reply: u.Reply})
	if got := s.shown(""); len(got) != 2 || got[0].Text != "US$ 950" || got[1].Text != "One way" {
		t.Errorf("shown: %v", got)
	}
}

func TestATurnWithoutAnAnswerLeavesNoPlaceholder(t *testing.T) {
	s := newStage(t, nil)
	s.r.mu.Lock()
	s.r.say = func(flows.Update) bot.Receipt { return bot.Receipt{} }
	s.r.mu.Unlock()
	a := s.use(2, airfare, nil, false)
	s.until("the placeholder is gone", func() bool { return a.kind == 5 && a.original["gone"] != nil })
	s.r.mu.Lock()
	s.r.say = nil
	s.r.mu.Unlock()
	a = s.use(2, airfare, nil, false)
	u := s.next(2)
	s.send(u.ID+"/m0", flows.Message{To: u.Chat, Reply: u.Reply, Ack: true})
	s.until("the placeholder is gone", func() bool { return a.kind == 5 && a.original["gone"] != nil })
}

func TestATapTakesTheButtonsAwayAtOnce(t *testing.T) {
	s := newStage(t, nil)
	s.r.mu.Lock()
	s.r.refuse = func(u flows.Update) error { // the store is away
		if u.Choice != "" && s.r.seen["again"] < 3 {
			s.r.seen["again"]++
			return context.DeadlineExceeded
		}
		return nil
	}
	s.r.mu.Unlock()
	s.send("x/m0", flows.Message{To: "discord:" + guest, Text: "Which?", Choices: []flows.Choice{{Label: "A", Value: "a/1"}, {Label: "B", Value: "a/2"}}})
	a := s.tap("a/2")
	s.acked(a, 7)
	if got := s.shown(""); len(got) != 1 || len(got[0].Choices) != 0 || got[0].Text != "Which?" {
		t.Errorf("shown: %v", got)
	}
	u := s.next(1)
	if u.Choice != "a/2" || !u.Private || u.Chat != u.From {
		t.Errorf("came as %+v", u)
	}
	for range 2 {
		s.send(u.ID+"/m0", flows.Message{To: u.Chat, Text: "B then", Reply: u.Reply})
	}
	if got := s.shown(""); len(got) != 2 {
		t.Errorf("shown: %v", got)
	}
}

func TestATapOnWhatOthersSeeLeavesItAsItIs(t *testing.T) {
	s := newStage(t, nil)
	s.send("x/m0", flows.Message{To: "discord:c" + lounge, Text: "Quiz", Choices: []flows.Choice{{Label: "A", Value: "quiz/A"}}})
	a := s.tap("quiz/A")
	u := s.next(1)
	s.send(u.ID+"/m0", flows.Message{To: u.From, Text: "Noted", Reply: u.Reply})
	s.acked(a, 4)
	a = s.tap("quiz/A")
	u = s.next(2)
	s.acked(a, 6)
	s.send(u.ID+"/m0", flows.Message{To: u.From, Text: "Again", Reply: u.Reply})
	got := s.shown(lounge)
	if len(got) != 3 || len(got[0].Choices) != 1 || got[0].Text != "Quiz" || got[2].Text != "Again" {
		t.Errorf("shown: %v", got)
	}
}

func TestAnExpiredHandleGivesWayToADirectMessage(t *testing.T) {
	s := newStage(t, nil)
	a := s.use(2, object{"name": "status", "type": 1}, nil, true)
	u := s.next(1)
	s.mu.Lock()
	delete(s.asks, a.token) // as after three seconds without a word
	s.mu.Unlock()
	s.send(u.ID+"/m0", flows.Message{To: u.From, Text: "3 of 7", Reply: u.Reply})
	if got := s.shown(""); len(got) != 1 || got[0].Text != "3 of 7" {
		t.Errorf("shown: %v", got)
	}
	s.send("r/m0", flows.Message{To: "discord:" + guest, Text: "after a restart", Reply: "i s 175928847299117063 1 t 2 g3 " + guest})
	s.send("r/m1", flows.Message{To: "discord:" + guest, Text: "and nonsense", Reply: "i x"})
	if got := s.shown(""); len(got) != 3 {
		t.Errorf("shown: %v", got)
	}
}

func TestAnAnswerWhoseArrivalIsUnknownIsNotDoubled(t *testing.T) {
	s := newStage(t, nil)
	cut := true
	s.mu.Lock()
	s.interrupt = func(w http.ResponseWriter, r *http.Request, do http.HandlerFunc) bool {
		if !cut || !strings.HasSuffix(r.URL.Path, "/callback") {
			return false
		}
		cut = false
		do(discarding{w}, r)
		panic(http.ErrAbortHandler)
	}
	s.mu.Unlock()
	s.use(2, airfare, nil, false)
	u := s.next(1)
	m := flows.Message{To: u.Chat, Text: "US$ 950", Reply: u.Reply}
	if _, err := s.d.Send(context.Background(), u.ID+"/m0", m); err == nil {
		t.Error("an answer that was cut off counts as sent")
	} else if strings.Contains(err.Error(), "token") || strings.Contains(err.Error(), "http") {
		t.Errorf("the error holds an address: %v", err)
	}
	s.send(u.ID+"/m0", m)
	if got := s.shown(""); len(got) != 1 {
		t.Errorf("shown: %v", got)
	}
}

// discarding does what it should but answers nothing.
type discarding struct{ http.ResponseWriter }

func (discarding) Write(b []byte) (int, error) { return len(b), nil }
func (discarding) WriteHeader(int)             {}

func TestCommandsAreRegisteredOnceAndOnlyWhenChanged(t *testing.T) {
	commands := []discord.Command{
		{Name: "airfare", Description: "What the ticket may cost", Options: []discord.Option{{Name: "from", Description: "Departure point", Suggest: true}}},
		{Name: "upload", Description: "Hand in a document", Options: []discord.Option{
			{Name: "file", Description: "The document", Required: true, File: true}, {Name: "item", Description: "Which of the seven", Suggest: true}}},
	}
	n := newNetwork(t)
	at := func(where string) int { // how many stand there
		for path, all := range n.commands {
			if strings.Contains(path, "/guilds/") == (where != "") && strings.Contains(path, where) {
				return len(all)
			}
		}
		return 0
	}
	puts := 0
	for _, where := range []string{"", guild} { // from everywhere to one server: nobody sees them twice
		for range 2 {
			r := receive(t, newDiscord(t, n, func(o *discord.Options) { o.Commands, o.Guild = commands, where }))
			n.until("commands", func() bool { return at(where) == 2 && (where == "" || at("") == 0) })
			time.Sleep(50 * time.Millisecond)
			r.stop()
		}
		puts += 1 + len(where)/len(guild)
		n.mu.Lock()
		if n.puts != puts {
			t.Errorf("in %q: registered %d times, want %d", where, n.puts, puts)
		}
		n.mu.Unlock()
	}
	commands[0].Description = "Changed"
	receive(t, newDiscord(t, n, func(o *discord.Options) { o.Commands = commands }))
	n.until("a change", func() bool { return n.puts == 4 && at("") == 2 })
}

func TestAnUploadByCommand(t *testing.T) {
	s := newStage(t, nil)
	f := s.attach("my cv.pdf", []byte("%PDF"))
	s.use(2, object{"name": "upload", "type": 1, "options": []any{
		object{"name": "file", "type": 11, "value": f["id"]}, object{"name": "item", "type": 3, "value": "cv"},
	}, "resolved": object{"attachments": object{f["id"].(string): f}}}, nil, false)
	u := s.next(1)
	if u.Text != "cv" || len(u.Files) != 1 || u.Files[0].Name != "my cv.pdf" || u.Files[0].Size != 4 {
		t.Errorf("came as %+v", u)
	}
	s.use(2, object{"name": "upload", "type": 1, "options": []any{object{"name": "item", "type": 3, "value": "cv"}}}, nil, false)
	if u := s.next(2); u.Text != "/upload cv" || len(u.Files) != 0 {
		t.Errorf("came as %+v", u)
	}
}

func TestSuggestionsWhileTyping(t *testing.T) {
	s := newStage(t, func(o *discord.Options) {
		o.Complete = func(_ context.Context, command, option, typed string) (all []discord.Suggestion) {
			for i := range 30 {
				all = append(all, discord.Suggestion{Label: strings.Repeat(typed, 60), Value: fmt.Sprint(command, option, i)})
			}
			return all
		}
	})
	a := s.use(4, object{"name": "airfare", "options": []any{object{"name": "from", "type": 3, "value": "kat", "focused": true}}}, nil, true)
	s.acked(a, 8)
	if got := a.body["data"].(object)["choices"].([]any); len(got) != 25 || got[0].(object)["value"] != "airfarefrom0" {
		t.Errorf("%d suggestions", len(got))
	}
	if got := s.r.took; len(got) != 0 {
		t.Error("what is typed came as an update")
	}
}

func TestAFormOpensForACommandWithoutItsOptions(t *testing.T) {
	s := newStage(t, func(o *discord.Options) {
		o.Commands = []discord.Command{{Name: "ask", Description: "Ask a question", Form: true, Options: []discord.Option{{Name: "question", Description: "Your question", Long: true}}}}
	})
	s.send("x/m0", flows.Message{To: "discord:" + guest, Text: "Well?", Choices: []flows.Choice{{Label: "Ask", Value: "/ask"}}})
	a := s.tap("/ask")
	s.acked(a, 9)
	s.use(5, object{"custom_id": "/ask", "components": []any{object{"type": 18, "component": object{"type": 4, "custom_id": "question", "value": "Who pays?"}}}}, nil, false)
	if u := s.next(1); u.Text != "/ask Who pays?" {
		t.Errorf("came as %+v", u)
	}
}

func TestManyChoices(t *testing.T) {
	s := newStage(t, nil)
	offer := func(n int) (all []flows.Choice) {
		for i := range n {
			all = append(all, flows.Choice{Label: strings.Repeat("label ", 30), Value: fmt.Sprint("v", n, "/", i)})
		}
		return all
	}
	for i, n := range []int{1, 25, 26, 100, 125, 126} {
		s.send(fmt.Sprint("x/", n), flows.Message{To: "discord:" + guest, Text: "Which?", Choices: offer(n)})
		got := s.shown("")[i]
		if n <= 125 && len(got.Choices) != n || n > 125 && (len(got.Choices) != 0 || !strings.Contains(s.shown("")[len(s.shown(""))-1].Text, "126. label")) {
			t.Errorf("of %d choices %d are shown", n, len(got.Choices))
		}
	}
	a := s.use(3, object{"custom_id": "menu/0", "values": []any{"v26/3"}}, s.messages[0], false)
	if u := s.next(1); u.Choice != "v26/3" {
		t.Errorf("came as %+v", u)
	}
	s.acked(a, 7)
}

func TestServers(t *testing.T) {
	s := newStage(t, func(o *discord.Options) { o.Guild = guild })
	in := func(text string, more object) object {
		m := object{"guild_id": guild, "channel_id": lounge, "member": object{"nick": "Nick"}}
		for k, v := range more {
			m[k] = v
		}
		return s.say(text, m)
	}
	in("just talk", nil)
	in("", nil)
	in("<@"+botID+"> /deadline", object{"mentions": []any{object{"id": botID}}})
	in("and this?", object{"type": 19, "referenced_message": object{"author": object{"id": botID}, "content": `H-NQPHTT-1: a \*word\*`}})
	s.say("a bot's", object{"author": object{"id": "5", "bot": true}})
	s.say("a system's", object{"type": 7})
	got := s.r.await(2)
	if got[0].Text != "/deadline" || got[0].Private || got[0].Chat != "discord:c"+lounge || got[0].Name != "Nick" || got[1].Text != "and this?" || got[1].Quoted != "H-NQPHTT-1: a *word*" {
		t.Errorf("came as %+v", got)
	}
	s.send(got[0].ID+"/m0", flows.Message{To: got[0].Chat, Text: "14 February"})
	s.network.mu.Lock()
	for _, g := range []string{"1", guild} {
		s.dispatch("GUILD_MEMBER_ADD", object{"guild_id": g, "user": author, "joined_at": "2026-01-02T03:04:05.678000+00:00"})
	}
	s.network.mu.Unlock()
	if u := s.next(3); u.Text != "/start joined" || !u.Private || u.Chat != "discord:"+guest || u.ID != "discord:j"+guild+":"+guest+":1767323045678" {
		t.Errorf("came as %+v", u)
	}
}

// A new member is greeted although Discord has trouble at that moment; not where it refuses.
func TestANewMemberIsGreetedInTheEnd(t *testing.T) {
	for name, tt := range map[string]struct {
		how     func(http.ResponseWriter, *http.Request, http.HandlerFunc)
		greeted bool
	}{
		"too many":        {plainly(429, "X-RateLimit-Scope=user", `{"message":"slow","retry_after":3,"global":false}`), true},
		"out of order":    {plainly(502, "", `<html>`), true},
		"cut off":         {func(http.ResponseWriter, *http.Request, http.HandlerFunc) { panic(http.ErrAbortHandler) }, true},
		"opened too fast": {plainly(400, "", `{"message":"You are opening direct messages too fast.","code":40003}`), true},
		"refused":         {plainly(400, "", `{"message":"Cannot send messages to this user","code":50007}`), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, func(o *discord.Options) { o.Guild = guild })
			opened := s.answer("POST /api/v10/users/@me/channels", tt.how)
			s.mu.Lock()
			s.dispatch("GUILD_MEMBER_ADD", object{"guild_id": guild, "user": author, "joined_at": "2026-01-02T03:04:05.678000+00:00"})
			s.mu.Unlock()
			s.until("an attempt to open the chat", func() bool { return opened.Load() > 0 })
			if !tt.greeted {
				s.say("hello", nil) // comes after, and alone
			}
			if u := s.next(1); (u.Text == "hello") == tt.greeted {
				t.Errorf("came: %+v", u)
			}
		})
	}
}

func TestForwardedFilesAndNewLinks(t *testing.T) {
	s := newStage(t, nil)
	f := s.attach("cv.pdf", []byte("content"))
	m := s.say("", object{"message_snapshots": []any{object{"message": object{"content": "my cv", "attachments": []any{f}}}}})
	u := s.next(1)
	if u.Text != "my cv" || len(u.Files) != 1 {
		t.Fatalf("came as %+v", u)
	}
	s.network.mu.Lock()
	old := f["url"].(string)
	f["url"] = old + "&new=1"
	link := strings.TrimPrefix(old, s.server.URL)
	s.files[link+"&new=1"] = s.files[link]
	delete(s.files, link)
	m["message_snapshots"] = []any{object{"message": object{"attachments": []any{f}}}}
	s.network.mu.Unlock()
	r, err := s.d.Fetch(t.Context(), u.Files[0])
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	for _, link := range []string{"http://127.0.0.1:1/attachments/1", "https://cdn.discordapp.com.example.org/x", "https://x@cdn.discordapp.com/y", "file:///etc/passwd"} {
		if _, err := s.d.Fetch(t.Context(), flows.File{Handle: link + " 1 2 3"}); err == nil || !strings.Contains(err.Error(), "server we do not read") {
			t.Errorf("%s: %v", link, err)
		}
	}
}
