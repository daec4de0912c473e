package flows

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// QuizArgs are the Args of what hosts do to a quiz.
type QuizArgs struct {
	Name   string `json:",omitempty"` // start: of the set
	Mode   string `json:",omitempty"` // start: instead of the set's
	Free   bool   `json:",omitempty"` // start: no clock runs, hosts close every question
	Number int    `json:",omitempty"` // the question the host had in sight, -1 none in particular: what two hosts press at once is done once
	Player string `json:",omitempty"` // kick: the alias
}

// quizTurn is one update of a live quiz being decided.
type quizTurn struct {
	Update
	book  *Book
	event *Event
	src   Source
	doc   Doc
	it    Quiz
	set   QuizSet
	args  QuizArgs
	out   Outcome
}

// playQuiz plays a live quiz's own history.
func (b *Book) playQuiz(u Update, src Source) (Outcome, error) {
	code := strings.TrimPrefix(u.Subject, "quiz/")
	docs, err := src.Load(u.Subject, QuizSetKey(code), eventKey(b.Current.ID))
	if err != nil {
		return Outcome{}, err
	}
	t := &quizTurn{Update: u, book: b, src: src, doc: docs[0], out: Outcome{Subject: u.Subject, Check: docs[:1], Visited: []string{u.Call}}}
	var changes Override
	for i, into := range []any{&t.it, &t.set, &changes} {
		if err := decode(docs[i], into); err != nil {
			return Outcome{}, err
		}
	}
	t.event = changes.Apply(b.Current)
	if err := t.run(code); err != nil {
		return Outcome{}, err
	}
	if now := Must(t.it); t.it.Code != "" && string(now) != string(t.doc.Data) {
		t.out.Put = append(t.out.Put, Doc{Key: u.Subject, Data: now})
	}
	return t.out, nil
}

// run does what was called: by a host, with the right and being one, or from inside.
func (t *quizTurn) run(code string) error {
	if enter := quizInside()[t.Call]; enter != nil && t.it.Code != "" {
		return enter(t)
	}
	enter := quizHosted()[t.Call]
	if enter == nil || t.Args != nil && json.Unmarshal(t.Args, &t.args) != nil {
		return nil
	}
	may, err := t.book.permits(t.Update, t.src)
	if err != nil {
		return err
	}
	who, err := t.book.who(t.src, t.From)
	if err != nil {
		return err
	}
	switch {
	case !may:
		t.answer("team.quiz.refused")
	case t.Call == "quiz/start":
		return t.start(code, who)
	case t.it.Code == "":
		t.answer("team.quiz.unknown", "code", code)
	case t.Call != "quiz/join" && !t.hosts(who.ID):
		t.answer("team.quiz.not_host", "code", code)
	case t.it.State == QuizEnded && !slices.Contains([]string{"quiz/tally", "quiz/players"}, t.Call):
		t.answer("team.quiz.over", "code", code)
	default:
		return enter(t)
	}
	return nil
}

// quizHosted are the calls of hosts.
func quizHosted() map[string]func(*quizTurn) error {
	return map[string]func(*quizTurn) error{
		"quiz/start": nothing, "quiz/join": (*quizTurn).join, "quiz/open": (*quizTurn).open, "quiz/lock": (*quizTurn).lock,
		"quiz/reveal": (*quizTurn).reveal, "quiz/next": (*quizTurn).next, "quiz/pause": (*quizTurn).pause, "quiz/resume": (*quizTurn).resume, "quiz/end": (*quizTurn).end,
		"quiz/tally": (*quizTurn).tally, "quiz/board": (*quizTurn).board, "quiz/kick": (*quizTurn).kick, "quiz/players": (*quizTurn).players,
	}
}

func nothing(*quizTurn) error { return nil }

// quizInside are the calls from inside: alarms and the quiz's own posts.
func quizInside() map[string]func(*quizTurn) error {
	return map[string]func(*quizTurn) error{
		"quiz/over": (*quizTurn).over, "quiz/count": (*quizTurn).count, "quiz/spread": (*quizTurn).spread, "quiz/forget": (*quizTurn).forget,
	}
}

func (t *quizTurn) hosts(id string) bool {
	return slices.ContainsFunc(t.it.Hosts, func(h QuizHost) bool { return h.ID == id })
}

// start opens the lobby of a new quiz. A code that is taken is refused, and whoever asked rolls another.
func (t *quizTurn) start(code string, who Who) error {
	if t.it.Code != "" {
		t.answer("team.quiz.taken")
		return nil
	}
	set, err := t.event.QuizSet(t.src, t.args.Name)
	if err != nil {
		return err
	}
	if set == nil {
		t.answer("team.quiz.no_set", "name", t.args.Name)
		return nil
	}
	rules := set.Rules
	if t.args.Mode != "" {
		rules.Mode = t.args.Mode
	}
	if t.args.Free {
		rules.Seconds = 0
		own := *set
		own.Questions = slices.Clone(set.Questions)
		for i := range own.Questions {
			own.Questions[i].Seconds = 0
		}
		set = &own
	}
	t.it = Quiz{Code: code, Name: set.Name, Title: set.Title, State: QuizLobby, Count: len(set.Questions), Rules: rules, Started: t.At,
		Hosts: []QuizHost{{ID: who.ID, Chat: t.Chat}}}
	t.out.Put = append(t.out.Put, Doc{Key: QuizSetKey(code), Data: Must(set)})
	t.out.note(t.Update, "quiz started", "", set.Name)
	t.answer("team.quiz.started", "title", set.Title, "code", code, "n", len(set.Questions), "link", t.links())
	return nil
}

