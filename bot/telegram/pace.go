package telegram

import (
	"sync"
	"time"
)

// pace keeps the bot within what Telegram allows before Telegram says so: some thirty calls a second that show something, about
// one a second in a private chat after a burst of three, twenty a minute in a group. The outbox keeps the rate of messages over all
// replicas; what it cannot know are edits, the parts of a long text, and how much a chat has had.
type pace struct {
	mu      sync.Mutex
	all     bucket
	chats   map[int64]*bucket
	perSec  float64
	perChat time.Duration
	stopped map[int64]time.Time // chats Telegram told us to leave alone
	stopAll time.Time
	now     func() time.Time
	sweepAt int
}

// bucket holds tokens; one is spent per message and comes back after a while.
type bucket struct {
	tokens float64
	last   time.Time
}

const (
	chatBurst  = 3
	groupBurst = 5
	groupPause = 4 * time.Second // with the burst, twenty in any minute
	maxPaced   = 20_000          // chats remembered; full buckets are forgotten
)

func newPace(perSecond float64, perChat time.Duration) *pace {
	return &pace{
		perSec: perSecond, perChat: perChat, chats: map[int64]*bucket{}, stopped: map[int64]time.Time{}, now: time.Now, sweepAt: maxPaced,
	}
}

// take spends a token for a message in chat if so many more are left afterwards, or says how long to wait, and whether everybody
// must.
func (p *pace) take(chat int64, spare float64) (wait time.Duration, everyone bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if w := p.stopAll.Sub(now); w > 0 {
		return w, true
	}
	if w := p.stopped[chat].Sub(now); w > 0 {
		return w, false
	}
	own, burst, pause := p.bucketOf(chat, now)
	own.fill(now, burst, pause)
	p.all.fill(now, p.perSec*0.9, time.Duration(float64(time.Second)/p.perSec))
	if short := 1 + spare - own.tokens; short > 0 {
		return max(time.Millisecond, time.Duration(short*float64(pause))), false
	}
	if short := 1 + spare - p.all.tokens; short > 0 {
		return max(time.Millisecond, time.Duration(short/p.perSec*float64(time.Second))), true
	}
	own.tokens--
	p.all.tokens--
	return 0, false
}

// landed says that a message in chat has its answer. Nothing came back while it was under way: it counts from when it arrived, which
// nobody knows but that it was before now.
func (p *pace) landed(chat int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if b := p.chats[chat]; b != nil {
		b.last = p.now()
	}
}

func (p *pace) bucketOf(chat int64, now time.Time) (b *bucket, burst float64, pause time.Duration) {
	// A hair slower than allowed: what leaves at even distances does not arrive so.
	burst, pause = chatBurst, p.perChat*21/20
	if chat < 0 {
		burst, pause = groupBurst, p.perChat*time.Duration(groupPause/time.Second)
	}
	b = p.chats[chat]
	if b == nil {
		p.sweep(now)
		b = &bucket{}
		p.chats[chat] = b
	}
	return b, burst, pause
}

// fill adds what has come back since the last look.
func (b *bucket) fill(now time.Time, burst float64, pause time.Duration) {
	if b.last.IsZero() {
		b.tokens = burst
	} else {
		b.tokens = min(burst, b.tokens+float64(now.Sub(b.last))/float64(pause))
	}
	b.last = now
}

// sweep forgets chats that have been quiet long enough.
func (p *pace) sweep(now time.Time) {
	if len(p.chats) < p.sweepAt {
		return
	}
	for chat, b := range p.chats {
		if now.Sub(b.last) > time.Minute {
			delete(p.chats, chat)
		}
	}
	for chat, until := range p.stopped {
		if until.Before(now) {
			delete(p.stopped, chat)
		}
	}
	p.sweepAt = max(maxPaced, 2*len(p.chats))
}

// stop notes that Telegram asked for a pause in chat. It does not say whether it means the chat or the bot: when two chats are told
// so at once it means the bot.
func (p *pace) stop(chat int64, d time.Duration) (everyone bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	until := now.Add(d)
	for other, end := range p.stopped {
		if end.Before(now) {
			delete(p.stopped, other)
			continue
		}
		if other != chat && other > 0 && chat > 0 {
			everyone = true
		}
	}
	if until.After(p.stopped[chat]) {
		p.stopped[chat] = until
	}
	if everyone && until.After(p.stopAll) {
		p.stopAll = until
	}
	return everyone
}
