package flows

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// What people see of offers, requests and introductions; the introduction itself is in rating_meet.go.

// sayMatches shows where others are strong in what this person rated low, and what this person could offer. The numbers are those of the
// spread that everybody sees.
func (t *Turn) sayMatches(g *Grid) {
	r, sheets := t.result(g)
	own := sheets[PersonName(t.Person.ID)]
	if own == nil {
		t.Say("rating.none")
		return
	}
	var asks, offers []string
	var choices []Choice
	for i := range r.Areas {
		a := r.Areas[i].Area
		name, strong := t.areaName(g, a), 0
		for level, n := range r.Areas[i].Counts {
			if high(g, Rated{Level: level + 1, Of: len(g.Levels)}) {
				strong += n
			}
		}
		switch mine := own.Levels[a.ID]; {
		case low(g, mine) && strong > 0:
			asks = append(asks, "• "+t.Text("rating.strong", "area", name, "n", strong))
			choices = append(choices, Choice{Label: t.Text("choice.rate.meet", "area", name), Value: "/rate meet " + g.Name + " " + a.ID})
		case high(g, mine):
			offers = append(offers, "• "+name)
			key := "choice.rate.offer"
			if slices.Contains(own.Offers, a.ID) {
				key = "choice.rate.withdraw"
			}
			choices = append(choices, Choice{Label: t.Text(key, "area", name), Value: "/rate offer " + g.Name + " " + a.ID})
		}
	}
	if len(choices) == 0 {
		t.Say("rating.no_match")
		return
	}
	if len(asks) > 0 {
		t.Say("rating.ask_others")
		t.Tell(strings.Join(asks, "\n"))
	}
	if len(offers) > 0 {
		t.Say("rating.offer_others")
		t.Tell(strings.Join(offers, "\n"))
	}
	t.Offer(choices...)
}

// offerArea says, or takes back, that this person would tell others about an area.
func (t *Turn) offerArea(g *Grid, area string) {
	s := t.sheet(g.Name)
	if !high(g, s.Levels[area]) {
		t.Say("rating.none")
		return
	}
	_, _, at, err := ReadRating(t.src, t.Event, g.Name)
	if err != nil {
		t.err = err
		return
	}
	key := "rating.offered"
	if i := slices.Index(s.Offers, area); i >= 0 {
		key = "rating.offer_gone"
		s.Offers = slices.Delete(s.Offers, i, i+1)
	} else {
		s.Offers = append(s.Offers, area)
	}
	t.keepSheet(g.Name, at, s)
	t.Say(key, "area", t.areaName(g, g.Area(area)))
}

// meetFlow asks what may be passed on: a proposal out of the profile, or any words of the person's own.
func meetFlow() *Flow {
	return &Flow{Name: "meet", Anew: func(t *Turn, was Frame) {
		t.Begin("meet", "card", "grid", was.Vars["grid"], "area", was.Vars["area"], "id", was.Vars["id"])
	}, Steps: []Step{{Name: "card", Free: true, Ask: askCard, Take: takeCard}}}
}

func askCard(t *Turn) {
	f := t.top()
	g := t.Event.Ratings[f.Vars["grid"]]
	if g == nil || g.Area(f.Vars["area"]) == nil {
		t.Done()
		return
	}
	area := t.areaName(g, g.Area(f.Vars["area"]))
	if f.Vars["id"] == "" {
		t.Say("meet.ask", "area", area)
	} else {
		t.Say("meet.agree", "area", area)
	}
	card := t.ownCard()
	if card == "" {
		t.Say("meet.write")
		t.Offer(t.Choice("no"))
		return
	}
	t.Say("meet.card", "card", card)
	t.Offer(t.Choice("pass"), t.Choice("no"))
}

// ownCard is what would be passed on: as the person wrote it, or out of the profile.
func (t *Turn) ownCard() string {
	if own := t.top().Vars["card"]; own != "" {
		return own
	}
	var parts []string
	for _, id := range []string{"full_name", "organisation", "email"} {
		if v, ok := t.Person.Answer("profile", id); ok && v.Text != "" {
			parts = append(parts, v.Text)
		}
	}
	if card := strings.Join(parts, ", "); utf8.RuneCountInString(card) <= longestCard {
		return card
	}
	return ""
}

