package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// needed are the permissions the bot uses in a server.
var needed = []struct {
	bit  int
	name string
}{
	{10, "View Channels"}, {11, "Send Messages"}, {38, "Send Messages in Threads"}, {15, "Attach Files"}, {16, "Read Message History"},
}

const (
	administrator = 1 << 3
	// inviteBits are the needed permissions as an invitation asks for them.
	inviteBits = 1<<10 | 1<<11 | 1<<38 | 1<<15 | 1<<16
)

// Check says in one sentence what an operator must do before the bot can work; nil: nothing.
func (d *Discord) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var me user
	err := d.call(ctx, &request{method: http.MethodGet, path: "/users/@me", patience: 5 * time.Second}, &me)
	var no *refusal
	switch {
	case errors.As(err, &no) && no.status == http.StatusUnauthorized:
		return errToken
	case errors.As(err, &no):
		return fmt.Errorf("discord: the API refuses us: wait a few minutes and look at https://discordstatus.com: %w", err)
	case err != nil:
		return fmt.Errorf("discord: the API cannot be reached: check the network and OLLE_DISCORD_API_URL: %w", err)
	case !me.Bot:
		return errors.New("discord: the token is not a bot's: take the one from the application's Bot page")
	}
	info, err := d.gatewayInfo(ctx)
	if err != nil {
		return fmt.Errorf("discord: the gateway's address cannot be read: try again in a few minutes: %w", err)
	}
	if info.Limit.Total > 0 && info.Limit.Remaining <= 0 {
		wait := (time.Duration(info.Limit.ResetAfter) * time.Millisecond).Round(time.Minute)
		return fmt.Errorf("discord: today's sessions are used up: stop whatever else restarts with this token, and wait %s", wait)
	}
	if d.opt.Guild == "" {
		return nil
	}
	return d.checkGuild(ctx, me.ID)
}

// Trouble is what keeps it from receiving just now.
func (d *Discord) Trouble() error { return d.away.trouble(d.pace.away) }

// noShard stands for the time in which it is not known how many shards there are.
const noShard = -1

// away are the sessions that do not work, by shard, and since when.
type away struct {
	mu    sync.Mutex
	since map[int]time.Time
}

// left notes that a shard's session does not work.
func (a *away) left(shard int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.since == nil {
		a.since = map[int]time.Time{}
	}
	if _, known := a.since[shard]; !known {
		a.since[shard] = time.Now()
	}
}

// back notes that it works, or is another replica's.
func (a *away) back(shard int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.since, shard)
}

// trouble is said of a session that has not worked for so long: reconnecting is usual and takes moments.
func (a *away) trouble(after time.Duration) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, since := range a.since {
		if quiet := time.Since(since); quiet >= after {
			return fmt.Errorf("discord: the gateway has not been reached for %s: check the network and OLLE_DISCORD_API_URL, and look at https://discordstatus.com",
				quiet.Round(time.Second))
		}
	}
	return nil
}

// checkGuild looks whether the bot is in its server and may do there what it must.
func (d *Discord) checkGuild(ctx context.Context, me string) error {
	type role struct {
		ID          string `json:"id"`
		Permissions string `json:"permissions"`
	}
	var guild struct {
		Owner string `json:"owner_id"`
		Roles []role `json:"roles"`
	}
	var self struct {
		Roles []string `json:"roles"`
	}
	err := d.call(ctx, &request{method: http.MethodGet, path: "/guilds/%s", args: []string{d.opt.Guild}, patience: 5 * time.Second}, &guild)
	if err == nil {
		err = d.call(ctx, &request{method: http.MethodGet, path: "/guilds/%s/members/%s", args: []string{d.opt.Guild, me}, patience: 5 * time.Second}, &self)
	}
	var no *refusal
	if errors.As(err, &no) && (no.status == http.StatusForbidden || no.status == http.StatusNotFound) {
		return fmt.Errorf("discord: the bot is not in the server that OLLE_DISCORD_GUILD names: open %s/oauth2/authorize?client_id=%s&scope=bot+applications.commands&permissions=%d",
			d.base, me, uint64(inviteBits))
	}
	if err != nil {
		return fmt.Errorf("discord: the server cannot be read: try again in a few minutes: %w", err)
	}
	if guild.Owner == me {
		return nil
	}
	own := append(self.Roles, d.opt.Guild) // the role of everybody has the server's number
	var granted uint64
	for _, r := range guild.Roles {
		if bits, err := strconv.ParseUint(r.Permissions, 10, 64); err == nil && slices.Contains(own, r.ID) {
			granted |= bits
		}
	}
	if missing := lacking(granted); len(missing) > 0 {
		return fmt.Errorf("discord: the bot's role lacks %s: give it these permissions in the server's settings", strings.Join(missing, ", "))
	}
	return nil
}

// lacking names the permissions needed that are not granted. An administrator has them all.
func lacking(granted uint64) (names []string) {
	if granted&administrator != 0 {
		return nil
	}
	for _, n := range needed {
		if granted&(1<<n.bit) == 0 {
			names = append(names, n.name)
		}
	}
	return names
}
