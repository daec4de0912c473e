package flows

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// What is kept has an end. Each class of data of the pack's retention has an alarm of the event, that many days after its last day;
// when it strikes, a walk posts to everybody's own history, and there the class is removed. The calls:
//
//	event/expire     the time of a class is over
//	event/expiring   the walk, page by page
//	person/expire    one person's share
//
// The classes: "documents" (files and their keys), "conversations" (what was said, asked and announced), "applications" (everything else: the
// person), "evaluation" and "trail" (kept apart from people, and removed by their own prefixes).

func retentionAlarm(class string) string { return "@retention/" + class }

// ends is when a class of data is removed: so many days after the end of the event's last day.
func (e *Event) ends(r Retention) time.Time { return e.End.AddDate(0, 0, r.Days+1) }

// ended says that the time of a class of data is over.
func (e *Event) ended(class string, now time.Time) bool {
	return slices.ContainsFunc(e.Retention, func(r Retention) bool { return r.Class == class && !now.Before(e.ends(r)) })
}

// plantRetention sets the alarms that are not set yet, and names them.
func (t *eventTurn) plantRetention(named map[string]bool) {
	for _, r := range t.event.Retention {
		name, at := retentionAlarm(r.Class), t.event.ends(r)
		named[name] = true
		if sign := at.UTC().Format(time.RFC3339); t.changes.Planted[name] != sign {
			t.changes.Planted[name] = sign
			t.out.Alarms = append(t.out.Alarms, Alarm{Name: name, At: at, Call: "event/expire", Args: Must(r.Class)})
		}
	}
}

// expireArgs are the Args of "event/expiring".
type expireArgs struct{ Class, After string }

// expire begins the removal of a class whose time is over.
func (t *eventTurn) expire() {
	var class string
	if json.Unmarshal(t.Args, &class) != nil || !t.event.ended(class, t.At) {
		return
	}
	apart := map[string]string{"evaluation": "evaluation/" + t.event.ID + "/", "trail": AuditKey}
	t.out.note(t.Update, "retention ended", "", class)
	if prefix := apart[class]; prefix != "" {
		t.out.erased("expire", Erase{Prefixes: []string{prefix}})
		return
	}
	t.expirePage(expireArgs{Class: class})
}

func (t *eventTurn) expirePage(args expireArgs) {
	t.out.post(t.At, Update{
		ID: fmt.Sprintf("expire/%s/%s/%d/page/%s", t.event.ID, args.Class, t.event.End.Unix(), args.After), Subject: t.Subject,
		Call: "event/expiring", Args: Must(args),
	})
}

// expiring posts to the people of one page.
func (t *eventTurn) expiring(src Source) error {
	var args expireArgs
	if err := json.Unmarshal(t.Args, &args); err != nil {
		return fmt.Errorf("flows: event expiring: %w", err)
	}
	if args.Class == "conversations" && args.After == "" {
		if err := t.expireAnnouncements(src); err != nil {
			return err
		}
	}
	after, err := walkCards(src, args.After, func(name string, _ Card) {
		t.out.post(t.At, Update{
			ID:      fmt.Sprintf("expire/%s/%s/%d/to/%s", t.event.ID, args.Class, t.event.End.Unix(), name),
			Subject: "person/" + name, Call: "person/expire", Args: Must(args.Class),
		})
	})
	if after != "" {
		args.After = after
		t.expirePage(args)
	}
	return err
}

// expire removes one class of a person's data. An organiser stays one.
func expire(t *Turn) {
	var class string
	if json.Unmarshal(t.Args, &class) != nil {
		return
	}
	switch p := t.Person; class {
	case "documents":
		t.expireDocuments()
	case "conversations":
		p.Talk, p.Last, p.Sheets = nil, "", nil // what of the evaluation was never handed in goes, too
		t.forgetHelp()
		t.out.erased("lines", Erase{Prefixes: p.lines()})
	case "applications":
		if len(t.Book.RightsOf(p)) == 0 {
			t.erase()
			t.said = nil // whose time is over is not written to
			return
		}
		t.expireDocuments()
		t.eraseApart()
		p.Forms, p.Began, p.Mailed, p.Zone = map[string]*Record{}, time.Time{}, time.Time{}, ""
	}
}

func (t *Turn) expireDocuments() {
	p := t.Person
	left := Erase{Prefixes: p.keys()}
	for _, u := range p.uploads() {
		left.Blobs = append(left.Blobs, u.ID)
	}
	for _, code := range p.Links {
		t.out.Put = append(t.out.Put, Doc{Key: HandoverKey(code)})
	}
	p.Items, p.Loose, p.Attached, p.Links = nil, nil, nil, nil
	t.out.erased("files", left)
}

// erased leaves removing to work.
func (o *Outcome) erased(name string, left Erase) {
	o.Work = append(o.Work, Work{Name: name, Kind: "erase", Args: Must(left)})
}

// keys are the prefixes of the documents that hold the keys of the person's files.
func (p *Person) keys() (prefixes []string) {
	for _, id := range append(append([]string(nil), p.Joined...), p.ID) {
		prefixes = append(prefixes, KeyDoc(id))
	}
	return prefixes
}

// lines are the prefixes of what a chat that keeps its own talk (the web page) holds of the person.
func (p *Person) lines() (prefixes []string) {
	for _, a := range p.Addresses {
		prefixes = append(prefixes, "line/"+string(a)+"/", "said/"+string(a)+"/")
	}
	return prefixes
}

// forgetHelp has the person's help requests removed: their text is the person's.
func (t *Turn) forgetHelp() {
	for _, ref := range t.Person.Help {
		t.out.post(t.At, Update{ID: t.ID + "/forget/" + ref, Subject: "help/" + ref, Call: "help/forget"})
	}
	t.Person.Help, t.Person.Asking = nil, nil
}
