package flows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Linking makes a person's identities on several networks one: a one-time code from one chat is typed in another, and both histories,
// the application among them, are one from that commit on.

// Code is a one-time code, under "code/" + the code.
type Code struct {
	Kind   string // "link"
	Person string
}

const (
	codeLife   = 10 * time.Minute
	codeSigns  = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789" // nothing that is read for something else
	codeLength = 8
	wrongCodes = 5 // in an hour; then an hour's pause
)

func codeKey(code string) string { return "code/" + code }

// newCode rolls a code from the turn's seed: 40 bits, which nobody guesses in ten minutes and five attempts.
func (t *Turn) newCode() string {
	seed, code := t.Seed, make([]byte, codeLength)
	for i := range code {
		code[i] = codeSigns[seed%32]
		seed /= 32
	}
	return string(code)
}

// readCode makes what was typed comparable: "abcd-efgh" is "ABCDEFGH".
func readCode(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(codeSigns, r) {
			return r
		}
		return -1
	}, strings.ToUpper(s))
}

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
	t.out.Check = append(t.out.Check, Doc{Key: codeKey(code)})
	t.out.Put = append(t.out.Put, Doc{Key: codeKey(code), Until: t.At.Add(codeLife), Data: Must(Code{Kind: "link", Person: t.Person.ID})})
	t.Say("link.code", "code", code[:4]+"-"+code[4:], "minutes", int(codeLife.Minutes()))
}

// redeem is /code: it looks the code up and does what the code is for.
func redeem(t *Turn, typed string) {
	p, code := t.Person, readCode(typed)
	if typed == "" {
		t.Say("code.ask")
		return
	}
	if t.At.Sub(p.WrongSince) > time.Hour {
		p.Wrong = 0
	}
	if p.Wrong >= wrongCodes {
		t.Say("code.too_many")
		return
	}
	docs, err := t.src.Load(codeKey(code))
	if err != nil {
		t.err = err
		return
	}
	var c Code
	if code == "" || json.Unmarshal(docs[0].Data, &c) != nil || c.Kind != "link" {
		if p.Wrong++; p.Wrong == 1 {
			p.WrongSince = t.At
		}
		t.Say("code.unknown")
		return
	}
	p.Wrong = 0
	t.out.Check = append(t.out.Check, docs[0])
	t.out.Put = append(t.out.Put, Doc{Key: codeKey(code)})
	t.join(c.Person)
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
	case !me.Began.IsZero() && !them.Began.IsZero():
		t.Say("link.both")
		t.Offer(t.Command("human"))
		return
	case !me.Began.IsZero():
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
	t.Say("link.done", "platform", them.Home.Platform())
	if !keep.Began.IsZero() {
		t.Tell(t.summary())
	}
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
	keep.Help = append(keep.Help, gone.Help...)
	for _, ref := range gone.Help {
		t.out.Posts = append(t.out.Posts, Update{ID: t.ID + "/move/" + ref, Subject: "help/" + ref, Call: "help/move", At: t.At, Sent: t.At, Args: Must(keep.ID)})
	}
	keep.Joined = append(append(keep.Joined, gone.Joined...), gone.ID) // their key opens the files they sent
	t.out.Put = append(t.out.Put, Doc{Key: gone.ID}, Doc{Key: cardKey(gone.ID)})
	keep.Home, keep.Seen = t.Chat, t.At
	t.Person = keep
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
	p.Addresses = slices.DeleteFunc(p.Addresses, func(a Address) bool { return a == t.From })
	p.Home = p.Addresses[0]
	t.identify(t.From, PersonID(Address(fmt.Sprintf("%s unlinked %s", t.From, t.ID))))
	t.out.Messages = append(t.out.Messages, Message{To: p.Home, Text: t.Text("link.told_off", "platform", t.From.Platform())})
	t.Person.Talk = nil
	t.Say("link.off")
}
