package telegram

import (
	"context"
	"errors"
	"fmt"
	"time"

	"olle/bot"
)

// Check says in one sentence what keeps the bot from working, and what to do; nil when nothing does. It is for start-up and
// doctor, and confirms no update.
func (t *Telegram) Check(ctx context.Context) error {
	if err := t.learnName(ctx); err != nil {
		if sentence := refusal(err); sentence != nil {
			return sentence
		}
		return fmt.Errorf("telegram: the API at %s does not answer (%w): check the network, or OLLE_TELEGRAM_API_URL if it is set", t.opt.APIURL, err)
	}
	info, err := t.client.lib.GetWebhookInfo(ctx)
	if err != nil {
		return fmt.Errorf("telegram: cannot ask for the webhook: %w", err)
	}
	switch {
	case t.opt.WebhookURL != "" && info.URL != "":
		if sentence := t.webhookTrouble(info.URL, info.LastErrorDate, info.LastErrorMessage); sentence != "" {
			return errors.New(sentence)
		}
	case t.opt.WebhookURL == "" && info.URL != "":
		return errors.New("telegram: a webhook is set for this token, so polling would get nothing: starting the bot removes it; if another program needs it, get a token of its own from BotFather")
	}
	if err := t.Trouble(); err != nil {
		return err
	}
	if t.opt.WebhookURL == "" {
		return t.findRival(ctx)
	}
	return nil
}

// Trouble is what keeps it from receiving just now.
func (t *Telegram) Trouble() error {
	if sentence := t.trouble.Load(); sentence != nil {
		return errors.New(*sentence)
	}
	return nil
}

// rivalTime is how long Check listens. A program that polls with the same token ends our poll when it begins its next.
const rivalTime = 2 * time.Second

// findRival polls for a moment, if no replica of ours does: should somebody else poll, Telegram ends one of the two.
func (t *Telegram) findRival(ctx context.Context) error {
	if t.polling.Load() || t.opt.Lease == nil {
		return nil
	}
	held, err := t.opt.Lease(ctx, t.right(), bot.LeaseTime)
	if err != nil || !held {
		return nil // one of ours polls
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_, _ = t.opt.Lease(last, t.right(), 0)
	}()
	p := &poller{Telegram: t}
	_, err = p.fetch(ctx, 0, 1, rivalTime)
	if e := asAPI(err); e != nil && e.Code == 409 {
		return errors.New(conflict(e))
	}
	return nil
}
