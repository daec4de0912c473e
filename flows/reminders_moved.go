package flows

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// When organisers move the deadline, everybody who is on the way hears it once, with the old and the new date. A move is a place in
// the trail; a person remembers the newest they were told of, so that neither a repeat nor a crash tells twice, and of two moves in
// quick succession only the outcome is told.

// movedArgs are the Args of "event/moved" and "reminders/moved": the move's place in Override.Trail, from 1.
type movedArgs struct {
	Move  int
	After string `json:",omitempty"`
}

// movedAlarm is the person's alarm of a move that waits for the morning.
const movedAlarm = "moved"

// tellMoved posts the next page of people to tell.
func (t *eventTurn) tellMoved(move int, after string) {
	t.out.post(t.At, Update{
		ID: fmt.Sprintf("moved/%s/%d/page/%s", t.event.ID, move, after), Subject: t.Subject, Call: "event/moved",
		Args: Must(movedArgs{move, after}),
	})
}

// walkMoved tells one page of people. A walk that a newer move has overtaken ends: the newer one's reaches everybody.
func (t *eventTurn) walkMoved(src Source) error {
	var args movedArgs
	if err := json.Unmarshal(t.Args, &args); err != nil {
		return fmt.Errorf("flows: event moved: %w", err)
	}
	if move, _ := t.changes.lastMove(); move != args.Move {
		return nil
	}
	after, err := walkCards(src, args.After, func(name string, c Card) {
		if !onTheWay(c.Stage) {
			return
		}
		t.out.post(t.At, Update{
			ID: fmt.Sprintf("moved/%s/%d/to/%s", t.event.ID, args.Move, name), Subject: "person/" + name, Call: "reminders/moved", Bulk: true,
			Args: Must(movedArgs{Move: args.Move}),
		})
	})
	if after != "" {
		t.tellMoved(args.Move, after)
	}
	return err
}

// onTheWay says whether the deadline matters to people of a stage.
func onTheWay(stage string) bool {
	return slices.Contains([]string{"talking", "applying", "complete"}, stage)
}

// lastMove returns the newest move of the deadline and its place in the trail, from 1; 0: it was never moved.
func (o *Override) lastMove() (int, Change) {
	for i := len(o.Trail); i > 0; i-- {
		if o.Trail[i-1].Key == "deadline" {
			return i, o.Trail[i-1]
		}
	}
	return 0, Change{}
}

// knew returns the deadline as somebody knew it who was told of moves up to one and came at a time.
func (o *Override) knew(told int, born, now time.Time) time.Time {
	for i, c := range o.Trail {
		if c.Key == "deadline" && i >= told && !c.At.Before(born) {
			if was, err := time.Parse(time.RFC3339, c.Was); err == nil {
				return was
			}
		}
	}
	return now
}

// moved tells a person of a deadline that was moved: service, so wishes do not matter, but the night does, unless the old or the new
// deadline is before the morning.
func moved(t *Turn) {
	t.moveLinks()
	p := t.Person
	move, change := t.changes.lastMove()
	if move <= p.Told || !onTheWay(p.Stage(t.Event)) {
		return
	}
	was := t.changes.knew(p.Told, p.Born, t.Event.Deadline)
	if x := p.Late; x != nil && x.Until.After(was) {
		was = x.Until
	}
	now := t.closes()
	if was.Equal(now) {
		p.Told = move
		return
	}
	morning := t.night().Morning(t.At, t.clockZone())
	if !morning.IsZero() && morning.Before(now) && (morning.Before(was) || t.At.After(was)) {
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: movedAlarm, At: morning, Call: "reminders/moved", Args: t.Args})
		return
	}
	p.Told = move
	switch {
	case t.late(t.At):
		t.Say("moved.over", "was", t.moment(was))
	case change.At.After(was): // it had closed
		t.Say("moved.open_again", "was", t.moment(was))
	default:
		t.Say("moved.moved", "was", t.moment(was))
	}
	if !t.late(t.At) && p.Stage(t.Event) != "talking" {
		t.Offer(t.Command("documents"), t.Command("deadline"), t.Command("calendar"))
	}
}
