package flows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Drip is how far an announcement has gone out, under "drip/" + ID.
type Drip struct {
	Legs       []Leg
	Fix        *Fix `json:",omitempty"` // the walk through the ledger that edits what was sent; nil: none is under way
	Recipients int  // counted when it began, and raised if more turn up
	Let        int  // let in so far
	Sent       int
	Gone       int // no chat of theirs can be reached any more
	Failed     int
	Skipped    int                // no longer meant when their turn came, or deleted
	Recent     string             `json:",omitempty"` // the newest settlings, "y" sent and "n" not, the latest at the end
	Pace       map[string]float64 `json:",omitempty"` // settled a second, smoothed, by network
	Began      time.Time
	Last       time.Time // tick
}

// Leg is a walk through the cards of one network, and one time zone where the hour is local. Platform "" is the last one, which looks
// at everybody once more.
type Leg struct {
	Platform string    `json:",omitempty"`
	Zone     string    `json:",omitempty"`
	At       time.Time `json:",omitzero"` // not before
	After    string    `json:",omitempty"`
	Done     bool      `json:",omitempty"`
}

const (
	tickEvery = time.Second
	firstLet  = 60  // recipients under way of a network whose pace is not known yet
	leastLet  = 30  // under way of a slow one
	mostLet   = 300 // under way of a fast one
	letFor    = 5   // seconds of sending that are under way

	cardsAtOnce = 100            // cards read at once
	walkPages   = 40             // pages in one tick: it must stay short
	spikeOf     = 100            // of so many settled last …
	spikeAt     = 20             // … so many not sent pause it
	lostAfter   = 26 * time.Hour // longer than the bot keeps trying anything: what is due then will never settle
)

// plan counts the recipients and lays out the legs.
func (t *announcementTurn) plan() error {
	audience, err := t.it.audience(t.event)
	if err != nil {
		return nil // the pack lost what it speaks of: nobody fits
	}
	type place struct{ platform, zone string }
	seen := map[place]bool{}
	err = everyCard(t.src, func(name string, c Card) {
		if c.Home == "" || !audience.Has(c, name) {
			return
		}
		t.drip.Recipients++
		p := place{c.Home, ""}
		if t.it.Local != "" {
			p.zone = zoneOf(c.Zone, t.event).String()
		}
		if !seen[p] {
			seen[p] = true
			t.drip.Legs = append(t.drip.Legs, Leg{Platform: p.platform, Zone: p.zone, At: t.localTime(p.zone, t.At.Add(-time.Second))})
		}
	})
	slices.SortFunc(t.drip.Legs, func(a, b Leg) int {
		return strings.Compare(a.At.UTC().Format(time.RFC3339)+a.Platform+a.Zone, b.At.UTC().Format(time.RFC3339)+b.Platform+b.Zone)
	})
	last := t.At
	for _, l := range t.drip.Legs {
		if l.At.After(last) {
			last = l.At
		}
	}
	t.drip.Legs = append(t.drip.Legs, Leg{At: last})
	return err
}

// zoneOf is a person's zone by name, the event's where it is unknown.
func zoneOf(name string, e *Event) *time.Location {
	if z, err := time.LoadLocation(name); err == nil && name != "" {
		return z
	}
	return e.Zone
}

// localAgain is when what was interrupted goes on in a zone: now if the local hour has just struck there, else when it strikes next.
func (t *announcementTurn) localAgain(zone string) time.Time {
	return t.localTime(zone, t.At.Add(-time.Hour))
}

// localTime is when the local hour strikes next after an instant in a zone; "" is now.
func (t *announcementTurn) localTime(zone string, after time.Time) time.Time {
	hour, err := time.Parse("15:04", t.it.Local)
	if zone == "" || err != nil {
		return t.At
	}
	s, err := NewSchedule(fmt.Sprintf("%d %d * * *", hour.Minute(), hour.Hour()), zoneOf(zone, t.event))
	if err != nil {
		return t.At
	}
	return s.Next(after)
}

// walk is a tick: it counts what is settled, lets recipients in, and plants the next tick while anything is left to do.
func (t *announcementTurn) walk() error {
	due, err := t.collect()
	if err != nil {
		return err
	}
	switch {
	case t.it.State != AnnouncementRunning:
	case t.it.StaleAfter > 0 && !t.Due.IsZero() && t.At.Sub(t.Due) > t.it.StaleAfter:
		t.halt("stale") // the bot was away meanwhile
	case strings.Count(t.drip.Recent, "n") >= spikeAt:
		t.halt("failures")
	default:
		err = t.letIn(due)
	}
	if err == nil && t.drip.Fix != nil {
		err = t.fix(due)
	}
	t.drip.Last = t.At
	if err == nil {
		t.finish(due)
	}
	return err
}

// room is how many more of a network may be let in.
func (t *announcementTurn) room(platform string, due *underWay) int {
	let := firstLet
	if rate, known := t.drip.Pace[platform]; known {
		let = min(max(leastLet, int(rate*letFor)), mostLet)
	}
	return let - due.of[platform]
}

