package bot

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"sync"

	"olle/storage"
)

// seedKey holds the installation's secret behind every turn's randomness. One-time codes are made of it, so nobody may compute it
// from what a network shows of an update.
const seedKey = "secret/seed"

// dice rolls the same for the same update on every replica, and for nobody else.
type dice struct {
	mu  sync.Mutex
	mac hash.Hash // keyed with the secret; nil until that is known
}

// seed is the randomness of the turn of the update with that ID.
func (b *Bot) seed(ctx context.Context, id string) (uint64, error) {
	b.dice.mu.Lock()
	defer b.dice.mu.Unlock()
	if b.dice.mac == nil {
		secret, err := b.loadSecret(ctx)
		if err != nil {
			return 0, fmt.Errorf("bot: the installation's secret: %w", err)
		}
		b.dice.mac = hmac.New(sha256.New, secret)
	}
	mac, sum := b.dice.mac, [sha256.Size]byte{}
	mac.Reset()
	mac.Write([]byte(id))
	return binary.BigEndian.Uint64(mac.Sum(sum[:0])), nil
}

// loadSecret reads the secret, or makes it at the very first turn of the installation; the first of several replicas wins.
func (b *Bot) loadSecret(ctx context.Context) ([]byte, error) {
	docs, err := b.store.Load(ctx, seedKey)
	if err != nil {
		return nil, err
	}
	if docs[0].Rev != 0 {
		return docs[0].Data, nil
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	_, err = b.store.Commit(ctx, storage.Batch{
		Check: []storage.Doc{{Key: seedKey}}, Put: []storage.Doc{{Key: seedKey, Data: secret}}, Now: b.clock.Now(),
	})
	var conflict *storage.Conflict
	if errors.As(err, &conflict) {
		return conflict.Docs[0].Data, nil
	}
	return secret, err
}
