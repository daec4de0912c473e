package flows

import (
	"strconv"
	"strings"
)

// post says the one message of an announcement to a channel. It has a ledger entry like anybody's.
func (t *announcementTurn) post() {
	t.drip.Recipients, t.drip.Let = 1, 1
	m := t.it.message(t.event.Texts["en"], false)
	m.To = t.it.To
	t.say(m, postName)
}

// say puts a message on its way, and the due document that its fate will be written to.
func (t *announcementTurn) say(m Message, name string) {
	m.Ledger = &Ledger{Key: dueKey(t.it.ID, name), Note: strconv.Itoa(t.it.Version)}
	if m.Edit == "" {
		m.Ledger.While = AnnouncementKey(t.it.ID)
	}
	t.out.Messages = append(t.out.Messages, m)
	t.out.Put = append(t.out.Put, Doc{Key: m.Ledger.Key, Data: Must(Carried{State: dueSaid, To: m.To, At: t.At, Note: m.Ledger.Note})})
}

// Fix is a walk through the ledger that edits what was sent.
type Fix struct {
	After string `json:",omitempty"`
	Again bool   `json:",omitempty"` // one walk is over; the next begins when nothing with an older text is under way any more
}

// fix edits what was sent under an older version, a page of the ledger at a time, as far as there is room. Where a network cannot edit
// a message any more its adapter says the new one anew. A message goes to the very chat that has the old one, so it needs no turn of
// the person; the language of a retraction is on the card.
func (t *announcementTurn) fix(due *underWay) error {
	f := t.drip.Fix
	if f.Again && f.After == "" && due.old > 0 {
		return nil
	}
	prefix := sentKey(t.it.ID, "")
	for range walkPages {
		entries, err := t.src.List(prefix, f.After, cardsAtOnce)
		if err != nil {
			return err
		}
		keys := make([]string, len(entries))
		for i, d := range entries {
			keys[i] = "card/" + strings.TrimPrefix(d.Key, prefix)
		}
		cards, err := t.src.Load(keys...)
		if err != nil {
			return err
		}
		for i, d := range entries {
			if full, err := t.fixOne(d, cards[i], due); err != nil || full {
				return err
			}
			f.After = d.Key
		}
		if len(entries) == cardsAtOnce {
			continue
		}
		if f.After, f.Again = "", true; due.old == 0 {
			t.drip.Fix = nil
		}
		return nil
	}
	return nil
}

// fixOne edits one message; full: there is no room now.
func (t *announcementTurn) fixOne(entry, card Doc, due *underWay) (full bool, err error) {
	var was Carried
	if err := decode(entry, &was); err != nil {
		return false, err
	}
	name := strings.TrimPrefix(entry.Key, sentKey(t.it.ID, ""))
	if was.State != "sent" || was.Note == strconv.Itoa(t.it.Version) || due.names[name] {
		return false, nil
	}
	if card.Data == nil && name != postName {
		if card, err = t.cardAt(was.To); err != nil || card.Data == nil {
			return false, err
		}
	}
	if t.room(was.To.Platform(), due) <= 0 {
		return true, nil
	}
	var c Card
	if err := decode(card, &c); err != nil {
		return false, err
	}
	m := t.it.message(t.event.In(c.Language), name != postName)
	m.To, m.Edit = was.To, was.ID // its file, if it still has one, stays as it is
	due.add(name, was.To.Platform())
	t.say(m, name)
	return false, nil
}

// cardAt is the card of the person a chat belongs to now: whoever got the message there may have become another one by linking.
func (t *announcementTurn) cardAt(chat Address) (Doc, error) {
	docs, err := t.src.Load("at/" + string(chat))
	if err != nil {
		return Doc{}, err
	}
	var who Identity
	if err := decode(docs[0], &who); err != nil || who.Person == "" {
		return Doc{}, err
	}
	if docs, err = t.src.Load(cardKey(who.Person)); err != nil {
		return Doc{}, err
	}
	return docs[0], nil
}
