package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"olle/flows"
	"olle/storage"
)

// doWork does one piece of slow work. It may be done more than once: its results have names fixed beforehand, so a repeat replaces
// them, and what it reports is an update with the work's own ID.
func (b *Bot) doWork(ctx context.Context, j storage.Job) {
	q := b.queues[workQueue]
	var t task
	if err := json.Unmarshal(j.Data, &t); err != nil {
		b.giveUp(q, j, fmt.Errorf("unreadable work: %w", err))
		return
	}
	limited, cancel := context.WithTimeout(ctx, workTime)
	defer cancel()
	needless, err := b.needless(limited, t)
	if needless {
		b.failures.forget(j.ID)
		q.write(j, storage.Batch{Done: []storage.Job{j}})
		return
	}
	var args json.RawMessage
	if err == nil {
		args, err = b.perform(limited, j, t.Work)
	}
	switch {
	case err == nil:
		b.report(ctx, q, j, t, args)
	case ctx.Err() != nil:
		q.giveBack(j, 0)
	case t.Work.Kind == "fetch" && b.tooOld(j):
		b.log.Error("file given up", "job", j.ID, "subject", t.Subject, "err", discreet(err))
		b.report(ctx, q, j, t, flows.Must(flows.Fetched{Blob: t.Work.Blob, Problem: "failed", Echo: rulesOf(t.Work).Echo}))
	default:
		b.putOffWork(q, j, err)
	}
}

// needless says that a file need not be fetched: whose it would be is gone. Their deletion waits behind it, for a file that is being fetched
// meanwhile would leave its key.
func (b *Bot) needless(ctx context.Context, t task) (bool, error) {
	if t.Work.Kind != "fetch" || !strings.HasPrefix(t.Subject, "person/") {
		return false, nil
	}
	docs, err := b.store.Load(ctx, t.Subject)
	if err != nil {
		return false, fmt.Errorf("bot: looking whose a file is: %w", err)
	}
	return docs[0].Data == nil, nil
}

// putOffWork obeys a pause a platform asked for, and otherwise backs off.
func (b *Bot) putOffWork(q *queue, j storage.Job, err error) {
	var fact *SendError
	if errors.As(err, &fact) && fact.Wait > 0 {
		b.count.Waits.Add(1)
		q.giveBack(j, fact.Wait)
		return
	}
	b.putOff(q, j, err)
}

// report plays the update that tells how it went, in the commit that ends the work.
func (b *Bot) report(ctx context.Context, q *queue, j storage.Job, t task, args json.RawMessage) {
	if t.Work.Call == "" {
		b.failures.forget(j.ID)
		q.write(j, storage.Batch{Done: []storage.Job{j}})
		return
	}
	b.playJob(ctx, q, j, flows.Update{
		ID: j.ID, Subject: t.Subject, From: t.Work.From, Chat: t.Chat, Private: t.Private,
		Call: t.Work.Call, Args: args, Sent: b.clock.Now(),
	})
}

func (b *Bot) perform(ctx context.Context, j storage.Job, w flows.Work) (json.RawMessage, error) {
	switch w.Kind {
	case "fetch":
		got, err := b.fetch(ctx, w)
		if err != nil {
			return nil, err
		}
		b.measureFile(got.Problem)
		if got.Problem != "" {
			b.log.Info("file refused", "job", j.ID, "platform", w.From.Platform(), "problem", got.Problem)
		}
		return flows.Must(got), nil
	case "erase":
		return w.Args, b.erase(ctx, j.ID, w)
	case "menu":
		return nil, b.offerMenu(ctx, w)
	case "cohort":
		return b.openRoom(ctx, w)
	}
	return nil, fmt.Errorf("bot: nobody knows how to do %q", w.Kind)
}

func rulesOf(w flows.Work) (r flows.FetchRules) {
	_ = json.Unmarshal(w.Args, &r) // made by Must; without rules every type is refused
	return r
}

