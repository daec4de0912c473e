package flows

import (
	"encoding/json"
	"slices"
	"strconv"
)

// hearAnnouncement is an announcement reaching a person. Their own turn knows where they are reached now, their language, and whether
// they are still meant; it checks the announcement's revision, so that none is said after a pause is on record. Announcements are
// service: whoever wants no reminders gets them.
func hearAnnouncement(t *Turn) {
	var id string
	if json.Unmarshal(t.Args, &id) != nil {
		return
	}
	name := PersonName(t.Person.ID)
	docs, err := t.src.Load(AnnouncementKey(id), dueKey(id, name))
	if err != nil {
		t.err = err
		return
	}
	var it Announcement
	var due Carried
	if t.err = decode(docs[0], &it); t.err == nil {
		t.err = decode(docs[1], &due)
	}
	if t.err != nil || due.State != dueLet {
		return // repeated, or given up meanwhile
	}
	again := due.Note != "" // said before, and taken back before it left
	t.out.Check = append(t.out.Check, docs...)
	due.At = t.At
	switch due.State = t.wantsAnnouncement(&it, again); due.State {
	case dueSaid:
		m := it.message(t.texts, true)
		m.To = t.Person.Home
		due.To, due.Note = m.To, strconv.Itoa(it.Version)
		m.Ledger = &Ledger{Key: docs[1].Key, Note: due.Note, While: docs[0].Key}
		t.out.Messages = append(t.out.Messages, m)
	}
	if due.State != dueHeld && !slices.Contains(t.Person.Announced, id) {
		t.Person.Announced = append(t.Person.Announced, id)
	}
	t.out.Put = append(t.out.Put, Doc{Key: docs[1].Key, Data: Must(due)})
}

// wantsAnnouncement is what becomes of a recipient whose turn has come.
func (t *Turn) wantsAnnouncement(it *Announcement, again bool) string {
	had := slices.Contains(t.Person.Announced, it.ID) && !again
	audience, err := it.audience(t.Event)
	switch {
	case it.State == AnnouncementPaused:
		return dueHeld
	case it.StaleAfter > 0 && t.At.Sub(t.Sent) > it.StaleAfter:
		return dueHeld // the bot was away; the next tick asks
	case it.State != AnnouncementRunning, err != nil, had, !audience.Has(t.card(), PersonName(t.Person.ID)):
		return "skipped"
	case t.Person.Home == "":
		return "gone"
	}
	return dueSaid
}

// Withheld says that a message of an announcement must not leave any more, d being the announcement as it stands: it is paused, and the
// message is said anew when it goes on, or it is over. "" the message may leave.
func (l *Ledger) Withheld(d Doc) (state string) {
	var it Announcement
	switch {
	case decode(d, &it) != nil || d.Data == nil || it.State == AnnouncementCancelled || it.Retracted:
		return "skipped"
	case it.State == AnnouncementPaused:
		return dueHeld
	}
	return ""
}

// unheard settles what was due to somebody who is not there any more: a person deleted meanwhile, a channel that is gone.
func unheard(u Update) (settled []Doc) {
	switch u.Call {
	case "announcement/hear":
		var id string
		if json.Unmarshal(u.Args, &id) == nil && id != "" {
			settled = append(settled, Doc{Key: dueKey(id, PersonName(u.Subject)), Data: Must(Carried{State: "skipped", At: u.At})})
		}
	case "person/unreachable", "person/undelivered":
		var m Message
		if json.Unmarshal(u.Args, &m) == nil && m.Ledger != nil {
			settled = append(settled, m.Ledger.gone(u, m.To))
		}
	}
	return settled
}

// gone is the document that says so.
func (l *Ledger) gone(u Update, to Address) Doc {
	return Doc{Key: l.Key, Data: Must(Carried{State: "gone", To: to, At: u.At, Note: l.Note})}
}

// readAnnouncement is the button "I have read this".
func (t *Turn) readAnnouncement(id string) {
	name := PersonName(t.Person.ID)
	docs, err := t.src.Load(sentKey(id, name), dueKey(id, name), readKey(id, name))
	if err != nil {
		t.err = err
		return
	}
	if !slices.Contains(t.Person.Announced, id) && docs[0].Data == nil && docs[1].Data == nil {
		t.Say("common.stale")
		t.asked = true
		return
	}
	if docs[2].Data == nil {
		t.out.Put = append(t.out.Put, Doc{Key: readKey(id, name), Data: Must(t.At)})
	}
	t.visit("announcement", "read")
	t.Say("announcement.read")
	t.asked = t.top() != nil
}

// announcementsOf lists the keys of everything an announcement's sending keeps of a person, to be removed with them.
func announcementsOf(p *Person) (keys []string) {
	for _, id := range p.Announced {
		for _, person := range append(p.Joined, p.ID) {
			name := PersonName(person)
			keys = append(keys, sentKey(id, name), readKey(id, name))
		}
	}
	return keys
}
