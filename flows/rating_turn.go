package flows

import (
	"encoding/json"
	"fmt"
	"strings"
)

// A round of rating has a history of its own. Its calls:
//
//	rating/open    rate; what was revealed before is hidden again
//	rating/reveal  everybody sees how all rated, from the same moment
//	rating/close   no more rating; what was revealed stays to be seen
//	rating/tell    the walk that tells those who rated, page by page
func (b *Book) playRating(u Update, src Source) (Outcome, error) {
	t := &ratingTurn{Update: u, src: src, out: Outcome{Subject: u.Subject, Visited: []string{u.Call}}}
	name := strings.TrimPrefix(u.Subject, "rating/")
	var err error
	if t.grid, t.round, t.at, err = ReadRating(src, b.Current, name); err != nil || t.grid == nil {
		return t.out, err // the pack lost the grid: what was rated is kept
	}
	t.round.Grid = name
	if u.Call == "rating/tell" {
		return t.out, t.tell()
	}
	if ok, err := b.permits(u, src); err != nil || !ok {
		return t.out, err
	}
	switch u.Call {
	case "rating/open":
		t.open()
	case "rating/reveal":
		err = t.reveal()
	case "rating/close":
		t.close()
	default:
		err = fmt.Errorf("flows: rating: unknown call %q", u.Call)
	}
	return t.out, err
}

type ratingTurn struct {
	Update
	src   Source
	grid  *Grid
	round Rating
	at    Doc
	out   Outcome
}

// keep writes the round and notes who did it.
func (t *ratingTurn) keep(state string) {
	t.round.State = state
	t.out.Check = append(t.out.Check, t.at)
	t.out.Put = append(t.out.Put, Doc{Key: t.Subject, Data: Must(t.round)})
	t.out.note(t.Update, "rating "+state, "", t.grid.Name)
}

func (t *ratingTurn) open() {
	if t.round.State != ratingOpen {
		t.round = Rating{Grid: t.grid.Name, Opened: t.At}
		t.keep(ratingOpen)
	}
}

func (t *ratingTurn) close() {
	if t.round.State == ratingOpen || t.round.State == ratingRevealed {
		t.round.Closed = t.At
		t.keep(ratingClosed)
	}
}

// reveal freezes the sheets; who rated is told by the next turn, which sees every sheet that was in time.
func (t *ratingTurn) reveal() error {
	sheets, err := RatingSheets(t.src, t.grid.Name)
	if err != nil || t.round.State != ratingOpen || CountRating(t.grid, sheets).Raters < LeastRaters {
		return err
	}
	t.round.Revealed = t.At
	t.keep(ratingRevealed)
	t.page("")
	return nil
}

func (t *ratingTurn) page(after string) {
	t.out.post(t.At, Update{
		ID: fmt.Sprintf("rating/%s/%d/tell/%s", t.grid.Name, t.round.Revealed.UnixNano(), after), Subject: t.Subject, Call: "rating/tell", Args: Must(after),
	})
}

func (t *ratingTurn) tell() error {
	var after string
	if json.Unmarshal(t.Args, &after) != nil || !t.round.Seen() {
		return nil
	}
	docs, err := t.src.List(ratingSheetsKey(t.grid.Name), after, walkPage)
	if err != nil {
		return err
	}
	for _, d := range docs {
		name := strings.TrimPrefix(d.Key, ratingSheetsKey(t.grid.Name))
		t.out.post(t.At, Update{
			ID:      fmt.Sprintf("rating/%s/%d/to/%s", t.grid.Name, t.round.Revealed.UnixNano(), name),
			Subject: "person/" + name, Call: "rate/revealed", Args: Must(t.grid.Name),
		})
	}
	if len(docs) == walkPage {
		t.page(docs[walkPage-1].Key)
	}
	return nil
}

// hearRevealed tells somebody who rated how all did.
func hearRevealed(t *Turn) {
	var name string
	if json.Unmarshal(t.Args, &name) != nil {
		return
	}
	g, round, _, err := ReadRating(t.src, t.Event, name)
	if t.err = err; err != nil || g == nil || !round.Seen() {
		return
	}
	if f := t.top(); f != nil && f.Flow == "rate" && f.Step != "show" && f.Vars["grid"] == name {
		t.Done() // nothing more to rate
		t.moved = false
	}
	t.Say("rating.revealed")
	t.saySpread(g)
}

// ratingCommand is the organisers' /rating: how rounds stand; open, reveal or close one; export what was revealed.
func ratingCommand(t *Turn, args string) {
	words := strings.Fields(strings.ToLower(args))
	if len(words) == 0 {
		t.listRatings()
		return
	}
	name := strings.Join(words[1:], " ")
	if all := sortedKeys(t.Event.Ratings); name == "" && len(all) == 1 {
		name = all[0]
	}
	g, round, _, err := ReadRating(t.src, t.Event, name)
	if err != nil {
		t.err = err
		return
	}
	if g == nil {
		t.Say("team.rating.which", "grids", strings.Join(sortedKeys(t.Event.Ratings), ", "))
		return
	}
	r, _ := t.result(g)
	switch word := words[0]; {
	case word == "open" && round.State == ratingOpen:
		t.Say("team.rating.is_open", "grid", name)
	case word == "open":
		t.postAs(RatingKey(name), "rating/open", nil)
		t.Say("team.rating.opened", "grid", name)
		if g.Template {
			t.Say("team.rating.template", "grid", name)
		}
	case word == "reveal" && round.State != ratingOpen:
		t.Say("team.rating.not_open", "grid", name)
	case word == "reveal" && r.Raters < LeastRaters:
		t.Say("team.rating.few", "n", r.Raters, "least", LeastRaters)
	case word == "reveal":
		t.postAs(RatingKey(name), "rating/reveal", nil)
		t.Say("team.rating.revealed", "grid", name, "n", r.Raters)
	case word == "close" && (round.State == ratingOpen || round.State == ratingRevealed):
		t.postAs(RatingKey(name), "rating/close", nil)
		t.Say("team.rating.closed", "grid", name)
	case word == "close":
		t.Say("team.rating.not_open", "grid", name)
	case word == "export":
		t.exportRating(g, round)
	default:
		t.Say("team.rating.how")
	}
}

func (t *Turn) listRatings() {
	if len(t.Event.Ratings) == 0 {
		t.Say("team.rating.no_grid")
		return
	}
	for _, name := range sortedKeys(t.Event.Ratings) {
		g, round, _, err := ReadRating(t.src, t.Event, name)
		if err != nil {
			t.err = err
			return
		}
		state := round.State
		if state == "" {
			state = "not begun"
		}
		r, _ := t.result(g)
		t.Say("team.rating.line", "grid", name, "title", g.Title, "state", state, "n", r.Raters)
	}
	t.Say("team.rating.how")
}

// exportRating hands out the table, marked internal. It is a document: the right is that of documents.
func (t *Turn) exportRating(g *Grid, round Rating) {
	switch {
	case !t.may(MayDocuments):
		t.Say("team.rating.export_right")
	case !round.Seen():
		t.Say("team.rating.not_seen", "grid", g.Name)
	default:
		t.note("export", "", "rating "+g.Name+", internal")
		t.Say("team.rating.export")
		t.Give(&File{Handle: HandoutRating + g.Name, Name: t.Event.ID + "-" + g.Name + "-internal.xlsx", Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"})
	}
}
