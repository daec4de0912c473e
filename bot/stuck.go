package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"olle/flows"
	"olle/storage"
)

// Stuck is a job that could not be done in time and waits for somebody's decision: try again, or let it go. What it carries is not
// shown to anybody.
type Stuck struct {
	ID      string
	Kind    string // "message", "alarm", "post", "work" or "update" (one from outside that could not be decided)
	Subject string // whose history it belongs to, or the chat it was for
	Since   time.Time
	job     storage.Job
}

// ErrNoSuchJob says that nothing of this name waits for a decision (any more).
var ErrNoSuchJob = errors.New("bot: no such job was given up")

// ListStuck returns up to n of the jobs given up, after the one named.
func ListStuck(ctx context.Context, s storage.Store, after string, n int) ([]Stuck, error) {
	jobs, err := s.Jobs(ctx, storage.Filter{Queue: givenUp}, after, n)
	if err != nil {
		return nil, fmt.Errorf("bot: looking for what was given up: %w", err)
	}
	all := make([]Stuck, len(jobs))
	for i, j := range jobs {
		all[i] = stuckOf(j)
	}
	return all, nil
}

// stuckOf tells what a job was from its data: the queue it came from is not kept.
func stuckOf(j storage.Job) Stuck {
	var d struct {
		ID, Subject, Call string
		To, From          flows.Address
		Work              *flows.Work
	}
	_ = json.Unmarshal(j.Data, &d) // unreadable data is one reason to be here
	s := Stuck{ID: j.ID, Subject: d.Subject, Since: j.Born, job: j}
	switch {
	case strings.HasPrefix(j.Lane, "update/"):
		s.Kind = "update"
	case d.Work != nil:
		s.Kind = "work"
	case d.To != "":
		s.Kind, s.Subject = "message", string(d.To)
	case d.ID != "":
		s.Kind = "post"
	case d.Call != "":
		s.Kind = "alarm"
	}
	if s.Subject == "" {
		s.Subject = string(d.From)
	}
	return s
}

// Retry puts a job that was given up back where it came from, as if it were new.
func (b *Bot) Retry(ctx context.Context, id string) error {
	s, err := b.stuck(ctx, id)
	if err != nil {
		return err
	}
	again, err := b.again(s)
	if err != nil {
		return err
	}
	return b.decideStuck(ctx, s, "retry", again)
}

// Drop lets a job that was given up go for good.
func (b *Bot) Drop(ctx context.Context, id string) error {
	s, err := b.stuck(ctx, id)
	if err != nil {
		return err
	}
	return b.decideStuck(ctx, s, "drop")
}

func (b *Bot) stuck(ctx context.Context, id string) (Stuck, error) {
	jobs, err := b.store.Jobs(ctx, storage.Filter{Queue: givenUp, Prefix: id}, "", 1)
	if err != nil {
		return Stuck{}, fmt.Errorf("bot: looking for a job: %w", err)
	}
	if len(jobs) == 0 || jobs[0].ID != id {
		return Stuck{}, ErrNoSuchJob
	}
	return stuckOf(jobs[0]), nil
}

// again makes the job anew. An update that was set aside is known as done under its old ID, so it gets a new one.
func (b *Bot) again(s Stuck) (storage.Job, error) {
	j := storage.Job{ID: strings.TrimPrefix(s.ID, givenUp+"/"), Lane: s.job.Lane, Bulk: s.job.Bulk, Data: s.job.Data}
	switch s.Kind {
	case "message":
		j.Queue = flows.Address(s.Subject).Platform()
	case "alarm":
		j.Queue, j.At = clockQueue, s.job.At
		j.ID = keyName(fmt.Sprintf("%s/again%d", j.ID, s.job.Seq)) // under its old ID it would replace one planted since
	case "work":
		j.Queue = workQueue
	case "post":
		j.Queue = postQueue
	case "update":
		var u flows.Update
		if err := json.Unmarshal(j.Data, &u); err != nil {
			return j, fmt.Errorf("bot: an update nobody can read: %w", err)
		}
		u.ID = updateName(fmt.Sprintf("%s/again%d", u.ID, s.job.Seq))
		j.ID, j.Queue, j.Lane, j.Data = u.ID, postQueue, keyName(laneOf(u)), flows.Must(u)
	}
	if b.queues[j.Queue] == nil {
		return j, fmt.Errorf("bot: nobody here does what %q was given up by", s.ID)
	}
	return j, nil
}

// decideStuck takes the job off the list; two who decide at once do it once.
func (b *Bot) decideStuck(ctx context.Context, s Stuck, what string, push ...storage.Job) error {
	_, err := b.store.Commit(ctx, storage.Batch{
		Once: fmt.Sprintf("stuck/%d/%s", s.job.Seq, keyName(s.ID)), Drop: []string{s.ID}, Push: push, Now: b.clock.Now(),
	})
	switch {
	case errors.Is(err, storage.ErrSeen):
		return ErrNoSuchJob
	case err != nil:
		return fmt.Errorf("bot: %s of a job given up: %w", what, err)
	}
	for _, j := range push {
		if q := b.queues[j.Queue]; q != nil {
			q.expect(j.Lane, j.At)
		}
	}
	return nil
}
