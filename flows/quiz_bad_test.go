package flows_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"olle/flows"
)

// contest is a live quiz of one question with 26 options, and another one.
type contest struct {
	*testing.T
	run  *flows.Rehearsal
	code string
}

func newContest(t *testing.T) *contest {
	c := &contest{T: t, run: rehearse(t, book(t), "2020-04-01T09:00:00+09:00")}
	as(t, c.run, chair, "hello")
	c.bring("many", many(26))
	said := as(t, c.run, chair, "/quizhost start many untimed")
	found := lobbyCode.FindStringSubmatch(said)
	if found == nil {
		t.Fatalf("26 options cannot be asked: %s", said)
	}
	c.code = found[1]
	return c
}

// many asks for the last of n options, and then for something simple.
func many(n int) flows.QuizSet {
	q := flows.QuizQuestion{Type: "single", Ask: "Which is the last?", Source: "here"}
	for i := range n {
		q.Options = append(q.Options, fmt.Sprintf("number %d", i+1))
	}
	q.Key = flows.Letter(min(n, 26) - 1)
	return flows.QuizSet{Title: "Many", Rules: flows.QuizRules{Mode: "accuracy", Names: "chosen", Top: 3}, Questions: []flows.QuizQuestion{q,
		{Type: "single", Ask: "Which?", Options: []string{"this", "that"}, Key: "a", Source: "here"}}}
}

func (c *contest) bring(name string, set flows.QuizSet) {
	c.Helper()
	inside(c.T, c.run, flows.Update{Subject: flows.QuizSetKey("own/" + name), Call: "quizset/put", From: chair, Args: flows.Must(set)})
}

func (c *contest) host(who flows.Address, words, want string) {
	c.Helper()
	if got := as(c.T, c.run, who, "/quizhost "+words); !strings.Contains(got, want) {
		c.Errorf("/quizhost %s: want %q in %s", words, want, got)
	}
}

func (c *contest) taps(who flows.Address, number int, letter, want string) {
	c.Helper()
	got := hear(c.T, c.run, who, flows.Update{Choice: fmt.Sprintf("quiz/%s/%d/%s", c.code, number, letter)})
	if !strings.Contains(texts(got), want) {
		c.Errorf("%s taps %s: want %q in %s", who, letter, want, texts(got))
	}
}

func (c *contest) results() flows.QuizResults {
	c.Helper()
	r, err := flows.ReadQuizResults(c.run, c.code)
	if err != nil {
		c.Fatal(err)
	}
	return r
}

// Every odd thing people do to a quiz gets a clear sentence, and nothing that was right is lost by it.
func TestBadInputInAQuiz(t *testing.T) {
	c := newContest(t)
	const nina, budi, lan, second = flows.Address("telegram:11"), flows.Address("discord:12"), flows.Address("web:13"), flows.Address("discord:2")
	for _, who := range []flows.Address{nina, budi, lan} {
		as(t, c.run, who, "/quiz "+c.code)
	}
	for _, name := range []string{strings.Repeat("n", 200), strings.Repeat("김", 25), "\u202e\u200b", ""} {
		if got := as(t, c.run, nina, "/quiz name "+name); !strings.Contains(got, "1 to 24 characters") {
			t.Errorf("the name %.20q: %s", name, got)
		}
	}
	as(t, c.run, nina, "/quiz name Nina")
	as(t, c.run, budi, "/quiz name Budi")
	as(t, c.run, second, "hello", "/code "+shownCode.FindString(as(t, c.run, chair, "/invite send")))
	c.host(second, "join "+c.code, "too")

	c.host(chair, "open", "Question 1 of 2 is open")
	c.taps(nina, 1, "z", "Your answer: Z. number 26")
	c.taps(lan, 1, "{", "") // the letter after z
	if got := as(t, c.run, budi, "27"); strings.Contains(got, "Your answer") {
		t.Errorf("an option that is not there was taken: %s", got)
	}
	if got := as(t, c.run, budi, "26"); !strings.Contains(got, "Your answer: Z. number 26") {
		t.Error(got)
	}
	c.host(chair, "kick Budi", "Budi is out")
	c.taps(budi, 1, "z", "taken you out")
	if got := as(t, c.run, budi, "/quiz "+c.code); strings.Contains(got, "Which is the last?") {
		t.Errorf("who was kicked is asked again: %s", got)
	}
	c.host(chair, "lock 1", "closed. Answers: 1")
	c.host(second, "lock 1", "not open") // both press at once
	c.taps(lan, 1, "z", "Too late")
	c.taps(nina, 1, "a", "Too late: question 1 is closed. What counts: Z. number 26")
	c.host(second, "reveal 1", "1 of 1 right")
	c.host(chair, "next 1", "Question 2 of 2 is open")
	c.host(second, "next 1", "another host was quicker")
	c.taps(budi, 2, "a", "taken you out")
	c.host(chair, "end", "")
	r := c.results()
	if len(r.Places) != 2 || r.Places[0].Alias != "Nina" || r.Places[0].Points != 100 || r.Tallies[0].Total != 1 || r.Tallies[0].Counts["z"] != 1 {
		t.Errorf("%+v %+v", r.Places, r.Tallies)
	}
	c.taps(nina, 2, "a", "Too late")
}

// decide plays what a host or the quiz itself does, and leaves what follows to the test.
func (c *contest) decide(u flows.Update) flows.Outcome {
	c.Helper()
	u.Subject = flows.QuizKey(c.code)
	out, err := c.run.Decide(u)
	if err != nil {
		c.Fatal(err)
	}
	return out
}

