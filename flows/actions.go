package flows

import "slices"

// Actions lists the calls that organisers cause from the console, from chat commands and from subcommands, with the right each needs.
// It is what the turns themselves ask (allowed), so there is one rule and no second door.
func Actions() map[string]string {
	return map[string]string{
		"announcement/create": MaySend, "announcement/approve": MaySend, "announcement/start": MaySend, "announcement/pause": MaySend,
		"announcement/resume": MaySend, "announcement/cancel": MaySend, "announcement/correct": MaySend, "announcement/retract": MaySend,
		"announcement/try": MaySend,

		"quiz/start": MaySend, "quiz/join": MaySend, "quiz/open": MaySend, "quiz/lock": MaySend, "quiz/reveal": MaySend, "quiz/next": MaySend,
		"quiz/pause": MaySend, "quiz/resume": MaySend, "quiz/end": MaySend, "quiz/tally": MaySend, "quiz/board": MaySend, "quiz/kick": MaySend, "quiz/players": MaySend,
		"quizset/put": MaySend,

		"attend/mark":        MaySend,
		"event/evaluated":    MayDecide,
		"event/certify":      MayDecide,
		"certificate/give":   MayDecide,
		"certificate/revoke": MayDecide,

		"rating/open": MaySend, "rating/reveal": MaySend, "rating/close": MaySend,

		"event/set":     MayAdmin,
		"event/code":    MayAdmin,
		"person/rights": MayAdmin,
		"person/item":   MayDecide,
		"notes/add":     MayRead,
		"notes/drop":    MayRead, // one's own; those of others: MayAdmin
		"review/score":  MayDecide,
		"decision/set":  MayDecide,
		"event/release": MayDecide,
		"seat/revoke":   MayDecide,
		"seat/role":     MayDecide,
		"help/take":     MaySend,
		"help/reply":    MaySend,
		"help/note":     MaySend,
		"help/close":    MaySend,
		"help/assign":   MaySend,
		"signin/end":    MayRead, // one's own; those of others: MayAdmin
	}
}

// Operator is the sender of what the server's own command line, or a console session it opened, does.
const Operator Address = "operator"

// allows says whether the sender of an update has a right. The operator has all, and so has what comes from nobody: Olle itself.
func (b *Book) allows(src Source, who Address, right string) (bool, error) {
	if who == "" || who == Operator || slices.Contains(b.Organisers, who) {
		return true, nil
	}
	docs, err := src.Load("at/" + string(who))
	if err != nil {
		return false, err
	}
	var at Identity
	if err := decode(docs[0], &at); err != nil || at.Person == "" {
		return false, err
	}
	if docs, err = src.Load(at.Person); err != nil {
		return false, err
	}
	var p Person
	if err := decode(docs[0], &p); err != nil || docs[0].Data == nil {
		return false, err
	}
	return Allows(b.RightsOf(&p), right), nil
}

// permits says whether whoever sent an update may do what it calls. It is asked when the turn is played: a right that was taken away
// after the page was shown is gone.
func (b *Book) permits(u Update, src Source) (bool, error) {
	right, ok := Actions()[u.Call]
	if !ok {
		return false, nil
	}
	return b.allows(src, u.From, right)
}

// permitted is permits for a turn of a person who is not the sender.
func (t *Turn) permitted() bool {
	ok, err := t.Book.permits(t.Update, t.src)
	if err != nil {
		t.err = err
	}
	return ok && err == nil
}
