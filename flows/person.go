package flows

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Person is everything known of one person, under the document key Person.ID ("person/…"). It is what "my data" shows and what
// deletion removes.
type Person struct {
	ID          string
	Ref         string    // handed to the person: "VCA20-7K3FQ2"
	Addresses   []Address // every identity, first come first
	Home        Address   // private chat last used: where reminders go
	Born        time.Time
	Seen        time.Time // last word from them
	Language    string    `json:",omitempty"`
	Zone        string    `json:",omitempty"` // IANA name, from the departure or workplace they gave
	Consent     *Agreed   `json:",omitempty"`
	Began       time.Time `json:",omitzero"` // applying
	Forms       map[string]*Record
	Items       map[string]*Upload `json:",omitempty"` // by checklist item: the version that counts
	Loose       []*Upload          `json:",omitempty"` // received, but the person has not said yet which item it is
	Attached    map[string]*Upload `json:",omitempty"` // files that answer a form's question, by "form.question"
	Day         string             `json:",omitempty"` // the last on which files came, "2020-02-03"
	DayFiles    int                `json:",omitempty"` // how many came then
	Mailed      time.Time          `json:",omitzero"`  // "I have e-mailed it", as they told
	Away        []Address          `json:",omitempty"` // chats that could not be reached, until a word comes from there
	Quiet       bool               `json:",omitempty"` // wants no reminders
	Fewer       bool               `json:",omitempty"` // wants the essential ones only
	Snoozed     time.Time          `json:",omitzero"`  // wants none until then, and one then
	Night       *Night             `json:",omitempty"` // quiet hours of their own
	Heard       time.Time          `json:",omitzero"`  // when the newest reminder told was due
	Told        int                `json:",omitempty"` // the newest move of the deadline told: its place in Override.Trail, from 1
	Attended    []string           `json:",omitempty"` // sessions, each with a document "attend/SESSION/NAME"
	Sheets      map[string]*Record `json:",omitempty"` // drafts of anonymous forms; see evaluation.go
	Handed      []string           `json:",omitempty"` // anonymous forms handed in
	Certificate *Given             `json:",omitempty"`
	Uncertified bool               `json:",omitempty"` // an organiser withdrew it: the rule does not give it back
	Programme   int                `json:",omitempty"` // the newest change of the programme told: its place in Override.Trail, from 1
	Late        *Exception         `json:",omitempty"` // a later deadline of their own
	Help        []string           `json:",omitempty"` // references of their help requests
	Asking      *Asking            `json:",omitempty"` // the one that is not closed
	Seat        *Seat              `json:",omitempty"` // once it was offered, never before
	Links       []string           `json:",omitempty"` // codes of the links by which others hand items in
	Announced   []string           `json:",omitempty"` // IDs of the announcements whose ledgers name them
	Apart       []string           `json:",omitempty"` // keys of what is theirs but lies by itself; see apart.go
	Cohort      string             `json:",omitempty"` // group of participants the organisers put them in
	Rights      []string           `json:",omitempty"` // of an organiser; see roles.go
	Wrong       int                `json:",omitempty"` // codes typed wrong in a row, since WrongSince
	WrongSince  time.Time          `json:",omitzero"`
	Joined      []string           `json:",omitempty"` // persons that became this one by linking; their keys open their files
	Quizzes     []QuizPart         `json:",omitempty"` // live ones they took part in
	Studies     map[string]*Study  `json:",omitempty"` // quizzes taken alone, by name
	Hosting     string             `json:",omitempty"` // code of the quiz they host, or hosted last
	Talk        []Frame            `json:",omitempty"`
	Misses      int                `json:",omitempty"` // words in a row that were not understood
	Last        string             `json:",omitempty"` // intent of the last answered question: "more" and "source" refer to it
}

// Agreed is a consent given.
type Agreed struct {
	Version string
	At      time.Time
}

// Record holds the answers of one form. Answers are written as they are given; the talk is only a cursor.
type Record struct {
	Answers map[string]Value
	Done    time.Time `json:",omitzero"`
}

// Value is one answer: Data is a string, float64, bool or []string as the question's type asks; Text is how it is shown.
type Value struct {
	Data any
	Text string
	More map[string]string `json:",omitempty"` // place: "zone", "city", "country"
}

// Upload is one file a person sent for an item.
type Upload struct {
	ID      string // of the upload, also the blob's name
	Name    string // as they named it
	Sent    time.Time
	State   string    // "receiving", "received" or "refused"; then "accepted" or "returned" by an organiser
	Problem string    `json:",omitempty"`
	Size    int64     `json:",omitempty"`
	Type    string    `json:",omitempty"`
	Hash    string    `json:",omitempty"`
	Pages   int       `json:",omitempty"`
	Album   string    `json:",omitempty"` // Update.Album, or the update itself when it brought several files
	Via     string    `json:",omitempty"` // the link somebody else handed it in by
	More    []*Upload `json:",omitempty"` // further pages, in order: a paper sent as several photos
	Checked time.Time `json:",omitzero"`  // when an organiser accepted it or sent it back
	Reason  string    `json:",omitempty"` // why it was sent back, as the applicant read it
	Before  *Upload   `json:",omitempty"` // the version it replaces; kept until retention ends
}

// Frame is one flow a person is in. The last frame of Person.Talk has the pending question.
type Frame struct {
	Flow  string
	Step  string
	Trail []string          `json:",omitempty"` // steps before this one, for "back"
	Vars  map[string]string `json:",omitempty"`
}

