package answers

import (
	"errors"
	"fmt"
)

// MaxAnswer is the most characters (runes) an answer has.
const MaxAnswer = 900

// Amount is one row of the airfare table.
type Amount struct {
	Region string // as printed: "Southern Asia"
	Point  string // as printed: "Nepal"
	Code   string // ISO 3166-1 alpha-2: "NP"
	Amount string // as printed: "US$ 950", "KRW 150,000"

	Aliases []string // what else people call it, beside what package places knows
}

// Line is one conditional sentence: said when its rule (see Topic.When) holds; an empty rule always holds.
type Line struct {
	When string `yaml:"when,omitempty"`
	Say  string `yaml:"say"`
}

// Topic is one thing people ask about, and its answer.
type Topic struct {
	ID     string `yaml:"id"`               // "deadline", "documents.nomination"
	Kind   string `yaml:"kind,omitempty"`   // one of Kinds
	Source string `yaml:"source,omitempty"` // where it stands in the announcement
	Offer  string `yaml:"offer,omitempty"`  // name of a flow offered as a button, or ""

	// When holds rules, each a line of concept names that must all occur: "visa !airfare fee|pay +0.5".
	// "!x" must not occur, "a|b" is either, "+n" or "-n" corrects the score. Names beginning with "@" are
	// computed from the text, see flags.go. The line with the highest score counts.
	When []string `yaml:"when,omitempty"`

	// Ask holds ways people ask it; they settle ties between rules and find topics no rule names.
	Ask []string `yaml:"ask,omitempty"`

	// Answer is the text; a topic with Parts says of every part the first line whose rule holds, then Answer.
	Answer string   `yaml:"answer,omitempty"`
	Parts  [][]Line `yaml:"parts,omitempty"`

	Region string `yaml:"region,omitempty"` // Kind "region": the region of the airfare table it lists
}

// Kinds lists what a topic can be, and what that changes.
var Kinds = map[string]string{
	"":          "an answer from the announcement",
	"none":      "the announcement does not say: the answer offers to ask the organisers",
	"smalltalk": "talk about the bot or the weather; does not interrupt a form",
	"danger":    "a person may be in danger; wins over every other topic",
	"command":   "asks for something the bot does (apply, status, reminders)",
	"airfare":   "composed from the airfare table for the place named",
	"region":    "composed from the airfare table for one region",
	"table":     "composed from the whole airfare table",
	"reverse":   "composed from the airfare table: the places of a printed amount that was named",
	"most":      "composed from the airfare table: the highest amount and its places",
	"least":     "composed from the airfare table: the lowest dollar amount and its places",
}

// Pack is the content of answers.yaml.
type Pack struct {
	Concepts  map[string][]string `yaml:"concepts"`  // name: words and phrases; "applic*" is any word so begun, "keep|hide my|our passport" are four phrases
	Weights   map[string]float64  `yaml:"weights"`   // score of a concept in a rule; 1 where not given
	Numbers   map[string]int      `yaml:"numbers"`   // number words: "five": 5
	Spellings map[string]string   `yaml:"spellings"` // other ways to write a word: "tdk": "tidak"
	Topics    []Topic             `yaml:"topics"`
	Texts     map[string]string   `yaml:"texts"` // sentences for what is composed, by the keys of texts.go
}

// Config is what New needs: a pack whose placeholders are filled, and the airfare table.
type Config struct {
	Topics    []Topic
	Airfare   []Amount
	Texts     map[string]string
	Concepts  map[string][]string
	Weights   map[string]float64
	Numbers   map[string]int
	Spellings map[string]string
}

// Config joins the pack with the rows of its airfare table.
func (p Pack) Config(rows []Amount) Config {
	return Config{Topics: p.Topics, Airfare: rows, Texts: p.Texts, Concepts: p.Concepts, Weights: p.Weights, Numbers: p.Numbers, Spellings: p.Spellings}
}

// Answer is what a question got.
type Answer struct {
	Intent   string // topic ID, or "unknown"
	Text     string // at most MaxAnswer characters
	Source   string // where it stands in the announcement, "" if nowhere
	Offer    string // name of a flow to offer, or ""
	Known    bool   // false: nothing fitted well enough
	Question bool   // the text asks something, rather than answering a form
	Danger   bool   // a person may be in danger
	None     bool   // the announcement does not say; offer to ask the organisers

	talk bool // small talk, or nothing but the name of a place
}

// check reports every mistake in the topics that can be seen without compiling rules.
func check(c Config) error {
	var errs []error
	seen := map[string]bool{}
	for i, t := range c.Topics {
		at := fmt.Sprintf("answers: topic %d (%s)", i+1, t.ID)
		if t.ID == "" || seen[t.ID] {
			errs = append(errs, fmt.Errorf("%s: the id is empty or used twice", at))
		}
		seen[t.ID] = true
		if _, ok := Kinds[t.Kind]; !ok {
			errs = append(errs, fmt.Errorf("%s: unknown kind %q", at, t.Kind))
		}
		if len(t.When) == 0 && len(t.Ask) == 0 {
			errs = append(errs, fmt.Errorf("%s: neither when nor ask", at))
		}
		if !composed(t.Kind) && t.Answer == "" && len(t.Parts) == 0 {
			errs = append(errs, fmt.Errorf("%s: no answer", at))
		}
		if n := len([]rune(t.Answer)); n > MaxAnswer {
			errs = append(errs, fmt.Errorf("%s: the answer has %d characters, at most %d", at, n, MaxAnswer))
		}
	}
	for i, a := range c.Airfare {
		if a.Region == "" || a.Point == "" || len(a.Code) != 2 || a.Amount == "" {
			errs = append(errs, fmt.Errorf("answers: airfare row %d (%s): region, point, two-letter code and amount are all needed", i+1, a.Point))
		}
	}
	return errors.Join(errs...)
}

func composed(kind string) bool {
	switch kind {
	case "airfare", "region", "table", "reverse", "most", "least":
		return true
	}
	return false
}
