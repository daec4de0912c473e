package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"olle/bot"
	"olle/flows"
)

// announceWish is what "announce" asks for, and what it is asked to do with it.
type announceWish struct {
	What   flows.AnnouncementArgs
	DryRun bool
}

// dryRun is the state of what was only counted.
const dryRun = "dry-run"

// announceState is what scripts read of an announcement.
type announceState struct {
	ID         string `json:"id"`
	State      string `json:"state"`
	Recipients int    `json:"recipients"`
	Sent       int    `json:"sent"`
	Failed     int    `json:"failed"`
}

// announceCommands are the second words of "announce": what each asks of an announcement.
var announceCommands = map[string]string{"status": "", "pause": "announcement/pause", "resume": "announcement/resume", "cancel": "announcement/cancel", "retract": "announcement/retract"}

// announce sends an announcement, or steers one.
func announce(ctx context.Context, p *program, args []string) error {
	if len(args) > 0 {
		if call, steers := announceCommands[args[0]]; steers {
			return steerAnnouncement(ctx, p, call, args)
		}
	}
	f := flags("announce")
	text := f.String("text", "", "what everybody reads")
	file := f.String("file", "", "a file with the text")
	var wish announceWish
	f.StringVar(&wish.What.Audience, "audience", "", "conditions, as in stage=applying country=Nepal missing=6; without any it is everybody")
	f.StringVar(&wish.What.To, "to", "", "one post instead: channel:discord:ID or channel:telegram:ID")
	at := f.String("at", "", "not before this moment, RFC 3339")
	f.StringVar(&wish.What.Local, "local", "", "at this hour of each recipient's own day, 09:00")
	f.DurationVar(&wish.What.StaleAfter, "stale", 0, "so much too late, it pauses and asks")
	f.BoolVar(&wish.What.Read, "read", false, "ask for \"I have read this\"")
	f.BoolVar(&wish.DryRun, "dry-run", false, "only count")
	wait := f.Bool("wait", false, "wait until it has gone out")
	asJSON := f.Bool("json", false, "print JSON")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() > 0 || (*text == "") == (*file == "") {
		return fmt.Errorf("%w: announce -text T or -file F", errUsage)
	}
	if wish.What.Text = *text; *file != "" {
		content, err := os.ReadFile(*file)
		if err != nil {
			return fmt.Errorf("announce: %w", err)
		}
		wish.What.Text = string(content)
	}
	if *at != "" {
		when, err := time.Parse(time.RFC3339, *at)
		if err != nil {
			return fmt.Errorf("%w: announce -at 2020-02-03T09:00:00+09:00, not %q", errUsage, *at)
		}
		wish.What.At = when
	}
	return p.askAnnouncement(ctx, "announce/make", wish, *wait && !wish.DryRun, *asJSON)
}

// steerAnnouncement is "announce status|pause|resume|cancel|retract ID".
func steerAnnouncement(ctx context.Context, p *program, call string, args []string) error {
	f := flags("announce " + args[0])
	asJSON := f.Bool("json", false, "print JSON")
	wait := f.Bool("wait", false, "wait until it has gone out")
	rest := args[1:]
	id := ""
	if len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		id, rest = rest[0], rest[1:]
	}
	if err := parse(f, rest); err != nil {
		return err
	}
	if id == "" {
		id = f.Arg(0)
	}
	if id == "" {
		return fmt.Errorf("%w: announce %s ID", errUsage, args[0])
	}
	return p.askAnnouncement(ctx, "announce/steer", steerWish{strings.ToUpper(id), call}, *wait, *asJSON)
}

// waits says that it goes out by itself, now or later.
func (a announceState) waits() bool {
	return a.State == flows.AnnouncementRunning || a.State == flows.AnnouncementScheduled
}

// errNobodySends is said where an announcement is on its way, and nobody is there to take it.
var errNobodySends = errors.New("no serve is running: it goes out at the next start")

