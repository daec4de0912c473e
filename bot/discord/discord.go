// Package discord is Discord as a platform.
//
// It hides the gateway with its sessions, shards and close codes, the REST interface with its rate limits, and the three seconds in
// which an interaction must be acknowledged. It promises: an event is confirmed to Discord (by the sequence number a session is
// resumed from, and by the message that back-fill starts after) only when it is on record; a message carries an enforced nonce, so
// that a repeat shows once; what a person typed is never interpreted as markup and never pings anybody; an interaction is always
// acknowledged in time, whatever the turn does. It is separate because nothing of this concerns anybody else.
//
// REST goes through discordgo's request function and types. The gateway is our own (gateway.go says why).
package discord

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"
	"golang.org/x/time/rate"

	"olle/bot"
	"olle/flows"
)

// Options are what a Discord needs; only the token has no default.
type Options struct {
	Token    string    // of the bot, with or without "Bot " before it
	APIURL   string    // base; "": https://discord.com
	Guild    string    // number of the server whose commands are registered, and whose new members are greeted; "": everywhere
	Commands []Command // slash commands; nil: what is registered stays as it is
	// Complete suggests values while somebody types an option that has Suggest set. It has less than three seconds.
	Complete func(ctx context.Context, command, option, typed string) []Suggestion
	// Open reads a file the bot sends (Message.File). Nil: a message with a file is refused for good.
	Open func(ctx context.Context, f flows.File) (io.ReadCloser, error)
	// Memory keeps what must outlive the process: direct-message channels, the last message on record in each, sessions.
	// Nil: in memory; then whatever is written while the bot is away is lost.
	Memory Memory
	// Lease is the right to hold the gateway sessions: two processes with one token would both acknowledge every interaction. Nil: this
	// is the only process.
	Lease bot.Lease
	// Replica names this process across restarts, so that it may take its own gateway session up again at once. "": a session is
	// only taken up after a clean stop, or when nobody has had it for a while.
	Replica   string
	PerSecond float64 // requests a second over all chats; 0: 45, below Discord's 50; Discord grants large bots more
	Log       *slog.Logger
}

// Discord is the platform "discord".
type Discord struct {
	opt     Options
	base    string // https://discord.com
	token   string // "Bot …"
	rest    *discordgo.Session
	plain   *http.Client // for files: no token, no redirects
	log     *slog.Logger
	limits  *limits
	memory  *memory
	pending *desk
	begun   *begun
	pace    pace

	self atomic.Pointer[identity]
	away away
	once sync.Once // commands are registered once
}

// identity is who the bot is, as READY says.
type identity struct{ user, app string }

// pace holds the times that tests shorten.
type pace struct {
	hold     time.Duration // an interaction whose answer is not there by then is deferred
	watch    time.Duration // from dialling to a session that works
	invalid  [2]time.Duration
	retry    time.Duration // first pause after a failed connection or delivery
	start    time.Duration // between two identifies
	patience time.Duration // so long a session that lived is resumed, whatever the network does
	away     time.Duration // a session that has not worked for so long is trouble
}

var (
	_ bot.Platform = (*Discord)(nil)
	_ bot.Troubled = (*Discord)(nil)
)

// New makes the platform; nothing is sent before Receive, Send or Check.
func New(o Options) (*Discord, error) {
	token := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(o.Token), "Bot "))
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("discord: the token is empty or no token: copy it again from the application's Bot page")
	}
	if o.APIURL == "" {
		o.APIURL = "https://discord.com"
	}
	u, err := url.Parse(o.APIURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("discord: the address of the API (OLLE_DISCORD_API_URL) must look like https://discord.com")
	}
	if err := checkCommands(o.Commands); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Memory == nil {
		o.Memory = newForgetful()
	}
	if o.PerSecond <= 0 {
		o.PerSecond = 45
	}
	d := &Discord{
		opt: o, base: strings.TrimRight(o.APIURL, "/"), token: "Bot " + token, log: o.Log,
		limits: newLimits(rate.Limit(o.PerSecond)), memory: newMemory(o.Memory), pending: newDesk(), begun: newBegun(),
		pace: pace{hold: 1200 * time.Millisecond, watch: 30 * time.Second, invalid: [2]time.Duration{time.Second, 5 * time.Second},
			retry: 100 * time.Millisecond, start: 5 * time.Second, patience: time.Minute, away: 30 * time.Second},
	}
	if d.rest, err = discordgo.New(d.token); err != nil {
		return nil, fmt.Errorf("discord: %w", err)
	}
	d.rest.StateEnabled = false
	d.rest.LogLevel = -1 // it would print what it was sent
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	d.rest.Client = &http.Client{Timeout: 30 * time.Second, Transport: &listener{next: newTransport()}, CheckRedirect: stay}
	d.plain = &http.Client{Transport: newTransport(), CheckRedirect: stay}
	return d, nil
}

func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.IdleConnTimeout, t.ResponseHeaderTimeout = 32, 55*time.Second, 20*time.Second
	return t
}

// Name is the platform's name in addresses.
func (d *Discord) Name() string { return "discord" }

// Limits are Discord's: 50 requests a second for the whole bot, answers to interactions apart, 5 messages in 5 seconds in one
// channel, 2,000 characters.
func (d *Discord) Limits() bot.Limits {
	return bot.Limits{PerSecond: d.opt.PerSecond, Burst: 5, Answers: true, PerChat: time.Second}
}

// right names what one process at a time may do. Of the token it holds nothing that helps to guess it.
func (d *Discord) right() string {
	sum := sha256.Sum256([]byte(d.token))
	return "discord/" + hex.EncodeToString(sum[:8])
}

// person is the address of somebody, and of the private chat with them.
func person(user string) flows.Address { return flows.Address("discord:" + user) }

// room is the address of a channel or thread of a server.
func room(channel string) flows.Address { return flows.Address("discord:c" + channel) }
