package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"olle/flows"
)

// lateWish is what an exception is to be. A zero Until is two days, from the deadline or from now, whichever is later.
type lateWish struct {
	Person string
	Uses   int
	Until  time.Time
	Why    string
}

// lateCode prints a code that gives its redeemer a later deadline. Who made it, for whom and why is on the audit trail.
func lateCode(ctx context.Context, p *program, args []string) error {
	f := flags("late-code")
	var wish lateWish
	f.StringVar(&wish.Person, "person", "", "reference of the only person who may redeem it")
	f.IntVar(&wish.Uses, "uses", 1, "how many people may redeem it")
	until := f.String("until", "", "the deadline it gives, like 2020-02-16T23:59:59+09:00; default two days more")
	f.StringVar(&wish.Why, "why", "", "the reason, for the audit trail")
	if err := parse(f, args); err != nil {
		return err
	}
	var err error
	if *until != "" {
		if wish.Until, err = time.Parse(time.RFC3339, *until); err != nil {
			return fmt.Errorf("%w: -until: %q is no moment like 2020-02-16T23:59:59+09:00", errUsage, *until)
		}
	}
	if strings.TrimSpace(wish.Why) == "" || wish.Uses < 1 || wish.Uses > 100 || f.NArg() > 0 {
		return fmt.Errorf("%w: late-code [-person REF] [-uses 1 to 100] [-until RFC3339] -why TEXT", errUsage)
	}
	var made madeCode
	if err := p.operateSettings(ctx, "code/late", wish, &made); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s\nWhoever types /code %s may send documents until %s.\n", made.Code, made.Code, made.Until.Format(time.RFC3339))
	return nil
}

// makeLateCode checks the wish and puts the code on record.
func makeLateCode(ctx context.Context, o *operator, raw json.RawMessage) (any, error) {
	var wish lateWish
	if err := json.Unmarshal(raw, &wish); err != nil {
		return nil, err
	}
	changes, err := o.changes(ctx)
	if err != nil {
		return nil, err
	}
	event, now := changes.Apply(o.parts.book.Current), o.parts.clock.Now()
	if wish.Until.IsZero() {
		wish.Until = usualExtension(event.Deadline, now)
	}
	switch {
	case event.Closed:
		return nil, errors.New("this event is over")
	case !wish.Until.After(event.Deadline) || !wish.Until.After(now):
		return nil, fmt.Errorf("%s is no later deadline: the deadline is %s", wish.Until.Format(time.RFC3339), event.Deadline.In(event.Zone).Format(time.RFC3339))
	}
	wish.Until = wish.Until.In(event.Zone)
	if wish.Person = strings.ToUpper(strings.TrimSpace(wish.Person)); wish.Person != "" {
		known, err := o.knows(ctx, event, wish.Person)
		if err != nil {
			return nil, err
		}
		if !known {
			return nil, fmt.Errorf("nobody has the reference %s", wish.Person)
		}
	}
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, err
	}
	made := madeCode{Code: flows.CodeFrom(binary.LittleEndian.Uint64(random[:])), Until: wish.Until}
	_, err = o.bot.Handle(ctx, flows.Update{
		ID: fmt.Sprintf("event/code/%x", random), Subject: "event/" + o.parts.book.Current.ID, Call: "event/code", Sent: now, From: "operator",
		Args: flows.Must(flows.CodeArgs{Code: made.Code, Until: wish.Until, What: flows.Code{
			Kind: "late", By: "operator", Until: wish.Until, Why: wish.Why, Ref: wish.Person, Uses: wish.Uses,
		}}),
	})
	return made, err
}

// usualExtension is two days after the deadline, or from now where that is over.
func usualExtension(deadline, now time.Time) time.Time {
	if now.After(deadline) {
		deadline = now
	}
	return deadline.Add(48 * time.Hour).Truncate(time.Second)
}

// knows says whether somebody has a reference, like "VCA20-7K3FQ2".
func (o *operator) knows(ctx context.Context, e *flows.Event, ref string) (bool, error) {
	name, ok := strings.CutPrefix(ref, e.Prefix+"-")
	if !ok || len(name) != 6 {
		return false, nil
	}
	found, err := o.parts.store.List(ctx, "card/"+strings.ToLower(name), "", 1)
	return len(found) > 0, err
}
