package telegram

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	api "github.com/go-telegram/bot"

	"olle/bot"
	"olle/bot/gate"
)

const (
	maxPushed    = 1 << 20 // bytes of one update
	pushed       = 50      // updates Telegram may push at once
	secretHeader = "X-Telegram-Bot-Api-Secret-Token"
	watchEvery   = time.Minute
	startWait    = time.Second // a start takes less, where Telegram answers
)

// strangerRate bounds, per network address, requests without the secret. Telegram's own are under no limit: they come from few addresses.
var strangerRate = gate.Rate{PerSecond: 1, Burst: 20}

// derivedSecret is a webhook secret that all replicas know and nobody can turn back into the token.
func derivedSecret(token string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("olle telegram webhook"))
	return hex.EncodeToString(mac.Sum(nil))
}

// receivePushed registers the webhook and lets WebhookHandler deliver until ctx ends. The registration stays: Telegram keeps what
// comes meanwhile and tries again.
func (t *Telegram) receivePushed(ctx context.Context, deliver bot.Deliver) error {
	own := &shift{deliver}
	t.shift.Store(own)
	t.begin()
	defer t.shift.CompareAndSwap(own, nil)
	for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, 30*time.Second) {
		err := t.register(ctx)
		if err == nil {
			break
		}
		if sentence := refusal(err); sentence != nil {
			return sentence
		}
		if e := asAPI(err); e != nil && e.Code == 400 && !e.Foreign {
			return errors.New("telegram: the webhook's address is refused (" + e.Description + "): OLLE_TELEGRAM_WEBHOOK_URL must be an https address that Telegram can reach")
		}
		if ctx.Err() == nil {
			t.log.Warn("cannot register the webhook yet", "err", err)
		}
		bot.Pause(ctx, waitOf(err, wait))
	}
	t.publishMenus(ctx)
	for ctx.Err() == nil {
		bot.Pause(ctx, watchEvery)
		t.watchWebhook(ctx)
	}
	return nil
}

func (t *Telegram) register(ctx context.Context) error {
	_, err := t.client.lib.SetWebhook(ctx, &api.SetWebhookParams{
		URL: t.opt.WebhookURL, SecretToken: t.secret, AllowedUpdates: allowedUpdates, MaxConnections: pushed,
	})
	return err
}

// watchWebhook notices when somebody else took the webhook away, or Telegram cannot reach it.
func (t *Telegram) watchWebhook(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	info, err := t.client.lib.GetWebhookInfo(ctx)
	if err != nil {
		return
	}
	sentence := t.webhookTrouble(info.URL, info.LastErrorDate, info.LastErrorMessage)
	if sentence != "" {
		t.log.Warn(sentence, "waiting", info.PendingUpdateCount)
	}
	t.report(sentence)
}

// webhookTrouble says what is wrong with the registration; "" nothing.
func (t *Telegram) webhookTrouble(url string, failed int, why string) string {
	switch {
	case url == "":
		return "telegram: the webhook was removed, perhaps by a program that polls with this token: stop that one and restart this one"
	case url != t.opt.WebhookURL:
		return "telegram: a webhook of another program is set for this token: stop that one and restart this one, or get a token of its own from BotFather"
	case failed != 0 && time.Since(time.Unix(int64(failed), 0)) < 2*watchEvery:
		return "telegram: Telegram cannot deliver to the webhook (" + shorten(why, 120) + "): check OLLE_TELEGRAM_WEBHOOK_URL, its certificate and the proxy before it"
	}
	return ""
}

// WebhookHandler takes what Telegram pushes. It answers 200 only when the update is on record (or can never be read), and else a
// status after which Telegram tries again.
func (t *Telegram) WebhookHandler() http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(t.takePushed(rw, r)) })
}

func (t *Telegram) takePushed(rw http.ResponseWriter, r *http.Request) int {
	if r.Method != http.MethodPost {
		rw.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed
	}
	given, want := sha256.Sum256([]byte(r.Header.Get(secretHeader))), sha256.Sum256([]byte(t.secret))
	if subtle.ConstantTimeCompare(given[:], want[:]) != 1 {
		return t.turnAway(rw, r)
	}
	on := t.onShift(r.Context())
	if on == nil {
		return http.StatusServiceUnavailable
	}
	body, err := readPushed(rw, r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case err != nil:
		return http.StatusInternalServerError
	}
	u := &wireUpdate{}
	if err := json.Unmarshal(body, u); err != nil || u.ID == 0 {
		t.counts.unreadable.Add(1)
		t.log.Error("an update cannot be read; it is set aside", "bytes", len(body))
		return http.StatusOK
	}
	if err := t.hand(r.Context(), u, on.deliver); err != nil {
		t.log.Warn("an update is not on record yet", "update_id", u.ID, "err", err)
		return http.StatusInternalServerError
	}
	return http.StatusOK
}

// onShift is the shift that takes an update. While the program starts the first is waited for: whoever writes then is answered at once,
// and not when Telegram tries again.
func (t *Telegram) onShift(ctx context.Context) *shift {
	on := t.shift.Load()
	if on != nil {
		return on
	}
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	select {
	case <-t.begun:
	case <-ctx.Done():
	}
	return t.shift.Load()
}

// turnAway answers who does not know the secret. Nothing of the body is read, and the connection ends, so that nobody has to wait for it.
func (t *Telegram) turnAway(rw http.ResponseWriter, r *http.Request) int {
	rw.Header().Set("Connection", "close")
	if wait := t.strangers.TakePeer(t.opt.Peer(r)); wait > 0 {
		gate.ComeBack(rw, wait)
		return http.StatusTooManyRequests
	}
	return http.StatusUnauthorized
}

// readPushed reads an update of at most maxPushed bytes.
func readPushed(rw http.ResponseWriter, r *http.Request) ([]byte, error) {
	body := bytes.NewBuffer(make([]byte, 0, min(max(r.ContentLength, 0), maxPushed)+bytes.MinRead))
	_, err := body.ReadFrom(http.MaxBytesReader(rw, r.Body, maxPushed))
	return body.Bytes(), err
}
