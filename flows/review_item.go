package flows

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// Organisers look at what was sent and accept it or send it back. A file sent back counts as missing again, so the reminders follow;
// the reason reaches the applicant, in whose language the rest is said.

// ReviewArgs are the Args of "person/item", for the subject of the applicant.
type ReviewArgs struct {
	Upload string // ID of the version that was looked at; a newer one that came meanwhile is not judged by it
	State  string // "accepted" or "returned"
	Reason string // with "returned": what the applicant reads, at most MaxReason characters
	Seen   *Seen  `json:",omitempty"`
}

// Seen is what somebody who decides had before them: what another decided meanwhile stands. nil: whatever stands is changed.
type Seen struct {
	State string
	At    time.Time `json:",omitzero"` // when it was decided
}

// Is says whether that is how it stands.
func (s *Seen) Is(state string, at time.Time) bool {
	return s == nil || s.State == state && s.At.Equal(at)
}

// MaxReason is how long a reason may be, in characters.
const MaxReason = 1000

// Valid says whether the arguments can be carried out.
func (a ReviewArgs) Valid() bool {
	return a.State == "accepted" || a.State == "returned" && strings.TrimSpace(a.Reason) != "" && utf8.RuneCountInString(a.Reason) <= MaxReason
}

// reviewItem hears that an organiser accepted a file or sent it back.
func reviewItem(t *Turn) {
	var args ReviewArgs
	if json.Unmarshal(t.Args, &args) != nil || !args.Valid() || !t.permitted() {
		return
	}
	u, _, it := t.upload(args.Upload)
	if u == nil || it == nil || t.Person.Items[it.ID] != u || !u.kept() && u.State != "returned" || u.State == args.State || !args.Seen.Is(u.State, u.Checked) {
		return
	}
	u.State, u.Checked, u.Reason = args.State, t.At, ""
	if args.State == "accepted" {
		t.note("item accepted", t.Person.Ref, it.ID)
		t.Say("documents.accepted", "number", it.Number, "name", it.Name)
		return
	}
	u.Reason = clean(args.Reason)
	t.note("item sent back", t.Person.Ref, it.ID)
	t.Say("documents.returned", "number", it.Number, "name", it.Name, "reason", u.Reason)
	if t.late(t.At) {
		t.Say("documents.returned_late")
		return
	}
	t.Say("documents.returned_again")
	t.Offer(t.Command("documents"), t.Command("human"))
}

// kept says whether the file is here and nobody sent it back.
func (u *Upload) kept() bool { return u.State == "received" || u.State == "accepted" }

// awaited says whether an item was sent back and nothing new has come in its place.
func (p *Person) awaited() bool {
	for item, u := range p.Items {
		for u != nil && u.State == "refused" {
			u = u.Before
		}
		if u != nil && u.State == "returned" && p.Received(item) == nil {
			return true
		}
	}
	return false
}
