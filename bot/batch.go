package bot

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"

	"olle/flows"
	"olle/storage"
)

// strike is the data of an alarm's job.
type strike struct {
	Subject string
	Call    string
	Args    json.RawMessage `json:",omitempty"`
}

// task is the data of a work job: the work, and whom to tell.
type task struct {
	Subject string
	Chat    flows.Address `json:",omitempty"`
	Private bool          `json:",omitempty"`
	Work    flows.Work
}

// batchOf turns an outcome into the one commit that records it, and names its live messages. done is the job that caused the
// turn, nil for what comes from outside.
func (b *Bot) batchOf(u flows.Update, r *reader, out flows.Outcome, done *storage.Job) (batch storage.Batch, live []string, err error) {
	batch = storage.Batch{Once: u.ID, Check: r.checks(out.Check), Now: u.At, Rates: b.ratesOf(u, out.Messages)}
	if done != nil {
		batch.Done = []storage.Job{*done}
	}
	for _, d := range out.Put {
		batch.Put = append(batch.Put, storage.Doc{Key: d.Key, Until: d.Until, Data: d.Data})
	}
	subject := cmp.Or(out.Subject, laneOf(u))
	live, err = b.pushMessages(&batch, u, out.Messages)
	pushAlarms(&batch, subject, out.Alarms)
	pushPosts(&batch, u, out.Posts)
	pushWork(&batch, u, subject, out.Work)
	if b.holds(batch.Push) {
		batch.Hold = min(claimTime, b.lease)
	}
	return batch, live, err
}

// pushMessages pushes them as the first jobs of the batch, in their order.
func (b *Bot) pushMessages(batch *storage.Batch, u flows.Update, messages []flows.Message) (live []string, err error) {
	for i := range messages {
		m := &messages[i]
		if m.To == "" {
			m.To = u.Chat
		}
		queue := m.To.Platform()
		if queue == "" {
			return nil, fmt.Errorf("message %d has no address", i)
		}
		id := u.ID + "/m" + strconv.Itoa(i)
		batch.Push = append(batch.Push, storage.Job{
			ID: id, Queue: keyName(queue), Lane: keyName(string(m.To)), Bulk: m.Bulk, Data: flows.Must(m),
		})
		if !m.Bulk {
			live = append(live, id)
		}
	}
	return live, nil
}

// ratesOf leaves out the rate of a network that does not count answers to interactions, when the turn says nothing else there.
func (b *Bot) ratesOf(u flows.Update, messages []flows.Message) map[string]storage.Rate {
	counts := map[string]bool{}
	for _, m := range messages {
		queue := m.To.Platform()
		if m.To == "" {
			queue = u.Chat.Platform()
		}
		p := b.platforms[queue]
		counts[queue] = counts[queue] || p == nil || m.Reply == "" || !p.Limits().Answers
	}
	rates := b.rates
	for queue, counted := range counts {
		if !counted {
			rates = maps.Clone(rates)
			delete(rates, queue)
		}
	}
	return rates
}

func pushAlarms(batch *storage.Batch, subject string, alarms []flows.Alarm) {
	for _, a := range alarms {
		id := alarmID(subject, a.Name)
		if a.At.IsZero() {
			batch.Drop = append(batch.Drop, id)
			continue
		}
		batch.Push = append(batch.Push, storage.Job{
			ID: id, Queue: clockQueue, Lane: id, At: a.At,
			Data: flows.Must(strike{Subject: subject, Call: a.Call, Args: a.Args}),
		})
	}
}

func pushPosts(batch *storage.Batch, u flows.Update, posts []flows.Update) {
	for i, p := range posts {
		if p.ID == "" {
			p.ID = u.ID + "/p" + strconv.Itoa(i)
		}
		p.ID = updateName(p.ID)
		if p.Sent.IsZero() {
			p.Sent = u.At
		}
		batch.Push = append(batch.Push, storage.Job{ID: p.ID, Queue: postQueue, Lane: keyName(cmp.Or(laneOf(p), p.ID)), Bulk: p.Bulk, Data: flows.Must(p)})
	}
}

func pushWork(batch *storage.Batch, u flows.Update, subject string, works []flows.Work) {
	for _, w := range works {
		batch.Push = append(batch.Push, storage.Job{
			ID: updateName(u.ID + "/" + w.Name), Queue: workQueue, Lane: keyName(subject),
			Data: flows.Must(task{Subject: subject, Chat: u.Chat, Private: u.Private, Work: w}),
		})
	}
}

// takeAlong adds to a turn's commit what has been done in the queues it speaks to, so that the lanes of its own messages are free again
// and nothing of it needs another commit. What it returns must hear how the commit went.
func (b *Bot) takeAlong(batch *storage.Batch) (along func(error)) {
	if batch.Hold == 0 {
		return func(error) {}
	}
	var last *queue
	var all []func(error)
	for _, j := range batch.Push {
		q := b.queues[j.Queue]
		if j.Bulk || !j.At.IsZero() || q.name == workQueue {
			continue
		}
		q.until(j.Lane)
		if q == last {
			continue
		}
		last = q
		group := q.rec.take()
		for _, e := range group {
			batch.Done = append(batch.Done, e.batch.Done...)
		}
		all = append(all, func(err error) { q.rec.taken(group, err) })
	}
	return func(err error) {
		for _, f := range all {
			f(err)
		}
	}
}

// holds says whether pushed jobs should come back claimed: only when this process can do all of them in
// the time of one claim. What is not held is claimed at once all the same, which costs one more round trip.
func (b *Bot) holds(jobs []storage.Job) bool {
	if !b.open.Load() || len(jobs) == 0 {
		return false
	}
	for _, j := range jobs {
		if q := b.queues[j.Queue]; q == nil || q.lease > b.lease {
			return false
		}
	}
	return true
}
