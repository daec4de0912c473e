package bot

import (
	"context"

	"olle/flows"
	"olle/storage"
)

// A message may name a document that its fate is written to (flows.Message.Ledger). The commit that ends the message's job writes that
// document too, so an announcement's ledger says "sent" exactly when the message will never be sent again.

// entered adds the ledger's document to the commit that ends a message's job; most messages have none.
func (b *Bot) entered(batch storage.Batch, m flows.Message, state, sent string) storage.Batch {
	if m.Ledger == nil {
		return batch
	}
	batch.Put = append(batch.Put, storage.Doc{Key: m.Ledger.Key, Data: flows.Must(flows.Carried{
		State: state, To: m.To, ID: sent, At: b.clock.Now(), Note: m.Ledger.Note,
	})})
	return batch
}

// recorded makes the memory of documents forget what such a commit wrote.
func (b *Bot) recorded(batch storage.Batch) {
	for _, d := range batch.Put {
		b.cache.drop(d.Key)
	}
}

// withheld says what becomes of a message that must not leave any more; "" it may. It is asked of the store itself, for what was
// decided elsewhere a moment ago counts.
func (b *Bot) withheld(ctx context.Context, m flows.Message) (state string, err error) {
	if m.Ledger == nil || m.Ledger.While == "" {
		return "", nil
	}
	docs, err := b.store.Load(ctx, m.Ledger.While)
	if err != nil {
		return "", err
	}
	return m.Ledger.Withheld(flows.Doc{Key: docs[0].Key, Data: docs[0].Data}), nil
}
