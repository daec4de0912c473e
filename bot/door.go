package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"olle/flows"
	"olle/storage"
)

// ErrTurn says that the update cannot be decided: the turn failed or panicked. Delivering it again may help once (another replica,
// another version); an update from outside that fails so three times in one process is set aside and confirmed.
var ErrTurn = errors.New("bot: the turn failed")

const (
	maxConflicts = 20 // attempts at a turn whose documents change under it
	maxFailures  = 5  // attempts at a commit or load that the store fails
	maxPoison    = 3  // deliveries of an update that cannot be decided before it is set aside

	// commitTime bounds a commit. It does not end with the caller's context: a client that hangs up while its turn is being recorded
	// would leave in doubt whether it is, and the replies claimed but unsent.
	commitTime = 5 * time.Second
)

// Handle is the one door. It decides what u means and records it in one atomic commit; when it returns nil that is on record and
// what follows will happen. u.Sent is program time (what a platform hands to its Deliver is mapped before).
//
// The same ID handled again, by whichever replica, changes nothing and answers Receipt{Seen: true} with no messages. Any error
// means not recorded, or not known to be: deliver it again.
func (b *Bot) Handle(ctx context.Context, u flows.Update) (Receipt, error) {
	if u.ID == "" {
		return Receipt{}, errors.New("bot: an update needs an ID")
	}
	u.ID = updateName(u.ID)
	rec, err := b.turn(ctx, u, nil)
	b.measureUpdate(u.From.Platform(), u.Sent, rec, err)
	if errors.Is(err, ErrTurn) && b.poison.count(u.ID) >= maxPoison {
		return b.setAside(ctx, u)
	}
	return rec, err
}

// turn plays u until a commit takes it. done is the job that brought it, finished by the very same commit.
func (b *Bot) turn(ctx context.Context, u flows.Update, done *storage.Job) (Receipt, error) {
	seed, err := b.seed(ctx, u.ID)
	if err != nil {
		return Receipt{}, err
	}
	u.Seed = seed
	unlock, err := b.subjects.lock(ctx, laneOf(u))
	if err != nil {
		return Receipt{}, fmt.Errorf("bot: waiting for an earlier turn: %w", err)
	}
	defer unlock()
	b.count.Updates.Add(1)
	var fresh []storage.Doc
	for conflicts, failures := 0, 0; ; {
		rec, err := b.attempt(ctx, u, done, fresh)
		var conflict *storage.Conflict
		switch {
		case err == nil, errors.Is(err, ErrTurn), ctx.Err() != nil, errors.Is(err, storage.ErrClosed):
			return rec, err
		case errors.As(err, &conflict):
			b.count.Conflicts.Add(1)
			if conflicts++; conflicts == maxConflicts {
				return rec, fmt.Errorf("bot: gave way %d times: %w", conflicts, err)
			}
			fresh = conflict.Docs
			if conflicts > 1 {
				Pause(ctx, Jitter(min(time.Millisecond<<conflicts, 100*time.Millisecond)))
			}
		default:
			if failures++; failures == maxFailures {
				return rec, err
			}
			Pause(ctx, Jitter(50*time.Millisecond<<failures))
		}
	}
}

// laneOf names whose turns go one after the other in this process. It only saves conflicts; the commit's checks keep the truth.
func laneOf(u flows.Update) string {
	if u.Subject != "" {
		return u.Subject
	}
	return string(u.From)
}

// attempt decides u on what is known now and tries to commit it. fresh are documents just learnt from a conflict.
func (b *Bot) attempt(ctx context.Context, u flows.Update, done *storage.Job, fresh []storage.Doc) (Receipt, error) {
	u.At = b.now(done)
	if u.Sent.IsZero() {
		u.Sent = u.At
	}
	r := b.newReader(ctx, fresh)
	out, err := b.decide(u, r)
	if r.err != nil {
		return Receipt{}, fmt.Errorf("bot: reading for a turn: %w", r.err)
	}
	var batch storage.Batch
	var live []string
	if err == nil {
		batch, live, err = b.batchOf(u, r, out, done)
	}
	if err != nil {
		b.log.Error("turn failed", "update", u.ID, "subject", u.Subject, "call", u.Call, "err", discreet(err))
		return Receipt{}, fmt.Errorf("%w: %w", ErrTurn, err)
	}
	along := b.takeAlong(&batch)
	began := time.Now()
	sure, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	res, err := b.store.Commit(sure, batch)
	b.count.commits.observe(time.Since(began))
	along(err)
	rec, err := b.settle(r, batch, out, res, began, err)
	if err == nil && !rec.Seen {
		rec.Messages = live
	}
	return rec, err
}

