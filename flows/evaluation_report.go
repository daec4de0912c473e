package flows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"olle/flows/places"
)

// The report is drafted from what is on record, in the manner of the article of 2014: who came, from where, what was done, what they
// thought of it. Every sentence carries the count it rests on; what nothing is known of is left out, never rounded up. Organisers read and
// correct it before it is published.

// Report is the drafted report: parts with a heading, each of sentences.
type Report struct {
	Title string
	Note  string // what kind of paper it is
	Parts []Part
}

// Part is one part of a report. Lines stand below its sentences: a list, or what people wrote.
type Part struct {
	Heading   string
	Sentences []string
	Lines     []string
}

// DraftReport writes the report from the store as it is. e is the event as it stands.
func DraftReport(src Source, e *Event, released bool, now time.Time) (r Report, err error) {
	people, err := participants(src, released)
	if err != nil {
		return r, err
	}
	r.Title = e.Title
	r.Note = fmt.Sprintf("Draft, %s. The number behind a statement is what it rests on.", now.In(e.Zone).Format("2 January 2006"))
	results, err := EvaluationResults(src, e, now)
	if err != nil {
		return r, err
	}
	presence, err := presenceOf(src, e, people)
	if err != nil {
		return r, err
	}
	together, err := workedTogether(src, e)
	if err != nil {
		return r, err
	}
	outcome, err := outcomeOf(src, e, people)
	if err != nil {
		return r, err
	}
	for _, p := range []Part{whoCame(e, people), whatWasDone(e), presence, together, results.said(len(people)), results.learned(), outcome, results.words()} {
		if len(p.Sentences)+len(p.Lines) > 0 {
			r.Parts = append(r.Parts, p)
		}
	}
	return r, nil
}

// participants loads everybody who took part.
func participants(src Source, released bool) (people []*Person, err error) {
	var keys []string
	err = everyCard(src, func(name string, c Card) {
		if c.Stage == "confirmed" || !released && len(c.Rights) == 0 {
			keys = append(keys, "person/"+name)
		}
	})
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	docs, err := src.Load(keys...)
	if err != nil {
		return nil, err
	}
	for _, d := range docs {
		p := &Person{}
		if err := decode(d, p); err != nil {
			return nil, err
		}
		if d.Data != nil && (p.Seat != nil || len(p.Attended) > 0 || len(p.Handed) > 0) {
			people = append(people, p)
		}
	}
	return people, nil
}

// whoCame tells of the people: how many, observers among them, countries, kinds of organisation.
func whoCame(e *Event, people []*Person) Part {
	part := Part{Heading: "Participants"}
	if len(people) == 0 {
		return part
	}
	observers, countries, sides := 0, map[string]int{}, map[string]int{}
	for _, p := range people {
		if p.Observes(e) {
			observers++
			continue
		}
		if code := p.country(); code != "" {
			countries[places.Name(code)]++
		}
		if v, ok := p.Answer("profile", "side"); ok && v.Text != "" {
			sides[v.Text]++
		}
	}
	who := plural(len(people)-observers, "participant", "participants")
	if len(countries) > 0 {
		who += " from " + plural(len(countries), "country", "countries")
	}
	if observers > 0 {
		who += " and " + plural(observers, "observer", "observers")
	}
	part.Sentences = append(part.Sentences, fmt.Sprintf("The workshop took place on %s at %s and brought together %s.", Dates(e.Start, e.End), e.Venue, who))
	if len(countries) > 0 {
		part.Sentences = append(part.Sentences, "Countries represented: "+tallied(countries)+".")
	}
	if len(sides) > 0 {
		part.Sentences = append(part.Sentences, "The participants work for: "+tallied(sides)+".")
	}
	return part
}

// whatWasDone tells of the programme: sessions, modules, speakers.
func whatWasDone(e *Event) Part {
	part := Part{Heading: "Programme"}
	kinds, speakers, titles := map[string]int{}, []string(nil), []string(nil)
	for _, s := range e.Sessions {
		if title := "“" + s.Name + "”"; !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
		kinds[cmp.Or(map[string]string{"cityshare": "CityShare", "visit": "study visit"}[s.Kind], s.Kind, "other")]++
		for _, name := range s.Speakers {
			if !slices.Contains(speakers, name) {
				speakers = append(speakers, name)
			}
		}
	}
	if len(e.Sessions) > 0 {
		part.Sentences = append(part.Sentences, fmt.Sprintf("The programme had %s: %s.", plural(len(e.Sessions), "session", "sessions"), tallied(kinds)))
		part.Sentences = append(part.Sentences, fmt.Sprintf("They were about %s (%d).", listed(titles), len(titles)))
	}
	if len(speakers) > 0 {
		part.Sentences = append(part.Sentences, fmt.Sprintf("The sessions were led by %s (%d).", listed(speakers), len(speakers)))
	}
	if len(e.Modules) > 0 {
		part.Sentences = append(part.Sentences, fmt.Sprintf("Its contents were arranged in %s:", plural(len(e.Modules), "module", "modules")))
		for _, m := range e.Modules {
			part.Lines = append(part.Lines, fmt.Sprintf("%d. %s", m.Number, m.Name))
		}
	}
	return part
}

