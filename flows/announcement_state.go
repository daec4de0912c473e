package flows

import (
	"encoding/json"
	"time"
)

// create makes a draft, or changes one that has not begun to go out. What a second person approved must be approved again.
func (t *announcementTurn) create() error {
	var args AnnouncementArgs
	if json.Unmarshal(t.Args, &args) != nil || t.it.ID != "" && t.it.State != AnnouncementDraft && t.it.State != AnnouncementScheduled {
		return nil
	}
	if t.it.ID != "" && !args.sees(t.it) {
		return nil
	}
	fresh, err := args.Check(t.event)
	if err != nil {
		return nil // whoever asked has checked it too, and said so
	}
	if ok, err := t.own(&fresh); err != nil || !ok {
		return err
	}
	fresh.ID, fresh.By, fresh.Changed, fresh.Created = announcementID(t.Subject), t.From, t.At, t.it.Created
	if t.it.ID == "" {
		fresh.Created = t.At
	}
	if t.it.State == AnnouncementScheduled {
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: "due"})
	}
	t.it = fresh
	t.note("announcement written")
	return nil
}

// AnnouncementSeen are the Args of "announcement/approve", and of "announcement/start" where a page was looked at: the draft that somebody
// has before them, by the moment it was written.
type AnnouncementSeen struct{ Changed time.Time }

// approve is a second person's yes to what they have seen. If somebody wanted to start it already, it starts.
func (t *announcementTurn) approve() error {
	var seen AnnouncementSeen
	if t.it.State != AnnouncementDraft || t.From == t.it.By || json.Unmarshal(t.Args, &seen) != nil || !seen.Changed.Equal(t.it.Changed) {
		return nil
	}
	same, err := t.samePerson(t.From, t.it.By)
	if err != nil || same {
		return err
	}
	t.it.ApprovedBy = t.From
	t.note("announcement approved")
	if t.it.Asked {
		return t.start()
	}
	return nil
}

// samePerson says whether two addresses are one person's: two chats of one organiser are not four eyes.
func (t *announcementTurn) samePerson(a, b Address) (bool, error) {
	docs, err := t.src.Load("at/"+string(a), "at/"+string(b))
	if err != nil {
		return false, err
	}
	var one, other Identity
	if decode(docs[0], &one) != nil || decode(docs[1], &other) != nil {
		return false, nil
	}
	return one.Person != "" && one.Person == other.Person, nil
}

// start sends now, or plants the alarm of its time. Where a second person must agree, it waits and asks the organisers.
func (t *announcementTurn) start() error {
	if t.it.State != AnnouncementDraft {
		return nil
	}
	var seen AnnouncementSeen
	if len(t.Args) > 0 && json.Unmarshal(t.Args, &seen) != nil || !seen.Changed.IsZero() && !seen.Changed.Equal(t.it.Changed) {
		return nil
	}
	if t.event.Approval && t.it.ApprovedBy == "" {
		if !t.it.Asked {
			t.it.Asked = true
			for _, a := range t.book.Organisers {
				if a != t.it.By {
					text := teamText(t.event, "team.announce.approve", "id", t.it.ID, "audience", t.whom())
					t.out.Messages = append(t.out.Messages, Message{To: a, Text: text + "\n\n" + t.it.Text})
				}
			}
		}
		return nil
	}
	t.note("announcement started")
	if t.it.At.After(t.At) {
		t.it.State = AnnouncementScheduled
		if err := t.foresee(); err != nil {
			return err
		}
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: "due", At: t.it.At, Call: "announcement/due"})
		return nil
	}
	return t.run()
}

// foresee counts the recipients as they are now, for whoever looks before it begins.
func (t *announcementTurn) foresee() error {
	if t.drip.Recipients = 1; t.it.To != "" {
		return nil
	}
	audience, err := t.it.audience(t.event)
	if err != nil {
		return nil
	}
	n, err := CountAudience(t.event, audience, t.src)
	t.drip.Recipients = n.People
	return err
}

// begin is the struck alarm of its time. Too late, and it asks instead.
func (t *announcementTurn) begin() error {
	if t.it.State != AnnouncementScheduled || t.it.At.After(t.At) {
		return nil
	}
	if late := t.At.Sub(t.it.At); t.it.StaleAfter > 0 && late > t.it.StaleAfter {
		t.halt("stale")
		return nil
	}
	return t.run()
}

