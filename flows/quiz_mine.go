package flows

import (
	"slices"
	"strings"
)

// What quizzes keep of a person: shown by /mydata, removed by /delete.

// forgetQuizzes has every quiz remove what it keeps of the person, as a player and as a host.
func (t *Turn) forgetQuizzes() {
	for _, part := range t.Person.Quizzes {
		t.forgetQuiz(part.Code, part.As)
	}
	t.forgetHosting()
	t.Person.Quizzes, t.Person.Studies, t.Person.Hosting = nil, nil, ""
}

// forgetHosting looks into all quizzes, for an organiser may host several; only organisers do.
func (t *Turn) forgetHosting() {
	p := t.Person
	if p.Hosting == "" && len(t.Book.RightsOf(p)) == 0 {
		return
	}
	ids := append(slices.Clone(p.Joined), p.ID)
	err := every(t.src, QuizKey(""), func(code string, it Quiz) {
		for _, h := range it.Hosts {
			if slices.Contains(ids, h.ID) {
				t.forgetQuiz(code, PersonName(h.ID))
			}
		}
	})
	if err != nil {
		t.err = err
	}
}

// forgetQuiz tells one quiz, once: a host may have played, too.
func (t *Turn) forgetQuiz(code, name string) {
	id := t.ID + "/forget/" + code + "/" + name
	if !slices.ContainsFunc(t.out.Posts, func(u Update) bool { return u.ID == id }) {
		t.out.post(t.At, Update{ID: id, Subject: QuizKey(code), Call: "quiz/forget", Args: Must(name)})
	}
}

// QuizKeys are the documents that quizzes keep of the person.
func (p *Person) QuizKeys(count func(code string) int) (keys []string) {
	for _, part := range p.Quizzes {
		keys = append(keys, QuizPlayersKey(part.Code)+part.As)
		for n := 1; n <= count(part.Code); n++ {
			keys = append(keys, QuizAnswersKey(part.Code, n)+part.As)
		}
	}
	return keys
}

// quizLines are the lines of /mydata.
func (t *Turn) quizLines() (lines []string) {
	for _, part := range t.Person.Quizzes {
		lines = append(lines, t.Text("mydata.quiz", "title", t.partTitle(part), "alias", part.Alias, "n", part.Given))
	}
	for _, name := range sortedKeys(t.Person.Studies) {
		if set := t.Event.Quizzes[name]; set != nil {
			lines = append(lines, t.quizTitle(set.Name, set.Title)+": "+strings.TrimSpace(t.progress(set)))
		}
	}
	return lines
}

// absorbQuizzes moves what a linked person did to the one who stays; answers stay under the name they were given under.
func (p *Person) absorbQuizzes(gone *Person) {
	for _, part := range gone.Quizzes {
		other := false
		for _, own := range p.Quizzes {
			other = other || own.Code == part.Code
		}
		if other {
			part.Over = true // they were in it twice: the first stays
		}
		p.Quizzes = append(p.Quizzes, part)
	}
	for name, way := range gone.Studies {
		if p.Studies == nil {
			p.Studies = map[string]*Study{}
		}
		if p.Studies[name] == nil {
			p.Studies[name] = way
		}
	}
	if p.Hosting == "" {
		p.Hosting = gone.Hosting
	}
}
