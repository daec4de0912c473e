package discord

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"olle/bot"
)

// backPace is how fast places are looked through in the background; where somebody waits it goes at once.
const backPace = 25 // a second

// backfill looks in every known place of the servers a session brings for messages that came while it was not there. Each look takes
// its place in the lane before what comes from now on. done is called when all have been looked at; until then the session is not
// resumed from memory, so that a crash now means looking again.
func (r *receiver) backfill(ctx context.Context, ours func(guild string) bool, done func()) {
	seen, people, ok := r.places(ctx)
	if !ok {
		return
	}
	owner := map[string]string{}
	for key, channel := range people {
		owner[channel] = strings.TrimPrefix(key, "dm/")
	}
	r.d.memory.overlay(seen, owner)
	var left atomic.Int64
	left.Store(1)
	finished := make(chan struct{})
	one := func() {
		if left.Add(-1) == 0 {
			close(finished)
		}
	}
	turn := time.NewTicker(time.Second / backPace)
	for key, last := range seen {
		channel := strings.TrimPrefix(key, "seen/")
		after, guild, _ := strings.Cut(last, " ")
		if !ours(guild) {
			continue
		}
		lane := owner[channel]
		if lane == "" {
			lane = "c" + channel
		}
		left.Add(1)
		r.lanes.push(lane, func(ctx context.Context) {
			defer one()
			for !r.lanes.crowded(lane) && ctx.Err() == nil {
				select {
				case <-turn.C:
				case <-time.After(500 * time.Millisecond):
					continue
				case <-ctx.Done():
				}
				break
			}
			r.look(ctx, channel, guild, after)
		})
	}
	one()
	r.lanes.crew.Go(func() {
		select {
		case <-finished:
			if ctx.Err() == nil {
				done()
			}
		case <-ctx.Done():
		}
		turn.Stop()
	})
}

// places reads what there is to look through, and insists: to begin without would lose for good what was written there meanwhile. Until
// then no event is taken; should the connection end over it, what it would have brought is replayed. ok is false when ctx ended first.
func (r *receiver) places(ctx context.Context) (seen, people map[string]string, ok bool) {
	for pause := r.d.pace.retry; ; pause = min(2*pause, 5*time.Second) {
		seen, err := r.d.opt.Memory.All(ctx, "seen/")
		people, err2 := r.d.opt.Memory.All(ctx, "dm/")
		if err = errors.Join(err, err2); err == nil {
			return seen, people, true
		}
		if ctx.Err() != nil {
			return nil, nil, false
		}
		r.d.log.Warn("places to look through cannot be read yet", "platform", "discord", "err", err)
		if !bot.Pause(ctx, bot.Jitter(pause)) {
			return nil, nil, false
		}
	}
}

// overlay adds what has not been written yet.
func (m *memory) overlay(seen, owner map[string]string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, value := range m.dirty {
		if strings.HasPrefix(key, "seen/") {
			seen[key] = value
		}
	}
	for user, channel := range m.dms {
		owner[channel] = user
	}
}

// look delivers what came after a message in one place, oldest first.
func (r *receiver) look(ctx context.Context, channel, guild, after string) {
	for {
		page, full, err := r.page(ctx, channel, after, "after="+after)
		for more := full && len(page) > 0; more && err == nil; {
			// Discord gives the hundred next to the mark. Should it be the newest hundred instead, others stand between.
			var older []message
			older, _, err = r.page(ctx, channel, after, "before="+page[0].ID)
			if more = len(older) > 0 && newer(page[0].ID, older[len(older)-1].ID); more {
				page = append(older, page...)
			}
		}
		if err != nil {
			if ctx.Err() == nil {
				r.d.log.Info("a place could not be looked through", "platform", "discord", "err", err)
			}
			return
		}
		for _, m := range page {
			m.Channel, m.Guild, after = channel, guild, m.ID
			if u, ok := m.update(r.d.me()); ok {
				if _, ok := r.insist(ctx, u); !ok {
					return
				}
				r.d.memory.saw(channel, guild, m.ID)
			}
		}
		if !full || len(page) == 0 {
			return
		}
	}
}

// page asks for a hundred messages and returns those newer than a mark, oldest first; full says that there may be more.
func (r *receiver) page(ctx context.Context, channel, mark, which string) (page []message, full bool, err error) {
	raw, err := r.ask(ctx, channel, which)
	for _, one := range raw {
		var m message
		if json.Unmarshal(one, &m) == nil && newer(m.ID, mark) {
			page = append(page, m)
		}
	}
	slices.SortFunc(page, func(a, b message) int {
		if newer(b.ID, a.ID) {
			return -1
		}
		return 1
	})
	return page, len(raw) >= 100, err
}

// ask has patience for everything but a refusal.
func (r *receiver) ask(ctx context.Context, channel, which string) (raw []json.RawMessage, err error) {
	for pause := r.d.pace.retry; ; pause = min(2*pause, time.Minute) {
		raw = nil
		err := r.d.call(ctx, &request{
			method: http.MethodGet, path: "/channels/%s/messages", args: []string{channel}, query: "limit=100&" + which, patience: time.Minute,
		}, &raw)
		var no *refusal
		if err == nil || ctx.Err() != nil || errors.As(err, &no) && no.status < 500 {
			return raw, err
		}
		var fact *bot.SendError
		if errors.As(err, &fact) {
			pause = max(pause, fact.Wait)
		}
		bot.Pause(ctx, bot.Jitter(pause))
	}
}
