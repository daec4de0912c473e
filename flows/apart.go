package flows

import (
	"slices"
	"strconv"
	"strings"
)

// Some of what is a person's lies in documents of its own, because others count it: ratings, the action plan, lines of a checklist, votes.
// Their keys end with the person's name, and the person lists them (Person.Apart), so that deletion, "my data" and linking find them
// without searching.

// putApart writes such a document, and remembers it.
func (t *Turn) putApart(key string, v any) {
	t.out.Put = slices.DeleteFunc(t.out.Put, func(d Doc) bool { return d.Key == key })
	t.out.Put = append(t.out.Put, Doc{Key: key, Data: Must(v)})
	t.noteApart(key)
}

// noteApart remembers a document that another subject writes.
func (t *Turn) noteApart(key string) {
	if !slices.Contains(t.Person.Apart, key) {
		t.Person.Apart = append(t.Person.Apart, key)
	}
}

// dropApart removes one.
func (t *Turn) dropApart(key string) {
	t.out.Put = append(t.out.Put, Doc{Key: key})
	t.Person.Apart = slices.DeleteFunc(t.Person.Apart, func(k string) bool { return k == key })
}

// eraseApart removes them all. An introduction is asked to go on without the person.
func (t *Turn) eraseApart() {
	for _, key := range t.Person.Apart {
		if strings.HasPrefix(key, meetPrefix) {
			t.toMeeting(key, "meet/gone", MeetArgs{Person: t.Person.ID})
			continue
		}
		t.out.Put = append(t.out.Put, Doc{Key: key})
	}
	t.dropPlanAlarms()
	t.Person.Apart = nil
}

// moveApart gives the documents of a person who became another one their new names. What both have, the one who stays keeps.
func (t *Turn) moveApart(keep, gone *Person) {
	was, now := PersonName(gone.ID), PersonName(keep.ID)
	docs, err := t.src.Load(gone.Apart...)
	if err != nil {
		t.err = err
		return
	}
	for i, key := range gone.Apart {
		if strings.HasPrefix(key, meetPrefix) {
			t.toMeeting(key, "meet/move", MeetArgs{Person: gone.ID, Now: keep.ID})
			if !slices.Contains(keep.Apart, key) {
				keep.Apart = append(keep.Apart, key)
			}
			continue
		}
		to := strings.TrimSuffix(key, was) + now
		t.out.Check = append(t.out.Check, docs[i])
		t.out.Put = append(t.out.Put, Doc{Key: key})
		if docs[i].Data == nil || slices.Contains(keep.Apart, to) {
			continue
		}
		keep.Apart = append(keep.Apart, to)
		t.out.Put = append(t.out.Put, Doc{Key: to, Data: docs[i].Data})
		if p := (&Plan{}); strings.HasPrefix(key, planPrefix) && decode(docs[i], p) == nil {
			t.plantPlan(p)
		}
	}
}

// takesPart says whether what is for those who take part is for this person: a confirmed seat, an organiser; and everybody while nobody
// was told of a seat, in a rehearsal or a workshop that selects elsewhere.
func (t *Turn) takesPart() bool {
	return t.changes.Release == nil || t.confirmed() || len(t.Book.RightsOf(t.Person)) > 0
}

// apartLines lists, for "my data", what lies apart from the person.
func (t *Turn) apartLines() (lines []string) {
	docs, err := t.src.Load(t.Person.Apart...)
	if err != nil {
		t.err = err
		return nil
	}
	votes := 0
	for i, key := range t.Person.Apart {
		d, kind := docs[i], strings.SplitN(key, "/", 3)
		if d.Data == nil {
			continue
		}
		switch {
		case kind[0] == "rating":
			if line := t.ratedLine(kind[1], d); line != "" {
				lines = append(lines, t.Text("mydata.rated")+": "+line)
			}
		case kind[0] == "plan":
			p := &Plan{}
			if err := decode(d, p); err != nil {
				t.err = err
			}
			for _, c := range p.Checks {
				lines = append(lines, t.Text("mydata.plan")+": "+strings.TrimSuffix(t.Text("choice.plan."+c.State)+", "+c.Line, ", "))
			}
		case strings.HasPrefix(key, groupPrefix):
			l := &GroupLine{}
			if decode(d, l) == nil {
				lines = append(lines, t.Text("mydata.checklist")+": "+l.Text)
			}
		case strings.HasPrefix(key, votePrefix):
			votes++
		}
	}
	if votes > 0 {
		lines = append(lines, t.Text("mydata.votes")+": "+strconv.Itoa(votes))
	}
	return lines
}

// ratedLine is a sheet in one line.
func (t *Turn) ratedLine(grid string, d Doc) string {
	s, g := &RatingSheet{}, t.Event.Ratings[grid]
	if decode(d, s) != nil || g == nil {
		return ""
	}
	var parts []string
	for i := range g.Areas {
		if r, ok := s.Levels[g.Areas[i].ID]; ok {
			parts = append(parts, t.areaName(g, &g.Areas[i])+" "+strconv.Itoa(r.Level))
		}
	}
	if s.Show != "" {
		parts = append(parts, t.Text("choice.rate.shown")+": "+t.Text("choice.rate."+s.Show))
	}
	return t.gridTitle(g) + ": " + strings.Join(parts, ", ")
}