func takeCard(t *Turn, in Input) bool {
	f := t.top()
	pass, no := t.options("meet", "pass", "no")[0], t.options("meet", "pass", "no")[1]
	no.Also = t.texts.Words("words.no")
	pass.Also = t.texts.Words("words.yes")
	grid, area, id, card := f.Vars["grid"], f.Vars["area"], f.Vars["id"], t.ownCard()
	switch text := strings.Join(strings.Fields(in.Text), " "); {
	case in.Exactly(no):
		t.Done()
		t.Say("meet.no")
		if id != "" {
			t.toMeeting(meetPrefix+id, "meet/no", MeetArgs{Person: t.Person.ID})
		}
	case in.Exactly(pass) && card != "":
		t.Done()
		if id == "" {
			t.askMeeting(grid, area, card)
		} else if _, asked := t.askedToMeet(id); asked {
			t.toMeeting(meetPrefix+id, "meet/yes", MeetArgs{Person: t.Person.ID, Card: card})
		} else {
			t.Say("meet.over")
		}
	case in.Choice != "" || utf8.RuneCountInString(text) < 3 || utf8.RuneCountInString(text) > longestCard:
		return false
	default:
		f.set("card", text)
		t.Again()
	}
	return true
}

// beginMeeting asks what may be passed on, unless somebody was asked about this area already.
func (t *Turn) beginMeeting(g *Grid, area string) {
	docs, err := t.src.Load(meetingKey(g.Name, area, t.Person.ID))
	switch {
	case err != nil:
		t.err = err
	case docs[0].Data != nil:
		t.Say("meet.again")
	default:
		t.Begin("meet", "card", "grid", g.Name, "area", area)
	}
}

func (t *Turn) askMeeting(grid, area, card string) {
	key := meetingKey(grid, area, t.Person.ID)
	t.noteApart(key)
	t.toMeeting(key, "meet/ask", MeetArgs{Person: t.Person.ID, Grid: grid, Area: area, Card: card})
	t.Say("meet.asked")
}

// answerMeeting is the button of somebody who is asked.
func (t *Turn) answerMeeting(yes bool, id string) {
	m, asked := t.askedToMeet(id)
	switch {
	case !asked:
		t.Say("meet.over")
	case yes:
		t.Begin("meet", "card", "grid", m.Grid, "area", m.Area, "id", id)
	default:
		t.toMeeting(meetPrefix+id, "meet/no", MeetArgs{Person: t.Person.ID})
		t.Say("meet.no")
	}
	t.asked = t.asked || t.top() != nil && !t.moved
}

// askedToMeet says whether this person is still the one who is asked.
func (t *Turn) askedToMeet(id string) (m Meeting, asked bool) {
	docs, err := t.src.Load(meetPrefix + id)
	if err == nil {
		err = decode(docs[0], &m)
	}
	if err != nil {
		t.err = err
	}
	return m, m.Asked == t.Person.ID
}

// hearAsked, hearMet and hearNobody tell a person how an introduction goes.
func hearAsked(t *Turn) {
	if a, area, ok := t.metAbout(); ok {
		t.noteApart(meetPrefix + a.ID)
		t.Say("meet.would_you", "area", area)
		t.Offer(Choice{Label: t.Text("choice.meet.yes"), Value: "/rate yes " + a.ID}, Choice{Label: t.Text("choice.meet.no"), Value: "/rate no " + a.ID})
	}
}

func hearMet(t *Turn) {
	if a, area, ok := t.metAbout(); ok {
		t.Say("meet.met", "area", area, "card", a.Card)
	}
}

func hearNobody(t *Turn) {
	if _, area, ok := t.metAbout(); ok {
		t.Say("meet.nobody", "area", area)
	}
}

func (t *Turn) metAbout() (a metArgs, area string, ok bool) {
	if json.Unmarshal(t.Args, &a) != nil {
		return a, "", false
	}
	g := t.Event.Ratings[a.Grid]
	if g == nil || g.Area(a.Area) == nil {
		return a, a.Area, g != nil
	}
	return a, t.areaName(g, g.Area(a.Area)), true
}