// presenceOf tells how full the sessions were.
func presenceOf(src Source, e *Event, people []*Person) (Part, error) {
	part := Part{Heading: "Presence"}
	held, err := heldSessions(src, e)
	if err != nil || len(held) == 0 || len(people) == 0 {
		return part, err
	}
	n := 0
	for _, p := range people {
		for _, id := range p.Attended {
			if slices.Contains(held, id) {
				n++
			}
		}
	}
	of := len(held) * len(people)
	part.Sentences = append(part.Sentences, fmt.Sprintf("In the %s where presence was taken, %d %% of the seats were filled (%d of %d).",
		plural(len(held), "session", "sessions"), (100*n+of/2)/of, n, of))
	return part, nil
}

// said tells what people thought of the workshop.
func (r Results) said(people int) Part {
	part := Part{Heading: "Evaluation"}
	switch {
	case !r.Closed:
		return part
	case r.Few:
		part.Sentences = append(part.Sentences, fmt.Sprintf("Fewer than five people handed in the evaluation (%d), so nothing of it is shown.", r.Sheets))
		return part
	}
	part.Sentences = append(part.Sentences, fmt.Sprintf("The evaluation was anonymous. %s handed it in (%d of %d).", share(r.Sheets, max(people, r.Sheets), "of those who took part"), r.Sheets, max(people, r.Sheets)))
	for _, f := range r.Figures {
		if s := f.sentence(); s != "" {
			part.Sentences = append(part.Sentences, s)
		}
	}
	return part
}

// sentence says one figure; "" where there is nothing to say.
func (f Figure) sentence() string {
	q := f.Question
	switch {
	case f.N == 0 || f.Few || q.Type == "text":
		return ""
	case q.Type == "yesno" && q.Report != "":
		yes := f.Counts[0].N
		return fmt.Sprintf("%s %s (%d of %d).", share(yes, f.N, "of those who answered"), q.Report, yes, f.N)
	case q.Type == "scale":
		high, top := 0, int(*q.Max)
		for _, c := range f.Counts {
			if c.Value == fmt.Sprint(top) || c.Value == fmt.Sprint(top-1) {
				high += c.N
			}
		}
		what := cmp.Or(q.Report, "rated \""+q.Short+"\" high")
		return fmt.Sprintf("%s %s: %d or %d on a scale to %d (%d of %d; mean %.1f).", share(high, f.N, "of those who answered"), what, top-1, top, top, high, f.N, f.Mean)
	case q.From != "":
		return f.ranking()
	}
	return ""
}

// ranking names what was chosen as best, in the order of points.
func (f Figure) ranking() string {
	var named []string
	for _, c := range f.Counts {
		if c.N > 0 && len(named) < 3 {
			named = append(named, fmt.Sprintf("“%s” (chosen by %d of %d, first by %d)", c.Label, c.N, f.N, c.First))
		}
	}
	if len(named) == 0 {
		return ""
	}
	s := "As most interesting and useful they named " + named[0]
	if len(named) > 1 {
		s += ", followed by " + strings.Join(named[1:], " and ")
	}
	return s + "."
}

// learned compares the self-rating after with the one before.
func (r Results) learned() Part {
	part := Part{Heading: "Learning objectives"}
	for _, p := range r.Pairs {
		moved := "stayed at"
		switch d := p.After - p.Before; {
		case d >= 0.05:
			moved = "rose to"
		case d <= -0.05:
			moved = "fell to"
		}
		part.Sentences = append(part.Sentences, fmt.Sprintf("%s: the mean self-rating %s %.1f (%d answers) from %.1f before the workshop (%d answers), on a scale to %g.",
			p.Question.Short, moved, p.After, p.N, p.Before, p.NBefore, *p.Question.Max))
	}
	return part
}

// outcomeOf tells what people take home; observers make no plan, and the rule gives them no certificate.
func outcomeOf(src Source, e *Event, people []*Person) (Part, error) {
	part := Part{Heading: "Outcome"}
	people = slices.DeleteFunc(slices.Clone(people), func(p *Person) bool { return p.Observes(e) })
	plans, given := 0, 0
	for _, p := range people {
		has, err := hasPlan(src, p.ID)
		if err != nil {
			return part, err
		}
		if has {
			plans++
		}
		if p.Certificate != nil {
			given++
		}
	}
	if plans > 0 {
		part.Sentences = append(part.Sentences, fmt.Sprintf("%s an action plan (%d of %d).", share(plans, len(people), "participants made"), plans, len(people)))
	}
	if given > 0 {
		part.Sentences = append(part.Sentences, fmt.Sprintf("%s a certificate (%d of %d).", share(given, len(people), "participants received"), given, len(people)))
	}
	return part, nil
}

// words are what people wrote, in the order of the alphabet; organisers choose what may be published.
func (r Results) words() Part {
	part := Part{Heading: "In their own words (for the organisers; not for publication as they are)"}
	for _, f := range r.Figures {
		for _, text := range f.Texts {
			part.Lines = append(part.Lines, f.Question.Short+": “"+text+"”")
		}
	}
	return part
}
