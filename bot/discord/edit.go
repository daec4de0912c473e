package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"olle/flows"
)

// editTime is how long after a message its correction counts as one.
const editTime = 5 * time.Minute

// edited makes an update of a corrected direct message, as of something new, so that who mistyped an answer can mend it. Discord also
// sends a message again when it has looked up its links; such a one bears no time of an edit, or the old one, and so its old ID.
// Its files have come with the message: an edit can only take some away.
func (m *message) edited() (flows.Update, bool) {
	if m.Guild != "" {
		return flows.Update{}, false
	}
	at, err := time.Parse(time.RFC3339, m.Edited)
	if err != nil || at.Sub(sentAt(m.ID)) > editTime {
		return flows.Update{}, false
	}
	u, ok := m.update("")
	u.ID, u.Sent, u.Files = fmt.Sprintf("discord:m%s:e%d", m.ID, at.UnixMilli()), at, nil
	return u, ok && u.Text != ""
}

// correction takes an edit in its turn. It counts only while the message is the newest of its chat: an old line that is edited would
// answer a question it was not about.
func (r *receiver) correction(data json.RawMessage, done func()) error {
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	u, ok := m.edited()
	if !ok {
		done()
		return nil
	}
	r.lanes.push(m.Author.ID, func(ctx context.Context) {
		if r.d.memory.newest(m.Channel, m.ID) {
			if _, ok := r.insist(ctx, u); !ok {
				return
			}
		}
		done()
	})
	return nil
}
