package telegram

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	api "github.com/go-telegram/bot"

	"olle/bot"
)

const (
	pollTime   = 25 * time.Second // Telegram holds an empty poll so long
	pollSlack  = 15 * time.Second
	batchSize  = 100
	stopTime   = 2500 * time.Millisecond // for turns under way when the program stops
	maxRefused = 3                       // refusals of the token in a row until it counts as revoked
)

// poller takes updates in batches and confirms them, by the offset of the next call, only when they are on record. It keeps no
// offset over a restart or an empty batch: Telegram remembers what is unconfirmed, and may begin its numbers anew after a quiet
// week.
type poller struct {
	*Telegram
	deliver bot.Deliver
	offset  int64 // confirms everything below; 0: nothing to confirm

	mu    sync.Mutex
	taken map[int64]bool // updates since the offset: true when on record
	lanes map[int64]*lane
	left  int           // taken and not on record
	ready chan struct{} // signalled when left falls to 0

	recorded atomic.Int64 // since the start
	work     context.Context
	busy     sync.WaitGroup
}

// poll reads updates until ctx ends, or Telegram does not accept the token any longer.
func (t *Telegram) poll(ctx context.Context, deliver bot.Deliver) error {
	if err := t.takeOver(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	t.polling.Store(true)
	defer t.polling.Store(false)
	defer t.report("") // another replica's from here on
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	p := &poller{Telegram: t, deliver: deliver, taken: map[int64]bool{}, lanes: map[int64]*lane{}, ready: make(chan struct{}, 1), work: work}
	p.busy.Go(func() { t.publishMenus(ctx) })
	err := p.run(ctx)
	stop := time.AfterFunc(stopTime, cancel)
	p.busy.Wait()
	stop.Stop()
	p.confirm(ctx)
	return err
}

// takeOver removes a webhook, which would keep polls from being answered. What waits is kept.
func (t *Telegram) takeOver(ctx context.Context) error {
	for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, 30*time.Second) {
		_, err := t.client.lib.DeleteWebhook(ctx, &api.DeleteWebhookParams{})
		if err == nil {
			break
		}
		if sentence := refusal(err); sentence != nil {
			return sentence
		}
		if ctx.Err() == nil {
			t.log.Warn("cannot turn a webhook off yet", "err", err)
		}
		bot.Pause(ctx, waitOf(err, wait))
	}
	return nil
}

func (p *poller) run(ctx context.Context) error {
	refused, failures := 0, 0
	patience := leastPatience
	for ctx.Err() == nil {
		batch, err := p.fetch(ctx, p.offset, batchSize, pollTime)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			if sentence := refusal(err); sentence != nil {
				if refused++; refused == maxRefused {
					return sentence
				}
			}
			failures++
			p.putOff(ctx, err, failures)
			continue
		}
		if failures > 0 {
			p.report("")
		}
		refused, failures = 0, 0
		p.forget()
		p.take(batch)
		patience = p.settle(ctx, patience)
	}
	return nil
}

// fetch asks for updates. Each comes as its own piece, so that one which cannot be read does not take others with it.
func (p *poller) fetch(ctx context.Context, offset int64, limit int, hold time.Duration) ([]json.RawMessage, error) {
	params := map[string]any{"limit": limit, "timeout": int(hold / time.Second), "allowed_updates": allowedUpdates}
	if offset != 0 {
		params["offset"] = offset
	}
	var batch []json.RawMessage
	err := p.client.wait(ctx, hold+pollSlack, "getUpdates", params, &batch)
	return batch, err
}

// putOff waits after a failed poll and says why when the operator can do something about it.
func (p *poller) putOff(ctx context.Context, err error, failures int) {
	wait := waitOf(err, min(time.Second<<min(failures-1, 5), 30*time.Second))
	if e := asAPI(err); e != nil && e.Code == 409 {
		sentence := conflict(e)
		p.report(sentence)
		p.log.Warn(sentence)
		wait = min(3*time.Second*time.Duration(failures), 30*time.Second)
	} else if failures == 1 || failures%10 == 0 {
		p.log.Warn("cannot poll; trying again", "err", err, "failures", failures)
	}
	if failures >= 3 && p.trouble.Load() == nil {
		p.report("telegram: polling fails: " + err.Error())
	}
	bot.Pause(ctx, wait)
}

