// Package telegram is the chat network Telegram, reached by its Bot API.
//
// It hides polling and webhooks, wire formats, keyboards, limits and the API's moods, and promises: an update is confirmed to
// Telegram only when it is on record; what one chat says arrives in order while chats do not wait for each other; one update that
// cannot be read never stops the rest; text is shown as it is, since no markup is ever interpreted; the token is in no error and
// no log.
//
// It is separate from the other networks because nothing of this is shared with them but the contract bot.Platform. Calls with
// plain results go through the library go-telegram/bot; where its types would fail a whole answer for one unknown value (updates,
// sent messages), the call is ours, with structures of the few fields that are used.
package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"olle/bot"
	"olle/bot/gate"
	"olle/flows"
)

// Options are what a Telegram needs; only Token has no default.
type Options struct {
	Token  string // as BotFather gave it, "123456:ABC…"
	APIURL string // base of the API server; "": https://api.telegram.org

	WebhookURL    string // where Telegram reaches WebhookHandler; "": the bot polls
	WebhookSecret string // 1 to 256 of A–Z a–z 0–9 _ -; "": one derived from the token, the same in every replica
	// Peer tells whose rate a call without the secret counts against; nil: the connection's address.
	Peer func(r *http.Request) string

	Menus []Menu // what clients list under "/"

	// Lease is the right to poll: Telegram lets one process poll per token, so replicas need it. Nil: this is the only process.
	Lease bot.Lease
	// Open reads a file the bot sends (Message.File). Nil: such messages are refused.
	Open func(ctx context.Context, f flows.File) (io.ReadCloser, error)
	Log  *slog.Logger // nil: nothing is logged

	PerSecond float64       // messages over all chats; 0: the documented 30
	PerChat   time.Duration // pace within one private chat, after a burst of three; 0: the documented second
}

// Telegram is the platform "telegram".
type Telegram struct {
	opt    Options
	log    *slog.Logger
	client *client
	id     int64 // the bot's own, from the token
	secret string

	me      atomic.Pointer[identity] // known once Telegram has answered
	shift   atomic.Pointer[shift]    // set while updates are received by webhook
	begun   chan struct{}            // closed when the first shift begins
	begin   func()                   // closes it
	polling atomic.Bool
	trouble atomic.Pointer[string] // what keeps it from receiving just now, a sentence for the operator

	pace      *pace
	taps      *taps
	removals  *removals
	moved     *memory[int64, int64] // groups that became supergroups
	former    *memory[int64, int64] // likewise, from the new number to the one by which others know the group
	newest    *memory[int64, last]  // by chat, for edits
	delivered *memory[string, progress]
	uploaded  *memory[string, string] // Telegram's names of files that go to many
	typed     *memory[place, time.Time]
	counts    counters
	strangers *gate.Rates // calls of the webhook without its secret
}

// identity is how the bot is called and mentioned.
type identity struct {
	ID       int64
	Username string
}

// shift is the time updates are taken by webhook.
type shift struct{ deliver bot.Deliver }

var (
	_ bot.Platform = (*Telegram)(nil)
	_ bot.Troubled = (*Telegram)(nil)
)

const publicAPI = "https://api.telegram.org"

