package flows

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// When applications have closed, who had sent what is written down: one document for each who began, "closing/" + event + name. What
// counts is when a network had a file, not when we looked at it, so the list waits until what was sent in time has arrived.

// closeWait is how long after the deadline, or after downtime beyond it, networks may take to bring what they have.
const closeWait = 5 * time.Minute

// closingAlarm is the event's alarm; no reminder can have this name.
const closingAlarm = "@closing"

// Closed says how the last closing went; it is part of the Override.
type Closed struct {
	Deadline   time.Time // the one that passed
	At         time.Time // when the list was finished
	Complete   int       // sets of every item
	Incomplete int       // the announcement: not processed
}

// Closing is a person's line in the list. It is corrected when an exception lets something come later.
type Closing struct {
	Ref     string
	Stage   string
	Missing []string `json:",omitempty"` // items; none: the set was complete
	Late    bool     `json:",omitempty"` // by exception, after the deadline
}

// ClosingKey is the prefix of an event's closing list.
func ClosingKey(event string) string { return "closing/" + event + "/" }

func closingOf(e *Event, name string, c Card) Doc {
	line := Closing{Ref: RefOf(e, name), Stage: c.Stage}
	for _, it := range e.Items {
		if !slices.Contains(c.Items, it.ID) {
			line.Missing = append(line.Missing, it.ID)
		}
	}
	return Doc{Key: ClosingKey(e.ID) + name, Data: Must(line)}
}

// plantClosing sets the alarm for the deadline as it stands; false: there is nothing to close.
func (t *eventTurn) plantClosing() bool {
	if t.event.Closed || t.event.Deadline.IsZero() {
		return false
	}
	if sign := t.event.Deadline.UTC().Format(time.RFC3339); t.changes.Planted[closingAlarm] != sign {
		t.changes.Planted[closingAlarm] = sign
		t.closeAt(t.event.Deadline.Add(closeWait))
	}
	return true
}

func (t *eventTurn) closeAt(at time.Time) {
	t.out.Alarms = append(t.out.Alarms, Alarm{Name: closingAlarm, At: at, Call: "event/close"})
}

// closingArgs are the Args of "event/closing". The first walk only looks whether a file is still being fetched; the second writes.
type closingArgs struct {
	Deadline             time.Time
	Write                bool
	After                string
	Complete, Incomplete int
}

// close begins the list. An alarm that comes late was kept by downtime: the networks hold what was said meanwhile.
func (t *eventTurn) close() {
	switch {
	case t.At.Before(t.event.Deadline.Add(closeWait)): // it was moved, and has an alarm of its own
	case t.At.Sub(t.Due) > closeWait:
		t.closeAt(t.At.Add(closeWait))
	default:
		t.closingPage(closingArgs{Deadline: t.event.Deadline})
	}
}

func (t *eventTurn) closingPage(args closingArgs) {
	t.out.post(t.At, Update{ID: t.ID + "/on", Subject: t.Subject, Call: "event/closing", Args: Must(args)})
}

// closing walks one page of people.
func (t *eventTurn) closing(src Source) error {
	var args closingArgs
	if err := json.Unmarshal(t.Args, &args); err != nil {
		return fmt.Errorf("flows: event closing: %w", err)
	}
	if !args.Deadline.Equal(t.event.Deadline) {
		return nil // it was moved meanwhile
	}
	fetching := false
	after, err := walkCards(src, args.After, func(name string, c Card) {
		fetching = fetching || c.Receiving
		if !args.Write || c.Stage != "applying" && c.Stage != "complete" && c.Stage != "mailed" {
			return
		}
		t.out.Put = append(t.out.Put, closingOf(t.event, name, c))
		if len(c.Items) == len(t.event.Items) {
			args.Complete++
		} else {
			args.Incomplete++
		}
	})
	switch args.After = after; {
	case err != nil:
		return err
	case fetching && !args.Write:
		t.closeAt(t.At.Add(time.Minute))
	case after != "":
		t.closingPage(args)
	case !args.Write:
		args.Write = true
		t.closingPage(args)
	default:
		t.changes.Closing = &Closed{Deadline: args.Deadline, At: t.At, Complete: args.Complete, Incomplete: args.Incomplete}
	}
	return nil
}

// closingLine writes the person's line anew when what they sent changed after the list was made. Once the time of documents is over the
// line is all that tells who had sent them, and stays as it is.
func (t *Turn) closingLine(c Card) {
	if done := t.changes.Closing; done == nil || !done.Deadline.Equal(t.Event.Deadline) || t.Person.Began.IsZero() || t.Event.ended("documents", t.At) {
		return
	}
	d := closingOf(t.Event, PersonName(t.Person.ID), c)
	if t.Person.Late != nil {
		var line Closing
		_ = json.Unmarshal(d.Data, &line)
		line.Late = true
		d.Data = Must(line)
	}
	t.out.Put = append(t.out.Put, d)
}

// fetching says that a file of the person is on its way.
func (p *Person) fetching() bool {
	for _, u := range p.uploads() {
		if u.State == "receiving" {
			return true
		}
	}
	return false
}
