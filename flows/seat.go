package flows

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Seat is a place in the workshop that was offered to a person; nobody else has one, and to them its commands are unknown words. An offer
// ends if nobody confirms it; the next on the waiting list gets it. It stands until its end is written down: a tap does not say
// everywhere when it was made, and nobody else has the place before.
type Seat struct {
	State   string // "offered", "confirmed", "declined", "expired", "withdrawn", "revoked"
	Offered time.Time
	Until   time.Time // confirm by then
	At      time.Time `json:",omitzero"`  // of the last change of State
	Unheard bool      `json:",omitempty"` // no chat took the offer; the organisers know
	Joined  []string  `json:",omitempty"` // cohort rooms that let them in: "discord", "telegram"
}

// Task is something selected people hand in before the workshop: a form of the pack.
type Task struct {
	Form     string
	Due      time.Time
	Optional bool
}

// seatCommands exist for those who have a seat, or had one.
func seatCommands() map[string]command {
	return map[string]command{"seat": seat, "tasks": tasks}
}

func (t *Turn) confirmed() bool { return t.Person.Seat != nil && t.Person.Seat.State == "confirmed" }

// hasSeat says whether a seat waits for the person or is theirs.
func (p *Person) hasSeat() bool {
	return p.Seat != nil && (p.Seat.State == "offered" || p.Seat.State == "confirmed")
}

// offerSeat hears that this person is selected: the first and only sign of it. A seat that has ended may be offered again.
func offerSeat(t *Turn) {
	if t.Person.hasSeat() {
		return
	}
	t.Person.Seat = &Seat{State: "offered", Offered: t.At, Until: t.offerEnds()}
	t.seatAlarms()
	if t.Person.Home == "" {
		t.unheardOffer()
		return
	}
	t.Say("seat.offered")
	t.askSeat()
}

// unheardOffer tells the desks that no chat of the person's takes the offer: organisers have other ways to reach them.
func (t *Turn) unheardOffer() {
	s := t.Person.Seat
	if s == nil || s.State != "offered" || s.Unheard {
		return
	}
	s.Unheard = true
	until := s.Until.In(t.Event.Zone).Format(teamText(t.Event, "format.moment")) + " " + t.Event.ZoneTag
	t.postRequest("unheard", "note", teamText(t.Event, "team.ticket.unheard_offer", "when", until))
}

// offerEnds is when an offer made now ends: when the workshop begins at the latest. Whom organisers select later still has time to answer.
func (t *Turn) offerEnds() time.Time {
	end, start := t.At.Add(t.Event.Seats.Confirm), t.Event.Start
	if t.At.Before(start) && end.After(start) {
		return start
	}
	return end
}

// seatAlarms plant the reminder and the end of the offer.
func (t *Turn) seatAlarms() {
	s := t.Person.Seat
	remind := s.Until.Add(-s.Until.Sub(s.Offered) / 3)
	t.out.Alarms = append(t.out.Alarms,
		Alarm{Name: "seat/remind", At: remind, Call: "seat/remind"},
		expiry(s.Until))
}

// expiry is the alarm that ends an offer: late enough to have heard what was said before that moment.
func expiry(until time.Time) Alarm {
	return Alarm{Name: "seat/expire", At: until.Add(closeWait), Call: "seat/expire"}
}

func (t *Turn) dropSeatAlarms() {
	t.out.Alarms = append(t.out.Alarms, Alarm{Name: "seat/remind"}, Alarm{Name: "seat/expire"})
}

// hearOffer tells somebody who is back what no chat could.
func (t *Turn) hearOffer() {
	if s := t.Person.Seat; s != nil && s.Unheard && !t.gone {
		seat(t, "")
	}
}

func (t *Turn) askSeat() {
	t.Say("seat.confirm_by", "when", t.moment(t.Person.Seat.Until))
	t.Offer(Choice{Label: t.Text("choice.seat.confirm"), Value: "/seat confirm"}, Choice{Label: t.Text("choice.seat.decline"), Value: "/seat decline"})
}

// remindSeat and expireSeat are the alarms of an offer; both look again first. An end that comes late was kept by downtime: the networks
// hold what was said meanwhile.
func remindSeat(t *Turn) {
	if s := t.Person.Seat; s != nil && s.State == "offered" && t.At.Before(s.Until) {
		t.Say("seat.remind")
		t.askSeat()
	}
}