var (
	tokenForm  = regexp.MustCompile(`^[0-9]{1,20}:[A-Za-z0-9_-]+$`)
	secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

// New checks the options; it asks nobody yet.
func New(o Options) (*Telegram, error) {
	if !tokenForm.MatchString(o.Token) {
		return nil, errors.New("telegram: the token does not look like one: copy it from BotFather, as in 123456:ABC…")
	}
	o.fill()
	if err := checkAddress(o.APIURL); err != nil {
		return nil, fmt.Errorf("telegram: the address of the API: %w", err)
	}
	if o.WebhookURL != "" {
		if err := checkAddress(o.WebhookURL); err != nil {
			return nil, fmt.Errorf("telegram: the address of the webhook: %w", err)
		}
	}
	if len(o.WebhookSecret) > 256 || !secretForm.MatchString(o.WebhookSecret) {
		return nil, errors.New("telegram: the webhook secret may hold 1 to 256 of A–Z, a–z, 0–9, _ and -")
	}
	number, _, _ := strings.Cut(o.Token, ":")
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return nil, errors.New("telegram: the token's number is too large to be real")
	}
	t := &Telegram{
		opt: o, log: o.Log.With("platform", "telegram"), id: id, secret: o.WebhookSecret,
		begun: make(chan struct{}), pace: newPace(o.PerSecond, o.PerChat), removals: newRemovals(),
		moved: newMemory[int64, int64](10_000), former: newMemory[int64, int64](10_000), newest: newMemory[int64, last](10_000), delivered: newMemory[string, progress](5_000), uploaded: newMemory[string, string](100),
		typed: newMemory[place, time.Time](1_000), strangers: gate.NewRates(strangerRate),
	}
	t.begin = sync.OnceFunc(func() { close(t.begun) })
	t.taps = newTaps(t.answerTap)
	t.client, err = newClient(o.APIURL, o.Token)
	return t, err
}

func (o *Options) fill() {
	if o.Peer == nil {
		o.Peer = gate.Peer(nil)
	}
	if o.APIURL == "" {
		o.APIURL = publicAPI
	}
	o.APIURL = strings.TrimRight(o.APIURL, "/")
	if o.WebhookSecret == "" {
		o.WebhookSecret = derivedSecret(o.Token)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.PerSecond <= 0 {
		o.PerSecond = 30
	}
	if o.PerChat <= 0 {
		o.PerChat = time.Second
	}
}

func checkAddress(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return errors.New("it must begin with https:// (or http://) and name a host")
	}
	return nil
}

// Name is the platform's name in addresses.
func (t *Telegram) Name() string { return "telegram" }

// Limits are what Telegram documents for bots: some thirty messages a second overall, one a second in a chat, 4,096 UTF-16 units in
// a message, 20 MB in a download. A hair of the rate is left to edits and to the further parts of long answers, which the outbox does
// not see: when they are many, the pace of this process makes the outbox wait for them.
func (t *Telegram) Limits() bot.Limits {
	rate := t.opt.PerSecond * 0.985
	return bot.Limits{
		PerSecond: rate, Burst: max(1, int(rate*4/5)), PerChat: t.opt.PerChat, Workers: 48,
	}
}

// Receive delivers updates until ctx ends: by webhook if there is an address for it, else by polling. Its error is a sentence for
// the operator: a token that Telegram does not (any longer) accept.
func (t *Telegram) Receive(ctx context.Context, deliver bot.Deliver) error {
	if err := t.identify(ctx); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return nil
	}
	if t.opt.WebhookURL != "" {
		return t.receivePushed(ctx, deliver)
	}
	return t.opt.Lease.WhileHeld(ctx, t.right(), t.log, func(ctx context.Context) error { return t.poll(ctx, deliver) })
}

// right names what one process at a time may do.
func (t *Telegram) right() string { return fmt.Sprint("telegram/", t.id) }

// identify asks who the bot is, until Telegram answers.
func (t *Telegram) identify(ctx context.Context) error {
	for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, 30*time.Second) {
		err := t.learnName(ctx)
		if err == nil {
			t.report("")
			return nil
		}
		if ctx.Err() != nil {
			return nil
		}
		if sentence := refusal(err); sentence != nil {
			return sentence
		}
		t.report("telegram: the API at " + t.opt.APIURL + " does not answer; check the network and OLLE_TELEGRAM_API_URL")
		t.log.Warn("the API does not answer yet", "err", err)
		bot.Pause(ctx, waitOf(err, wait))
	}
	return nil
}

func (t *Telegram) learnName(ctx context.Context) error {
	me, err := t.client.lib.GetMe(ctx)
	if err != nil {
		return err
	}
	t.me.Store(&identity{ID: me.ID, Username: me.Username})
	return nil
}

// report keeps what an operator should know; "" all is well.
func (t *Telegram) report(sentence string) {
	if sentence == "" {
		t.trouble.Store(nil)
		return
	}
	t.trouble.Store(&sentence)
}
