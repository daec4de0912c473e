package bot

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"olle/storage"
)

// Settlement is how far that has been done which an update caused.
type Settlement int

const (
	Unsettled   Settlement = iota
	Settled                // all of it
	SettledHere            // all of it, by this process: its platforms have carried every message, which may not be on record yet
)

// Settled says whether everything the update caused has been done: its messages are carried, its posts and work are through, and
// theirs too. Alarms do not count: they are for later. Who asks while this process is at it, or has done it all, does not trouble the
// store.
func (b *Bot) Settled(ctx context.Context, updateID string) (Settlement, error) {
	id := updateName(updateID)
	prefix := id + "/"
	for _, q := range b.queues {
		if q.name != clockQueue && q.hasAny(prefix) {
			return Unsettled, nil
		}
	}
	if b.own.has(id) {
		return SettledHere, nil
	}
	jobs, err := b.store.Jobs(ctx, storage.Filter{Prefix: prefix}, "", 1)
	if err != nil {
		return Unsettled, fmt.Errorf("bot: looking for what an update left to do: %w", err)
	}
	if len(jobs) > 0 {
		return Unsettled, nil
	}
	return Settled, nil
}

// own are the latest updates that caused nothing but messages which came to this process held: once none of them is here any more, nothing
// of the update is left anywhere. It may forget, and then the store is asked.
type own struct {
	mu   sync.Mutex
	byID map[string]bool // false: something went another way
}

const maxOwn = 1024

func newOwn() *own { return &own{byID: map[string]bool{}} }

func (o *own) has(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.byID[id]
}

// note remembers an update whose messages all came here, unless one of them has left since.
func (o *own) note(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, known := o.byID[id]; !known {
		o.set(id, true)
	}
}

// left hears that a job did not simply end here: it was given back, failed, or caused something.
func (o *own) left(job string) {
	id := job[:max(strings.LastIndexByte(job, '/'), 0)]
	o.mu.Lock()
	defer o.mu.Unlock()
	o.set(id, false)
}

// set makes room first. The caller holds o.mu.
func (o *own) set(id string, whole bool) {
	if len(o.byID) >= maxOwn {
		for k := range o.byID { // any one: maps are walked in no order
			delete(o.byID, k)
			break
		}
	}
	o.byID[id] = whole
}
