package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"

	"olle/bot/inspect"
	"olle/flows"
	"olle/storage"
	"olle/storage/files"
)

// Keep looks a file through while it is read, and keeps it encrypted under the name of its blob. A refusal is a result; an error means
// try again.
func (b *Bot) Keep(ctx context.Context, blob string, rules flows.FetchRules, body io.Reader) (flows.Fetched, error) {
	got := flows.Fetched{Blob: blob, Echo: rules.Echo}
	if b.sealed() {
		got.Problem = "sealed"
		return got, nil
	}
	own, err := b.ownKey(ctx, rules.Person)
	if err != nil {
		return got, err
	}
	found, err := inspect.File(ctx, body, b.inspection(rules), func(r io.Reader) error {
		_, err := b.files.Put(ctx, blob, r, own...)
		return err
	})
	var fact *SendError
	got.Size, got.Type, got.Hash, got.Pages = found.Size, found.Type, found.Hash, found.Pages
	var no inspect.Refusal
	switch {
	case errors.As(err, &no):
		got.Problem = string(no)
	case errors.As(err, &fact) && fact.Gone:
		got.Problem = "gone"
	case errors.Is(err, files.ErrSealed):
		got.Problem = "sealed"
	case err != nil:
		return got, fmt.Errorf("bot: fetching: %w", err)
	}
	return got, nil
}

// sealed says that nothing can be kept: there is nobody to encrypt to.
func (b *Bot) sealed() bool { return b.files == nil || b.files.Sealed() }

func (b *Bot) inspection(r flows.FetchRules) inspect.Rules {
	return inspect.Rules{Max: r.Max, Types: r.Types, Pages: r.Pages, Scan: b.scan}
}

// ownKey returns the recipient of a person's own key, or an announcement's, made on first use. The key lives in the document "key/ID";
// when the flows delete that document, what was encrypted to it can only be read by the organisers.
func (b *Bot) ownKey(ctx context.Context, person string) ([]age.Recipient, error) {
	if person == "" {
		return nil, nil
	}
	key := flows.KeyDoc(person)
	docs, err := b.store.Load(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("bot: a person's key: %w", err)
	}
	if docs[0].Rev == 0 {
		docs[0], err = b.makeKey(ctx, key)
		if err != nil {
			return nil, fmt.Errorf("bot: making a person's key: %w", err)
		}
	}
	id, err := age.ParseX25519Identity(string(docs[0].Data))
	if err != nil {
		return nil, fmt.Errorf("bot: a person's key: %w", err)
	}
	return []age.Recipient{id.Recipient()}, nil
}

// makeKey writes a new key unless somebody else just did; then theirs counts.
func (b *Bot) makeKey(ctx context.Context, key string) (storage.Doc, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return storage.Doc{}, err
	}
	doc := storage.Doc{Key: key, Data: []byte(id.String())}
	if strings.HasPrefix(key, flows.KeyDoc(flows.AnnouncementKey(""))) {
		doc.Until = b.clock.Now().Add(2 * orphanAge) // the announcement that takes the file over keeps it for good
	}
	_, err = b.store.Commit(ctx, storage.Batch{Check: []storage.Doc{{Key: key}}, Put: []storage.Doc{doc}, Now: b.clock.Now()})
	var conflict *storage.Conflict
	if errors.As(err, &conflict) && len(conflict.Docs) == 1 {
		return conflict.Docs[0], nil
	}
	return doc, err
}