func expireSeat(t *Turn) {
	switch s := t.Person.Seat; {
	case s == nil || s.State != "offered":
	case t.At.Before(s.Until.Add(closeWait)) || t.At.Sub(t.Due) > closeWait:
		t.out.Alarms = append(t.out.Alarms, expiry(t.At))
	default:
		t.leaveSeat("expired")
		t.Say("seat.expired")
	}
}

// seat is /seat: how it stands, confirm, decline, withdraw.
func seat(t *Turn, args string) {
	s := t.Person.Seat
	s.Unheard = false
	o, _ := (Input{Text: args}).Pick([]Option{
		{Value: "confirm", Label: t.Text("choice.seat.confirm"), Also: []string{"confirm", "accept", "yes"}},
		{Value: "decline", Label: t.Text("choice.seat.decline"), Also: []string{"decline", "no"}},
		{Value: "withdraw", Label: t.Text("choice.seat.withdraw"), Also: []string{"withdraw", "cancel"}},
	})
	open := s.State == "offered"
	over := !t.At.Before(t.Event.End.AddDate(0, 0, 1)) // who took part cannot have withdrawn
	switch {
	case o.Value == "confirm" && open:
		t.confirmSeat()
	case o.Value == "decline" && open:
		t.leaveSeat("declined")
		t.Say("seat.declined")
	case o.Value == "withdraw" && s.State == "confirmed" && !over:
		t.leaveSeat("withdrawn")
		t.Say("seat.withdrawn")
	case open:
		t.Say("seat.offered")
		t.askSeat()
	case s.State == "confirmed":
		t.Say("seat.confirmed")
		t.Offer(Choice{Label: t.Text("command.tasks"), Value: "/tasks"})
		if !over {
			t.Offer(append(t.choices, Choice{Label: t.Text("choice.seat.withdraw"), Value: "/seat withdraw"})...)
		}
	default:
		t.Say("seat." + s.State)
		t.Offer(t.Command("human"))
	}
	t.asked = t.top() != nil && len(t.choices) == 0
}

// answersOffer hears the answer to an offered place typed, at any step: a place that is not confirmed goes to somebody else. Words that only
// sound like an answer take and give up nothing: they bring the buttons again.
func (t *Turn) answersOffer(in Input) bool {
	if s := t.Person.Seat; s == nil || s.State != "offered" {
		return false
	}
	confirm := Option{Label: t.Text("choice.seat.confirm"), Also: t.texts.Words("words.seat.confirm")}
	decline := Option{Label: t.Text("choice.seat.decline")}
	answer := slices.ContainsFunc(yesno(t), in.Exactly) && t.top() == nil
	switch {
	case in.Exactly(confirm):
		seat(t, "confirm")
	case in.Exactly(decline):
		seat(t, "decline")
	case in.fits(confirm, contains), in.fits(decline, contains), answer:
		seat(t, "")
	default:
		return false
	}
	return true
}

func (t *Turn) confirmSeat() {
	s := t.Person.Seat
	s.State, s.At = "confirmed", t.At
	t.Person.Talk = nil // what was asked of an applicant is over
	t.dropSeatAlarms()
	if !t.Person.Observes(t.Event) {
		t.Person.Cohort = t.Event.ID
	}
	t.note("seat confirmed", t.Person.Ref, "")
	t.Say("seat.welcome")
	t.cohort(true)
	if len(t.Event.Tasks) > 0 {
		tasks(t, "")
	}
}

// leaveSeat gives the seat up, whoever ended it, and tells the event that one is free.
func (t *Turn) leaveSeat(state string) {
	s := t.Person.Seat
	was := s.State
	s.State, s.At = state, t.At
	t.dropSeatAlarms()
	t.note("seat "+state, t.Person.Ref, "")
	if was == "confirmed" {
		if !t.Person.Observes(t.Event) {
			t.Person.Cohort = ""
		}
		t.cohort(false)
	}
	t.out.post(t.At, Update{ID: t.ID + "/free", Subject: eventKey(t.Event.ID), Call: "event/promote"})
}

