package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Linking makes a person's identities on several networks one: a one-time code from one chat is typed in another, and both histories,
// the application among them, are one from that commit on.

const codeLife = 10 * time.Minute

// link is /link: a new code, a code typed, or off.
func link(t *Turn, args string) {
	switch o, _ := (Input{Text: args}).Pick([]Option{{Value: "off", Label: "off", Also: []string{"undo", "unlink", "stop"}}}); {
	case args == "":
		t.offerLink()
	case o.Value == "off" && args != "1":
		t.unlink()
	default:
		redeem(t, args)
	}
	t.asked = t.top() != nil
}

func (t *Turn) offerLink() {
	code := t.newCode()
	t.putCode(code, Code{Kind: "link", Person: t.Person.ID}, t.At.Add(codeLife))
	t.Say("link.code", "code", spaced(code), "minutes", int(codeLife.Minutes()))
}

// join makes this person and the one who asked for the code the same.
func (t *Turn) join(other string) {
	me := t.Person
	if other == me.ID {
		t.Say("link.same")
		return
	}
	docs, err := t.src.Load(other)
	if err != nil {
		t.err = err
		return
	}
	them := &Person{}
	if docs[0].Data == nil || decode(docs[0], them) != nil {
		t.Say("code.unknown")
		return
	}
	keep, gone := them, me
	switch {
	case me.stands() && them.stands():
		t.Say("link.both")
		t.Offer(t.Command("human"))
		return
	case me.stands():
		keep, gone = me, them
	}
	t.out.Check = append(t.out.Check, docs[0])
	for _, to := range them.Addresses { // both sides are told, each in its own place
		if to.Platform() == them.Home.Platform() {
			t.out.Messages = append(t.out.Messages, Message{To: them.Home, Text: t.Text("link.told", "platform", t.From.Platform())})
			break
		}
	}
	t.absorb(keep, gone)
	if t.confirmed() {
		t.cohort(true)
	}
	t.Say("link.done", "platform", them.Home.Platform())
	if !keep.Began.IsZero() {
		t.Tell(t.summary())
	}
}

// stands says that there is more to the person than a talk: an application, or, where that went another way (by e-mail, or as an observer), a
// seat. Of two of these neither can become the other.
func (p *Person) stands() bool {
	return !p.Began.IsZero() || p.Seat != nil || p.Cohort != "" || len(p.Items)+len(p.Loose)+len(p.Attached) > 0
}

// absorb moves addresses and history of gone to keep, which is the person of this turn from now on.
func (t *Turn) absorb(keep, gone *Person) {
	for _, a := range gone.Addresses {
		if !slices.Contains(keep.Addresses, a) {
			keep.Addresses = append(keep.Addresses, a)
		}
		t.identify(a, keep.ID)
	}
	for name, r := range gone.Forms {
		if keep.Forms[name] == nil {
			keep.Forms[name] = r
		}
	}
	if keep.Consent == nil {
		keep.Consent = gone.Consent
	}
	if len(keep.Talk) == 0 {
		keep.Talk = gone.Talk
	}
	if keep.Zone == "" {
		keep.Zone = gone.Zone
	}
	if keep.Language == "" {
		keep.Language = gone.Language
	}
	for _, right := range gone.Rights {
		if !slices.Contains(keep.Rights, right) {
			keep.Rights = append(keep.Rights, right)
		}
	}
	t.out.Subject, t.Person = keep.ID, keep
	if gone.Late != nil && (keep.Late == nil || keep.Late.Until.Before(gone.Late.Until)) {
		keep.Late = gone.Late
		t.ownAlarms()
		t.moveLinks()
	}
	keep.Links = append(keep.Links, gone.Links...)
	for _, code := range gone.Links {
		if h, at := t.handover(code); h != nil {
			h.Person, h.Until = keep.ID, t.closes()
			at.Until = h.Until.Add(thirdLife)
			t.keepHandover(at, h)
		}
	}
	keep.Quiet, keep.Fewer = keep.Quiet || gone.Quiet, keep.Fewer || gone.Fewer
	if keep.Night == nil {
		keep.Night = gone.Night
	}
	for _, id := range gone.Announced {
		if !slices.Contains(keep.Announced, id) {
			keep.Announced = append(keep.Announced, id)
		}
	}
	keep.absorbQuizzes(gone)
	keep.Help = append(keep.Help, gone.Help...)
	if keep.Asking == nil {
		keep.Asking = gone.Asking
	}
	for _, ref := range gone.Help {
		t.out.Posts = append(t.out.Posts, Update{ID: t.ID + "/move/" + ref, Subject: "help/" + ref, Call: "help/move", At: t.At, Sent: t.At, Args: Must(keep.ID)})
	}
	t.absorbAttended(gone)
	t.absorbSheets(gone)
	if keep.Certificate == nil {
		keep.Certificate, keep.Uncertified = gone.Certificate, keep.Uncertified || gone.Uncertified
	}
	t.moveApart(keep, gone)
	keep.Joined = append(append(keep.Joined, gone.Joined...), gone.ID) // their key opens the files they sent
	t.out.Put = append(t.out.Put, Doc{Key: gone.ID}, Doc{Key: cardKey(gone.ID)}, Doc{Key: ClosingKey(t.Event.ID) + strings.TrimPrefix(gone.ID, "person/")})
	keep.Home, keep.Seen = t.Chat, t.At
	t.moved = false
}

// identify writes whose an address is, in place of what this turn wanted to write.
func (t *Turn) identify(a Address, person string) {
	key := "at/" + string(a)
	t.out.Put = slices.DeleteFunc(t.out.Put, func(d Doc) bool { return d.Key == key })
	t.out.Put = append(t.out.Put, Doc{Key: key, Data: Must(Identity{Person: person})})
}

// unlink takes the address of this chat off the person; the history stays with the others. The address gets a person of its own,
// under a name that was never anybody's.
func (t *Turn) unlink() {
	p := t.Person
	if len(p.Addresses) < 2 {
		t.Say("link.none")
		return
	}
	if t.confirmed() { // the place stays with the others, too
		t.cohortOf(false, t.From)
	}
	p.Addresses = slices.DeleteFunc(p.Addresses, func(a Address) bool { return a == t.From })
	p.Home = p.Addresses[0]
	t.identify(t.From, PersonID(Address(fmt.Sprintf("%s unlinked %s", t.From, t.ID))))
	t.out.Messages = append(t.out.Messages, Message{To: p.Home, Text: t.Text("link.told_off", "platform", t.From.Platform())})
	t.Person.Talk = nil
	t.Say("link.off")
}
