package flows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// An event has a history of its own: what organisers change, and the alarms of its reminders. Its calls:
//
//	event/open    at every start of the program: plants the alarms that are not planted yet
//	event/set     an organiser changed something; what depended on it is planted anew
//	event/strike  a reminder is due
//	event/walk    a reminder goes through the people, a page at a time
//	event/code    the operator made a code: an invitation, a link into the console
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

// set applies an organiser's change. A value that does not fit changes nothing; whoever asked checked it with Override.Set before.
func (t *eventTurn) set() {
	var args SetArgs
	if json.Unmarshal(t.Args, &args) != nil || t.changes.Set(t.base, args.Key, args.Value, args.By, t.At) != nil {
		return
	}
	t.event = t.changes.Apply(t.base)
	t.plant()
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
			t.out.Alarms = append(t.out.Alarms, t.alarm(r, t.event.next(r, t.At)))
		}
	}
	for _, name := range sortedKeys(t.changes.Planted) {
		if !named[name] { // the pack lost this reminder
			delete(t.changes.Planted, name)
			t.out.Alarms = append(t.out.Alarms, Alarm{Name: name})
		}
	}
}

// sign names everything a reminder's time depends on.
func (t *eventTurn) sign(r Reminder) string {
	if r.Cron != "" {
		return fmt.Sprint(r.Cron, " ", r.From.Unix(), " ", r.To.Unix(), " ", t.event.Deadline.Unix())
	}
	return t.event.next(r, time.Time{}).UTC().Format(time.RFC3339)
}

// alarm makes the reminder's alarm; a zero time withdraws it.
func (t *eventTurn) alarm(r Reminder, at time.Time) Alarm {
	return Alarm{Name: r.Name, At: at, Call: "event/strike", Args: Must(r.Name)}
}

// strike decides a due reminder: too early (it was moved), too late, or to be sent; and plants the next strike in the same commit.
func (t *eventTurn) strike() {
	var name string
	if json.Unmarshal(t.Args, &name) != nil {
		return
	}
	i := slices.IndexFunc(t.event.Reminders, func(r Reminder) bool { return r.Name == name })
	if i < 0 {
		return
	}
	r := t.event.Reminders[i]
	from := t.At // after downtime the strikes missed count as one …
	if r.Missed == "each" {
		from = t.Due // … or as each
	}
	t.out.Alarms = append(t.out.Alarms, t.alarm(r, t.event.next(r, from)))
	late := t.At.Sub(t.Due)
	if r.Missed == "skip" && late > r.Skip {
		return
	}
	if r.Of == "deadline" && r.Before > 0 && t.At.After(t.event.Deadline) {
		return // "three days left" is wrong once it is over, whatever the policy
	}
	t.page(r.Name, t.Due, "")
}

// page posts the next page of a walk through the people to the event itself.
func (t *eventTurn) page(reminder string, due time.Time, after string) {
	t.out.Posts = append(t.out.Posts, Update{
		ID: fmt.Sprintf("remind/%s/%s/%d/page/%s", t.event.ID, reminder, due.Unix(), after), Subject: t.Subject, Call: "event/walk",
		Sent: t.At, At: t.At, Due: due, Args: Must(walkArgs{Reminder: reminder, After: after}),
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
	i := slices.IndexFunc(t.event.Reminders, func(r Reminder) bool { return r.Name == args.Reminder })
	if i < 0 {
		return nil
	}
	cards, err := src.List("card/", args.After, walkPage)
	if err != nil {
		return err
	}
	for _, d := range cards {
		var c Card
		if decode(d, &c) != nil || !t.event.Reminders[i].wants(c, t.event) {
			continue
		}
		name := strings.TrimPrefix(d.Key, "card/")
		t.out.Posts = append(t.out.Posts, Update{
			ID:      fmt.Sprintf("remind/%s/%s/%d/to/%s", t.event.ID, args.Reminder, t.Due.Unix(), name),
			Subject: "person/" + name, Call: "reminders/hear", Sent: t.At, At: t.At, Due: t.Due, Args: Must(args.Reminder),
		})
	}
	if len(cards) == walkPage {
		t.page(args.Reminder, t.Due, cards[len(cards)-1].Key)
	}
	return nil
}

// next returns when a reminder strikes first after t; zero: never again.
func (e *Event) next(r Reminder, t time.Time) time.Time {
	if r.Cron == "" {
		of := e.Deadline
		if r.Of == "start" {
			of = e.Start
		}
		if at := of.Add(-r.Before); at.After(t) {
			return at
		}
		return time.Time{}
	}
	zone := r.Zone
	if zone == nil {
		zone = e.Zone
	}
	s, err := NewSchedule(r.Cron, zone)
	if err != nil {
		return time.Time{} // the loader refused it
	}
	if !r.From.IsZero() && t.Before(r.From) {
		t = r.From.Add(-time.Second)
	}
	at := s.Next(t)
	last := r.To
	if last.IsZero() {
		last = e.Deadline
	}
	if at.After(last) {
		return time.Time{}
	}
	return at
}

// wants says whether a reminder is for a person with this card.
func (r Reminder) wants(c Card, e *Event) bool {
	if c.Quiet {
		return false
	}
	if len(r.Stages) > 0 && !slices.Contains(r.Stages, c.Stage) || len(r.Stages) == 0 && c.Stage != "applying" && c.Stage != "complete" {
		return false
	}
	if len(r.Missing) == 0 {
		return true
	}
	for _, item := range r.Missing {
		if item == "any" && len(c.Items) < len(e.Items) || item != "any" && !slices.Contains(c.Items, item) {
			return true
		}
	}
	return false
}

// remind is a reminder reaching a person: it looks again, since the card may be old.
func remind(t *Turn) {
	var name string
	if json.Unmarshal(t.Args, &name) != nil {
		return
	}
	i := slices.IndexFunc(t.Event.Reminders, func(r Reminder) bool { return r.Name == name })
	if i < 0 || !t.Event.Reminders[i].wants(t.Person.card(t.Event), t.Event) {
		return
	}
	r := t.Event.Reminders[i]
	var missing []string
	for _, it := range t.Person.Missing(t.Event) {
		missing = append(missing, fmt.Sprintf("%d. %s", it.Number, it.Name))
	}
	n := len(t.Event.Items) - len(missing)
	t.Say(r.Text, "missing", strings.Join(missing, "\n"), "n", n, "of", len(t.Event.Items), "count", len(missing))
	if !t.late(t.At) {
		t.Offer(t.Command("documents"), t.Command("deadline"), Choice{Label: t.Text("choice.reminders.off"), Value: "/reminders off"})
	}
}

// Strike is one coming reminder, for previews.
type Strike struct {
	At       time.Time
	Reminder string
	To       string // whom it is for, in words
}

// Strikes lists when the event's reminders strike, from a hundred days before the deadline to the event's end, earliest first.
func (e *Event) Strikes() []Strike {
	var all []Strike
	from := e.Deadline.AddDate(0, 0, -100)
	for _, r := range e.Reminders {
		to := "stages " + strings.Join(r.Stages, ", ")
		if len(r.Stages) == 0 {
			to = "everybody who applies"
		}
		if len(r.Missing) > 0 {
			to += ", missing " + strings.Join(r.Missing, " or ")
		}
		for at := e.next(r, from); !at.IsZero() && len(all) < 10_000; at = e.next(r, at) {
			all = append(all, Strike{At: at, Reminder: r.Name, To: to})
		}
	}
	slices.SortStableFunc(all, func(a, b Strike) int { return a.At.Compare(b.At) })
	return all
}
