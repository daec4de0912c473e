package discord

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"olle/bot"
	"olle/flows"
)

// handle is what answers an interaction; as text it travels in Update.Reply and Message.Reply. It is good for fifteen minutes.
type handle struct {
	kind           byte // see below
	id, app, token string
	channel, guild string // guild "": a direct message
	user           string
}

const (
	command = 's' // a slash command or a form: its answer is a message of its own
	own     = 'o' // a tap on a message only that person sees: its buttons go away at once
	shared  = 'p' // a tap on a message that others see too: it stays as it is
)

const (
	ackWithin   = 2800 * time.Millisecond // of the three seconds
	handleLife  = 14 * time.Minute        // of the fifteen minutes
	afterAnswer = time.Minute             // how long a repeat of the answer is recognised
)

func (i *interaction) handle() handle {
	h := handle{kind: command, id: i.ID, app: i.App, token: i.Token, channel: i.Channel, guild: i.Guild, user: i.from().ID}
	if i.Kind == kindComponent {
		if h.kind = shared; (i.Guild == "" || i.Message != nil && i.Message.Flags&flagEphemeral != 0) && !flows.Stays(i.choice()) {
			h.kind = own
		}
	}
	return h
}

func (h handle) String() string {
	return strings.Join([]string{"i", string(h.kind), h.id, h.app, h.token, h.channel, "g" + h.guild, h.user}, " ")
}

func parseHandle(s string) (h handle, ok bool) {
	f := strings.Split(s, " ")
	if len(f) != 8 || f[0] != "i" || len(f[1]) != 1 || !number(f[2]) || !number(f[3]) || f[4] == "" || !strings.HasPrefix(f[6], "g") {
		return h, false
	}
	return handle{kind: f[1][0], id: f[2], app: f[3], token: f[4], channel: f[5], guild: f[6][1:], user: f[7]}, true
}

func (h handle) alive() bool { return time.Since(sentAt(h.id)) < handleLife }

// standing is how far an interaction has come.
type standing int

const (
	unknown  standing = iota // it began before this process, or another one acknowledged it
	waiting                  // nothing has been sent
	deferred                 // a placeholder stands where the answer will be
	acked                    // acknowledged, and nothing is expected
	answered                 // the first message stands
	lost                     // the handle is no good: not acknowledged in time, or expired
)

// ask is an interaction that wants an acknowledgement and perhaps an answer.
type ask struct {
	h handle

	mu    sync.Mutex // held while a response is on its way: there must be only one
	state standing
	first string // the message that is the response
	tried bool   // a response was sent of which we do not know whether it arrived
	life  *time.Timer
}

// desk holds the interactions of the last minutes.
type desk struct {
	mu   sync.Mutex
	asks map[string]*ask
}

func newDesk() *desk { return &desk{asks: map[string]*ask{}} }

// get finds the interaction of a handle; one that is not known any more gets a new place.
func (k *desk) get(h handle) *ask {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.asks[h.id]
	if a == nil {
		a = &ask{h: h, state: unknown}
		k.asks[h.id] = a
		a.life = time.AfterFunc(afterAnswer, func() { k.drop(a) })
	}
	return a
}

func (k *desk) drop(a *ask) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.asks[a.h.id] == a {
		delete(k.asks, a.h.id)
	}
}

// expect begins the three seconds of an interaction. A tap on one's own message is acknowledged at once, everything else when its
// answer is there, and at the latest after the hold.
func (d *Discord) expect(h handle) *ask {
	d.pending.mu.Lock()
	defer d.pending.mu.Unlock()
	if a := d.pending.asks[h.id]; a != nil {
		return a // the session was resumed and brings it again
	}
	a := &ask{h: h, state: waiting}
	if time.Since(sentAt(h.id)) > time.Minute {
		a.state = unknown // replayed from before
	}
	d.pending.asks[h.id] = a
	a.life = time.AfterFunc(handleLife, func() {
		d.finish(context.Background(), a)
		d.pending.drop(a)
	})
	if a.state == unknown {
		return a
	}
	if h.kind == own {
		go d.acknowledge(a)
		return a
	}
	time.AfterFunc(d.pace.hold, func() { d.acknowledge(a) })
	return a
}

