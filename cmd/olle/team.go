package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"olle/flows"
)

// The first organiser cannot be invited by another one: the operator of the server makes codes too.

// invite prints a one-time code that gives its redeemer a right.
func invite(ctx context.Context, p *program, args []string) error {
	f := flags("invite")
	right := f.String("role", "", "the right to give: "+strings.Join(flows.Rights(), ", "))
	asJSON := f.Bool("json", false, "print JSON")
	if err := parse(f, args); err != nil {
		return err
	}
	if !slices.Contains(flows.Rights(), *right) {
		return fmt.Errorf("%w: invite -role %s", errUsage, strings.Join(flows.Rights(), "|"))
	}
	var made madeCode
	if err := p.operateSettings(ctx, "code/make", codeWish{Kind: "invite", Right: *right, Hours: 7 * 24}, &made); err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(p.out).Encode(made)
	}
	fmt.Fprintf(p.out, "%s\nWhoever types /code %s first, until %s, gets the right to %s.\n", made.Code, made.Code, made.Until.Format(time.RFC3339), *right)
	return nil
}

// consoleLink prints a one-time address that opens the console with all rights.
func consoleLink(ctx context.Context, p *program, args []string) error {
	if err := parse(flags("console-link"), args); err != nil {
		return err
	}
	var made madeCode
	if err := p.operateSettings(ctx, "code/make", codeWish{Kind: "console", Minutes: 10}, &made); err != nil {
		return err
	}
	fmt.Fprintln(p.out, made.Link)
	return nil
}

func (p *program) operateSettings(ctx context.Context, name string, args, result any) error {
	s, err := p.settings()
	if err != nil {
		return err
	}
	return p.operate(ctx, s, name, args, result)
}

type codeWish struct {
	Kind, Right    string
	Hours, Minutes int
}

type madeCode struct {
	Code  string    `json:"code"`
	Link  string    `json:"link,omitempty"`
	Until time.Time `json:"until"`
}

// makeCode rolls a code and puts it on record.
func makeCode(ctx context.Context, o *operator, raw json.RawMessage) (any, error) {
	var wish codeWish
	if err := json.Unmarshal(raw, &wish); err != nil {
		return nil, err
	}
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, err
	}
	seed := binary.LittleEndian.Uint64(random[:])
	now := o.parts.clock.Now()
	made := madeCode{Code: flows.CodeFrom(seed), Until: now.Add(time.Duration(wish.Hours)*time.Hour + time.Duration(wish.Minutes)*time.Minute)}
	if wish.Kind == "console" {
		made.Code = fmt.Sprintf("%016x", seed)
		made.Link = nearAddress(o.parts.settings) + "console/enter?code=" + made.Code
	}
	_, err := o.bot.Handle(ctx, flows.Update{
		ID: "event/code/" + fmt.Sprintf("%016x", seed), Subject: "event/" + o.parts.book.Current.ID, Call: "event/code", Sent: now, From: "operator",
		Args: flows.Must(flows.CodeArgs{Code: made.Code, Until: made.Until, What: flows.Code{Kind: wish.Kind, Right: wish.Right, By: "operator"}}),
	})
	return made, err
}
