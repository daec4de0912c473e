package telegram

import (
	"context"
	"time"

	api "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"olle/flows"
)

// showTyping lets the chat see that somebody is at it. Nothing hangs on it.
func (t *Telegram) showTyping(ctx context.Context, chat flows.Address, h handle) {
	p, ok := placeOf(chat)
	if !ok {
		return
	}
	t.act(ctx, t.current(p), h.thread)
}

// act shows it once in a while: the sign stays for five seconds.
func (t *Telegram) act(ctx context.Context, p place, thread int64) {
	if at, ok := t.typed.get(p); ok && time.Since(at) < 4*time.Second {
		return
	}
	t.typed.put(p, time.Now())
	if p.topic != 0 {
		thread = p.topic
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	_, _ = t.client.lib.SendChatAction(ctx, &api.SendChatActionParams{ChatID: p.chat, MessageThreadID: int(thread), Action: models.ChatActionTyping})
}
