package flows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// rateFlow rates area by area. The areas to ask are in the frame's "todo"; the place in it is the length of the trail, so that "back"
// is one area back.
func rateFlow() *Flow {
	return &Flow{Name: "rate", Anew: rateAnew, Steps: []Step{
		{Name: "area", Ask: askArea, Take: takeArea, Skip: func(t *Turn) {
			if g, _, _ := t.rated(); g != nil {
				t.nextArea(g)
			}
		}},
		{Name: "show", Ask: func(t *Turn) {
			t.Say("rating.show")
			t.Offer(t.showChoices()...)
		}, Take: takeShow},
		{Name: "country", Ask: func(t *Turn) {
			t.Say("rating.country")
			if t.top().Vars["ask"] != "" {
				var choices []Choice
				for _, o := range askedPlaces(t) {
					choices = append(choices, Choice{Label: o.Label, Value: "rate/country/" + o.Value})
				}
				t.Offer(choices...)
			}
		}, Take: takeRatedCountry},
	}}
}

// rate is /rate: goes on rating, shows what was rated, and what everybody rated once it is revealed. "match", "meet", "offer", "countries",
// "show", "yes" and "no" are its buttons.
func rate(t *Turn, args string) {
	words := strings.Fields(strings.ToLower(args))
	word, rest := "", words
	if len(words) > 0 {
		word, rest = words[0], words[1:]
	}
	switch word {
	case "yes", "no":
		t.answerMeeting(word == "yes", strings.Join(rest, ""))
		return
	case "match", "meet", "offer", "countries", "show", "spread":
		words = rest
	default:
		word = ""
	}
	g, round, _ := t.findRating(words)
	area := ""
	if g != nil && len(words) > 0 && g.Area(words[len(words)-1]) != nil {
		area = words[len(words)-1]
	}
	switch {
	case t.err != nil:
	case g == nil || !t.takesPart() || round.State == "" || round.State == ratingClosed && !round.Seen():
		t.Say("rating.none")
		t.asked = t.top() != nil
	case word == "show":
		t.Begin("rate", "show", "grid", g.Name)
	case round.State == ratingOpen:
		t.goOnRating(g, area)
	case word == "countries":
		t.sayCountries(g)
	case word == "match":
		t.sayMatches(g)
	case word == "meet" && area != "":
		t.beginMeeting(g, area)
	case word == "offer" && area != "":
		t.offerArea(g, area)
	default:
		t.saySpread(g)
	}
}

// findRating finds the grid meant: named, or the one that is open, or the one revealed last.
func (t *Turn) findRating(words []string) (g *Grid, round Rating, at Doc) {
	for _, name := range sortedKeys(t.Event.Ratings) {
		grid, r, doc, err := ReadRating(t.src, t.Event, name)
		if err != nil {
			t.err = err
			return nil, round, at
		}
		named := len(words) > 0 && words[0] == name
		if better := r.State == ratingOpen && round.State != ratingOpen || round.State != ratingOpen && r.Opened.After(round.Opened); named || g == nil || better {
			g, round, at = grid, r, doc
		}
		if named {
			break
		}
	}
	return g, round, at
}

// goOnRating asks what is not rated yet, or one area again; where all is rated it shows how.
func (t *Turn) goOnRating(g *Grid, area string) {
	s := t.sheet(g.Name)
	if len(s.Levels) > 0 && s.stale(g) && area == "" {
		t.Say("rating.changed")
	}
	todo := s.todo(g)
	if area != "" {
		t.Begin("rate", "area", "grid", g.Name, "todo", area, "only", "yes")
		return
	}
	if len(todo) == 0 {
		t.sayRated(g, s)
		return
	}
	if len(s.Levels) == 0 {
		t.Say("rating.intro", "title", t.gridTitle(g), "n", len(g.Areas), "least", LeastRaters)
		t.Tell(t.gridText(g.Name+".intro", g.Intro))
		if g.Template {
			t.Say("rating.template")
		}
	}
	t.Begin("rate", "area", "grid", g.Name, "todo", strings.Join(todo, ","))
}

// rateAnew asks every area again, or the one that was asked alone.
func rateAnew(t *Turn, was Frame) {
	g, _, _, err := ReadRating(t.src, t.Event, was.Vars["grid"])
	if g == nil || err != nil {
		t.err = err
		return
	}
	var all []string
	for _, a := range g.Areas {
		all = append(all, a.ID)
	}
	vars := []string{"grid", g.Name, "todo", strings.Join(all, ",")}
	if was.Vars["only"] != "" {
		vars = []string{"grid", g.Name, "todo", was.Vars["todo"], "only", "yes"}
	}
	t.Begin("rate", "area", vars...)
}

// sayRated shows what this person rated, each with a way to change it.
func (t *Turn) sayRated(g *Grid, s *RatingSheet) {
	lines := []string{t.Text("rating.yours", "title", t.gridTitle(g), "n", len(g.Areas)-len(s.todo(g)), "of", len(g.Areas))}
	var choices []Choice
	for i := range g.Areas {
		a := &g.Areas[i]
		level := "–"
		if r := s.Levels[a.ID]; r.counts(g) {
			level = t.levelName(g, r.Level)
		}
		lines = append(lines, "• "+t.areaName(g, a)+": "+level)
		choices = append(choices, Choice{Label: t.areaName(g, a), Value: "/rate " + g.Name + " " + a.ID})
	}
	t.Tell(strings.Join(lines, "\n"))
	t.Say("rating.wait")
	t.Offer(append(choices, Choice{Label: t.Text("choice.rate.shown"), Value: "/rate show " + g.Name})...)
	t.asked = t.top() != nil
}

