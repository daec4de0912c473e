package flows

import (
	"slices"
	"strings"
)

// Getting into a live quiz, and out of it. A player's own turns write the player's own documents only.

// quiz is /quiz: a code joins a live quiz, a name begins one to take alone, "name …" changes how the person is called, and nothing lists.
func quiz(t *Turn, args string) {
	word, rest, _ := strings.Cut(args, " ")
	switch {
	case t.joinQuiz(args):
	case strings.EqualFold(word, "name"):
		t.renameQuiz(rest)
	case strings.EqualFold(word, "leave"):
		t.leaveQuiz()
	case strings.EqualFold(word, "again") && t.Event.Quizzes[strings.ToLower(rest)] != nil:
		t.beginStudy(strings.ToLower(rest), true)
	case t.Event.Quizzes[strings.ToLower(args)] != nil && t.Event.Quizzes[strings.ToLower(args)].Study:
		t.beginStudy(strings.ToLower(args), false)
	default:
		if args != "" {
			t.Say("quiz.unknown", "what", shorten(args, 40))
		}
		t.listQuizzes()
	}
}

// liveQuiz loads a quiz and has the turn checked against it: whatever is decided holds for the quiz as it is then.
func (t *Turn) liveQuiz(code string) *Quiz {
	docs, err := t.src.Load(QuizKey(code))
	if err != nil {
		t.err = err
		return nil
	}
	it := &Quiz{}
	if t.err = decode(docs[0], it); t.err != nil || it.Code == "" {
		return nil
	}
	t.out.Check = append(t.out.Check, docs[0])
	return it
}

func (t *Turn) quizPart(code string) *QuizPart {
	for i := range t.Person.Quizzes {
		if t.Person.Quizzes[i].Code == code {
			return &t.Person.Quizzes[i]
		}
	}
	return nil
}

// joinQuiz lets the person into the quiz of that code; false: there is none. Who is in already is greeted by the name they have, and
// shown where the quiz is: that is how people come back on another device.
func (t *Turn) joinQuiz(typed string) bool {
	code := ReadQuizCode(typed)
	if code == "" {
		return false
	}
	it := t.liveQuiz(code)
	if it == nil {
		return t.err != nil
	}
	part := t.quizPart(code)
	switch {
	case it.State == QuizEnded:
		t.Say("quiz.over", "title", t.quizTitle(it.Name, it.Title))
	case part == nil && !t.takesPart():
		t.Say("quiz.closed")
	case part == nil:
		part = t.enterQuiz(it)
		t.Say("quiz.joined", "title", t.quizTitle(it.Name, it.Title), "alias", part.Alias)
		if it.Rules.Names == "chosen" {
			t.Say("quiz.rename")
		}
	default:
		part.Over = false
		t.Say("quiz.back", "title", t.quizTitle(it.Name, it.Title), "alias", part.Alias)
	}
	if part == nil || it.State == QuizEnded {
		return true
	}
	if it.State == QuizOpen && !slices.Contains(it.Kicked, part.As) {
		t.flush()
		part.Number = min(part.Number, it.Number-1)
		t.putQuestion(it, part, false)
	} else if it.State == QuizLobby || it.Number == 0 {
		t.Say("quiz.wait")
	}
	return true
}

// enterQuiz makes the person a player.
func (t *Turn) enterQuiz(it *Quiz) *QuizPart {
	name := PersonName(t.Person.ID)
	p := QuizPlayer{Alias: t.quizAlias(it), Ref: t.Person.Ref, Joined: t.At}
	if it.Rules.Teams {
		p.Country = t.Person.country()
	}
	t.out.Put = append(t.out.Put, Doc{Key: QuizPlayersKey(it.Code) + name, Data: Must(p)})
	t.Person.Quizzes = append(t.Person.Quizzes, QuizPart{Code: it.Code, Title: it.Title, As: name, Alias: p.Alias})
	return &t.Person.Quizzes[len(t.Person.Quizzes)-1]
}

// quizAlias is how a player is called: the first name they gave where the quiz has those, else a pseudonym.
func (t *Turn) quizAlias(it *Quiz) string {
	if v, ok := t.Person.Answer("profile", "full_name"); ok && it.Rules.Names == "first" {
		first, _, _ := strings.Cut(v.Text, " ")
		if name, ok := quizName(first); ok {
			return name
		}
	}
	return pseudonym(t.Seed)
}

// renameQuiz gives the person another name in the quiz they are in.
func (t *Turn) renameQuiz(typed string) {
	part := t.presentQuiz()
	if part == nil {
		t.Say("quiz.none")
		return
	}
	it := t.liveQuiz(part.Code)
	name, ok := quizName(typed)
	switch {
	case it == nil:
	case it.Rules.Names != "chosen":
		t.Say("quiz.name_fixed", "alias", part.Alias)
	case !ok:
		t.Say("quiz.name_long", "n", maxAlias)
	default:
		key := QuizPlayersKey(part.Code) + part.As
		docs, err := t.src.Load(key)
		var p QuizPlayer
		if err == nil {
			err = decode(docs[0], &p)
		}
		if err != nil {
			t.err = err
			return
		}
		part.Alias, p.Alias = name, name
		t.out.Check = append(t.out.Check, docs[0])
		t.out.Put = append(t.out.Put, Doc{Key: key, Data: Must(p)})
		t.Say("quiz.renamed", "alias", name)
	}
}

// presentQuiz is the quiz the person is in.
func (t *Turn) presentQuiz() *QuizPart {
	for i := len(t.Person.Quizzes) - 1; i >= 0; i-- {
		if !t.Person.Quizzes[i].Over {
			return &t.Person.Quizzes[i]
		}
	}
	return nil
}

func (t *Turn) leaveQuiz() {
	part := t.presentQuiz()
	if part == nil {
		t.Say("quiz.none")
		return
	}
	part.Over = true
	t.dropQuiz()
	t.Say("quiz.left", "code", part.Code)
	t.asked = t.top() != nil
}

// dropQuiz takes the question that was on off the talk.
func (t *Turn) dropQuiz() {
	t.Person.Talk = slices.DeleteFunc(t.Person.Talk, func(f Frame) bool { return f.Flow == "quiz" })
}