func conflict(e *apiError) string {
	if e.says("webhook") {
		return "telegram: a webhook is set for this token elsewhere, so polling gets nothing: stop the other program, or set OLLE_TELEGRAM_WEBHOOK_URL here, or restart to take over"
	}
	return "telegram: another program polls with this token; it and this one take updates from each other: stop it, or get a token of its own from BotFather"
}

// forget drops what the last call has confirmed.
func (p *poller) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, done := range p.taken {
		if done && id < p.offset {
			delete(p.taken, id)
		}
	}
	if p.offset != 0 && len(p.taken) == 0 {
		p.offset = 0
	}
}

// arrival is one update of a batch.
type arrival struct {
	id     int64
	update *wireUpdate // nil: it cannot be read
	bytes  int
}

// take puts new updates into the lanes of their chats, in the order of their numbers, whatever order they came in.
func (p *poller) take(batch []json.RawMessage) {
	came := make([]arrival, 0, len(batch))
	for _, raw := range batch {
		a, ok := p.open(raw)
		if !ok {
			continue
		}
		came = append(came, a)
	}
	slices.SortStableFunc(came, func(a, b arrival) int { return cmp.Compare(a.id, b.id) })
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range came {
		if _, known := p.taken[a.id]; known {
			continue
		}
		p.taken[a.id] = a.update == nil
		if a.update == nil {
			p.counts.unreadable.Add(1)
			p.log.Error("an update cannot be read; it is set aside", "update", fmt.Sprint("telegram:u", a.id), "bytes", a.bytes)
			continue
		}
		p.left++
		p.enqueue(a.update)
	}
	p.advance()
}

// open reads one update. What cannot be read is counted (once, however often it comes), logged without its content, and confirmed with
// the rest.
func (p *poller) open(raw json.RawMessage) (arrival, bool) {
	var head struct {
		ID *int64 `json:"update_id"`
	}
	u := &wireUpdate{}
	if json.Unmarshal(raw, u) == nil && u.ID != 0 {
		return arrival{u.ID, u, len(raw)}, true
	}
	_ = json.Unmarshal(raw, &head)
	if head.ID == nil {
		p.counts.unreadable.Add(1)
		p.log.Error("an update without a number cannot be read; it is confirmed with the next", "bytes", len(raw))
		return arrival{}, false
	}
	return arrival{id: *head.ID, bytes: len(raw)}, true
}

// advance moves the offset over everything on record from the start. The lock is held.
func (p *poller) advance() {
	var most, least int64
	for id, done := range p.taken {
		if most == 0 || id > most {
			most = id
		}
		if !done && (least == 0 || id < least) {
			least = id
		}
	}
	switch {
	case least != 0:
		p.offset = least
	case most != 0:
		p.offset = most + 1
	}
}

const (
	leastPatience = 3 * time.Millisecond
	mostPatience  = 5 * time.Second
)

// settle waits until everything taken is on record. A chat that takes long holds up only itself: after some patience the next poll
// goes out, whose offset confirms only what is before the slow one. It brings the slow ones again, at once, so patience doubles as
// long as nothing gets done.
func (p *poller) settle(ctx context.Context, patience time.Duration) time.Duration {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	before := p.recorded.Load()
	for {
		p.mu.Lock()
		left := p.left
		p.advance()
		p.mu.Unlock()
		if left == 0 {
			return leastPatience
		}
		select {
		case <-p.ready:
		case <-timer.C:
			if p.recorded.Load() > before {
				return leastPatience
			}
			return min(2*patience, mostPatience)
		case <-ctx.Done():
			return patience
		}
	}
}

// confirm tells Telegram what is on record when the program stops, so that the next start does not get it again.
func (p *poller) confirm(ctx context.Context) {
	p.mu.Lock()
	p.advance()
	fresh := len(p.taken) > 0
	p.mu.Unlock()
	if p.offset == 0 || !fresh || context.Cause(ctx) == bot.ErrLeaseLost {
		return
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 1500*time.Millisecond)
	defer cancel()
	if _, err := p.fetch(last, p.offset, 1, 0); err != nil {
		p.log.Info("the last updates are on record but not confirmed; they will come again and count once", "err", err)
	}
}
