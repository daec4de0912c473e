package flows

import (
	"encoding/json"
	"fmt"
	"slices"
)

// What concerns all players goes out page by page, as posts to their own subjects. The first page is live; whoever comes after yields to
// replies, so that a quiz of a thousand does not keep others waiting, and answers are confirmed at once while questions still go out.
const spreadPage = 100

// spreadArgs are the Args of "quiz/spread".
type spreadArgs struct {
	What   string // "question", "reveal" or "end"
	Number int
	After  string // name of the last player who was told
	Page   int
}

// quizNews is what a player is told: the Args of "quiz/question", "quiz/reveal" and "quiz/end".
type quizNews struct {
	Code    string
	Number  int
	Points  int    `json:",omitempty"`
	Right   int    `json:",omitempty"`
	Of      int    `json:",omitempty"` // questions that have a right answer
	Place   int    `json:",omitempty"` // among those who are shown; 0: not
	Leaders string `json:",omitempty"`
}

// send begins to tell all players.
func (t *quizTurn) send(what string) {
	t.sendPage(spreadArgs{What: what, Number: t.it.Number})
}

func (t *quizTurn) sendPage(args spreadArgs) {
	t.out.post(t.At, Update{ID: fmt.Sprintf("%s/%d/%s/%d/%d", t.Subject, t.it.Started.UnixNano(), args.What, args.Number, args.Page),
		Subject: t.Subject, Call: "quiz/spread", Args: Must(args)})
}

// spread tells one page of players. A page that comes when the quiz has gone on is left out.
func (t *quizTurn) spread() error {
	var args spreadArgs
	if json.Unmarshal(t.Args, &args) != nil || args.Number != t.it.Number || args.What == "question" && t.it.State != QuizOpen && t.it.State != QuizRevealed {
		return nil
	}
	prefix := QuizPlayersKey(t.it.Code)
	docs, err := t.src.List(prefix, prefix+args.After, spreadPage)
	if err != nil {
		return err
	}
	news, err := t.news(args.What)
	if err != nil {
		return err
	}
	for _, d := range docs {
		name := d.Key[len(prefix):]
		if slices.Contains(t.it.Kicked, name) {
			continue
		}
		t.out.post(t.At, Update{ID: fmt.Sprintf("%s/%d/%s/%d/to/%s", t.Subject, t.it.Started.UnixNano(), args.What, args.Number, name),
			Subject: "person/" + name, Call: "quiz/" + args.What, Bulk: args.Page > 0, Args: Must(news(name))})
	}
	if len(docs) == spreadPage {
		args.After, args.Page = docs[len(docs)-1].Key[len(prefix):], args.Page+1
		t.sendPage(args)
	}
	return nil
}

// news prepares what each player is told.
func (t *quizTurn) news(what string) (func(name string) quizNews, error) {
	base := quizNews{Code: t.it.Code, Number: t.it.Number}
	switch what {
	case "reveal":
		tally, err := t.tallyOf(t.it.Number)
		return func(name string) quizNews {
			n := base
			n.Points = tally.Points[name]
			return n
		}, err
	case "end":
		places, err := QuizStanding(t.src, &t.it)
		base.Leaders = leaderLines(&t.it, places, t.it.Rules.Top)
		by, keyed := make(map[string]QuizPlace, len(places)), t.set.keyed()
		for _, p := range places {
			by[p.Name] = p
		}
		return func(name string) quizNews {
			n, p := base, by[name]
			n.Of = keyed
			if n.Points, n.Right = p.Points, p.Right; p.Points > 0 && p.Place <= t.it.Rules.Top {
				n.Place = p.Place
			}
			return n
		}, err
	}
	return func(string) quizNews { return base }, nil
}