// run lets the first recipients in.
func (t *announcementTurn) run() error {
	t.it.State, t.it.Started = AnnouncementRunning, t.At
	t.drip = Drip{Began: t.At, Last: t.At}
	if t.it.To != "" {
		t.post()
		t.tick(t.At)
		return nil
	}
	if err := t.plan(); err != nil {
		return err
	}
	return t.walk()
}

// halt pauses by itself, and tells the author why.
func (t *announcementTurn) halt(why string) {
	t.it.State, t.it.PausedWhy = AnnouncementPaused, why
	t.note("announcement paused: " + why)
	t.tell("team.announce.halted." + why)
}

func (t *announcementTurn) pause() error {
	switch t.it.State {
	case AnnouncementScheduled:
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: "due"})
	case AnnouncementRunning:
	default:
		return nil
	}
	t.it.State, t.it.PausedWhy = AnnouncementPaused, ""
	t.note("announcement paused")
	return nil
}

// resume goes on where it stood. Being late, or having failed often, is forgiven: somebody has looked.
func (t *announcementTurn) resume() error {
	if t.it.State != AnnouncementPaused {
		return nil
	}
	t.note("announcement resumed")
	t.it.PausedWhy = ""
	if t.it.Started.IsZero() {
		t.it.State = AnnouncementDraft
		if t.it.At.After(t.At) {
			return t.start()
		}
		return t.run()
	}
	t.it.State = AnnouncementRunning
	t.drip.Recent, t.drip.Last = "", t.At
	last := t.At
	for i := range t.drip.Legs {
		l := &t.drip.Legs[i]
		switch {
		case l.Done:
			continue
		case l.Platform == "":
			l.At = last
		case l.At.Before(t.At):
			l.At = t.localAgain(l.Zone)
		}
		if l.At.After(last) {
			last = l.At
		}
	}
	return t.walk()
}

func (t *announcementTurn) cancel() error {
	if t.it.over() {
		return nil
	}
	t.it.State, t.it.Ended = AnnouncementCancelled, t.At
	t.out.Alarms = append(t.out.Alarms, Alarm{Name: "due"})
	if t.it.Started.IsZero() {
		t.dropFile(false) // nobody has it
	} else {
		t.tick(t.At.Add(tickEvery)) // counts what was under way
	}
	t.note("announcement cancelled")
	return nil
}

// correct gives the announcement another text: whoever gets it from now on gets that, and whoever has the old one sees it edited.
func (t *announcementTurn) correct() error {
	var args AnnouncementArgs
	if json.Unmarshal(t.Args, &args) != nil {
		return nil
	}
	if !args.sees(t.it) {
		return nil
	}
	fresh, err := AnnouncementArgs{Text: args.Text, Choices: t.it.Choices, File: t.it.File}.Check(t.event)
	if err != nil || fresh.Text == t.it.Text || t.it.Retracted || t.it.Started.IsZero() {
		return nil
	}
	if t.event.Approval { // then new words are a second person's
		if same, err := t.samePerson(t.From, t.it.By); err != nil || same || t.From == t.it.By {
			return err
		}
	}
	t.it.Text = fresh.Text
	t.rewrite("announcement corrected")
	return nil
}

// retract ends the announcement and takes its words back.
func (t *announcementTurn) retract() error {
	if t.it.Retracted || t.it.Started.IsZero() {
		return t.cancel()
	}
	t.it.Retracted = true
	t.dropFile(false)
	if t.it.State != AnnouncementFinished {
		t.it.State, t.it.Ended = AnnouncementCancelled, t.At
	}
	t.rewrite("announcement retracted")
	return nil
}

// rewrite begins to edit what was sent.
func (t *announcementTurn) rewrite(what string) {
	t.it.Version++
	t.it.Changed = t.At
	t.drip.Fix = &Fix{}
	t.note(what)
	t.tick(t.At.Add(tickEvery))
}

func (t *announcementTurn) note(what string) {
	t.out.note(t.Update, what, "", t.it.ID)
}

// whom says in words where it goes.
func (t *announcementTurn) whom() string {
	if t.it.To != "" {
		return string(t.it.To)
	}
	return t.it.Audience
}