// fetch gets a file from the platform it came by, checks it on the way and keeps it encrypted. A refusal is a result; an error
// means try again.
func (b *Bot) fetch(ctx context.Context, w flows.Work) (flows.Fetched, error) {
	rules := rulesOf(w)
	got := flows.Fetched{Blob: w.Blob, Echo: rules.Echo}
	if b.sealed() {
		got.Problem = "sealed"
		return got, nil
	}
	if rules.Max > 0 && w.File.Size > rules.Max { // as claimed; some networks do not even open it
		got.Problem, got.Size = "large", w.File.Size
		return got, nil
	}
	p := b.platforms[w.From.Platform()]
	if p == nil {
		return got, fmt.Errorf("bot: no platform %q here to fetch from", w.From.Platform())
	}
	body, err := openFile(ctx, p, w.File)
	var fact *SendError
	if errors.As(err, &fact) && fact.Gone {
		got.Problem = "gone"
		return got, nil
	}
	if err != nil {
		return got, err
	}
	defer body.Close()
	return b.Keep(ctx, w.Blob, rules, body)
}

// openFile asks the platform for the bytes; a panic in it is a failure like another.
func openFile(ctx context.Context, p Platform, f flows.File) (r io.ReadCloser, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("bot: platform panicked: %T", v)
		}
	}()
	return p.Fetch(ctx, f)
}

const (
	erasePage   = 100
	silencePage = 500
)

// erase removes documents by prefix, page by page, and files. What is gone already is fine.
func (b *Bot) erase(ctx context.Context, cause string, w flows.Work) error {
	var e flows.Erase
	if err := json.Unmarshal(w.Args, &e); err != nil {
		return fmt.Errorf("bot: unreadable erase work: %w", err)
	}
	for _, prefix := range e.Prefixes {
		if prefix == "" {
			continue // would be everything
		}
		if err := b.erasePrefix(ctx, prefix); err != nil {
			return err
		}
	}
	if err := b.silence(ctx, e, cause); err != nil {
		return err
	}
	for _, name := range e.Blobs {
		if b.files == nil {
			break
		}
		if err := b.files.Delete(ctx, name); err != nil {
			return fmt.Errorf("bot: erasing: %w", err)
		}
	}
	return nil
}

// silence drops what waits to be said in chats of somebody who is gone, and what was given up for them. What the turn that deleted them
// says is said: its messages have IDs that begin like the cause's.
func (b *Bot) silence(ctx context.Context, e flows.Erase, cause string) error {
	update, _, _ := strings.Cut(cause, "/erase")
	whose := slices.Clone(e.Persons)
	for _, chat := range e.Chats {
		whose = append(whose, string(chat))
		err := b.dropWhere(ctx, keyName(chat.Platform()), func(j storage.Job) bool {
			return j.Lane == keyName(string(chat)) && !strings.HasPrefix(j.ID, update+"/")
		})
		if err != nil {
			return err
		}
	}
	return b.dropWhere(ctx, givenUp, func(j storage.Job) bool { return slices.Contains(whose, stuckOf(j).Subject) })
}

// dropWhere drops jobs of a queue.
func (b *Bot) dropWhere(ctx context.Context, queue string, goes func(storage.Job) bool) error {
	for after := ""; ; {
		jobs, err := b.store.Jobs(ctx, storage.Filter{Queue: queue}, after, silencePage)
		if err != nil {
			return fmt.Errorf("bot: erasing: %w", err)
		}
		batch := storage.Batch{Now: b.clock.Now()}
		for _, j := range jobs {
			if after = j.ID; goes(j) {
				batch.Drop = append(batch.Drop, j.ID)
			}
		}
		if len(batch.Drop) > 0 {
			if _, err := b.store.Commit(ctx, batch); err != nil {
				return fmt.Errorf("bot: erasing: %w", err)
			}
		}
		if len(jobs) < silencePage {
			return nil
		}
	}
}

func (b *Bot) erasePrefix(ctx context.Context, prefix string) error {
	for {
		docs, err := b.store.List(ctx, prefix, "", erasePage)
		if err != nil {
			return fmt.Errorf("bot: erasing: %w", err)
		}
		if len(docs) == 0 {
			return nil
		}
		batch := storage.Batch{Now: b.clock.Now()}
		for _, d := range docs {
			batch.Put = append(batch.Put, storage.Doc{Key: d.Key})
			b.cache.drop(d.Key)
		}
		if _, err := b.store.Commit(ctx, batch); err != nil {
			return fmt.Errorf("bot: erasing: %w", err)
		}
	}
}
