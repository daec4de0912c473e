package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"olle/bot"
)

// request is one call of the REST interface.
type request struct {
	method string
	path   string   // with %s for each of args: "/channels/%s/messages"
	args   []string // numbers and tokens
	query  string
	body   any
	file   *upload // sent along with body

	patience time.Duration // how long it may wait for its turn; 0: hardly
	entered  *bucket       // the rate it draws on while it is under way
}

const (
	shortPatience = 250 * time.Millisecond
	maxAnswer     = 16 << 20 // bytes of an answer that are read
)

// Refusal is an answer other than success.
type refusal struct {
	status  int
	code    int    // Discord's own, 0 if it gave none
	message string // Discord's words for it
}

func (r *refusal) Error() string {
	if r.code == 0 {
		return fmt.Sprintf("discord: answered %d", r.status)
	}
	return fmt.Sprintf("discord: answered %d (%d %s)", r.status, r.code, r.message)
}

// call makes one request and decodes its answer into out, if that is not nil. It never retries. Errors hold neither the token nor
// the address, which for interactions is as good as one: *refusal, *bot.SendError with the wait for a rate, or what the network says.
func (d *Discord) call(ctx context.Context, r *request, out any) error {
	if r.patience == 0 {
		r.patience = shortPatience
	}
	wait, everyone, err := d.limits.enter(ctx, r, r.patience)
	if err != nil {
		return fmt.Errorf("discord: waiting for a turn: %w", err)
	}
	if wait > 0 {
		if r.patience > shortPatience { // come back a little early, and wait here for the very moment
			wait = max(wait-r.patience/2, time.Millisecond)
		}
		return &bot.SendError{Wait: wait, Everyone: everyone && wait > time.Second, Err: errRate}
	}
	kind, body, err := r.encode()
	if err != nil {
		d.limits.learn(r, 0, nil, tooMany{})
		return err
	}
	heard := &hearing{}
	ctx = context.WithValue(ctx, hearingKey{}, heard)
	// A bucket of its own for every request: the library's share one lock for all interactions and are never forgotten.
	own := discordgo.NewRatelimiter().LockBucket("")
	answer, err := d.rest.RequestWithLockedBucket(r.method, d.address(r), kind, body, own, 0,
		discordgo.WithContext(ctx), discordgo.WithRetryOnRatelimit(false), discordgo.WithRestRetries(0))
	return d.judge(r, heard, answer, err, out)
}

var errRate = errors.New("discord: the rate is used up")

func (d *Discord) address(r *request) string {
	args := make([]any, len(r.args))
	for i, a := range r.args {
		args[i] = url.PathEscape(a)
	}
	address := d.base + "/api/v10" + fmt.Sprintf(r.path, args...)
	if r.query != "" {
		address += "?" + r.query
	}
	return address
}

func (r *request) encode() (kind string, body []byte, err error) {
	switch {
	case r.file != nil:
		kind, body, err = discordgo.MultipartBodyWithJSON(r.body, []*discordgo.File{{Name: r.file.name, ContentType: r.file.kind, Reader: bytes.NewReader(r.file.content)}})
	case r.body != nil:
		kind = "application/json"
		body, err = json.Marshal(r.body)
	}
	if err != nil {
		return "", nil, fmt.Errorf("discord: encoding a request: %w", err)
	}
	return kind, body, nil
}

// judge decides by what was heard on the wire; the library's error is only used where nothing was.
func (d *Discord) judge(r *request, heard *hearing, answer []byte, err error, out any) error {
	if heard.status == 0 {
		d.limits.learn(r, 0, nil, tooMany{})
		return fmt.Errorf("discord: no answer: %w", withoutAddress(err))
	}
	if heard.status == http.StatusTooManyRequests {
		return d.slowDown(r, heard, err)
	}
	d.limits.learn(r, heard.status, heard.header, tooMany{})
	if heard.status/100 != 2 {
		return refused(heard.status, err)
	}
	if err != nil {
		return fmt.Errorf("discord: unreadable answer: %w", withoutAddress(err))
	}
	if out == nil || len(answer) == 0 {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("discord: unreadable answer: %w", err)
	}
	return nil
}

// slowDown handles 429. Without a readable body it comes from in front of Discord and concerns everybody.
func (d *Discord) slowDown(r *request, heard *hearing, err error) error {
	var told tooMany
	var known *discordgo.RateLimitError
	if errors.As(err, &known) && known.TooManyRequests != nil {
		told.RetryAfter = known.RetryAfter.Seconds()
		told.Global = heard.header.Get("X-RateLimit-Global") != "" || heard.header.Get("X-RateLimit-Scope") == "global"
	} else {
		told.Global = true
	}
	if s, err := strconv.ParseFloat(heard.header.Get("Retry-After"), 64); err == nil && told.RetryAfter == 0 {
		told.RetryAfter = s
	}
	if told.RetryAfter == 0 {
		told.RetryAfter = 5
	}
	told.Global = told.Global && !r.interaction()
	d.limits.learn(r, heard.status, heard.header, told)
	return &bot.SendError{Wait: told.wait(), Everyone: told.Global, Err: errRate}
}

func refused(status int, err error) error {
	no := &refusal{status: status}
	var known *discordgo.RESTError
	if errors.As(err, &known) && known.Message != nil {
		no.code, no.message = known.Message.Code, strings.Join(strings.Fields(known.Message.Message), " ")
	}
	return no
}

// withoutAddress leaves the address out of a network error.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	var rest *discordgo.RESTError
	if err == nil || errors.As(err, &rest) {
		return errors.New("no further word")
	}
	return err
}

// hearing is what an answer said besides its body, which the library keeps to itself.
type hearing struct {
	status int
	header http.Header
}

type hearingKey struct{}

// listener writes it down, and bounds how much of an answer is read.
type listener struct{ next http.RoundTripper }

func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.next.RoundTrip(r)
	if h, ok := r.Context().Value(hearingKey{}).(*hearing); ok && err == nil {
		h.status, h.header = answer.StatusCode, answer.Header
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
		// The library reads these two itself and gives up on what it does not expect.
		answer.Header = answer.Header.Clone()
		answer.Header.Del("X-RateLimit-Reset-After")
		answer.Header.Del("X-RateLimit-Reset")
		answer.Header.Del("X-RateLimit-Remaining")
	}
	return answer, err
}
