package bot

import (
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