// Identity says whose an address is, under "at/" + address.
type Identity struct{ Person string }

// Card is what lists, counts and audiences need of a person, under "card/" + the name in Person.ID. It goes when the person does.
type Card struct {
	Ref       string
	Name      string    `json:",omitempty"` // as in the profile
	Org       string    `json:",omitempty"`
	Born      time.Time // first word
	Stage     string
	Country   string   `json:",omitempty"` // workplace, ISO code
	Language  string   `json:",omitempty"`
	Items     []string `json:",omitempty"` // received
	Platforms []string
	Home      string   `json:",omitempty"` // platform of the chat where the person is reached; "" nowhere any more
	Zone      string   `json:",omitempty"`
	Cohort    string   `json:",omitempty"`
	Quiet     bool     `json:",omitempty"`
	Handed    []string `json:",omitempty"` // anonymous forms
	Receiving bool     `json:",omitempty"` // a file is being fetched
	Rights    []string `json:",omitempty"` // of organisers
}

// PersonID derives a person's ID from the address they first wrote from, so that a cold conversation loads identity and person
// in one round trip. Addresses linked later point to the same person.
func PersonID(from Address) string {
	sum := sha256.Sum256([]byte("olle person " + from))
	return "person/" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
}

// PersonName is a person's ID without "person/": keys of other documents call them by it. A name stays one.
func PersonName(id string) string { return strings.TrimPrefix(id, "person/") }

// newPerson starts a history. Nothing in it says who the person is beyond the address.
func newPerson(id string, u Update, e *Event) *Person {
	name := PersonName(id)
	return &Person{
		ID: id, Ref: RefOf(e, name),
		Addresses: []Address{u.From}, Born: u.At, Forms: map[string]*Record{},
	}
}

// Stage is how far the person has come, derived, never stored on its own: "new", "talking", "applying", "complete",
// "mailed", "selected" (a seat is offered), "confirmed".
func (p *Person) Stage(e *Event) string {
	switch {
	case p.Seat != nil && p.Seat.State == "confirmed":
		return "confirmed"
	case p.Seat != nil && p.Seat.State == "offered":
		return "selected"
	case !p.Mailed.IsZero() && !p.awaited():
		return "mailed"
	case !p.Began.IsZero() && len(p.Missing(e)) == 0:
		return "complete"
	case !p.Began.IsZero():
		return "applying"
	case len(p.Talk) > 0 || p.Consent != nil:
		return "talking"
	}
	return "new"
}

// Received returns the upload that counts for an item, or nil.
func (p *Person) Received(item string) *Upload {
	for u := p.Items[item]; u != nil; u = u.Before {
		if u.kept() {
			return u
		}
		if u.State == "returned" {
			return nil // what was there before it was replaced by the person
		}
	}
	return nil
}

// Missing lists the items not received yet, in the checklist's order.
func (p *Person) Missing(e *Event) []Item {
	var missing []Item
	for _, it := range e.Items {
		if p.Received(it.ID) == nil {
			missing = append(missing, it)
		}
	}
	return missing
}

// Answer returns the answer given in a form; ok is false when there is none.
func (p *Person) Answer(form, question string) (Value, bool) {
	if r := p.sheet(form); r != nil {
		v, ok := r.Answers[question]
		return v, ok
	}
	return Value{}, false
}

// record returns the person's answers of a form, making room for them.
func (p *Person) record(form string) *Record {
	r := p.sheet(form)
	if r == nil {
		r = &Record{Answers: map[string]Value{}}
		p.Forms[form] = r
	}
	return r
}

// meets says whether the condition holds of the answers.
func (r *Record) meets(c *Condition) bool {
	return c.Holds(func(question string) any { return r.Answers[question].Data })
}

// country is the code of the country somebody counts for: where they work, else where they depart from, else whose citizen they are; "" if
// no question of that name was answered.
func (p *Person) country() string {
	for _, question := range []string{"workplace", "departure", "citizenship"} {
		if v, ok := p.Answer("profile", question); ok && v.More["country"] != "" {
			return v.More["country"]
		}
	}
	return ""
}

func (p *Person) card(e *Event) Card {
	c := Card{
		Ref: p.Ref, Born: p.Born, Stage: p.Stage(e), Language: p.Language, Home: p.Home.Platform(), Zone: p.Zone, Cohort: p.Cohort,
		Rights: slices.Clone(p.Rights), Quiet: p.Quiet, Handed: slices.Clone(p.Handed),
	}
	c.Country = p.country()
	if v, ok := p.Answer("profile", "full_name"); ok {
		c.Name = v.Text
	}
	if v, ok := p.Answer("profile", "organisation"); ok {
		c.Org = v.Text
	}
	for _, it := range e.Items {
		if p.Received(it.ID) != nil {
			c.Items = append(c.Items, it.ID)
		}
	}
	c.Receiving = p.fetching()
	c.Platforms = p.Platforms()
	return c
}

// Platforms are the networks the person uses, each once.
func (p *Person) Platforms() (names []string) {
	for _, a := range p.Addresses {
		if name := a.Platform(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// cardKey is where a person's card lies.
func cardKey(person string) string { return "card/" + PersonName(person) }

func decode(d Doc, into any) error {
	if d.Data == nil {
		return nil
	}
	if err := json.Unmarshal(d.Data, into); err != nil {
		return fmt.Errorf("flows: document %s: %w", d.Key, err)
	}
	return nil
}