// links says how else people get in, as far as there are pages that others could reach.
func (t *quizTurn) links() string {
	if t.book.Site == "" {
		return ""
	}
	return t.text("team.quiz.links", "site", t.book.Site, "code", t.it.Code)
}

// join makes the sender one more host.
func (t *quizTurn) join() error {
	who, err := t.book.who(t.src, t.From)
	if err != nil {
		return err
	}
	if t.hosts(who.ID) {
		t.answer("team.quiz.hosting", "title", t.it.Title, "code", t.it.Code)
		return nil
	}
	t.it.Hosts = append(t.it.Hosts, QuizHost{ID: who.ID, Chat: t.Chat})
	t.answer("team.quiz.hosting", "title", t.it.Title, "code", t.it.Code)
	t.tellOthers("team.quiz.joined_host", "who", who.Ref)
	return nil
}

// open asks the first question, or the next one where the one before is over.
func (t *quizTurn) open() error {
	switch t.it.State {
	case QuizOpen:
		t.answer("team.quiz.is_open", "n", t.it.Number)
		return nil
	case QuizPaused:
		return t.resume()
	}
	return t.ask()
}

// next goes on. What is open is closed first, so that nobody's answer is passed over.
func (t *quizTurn) next() error {
	switch {
	case t.behind():
	case t.it.State == QuizOpen:
		t.answer("team.quiz.still_open", "n", t.it.Number)
	case t.it.State == QuizPaused:
		t.answer("team.quiz.is_paused")
	default:
		return t.ask()
	}
	return nil
}

// behind tells a host who pressed a button for a question that is over that somebody else was quicker.
func (t *quizTurn) behind() bool {
	if t.args.Number < 0 || t.args.Number == t.it.Number {
		return false
	}
	t.answer("team.quiz.behind", "n", t.it.Number, "state", t.it.State)
	return true
}

// ask puts the next question, once the answers to the one before are counted.
func (t *quizTurn) ask() error {
	if t.uncounted() {
		t.shut("next")
		return nil
	}
	if t.it.Number >= t.it.Count {
		t.answer("team.quiz.last", "n", t.it.Count)
		return nil
	}
	it := &t.it
	it.Number++
	it.Board, it.Opened, it.Until, it.Pauses = false, t.At, time.Time{}, nil
	q := t.set.Questions[it.Number-1]
	it.Now = &q
	if q.Seconds == 0 {
		q.Seconds = it.Rules.Seconds
	}
	if it.State = QuizOpen; !q.asks() {
		it.State = QuizRevealed
	} else if q.Seconds > 0 {
		it.Until = t.At.Add(time.Duration(q.Seconds) * time.Second)
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: "over", At: it.Until, Call: "quiz/over", Args: Must(it.Number)})
	}
	t.send("question")
	t.tellHosts("team.quiz.opened", "n", it.Number, "of", it.Count, "ask", q.Ask)
	return nil
}

// over is the alarm at the end of a question's time.
func (t *quizTurn) over() error {
	var number int
	if json.Unmarshal(t.Args, &number) != nil || number != t.it.Number || t.it.State != QuizOpen || t.At.Before(t.it.Until) {
		return nil
	}
	t.shut("")
	return nil
}

func (t *quizTurn) lock() error {
	switch {
	case t.behind():
	case t.it.State == QuizOpen:
		t.shut("")
	default:
		t.answer("team.quiz.not_open", "n", t.it.Number)
	}
	return nil
}

// shut closes the question. Answers are counted by the turn after, when no more can come; then says what follows. A question that is
// closed already is counted once more, in case something must follow that is not the count on its way.
func (t *quizTurn) shut(then string) {
	t.it.State = QuizLocked
	t.out.Alarms = append(t.out.Alarms, Alarm{Name: "over"})
	t.post("quiz/count", countArgs{Number: t.it.Number, Then: then})
}

// uncounted says that the question is closed, and that the turn which counts its answers is still to come.
func (t *quizTurn) uncounted() bool {
	return t.it.State == QuizLocked && t.it.Counted < t.it.Number
}

// post sends an update to the quiz itself, which answers whoever sent this one.
func (t *quizTurn) post(call string, args any) {
	t.out.post(t.At, Update{ID: t.ID + "/" + strings.TrimPrefix(call, "quiz/"), Subject: t.Subject, Call: call,
		From: t.From, Chat: t.Chat, Private: t.Private, Reply: t.Reply, Args: Must(args)})
}

// reveal shows the right answer to everybody; an open question is closed and counted first.
func (t *quizTurn) reveal() error {
	switch {
	case t.behind():
	case t.it.State == QuizOpen || t.uncounted():
		t.shut("reveal")
	case t.it.State == QuizLocked:
		return t.show()
	default:
		t.answer("team.quiz.not_open", "n", t.it.Number)
	}
	return nil
}

// show is the moment of the right answer.
func (t *quizTurn) show() error {
	t.it.State = QuizRevealed
	t.send("reveal")
	tally, err := t.tallyOf(t.it.Number)
	if err != nil {
		return err
	}
	t.tellHosts("team.quiz.revealed", "n", t.it.Number, "key", t.it.Now.Right(), "right", tally.Right, "total", tally.Total)
	return nil
}

func (t *quizTurn) tallyOf(number int) (tally QuizTally, err error) {
	docs, err := t.src.Load(QuizTallyKey(t.it.Code, number))
	if err != nil {
		return tally, err
	}
	return tally, decode(docs[0], &tally)
}
