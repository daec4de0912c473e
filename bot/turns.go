package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"olle/flows"
	"olle/storage"
)

// strikeAlarm plays the update of an alarm that is due. The strike has its own ID per planting, so that an alarm planted again for
// the very moment it struck at before is not taken for a repeat; a crash cannot repeat it either, because the turn's commit
// finishes the job.
func (b *Bot) strikeAlarm(ctx context.Context, j storage.Job) {
	var s strike
	if err := json.Unmarshal(j.Data, &s); err != nil {
		b.giveUp(b.queues[clockQueue], j, fmt.Errorf("unreadable alarm: %w", err))
		return
	}
	b.count.late.observe(b.took(j.At))
	id := j.ID + "@" + strconv.FormatInt(j.At.Unix(), 10) + "." + strconv.FormatInt(j.Seq, 10)
	b.playJob(ctx, b.queues[clockQueue], j, flows.Update{
		ID: id, Subject: s.Subject, Call: s.Call, Args: s.Args, Due: j.At, Sent: b.clock.Now(),
	})
}

// deliverPost plays an update that another subject's turn posted.
func (b *Bot) deliverPost(ctx context.Context, j storage.Job) {
	var u flows.Update
	if err := json.Unmarshal(j.Data, &u); err != nil {
		b.giveUp(b.queues[postQueue], j, fmt.Errorf("unreadable post: %w", err))
		return
	}
	b.playJob(ctx, b.queues[postQueue], j, u)
}

// playJob plays an update that a job brought; the turn's own commit finishes the job.
func (b *Bot) playJob(ctx context.Context, q *queue, j storage.Job, u flows.Update) {
	u.ID = updateName(u.ID)
	rec, err := b.turn(ctx, u, &j)
	switch {
	case err == nil && rec.Seen:
		q.write(j, storage.Batch{Done: []storage.Job{j}})
	case err == nil:
		b.failures.forget(j.ID)
	case errors.Is(err, ErrTurn):
		b.putOff(q, j, err)
	default: // the store is away or others were faster: nobody's fault, so it does not age the job
		q.giveBack(j, backOff(1))
	}
}