// acknowledge sends what keeps an interaction alive until its answer is there, unless something has been sent.
func (d *Discord) acknowledge(a *ask) {
	a.mu.Lock()
	defer a.mu.Unlock()
	body, next := map[string]any{"type": 6}, acked
	switch a.h.kind {
	case own:
		body = map[string]any{"type": 7, "data": map[string]any{"components": []any{}}}
	case command:
		flags := 0
		if a.h.guild != "" {
			flags = flagEphemeral
		}
		body, next = map[string]any{"type": 5, "data": map[string]any{"flags": flags}}, deferred
	}
	ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(ackWithin-d.pace.hold))
	defer cancel()
	for a.state == waiting {
		err := d.callback(ctx, a.h, body, nil, nil)
		if err == nil {
			a.settle(next)
			return
		}
		if a.rejected(err, next) {
			return
		}
		if !bot.Pause(ctx, d.pace.retry) {
			d.log.Warn("interaction not acknowledged", "platform", "discord", "update", "discord:i"+a.h.id, "err", err)
			return
		}
	}
}

// rejected draws the consequences of a response that failed; false: it may be sent again. landed is where things stand if it turns out
// that an earlier attempt, which we thought had failed, did not.
func (a *ask) rejected(err error, landed standing) bool {
	var no *refusal
	if !errors.As(err, &no) {
		a.tried = true
		return false
	}
	switch {
	case no.code == 40060 && a.tried:
		a.settle(landed)
		return true
	case no.code == 40060: // another process did
		a.state = unknown
		return true
	case no.code == 10062, no.status == http.StatusNotFound:
		a.state = lost
		return true
	}
	a.tried = a.tried || no.status >= 500
	return false
}

// settle notes the new state; a.mu is held. What is answered need not be remembered for long.
func (a *ask) settle(s standing) {
	a.state = s
	if s == answered || s == acked {
		a.life.Reset(afterAnswer)
	}
}

// callback sends the response to an interaction.
func (d *Discord) callback(ctx context.Context, h handle, body any, file *upload, out any) error {
	ctx, cancel := context.WithTimeout(ctx, ackWithin)
	defer cancel()
	r := &request{method: http.MethodPost, path: "/interactions/%s/%s/callback", args: []string{h.id, h.token}, body: body, file: file}
	if out != nil {
		r.query = "with_response=true"
	}
	return d.call(ctx, r, out)
}

// finish closes an interaction that will have no answer: it is acknowledged, and a placeholder goes away.
func (d *Discord) finish(ctx context.Context, a *ask) {
	a.mu.Lock()
	if a.state == deferred && a.first == "" {
		defer a.mu.Unlock()
		d.unloading(ctx, a)
		return
	}
	waits := a.state == waiting
	a.mu.Unlock()
	if !waits {
		return
	}
	d.acknowledge(a)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.state == deferred && a.first == "" {
		d.unloading(ctx, a)
	}
}

// unloading removes a placeholder that is still one; a.mu is held.
func (d *Discord) unloading(ctx context.Context, a *ask) {
	var m message
	r := &request{method: http.MethodGet, path: "/webhooks/%s/%s/messages/@original", args: []string{a.h.app, a.h.token}}
	if d.call(ctx, r, &m) == nil && m.Flags&flagLoading != 0 {
		d.removeOriginal(ctx, a)
	}
	a.settle(acked)
}

func (d *Discord) removeOriginal(ctx context.Context, a *ask) {
	r := &request{method: http.MethodDelete, path: "/webhooks/%s/%s/messages/@original", args: []string{a.h.app, a.h.token}}
	if err := d.call(ctx, r, nil); err != nil {
		d.log.Info("a placeholder stays", "platform", "discord", "update", "discord:i"+a.h.id, "err", err)
	}
}

// leave acknowledges at the end what still waits, so that the next process can answer it.
func (d *Discord) leave() {
	d.pending.mu.Lock()
	var all []*ask
	for _, a := range d.pending.asks {
		all = append(all, a)
	}
	d.pending.mu.Unlock()
	var crew sync.WaitGroup
	for _, a := range all {
		crew.Go(func() {
			if a.mu.TryLock() {
				waits := a.state == waiting
				a.mu.Unlock()
				if waits {
					d.acknowledge(a)
				}
			}
		})
	}
	crew.Wait()
}

