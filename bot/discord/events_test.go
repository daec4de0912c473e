package discord_test

import (
	"strings"
	"testing"

	"olle/bot/discord"
)

func FuzzDecode(f *testing.F) {
	for _, seed := range [][2]string{
		{"MESSAGE_CREATE", `{"id":"1","channel_id":"2","author":{"id":"3"},"content":"hi","attachments":[{"id":"4","url":"u"}],"components":[{"type":99}]}`},
		{"MESSAGE_CREATE", `{"id":"1","channel_id":"2","guild_id":"5","author":{"id":"3"},"mentions":[{"id":"900000000000000001"}],"content":"<@900000000000000001>"}`},
		{"MESSAGE_UPDATE", `{"id":"650000000000000000","channel_id":"2","author":{"id":"3"},"content":"Fiji","edited_timestamp":"2019-12-01T00:00:00.5+00:00"}`},
		{"INTERACTION_CREATE", `{"id":"1","type":2,"token":"t","channel_id":"2","user":{"id":"3"},"data":{"name":"x","options":[{"type":1,"options":[{"type":3,"value":"v"}]}]}}`},
		{"INTERACTION_CREATE", `{"id":"1","type":3,"token":"t","channel_id":"2","member":{"user":{"id":"3"}},"guild_id":"4","data":{"custom_id":"c","values":["v"]}}`},
		{"INTERACTION_CREATE", `{"id":"1","type":5,"channel_id":"2","user":{"id":"3"},"data":{"custom_id":"/ask","components":[{"component":{"values":["v"]}}]}}`},
		{"GUILD_MEMBER_ADD", `{"guild_id":"1","user":{"id":"2"},"joined_at":"2026-01-02T03:04:05Z"}`},
	} {
		f.Add(seed[0], []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		u, ok := discord.Decode(kind, data)
		if !ok {
			return
		}
		if !strings.HasPrefix(u.ID, "discord:") || u.From.Platform() != "discord" || u.Chat.Platform() != "discord" || u.Call != "" || u.Sent.IsZero() {
			t.Errorf("came as %+v", u)
		}
		if again, _ := discord.Decode(kind, data); again.ID != u.ID {
			t.Errorf("the same event is %q and %q", u.ID, again.ID)
		}
	})
}
