package flows

import (
	"fmt"
	"strings"
)

// What people did with each other, for the report: quizzes, the checklist, the rating. Figures only, and none before it is everybody's.

// workedTogether tells of the quizzes that were played to their end, of the checklist and of ratings that were revealed.
func workedTogether(src Source, e *Event) (Part, error) {
	part := Part{Heading: "Working together"}
	for _, tell := range []func(Source, *Event) (string, error){quizzesPlayed, checklistMade, policiesRated} {
		s, err := tell(src, e)
		if err != nil {
			return part, err
		}
		if s != "" {
			part.Sentences = append(part.Sentences, s)
		}
	}
	return part, nil
}

// quizzesPlayed counts the live quizzes that ended and that anybody answered.
func quizzesPlayed(src Source, _ *Event) (string, error) {
	quizzes, answers, right, keyed := 0, 0, 0, 0
	var ended []string
	err := every(src, QuizKey(""), func(_ string, it Quiz) {
		if it.State == QuizEnded {
			ended = append(ended, it.Code)
		}
	})
	for _, code := range ended {
		var r QuizResults
		if err == nil {
			r, err = ReadQuizResults(src, code)
		}
		if err != nil {
			break
		}
		mine := 0
		for i, y := range r.Tallies {
			mine += y.Total
			if r.Set.Questions[i].keyed() {
				right, keyed = right+y.Right, keyed+y.Total
			}
		}
		if answers += mine; mine > 0 {
			quizzes++
		}
	}
	if err != nil || quizzes == 0 {
		return "", err
	}
	s := fmt.Sprintf("%s played live, with %s", plural(quizzes, "quiz was", "quizzes were"), plural(answers, "answer", "answers"))
	if keyed > 0 {
		s += fmt.Sprintf("; where an answer can be right, %d %% were (%d of %d)", (100*right+keyed/2)/keyed, right, keyed)
	}
	return s + ".", nil
}

// checklistMade counts the lines of the common checklist and their votes.
func checklistMade(src Source, _ *Event) (string, error) {
	lines, err := Checklist(src, "")
	if err != nil || len(lines) == 0 {
		return "", err
	}
	votes := 0
	for _, l := range lines {
		votes += l.Votes
	}
	return fmt.Sprintf("In group work the participants made a checklist of %s for identifying victims, and gave it %s.", plural(len(lines), "line", "lines"), plural(votes, "vote", "votes")), nil
}

// policiesRated tells of the ratings that everybody has seen.
func policiesRated(src Source, e *Event) (string, error) {
	var said []string
	for _, name := range sortedKeys(e.Ratings) {
		g, round, _, err := ReadRating(src, e, name)
		if err != nil {
			return "", err
		}
		if g == nil || !round.Seen() {
			continue
		}
		sheets, err := RatingSheets(src, name)
		if err != nil {
			return "", err
		}
		r := CountRating(g, sheets)
		if r.Raters < LeastRaters {
			continue
		}
		s := fmt.Sprintf("%s rated %s (“%s”)", plural(r.Raters, "person", "people"), plural(len(g.Areas), "area", "areas"), g.Title)
		if far := r.Furthest(); len(far) > 0 {
			s += fmt.Sprintf("; they were furthest apart on %s, by %d levels", areaList(far), r.apart(far[0]))
		}
		said = append(said, s+".")
	}
	return strings.Join(said, " "), nil
}

func (r RatingResult) apart(a *Area) int {
	for _, s := range r.Areas {
		if s.Area == a {
			return s.Apart
		}
	}
	return 0
}

func areaList(areas []*Area) string {
	var names []string
	for _, a := range areas {
		names = append(names, "“"+a.Name+"”")
	}
	return listed(names)
}
