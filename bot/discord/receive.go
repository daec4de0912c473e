package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"olle/bot"
	"olle/flows"
)

// Receive reads the gateway while it is this process's turn, until ctx ends or an operator must mend something.
func (d *Discord) Receive(ctx context.Context, deliver bot.Deliver) error {
	ctx, stop := context.WithCancel(ctx)
	var crew sync.WaitGroup
	defer crew.Wait()
	defer stop()
	crew.Go(func() { d.keep(ctx) }) // who stands by sends, and learns places
	return d.opt.Lease.WhileHeld(ctx, d.right(), d.log.With("platform", d.Name()), func(ctx context.Context) error { return d.connect(ctx, deliver) })
}

// connect keeps as many gateway sessions as Discord asks for.
func (d *Discord) connect(ctx context.Context, deliver bot.Deliver) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := &receiver{d: d, deliver: deliver, lanes: newLanes(ctx), asides: make(chan struct{}, 64)}
	var crew sync.WaitGroup
	crew.Go(func() {
		count, err := d.shards(ctx)
		if err != nil {
			stop(err)
			return
		}
		g := newGate(d.pace.start)
		for i := range count {
			crew.Go(func() {
				if err := d.newShard(i, count, g, r.handle).run(ctx); err != nil {
					stop(err)
				}
			})
		}
	})
	<-ctx.Done()
	crew.Wait() // sessions are saved
	d.leave()
	r.lanes.crew.Wait()
	d.keepLast(ctx)
	for _, peaceful := range []error{context.Canceled, context.DeadlineExceeded, bot.ErrLeaseLost} {
		if errors.Is(context.Cause(ctx), peaceful) {
			return nil
		}
	}
	return context.Cause(ctx)
}

