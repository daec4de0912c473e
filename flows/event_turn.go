package flows

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// An event has a history of its own: what organisers change, and the alarms of its reminders. Its calls:
//
//	event/open    at every start of the program: plants the alarms that are not planted yet
//	event/set     an organiser changed something; what depended on it is planted anew
//	event/strike  a reminder is due
//	event/walk    a reminder goes through the people, a page at a time
//	event/moved   so does the news that the deadline was moved
//	event/close   the deadline has passed: who had sent what is written down, event/closing page by page
//	event/expire  a class of data has reached its end; event/expiring page by page
//	event/release those selected are told, event/releasing page by page; event/promote a seat is free
//	event/code    the operator or an admin made a code (an invitation, a link into the console), or withdrew one
//	event/programme  organisers changed the programme: those who take part are told, page by page
//	event/evaluated  an organiser closes the evaluation
//	event/certify  certificates are released, event/certifying page by page
//	event/audit   something done outside a turn goes on the trail
func (b *Book) playEvent(u Update, src Source) (Outcome, error) {
	if u.Subject != eventKey(b.Current.ID) {
		return Outcome{Subject: u.Subject}, nil // an earlier edition has nothing left to do
	}
	docs, err := src.Load(u.Subject)
	if err != nil {
		return Outcome{}, err
	}
	t := &eventTurn{Update: u, base: b.Current, out: Outcome{Subject: u.Subject, Check: docs, Visited: []string{u.Call}}}
	if err := decode(docs[0], &t.changes); err != nil {
		return Outcome{}, err
	}
	t.event = t.changes.Apply(b.Current)
	if _, asked := Actions()[u.Call]; asked {
		if may, err := b.permits(u, src); err != nil || !may {
			return t.out, err
		}
	}
	was := string(Must(t.changes))
	switch u.Call {
	case "event/open":
		t.plant()
	case "event/set":
		t.set()
	case "event/strike":
		t.strike()
	case "event/walk":
		err = t.walk(src)
	case "event/moved":
		err = t.walkMoved(src)
	case "event/close":
		t.close()
	case "event/closing":
		err = t.closing(src)
	case "event/expire":
		t.expire()
	case "event/expiring":
		err = t.expiring(src)
	case "event/release":
		t.release()
	case "event/releasing":
		err = t.releasing(src)
	case "event/promote":
		err = t.promote(src)
	case "event/evaluated":
		t.evaluated()
	case "event/certify", "event/certifying":
		err = t.certify(src)
	case "event/programme":
		err = t.walkProgramme(src)
	case "event/audit":
		t.audit()
	case "event/code":
		t.code()
	default:
		err = fmt.Errorf("flows: event: unknown call %q", u.Call)
	}
	if now := Must(t.changes); string(now) != was {
		t.out.Put = append(t.out.Put, Doc{Key: u.Subject, Data: now})
	}
	return t.out, err
}

// eventTurn is one update of an event being decided.
type eventTurn struct {
	Update
	base    *Event // as the pack has it
	event   *Event // as it stands
	changes Override
	out     Outcome
}

// set applies an organiser's change. A value that does not fit, or that stood already (a form submitted twice), changes nothing; whoever
// asked checked it with Override.Set before.
func (t *eventTurn) set() {
	var args SetArgs
	if json.Unmarshal(t.Args, &args) != nil {
		return
	}
	was, changes := t.event.Deadline, len(t.changes.Trail)
	if t.changes.Set(t.base, args.Key, args.Value, args.By, t.At) != nil || len(t.changes.Trail) == changes {
		return
	}
	t.event = t.changes.Apply(t.base)
	change := t.changes.Trail[len(t.changes.Trail)-1]
	t.out.note(t.Update, "set "+args.Key, "", change.Was+" → "+change.Now)
	t.plant()
	if isSession(change) {
		t.programmeChanged()
	}
	if !t.event.Deadline.Equal(was) {
		t.tellMoved(len(t.changes.Trail), "")
	}
}

// plant sets the alarm of every reminder whose schedule is not the one last planted: on the first start, and when it moved. An
// alarm that is overdue after downtime is left alone; its strike knows what being late means.
func (t *eventTurn) plant() {
	if t.changes.Planted == nil {
		t.changes.Planted = map[string]string{}
	}
	named := map[string]bool{}
	for _, r := range t.event.Reminders {
		named[r.Name] = true
		if sign := t.sign(r); t.changes.Planted[r.Name] != sign {
			t.changes.Planted[r.Name] = sign
			at, _ := t.event.after(r, t.At)
			t.out.Alarms = append(t.out.Alarms, t.alarm(r, at))
		}
	}
	named[closingAlarm] = t.plantClosing()
	t.plantRetention(named)
	for _, name := range sortedKeys(t.changes.Planted) {
		if !named[name] { // the pack lost this reminder
			delete(t.changes.Planted, name)
			t.out.Alarms = append(t.out.Alarms, Alarm{Name: name})
		}
	}
}

