package telegram

import (
	"context"
	"sync"
	"time"

	api "github.com/go-telegram/bot"

	"olle/bot"
)

// tapTime is how long a tap waits for words to be shown with its answer. Nobody notices it; without it a turn that only wants to
// acknowledge ("counted") would have to send a message.
const tapTime = 150 * time.Millisecond

// taps are the taps not answered yet. Each is answered once: with the first thing the bot says to it, when the turn is over and
// says nothing, or after tapTime, whatever becomes of the turn.
type taps struct {
	mu      sync.Mutex
	waiting map[string]*time.Timer
	answer  func(id, text string)
}

func newTaps(answer func(id, text string)) *taps {
	return &taps{waiting: map[string]*time.Timer{}, answer: answer}
}

// open begins to wait for an answer. A tap that is delivered again keeps its time.
func (t *taps) open(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting[id] == nil {
		t.waiting[id] = time.AfterFunc(tapTime, func() { t.settle(id) })
	}
}

// claim says that the tap is not answered yet; the caller answers it now.
func (t *taps) claim(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	timer := t.waiting[id]
	if timer == nil {
		return false
	}
	timer.Stop()
	delete(t.waiting, id)
	return true
}

// settle answers the tap without words unless that was done.
func (t *taps) settle(id string) {
	if t.claim(id) {
		go t.answer(id, "")
	}
}

// answerTap stops the client's waiting. It is tried a few times: nothing hangs on it but a spinning button.
func (t *Telegram) answerTap(id, text string) {
	for wait := 500 * time.Millisecond; wait < 5*time.Second; wait *= 2 {
		err := t.answerTapOnce(context.Background(), id, text)
		e := asAPI(err)
		if e == nil || e.Code != 0 && e.Code < 500 && e.Code != 429 {
			return
		}
		time.Sleep(waitOf(err, wait))
	}
}

func (t *Telegram) answerTapOnce(ctx context.Context, id, text string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := t.client.lib.AnswerCallbackQuery(ctx, &api.AnswerCallbackQueryParams{CallbackQueryID: id, Text: text})
	return err
}

// spot is one message in one chat.
type spot struct{ chat, message int64 }

// removals are keyboards that are being taken away. An edit of the same message overtakes its removal: otherwise a late removal
// could take the new buttons.
type removals struct {
	mu   sync.Mutex
	runs map[spot]*removal
}

type removal struct {
	cancel context.CancelFunc
	done   chan struct{}
}

func newRemovals() *removals { return &removals{runs: map[spot]*removal{}} }

// start begins a removal unless one is on its way.
func (r *removals) start(ctx context.Context, chat, message int64, remove func(ctx context.Context, s spot)) {
	s := spot{chat, message}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs[s] != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTime)
	run := &removal{cancel, make(chan struct{})}
	r.runs[s] = run
	go func() {
		defer close(run.done)
		remove(ctx, s)
		cancel()
		r.mu.Lock()
		delete(r.runs, s)
		r.mu.Unlock()
	}()
}

// overtake ends a removal of the message's keyboard and waits until it can do nothing any more.
func (r *removals) overtake(ctx context.Context, s spot) {
	r.mu.Lock()
	run := r.runs[s]
	r.mu.Unlock()
	if run == nil {
		return
	}
	run.cancel()
	select {
	case <-run.done:
	case <-ctx.Done():
	}
}

const (
	removeTime  = time.Minute
	removeAfter = 40 * time.Millisecond // the answer goes first
)

// removeKeyboard takes the buttons off a message, when the limits leave room for it: answers matter more.
func (t *Telegram) removeKeyboard(ctx context.Context, s spot) {
	bot.Pause(ctx, removeAfter)
	for ctx.Err() == nil {
		if wait, _ := t.pace.take(s.chat, 1); wait > 0 {
			bot.Pause(ctx, wait)
			continue
		}
		err := t.client.call(ctx, "editMessageReplyMarkup", api.EditMessageReplyMarkupParams{ChatID: s.chat, MessageID: int(s.message)}, nil)
		t.pace.landed(s.chat)
		e := asAPI(err)
		if e == nil || e.Code != 0 && e.Code < 500 && e.Code != 429 {
			return
		}
		if e.Code == 429 {
			t.pace.stop(s.chat, waitOf(err, time.Second))
		}
		bot.Pause(ctx, waitOf(err, time.Second))
	}
}
