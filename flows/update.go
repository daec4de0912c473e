// Package flows decides. It holds the vocabulary of Olle (updates in, outcomes out), the player that runs conversations, and the
// conversations themselves, one file each.
//
// Everything here is a pure function of an Update and the documents it was decided on: no clock, no network, no disk, no
// randomness but the update's seed. So a turn may be played five times and count once, a conversation can be rehearsed without
// a bot, and whatever is decided is data that somebody else records (package storage) and does (package bot).
package flows

import (
	"encoding/json"
	"strings"
	"time"
)

// Address says where a person or chat is reached: "telegram:4711", "discord:99", "web:5e3f…". The part before the first colon
// names the platform.
type Address string

// Platform returns the platform's name, "" for an empty address.
func (a Address) Platform() string { p, _, _ := strings.Cut(string(a), ":"); return p }

// Update is something that happened: a word in a chat, a tap on a button, an alarm that struck, a file that was fetched.
type Update struct {
	ID      string    // the same event always carries the same ID, however often it is delivered
	Sent    time.Time // when the platform had it, in program time; for a file its time of receipt
	At      time.Time // now, in program time, as the bot sees it; set by the door
	Due     time.Time `json:",omitzero"` // when it was meant to happen (alarms)
	Seed    uint64    // the only randomness a turn may use; set by the door from the ID
	Subject string    // whose history it belongs to: "person/…", "event/…", "help/…"; "" means the person at From
	From    Address   // who
	Chat    Address   // where to answer
	Private bool      // nobody else reads along
	Name    string    `json:",omitempty"` // what the platform calls the sender; never stored before consent
	Locale  string    `json:",omitempty"` // language tag the platform reports, a hint
	Reply   string    `json:",omitempty"` // opaque handle to answer this very thing (callback, interaction); it expires
	Text    string    `json:",omitempty"` // what was typed, as typed
	Choice  string    `json:",omitempty"` // the Value of the choice that was tapped. From outside: never trusted more than Text
	Quoted  string    `json:",omitempty"` // beginning of the bot's own message that Text replies to; some 200 characters
	Files   []File    `json:",omitempty"` // references only; the bytes are fetched as work
	Album   string    `json:",omitempty"` // what files have in common that were sent together but come one by one

	// Call is "flow/step", entered from inside only: alarms, finished work, posts from other subjects, the console. Platforms
	// never set it.
	Call string          `json:",omitempty"`
	Args json.RawMessage `json:",omitempty"`
	Bulk bool            `json:",omitempty"` // one of many posts that a send to many makes: it yields to live ones
}

// File is a reference to bytes somewhere else.
type File struct {
	Handle string // opaque to all but the platform that fetches it (or the blob's name, going out)
	Name   string // as the sender named it: never used as a path
	Type   string // media type as claimed; "" unknown
	Size   int64  // bytes as claimed; 0 unknown
}

// Message is what the bot says in one chat. Text is plain: no markup is ever interpreted, so nothing a person typed can break it.
type Message struct {
	To      Address
	Text    string
	Choices []Choice `json:",omitempty"`
	File    *File    `json:",omitempty"`
	Reply   string   `json:",omitempty"` // the Update.Reply this answers
	Edit    string   `json:",omitempty"` // platform's ID of a message this one replaces; a File stays as that one has it, none is taken away
	Ack     bool     `json:",omitempty"` // only acknowledges a tap; shows nothing lasting
	Bulk    bool     `json:",omitempty"` // part of a send to many: yields to live replies
	Forget  bool     `json:",omitempty"` // what it answers must not be kept: a platform that keeps what people wrote removes it
	Ledger  *Ledger  `json:",omitempty"` // where its fate is written down; nil: nowhere
	// Farewell: the turn that says it deletes whom it is said to. What cannot be carried is not kept: nobody is there any more.
	Farewell bool `json:",omitempty"`
}

// Ledger names the document that records what became of a message: a Carried, put by the very commit that records the sending, so
// that neither can be without the other.
type Ledger struct {
	Key, Note string
	While     string `json:",omitempty"` // an announcement's document: the message leaves only while it is running, see Withheld
}