// rated loads the grid of the frame, nil where it is not open for rating any more; the flow is ended then.
func (t *Turn) rated() (*Grid, *RatingSheet, Doc) {
	g, round, at, err := ReadRating(t.src, t.Event, t.top().Vars["grid"])
	if err != nil {
		t.err = err
	}
	if g == nil || err != nil || round.State != ratingOpen {
		t.Done()
		t.Say("rating.too_late")
		return nil, nil, at
	}
	return g, t.sheet(g.Name), at
}

// areaNow is the area being asked, nil where the pack lost it.
func (t *Turn) areaNow(g *Grid) *Area {
	todo := strings.Split(t.top().Vars["todo"], ",")
	if i := len(t.top().Trail); i < len(todo) {
		return g.Area(todo[i])
	}
	return nil
}

func askArea(t *Turn) {
	g, s, _ := t.rated()
	if g == nil {
		return
	}
	a := t.areaNow(g)
	if a == nil {
		t.nextArea(g)
		return
	}
	lines := []string{t.Text("rating.area", "n", slices.IndexFunc(g.Areas, func(x Area) bool { return x.ID == a.ID })+1, "of", len(g.Areas), "area", t.areaName(g, a))}
	var choices []Choice
	if !t.brief && a.About != "" {
		lines = append(lines, t.gridText(g.Name+"."+a.ID+".about", a.About))
	}
	for i := range g.Levels {
		n := i + 1
		if !t.brief {
			lines = append(lines, t.levelName(g, n)+": "+t.gridText(fmt.Sprint(g.Name, ".", a.ID, ".", n), a.Levels[i]))
		}
		choices = append(choices, Choice{Label: t.levelName(g, n), Value: fmt.Sprintf("rate/area/%s.%s.%d", g.Name, a.ID, n)})
	}
	t.Tell(strings.Join(lines, "\n"))
	switch r := s.Levels[a.ID]; {
	case r.counts(g) && r.Sign == a.sign():
		t.Say("form.so_far", "answer", t.levelName(g, r.Level))
	case r.Level > 0:
		t.Say("rating.area_changed", "level", r.Level)
	}
	t.Offer(choices...)
}

// takeArea hears a level. The button of an area asked before corrects that one.
func takeArea(t *Turn, in Input) bool {
	g, s, at := t.rated()
	if g == nil {
		return true
	}
	a := t.areaNow(g)
	if parts := strings.Split(in.Choice, "."); len(parts) == 3 && parts[0] == g.Name && (a == nil || parts[1] != a.ID) {
		level, err := strconv.Atoi(parts[2])
		if other := g.Area(parts[1]); other != nil && err == nil && level >= 1 && level <= len(g.Levels) {
			s.Levels[other.ID] = Rated{level, len(g.Levels), other.sign()}
			t.keepSheet(g.Name, at, s)
			t.Say("rating.noted", "area", t.areaName(g, other), "level", t.levelName(g, level))
			t.Again()
			return true
		}
		return false
	}
	if a == nil {
		t.Again()
		return true
	}
	var options []Option
	for i, l := range g.Levels {
		options = append(options, Option{Value: fmt.Sprintf("%s.%s.%d", g.Name, a.ID, i+1), Label: t.gridText(fmt.Sprint(g.Name, ".level.", i+1), l), Also: []string{l, t.levelName(g, i+1)}})
	}
	o, ok := in.Pick(options)
	if !ok {
		return false
	}
	level := slices.IndexFunc(options, func(x Option) bool { return x.Value == o.Value }) + 1
	s.Levels[a.ID] = Rated{level, len(g.Levels), a.sign()}
	t.keepSheet(g.Name, at, s)
	if t.top().Vars["only"] != "" {
		t.Done()
		t.Say("form.changed")
		t.sayRated(g, s)
		return true
	}
	t.nextArea(g)
	return true
}

// nextArea goes on to the next area; behind the last one is the question what others may see.
func (t *Turn) nextArea(g *Grid) {
	f := t.top()
	t.moved = true
	if f.Vars["only"] != "" {
		t.Done()
		return
	}
	if len(f.Trail)+1 < len(strings.Split(f.Vars["todo"], ",")) {
		f.Trail = append(f.Trail, "area")
		return
	}
	if s := t.sheet(g.Name); s.Show == "" {
		t.Goto("show")
		return
	}
	t.Done()
	t.sayProgress(g)
}

// sayProgress says how much is rated, and what happens next. What this turn writes is counted.
func (t *Turn) sayProgress(g *Grid) {
	s := t.sheet(g.Name)
	for _, d := range t.out.Put {
		if d.Key == sheetKey(g.Name, t.Person.ID) {
			s = &RatingSheet{}
			t.err = decode(d, s)
		}
	}
	t.Say("rating.progress", "n", len(g.Areas)-len(s.todo(g)), "of", len(g.Areas))
	t.Say("rating.wait")
}
