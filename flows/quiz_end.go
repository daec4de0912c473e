package flows

import (
	"encoding/json"
	"slices"
)

// Pausing and ending a live quiz, and removing somebody from it.

// pause stops the clock and takes no answers.
func (t *quizTurn) pause() error {
	it := &t.it
	switch {
	case t.behind():
		return nil
	case it.State == QuizPaused:
		t.answer("team.quiz.is_paused")
		return nil
	}
	it.Before, it.State, it.Left = it.State, QuizPaused, 0
	it.Pauses = append(it.Pauses, QuizPause{From: t.At})
	if !it.Until.IsZero() {
		it.Left = max(it.Until.Sub(t.At), 0)
	}
	t.out.Alarms = append(t.out.Alarms, Alarm{Name: "over"})
	t.tellHosts("team.quiz.paused")
	return nil
}

// resume goes on; so does open.
func (t *quizTurn) resume() error {
	it := &t.it
	switch {
	case t.behind():
		return nil
	case it.State != QuizPaused:
		t.answer("team.quiz.resumed", "state", it.State)
		return nil
	}
	it.State, it.Before = it.Before, ""
	if n := len(it.Pauses); n > 0 {
		it.Pauses[n-1].To = t.At
	}
	if it.State == QuizOpen && it.Left > 0 {
		it.Until = t.At.Add(it.Left)
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: "over", At: it.Until, Call: "quiz/over", Args: Must(it.Number)})
	}
	t.tellHosts("team.quiz.resumed", "state", it.State)
	return nil
}

// board shows or hides the leaders on the screen.
func (t *quizTurn) board() error {
	t.it.Board = !t.it.Board
	places, err := QuizStanding(t.src, &t.it)
	if err != nil {
		return err
	}
	t.answer("team.quiz.board", "lines", leaderLines(&t.it, places, max(t.it.Rules.Top, 3)))
	return nil
}

// end closes the quiz for good; everybody hears how it went for them.
func (t *quizTurn) end() error {
	if t.it.State == QuizPaused {
		t.it.State = t.it.Before
	}
	if t.it.State == QuizOpen || t.uncounted() {
		t.shut("end")
		return nil
	}
	return t.finish()
}

func (t *quizTurn) finish() error {
	t.it.State, t.it.Ended, t.it.Board = QuizEnded, t.At, true
	t.out.Alarms = append(t.out.Alarms, Alarm{Name: "over"})
	t.send("end")
	t.out.note(t.Update, "quiz ended", "", t.it.Name)
	t.tellHosts("team.quiz.ended", "title", t.it.Title, "code", t.it.Code)
	return nil
}

// forget removes a person from a quiz: they asked to be deleted.
func (t *quizTurn) forget() error {
	var name string
	if json.Unmarshal(t.Args, &name) != nil || name == "" {
		return nil
	}
	t.out.Put = append(t.out.Put, Doc{Key: QuizPlayersKey(t.it.Code) + name})
	for n := 1; n <= t.it.Number; n++ {
		t.out.Put = append(t.out.Put, Doc{Key: QuizAnswersKey(t.it.Code, n) + name}, Doc{Key: askedKey(t.it.Code, n) + name})
		tally, err := t.tallyOf(n)
		if err != nil {
			return err
		}
		if _, had := tally.Points[name]; had { // the sums stay: they are nobody's
			delete(tally.Points, name)
			tally.Rights = slices.DeleteFunc(tally.Rights, func(s string) bool { return s == name })
			t.out.Put = append(t.out.Put, Doc{Key: QuizTallyKey(t.it.Code, n), Data: Must(tally)})
		}
	}
	own := func(s string) bool { return s == name }
	t.it.Kicked = slices.DeleteFunc(t.it.Kicked, own)
	t.it.Hosts = slices.DeleteFunc(t.it.Hosts, func(h QuizHost) bool { return h.ID == "person/"+name })
	return nil
}