// letIn first asks anew whom a pause or a delay held back, then goes on with every leg whose time has come.
func (t *announcementTurn) letIn(due *underWay) error {
	if err := t.askAnew(due); err != nil {
		return err
	}
	audience, err := t.it.audience(t.event)
	if err != nil {
		audience = Audience{{Key: "ref", Values: []string{"nobody"}}}
	}
	pages, ahead := walkPages, false
	for i := range t.drip.Legs {
		l := &t.drip.Legs[i]
		if l.Done || l.At.After(t.At) || l.Platform == "" && ahead {
			ahead = ahead || !l.Done
			continue
		}
		for ; pages > 0 && !l.Done; pages-- {
			full, err := t.page(l, audience, due)
			if err != nil {
				return err
			}
			if full {
				break
			}
		}
		ahead = ahead || !l.Done
	}
	return nil
}

// askAnew invites those who were held back, where the hour is local when it strikes again for them.
func (t *announcementTurn) askAnew(due *underWay) error {
	names := sortedKeys(due.held)
	keys := make([]string, len(names))
	for i, name := range names {
		keys[i] = "card/" + name
	}
	cards, err := t.src.Load(keys...)
	if err != nil {
		return err
	}
	var now []string
	for i, name := range names {
		var c Card
		if err := decode(cards[i], &c); err != nil {
			return err
		}
		if at := t.localAgain(zoneOf(c.Zone, t.event).String()); at.After(t.At) {
			due.next = sooner(due.next, at)
		} else {
			now = append(now, name)
		}
	}
	if len(now) > 0 {
		t.it.Round++
	}
	for _, name := range now {
		if name == postName {
			t.post()
			due.add(name, t.it.To.Platform())
			continue
		}
		t.invite(name, due.held[name], due)
	}
	return nil
}

// page lets in whom one page of cards holds, as far as there is room; full: there is none left for this leg.
func (t *announcementTurn) page(l *Leg, audience Audience, due *underWay) (full bool, err error) {
	cards, err := t.src.List("card/", l.After, cardsAtOnce)
	if err != nil {
		return false, err
	}
	var names, keys []string
	homes := map[string]string{}
	for _, d := range cards {
		var c Card
		if err := decode(d, &c); err != nil {
			return false, err
		}
		name := strings.TrimPrefix(d.Key, "card/")
		if c.Home == "" || l.Platform != "" && c.Home != l.Platform || l.Zone != "" && zoneOf(c.Zone, t.event).String() != l.Zone || !audience.Has(c, name) {
			continue
		}
		homes[name] = c.Home
		names, keys = append(names, name), append(keys, dueKey(t.it.ID, name), sentKey(t.it.ID, name))
	}
	ledger, err := t.src.Load(keys...)
	if err != nil {
		return false, err
	}
	for i, name := range names {
		if ledger[2*i].Data != nil || ledger[2*i+1].Data != nil || due.names[name] {
			continue
		}
		if t.room(homes[name], due) <= 0 {
			return true, nil
		}
		t.invite(name, Carried{To: Address(homes[name] + ":")}, due)
		t.drip.Let++
		l.After = "card/" + name
	}
	if len(cards) < cardsAtOnce {
		l.Done = true
		return false, nil
	}
	l.After = cards[len(cards)-1].Key
	return false, nil
}

// invite puts a recipient's due document and posts to their own subject, in this one commit. was is what became of an earlier invitation.
func (t *announcementTurn) invite(name string, was Carried, due *underWay) {
	due.add(name, was.To.Platform())
	was.State, was.At = dueLet, t.At
	t.out.Put = append(t.out.Put, Doc{Key: dueKey(t.it.ID, name), Data: Must(was)})
	t.out.post(t.At, Update{
		ID: "announce/" + t.it.ID + "/" + name + "/" + strconv.Itoa(t.it.Round), Subject: "person/" + name, Call: "announcement/hear",
		Args: Must(t.it.ID), Bulk: true,
	})
}

// finish ends it when nobody is ahead and nobody due, else plants the next tick: in a second, or when the next leg begins.
func (t *announcementTurn) finish(due *underWay) {
	t.drip.Recipients = max(t.drip.Recipients, t.drip.Let)
	ready, next := false, due.next
	for _, l := range t.drip.Legs {
		switch {
		case l.Done || t.it.State != AnnouncementRunning:
		case !l.At.After(t.At):
			ready = true
		default:
			next = sooner(next, l.At)
		}
	}
	busy := ready || due.all > 0 || t.drip.Fix != nil
	switch {
	case busy:
		t.tick(t.At.Add(tickEvery))
	case !next.IsZero():
		t.tick(next)
	case t.it.State == AnnouncementRunning:
		t.it.State, t.it.Ended = AnnouncementFinished, t.At
		t.note("announcement finished")
		t.tell("team.announce.finished", "sent", t.drip.Sent, "failed", t.drip.Gone+t.drip.Failed)
	}
}

// sooner is the earlier of two instants; a zero one never comes.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func (t *announcementTurn) tick(at time.Time) {
	t.out.Alarms = append(t.out.Alarms, Alarm{Name: "walk", At: at, Call: "announcement/walk"})
}
