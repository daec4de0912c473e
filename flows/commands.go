package flows

import (
	"maps"
	"slices"
	"strings"

	"olle/flows/places"
)

// command is what a person can always do, at every step, on every platform.
type command func(t *Turn, args string)

// commandTable holds the commands by name. People know the names by heart: none is changed or taken away.
func commandTable() map[string]command {
	return map[string]command{
		"start": start, "help": help, "apply": beginApply, "status": status, "upload": beginDocuments, "documents": beginDocuments,
		"deadline": deadline, "airfare": beginAirfare, "eligibility": beginEligibility, "programme": programme,
		"ask": beginAsk, "human": beginHuman, "mydata": beginMydata, "delete": beginDelete, "language": beginLanguage,
		"attend": attend, "feedback": feedback, "certificate": certificate,
		"link": link, "code": redeem, "quiz": quiz, "reminders": reminders, "calendar": calendar, "glossary": glossary, "objectives": question("objectives", listObjectives),
		"rate": rate, "plan": planCommand, "group": group,
		"cancel": word("cancel"), "back": word("back"), "skip": word("skip"), "repeat": word("repeat"), "restart": word("restart"),
	}
}

// callTable holds the steps entered from inside: finished work, posts of other subjects.
func callTable() map[string]func(*Turn) {
	return map[string]func(*Turn){
		"documents/fetched": fetched, "announce/fetched": announceFetched, "documents/third": third,
		"reminders/hear": hear, "reminders/wake": wake, "reminders/moved": moved,
		"person/unreachable": unreachable, "person/undelivered": undelivered, "person/rights": setRights, "person/expire": expire, "person/item": reviewItem,
		"human/taken": humanTaken, "human/answer": humanAnswer, "human/closed": humanClosed, "human/nudge": humanNudge,
		"programme/changed": hearProgramme, "attend/mark": markAttended,
		"certificate/earn": earnCertificate, "certificate/give": grantCertificate, "certificate/revoke": revokeCertificate,
		"rate/revealed": hearRevealed, "rate/asked": hearAsked, "rate/met": hearMet, "rate/nobody": hearNobody, "plan/check": planDue,
		"announcement/hear": hearAnnouncement,
		"quiz/question":     hearQuestion, "quiz/reveal": hearReveal, "quiz/end": hearEnd,
		"seat/offer": offerSeat, "seat/remind": remindSeat, "seat/expire": expireSeat, "seat/room": enteredRoom, "seat/revoke": revokeSeat, "seat/role": takeRole,
	}
}

// commandOf parts "/name args"; "/name@bot" is the same.
func commandOf(text string) (name, args string) {
	name, args, _ = strings.Cut(strings.TrimPrefix(text, "/"), " ")
	name, _, _ = strings.Cut(strings.ToLower(name), "@")
	return strings.ReplaceAll(name, "-", ""), strings.TrimSpace(args)
}

// command runs "/name args". A name with a small typo is read as the nearest one.
func (t *Turn) command(text string) {
	name, args := commandOf(text)
	run := t.find(name)
	if run == nil {
		for _, known := range sortedKeys(t.Book.commands) {
			if len(name) >= 4 && places.Distance(name, known, 1) <= 1 {
				name, run = known, t.Book.commands[known]
				break
			}
		}
	}
	if run == nil {
		t.Say("help.unknown_command")
		t.help()
		t.asked = true
		return
	}
	t.visit("command", name)
	t.Person.Misses = 0
	if _, repairs := repairNames[name]; !repairs {
		t.leaveLight()
	}
	t.leaveOffer(Input{})
	run(t, args)
}

// find looks a command up that exists for this person: everybody's, the forms of the pack, those of organisers and of people who have
// a seat. To anybody else one of these is a word that means nothing.
func (t *Turn) find(name string) command {
	if run := t.Book.commands[name]; run != nil {
		return run
	}
	if f := t.Event.Forms[name]; f != nil && (t.Event.task(name) == nil || t.confirmed()) {
		return func(t *Turn, _ string) { t.beginForm(f) }
	}
	if c, ok := t.Book.organiser[name]; ok && t.may(c.right) {
		return c.run
	}
	if t.Person.Seat != nil {
		return t.Book.seats[name]
	}
	return nil
}

// repairNames are the commands that are about the pending question itself.
var repairNames = map[string]bool{"help": true, "cancel": true, "back": true, "skip": true, "repeat": true, "restart": true}

func word(name string) command { return func(t *Turn, _ string) { t.repair(name, Input{}) } }

// question is a command that stands for a question, the text under "question." + name. What answers.yaml has no topic for is listed from
// event.yaml.
func question(name string, list func(t *Turn) bool) command {
	return func(t *Turn, _ string) {
		asked := t.Text("question." + name)
		if a := t.Event.Answers.Answer(asked); a.Known && !a.None || !list(t) {
			t.reply(asked, a)
		}
		t.asked = t.top() != nil
	}
}