// sign names everything a reminder's time depends on.
func (t *eventTurn) sign(r Reminder) string {
	sign := t.event.anchor(r).Add(-r.Before).UTC().Format(time.RFC3339)
	if r.Cron != "" {
		sign = fmt.Sprint(r.Cron, " ", r.From.Unix(), " ", r.To.Unix(), " ", t.event.Deadline.Unix())
	}
	if r.Local != 0 {
		sign += " local " + r.Local.String()
	}
	return sign
}

// alarm makes the reminder's alarm; a zero time withdraws it.
func (t *eventTurn) alarm(r Reminder, at time.Time) Alarm {
	return Alarm{Name: r.Name, At: at, Call: "event/strike", Args: Must(r.Name)}
}

// strike decides a due reminder: too early (it was moved), too late for everybody, or to be sent; and plants the next strike in the
// same commit.
func (t *eventTurn) strike() {
	var name string
	if json.Unmarshal(t.Args, &name) != nil {
		return
	}
	r, ok := t.event.reminder(name)
	if !ok {
		return
	}
	from := t.At // after downtime the strikes missed count as one …
	if r.Missed == "each" {
		from = t.Due // … or as each
	}
	next, _ := t.event.after(r, from)
	t.out.Alarms = append(t.out.Alarms, t.alarm(r, next))
	at, strike := t.event.after(r, t.Due.Add(-time.Second))
	if strike.IsZero() || at.After(t.At) {
		return // it was moved
	}
	for r.Missed != "each" { // the newest of those missed
		later, newer := t.event.after(r, at)
		if newer.IsZero() || later.After(t.At) {
			break
		}
		at, strike = later, newer
	}
	last := t.event.due(r, strike, latest)
	if over(t.At, t.event.use(r)) || r.Missed == "skip" && t.At.Sub(last) > r.Skip {
		return // "three days left" is wrong once it is over, whatever the policy
	}
	if r.Whom == "channel" || r.Whom == "both" {
		t.toCohort(r)
	}
	if r.Whom != "channel" {
		t.page(r.Name, strike, "")
	}
}

// page posts the next page of a walk through the people to the event itself.
func (t *eventTurn) page(reminder string, strike time.Time, after string) {
	t.out.post(t.At, Update{
		ID: fmt.Sprintf("remind/%s/%s/%d/page/%s", t.event.ID, reminder, strike.Unix(), after), Subject: t.Subject, Call: "event/walk",
		Due: strike, Args: Must(walkArgs{Reminder: reminder, After: after}),
	})
}

// walkArgs are the Args of "event/walk".
type walkArgs struct{ Reminder, After string }

// walkPage is how many people one page of a walk looks at: few enough to keep a commit small.
const walkPage = 50

// walk posts a reminder to those on one page of cards whom it is for, and goes on with the next page. Each person's own turn looks
// again and knows language, zone and wishes.
func (t *eventTurn) walk(src Source) error {
	var args walkArgs
	if err := json.Unmarshal(t.Args, &args); err != nil {
		return fmt.Errorf("flows: event walk: %w", err)
	}
	r, ok := t.event.reminder(args.Reminder)
	if !ok {
		return nil
	}
	after, err := walkCards(src, args.After, func(name string, c Card) {
		if !r.wants(c, t.event) {
			return
		}
		t.out.post(t.At, Update{
			ID:      fmt.Sprintf("remind/%s/%s/%d/to/%s", t.event.ID, r.Name, t.Due.Unix(), name),
			Subject: "person/" + name, Call: "reminders/hear", Due: t.Due, Args: Must(hearArgs{r.Name, t.Due}), Bulk: true,
		})
	})
	if after != "" {
		t.page(r.Name, t.Due, after)
	}
	return err
}

// walkCards visits one page of cards, and returns behind which key the next page begins; "" when this was the last.
func walkCards(src Source, after string, visit func(name string, c Card)) (next string, err error) {
	cards, err := src.List("card/", after, walkPage)
	if err != nil {
		return "", err
	}
	for _, d := range cards {
		var c Card
		if decode(d, &c) == nil {
			visit(strings.TrimPrefix(d.Key, "card/"), c)
		}
	}
	if len(cards) < walkPage {
		return "", nil
	}
	return cards[len(cards)-1].Key, nil
}