// Carried is what became of a message.
type Carried struct {
	State string    // "sent", or "failed" for good; what it was before is up to whoever asked for the ledger
	To    Address   `json:",omitempty"`
	ID    string    `json:",omitempty"` // the platform's own, for editing it later; "" unknown
	At    time.Time // when it was known
	Note  string    `json:",omitempty"` // the Ledger's
}

// Choice is a button, with its typed twin: the number of its place, its label, or a synonym the step knows.
type Choice struct {
	Label string `json:"label"`
	Value string `json:"value"` // comes back as Update.Choice; at most 64 bytes
}

// Doc is a document as the store has it; see storage.Doc. Nil Data: none, or delete it.
type Doc struct {
	Key   string
	Rev   int64
	Until time.Time
	Data  []byte

	// Value is what Data says as the turn that wrote it had it in memory, or nil. It spares decoding Data, and is handed on only once:
	// a turn that is given it may change it.
	Value any
}

// Source is what a turn may read. What it returns may be a little old: a turn checks the documents it writes, nothing else.
type Source interface {
	Load(keys ...string) ([]Doc, error)
	List(prefix, after string, n int) ([]Doc, error)
}

// Outcome is what a turn wants. Data only: nothing has been done yet.
type Outcome struct {
	Subject  string    // whose turn it was: Update.Subject, or the person the sender turned out to be
	Check    []Doc     // Key and Rev of what the turn was decided on and must still hold
	Put      []Doc     // documents to write; nil Data deletes
	Messages []Message // in the order to be said
	Alarms   []Alarm   // planted, moved, or (zero At) withdrawn
	Posts    []Update  // for other subjects; IDs derive from this update's
	Work     []Work    // slow things to do outside the turn
	Visited  []string  // "flow/step" entered or answered; for rehearsals
}

// post adds an update for another subject. It happens when this turn does, and was sent then too, unless it says when.
func (o *Outcome) post(now time.Time, u Update) {
	if u.At = now; u.Sent.IsZero() {
		u.Sent = now
	}
	o.Posts = append(o.Posts, u)
}

// Alarm strikes once at a time, as an update for the same subject. It is a hint: the struck turn reads the truth again.
type Alarm struct {
	Name string    // unique within the subject; planting it again moves it
	At   time.Time // program time; zero withdraws it
	Call string    // "flow/step" to enter
	Args json.RawMessage
}

// Work is done outside the turn, perhaps more than once, and reports back as an update for the subject with ID Update.ID + "/" + Name.
type Work struct {
	Name string // unique within the turn
	// Kind is "fetch" (get, check and encrypt a file), "erase" (remove what a deleted person left), "menu" (show what From may use), or
	// "cohort" (let From into the room of those who take part, or out of it).
	Kind string
	Call string // "flow/step" that hears how it went; "" nobody
	File File   // fetch: what to get
	From Address
	Blob string          // fetch: the name to keep it under
	Args json.RawMessage // erase: Erase; fetch: FetchRules. Carried back to Call unless the kind says otherwise
}

// FetchRules are the Args of "fetch" work.
type FetchRules struct {
	Person string          // owner, "person/…": the file is encrypted to a key of theirs
	Max    int64           // bytes; larger is refused
	Types  []string        // allowed kinds by content: "pdf", "docx", "doc", "odt", "jpeg", "png"
	Pages  int             // at most this many pages where they can be counted (PDF); 0: not counted
	Echo   json.RawMessage // handed back
}

// Fetched is the Args of the update that "fetch" work comes back with. Problem is "" when the file is stored, else one of the
// keys "gone", "sealed" (no recipients to encrypt to), "failed", or what the inspection refused: "empty", "large", "type", "picture",
// "pages", "encrypted", "scripts", "macros", "archive", "bomb", "damaged", "virus".
type Fetched struct {
	Blob    string
	Size    int64
	Type    string // by content, as in FetchRules.Types
	Hash    string // SHA-256 of the content, hex
	Pages   int
	Problem string
	Echo    json.RawMessage
}

// Erase is the Args of "erase" work: everything that is left of a person outside the documents the turn deleted itself.
type Erase struct {
	Prefixes []string  // of document keys
	Blobs    []string  // of stored files
	Chats    []Address // what still waits to be said there is not said; what this turn itself says is
	Persons  []string  // with Chats, whose they were: what was given up for either goes
}

// Must marshals a value the program made itself, which cannot fail.
func Must(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("flows: cannot encode " + err.Error())
	}
	return b
}
