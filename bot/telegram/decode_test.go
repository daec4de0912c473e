package telegram

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"olle/bot"
	"olle/flows"
)

func decoder(t testing.TB) *Telegram {
	t.Helper()
	tg, err := New(Options{Token: "4242:x"})
	if err != nil {
		t.Fatal(err)
	}
	tg.me.Store(&identity{ID: 4242, Username: "Olle_bot"})
	return tg
}

func (t *Telegram) readJSON(tb testing.TB, body string) (flows.Update, bool) {
	tb.Helper()
	u := &wireUpdate{}
	if err := json.Unmarshal([]byte(`{"update_id":9,`+body+`}`), u); err != nil {
		tb.Fatalf("%s: %v", body, err)
	}
	return t.read(u)
}

const (
	fromNina = `"from":{"id":7,"first_name":"Nina","last_name":"Rai","language_code":"ne"}`
	private  = `"message_id":31,"date":1580688000,"chat":{"id":7,"type":"private"},` + fromNina
	group    = `"message_id":31,"date":1580688000,"chat":{"id":-100,"type":"supergroup"},` + fromNina
	topic    = group + `,"message_thread_id":5,"is_topic_message":true`
)

// Data that one bot has used serve another: each counts a person's messages for itself, from 1.
func TestAnotherBotsMessagesAreOthers(t *testing.T) {
	other, err := New(Options{Token: "4343:x"})
	if err != nil {
		t.Fatal(err)
	}
	hello := `"message":{` + private + `,"text":"hello"}`
	one, _ := decoder(t).readJSON(t, hello)
	two, _ := other.readJSON(t, hello)
	if one.ID == "" || one.ID == two.ID || one.From != two.From {
		t.Errorf("%+v\n%+v", one, two)
	}
}

