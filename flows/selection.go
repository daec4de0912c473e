package flows

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Selecting happens apart from the people it is about. What organisers think of an application is kept under other keys than the
// person, so nothing a person can see, do or be told depends on it, until the decisions are released: then those who are selected are told,
// one by one, and nothing at all happens to everybody else. Seat-map Q30: no leak by a side effect.
//
//	review/NAME/REVIEWER  what one reviewer gives an application          review/score
//	decision/NAME         what is decided so far                           decision/set, decision/release
//	event/ID              all selected and not yet told are told           event/release, event/releasing
//	                      a seat has become free: the next on the list     event/promote

// Review is one reviewer's view of an application, under "review/" + the person's name + "/" + the reviewer's. A reviewer who declares a
// conflict gives no scores, and those given before go.
type Review struct {
	By       string // address
	At       time.Time
	Scores   map[string]int `json:",omitempty"` // by criterion, 1 to 5
	Conflict bool           `json:",omitempty"`
	Note     string         `json:",omitempty"`
}

// ReviewKey is the document of a review, and the subject of its updates; with reviewer "" the prefix of all of a person's.
func ReviewKey(person, reviewer string) string {
	return "review/" + PersonName(person) + "/" + PersonName(reviewer)
}

// Criterion is one thing reviewers score, with its weight.
type Criterion struct {
	ID, Name string
	Weight   float64
}

// Score is the weighted mean of a review, 1 to 5; ok is false without any score.
func (r Review) Score(criteria []Criterion) (mean float64, ok bool) {
	var sum, weight float64
	for _, c := range criteria {
		if s := r.Scores[c.ID]; s > 0 && !r.Conflict {
			sum, weight = sum+c.Weight*float64(s), weight+c.Weight
		}
	}
	if weight == 0 {
		return 0, false
	}
	return sum / weight, true
}

// Decision is what is decided about an application, under "decision/" + the person's name. Without a document nothing is.
type Decision struct {
	Person   string
	State    string // "selected", "waiting" (on the list), "declined", "" (taken back)
	Rank     int    `json:",omitempty"` // on the waiting list, from 1; 0 is not promoted by itself
	By       string // address
	At       time.Time
	Released time.Time `json:",omitzero"` // the person was told that they are selected
}

// Settled says whether the person was told and it stands: what was told is not untold, the person withdraws or the seat is taken back. Once
// the seat has ended it may be decided anew.
func (d Decision) Settled(p *Person) bool {
	ended := p.Seat != nil && !p.hasSeat() && !p.Seat.At.Before(d.Released)
	return !d.Released.IsZero() && !ended
}

// DecisionKey is the document of a person's decision, and the subject of its updates.
func DecisionKey(person string) string { return "decision/" + PersonName(person) }

// DecisionArgs are the Args of "decision/set".
type DecisionArgs struct {
	State string
	Rank  int
	Seen  *Seen `json:",omitempty"`
}

// playReview plays one reviewer's review.
func (b *Book) playReview(u Update, src Source) (Outcome, error) {
	out := Outcome{Subject: u.Subject, Visited: []string{u.Call}}
	name, _, _ := strings.Cut(strings.TrimPrefix(u.Subject, "review/"), "/")
	docs, err := src.Load(u.Subject, "person/"+name)
	if err != nil {
		return out, err
	}
	ok, err := b.permits(u, src)
	var r Review
	if err != nil || !ok || docs[1].Data == nil || json.Unmarshal(u.Args, &r) != nil || !b.fits(&r) {
		return out, err
	}
	r.By, r.At, r.Note = string(u.From), u.At, clean(r.Note)
	if r.Conflict {
		r.Scores = nil
	}
	out.Check = docs
	out.Put = []Doc{{Key: u.Subject, Data: Must(r)}}
	out.note(u, "application scored", RefOf(b.Current, name), "")
	return out, nil
}

// fits says whether the scores are of this event's criteria, 1 to 5.
func (b *Book) fits(r *Review) bool {
	known := map[string]bool{}
	for _, c := range b.Current.Criteria {
		known[c.ID] = true
	}
	for id, s := range r.Scores {
		if !known[id] || s < 1 || s > 5 {
			return false
		}
	}
	return len(r.Note) <= MaxNote
}

