package flows

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// An introduction brings together somebody who rated an area low and somebody who rated it high. Whoever asks says what may be passed on of
// them; whoever is asked hears only that somebody asks, and says the same or declines; only when both did does each get the other's words,
// exactly as written. Who declined is never told. An introduction is a subject of its own, "meet/ID", with the calls
//
//	meet/ask   somebody would like to hear about an area      meet/yes  the one asked agrees
//	meet/no    the one asked does not                         meet/wait (alarm) they said nothing
//	meet/gone  one of them is deleted                         meet/move one of them became another person by linking
type Meeting struct {
	Grid, Area string
	Asker      string    // "person/…"
	Card       string    `json:",omitempty"` // what may be passed on of the asker; gone when it is over
	Asked      string    `json:",omitempty"` // who is being asked; "" nobody any more
	Until      time.Time `json:",omitzero"`  // how long they are waited for
	Tried      []string  `json:",omitempty"` // who was asked
}

// MeetArgs are the Args of the calls.
type MeetArgs struct {
	Person string
	Now    string `json:",omitempty"` // move: who they are now
	Grid   string `json:",omitempty"` // ask
	Area   string `json:",omitempty"` // ask
	Card   string `json:",omitempty"` // ask, yes
}

// metArgs are the Args of "rate/asked", "rate/met" and "rate/nobody".
type metArgs struct{ ID, Grid, Area, Card string }

const (
	meetPrefix  = "meet/"
	meetWait    = 3 * 24 * time.Hour
	meetKept    = 30 * 24 * time.Hour // so that the same people are not asked again and again
	mostAsked   = 3
	longestCard = 200
)

func meetingKey(grid, area, asker string) string {
	sum := sha256.Sum256([]byte(grid + "\n" + area + "\n" + asker))
	return meetPrefix + hex.EncodeToString(sum[:6])
}

func (t *Turn) toMeeting(key, call string, args MeetArgs) {
	t.out.post(t.At, Update{ID: t.ID + "/" + key + "/" + call, Subject: key, Call: call, Args: Must(args)})
}

// low and high say on which side of the middle of the grid a level is.
func low(g *Grid, r Rated) bool  { return r.counts(g) && 2*r.Level < len(g.Levels)+1 }
func high(g *Grid, r Rated) bool { return r.counts(g) && 2*r.Level > len(g.Levels)+1 }

// playMeet plays an introduction.
func (b *Book) playMeet(u Update, src Source) (Outcome, error) {
	t := &meetTurn{Update: u, book: b, src: src, out: Outcome{Subject: u.Subject, Visited: []string{u.Call}}}
	docs, err := src.Load(u.Subject)
	if err != nil {
		return t.out, err
	}
	t.out.Check = docs
	if err := decode(docs[0], &t.Meeting); err != nil {
		return t.out, err
	}
	if u.Call != "meet/wait" && json.Unmarshal(u.Args, &t.args) != nil {
		return t.out, nil
	}
	switch known := docs[0].Data != nil; {
	case u.Call == "meet/ask" && !known:
		t.Meeting = Meeting{Grid: t.args.Grid, Area: t.args.Area, Asker: t.args.Person, Card: t.args.Card}
		err = t.next()
	case !known:
	case u.Call == "meet/yes" && t.Asked == t.args.Person && t.Asked != "":
		t.agreed()
	case u.Call == "meet/no" && t.Asked == t.args.Person && t.Asked != "", u.Call == "meet/wait" && t.Asked != "" && !t.At.Before(t.Until):
		err = t.next()
	case u.Call == "meet/gone":
		err = t.gone()
	case u.Call == "meet/move":
		t.move()
	}
	return t.out, err
}

type meetTurn struct {
	Update
	Meeting
	book *Book
	src  Source
	args MeetArgs
	out  Outcome
}

func (t *meetTurn) keep() {
	d := Doc{Key: t.Subject, Data: Must(t.Meeting)}
	if t.Asked == "" {
		d.Until = t.At.Add(meetKept)
	}
	t.out.Put = append(t.out.Put, d)
}

func (t *meetTurn) tell(person, call, card string) {
	t.out.post(t.At, Update{
		ID: t.ID + "/" + call + "/" + PersonName(person), Subject: person, Call: call,
		Args: Must(metArgs{ID: strings.TrimPrefix(t.Subject, meetPrefix), Grid: t.Grid, Area: t.Area, Card: card}),
	})
}

// next asks the next of those who are strong in the area: first who offered, then the highest level, then by a lot that is the same at
// every look. Whoever asked hears when there is nobody left.
func (t *meetTurn) next() error {
	g := t.book.Current.Ratings[t.Grid]
	sheets, err := RatingSheets(t.src, t.Grid)
	if err != nil {
		return err
	}
	was := t.Asked
	if t.Asked = ""; g != nil && len(t.Tried) < mostAsked {
		t.Asked = t.strongest(g, sheets)
	}
	if t.Asked == "" {
		if t.Card = ""; was != "" {
			t.out.Alarms = append(t.out.Alarms, Alarm{Name: "wait"})
		}
		t.tell(t.Asker, "rate/nobody", "")
	} else {
		t.Tried, t.Until = append(t.Tried, t.Asked), t.At.Add(meetWait)
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: "wait", At: t.Until, Call: "meet/wait"})
		t.tell(t.Asked, "rate/asked", "")
	}
	t.keep()
	return nil
}

func (t *meetTurn) strongest(g *Grid, sheets map[string]*RatingSheet) string {
	var names []string
	for name, s := range sheets {
		if id := "person/" + name; high(g, s.Levels[t.Area]) && id != t.Asker && !slices.Contains(t.Tried, id) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	offers := func(name string) int {
		if slices.Contains(sheets[name].Offers, t.Area) {
			return 1
		}
		return 0
	}
	lot := func(name string) string { return meetingKey(t.Subject, t.Area, name) }
	return "person/" + slices.MinFunc(names, func(a, b string) int {
		return cmp.Or(offers(b)-offers(a), sheets[b].Levels[t.Area].Level-sheets[a].Levels[t.Area].Level, cmp.Compare(lot(a), lot(b)))
	})
}

// agreed tells both, and forgets what each let pass.
func (t *meetTurn) agreed() {
	t.tell(t.Asker, "rate/met", t.args.Card)
	t.tell(t.Asked, "rate/met", t.Card)
	t.out.Alarms = append(t.out.Alarms, Alarm{Name: "wait"})
	t.Asked, t.Card = "", ""
	t.keep()
}

func (t *meetTurn) gone() error {
	t.Tried = slices.DeleteFunc(t.Tried, func(id string) bool { return id == t.args.Person })
	switch t.args.Person {
	case t.Asker:
		t.out.Put = append(t.out.Put, Doc{Key: t.Subject})
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: "wait"})
		return nil
	case t.Asked:
		return t.next()
	}
	t.keep()
	return nil
}

func (t *meetTurn) move() {
	for _, at := range []*string{&t.Asker, &t.Asked} {
		if *at == t.args.Person {
			*at = t.args.Now
		}
	}
	for i, id := range t.Tried {
		if id == t.args.Person {
			t.Tried[i] = t.args.Now
		}
	}
	t.keep()
}
