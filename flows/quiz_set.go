package flows

import (
	"encoding/json"
	"slices"
	"strings"
)

// QuizSet finds a set by name or title: the pack's, or one that organisers brought; nil: there is none.
func (e *Event) QuizSet(src Source, name string) (*QuizSet, error) {
	all, err := e.QuizSets(src)
	if err != nil {
		return nil, err
	}
	options := make([]Option, len(all))
	for i, s := range all {
		if options[i] = (Option{Value: s.Name, Label: s.Title}); strings.EqualFold(s.Name, strings.TrimSpace(name)) {
			return s, nil
		}
	}
	o, ok := Input{Text: name}.Pick(options)
	i := slices.IndexFunc(all, func(s *QuizSet) bool { return s.Name == o.Value })
	if !ok || i < 0 {
		return nil, nil
	}
	return all[i], nil
}

// QuizSets lists the sets that can be played live: the pack's by module and name, then what organisers brought.
func (e *Event) QuizSets(src Source) ([]*QuizSet, error) {
	var all []*QuizSet
	for _, name := range sortedKeys(e.Quizzes) {
		all = append(all, e.Quizzes[name])
	}
	slices.SortStableFunc(all, func(a, b *QuizSet) int { return a.Module - b.Module })
	err := every(src, QuizSetKey("own/"), func(name string, s QuizSet) {
		if e.Quizzes[name] == nil {
			all = append(all, &s)
		}
	})
	return all, err
}

// playable says whether every question can be asked; whoever reads a set says what is wrong with one, and where.
func (s *QuizSet) playable() bool {
	return !slices.ContainsFunc(s.Questions, func(q QuizQuestion) bool { return !slices.Contains(QuizTypes, q.Type) || q.Check() != "" })
}

// playQuizSet plays a set that organisers bring or take away: the update's Args are the QuizSet, empty to remove it. The subject is
// "quizset/own/" + its name.
func (b *Book) playQuizSet(u Update, src Source) (Outcome, error) {
	docs, err := src.Load(u.Subject)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Subject: u.Subject, Check: docs, Visited: []string{u.Call}}
	may, err := b.permits(u, src)
	name, own := strings.CutPrefix(u.Subject, QuizSetKey("own/"))
	var set QuizSet
	if err != nil || !may || !own || json.Unmarshal(u.Args, &set) != nil || !set.playable() {
		return out, err
	}
	d, what := Doc{Key: u.Subject}, "quiz removed"
	if len(set.Questions) > 0 {
		set.Name = name
		d.Data, what = Must(set), "quiz brought"
	}
	out.Put = append(out.Put, d)
	out.note(u, what, "", name)
	return out, nil
}
