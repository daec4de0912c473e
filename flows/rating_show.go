package flows

// What others may see of a person beside the spread is the person's own choice, and can be changed at any time, after the reveal too.

func (t *Turn) showOptions() []Option {
	values := []string{"nobody", "country"}
	if v, ok := t.Person.Answer("profile", "full_name"); ok && v.Text != "" {
		values = append(values, "name")
	}
	return t.options("rate", values...)
}

func (t *Turn) showChoices() (choices []Choice) {
	for _, o := range t.showOptions() {
		choices = append(choices, Choice{Label: o.Label, Value: "rate/show/" + o.Value})
	}
	return choices
}

func takeShow(t *Turn, in Input) bool {
	o, ok := in.Pick(t.showOptions())
	if !ok {
		return false
	}
	if country := t.Person.country(); o.Value == "nobody" || country != "" {
		t.keepShow(o.Value, country)
		return true
	}
	t.top().set("show", o.Value)
	t.Goto("country")
	return true
}

// takeRatedCountry hears the country of somebody who has no profile here.
func takeRatedCountry(t *Turn, in Input) bool {
	r, ok := t.hearPlace(in)
	if ok && len(r.Places) > 0 {
		t.keepShow(t.top().Vars["show"], r.Places[0].Code)
	}
	return ok
}

// keepShow keeps the choice. Unlike levels it may change after the reveal, so the round is not asked for its state.
func (t *Turn) keepShow(show, country string) {
	g, round, at, err := ReadRating(t.src, t.Event, t.top().Vars["grid"])
	t.Done()
	if g == nil || err != nil {
		t.err = err
		return
	}
	s := t.sheet(g.Name)
	s.Show, s.Country, s.Name = show, "", ""
	if show != "nobody" {
		s.Country = country
	}
	if v, ok := t.Person.Answer("profile", "full_name"); ok && show == "name" {
		s.Name = v.Text
	}
	t.keepSheet(g.Name, at, s)
	t.Say("rating.shown." + show)
	if round.State == ratingOpen {
		t.sayProgress(g)
	}
}