// playDecision plays the decision about one person.
func (b *Book) playDecision(u Update, src Source) (Outcome, error) {
	out := Outcome{Subject: u.Subject, Visited: []string{u.Call}}
	name := strings.TrimPrefix(u.Subject, "decision/")
	docs, err := src.Load(u.Subject, "person/"+name)
	if err != nil {
		return out, err
	}
	var d Decision
	if err := decode(docs[0], &d); err != nil || docs[1].Data == nil {
		return out, err
	}
	p, err := personOf(docs[1])
	if err != nil {
		return out, err
	}
	switch u.Call {
	case "decision/set":
		var args DecisionArgs
		ok, err := b.permits(u, src)
		if err != nil || !ok || json.Unmarshal(u.Args, &args) != nil || !args.valid() || d.Settled(p) || !args.Seen.Is(d.State, d.At) {
			return out, err
		}
		d = Decision{Person: "person/" + name, State: args.State, Rank: args.Rank, By: string(u.From), At: u.At}
		out.note(u, "decision set", RefOf(b.Current, name), args.State)
	case "decision/release":
		var was string
		if json.Unmarshal(u.Args, &was) != nil || d.State != was || !d.Released.IsZero() { // decided otherwise meanwhile
			if was == "waiting" { // the seat is still free
				out.post(u.At, Update{ID: u.ID + "/free", Subject: eventKey(b.Current.ID), Call: "event/promote"})
			}
			return out, nil
		}
		d.State, d.Released = "selected", u.At
		out.post(u.At, Update{ID: u.ID + "/seat", Subject: d.Person, Call: "seat/offer"})
		out.note(u, "selected and told", RefOf(b.Current, name), "")
	default:
		return out, fmt.Errorf("flows: decision: unknown call %q", u.Call)
	}
	out.Check = docs
	out.Put = append(out.Put, Doc{Key: u.Subject, Data: Must(d)})
	return out, nil
}

func (a DecisionArgs) valid() bool {
	switch a.State {
	case "", "selected", "declined":
		return a.Rank == 0
	case "waiting":
		return a.Rank >= 0
	}
	return false
}

// Release is the last release of decisions; it is part of the Override.
type Release struct {
	At time.Time
	By string
	N  int // how often decisions were released
}

// release tells all who are selected and do not know it yet.
func (t *eventTurn) release() {
	n := 1
	if r := t.changes.Release; r != nil {
		n = r.N + 1
	}
	t.changes.Release = &Release{At: t.At, By: string(t.From), N: n}
	t.out.note(t.Update, "decisions released", "", "")
	t.releasePage(releaseArgs{N: n})
}

// releaseArgs are the Args of "event/releasing".
type releaseArgs struct {
	N     int
	After string
}

func (t *eventTurn) releasePage(args releaseArgs) {
	t.out.post(t.At, Update{
		ID: fmt.Sprintf("release/%s/%d/page/%s", t.event.ID, args.N, args.After), Subject: t.Subject, Call: "event/releasing",
		Args: Must(args),
	})
}

// releasing goes through one page of decisions.
func (t *eventTurn) releasing(src Source) error {
	var args releaseArgs
	if err := json.Unmarshal(t.Args, &args); err != nil {
		return fmt.Errorf("flows: event releasing: %w", err)
	}
	docs, err := src.List("decision/", args.After, walkPage)
	if err != nil {
		return err
	}
	for _, doc := range docs {
		var d Decision
		if decode(doc, &d) == nil && d.State == "selected" && d.Released.IsZero() {
			t.tellSelected(strings.TrimPrefix(doc.Key, "decision/"), d.State)
		}
	}
	if len(docs) == walkPage {
		args.After = docs[len(docs)-1].Key
		t.releasePage(args)
	}
	return nil
}

// tellSelected posts to the decision, which posts to the person if it is still what it was. A repeat is harmless: a decision is released
// once.
func (t *eventTurn) tellSelected(name, was string) {
	t.out.post(t.At, Update{
		ID: fmt.Sprintf("%s/tell/%s", t.ID, name), Subject: "decision/" + name, Call: "decision/release", From: t.From, Args: Must(was),
	})
}

// promote offers a seat that has become free to the first of the waiting list; once the workshop has begun nobody can still come. Who was
// promoted is written down here, because the decisions it reads may be a little old.
func (t *eventTurn) promote(src Source) error {
	if !t.At.Before(t.event.Start) {
		return nil
	}
	best, rank, key := "", 0, ""
	promoted := map[string]bool{} // of those before, who have not heard yet
	err := readable(src, "decision/", func(name string, d Decision) {
		if d.State != "waiting" || d.Rank == 0 || !d.Released.IsZero() {
			return
		}
		switch this := name + "@" + d.At.UTC().Format(time.RFC3339Nano); { // a decision made anew is another
		case t.changes.Promoted[this]:
			promoted[this] = true
		case best == "" || d.Rank < rank:
			best, rank, key = name, d.Rank, this
		}
	})
	if err != nil || best == "" {
		return err
	}
	promoted[key] = true
	t.changes.Promoted = promoted
	t.tellSelected(best, "waiting")
	return nil
}
