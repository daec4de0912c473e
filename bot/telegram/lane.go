package telegram

import (
	"context"
	"fmt"
	"time"

	"olle/bot"
	"olle/flows"
)

// lane is what one chat has said and is not on record yet. One goroutine at a time works on it, so that its order is kept.
type lane struct {
	waiting []*wireUpdate
}

// laneOf names the chat of an update; a tap without its message belongs to who tapped.
func laneOf(u *wireUpdate) int64 {
	switch {
	case u.Message != nil:
		return u.Message.Chat.ID
	case u.Edited != nil:
		return u.Edited.Chat.ID
	case u.Tap != nil && u.Tap.Message != nil:
		return u.Tap.Message.Chat.ID
	case u.Tap != nil:
		return u.Tap.From.ID
	case u.Member != nil:
		return u.Member.Chat.ID
	}
	return 0
}

// enqueue adds an update to its lane. The poller's lock is held.
func (p *poller) enqueue(u *wireUpdate) {
	key := laneOf(u)
	if l := p.lanes[key]; l != nil {
		l.waiting = append(l.waiting, u)
		return
	}
	l := &lane{waiting: []*wireUpdate{u}}
	p.lanes[key] = l
	p.busy.Go(func() { p.drive(key, l) })
}

// drive records what waits in a lane, one after the other, until it is empty or the program stops.
func (p *poller) drive(key int64, l *lane) {
	for {
		p.mu.Lock()
		if len(l.waiting) == 0 || p.work.Err() != nil {
			delete(p.lanes, key)
			p.mu.Unlock()
			return
		}
		u := l.waiting[0]
		l.waiting = l.waiting[1:]
		p.mu.Unlock()
		if !p.insist(u) {
			return
		}
		p.recorded.Add(1)
		p.mu.Lock()
		p.taken[u.ID] = true
		p.left--
		done := p.left == 0
		p.mu.Unlock()
		if done {
			select {
			case p.ready <- struct{}{}:
			default:
			}
		}
	}
}

// insist delivers an update until it is on record; false: the program stops first, and Telegram will bring it again.
func (p *poller) insist(u *wireUpdate) bool {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := p.hand(p.work, u, p.deliver)
		if err == nil {
			return true
		}
		if p.work.Err() != nil {
			return false
		}
		p.log.Warn("an update is not on record yet", "update_id", u.ID, "wait", wait, "err", err)
		bot.Pause(p.work, wait)
	}
}

// typingAfter is how long a turn may take before the chat sees that somebody is at it.
const typingAfter = 300 * time.Millisecond

// hand delivers one update, whichever way it came.
func (t *Telegram) hand(ctx context.Context, w *wireUpdate, deliver bot.Deliver) error {
	u, ok := t.readSafely(w)
	if !ok {
		if w.Tap != nil && w.Tap.ID != "" {
			t.taps.settle(w.Tap.ID) // a tap on something that means nothing: the client must not spin for ever
		}
		return nil
	}
	slow := time.AfterFunc(typingAfter, func() { t.showTyping(ctx, u.Chat, handleOf(u.Reply)) })
	defer slow.Stop()
	if w.Tap != nil {
		t.taps.open(w.Tap.ID)
	}
	got, err := deliver(ctx, u)
	if err != nil {
		return err
	}
	if w.Tap != nil {
		t.tapped(ctx, u, got)
	}
	return nil
}

// readSafely is read; an update that makes it panic is set aside like one that cannot be decoded.
func (t *Telegram) readSafely(w *wireUpdate) (u flows.Update, ok bool) {
	defer func() {
		if v := recover(); v != nil {
			t.counts.unreadable.Add(1)
			t.log.Error("reading an update panicked; it is set aside", "update_id", w.ID, "panic", fmt.Sprintf("%T", v))
			u, ok = flows.Update{}, false
		}
	}()
	return t.read(w)
}

// tapped ends what a tap began: nothing more to say, the client is told at once; the buttons have done their work.
func (t *Telegram) tapped(ctx context.Context, u flows.Update, got bot.Receipt) {
	h := handleOf(u.Reply)
	if got.Seen || len(got.Messages) == 0 {
		t.taps.settle(h.tap)
	}
	if u.Private && h.message != 0 && !flows.Stays(u.Choice) {
		t.removals.start(ctx, h.chat, h.message, t.removeKeyboard)
	}
}
