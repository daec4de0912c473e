package discord_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"olle/bot/discord"
)

// shy is a Memory that cannot be read for a while, as while its server is away.
type shy struct {
	*kept
	silent atomic.Bool
	asked  atomic.Int64
}

func (s *shy) All(ctx context.Context, prefix string) (map[string]string, error) {
	if s.asked.Add(1); s.silent.Load() {
		return nil, errors.New("no answer")
	}
	return s.kept.All(ctx, prefix)
}

// A new session begins while the places to look through cannot be read: what was written meanwhile is found all the same, and before
// what comes afterwards.
func TestPlacesAreLookedThroughOnceTheyCanBeRead(t *testing.T) {
	n := newNetwork(t)
	memory := &shy{kept: newKept()}
	r := receive(t, newDiscord(t, n, func(o *discord.Options) { o.Memory = memory }))
	n.ready()
	n.say("zero", nil)
	r.all("zero")
	r.stop()
	n.forget()
	n.say("one", nil)
	memory.silent.Store(true)
	before := memory.asked.Load()
	r = receive(t, newDiscord(t, n, func(o *discord.Options) { o.Memory = memory }))
	n.ready()
	n.say("two", nil)
	n.until("another attempt to read the places", func() bool { return memory.asked.Load() >= before+4 })
	memory.silent.Store(false)
	r.all("one", "two")
}
