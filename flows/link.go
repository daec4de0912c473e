package flows

import (
	"cmp"
	"fmt"
	"slices"
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

// absorb moves addresses and history of gone to keep, which is the person of this turn from now on. What only somebody with an application
// or a seat has, gone has not: see stands. What became of each field of a person says TestLinkingForgetsNothing.
func (t *Turn) absorb(keep, gone *Person) {
	t.out.Subject, t.Person = keep.ID, keep
	t.absorbAddresses(gone)
	keep.absorbAnswers(gone)
	t.absorbLate(gone)
	t.absorbWishes(gone)
	keep.absorbTold(gone)
	keep.absorbQuizzes(gone)
	t.absorbHelp(gone)
	t.absorbAttended(gone)
	t.absorbSheets(gone)
	if keep.Certificate == nil {
		keep.Certificate, keep.Uncertified = gone.Certificate, keep.Uncertified || gone.Uncertified
	}
	t.moveApart(keep, gone)
	keep.Joined = append(append(keep.Joined, gone.Joined...), gone.ID) // their key opens the files they sent
	t.out.Put = append(t.out.Put, Doc{Key: gone.ID}, Doc{Key: cardKey(gone.ID)}, Doc{Key: ClosingKey(t.Event.ID) + PersonName(gone.ID)})
	keep.Home, keep.Seen = t.Chat, t.At
	t.moved = false
}

// absorbAddresses takes over the chats, which of them could not be reached, and what their owner may do as an organiser.
func (t *Turn) absorbAddresses(gone *Person) {
	p := t.Person
	for _, a := range gone.Addresses {
		t.identify(a, p.ID)
	}
	p.Addresses = withAll(p.Addresses, gone.Addresses)
	p.Away = withAll(p.Away, gone.Away)
	p.Rights = withAll(p.Rights, gone.Rights)
}

// withAll adds to a list what it lacks of others.
func withAll[T comparable](list, others []T) []T {
	for _, v := range others {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// absorbAnswers takes over what was answered, and what the person was in the middle of.
func (p *Person) absorbAnswers(gone *Person) {
	for name, r := range gone.Forms {
		if p.Forms[name] == nil {
			p.Forms[name] = r
		}
	}
	if p.Consent == nil {
		p.Consent = gone.Consent
	}
	if len(p.Talk) == 0 {
		p.Talk = gone.Talk
	}
	p.Zone, p.Language = cmp.Or(p.Zone, gone.Zone), cmp.Or(p.Language, gone.Language)
}

// absorbLate takes over the later deadline, and the links by which others hand items in.
func (t *Turn) absorbLate(gone *Person) {
	p := t.Person
	if gone.Late != nil && (p.Late == nil || p.Late.Until.Before(gone.Late.Until)) {
		p.Late = gone.Late
		t.ownAlarms()
		t.moveLinks()
	}
	p.Links = append(p.Links, gone.Links...)
	for _, code := range gone.Links {
		if h, at := t.handover(code); h != nil {
			h.Person, h.Until = p.ID, t.closes()
			at.Until = h.Until.Add(thirdLife)
			t.keepHandover(at, h)
		}
	}
}

// absorbWishes takes over when the person wants to be left alone: what was asked for in any chat holds, of two pauses the longer one.
func (t *Turn) absorbWishes(gone *Person) {
	p := t.Person
	p.Quiet, p.Fewer = p.Quiet || gone.Quiet, p.Fewer || gone.Fewer
	if p.Night == nil {
		p.Night = gone.Night
	}
	if gone.Snoozed.After(p.Snoozed) {
		t.snooze(gone.Snoozed)
	}
}

// absorbTold takes over what was told already: nobody hears it a second time because another chat of theirs is asked now.
func (p *Person) absorbTold(gone *Person) {
	if gone.Heard.After(p.Heard) {
		p.Heard = gone.Heard
	}
	p.Told, p.Programme = max(p.Told, gone.Told), max(p.Programme, gone.Programme)
	p.Announced = withAll(p.Announced, gone.Announced)
}

// absorbHelp takes over the help requests.
func (t *Turn) absorbHelp(gone *Person) {
	p := t.Person
	p.Help = append(p.Help, gone.Help...)
	if p.Asking == nil {
		p.Asking = gone.Asking
	}
	for _, ref := range gone.Help {
		t.out.post(t.At, Update{ID: t.ID + "/move/" + ref, Subject: "help/" + ref, Call: "help/move", Args: Must(p.ID)})
	}
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
