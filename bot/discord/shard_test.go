package discord_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"olle/bot/discord"
)

const otherGuild = "600000000004194304" // of the next shard

func TestAsManySessionsAsDiscordAsksFor(t *testing.T) {
	const space = 150 * time.Millisecond
	for _, count := range []int{2, 4} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			n.shards = count
			var first sync.Once
			n.greeting = func(*websocket.Conn, func(int, any)) bool { // that one connection is slow brings two no nearer
				first.Do(func() { time.Sleep(space * time.Duration(4-count) / 2) })
				return false
			}
			memory := newKept()
			open := func() *run {
				d := newDiscord(t, n, func(o *discord.Options) { o.Memory = memory })
				d.Space(space)
				r := receive(t, d)
				n.until("all sessions", func() bool {
					connected := 0
					for _, s := range n.sessions {
						if s.conn != nil {
							connected++
						}
					}
					return connected == count
				})
				return r
			}
			r := open()
			n.mu.Lock()
			seen := map[string]bool{}
			for i, identify := range n.identify {
				seen[fmt.Sprint(identify["shard"])] = true
				if gap := n.at[i].Sub(n.at[0]); count == 2 && gap < time.Duration(i)*space*2/3 || count == 4 && gap > space {
					t.Errorf("identified %s after the first, one in %s is allowed for each of %d", gap, space, n.atOnce())
				}
			}
			if len(seen) != count || len(n.identify) != count || !seen[fmt.Sprintf("[%d %d]", count-1, count)] {
				t.Errorf("identified as %v", seen)
			}
			n.mu.Unlock()
			mentioned := object{"mentions": []any{object{"id": botID}}}
			for i, of := range []string{guild, otherGuild} {
				mentioned["guild_id"], mentioned["channel_id"] = of, fmt.Sprint(lounge, i)
				n.say("<@"+botID+"> in "+of, mentioned)
				r.await(i + 1)
			}
			n.say("to you", nil)
			r.all("in "+guild, "in "+otherGuild, "to you")
			r.stop()
			n.say("while away", nil)
			r = open()
			r.all("while away")
			n.until("every session resumed", func() bool { return n.resumes >= count })
			n.mu.Lock()
			defer n.mu.Unlock()
			if n.resumes != count || len(n.identify) != count {
				t.Errorf("%d resumes, %d identifies", n.resumes, len(n.identify))
			}
		})
	}
}

func TestASessionLooksThroughItsOwnServersOnly(t *testing.T) {
	n := newNetwork(t)
	n.shards = 2
	memory := newKept()
	change := func(o *discord.Options) { o.Memory = memory }
	r := receive(t, newDiscord(t, n, change))
	n.until("both sessions", func() bool { return len(n.sessions) == 2 })
	n.say("hello", nil)
	r.await(1)
	r.stop()
	n.forget()
	n.say("while away", nil)
	r = receive(t, newDiscord(t, n, change))
	r.all("while away")
	n.until("both sessions", func() bool { return len(n.sessions) == 2 })
	time.Sleep(50 * time.Millisecond)
	r.stop()
	n.mu.Lock()
	defer n.mu.Unlock()
	looks := 0
	for _, c := range n.calls {
		if strings.HasPrefix(c, "GET ") && strings.HasSuffix(c, "/messages") {
			looks++
		}
	}
	if looks != 1 {
		t.Errorf("the direct message was looked through %d times", looks)
	}
}
