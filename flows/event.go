package flows

import (
	"time"

	"olle/flows/answers"
)

// Event is one edition of a workshop, as its event pack describes it (README, "How to add … an event"). It is immutable once loaded;
// what organisers change while it runs is an Override, applied per turn by Edition.
type Event struct {
	ID      string // folder name of the pack: "vca-jeju-2020"
	Title   string // as announced
	Short   string // for buttons and references: "VCA workshop 2020"
	Prefix  string // of references handed to applicants: "VCA20"
	Start   time.Time
	End     time.Time // first and last day, midnight in Zone
	Zone    *time.Location
	ZoneTag string // how the zone is printed: "KST"
	Venue   string

	Deadline    time.Time // the instant applications close
	Closed      bool      // a past edition: history only, nothing to apply for
	Channel     string    // the official channel of applications: "email", "bot", or "both": either will do
	Email       string    // official address
	Site        string    // where blank forms are
	Links       []Link
	Selected    []string // ISO codes of the selected countries; empty: not published
	MaxFile     int64    // bytes of one upload
	Consent     Consent
	Items       []Item // the checklist, in the announcement's order
	Modules     []Module
	Sessions    []Session
	Roles       []Role
	Retention   []Retention
	Reminders   []Reminder
	PerSession  []Reminder  // patterns; see Expand
	Criteria    []Criterion // what reviewers score
	Seats       Seats
	Tasks       []Task // after selection
	Cohort      Cohort // as organisers set it
	Night       Night  // quiet hours of everybody who has set none; in the person's zone
	Objectives  []string
	Glossary    []Term
	Evaluation  Evaluation
	Certificate CertificateRule
	Help        HelpDesk
	Approval    bool     // an announcement needs a second person's yes; organisers' setting
	Open        []string // what the announcement leaves open and organisers must decide, shown by check

	Forms   map[string]*Form
	Quizzes map[string]*QuizSet
	Ratings map[string]*Grid
	Texts   map[string]*Catalogue // by language; "en" always exists and is complete
	Answers *answers.Index
	Airfare []answers.Amount
}

// Link is a labelled address on the web.
type Link struct{ Label, URL string }

// Consent says which notice a person agrees to before the first personal datum. Version "none" switches it off (test packs);
// check reports that.
type Consent struct{ Version string }

// Item is one document of the checklist.
type Item struct {
	ID     string   // "nomination"
	Number int      // as announced, from 1
	Name   string   // "Letter of nomination"
	Short  string   // for buttons
	Hint   string   // what to watch for, from the announcement
	Blank  string   // where the blank form is on the web; "" for own formats
	Form   *Blank   // the blank form itself, when the organisers put it into the pack
	Third  bool     // somebody else may hand it in by a link: the organisation that nominates
	Types  []string // accepted kinds: "pdf", "docx", …
	Pages  int      // most pages, 0: no limit
	Also   []string // other ways people name it, for typing and file names
}

// Blank is a blank form in the event pack, handed out as it is.
type Blank struct {
	Path    string // in the pack's folder
	Version string // as the organisers name it; else the first digits of the digest
	Hash    string // SHA-256, hex
}

// Seats says how offers of a place work.
type Seats struct {
	Confirm time.Duration // how long an offer stands
}

// Module is one part of the contents.
type Module struct {
	Number int
	Name   string
}

// Session is a dated part of the programme.
type Session struct {
	ID     string
	Name   string
	Kind   string // "lecture", "exercise", "cityshare", "presentation", "visit"
	Module int
	Start  time.Time
	End    time.Time
	Room   string // of a visit: the meeting point

	Speakers []string `json:",omitempty"`
	Off      bool     `json:",omitempty"` // taken out of the programme; only in an Override
}

// Role is a kind of participant: participant, observer, organiser, resource person.
type Role struct {
	ID, Name string
	Airfare  bool
	Items    bool
}

// Retention says how long a class of data is kept after the event's last day.
type Retention struct {
	Class string // "applications", "documents", "conversations", "evaluation", "trail"
	Days  int
}

// Reminder is a schedule: when it strikes, who hears it, what it says, and what a missed strike means.
type Reminder struct {
	Name     string
	Before   time.Duration // offset before the deadline; used when Cron is ""
	Of       string        // what Before counts from: "deadline" (default), "start", "end" (of the last day), "session", "opens" or "closes" (of the form Handed)
	Cron     string        // five fields, in Zone
	From, To time.Time     // bounds of a cron schedule; zero: none
	Stages   []string      // stages it is for; empty: everybody who began to apply
	Missing  []string      // only to those who lack one of these items; "any": at least one item
	Text     string        // key in the texts
	Missed   string        // "once", "each" or "skip"
	Skip     time.Duration // with "skip": how late it may still go out
	Zone     *time.Location

	Local     time.Duration // since midnight: when it is told on the day of the strike, by the person's own clock; 0: at the strike
	Essential bool          // for those who want fewer, too
	Kind      string        // of sessions it is for; "": all. Only with Of "session"
	Session   string        // the session it is for: one made by Expand
	Whom      string        // "people" (default), "channel": the rooms of those who take part, "both"
	Handed    string        // only to those who have not handed in this anonymous form
	Service   bool          // not a reminder but a notice: whatever the person's wishes, told once the night is over
}

// Term is an abbreviation explained.
type Term struct{ Short, Long string }

// HelpDesk says when people answer.
type HelpDesk struct {
	Hours string // printed as is: "Mon–Fri 09:00–18:00 KST"
	Reply string // expected reply time, printed: "within two working days"
	// Turn is where a person in danger can turn to: lines printed as they are.
	Turn []string

	Office   Office            // the same hours for the program; zero: always open
	Escalate time.Duration     // of office time that a request may wait before the organisers are reminded; 0: never
	Canned   map[string]string // answers that organisers give again and again, by name
	Desks    []Address         // organisers' own groups and channels, where requests are shown; set while the event runs
}

// Form is a conversation that is only questions, written in the event pack.
type Form struct {
	Name      string
	Title     string
	Intro     string // said first; "" nothing
	Done      string // said at the end when no verdict says otherwise
	Consent   bool   // asks for personal data: the consent comes first
	Anonymous bool   // its answers are kept apart from who gave them; see evaluation.go
	Questions []*Question
	Verdicts  []Verdict // the first whose condition holds is said at the end
}

// Question is one step of a form.
type Question struct {
	ID       string
	Ask      string
	Short    string // label in summaries: "Organisation"
	Help     string // said on "help"
	Type     string // text, number, date, choice, choices, scale (Min to Max), yesno, place, email, file
	Options  []Option
	Optional bool
	When     *Condition // asked only if it holds; nil: always
	Min, Max *float64   // number: value; text: characters; choices: how many
	Error    string     // said when the answer does not fit
	Must     string     // the only value that lets the form go on (yesno: "yes"); another one is answered with Error
	Types    []string   // file
	From     string     // choices: "sessions" offers the sessions of the programme, the best first
	Report   string     // what a report says of those who said yes: "found the workshop useful"
}

// Option is one answer of a choice.
type Option struct {
	Value string
	Label string
	Also  []string // synonyms people type
}

// Verdict is an outcome of a form: what is said when the condition holds over the answers.
type Verdict struct {
	Name string
	When *Condition // nil: always
	Say  string
	Rule string // the words of the announcement it rests on, quoted
	Next string // a flow to offer: "apply", "human", "airfare"
}

// Item returns the checklist item with that ID, or nil.
func (e *Event) Item(id string) *Item {
	for i := range e.Items {
		if e.Items[i].ID == id {
			return &e.Items[i]
		}
	}
	return nil
}
