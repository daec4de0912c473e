package flows

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"
)

// countArgs are the Args of "quiz/count".
type countArgs struct {
	Number int
	Then   string // "reveal", "next" or "end"
}

// count is the turn after a question closed: no answer can come any more, so what is listed is all there is. Where another count came
// first and revealed it, only what follows is left to do.
func (t *quizTurn) count() error {
	var args countArgs
	if json.Unmarshal(t.Args, &args) != nil || args.Number != t.it.Number || t.it.State != QuizLocked && t.it.State != QuizRevealed {
		return nil
	}
	if t.it.State == QuizRevealed {
		return t.follow(args.Then, QuizTally{})
	}
	tally, err := t.countNow()
	if err != nil {
		return err
	}
	t.it.Counted = args.Number
	t.out.Put = append(t.out.Put, Doc{Key: QuizTallyKey(t.it.Code, args.Number), Data: Must(tally)})
	return t.follow(args.Then, tally)
}

// follow goes on after the count with what a host wanted.
func (t *quizTurn) follow(then string, tally QuizTally) error {
	switch locked := t.it.State == QuizLocked; {
	case then == "next":
		return t.ask()
	case then == "end":
		return t.finish()
	case locked && then == "reveal":
		t.it.State = QuizRevealed
		t.send("reveal")
		t.tellHosts("team.quiz.revealed", "n", t.it.Number, "key", t.it.Now.Right(), "right", tally.Right, "total", tally.Total)
	case locked:
		t.tellHosts("team.quiz.locked", "n", t.it.Number, "total", tally.Total)
	}
	return nil
}

// countNow lists the answers to the present question and adds them up. Who was kicked does not count.
func (t *quizTurn) countNow() (QuizTally, error) {
	tally, q := QuizTally{Counts: map[string]int{}, Points: map[string]int{}}, t.it.Now
	asked := map[string]time.Time{}
	err := every(t.src, askedKey(t.it.Code, t.it.Number), func(name string, c Carried) { asked[name] = c.At })
	if err != nil {
		return tally, err
	}
	err = every(t.src, QuizAnswersKey(t.it.Code, t.it.Number), func(name string, a QuizAnswer) {
		if a.Choice == "" || slices.Contains(t.it.Kicked, name) {
			return
		}
		if at, ok := asked[name]; ok && at.Before(a.At) {
			a.Asked = at
		}
		a.Asked = a.Asked.Add(t.it.paused(a.Asked, a.At))
		tally.add(q, t.it.Rules.Mode, name, a)
	})
	sort.Strings(tally.Rights)
	return tally, err
}

// paused is how long the quiz stood still between two moments.
func (it *Quiz) paused(from, to time.Time) (sum time.Duration) {
	for _, p := range it.Pauses {
		begins, ends := p.From, p.To
		if begins.Before(from) {
			begins = from
		}
		if ends.After(to) {
			ends = to
		}
		sum += max(ends.Sub(begins), 0)
	}
	return sum
}

func (y *QuizTally) add(q *QuizQuestion, mode, name string, a QuizAnswer) {
	y.Total++
	share := q.Grade(a.Choice)
	switch {
	case q.Type == "single" || q.Type == "several" || q.Type == "opinion":
		for _, letter := range a.Choice {
			y.Counts[string(letter)]++
		}
	case share == 1:
		y.Counts["right"]++
	default:
		y.Counts["other"]++
	}
	if !q.keyed() {
		return
	}
	if share == 1 {
		y.Right++
		y.Rights = append(y.Rights, name)
	}
	y.Points[name] = points(q, mode, share, a.At.Sub(a.Asked))
}

// fullPoints is what a right answer is worth; with "speed" it falls to half of that at the end of the time.
const fullPoints = 100

// slowest is the time that speed is measured against where a question has none of its own.
const slowest = 30 * time.Second

func points(q *QuizQuestion, mode string, share float64, took time.Duration) int {
	switch mode {
	case "unscored":
		return 0
	case "speed":
		limit := slowest
		if q.Seconds > 0 {
			limit = time.Duration(q.Seconds) * time.Second
		}
		late := min(max(float64(took)/float64(limit), 0), 1)
		return int(math.Round(fullPoints * share * (1 - late/2)))
	}
	return int(math.Round(fullPoints * share))
}

