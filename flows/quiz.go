package flows

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

// A quiz is played live, steered by hosts and shown on a big screen, or by each person alone (quiz_study.go).
//
// # The documents of a live quiz
//
//	quiz/CODE                  the Quiz itself; written by its hosts' turns only (it is the subject of their updates)
//	quizset/CODE               the QuizSet as it was when the quiz began, so that a pack changed meanwhile changes nothing
//	player/CODE/NAME           who is in it, put once by the person's turn
//	answer/CODE/NUMBER/NAME    one person's answer to one question, put by that person's turn
//	asked/CODE/NUMBER/NAME     when the question was on that person's screen: the Carried of its message
//	tally/CODE/NUMBER          what the answers came to, put once by the turn after the question closed
//
// NAME is the name in the person's ID, NUMBER the question's place from 1, as in a choice's value "quiz/CODE/NUMBER/OPTION"; OPTION is the
// option's letter, "a" to "z".
//
// # One clock
//
// An answer counts by when Olle received it: by Update.At, and it must be on record before the question's closing is, for its commit
// checks the quiz document's revision. Closing writes that document; so a late answer conflicts, is played again, and hears that it is
// late, and whoever counts afterwards counts everything. Speed is measured from when this person's question went out, whatever the
// network's rate made of it.
type Quiz struct {
	Code    string
	Name    string // of the QuizSet
	Title   string
	State   string        // see the constants
	Number  int           // of the question, from 1; 0 in the lobby
	Count   int           // of questions
	Now     *QuizQuestion `json:",omitempty"` // the question of that number
	Opened  time.Time     `json:",omitzero"`
	Until   time.Time     `json:",omitzero"`  // closes by itself then; zero: when a host says so
	Counted int           `json:",omitempty"` // the newest question whose answers were counted
	Before  string        `json:",omitempty"` // paused: the state it goes back to
	Left    time.Duration `json:",omitempty"` // paused: what was left until Until
	Pauses  []QuizPause   `json:",omitempty"` // of the present question; nobody is slow by them
	Board   bool          `json:",omitempty"` // the screen shows the leaders
	Hosts   []QuizHost
	Kicked  []string `json:",omitempty"` // names of persons
	Rules   QuizRules
	Started time.Time
	Ended   time.Time `json:",omitzero"`
}

// States of a live quiz.
const (
	QuizLobby    = "lobby"
	QuizOpen     = "open"
	QuizLocked   = "locked"
	QuizRevealed = "revealed"
	QuizPaused   = "paused"
	QuizEnded    = "ended"
)

// QuizPause is a time in which a quiz stood still.
type QuizPause struct {
	From time.Time
	To   time.Time `json:",omitzero"` // zero: it stands still now
}

// QuizHost is somebody who steers a quiz: where they are told what happens.
type QuizHost struct {
	ID   string  // "person/…", or "operator"
	Chat Address `json:",omitempty"`
}

// QuizRules say how a quiz is played. Officials are not ranked against their will: names are pseudonyms, and only the first few are shown.
type QuizRules struct {
	Mode    string // "accuracy", "speed" (right answers weigh more the sooner they come) or "unscored"
	Names   string // "chosen" (a pseudonym, until they choose another), "given" (always a pseudonym) or "first" (first names of those who gave them)
	Teams   bool   `json:",omitempty"` // countries are compared by their average
	Top     int    // how many of the leaders are shown; nobody else is
	Change  bool   `json:",omitempty"` // answers may be changed until the question closes
	Seconds int    `json:",omitempty"` // for each question; 0: hosts close it
}

// QuizSet is a quiz as it is written, in the pack's quizzes/*.yaml or in a spreadsheet.
type QuizSet struct {
	Name      string
	Title     string
	Intro     string `json:",omitempty"`
	Module    int    `json:",omitempty"` // 0: of none
	Study     bool   `json:",omitempty"` // everybody may take it alone, at their own pace
	Rules     QuizRules
	Questions []QuizQuestion
}

// QuizQuestion is one question, or a slide that only informs.
type QuizQuestion struct {
	Type    string   // one of QuizTypes
	Ask     string   // the question, or what the slide says
	Options []string `json:",omitempty"` // as shown; the first is "a"
	Key     string   `json:",omitempty"` // letters of the right options; for "order" all of them, in the right order
	Number  float64  `json:",omitempty"` // "number": the right one
	Within  float64  `json:",omitempty"` // "number": so far off is right too
	Accept  []string `json:",omitempty"` // "text": what is right, however it is written
	Explain string   `json:",omitempty"`
	Source  string   `json:",omitempty"` // where the key stands
	Seconds int      `json:",omitempty"` // instead of the rules'

	right string // "text": what is right as this reader knows it; see quiz_words.go
}

// QuizTypes are the kinds of questions: one right option, several of them, options to be put in order, a number, a few words, an opinion
// (an option, none of them right), and a slide without a question.
var QuizTypes = []string{"single", "several", "order", "number", "text", "opinion", "information"}

// MaxQuizOptions is how many options there are letters for.
const MaxQuizOptions = 26

// QuizPlayer is somebody in a quiz, as others may know of them.
type QuizPlayer struct {
	Alias   string
	Ref     string // of the person; for organisers
	Country string `json:",omitempty"`
	Joined  time.Time
}

