package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"olle/flows"
	"olle/storage"
)

// outbox carries the messages of one platform. The store gives it one message per chat at a time, live ones first, within the
// platform's rate; it sends, and writes down what came of it.
type outbox struct {
	bot      *Bot
	platform Platform
	queue    *queue
	perChat  time.Duration
}

// carry sends one message and records the result. It is read from the job unless this process decided it and still has it in memory.
func (o *outbox) carry(ctx context.Context, j storage.Job, said *flows.Message) {
	b := o.bot
	var m flows.Message
	if said != nil {
		m = *said
	} else if err := json.Unmarshal(j.Data, &m); err != nil {
		b.giveUp(o.queue, j, fmt.Errorf("unreadable message: %w", err))
		return
	}
	if state, err := b.withheld(ctx, m); err != nil {
		b.putOff(o.queue, j, err)
		return
	} else if state != "" {
		o.queue.write(j, b.entered(storage.Batch{Done: []storage.Job{j}}, m, state, ""))
		return
	}
	sent, err := o.send(ctx, j.ID, m)
	var fact *SendError
	errors.As(err, &fact)
	switch {
	case err == nil:
		b.count.Sent.Add(1)
		b.measureSend(j)
		b.failures.forget(j.ID)
		done := b.entered(storage.Batch{Done: []storage.Job{j}}, m, "sent", sent)
		if j.Bulk && o.perChat > 0 {
			done.Pause = []storage.Pause{{Queue: j.Queue, Lane: j.Lane, For: o.perChat}}
		}
		o.queue.write(j, done)
	case m.Farewell && (fact != nil && fact.Gone || b.tooOld(j)):
		b.log.Info("a farewell could not be carried", "platform", o.platform.Name())
		o.queue.write(j, storage.Batch{Done: []storage.Job{j}})
	case fact != nil && fact.Gone:
		o.unreachable(j, m, err)
	case fact != nil && fact.Wait > 0:
		b.count.Waits.Add(1)
		b.log.Info("platform asked to wait", "platform", o.platform.Name(), "job", j.ID, "wait", fact.Wait, "everyone", fact.Everyone)
		p := storage.Pause{Queue: j.Queue, Lane: j.Lane, For: fact.Wait}
		if fact.Everyone {
			p.Lane = ""
		}
		o.queue.write(j, storage.Batch{Free: []storage.Job{j}, Pause: []storage.Pause{p}})
	case ctx.Err() != nil:
		o.queue.giveBack(j, 0) // the program stops: not the message's fault
	case b.tooOld(j):
		o.queue.write(j, b.entered(b.givenUp(j, err), m, "failed", ""))
	default:
		b.putOff(o.queue, j, err)
	}
}

// unreachable gives a message up for good, and tells the person's own history in the same commit: there may be another way to them,
// or something to be said where only the file of a message could not be carried.
func (o *outbox) unreachable(j storage.Job, m flows.Message, err error) {
	b := o.bot
	u := flows.Update{ID: j.ID + "/gone", From: m.To, Private: true, Call: "person/unreachable", Args: flows.Must(m)}
	if errors.Is(err, ErrNoFile) {
		u.Call = "person/undelivered"
	}
	batch := b.givenUp(j, err)
	batch.Push = append(batch.Push, storage.Job{ID: u.ID, Queue: postQueue, Lane: keyName(laneOf(u)), Bulk: m.Bulk, Data: flows.Must(u)})
	o.queue.write(j, batch)
}

// send calls the platform within the time a claim allows. A panic in it counts as a failure.
func (o *outbox) send(ctx context.Context, id string, m flows.Message) (sent string, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.bot.sendTime())
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			o.bot.log.Error("platform panicked", "platform", o.platform.Name(), "job", id, "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			err = errors.New("bot: platform panicked")
		}
	}()
	return o.platform.Send(ctx, id, m)
}

// sendTime is how long one send may take: it must be over, and recorded, before the claim lapses.
func (b *Bot) sendTime() time.Duration { return b.lease * 3 / 4 }

// putOff closes a failed job's lane for a while, twice as long each time, or gives the job up when it has grown too old.
func (b *Bot) putOff(q *queue, j storage.Job, err error) {
	if b.tooOld(j) {
		b.giveUp(q, j, err)
		return
	}
	b.count.Failures.Add(1)
	wait := backOff(b.failures.count(j.ID))
	b.log.Warn("job put off", "job", j.ID, "platform", j.Queue, "wait", wait, "err", discreet(err))
	q.giveBack(j, wait)
}

// backOff returns the pause after the nth failure of a job in this process: 1 s, 2 s, 4 s … 5 minutes, each up to half shorter.
func backOff(n int) time.Duration {
	const most = 5 * time.Minute
	if n > 9 {
		return Jitter(most)
	}
	return Jitter(min(time.Second<<max(n-1, 0), most))
}

// tooOld counts from a job's birth, or from the moment it was meant for: an alarm planted last month is not old when it strikes.
func (b *Bot) tooOld(j storage.Job) bool {
	return b.clock.Now().Sub(dueSince(j)) > b.maxAge
}

// dueSince is when a job could be done first: at its birth, or at the moment it was meant for.
func dueSince(j storage.Job) time.Time {
	if j.At.After(j.Born) {
		return j.At
	}
	return j.Born
}

// giveUp moves a job to where the console shows it, in the commit that ends it.
func (b *Bot) giveUp(q *queue, j storage.Job, err error) {
	q.write(j, b.givenUp(j, err))
}

// givenUp is the commit that ends a job without success.
func (b *Bot) givenUp(j storage.Job, err error) storage.Batch {
	b.count.GivenUp.Add(1)
	b.failures.forget(j.ID)
	b.log.Error("job given up", "job", j.ID, "platform", j.Queue, "err", discreet(err))
	return storage.Batch{
		Done: []storage.Job{j},
		Push: []storage.Job{{ID: keyName(givenUp + "/" + j.ID), Queue: givenUp, Lane: j.Lane, Bulk: j.Bulk, At: j.At, Data: j.Data}},
	}
}
