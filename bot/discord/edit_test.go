package discord_test

import (
	"fmt"
	"testing"
	"time"
)

// edit has the guest correct a message; at is the time Discord writes into it, nil for its own doings.
func (n *network) edit(m object, text string, at any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m["content"], m["edited_timestamp"] = text, at
	n.dispatch("MESSAGE_UPDATE", m)
}

func TestEditsCountOnlyForTheNewestMessageAndSoon(t *testing.T) {
	s := newStage(t, nil)
	now := time.Now()
	at := func(d time.Duration) string { return now.Add(d).Format("2006-01-02T15:04:05.000000-07:00") }
	one := s.say("Fji", nil)
	s.edit(one, "Fji", nil) // a link was looked up
	s.edit(one, "Fiji", at(time.Second))
	s.edit(one, "Fiji", at(time.Second)) // again a link
	s.edit(one, "Fidji", at(6*time.Minute))
	two := s.say("cv", object{"attachments": []any{s.attach("cv.pdf", []byte("%PDF"))}})
	s.edit(one, "Tonga", at(2*time.Second)) // an old line
	s.edit(two, "CV", at(3*time.Second))
	s.edit(s.say("in the lounge", object{"guild_id": guild, "channel_id": lounge}), "there", at(4*time.Second))
	s.edit(s.say("a bot's", object{"author": object{"id": "5", "bot": true}}), "b", at(5*time.Second))
	s.say("after", nil)
	s.r.all("Fji", "Fiji", "cv", "CV", "after")
	got := s.r.await(5)
	if want := fmt.Sprintf("discord:m%s:e%d", one["id"], now.Add(time.Second).UnixMilli()); got[1].ID != want {
		t.Errorf("an edit came as %s, want %s", got[1].ID, want)
	}
	if len(got[2].Files) != 1 || len(got[3].Files) != 0 {
		t.Errorf("files: %v, then %v", got[2].Files, got[3].Files)
	}
}

func TestAnEditOnTheSimulator(t *testing.T) {
	t.Parallel()
	s := startSim(t, "-limits")
	h := openHouse(t, s, t.TempDir(), newKept(), nil)
	before := h.count()
	sent := h.ask("POST", "send", object{"user_id": simGuest, "dm": true, "text": "how much is the airfare from Hanoi"})
	h.newest(before, "Hanoi")
	before = h.count()
	h.ask("POST", "send", object{"user_id": simGuest, "dm": true, "text": "how much is the airfare from Kathmandu", "edit_message_id": sent["message_id"]})
	h.newest(before, "US$ 950")
	h.clean()
}