type quizPlayer struct {
	Name string
	QuizPlayer
}

func quizPlayers(src Source, code string) (all []quizPlayer, err error) {
	err = every(src, QuizPlayersKey(code), func(name string, p QuizPlayer) { all = append(all, quizPlayer{name, p}) })
	return all, err
}

// QuizPlace is where a player stands.
type QuizPlace struct {
	Name    string `json:"-"` // of the person
	Alias   string
	Ref     string `json:"-"`
	Country string `json:",omitempty"`
	Points  int
	Right   int
	Place   int // from 1; who has as many points has the same
}

// QuizStanding adds up what was counted so far: every player who was not kicked, the leaders first.
func QuizStanding(src Source, it *Quiz) ([]QuizPlace, error) {
	all, err := quizPlayers(src, it.Code)
	if err != nil {
		return nil, err
	}
	tallies, err := quizTallies(src, it)
	if err != nil {
		return nil, err
	}
	var places []QuizPlace
	for _, p := range all {
		if slices.Contains(it.Kicked, p.Name) {
			continue
		}
		at := QuizPlace{Name: p.Name, Alias: p.Alias, Ref: p.Ref, Country: p.Country}
		for _, y := range tallies {
			at.Points += y.Points[p.Name]
			if _, right := slices.BinarySearch(y.Rights, p.Name); right {
				at.Right++
			}
		}
		places = append(places, at)
	}
	rank(places)
	return places, nil
}

// rank sorts by points and gives places; equals share one.
func rank(places []QuizPlace) {
	sort.SliceStable(places, func(i, j int) bool {
		return places[i].Points > places[j].Points || places[i].Points == places[j].Points && places[i].Alias < places[j].Alias
	})
	for i := range places {
		places[i].Place = i + 1
		if i > 0 && places[i].Points == places[i-1].Points {
			places[i].Place = places[i-1].Place
		}
	}
}

// quizTallies loads the counts of all questions so far, in their order.
func quizTallies(src Source, it *Quiz) ([]QuizTally, error) {
	if it.Number == 0 {
		return nil, nil
	}
	keys := make([]string, it.Number)
	for i := range keys {
		keys[i] = QuizTallyKey(it.Code, i+1)
	}
	docs, err := src.Load(keys...)
	if err != nil {
		return nil, err
	}
	all := make([]QuizTally, len(docs))
	for i, d := range docs {
		if err := decode(d, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Leaders are the places that are shown: the first top of those with any points.
func Leaders(it *Quiz, places []QuizPlace, top int) []QuizPlace {
	if it.Rules.Mode == "unscored" {
		return nil
	}
	var shown []QuizPlace
	for _, p := range places {
		if p.Place <= top && p.Points > 0 && len(shown) < 2*top {
			shown = append(shown, p)
		}
	}
	return shown
}

// Teams compares countries by the average points of their players; one alone is no team.
func Teams(it *Quiz, places []QuizPlace) []QuizPlace {
	if !it.Rules.Teams || it.Rules.Mode == "unscored" {
		return nil
	}
	sum, n := map[string]int{}, map[string]int{}
	for _, p := range places {
		if p.Country != "" {
			sum[p.Country] += p.Points
			n[p.Country]++
		}
	}
	var teams []QuizPlace
	for _, c := range sortedKeys(sum) {
		if n[c] > 1 {
			teams = append(teams, QuizPlace{Alias: c, Country: c, Points: sum[c] / n[c]})
		}
	}
	rank(teams)
	return teams
}

func leaderLines(it *Quiz, places []QuizPlace, top int) string {
	var lines []string
	for _, p := range Leaders(it, places, top) {
		lines = append(lines, fmt.Sprintf("%d. %s: %d", p.Place, p.Alias, p.Points))
	}
	for _, p := range Leaders(it, Teams(it, places), top) {
		lines = append(lines, fmt.Sprintf("%d. %s: %d", p.Place, p.Alias, p.Points))
	}
	if len(lines) == 0 {
		return "–"
	}
	return strings.Join(lines, "\n")
}