// QuizAnswer is one person's answer to one question.
type QuizAnswer struct {
	Choice string    // letters, a number, or words
	At     time.Time // when Olle received it
	Asked  time.Time // when this person was asked; asked/… is more exact
}

// QuizTally is what the answers to one question came to.
type QuizTally struct {
	Total  int            // people who answered
	Right  int            // of them, right in full
	Counts map[string]int // by letter; for other questions "right" and "other"
	Points map[string]int `json:",omitempty"` // by person
	Rights []string       `json:",omitempty"` // persons who were right
}

// QuizPart is a quiz in the person's own document: who they are in it, what they were asked last, and their answer to that.
type QuizPart struct {
	Code   string
	Title  string
	As     string // name their answers are kept under
	Alias  string
	Number int       `json:",omitempty"`
	Asked  time.Time `json:",omitzero"`
	Choice string    `json:",omitempty"`
	Given  int       `json:",omitempty"` // answers so far
	Over   bool      `json:",omitempty"` // it ended, or they left
}

// QuizKey is the document of a live quiz, and the subject of its updates.
func QuizKey(code string) string { return "quiz/" + code }

// QuizSetKey is where a set lies that is not in the pack: as one live quiz plays it (name is its code), or as organisers brought it
// ("own/" + name).
func QuizSetKey(name string) string { return "quizset/" + name }

// QuizPlayersKey is the prefix of the players of a quiz.
func QuizPlayersKey(code string) string { return "player/" + code + "/" }

// QuizAnswersKey is the prefix of the answers to one question.
func QuizAnswersKey(code string, number int) string {
	return fmt.Sprintf("answer/%s/%d/", code, number)
}

// QuizTallyKey is where the count of one question lies.
func QuizTallyKey(code string, number int) string { return fmt.Sprintf("tally/%s/%d", code, number) }

func askedKey(code string, number int) string { return fmt.Sprintf("asked/%s/%d/", code, number) }

// quizSigns are the letters of a quiz's code: none that is read for another.
const quizSigns = "ABCDEFGHJKLMNPQRSTUVWXYZ"

// quizCodeLength is short, for it is read from a screen; a code opens nothing but a game.
const quizCodeLength = 4

// QuizCode makes a code of a random number.
func QuizCode(seed uint64) string {
	code := make([]byte, quizCodeLength)
	for i := range code {
		code[i] = quizSigns[seed%uint64(len(quizSigns))]
		seed /= uint64(len(quizSigns))
	}
	return string(code)
}

// ReadQuizCode makes what was typed comparable; "" it is no quiz's code.
func ReadQuizCode(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) != quizCodeLength || strings.Trim(s, quizSigns) != "" {
		return ""
	}
	return s
}

// asks says whether the question wants an answer.
func (q *QuizQuestion) asks() bool { return q.Type != "information" }

// keyed says whether some answers are right and others are not.
func (q *QuizQuestion) keyed() bool { return q.Type != "information" && q.Type != "opinion" }

// chosen says whether it is answered by letters.
func (q *QuizQuestion) chosen() bool { return len(q.Options) > 0 }

// Letter is how option i is called: "a".
func Letter(i int) string { return string(rune('a' + i)) }

// Shuffle mixes the options of an "order" question, given in their right order, and sets the key. The same options are always mixed the
// same way, and never into the right order.
func (q *QuizQuestion) Shuffle() {
	right := slices.Clone(q.Options)
	slices.SortStableFunc(q.Options, func(a, b string) int { return int(int64(digest(a)) - int64(digest(b))) })
	if slices.Equal(right, q.Options) {
		slices.Reverse(q.Options)
	}
	q.Key = ""
	for _, o := range right {
		q.Key += Letter(slices.Index(q.Options, o))
	}
}

func digest(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	return h.Sum32()
}

// Check says in a sentence what makes a question useless; ok "" is none. Loaders add where it stands.
func (q *QuizQuestion) Check() (wrong string) {
	seen := map[string]bool{}
	for _, o := range q.Options {
		if name := foldLine(o); seen[name] {
			return fmt.Sprintf("the option %q stands twice: give each its own words", o)
		} else {
			seen[name] = true
		}
	}
	options := q.Type == "single" || q.Type == "several" || q.Type == "order" || q.Type == "opinion"
	switch {
	case q.Ask == "":
		return "the question has no words"
	case len(q.Options) > MaxQuizOptions:
		return fmt.Sprintf("%d options are more than there are letters: at most %d", len(q.Options), MaxQuizOptions)
	case options && len(q.Options) < 2:
		return "it needs at least two options"
	case !options && len(q.Options) > 0:
		return "a question of type " + q.Type + " has no options"
	case (q.Type == "single" || q.Type == "several") && q.Key == "":
		return "no option is right: mark the right one"
	case q.Type == "single" && len(q.Key) > 1:
		return "more than one option is right: type several takes more than one"
	case q.Type == "several" && len(q.Key) == len(q.Options):
		return "every option is right: then it asks nothing"
	case q.Type == "opinion" && q.Key != "":
		return "an opinion has no right option"
	case q.Type == "text" && len(q.Accept) == 0:
		return "no answer is right: list what is accepted"
	}
	return ""
}
