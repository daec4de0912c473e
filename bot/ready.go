package bot

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"olle/storage"
)

const (
	readyKey   = "clock/ready"   // written to prove that the store takes commits
	readyFor   = time.Second     // so long one proof holds, however often it is asked for
	readyProof = 2 * time.Second // a store that takes longer is not ready for anybody
)

// Unready says why a bot cannot do its work now. Error has the causes too, which may name servers; What is for anybody who asks.
type Unready []trouble

type trouble struct {
	what string
	why  error // nil: there is no more to say
}

func (u Unready) What() string {
	var all []string
	for _, t := range u {
		all = append(all, t.what)
	}
	return strings.Join(all, "; ")
}

func (u Unready) Error() string {
	var all []string
	for _, t := range u {
		if t.why != nil {
			t.what += ": " + t.why.Error()
		}
		all = append(all, t.what)
	}
	return "bot: " + strings.Join(all, "; ")
}

// Ready says whether the bot can do its work now: it runs, the store takes a commit, every platform receives or stands by for the
// replica that does. It is for /readyz: reading alone would call a full disk or a replica without a master ready. The error is an Unready.
func (b *Bot) Ready(ctx context.Context) error {
	if !b.open.Load() {
		return Unready{{"not running", nil}}
	}
	if err := b.proveStore(ctx); err != nil {
		return Unready{{"the store does not take commits", err}}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var all Unready
	for _, name := range slices.Sorted(maps.Keys(b.down)) {
		all = append(all, trouble{name + " cannot receive", b.down[name]})
	}
	if all == nil {
		return nil
	}
	return all
}

// proveStore writes a document that means nothing, at most once a second.
func (b *Bot) proveStore(ctx context.Context) error {
	if time.Since(time.Unix(0, b.proved.Load())) < readyFor {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readyProof)
	defer cancel()
	began, now := time.Now(), b.clock.Now()
	put := storage.Doc{Key: readyKey, Data: []byte(began.UTC().Format(time.RFC3339)), Until: now.Add(time.Hour)}
	if _, err := b.store.Commit(ctx, storage.Batch{Put: []storage.Doc{put}, Now: now}); err != nil {
		return err
	}
	b.proved.Store(began.UnixNano())
	return nil
}