// revokeSeat hears that an organiser takes a seat back.
func revokeSeat(t *Turn) {
	if t.Person.hasSeat() && t.permitted() {
		t.leaveSeat("revoked")
		t.Say("seat.revoked")
		t.Offer(t.Command("human"))
	}
}

// Cohort are the rooms of those who take part, and Args of "cohort" work.
type Cohort struct {
	DiscordRole   string // ID of the role that opens the cohort's channels
	DiscordInvite string // address that lets somebody into the server first
	TelegramGroup string // address of the group, "telegram:-100…"

	DiscordChannel string `json:",omitempty"` // the cohort's channel, "discord:c123…": where reminders of sessions are said
}

// CohortArgs are the Args of "cohort" work: one person in or out of the room of one network.
type CohortArgs struct {
	Join  bool
	Role  string // Discord
	Group string // Telegram: address
}

// cohort lets the person into the cohort's rooms, on every network they are on, or out of them.
func (t *Turn) cohort(join bool) { t.cohortOf(join, t.Person.Addresses...) }

// cohortOf does so with some of the person's addresses.
func (t *Turn) cohortOf(join bool, addresses ...Address) {
	c, seen := t.Event.Cohort, map[string]bool{}
	for _, a := range addresses {
		platform := a.Platform()
		if seen[platform] || platform == "discord" && c.DiscordRole == "" || platform == "telegram" && c.TelegramGroup == "" {
			continue
		}
		if platform != "discord" && platform != "telegram" {
			continue
		}
		seen[platform] = true
		t.out.Work = append(t.out.Work, Work{
			Name: "cohort-" + platform, Kind: "cohort", Call: "seat/room", From: a,
			Args: Must(CohortArgs{Join: join, Role: c.DiscordRole, Group: c.TelegramGroup}),
		})
	}
}

// Room is the Args of "seat/room": what became of "cohort" work.
type Room struct {
	Platform string
	Join     bool
	Link     string // one-time way in; "" none is needed
	Absent   bool   // the person is not on the server yet
}

// enteredRoom hears that the person was let into a room, and passes the way in on.
func enteredRoom(t *Turn) {
	var r Room
	if json.Unmarshal(t.Args, &r) != nil || !r.Join || !t.confirmed() {
		return
	}
	s := t.Person.Seat
	link := r.Link
	if r.Absent {
		link = t.Event.Cohort.DiscordInvite
	}
	switch {
	case link != "":
		t.Say("seat.room_link", "platform", r.Platform, "link", link)
	case !r.Absent:
		t.Say("seat.room", "platform", r.Platform)
	}
	if !r.Absent && !strings.Contains(strings.Join(s.Joined, " "), r.Platform) {
		s.Joined = append(s.Joined, r.Platform)
	}
}

// tasks is /tasks: what is to be handed in before the workshop.
func tasks(t *Turn, _ string) {
	switch s := t.Person.Seat; s.State {
	case "confirmed":
	case "offered":
		t.askSeat()
		return
	default:
		t.Say("seat." + s.State)
		return
	}
	if len(t.Event.Tasks) == 0 {
		t.Say("tasks.none")
		t.asked = t.top() != nil
		return
	}
	lines := []string{t.Text("tasks.title")}
	var choices []Choice
	for _, task := range t.Event.Tasks {
		form := t.Event.Forms[task.Form]
		title, state := t.form(form.Name+".title", form.Title), "tasks.open"
		if t.Person.done(task.Form) {
			state = "tasks.done"
		} else {
			choices = append(choices, Choice{Label: title, Value: "/" + task.Form})
			if task.Optional {
				state = "tasks.optional"
			}
		}
		lines = append(lines, "• "+title+": "+t.Text(state, "when", t.moment(task.Due)))
	}
	t.Tell(strings.Join(lines, "\n"))
	t.Offer(choices...)
	t.asked = t.top() != nil && len(choices) == 0
}

func (p *Person) done(form string) bool { return p.Forms[form] != nil && !p.Forms[form].Done.IsZero() }

// task is the task a form is, nil: anybody may fill it in.
func (e *Event) task(form string) *Task {
	for i := range e.Tasks {
		if e.Tasks[i].Form == form {
			return &e.Tasks[i]
		}
	}
	return nil
}
