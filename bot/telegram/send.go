package telegram

import (
	"context"
	"errors"
	"strconv"
	"time"

	api "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"olle/bot"
	"olle/flows"
)

// progress is how far a message has come, by its ID. Telegram takes no key that would tell a repeat from something new, so this
// process remembers: what is shown is not shown again, and a long text goes on where it was interrupted.
type progress struct {
	parts int    // shown
	last  string // Telegram's ID of the newest
	done  bool
	doubt bool // the next part may be shown already
}

// Send shows one message: as one piece if it fits, with its choices as buttons under the last.
func (t *Telegram) Send(ctx context.Context, id string, m flows.Message) (string, error) {
	to, ok := placeOf(m.To)
	if !ok {
		return "", &bot.SendError{Gone: true, Err: errors.New("telegram: not an address of this platform")}
	}
	was, _ := t.delivered.get(id)
	if was.done {
		return was.last, nil
	}
	h := handleOf(m.Reply)
	if h.tap != "" && t.acknowledge(ctx, h, m) {
		return "", nil
	}
	all := partsOf(m)
	if len(all) > 0 && all[0].edit != 0 {
		t.removals.overtake(ctx, spot{to.chat, all[0].edit})
	}
	for was.parts < len(all) {
		sent, err := t.showOnce(ctx, to, h, all[was.parts], &was)
		if was.parts > 0 && err != nil && t.rests(ctx, err) {
			continue
		}
		if err != nil {
			t.delivered.put(id, was)
			return "", err
		}
		was.parts, was.last = was.parts+1, sent
	}
	was.done = true
	t.delivered.put(id, was)
	return was.last, nil
}

// rests waits as long as the chat or Telegram asks for in the middle of a message, if there is time for it: another replica that went on would
// show it from the beginning.
func (t *Telegram) rests(ctx context.Context, err error) bool {
	const call = 3 * time.Second // is left for the part
	var asked *bot.SendError
	end, limited := ctx.Deadline()
	if !errors.As(err, &asked) || asked.Wait <= 0 || limited && time.Until(end) < asked.Wait+call {
		return false
	}
	bot.Pause(ctx, asked.Wait)
	return ctx.Err() == nil
}

// acknowledge answers the tap this message answers, and says whether that was all.
func (t *Telegram) acknowledge(ctx context.Context, h handle, m flows.Message) bool {
	if m.Ack && m.Text != "" && m.File == nil && bot.Units(m.Text) <= maxToast && t.taps.claim(h.tap) {
		return t.answerTapOnce(ctx, h.tap, validUTF8(m.Text)) == nil // else it is said as a message
	}
	t.taps.settle(h.tap)
	return m.Ack && m.Text == "" && m.File == nil
}

// showOnce shows one part within the limits, and keeps account of sends whose fate is unknown.
func (t *Telegram) showOnce(ctx context.Context, to place, h handle, p part, was *progress) (string, error) {
	to = t.current(to)
	if wait, everyone := t.pace.take(to.chat, 0); wait > 0 {
		return "", &bot.SendError{Wait: wait, Everyone: everyone, Err: errors.New("telegram: the chat has had as much as it may")}
	}
	if was.doubt && p.edit == 0 {
		t.counts.repeated.Add(1)
		was.doubt = false
	}
	sent, err := t.show(ctx, to, h, p)
	t.pace.landed(to.chat)
	if err == nil {
		was.doubt = false
		return sent, nil
	}
	if e := asAPI(err); e != nil && e.inDoubt() && p.edit == 0 {
		t.counts.doubtful.Add(1)
		was.doubt = true
		t.log.Warn("a send got no answer; it may show twice", "method", e.Method)
	}
	return "", t.fact(to.chat, err)
}

// show calls Telegram, and again where its answer says how to do better: a group has moved, a topic or the message to edit is gone.
func (t *Telegram) show(ctx context.Context, to place, h handle, p part) (string, error) {
	for range 4 {
		sent, err := t.attempt(ctx, to, h, p)
		e := asAPI(err)
		switch {
		case e == nil:
			return sent, err
		case e.Migrate != 0 && e.Migrate != to.chat:
			t.follow(to.chat, e.Migrate)
			to.chat = e.Migrate
		case p.edit != 0 && e.says("is not modified"):
			return strconv.FormatInt(p.edit, 10), nil
		case p.edit != 0 && p.file != nil && e.Code == 400 && e.says("no caption in the message"): // it went without its file
			p.file = nil
		case p.edit != 0 && e.Code == 400 && e.says("no text in the message"): // its file is taken back
			_ = t.client.call(ctx, "deleteMessage", api.DeleteMessageParams{ChatID: to.chat, MessageID: int(p.edit)}, nil) // too old: it stays
			p.edit = 0
		case p.edit != 0 && e.Code == 400 && e.says("message to edit not found", "can't be edited", "message_id_invalid"):
			p.edit = 0
		case e.Code == 400 && e.says("thread not found", "topic_deleted", "topic_closed") && (to.topic != 0 || h.thread != 0):
			to.topic, h.thread = 0, 0
		default:
			return "", err
		}
	}
	return "", &apiError{Method: "sendMessage", Description: "sent from one place to the next without end"}
}

func (t *Telegram) attempt(ctx context.Context, to place, h handle, p part) (string, error) {
	thread, answers := to.topic, int64(0)
	if h.chat == to.chat {
		if thread == 0 {
			thread = h.thread
		}
		if to.chat < 0 && h.tap == "" {
			answers = h.message
		}
	}
	if p.file != nil && p.edit != 0 {
		err := t.client.call(ctx, "editMessageCaption", api.EditMessageCaptionParams{
			ChatID: to.chat, MessageID: int(p.edit), Caption: p.text, ReplyMarkup: p.markup(),
		}, nil)
		return strconv.FormatInt(p.edit, 10), err
	}
	if p.file != nil {
		return t.sendFile(ctx, to.chat, thread, p)
	}
	var result shown
	if p.edit != 0 {
		err := t.client.call(ctx, "editMessageText", api.EditMessageTextParams{
			ChatID: to.chat, MessageID: int(p.edit), Text: p.text, LinkPreviewOptions: noPreview, ReplyMarkup: p.markup(),
		}, nil)
		return strconv.FormatInt(p.edit, 10), err
	}
	params := api.SendMessageParams{
		ChatID: to.chat, MessageThreadID: int(thread), Text: p.text, LinkPreviewOptions: noPreview, ReplyMarkup: p.markup(),
	}
	if answers != 0 {
		params.ReplyParameters = &models.ReplyParameters{MessageID: int(answers), AllowSendingWithoutReply: true}
	}
	err := t.client.call(ctx, "sendMessage", params, &result)
	return strconv.FormatInt(result.ID, 10), err
}

var noPreview = &models.LinkPreviewOptions{IsDisabled: api.True()}

// follow notes that a group has another number: what is said to it goes there, and what comes from there is from the group that is known.
func (t *Telegram) follow(was, is int64) {
	t.moved.put(was, is)
	t.former.put(is, was)
}

// known is the place by the number it had before its group moved.
func (t *Telegram) known(p place) place {
	for range 3 {
		if was, ok := t.former.get(p.chat); ok {
			p.chat = was
		}
	}
	return p
}

// current follows a group to where it has moved.
func (t *Telegram) current(p place) place {
	for range 3 {
		to, ok := t.moved.get(p.chat)
		if !ok || to == p.chat {
			break
		}
		p.chat = to
	}
	return p
}