func listObjectives(t *Turn) bool {
	if len(t.Event.Objectives) == 0 {
		return false
	}
	t.Say("objectives.all")
	t.Tell("• " + strings.Join(t.Event.Objectives, "\n• "))
	return true
}

func listModules(t *Turn) bool {
	if len(t.Event.Modules) == 0 {
		return false
	}
	t.Say("programme.modules")
	return true
}

// start greets; a deep link's payload is a command: /start apply, /start link-CODE.
func start(t *Turn, payload string) {
	if name, args, _ := strings.Cut(payload, "-"); name != "start" && t.Book.commands[name] != nil {
		t.command("/" + name + " " + args)
		return
	}
	if payload == "joined" && t.confirmed() {
		t.cohort(true) // they were selected before they came to the server
	}
	if payload == "joined" && t.Person.Began.IsZero() && len(t.Person.Addresses) == 1 {
		t.Say("welcome.joined") // a member of the cohort's server whom we do not know yet
		t.Offer(t.Command("programme"), t.Command("deadline"), t.Command("help"))
		return
	}
	if s := t.Person.Seat; s != nil && s.State == "offered" {
		seat(t, "") // it wants an answer before anything else
		return
	}
	if t.top() != nil {
		t.Say("welcome.back")
		t.asked = true
		return
	}
	if f := t.Event.Forms["start"]; f != nil { // the pack begins with questions
		t.beginForm(f)
		return
	}
	if t.late(t.At) {
		t.Say("welcome.closed")
	} else {
		t.Say("welcome.hello", "documents", t.Text("count.documents"))
	}
	switch {
	case t.Person.Seat != nil:
		seat(t, "")
	case !t.Person.Began.IsZero():
		t.Tell(t.summary())
	}
	t.menu()
	t.Offer(append(t.choices, t.ownLanguage()...)...)
}

func help(t *Turn, _ string) {
	t.help()
	t.asked = t.top() != nil
}

func (t *Turn) help() {
	t.Tell(t.Event.offered(t.Text("help.outside", "examples", t.Text("help.examples"), "documents", t.Text("count.documents"))))
	var team []string
	for _, d := range t.Book.OrganiserMenu(t.Event) {
		if t.may(t.Book.organiser[d.Name].right) && t.Private {
			team = append(team, "/"+d.Name+" – "+d.Text)
		}
	}
	if len(team) > 0 {
		t.Say("team.help", "commands", strings.Join(team, "\n"))
	}
	if t.top() == nil {
		t.menu()
	}
}

// deadline says the instant in the event's zone and the person's, and how long it is.
func deadline(t *Turn, _ string) {
	if t.late(t.At) {
		t.Say("deadline.over")
	} else {
		t.Say("deadline.open")
		switch {
		case t.zone() != nil || !t.Private:
		case t.Event.Offers("airfare"):
			t.Say("deadline.your_zone_unknown")
		default:
			t.Say("deadline.your_zone_apply")
		}
		t.Offer(t.Command("calendar"))
	}
	t.asked = t.top() != nil
}

func glossary(t *Turn, wanted string) {
	var lines []string
	for _, term := range t.Event.Glossary {
		if wanted == "" || places.Fold(term.Short) == places.Fold(wanted) {
			lines = append(lines, "• "+term.Short+": "+term.Long)
		}
	}
	switch {
	case len(t.Event.Glossary) == 0:
		t.Say("glossary.none")
	case len(lines) == 0:
		t.Say("glossary.unknown", "term", wanted)
	default:
		t.Say("glossary.title")
		t.Tell(strings.Join(lines, "\n"))
	}
	t.asked = t.top() != nil
}

func beginMydata(t *Turn, _ string) { t.Push("mydata", "show") }

func beginDelete(t *Turn, _ string) { t.Push("delete", "confirm") }

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

// Description is a command in a menu.
type Description struct{ Name, Text string }

// Menu lists the commands that the pack has something for and networks show under "/", in the order of their use, described in a language
// ("" is English).
func (e *Event) Menu(language string) []Description {
	texts := e.In(language)
	var menu []Description
	for _, name := range []string{"start", "help", "apply", "documents", "upload", "status", "deadline", "eligibility", "airfare", "programme", "attend", "feedback", "certificate", "objectives",
		"glossary", "ask", "human", "mydata", "delete", "link", "code", "quiz", "reminders", "calendar", "language", "rate", "plan", "group", "cancel"} {
		if !e.Offers(name) {
			continue
		}
		menu = append(menu, Description{name, texts.Text("describe."+name, factsOf(e))})
	}
	return menu
}