// shards asks how many sessions are needed, again and again until there is an answer.
func (d *Discord) shards(ctx context.Context) (int, error) {
	d.away.left(noShard)
	defer d.away.back(noShard)
	for pause := time.Second; ; pause = min(2*pause, time.Minute) {
		info, err := d.gatewayInfo(ctx)
		var no *refusal
		switch {
		case err == nil:
			return max(info.Shards, 1), nil
		case errors.As(err, &no) && no.status == http.StatusUnauthorized:
			return 0, errToken
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		d.log.Warn("the gateway's address cannot be read", "platform", d.Name(), "err", err)
		var fact *bot.SendError
		if errors.As(err, &fact) {
			pause = max(pause, fact.Wait)
		}
		bot.Pause(ctx, bot.Jitter(pause))
	}
}

// receiver turns events into updates. It never waits for a turn: events queue in lanes, one for each person.
type receiver struct {
	d       *Discord
	deliver bot.Deliver
	lanes   *lanes
	asides  chan struct{} // suggestions under way
}

// handle takes one event of a session. What cannot be decoded is left out and logged by type.
func (r *receiver) handle(ctx context.Context, s *shard, p payload) {
	due, seq := s.due, p.Seq
	done := func() { due.end(seq) }
	var err error
	switch p.Type {
	case "READY":
		err = r.ready(ctx, s, p.Data, done)
	case "RESUMED":
		r.registered()
		done()
	case "MESSAGE_CREATE":
		err = r.message(p.Data, done)
	case "MESSAGE_UPDATE":
		err = r.correction(p.Data, done)
	case "INTERACTION_CREATE":
		err = r.interaction(ctx, p.Data, done)
	case "GUILD_MEMBER_ADD":
		err = r.joined(p.Data, done)
	default:
		done()
	}
	if err != nil {
		done()
		s.log.Warn("event not understood", "event", p.Type, "seq", p.Seq, "problem", fmt.Sprintf("%T", err))
	}
}

func (r *receiver) ready(ctx context.Context, s *shard, data json.RawMessage, done func()) error {
	var v struct {
		User user `json:"user"`
		App  struct {
			ID string `json:"id"`
		} `json:"application"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	r.d.self.Store(&identity{user: v.User.ID, app: v.App.ID})
	r.registered()
	r.backfill(ctx, s.brings, done)
	return nil
}

// registered has the commands registered, once in a process.
func (r *receiver) registered() {
	r.d.once.Do(func() { r.lanes.push("commands", r.d.register) })
}

func (r *receiver) message(data json.RawMessage, done func()) error {
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	u, ok := m.update(r.d.me())
	if !ok {
		done()
		return nil
	}
	if u.Private {
		r.d.memory.remember(m.Author.ID, m.Channel)
	}
	person := ""
	if u.Private {
		person = m.Author.ID
	}
	r.lanes.push(m.Author.ID, func(ctx context.Context) {
		if err := r.d.memory.introduce(ctx, person, m.Channel, m.Guild, m.ID); err != nil && ctx.Err() == nil {
			r.d.log.Warn("memory not written", "platform", "discord", "err", err)
		}
		if _, ok := r.insist(ctx, u); ok {
			r.d.memory.saw(m.Channel, m.Guild, m.ID)
			done()
		}
	})
	return nil
}

// interaction starts the clock for the acknowledgement at once, before the update waits for its turn.
func (r *receiver) interaction(ctx context.Context, data json.RawMessage, done func()) error {
	var i interaction
	if err := json.Unmarshal(data, &i); err != nil {
		return err
	}
	if i.Kind == kindAutocomplete {
		r.suggest(ctx, &i)
		done()
		return nil
	}
	u, ok := i.update()
	if !ok {
		done()
		return nil
	}
	if i.Guild == "" {
		r.d.memory.remember(i.from().ID, i.Channel)
	}
	form := r.d.form(&i, u)
	if form == nil {
		r.turn(i.handle(), u, done)
		return nil
	}
	r.lanes.crew.Go(func() {
		if err := r.d.callback(ctx, i.handle(), form, nil, nil); err != nil {
			r.turn(i.handle(), u, done) // the question can be asked in words
			return
		}
		done()
	})
	return nil
}

// turn delivers an interaction in its turn, and sees to it that it is acknowledged in any case.
func (r *receiver) turn(h handle, u flows.Update, done func()) {
	ask := r.d.expect(h)
	r.lanes.push(h.user, func(ctx context.Context) {
		receipt, ok := r.insist(ctx, u)
		if !ok {
			return
		}
		done()
		if len(receipt.Messages) == 0 && !receipt.Seen {
			r.d.finish(context.WithoutCancel(ctx), ask)
		}
	})
}

// joined greets a new member, if a direct message is possible.
func (r *receiver) joined(data json.RawMessage, done func()) error {
	var j joined
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	u, ok := j.update()
	if !ok || r.d.opt.Guild != "" && j.Guild != r.d.opt.Guild {
		done()
		return nil
	}
	r.lanes.push(j.User.ID, func(ctx context.Context) {
		_, err := r.d.directChannel(ctx, j.User.ID)
		var no *bot.SendError
		if errors.As(fact(err), &no) && no.Gone {
			r.d.log.Info("a new member cannot be greeted", "platform", "discord", "update", u.ID, "err", err)
			done()
			return
		} // anything else passes, and the outbox tries again
		if _, ok := r.insist(ctx, u); ok {
			done()
		}
	})
	return nil
}

// insist delivers until the update is on record; false: ctx ended first.
func (r *receiver) insist(ctx context.Context, u flows.Update) (bot.Receipt, bool) {
	for pause := r.d.pace.retry; ; pause = min(2*pause, 5*time.Second) {
		receipt, err := r.try(ctx, u)
		if err == nil {
			return receipt, true
		}
		if ctx.Err() != nil {
			return receipt, false
		}
		r.d.log.Warn("update not on record", "platform", "discord", "update", u.ID, "err", err)
		if !bot.Pause(ctx, bot.Jitter(pause)) {
			return receipt, false
		}
	}
}

func (r *receiver) try(ctx context.Context, u flows.Update) (receipt bot.Receipt, err error) {
	defer func() {
		if v := recover(); v != nil {
			r.d.log.Error("delivery panicked", "platform", "discord", "update", u.ID, "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			err = errors.New("discord: delivery panicked")
		}
	}()
	return r.deliver(ctx, u)
}

// me is the bot's own number, "" before the first READY of this process.
func (d *Discord) me() string {
	if id := d.self.Load(); id != nil {
		return id.user
	}
	return ""
}