// answer says a message through the handle of the interaction it answers. done is false where that is not the way: the message
// goes elsewhere, or as an ordinary one, which takes a key against doubles.
func (d *Discord) answer(ctx context.Context, id string, to flows.Address, part outgoing, h handle) (sent string, done bool, err error) {
	hidden := h.guild != "" && to == person(h.user)
	public := h.guild != "" && to == room(h.channel)
	if h.guild == "" && to != person(h.user) || h.guild != "" && !hidden && !public {
		return "", false, nil
	}
	if hidden {
		part.Flags |= flagEphemeral
	}
	a := d.pending.get(h)
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.state == lost:
		return "", false, nil
	case h.kind == own && h.guild == "":
		// Ordinary messages count towards the bot's rate, follow-ups do not: in a rush they are worth being without a key.
		if a.state == acked && d.limits.busy(&request{method: http.MethodPost, path: pathMessages, args: []string{h.channel}}) {
			return d.followUp(ctx, a, part)
		}
		return "", false, nil
	case h.kind == own, h.kind == shared && a.state != waiting:
		if public {
			return "", false, nil
		}
		return d.followUp(ctx, a, part)
	case h.kind == shared && public:
		return "", false, nil
	}
	return d.respond(ctx, a, id, part, public)
}

// respond makes a message the response to an interaction; a later one follows it. a.mu is held.
func (d *Discord) respond(ctx context.Context, a *ask, id string, part outgoing, public bool) (sent string, done bool, err error) {
	hidden := part.Flags&flagEphemeral != 0
	if a.first == "" && (a.state != unknown || strings.HasSuffix(id, "/m0")) { // after a restart the name tells which was the first
		a.first = id
	}
	if a.first != id {
		if hidden {
			return d.followUp(ctx, a, part)
		}
		return "", false, nil
	}
	if a.state == waiting {
		var told struct {
			Interaction struct {
				Message string `json:"response_message_id"`
			} `json:"interaction"`
		}
		err := d.callback(ctx, a.h, part.response(), part.file, &told)
		if err == nil {
			a.settle(answered)
			return told.Interaction.Message, true, nil
		}
		if !a.rejected(err, answered) {
			return "", false, err
		}
	}
	switch {
	case a.state == lost:
		return "", false, nil
	case a.h.kind == shared: // the original is what was tapped, never to be overwritten
		if a.state == answered {
			return "", true, nil
		}
		return d.followUp(ctx, a, part)
	case a.state == deferred && public: // the placeholder is only seen by one person
		d.removeOriginal(ctx, a)
		a.settle(acked)
		return "", false, nil
	case a.state == acked:
		return "", false, nil
	}
	return d.fill(ctx, a, part)
}

// fill puts the message in place of the placeholder. Doing it again changes nothing. a.mu is held.
func (d *Discord) fill(ctx context.Context, a *ask, part outgoing) (string, bool, error) {
	part.Flags &^= flagEphemeral // was decided with the placeholder
	return d.through(a, answered, d.sendPart(ctx, &request{
		method: http.MethodPatch, path: "/webhooks/%s/%s/messages/@original", args: []string{a.h.app, a.h.token},
	}, part))
}

// followUp sends a further message. There is no key against doubles here. a.mu is held.
func (d *Discord) followUp(ctx context.Context, a *ask, part outgoing) (string, bool, error) {
	return d.through(a, a.state, d.sendPart(ctx, &request{
		method: http.MethodPost, path: "/webhooks/%s/%s", args: []string{a.h.app, a.h.token}, query: "wait=true",
	}, part))
}

// through judges an attempt by the handle: where it turns out to be expired the message goes another way.
func (d *Discord) through(a *ask, next standing, res result) (string, bool, error) {
	var no *refusal
	switch {
	case res.err == nil:
		a.settle(next)
		return res.id, true, nil
	case errors.As(res.err, &no) && (no.status == http.StatusNotFound || no.code == 50027):
		a.state = lost
		return "", false, nil
	}
	return "", false, res.err
}