// now is the program's time for a turn. What a job brings is never played before the job was due or made, though that was so by the
// clock of another replica, which is ahead of ours: an alarm that finds itself too early would do nothing, and be gone.
func (b *Bot) now(job *storage.Job) time.Time {
	now := b.clock.Now()
	if job == nil {
		return now
	}
	return slices.MaxFunc([]time.Time{now, job.At, job.Born}, time.Time.Compare)
}

// settle draws the consequences of a commit: memory is brought up to date and held work begins. What a turn writes without having read
// it (a card, a line of history) nobody reads often.
func (b *Bot) settle(r *reader, batch storage.Batch, out flows.Outcome, res storage.Result, began time.Time, err error) (Receipt, error) {
	var conflict *storage.Conflict
	switch {
	case err == nil:
		for i, d := range batch.Put {
			d.Rev = res.Rev
			if d.Data == nil {
				d.Rev = 0
			}
			if r.find(d.Key) < 0 {
				b.cache.drop(d.Key)
				continue
			}
			b.cache.put(d, res.Rev)
			if v := out.Put[i].Value; v != nil {
				b.warm.put(d.Key, d.Rev, v)
			}
		}
		b.started(batch.Push, out.Messages, res.Held, began)
		if len(res.Held) == len(batch.Push) && len(out.Messages) == len(batch.Push) {
			b.own.note(batch.Once)
		}
		return Receipt{}, nil
	case errors.Is(err, storage.ErrSeen):
		b.count.Seen.Add(1)
		return Receipt{Seen: true}, nil
	case errors.As(err, &conflict):
		for i := range conflict.Docs {
			if i < len(batch.Check) {
				conflict.Docs[i].Key = batch.Check[i].Key
			}
			b.cache.replace(conflict.Docs[i])
		}
		return Receipt{}, err
	case errors.Is(err, storage.ErrTooLarge):
		b.log.Error("outcome too large", "update", batch.Once, "err", err)
		return Receipt{}, fmt.Errorf("%w: %w", ErrTurn, err)
	}
	return Receipt{}, fmt.Errorf("bot: committing a turn: %w", err)
}

// decide calls Play. A panic is a failed turn, not the end of the program; what it said may quote a guest and is not logged.
func (b *Bot) decide(u flows.Update, r *reader) (out flows.Outcome, err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		what := fmt.Sprintf("%T", p)
		if e, ok := p.(runtime.Error); ok {
			what = e.Error()
		}
		b.log.Error("turn panicked", "update", u.ID, "subject", u.Subject, "call", u.Call, "panic", what, "stack", string(debug.Stack()))
		err = fmt.Errorf("panic: %s", what)
	}()
	return b.play(u, r)
}

// setAside keeps an update that cannot be decided where the console shows it, and counts it as done: it must not block the ones
// behind it for ever.
func (b *Bot) setAside(ctx context.Context, u flows.Update) (Receipt, error) {
	now := b.clock.Now()
	_, err := b.store.Commit(ctx, storage.Batch{
		Once: u.ID,
		Push: []storage.Job{{ID: keyName(givenUp + "/" + u.ID), Queue: givenUp, Lane: keyName("update/" + laneOf(u)), Data: flows.Must(u)}},
		Now:  now,
	})
	if err != nil && !errors.Is(err, storage.ErrSeen) {
		return Receipt{}, fmt.Errorf("bot: setting an update aside: %w", err)
	}
	b.count.GivenUp.Add(1)
	b.log.Error("update set aside", "update", u.ID, "subject", u.Subject)
	return Receipt{}, nil
}

// started hands held jobs to their queues and tells the queues what else waits for them. The first jobs pushed carry messages.
func (b *Bot) started(pushed []storage.Job, messages []flows.Message, held []storage.Job, claimed time.Time) {
	if !b.open.Load() && len(held) == 0 {
		return
	}
	for i, j := range pushed {
		q := b.queues[j.Queue]
		if q == nil {
			continue
		}
		at := slices.IndexFunc(held, func(h storage.Job) bool { return h.ID == j.ID })
		switch {
		case at < 0:
			q.expect(j.Lane, j.At)
		case i < len(messages):
			q.offer(held[at], &messages[i], claimed)
		default:
			q.offer(held[at], nil, claimed)
		}
	}
}
