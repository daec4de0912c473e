package flows

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Code is a one-time code, under "code/" + the code. Everything that is given by code is redeemed in one place, /code, and what the
// redeemer gets depends on the kind; somebody who guesses learns nothing but "I do not know that code".
type Code struct {
	Kind   string // a key of codeKinds; "console": a link, which no chat redeems
	Person string `json:",omitempty"` // link, console: who asked for it
	Right  string `json:",omitempty"` // invite
	By     string `json:",omitempty"` // address of who made it

	Session string `json:",omitempty"` // attend
	Lasting bool   `json:",omitempty"` // redeeming it does not use it up

	Until time.Time `json:",omitzero"`  // late: the deadline it gives
	Why   string    `json:",omitempty"` // late
	Ref   string    `json:",omitempty"` // only the person with this reference may redeem it
	Uses  int       `json:",omitempty"` // how often it may be redeemed yet; 0 is once

	code string // itself, while it is redeemed
}

// codeKinds says what redeeming a code does.
func codeKinds() map[string]func(*Turn, Code) {
	return map[string]func(*Turn, Code){
		"link":   func(t *Turn, c Code) { t.join(c.Person) },
		"invite": takeInvite,
		"late":   takeLate,
		"attend": takeAttend,
	}
}

const (
	codeSigns  = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789" // nothing that is read for something else
	codeLength = 8
	wrongCodes = 5 // in an hour; then an hour's pause
)

func codeKey(code string) string { return "code/" + code }

// newCode rolls a code from the turn's seed: 40 bits, which nobody guesses in ten minutes and five attempts.
func (t *Turn) newCode() string { return CodeFrom(t.Seed) }

// CodeFrom makes a code of a random number.
func CodeFrom(seed uint64) string {
	code := make([]byte, codeLength)
	for i := range code {
		code[i] = codeSigns[seed%32]
		seed /= 32
	}
	return string(code)
}

// spaced is how a code is shown: "ABCD-EFGH".
func spaced(code string) string { return code[:4] + "-" + code[4:] }

// putCode makes a code valid until a moment. One that happens to exist already is refused by the commit, and the turn rolls another.
func (t *Turn) putCode(code string, c Code, until time.Time) {
	t.out.Check = append(t.out.Check, Doc{Key: codeKey(code)})
	t.out.Put = append(t.out.Put, Doc{Key: codeKey(code), Until: until, Data: Must(c)})
}

// CodeArgs are the Args of "event/code".
type CodeArgs struct {
	Code  string
	What  Code
	Until time.Time // zero: the code is withdrawn
}

// code makes a code for whoever rolled it and shows it, or withdraws one.
func (t *eventTurn) code() {
	var args CodeArgs
	if json.Unmarshal(t.Args, &args) != nil || args.Code == "" {
		return
	}
	if args.Until.IsZero() {
		t.out.Put = append(t.out.Put, Doc{Key: codeKey(args.Code)})
		t.out.note(t.Update, "code withdrawn: "+args.What.Kind, "", args.What.Right)
		return
	}
	t.out.Check = append(t.out.Check, Doc{Key: codeKey(args.Code)})
	t.out.Put = append(t.out.Put, Doc{Key: codeKey(args.Code), Until: args.Until, Data: Must(args.What)})
	detail := args.What.Right
	if x := args.What; x.Kind == "late" {
		detail = fmt.Sprintf("until %s, uses: %d, why: %s", x.Until.UTC().Format(time.RFC3339), max(x.Uses, 1), x.Why)
	}
	t.out.note(t.Update, "code made: "+args.What.Kind, args.What.Ref, detail)
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

// redeem is /code: it looks the code up, uses it up, and does what the code is for.
func redeem(t *Turn, typed string) {
	p, code := t.Person, readCode(typed)
	if typed == "" {
		t.Say("code.ask")
		return
	}
	if t.joinQuiz(typed) {
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
	if t.redeemedBefore(code) {
		t.sayLate()
		return
	}
	c := Code{code: code}
	if code != "" && docs[0].Data != nil {
		t.err = decode(docs[0], &c)
	}
	take := t.Book.codes[c.Kind]
	if take == nil || c.Ref != "" && c.Ref != p.Ref {
		if p.Wrong++; p.Wrong == 1 {
			p.WrongSince = t.At
		}
		t.Say("code.unknown")
		return
	}
	if p.Wrong = 0; c.Lasting {
		take(t, c)
		return
	}
	t.out.Check = append(t.out.Check, docs[0])
	left := Doc{Key: codeKey(code)}
	if c.Uses--; c.Uses > 0 {
		left.Until, left.Data = docs[0].Until, Must(c)
	}
	t.out.Put = append(t.out.Put, left)
	take(t, c)
}