// askAnnouncement runs an operation on an announcement and prints how far it is, at the end if it waits for that.
func (p *program) askAnnouncement(ctx context.Context, operation string, args any, wait, asJSON bool) error {
	s, err := p.settings()
	if err != nil {
		return err
	}
	at := &reach{p: p, settings: s}
	defer at.close()
	var state announceState
	if err := at.call(ctx, operation, args, &state); err != nil {
		return err
	}
	alone, err := at.alone(ctx)
	if err != nil {
		return err
	}
	for wait && state.waits() && !alone {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
		if err := at.call(ctx, "announce/steer", steerWish{ID: state.ID}, &state); err != nil {
			return err
		}
		if alone, err = at.alone(ctx); err != nil { // it may have ended meanwhile
			return err
		}
	}
	if err := p.showAnnouncement(state, asJSON); err != nil {
		return err
	}
	switch {
	case state.waits() && alone && wait:
		return fmt.Errorf("announce: %w", errNobodySends)
	case state.waits() && alone:
		fmt.Fprintln(p.errs, "olle: announce:", errNobodySends)
	case wait && state.State != flows.AnnouncementFinished:
		return fmt.Errorf("announce: %s is %s", state.ID, state.State)
	}
	return nil
}

func (p *program) showAnnouncement(state announceState, asJSON bool) error {
	switch {
	case asJSON:
		return json.NewEncoder(p.out).Encode(state)
	case state.State == dryRun:
		fmt.Fprintf(p.out, "would reach %d; nothing was sent\n", state.Recipients)
	default:
		fmt.Fprintf(p.out, "%s is %s: %d sent and %d failed of %d\n", state.ID, state.State, state.Sent, state.Failed, state.Recipients)
		if state.State == flows.AnnouncementDraft && state.ID != "" {
			fmt.Fprintf(p.out, "A second person with the right to send approves it: /announce approve %s\n", state.ID)
		}
	}
	return nil
}

// makeAnnouncement checks, counts, and unless it is only a rehearsal writes and starts an announcement.
func makeAnnouncement(ctx context.Context, o *operator, raw json.RawMessage) (any, error) {
	var wish announceWish
	if err := json.Unmarshal(raw, &wish); err != nil {
		return nil, err
	}
	changes, err := o.changes(ctx)
	if err != nil {
		return nil, err
	}
	e := changes.Apply(o.parts.book.Current)
	checked, err := wish.What.Check(e)
	if err != nil {
		return nil, err
	}
	if wish.DryRun {
		n := 1
		if checked.To == "" {
			audience, _ := flows.ParseAudience(e, checked.Audience)
			count, err := flows.CountAudience(e, audience, bot.Source(ctx, o.parts.store))
			if err != nil {
				return nil, err
			}
			n = count.People
		}
		return announceState{State: dryRun, Recipients: n}, nil
	}
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, err
	}
	id := flows.CodeFrom(binary.LittleEndian.Uint64(random[:]))[:6]
	if err := o.announce(ctx, id, "announcement/create", wish.What); err != nil {
		return nil, err
	}
	if err := o.announce(ctx, id, "announcement/start", nil); err != nil {
		return nil, err
	}
	return o.announceState(ctx, id)
}

// steerWish is a call for an announcement; Call "" only looks.
type steerWish struct{ ID, Call string }

func doAnnouncement(ctx context.Context, o *operator, raw json.RawMessage) (any, error) {
	var wish steerWish
	if err := json.Unmarshal(raw, &wish); err != nil {
		return nil, err
	}
	if wish.Call != "" {
		if _, err := o.announceState(ctx, wish.ID); err != nil {
			return nil, err
		}
		if err := o.announce(ctx, wish.ID, wish.Call, nil); err != nil {
			return nil, err
		}
	}
	return o.announceState(ctx, wish.ID)
}

func (o *operator) announce(ctx context.Context, id, call string, args any) error {
	_, err := o.bot.Handle(ctx, flows.Update{
		ID: fmt.Sprintf("%s/%s/%d", call, id, time.Now().UnixNano()), Subject: flows.AnnouncementKey(id), Call: call, From: flows.Operator,
		Sent: o.parts.clock.Now(), Args: flows.Must(args),
	})
	return err
}

func (o *operator) announceState(ctx context.Context, id string) (announceState, error) {
	r, err := flows.ReportAnnouncement(bot.Source(ctx, o.parts.store), id)
	if errors.Is(err, flows.ErrNoAnnouncement) {
		return announceState{}, fmt.Errorf("there is no announcement %s", id)
	}
	return announceState{ID: r.ID, State: r.State, Recipients: r.Recipients, Sent: r.Sent, Failed: r.Failed}, err
}
