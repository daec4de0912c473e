package flows

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Entry is one line of the audit trail: who saw or changed what. It is a document of its own, written once in the commit that does
// what it tells of, and never changed: "audit/" + time + update.
type Entry struct {
	At     time.Time
	By     string `json:",omitempty"` // address of the organiser, reference of anybody else, "operator" (the server's own command line), "" Olle itself
	What   string // "export", "file seen", "deadline", "role given", …
	Whom   string `json:",omitempty"` // reference of the person it concerns; never a name
	Detail string `json:",omitempty"` // nothing personal
}

// AuditKey is the prefix of the trail's documents; their keys sort by time.
const AuditKey = "audit/"

// auditDoc is entry number n of an update's outcome.
func auditDoc(u Update, n int, e Entry) Doc {
	if e.At.IsZero() {
		e.At = u.At
	}
	if e.By == "" {
		e.By = string(u.From)
	}
	return Doc{Key: fmt.Sprintf("%s%s/%x.%d", AuditKey, e.At.UTC().Format("20060102T150405.000000"), u.Seed, n), Data: Must(e)}
}

// note adds an entry to the trail: what the sender of this update did, and to whom ("" nobody). Whoever is no organiser stands there by
// their reference, for the trail is kept when they and their addresses are deleted.
func (t *Turn) note(what, whom, detail string) {
	u := t.Update
	if len(t.Book.RightsOf(t.Person)) == 0 && slices.Contains(t.Person.Addresses, u.From) {
		u.From = Address(t.Person.Ref)
	}
	t.out.note(u, what, whom, detail)
}

func (o *Outcome) note(u Update, what, whom, detail string) {
	o.Put = append(o.Put, auditDoc(u, len(o.Put), Entry{What: what, Whom: whom, Detail: detail}))
}

// audit is the call "event/audit": something done outside a turn (an export, a file looked at in the console) goes on the trail
// before it is done.
func (t *eventTurn) audit() {
	var e Entry
	if json.Unmarshal(t.Args, &e) == nil && e.What != "" {
		e.At = t.At
		t.out.Put = append(t.out.Put, auditDoc(t.Update, 0, e))
	}
}