// Whatever hosts press between a question's closing and the turn that counts it, nobody loses points: it is counted first, and what was
// pressed is done then, in whichever order the two counts come.
func TestAClosedQuestionIsCountedBeforeAnythingElse(t *testing.T) {
	for _, pressed := range [][]string{{"next"}, {"open"}, {"end"}, {"pause", "end"}, {"reveal", "next"}, {"reveal", "end"}} {
		for _, newestFirst := range []bool{false, true} {
			c := newContest(t)
			as(t, c.run, "telegram:50", "/quiz "+c.code)
			c.host(chair, "open", "Which is the last")
			c.taps("telegram:50", 1, "z", "Your answer: Z")
			var posts []flows.Update
			for _, word := range append([]string{"lock"}, pressed...) {
				posts = append(posts, c.decide(flows.Update{Call: "quiz/" + word, From: chair, Chat: chair, Args: flows.Must(flows.QuizArgs{Number: 1})}).Posts...)
			}
			if newestFirst {
				slices.Reverse(posts)
			}
			for _, p := range posts {
				inside(t, c.run, p)
			}
			r, last := c.results(), pressed[len(pressed)-1]
			if len(r.Tallies) == 0 || r.Tallies[0].Total != 1 || len(r.Places) != 1 || r.Places[0].Points != 100 {
				t.Errorf("%v, newest first %v: not counted: %+v %+v", pressed, newestFirst, r.Places, r.Tallies)
			}
			if ended := r.Quiz.State == flows.QuizEnded; ended != (last == "end") || !ended && r.Quiz.Number != 2 {
				t.Errorf("%v, newest first %v: the quiz is %s at question %d", pressed, newestFirst, r.Quiz.State, r.Quiz.Number)
			}
		}
	}
}

// Where speed counts, a pause makes nobody slow: neither whoever answers after it, nor whoever had answered before.
func TestAPauseIsNotSlowness(t *testing.T) {
	c := newContest(t)
	c.bring("fast", flows.QuizSet{Title: "Fast", Rules: flows.QuizRules{Mode: "speed", Names: "chosen", Top: 3, Seconds: 20}, Questions: []flows.QuizQuestion{
		{Type: "single", Ask: "Which?", Options: []string{"this", "that"}, Key: "a", Source: "here"}}})
	c.code = lobbyCode.FindStringSubmatch(as(t, c.run, chair, "/quizhost start fast"))[1]
	const before, after = flows.Address("telegram:50"), flows.Address("telegram:51")
	as(t, c.run, before, "/quiz "+c.code, "/quiz name Before")
	as(t, c.run, after, "/quiz "+c.code, "/quiz name After")
	c.host(chair, "open", "is open")
	wait := func(d time.Duration) {
		if _, err := c.run.Until(c.run.Now.Add(d)); err != nil {
			t.Fatal(err)
		}
	}
	wait(2 * time.Second)
	c.taps(before, 1, "a", "Your answer")
	for range 2 {
		c.host(chair, "pause", "")
		wait(10 * time.Minute)
		c.host(chair, "pause", "")
		wait(4 * time.Second)
	}
	c.taps(after, 1, "a", "Your answer")
	c.host(chair, "lock", "Answers: 2")
	for _, p := range c.results().Places {
		if want := map[string]int{"Before": 95, "After": 75}[p.Alias]; p.Points != want { // after two of twenty seconds, and after ten
			t.Errorf("%s has %d points, not %d", p.Alias, p.Points, want)
		}
	}
}

// A host who asks to be deleted steers nothing any more, in none of the quizzes they hosted, and hears of nothing.
func TestADeletedHostIsToldNothing(t *testing.T) {
	c := newContest(t)
	const second = flows.Address("telegram:60")
	as(t, c.run, second, "hello", "/code "+shownCode.FindString(as(t, c.run, chair, "/invite send")))
	c.host(second, "join "+c.code, "You host Many")
	c.host(second, "start many", "Code: ") // the one they host now; the other stays theirs
	as(t, c.run, second, "/delete", "delete")
	messages := hear(t, c.run, chair, flows.Update{Text: "/quizhost open"})
	if said := texts(messages); !strings.Contains(said, "Question 1 of 2 is open") || slices.ContainsFunc(messages, func(m flows.Message) bool { return m.To == second }) {
		t.Errorf("told: %+v", messages)
	}
	for _, d := range list(t, c.run, "quiz/") {
		if doc := string(d.Data); strings.Contains(doc, string(second)) || strings.Contains(doc, flows.PersonID(second)) {
			t.Errorf("%s keeps the host: %s", d.Key, doc)
		}
	}
}

// A set that could not be played is not taken, whoever brings it: no right answer, more options than letters, an unknown kind.
func TestASetThatCannotBePlayed(t *testing.T) {
	c := newContest(t)
	keyless := many(3)
	keyless.Questions[0].Key = ""
	riddle := many(3)
	riddle.Questions[1].Type = "riddle"
	for name, set := range map[string]flows.QuizSet{"keyless": keyless, "letters": many(27), "riddle": riddle} {
		c.bring(name, set)
		c.host(chair, "start "+name, "There is no quiz")
	}
	c.host(chair, "tally", "") // the quiz that is on is as it was
	if r := c.results(); r.Quiz.State != flows.QuizLobby {
		t.Errorf("the quiz that was on is %s", r.Quiz.State)
	}
}

// What two hosts press at once is done once: the quiz stays paused, and goes on once.
func TestTwoHostsPauseOnce(t *testing.T) {
	c := newContest(t)
	c.host(chair, "open", "")
	for _, press := range []struct{ word, want string }{{"pause 1", "Paused"}, {"pause 1", "is paused"}, {"resume 1", "It goes on"}, {"resume 1", "It goes on (open)"}, {"pause 0", "Question 1 is open"},
		{"pause", "Paused"}, {"pause", "It goes on"}} {
		c.host(chair, press.word, press.want)
	}
}