// What becomes of everything people send.
func TestMessagesAreRead(t *testing.T) {
	nina := flows.Update{ID: "telegram:4242:7:31", Sent: time.Unix(1580688000, 0), From: "telegram:7", Chat: "telegram:7", Private: true, Name: "Nina Rai", Locale: "ne"}
	inGroup := nina
	inGroup.ID, inGroup.Chat, inGroup.Private, inGroup.Reply = "telegram:4242:-100:31", "telegram:-100", false, "-100/0/31/"
	inTopic := inGroup
	inTopic.Chat = "telegram:-100/5"
	with := func(u flows.Update, text string, files ...flows.File) *flows.Update {
		u.Text, u.Files = text, files
		return &u
	}
	quoting := *with(inGroup, "yes")
	quoting.Quoted = "H-NQPHTT-1: words"
	thread := *with(nina, "hi")
	thread.Reply = "7/3/0/"
	mention := func(text, name string) string {
		at := strings.Index(text, name)
		return fmt.Sprintf(`"text":%q,"entities":[{"type":"mention","offset":%d,"length":%d}]`, text, bot.Units(text[:at]), len(name))
	}
	album := *with(nina, "", flows.File{Handle: "7/0/D2", Name: "document"})
	album.Album = "1"
	tests := []struct {
		name, body string
		want       *flows.Update // nil: none of the bot's business
	}{
		{"text", private + `,"text":"hello"`, with(nina, "hello")},
		{"deep link", private + `,"text":"/start link-ABCD"`, with(nina, "/start link-ABCD")},
		{"command with the bot's name", private + `,"text":"/ask@olle_BOT what?"`, with(nina, "/ask what?")},
		{"thread of a private chat", private + `,"message_thread_id":3,"text":"hi"`, &thread},
		{"document", private + `,"caption":"my cv","document":{"file_id":"D1","file_name":"cv.pdf","mime_type":"application/pdf","file_size":12}`,
			with(nina, "my cv", flows.File{Handle: "7/0/D1", Name: "cv.pdf", Type: "application/pdf", Size: 12})},
		{"document for an item", private + `,"caption":"/upload@Olle_bot cv","document":{"file_id":"D1","file_name":"x.pdf"}`,
			with(nina, "cv", flows.File{Handle: "7/0/D1", Name: "x.pdf"})},
		{"photo", private + `,"photo":[{"file_id":"S","width":90,"height":60,"file_size":1},{"file_id":"L","width":1280,"height":960,"file_size":9},{"file_id":"M","width":320,"height":200}]`,
			with(nina, "", flows.File{Handle: "7/0/L", Name: "photo.jpg", Type: "image/jpeg", Size: 9})},
		{"part of an album", private + `,"media_group_id":"1","document":{"file_id":"D2"}`, &album},
		{"animation", private + `,"animation":{"file_id":"A"},"document":{"file_id":"A","file_name":"a.mp4"}`, with(nina, "", flows.File{Handle: "7/0/A", Name: "a.mp4"})},
		{"voice", private + `,"voice":{"file_id":"V"}`, with(nina, "")},
		{"voice with words", private + `,"voice":{"file_id":"V"},"caption":"listen"`, with(nina, "listen")},
		{"sticker", private + `,"sticker":{"emoji":"x"}`, with(nina, "")},
		{"location", private + `,"location":{"latitude":1}`, with(nina, "")},
		{"contact", private + `,"contact":{"phone_number":"1"}`, with(nina, "")},
		{"pinned message", private + `,"pinned_message":{}`, nil},
		{"from a bot", strings.Replace(private, `"id":7,"first`, `"is_bot":true,"id":7,"first`, 1) + `,"text":"hi"`, nil},
		{"group: not addressed", group + `,"text":"what is the deadline?"`, nil},
		{"group: file, not addressed", group + `,"document":{"file_id":"D"}`, nil},
		{"group: command", group + `,"text":"/deadline"`, with(inGroup, "/deadline")},
		{"group: command of this bot", group + `,"text":"/deadline@olle_bot"`, with(inGroup, "/deadline")},
		{"group: command of another bot", group + `,"text":"/deadline@other_bot"`, nil},
		{"group: mention", group + "," + mention("👋 @olle_bot, what is the deadline?", "@olle_bot"), with(inGroup, "👋 , what is the deadline?")},
		{"group: mention at the start", group + "," + mention("@Olle_Bot: fee?", "@Olle_Bot"), with(inGroup, "fee?")},
		{"group: mention of somebody else", group + "," + mention("@nina what is the deadline?", "@nina"), nil},
		{"group: reply to the bot", group + `,"text":"yes","reply_to_message":{"message_id":30,"from":{"id":4242}}`, with(inGroup, "yes")},
		{"group: reply that quotes the bot", group + `,"text":"yes","reply_to_message":{"message_id":30,"from":{"id":4242},"text":"H-NQPHTT-1: words"}`, &quoting},
		{"group: reply to somebody", group + `,"text":"yes","reply_to_message":{"message_id":30,"from":{"id":8}}`, nil},
		{"group: as the group", group + `,"text":"/stats","sender_chat":{"id":-100}`, nil},
		{"topic", topic + `,"text":"/deadline"`, with(inTopic, "/deadline")},
		{"topic made by the bot", topic + `,"text":"chatter","reply_to_message":{"message_id":5,"from":{"id":4242}}`, nil},
		{"somebody joined", group + `,"new_chat_members":[{"id":8}]`, nil},
		{"mark beyond the text", group + `,"text":"hi","entities":[{"type":"mention","offset":-3,"length":99}]`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := decoder(t).readJSON(t, `"message":{`+tt.body+`}`)
			if ok != (tt.want != nil) {
				t.Fatalf("taken: %v, %+v", ok, got)
			}
			if ok {
				if diff := cmp.Diff(*tt.want, got); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestTapsAreRead(t *testing.T) {
	tg := decoder(t)
	got, ok := tg.readJSON(t, `"callback_query":{"id":"77","from":{"id":7,"first_name":"Nina"},"data":"quiz/A/1/2","message":{"message_id":30,"date":0,"chat":{"id":-100,"type":"supergroup"},"message_thread_id":5,"is_topic_message":true}}`)
	if !ok || got.Choice != "quiz/A/1/2" || got.From != "telegram:7" || got.Chat != "telegram:-100/5" || got.Private || got.ID != "telegram:cb:77" ||
		handleOf(got.Reply) != (handle{chat: -100, message: 30, tap: "77"}) {
		t.Errorf("%+v", got)
	}
	got, ok = tg.readJSON(t, `"callback_query":{"id":"78","from":{"id":7},"data":"x","inline_message_id":"i"}`)
	if !ok || got.Chat != "telegram:7" || !got.Private {
		t.Errorf("without its message: %+v", got)
	}
	if _, ok := tg.readJSON(t, `"callback_query":{"id":"79","from":{"id":7},"game_short_name":"g"}`); ok {
		t.Error("a game is no choice")
	}
}

func TestEditsCountOnlyForTheNewestMessageAndSoon(t *testing.T) {
	message := func(id int, text string) string {
		return fmt.Sprintf(`"message":{"message_id":%d,"date":1580688000,"chat":{"id":7,"type":"private"},%s,%s}`, id, fromNina, text)
	}
	edit := func(id, after int, text string) string {
		return strings.Replace(strings.Replace(message(id, text), `"message"`, `"edited_message"`, 1), `"date":1580688000`,
			fmt.Sprintf(`"date":1580688000,"edit_date":%d`, 1580688000+after), 1)
	}
	tg := decoder(t)
	tg.readJSON(t, message(30, `"text":"Fji"`))
	got, ok := tg.readJSON(t, edit(30, 20, `"text":"Fiji"`))
	if !ok || got.Text != "Fiji" || got.ID != "telegram:4242:7:30:e1580688020.9" || got.Sent.Unix() != 1580688020 {
		t.Errorf("%v %+v", ok, got)
	}
	if _, ok := tg.readJSON(t, edit(30, 301, `"text":"Fiji"`)); ok {
		t.Error("an edit after five minutes counted")
	}
	tg.readJSON(t, message(31, `"document":{"file_id":"D1","file_unique_id":"U1"}`))
	if _, ok := tg.readJSON(t, edit(30, 20, `"text":"Fidji"`)); ok {
		t.Error("an edit of an older message counted")
	}
	got, ok = tg.readJSON(t, edit(31, 20, `"caption":"CV","document":{"file_id":"D1x","file_unique_id":"U1"}`))
	if !ok || got.Text != "CV" || len(got.Files) != 0 {
		t.Errorf("a new caption for the same file: %v %+v", ok, got)
	}
	got, ok = tg.readJSON(t, edit(31, 30, `"caption":"CV","document":{"file_id":"D2","file_unique_id":"U2"}`))
	if !ok || len(got.Files) != 1 {
		t.Errorf("another file: %v %+v", ok, got)
	}
	if _, ok := tg.readJSON(t, edit(31, 40, `"location":{"latitude":1}`)); ok {
		t.Error("a moving location is no word")
	}
	// Where several replicas stand behind the webhook, another one may have heard what is corrected here.
	if got, ok := tg.readJSON(t, edit(35, 20, `"caption":"CV","document":{"file_id":"D5","file_unique_id":"U5"}`)); !ok || len(got.Files) != 1 {
		t.Errorf("a correction of what another replica heard: %v %+v", ok, got)
	}
	// After a restart nothing is known of what came before; a quick correction still counts.
	if _, ok := decoder(t).readJSON(t, edit(30, 20, `"text":"Fiji"`)); !ok {
		t.Error("after a restart an edit is lost")
	}
}

func TestAMigrationIsRemembered(t *testing.T) {
	tg := decoder(t)
	if _, ok := tg.readJSON(t, `"message":{`+strings.Replace(group, "-100", "-5", 1)+`,"migrate_to_chat_id":-1005}`); ok {
		t.Error("a notice was taken for a word")
	}
	if p := tg.current(place{chat: -5}); p.chat != -1005 {
		t.Errorf("the group is thought at %d", p.chat)
	}
	other := decoder(t) // which the notice in the new group reached
	if _, ok := other.readJSON(t, `"message":{`+strings.Replace(group, "-100", "-1005", 1)+`,"migrate_from_chat_id":-5}`); ok {
		t.Error("a notice was taken for a word")
	}
	for _, d := range []*Telegram{tg, other} { // what is said there comes from the group that the desk and the cohort know
		got, ok := d.readJSON(t, `"message":{`+strings.Replace(group, "-100", "-1005", 1)+`,"text":"/ticket"}`)
		if !ok || got.Chat != "telegram:-5" || !strings.HasPrefix(got.Reply, "-1005/") {
			t.Errorf("%v %+v", ok, got)
		}
		got, ok = d.readJSON(t, `"callback_query":{"id":"77","from":{"id":7},"data":"x","message":{"message_id":30,"date":0,"chat":{"id":-1005,"type":"supergroup"}}}`)
		if !ok || got.Chat != "telegram:-5" {
			t.Errorf("%v %+v", ok, got)
		}
	}
}

// Whatever bytes come, reading them neither panics nor yields an update that the door cannot take.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		`{"update_id":1,"message":{` + private + `,"text":"/a@b c"}}`,
		`{"update_id":1,"message":{` + topic + `,"text":"👋 @olle_bot x","entities":[{"type":"mention","offset":3,"length":9}]}}`,
		`{"update_id":1,"callback_query":{"id":"1","from":{"id":7},"data":"x"}}`,
		`{"update_id":1,"edited_message":{` + private + `,"edit_date":1580688001,"caption":"x","photo":[{"file_id":"p"}]}}`,
		`{"update_id":1,"my_chat_member":{"chat":{"id":7,"type":"private"},"new_chat_member":{"status":"kicked"}}}`,
	} {
		f.Add([]byte(s))
	}
	tg := decoder(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		w := &wireUpdate{}
		if json.Unmarshal(body, w) != nil {
			return
		}
		u, ok := tg.read(w)
		if !ok {
			return
		}
		if !strings.HasPrefix(u.ID, "telegram:") || u.From.Platform() != "telegram" || u.Call != "" {
			t.Fatalf("%+v", u)
		}
		if _, ok := placeOf(u.Chat); !ok {
			t.Fatalf("chat %q", u.Chat)
		}
		if u.Reply != "" && handleOf(u.Reply).chat == 0 {
			t.Fatalf("handle %q", u.Reply)
		}
	})
}
