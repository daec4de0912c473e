package discord

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"

	"olle/bot"
	"olle/flows"
)

const pathMessages = "/channels/%s/messages"

// outgoing is one message as Discord takes it.
type outgoing struct {
	Content    string                           `json:"content"`
	Components []any                            `json:"components"`
	Mentions   discordgo.MessageAllowedMentions `json:"allowed_mentions"` // always nobody
	Flags      int                              `json:"flags,omitempty"`
	// Attachments are those that an edited message keeps: nil all, empty none.
	Attachments []any `json:"attachments,omitzero"`

	Nonce     string                      `json:"nonce,omitempty"`
	Enforce   bool                        `json:"enforce_nonce,omitempty"`
	Reference *discordgo.MessageReference `json:"message_reference,omitempty"`

	file *upload
}

// response wraps the message as the first answer to an interaction.
func (o outgoing) response() any {
	return map[string]any{"type": 4, "data": o}
}

// result is how sending one part went.
type result struct {
	id  string
	err error
}

// sendPart sends o by the given request.
func (d *Discord) sendPart(ctx context.Context, r *request, o outgoing) result {
	r.body, r.file = o, o.file
	var m struct {
		ID string `json:"id"`
	}
	err := d.call(ctx, r, &m)
	return result{m.ID, err}
}

// Send carries one message: through the handle of the interaction it answers while that lives, else into the channel, which for a
// person is the direct message. Long text goes in parts; an attempt begins where the last one stopped.
func (d *Discord) Send(ctx context.Context, id string, m flows.Message) (string, error) {
	parts, err := d.render(ctx, m)
	if err != nil {
		return "", fact(err)
	}
	h, through := parseHandle(m.Reply)
	through = through && h.alive()
	if len(parts) == 0 {
		if through {
			d.finish(ctx, d.pending.get(h))
		}
		return "", nil
	}
	first, last := d.begun.get(id)
	for n := first; n < len(parts); n++ {
		key := id
		if n > 0 {
			key = fmt.Sprintf("%s#%d", id, n)
		}
		sent, done := "", false
		if through {
			part := parts[n]
			if m.Ack { // seen by whoever tapped, gone with the next look
				part.Flags |= flagEphemeral
			}
			sent, done, err = d.answer(ctx, key, m.To, part, h)
		}
		if err == nil && !done {
			sent, err = d.post(ctx, key, m, parts[n], n == 0)
		}
		if err != nil {
			d.begun.put(id, n, last)
			return "", fact(err)
		}
		last = sent
	}
	d.begun.drop(id)
	return last, nil
}

// post writes an ordinary message, or edits one. The key makes a repeat harmless.
func (d *Discord) post(ctx context.Context, key string, m flows.Message, part outgoing, first bool) (string, error) {
	channel, err := d.channel(ctx, m.To)
	if err != nil {
		return "", err
	}
	if m.Edit != "" && first {
		edited := part
		if edited.file = nil; m.File == nil {
			edited.Attachments = []any{}
		}
		res := d.sendPart(ctx, &request{method: http.MethodPatch, path: pathMessages + "/%s", args: []string{channel, m.Edit}}, edited)
		var no *refusal
		if !errors.As(res.err, &no) || no.status/100 == 5 || no.status == http.StatusUnauthorized {
			return res.id, res.err
		} // gone, or not ours: say it anew
	}
	part.Nonce, part.Enforce = nonce(key), true
	if asked := answers(key); asked != "" && m.To == room(channel) && first {
		lenient := false
		part.Reference = &discordgo.MessageReference{MessageID: asked, FailIfNotExists: &lenient}
	}
	res := d.sendPart(ctx, &request{method: http.MethodPost, path: pathMessages, args: []string{channel}}, part)
	var no *refusal
	if errors.As(res.err, &no) && no.code == 10003 && !strings.HasPrefix(string(m.To), "discord:c") {
		d.memory.remember(strings.TrimPrefix(string(m.To), "discord:"), "") // the next attempt opens it anew
		return "", fmt.Errorf("discord: the direct message was closed: %w", errAgain)
	}
	return res.id, res.err
}

// answers returns the message that a message of this ID answers: what an update causes has an ID that begins with its own.
func answers(id string) string {
	asked, _, _ := strings.Cut(strings.TrimPrefix(id, "discord:m"), "/")
	if !strings.HasPrefix(id, "discord:m") || !number(asked) {
		return ""
	}
	return asked
}

var errAgain = errors.New("discord: try again")

// nonce makes Discord's key of ours: 25 characters at most.
func nonce(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:25]
}

// channel returns the channel behind an address.
func (d *Discord) channel(ctx context.Context, to flows.Address) (string, error) {
	rest, ok := strings.CutPrefix(string(to), "discord:")
	if !ok {
		return "", &bot.SendError{Gone: true, Err: errors.New("discord: not an address here")}
	}
	if channel, ok := strings.CutPrefix(rest, "c"); ok && number(channel) {
		return channel, nil
	}
	if !number(rest) {
		return "", &bot.SendError{Gone: true, Err: errors.New("discord: not an address here")}
	}
	return d.directChannel(ctx, rest)
}

// directChannel returns the channel of the private chat with somebody, opened if need be.
func (d *Discord) directChannel(ctx context.Context, user string) (string, error) {
	if channel := d.memory.dm(ctx, user); channel != "" {
		return channel, nil
	}
	var c struct {
		ID string `json:"id"`
	}
	err := d.call(ctx, &request{
		method: http.MethodPost, path: "/users/@me/channels", body: map[string]string{"recipient_id": user}, patience: 2 * time.Second,
	}, &c)
	if err != nil {
		return "", err
	}
	d.memory.remember(user, c.ID)
	return c.ID, nil
}

// fact says of an error what the outbox should know: what can never succeed, and what must wait.
func fact(err error) error {
	var known *bot.SendError
	if errors.As(err, &known) {
		return err
	}
	var no *refusal
	if !errors.As(err, &no) {
		return err
	}
	switch {
	case no.status == http.StatusUnauthorized: // everything fails until somebody sets a new token
		return &bot.SendError{Wait: time.Minute, Everyone: true, Err: err}
	case no.code == 40003, no.code == 20016, no.code == 20028, no.code == 20029: // direct messages opened too fast, slow mode, written too fast
		return &bot.SendError{Wait: time.Minute, Err: err}
	case no.status/100 == 5, no.status == http.StatusRequestTimeout, no.status == http.StatusForbidden && no.code == 0: // the last is from in front of Discord
		return err
	}
	return &bot.SendError{Gone: true, Err: err}
}

// begun remembers how many parts of a message are sent, where not all could be.
type begun struct {
	mu sync.Mutex
	at map[string]place
}

type place struct {
	next int
	last string
	when time.Time
}

func newBegun() *begun { return &begun{at: map[string]place{}} }

func (b *begun) get(id string) (int, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at[id].next, b.at[id].last
}

func (b *begun) put(id string, next int, last string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.at) >= 1000 {
		for id, p := range b.at {
			if time.Since(p.when) > time.Hour {
				delete(b.at, id)
			}
		}
	}
	if next > 0 {
		b.at[id] = place{next, last, time.Now()}
	}
}

func (b *begun) drop(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.at, id)
}
