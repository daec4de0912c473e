package discord_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"olle/bot/discord"
	"olle/bot/platformtest"
)

func newDiscord(t *testing.T, n *network, change func(*discord.Options)) *discord.Discord {
	t.Helper()
	o := discord.Options{Token: "good", APIURL: n.server.URL, PerSecond: 10_000, Log: slog.New(slog.DiscardHandler)}
	if testing.Verbose() {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	if change != nil {
		change(&o)
	}
	d, err := discord.New(o)
	if err != nil {
		t.Fatal(err)
	}
	d.Hurry(100 * time.Millisecond)
	return d
}

func TestThePlatformSuite(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.Harness {
		n := newNetwork(t)
		d := newDiscord(t, n, nil)
		if err := d.Check(context.Background()); err != nil {
			t.Fatal(err)
		}
		return platformtest.Harness{
			Platform: d, Redelivers: true, Key: true,
			Say: func(t *testing.T, text string) { n.ready(); n.say(text, nil) },
			Tap: func(t *testing.T, value string) { n.tap(value) },
			Upload: func(t *testing.T, name string, content []byte) {
				n.ready()
				n.say("", object{"attachments": []any{n.attach(name, content)}})
			},
			Shown: func(t *testing.T) []platformtest.Shown { return n.shown("") },
		}
	})
}
