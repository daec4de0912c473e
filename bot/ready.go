package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"olle/storage"
)

const (
	readyKey   = "clock/ready"   // written to prove that the store takes commits
	readyFor   = time.Second     // so long one proof holds, however often it is asked for
	readyProof = 2 * time.Second // a store that takes longer is not ready for anybody
)

// Ready says whether the bot can do its work now: it runs, the store takes a commit, every platform receives or stands by for the
// replica that does. It is for /readyz: reading alone would call a full disk or a replica without a master ready.
func (b *Bot) Ready(ctx context.Context) error {
	if !b.open.Load() {
		return errors.New("bot: not running")
	}
	if err := b.proveStore(ctx); err != nil {
		return fmt.Errorf("bot: the store does not take commits: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []error
	for name, err := range b.down {
		all = append(all, fmt.Errorf("bot: %s cannot receive: %w", name, err))
	}
	return errors.Join(all...)
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
