package flows

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Note is what an organiser wrote about an applicant for the other organisers. The applicant's own pages never show it. Each is a document of its
// own, "notes/NAME/" + time + update, so that two organisers who write at once keep both; deletion removes them by that prefix.
// Notes are a subject of their own, "notes/NAME", with two calls:
//
//	notes/add   Args: the text
//	notes/drop  Args: the document's key
type Note struct {
	At   time.Time
	By   string // address of the organiser
	Text string
}

// MaxNote is how long a note may be, in characters.
const MaxNote = 4000

// NotesKey is the prefix of the documents of a person's notes.
func NotesKey(person string) string { return "notes/" + PersonName(person) + "/" }

// playNotes plays what organisers write about one person. The person's document is checked: nothing is written about somebody who
// is deleted at the same moment.
func (b *Book) playNotes(u Update, src Source) (Outcome, error) {
	out := Outcome{Subject: u.Subject, Visited: []string{u.Call}}
	id := "person/" + strings.TrimPrefix(u.Subject, "notes/")
	docs, err := src.Load(id)
	if err != nil {
		return Outcome{}, err
	}
	var p Person
	if err := decode(docs[0], &p); err != nil {
		return Outcome{}, err
	}
	ok, err := b.permits(u, src)
	if err != nil || !ok || docs[0].Data == nil {
		return out, err
	}
	out.Check = docs
	switch u.Call {
	case "notes/add":
		addNote(&out, u, &p)
	case "notes/drop":
		err = b.dropNote(&out, u, &p, src)
	default:
		err = fmt.Errorf("flows: notes: unknown call %q", u.Call)
	}
	return out, err
}

func addNote(out *Outcome, u Update, p *Person) {
	var text string
	if json.Unmarshal(u.Args, &text) != nil {
		return
	}
	if text = clean(text); text == "" || utf8.RuneCountInString(text) > MaxNote {
		return
	}
	key := fmt.Sprintf("%s%s-%x", NotesKey(p.ID), u.At.UTC().Format("20060102T150405.000000"), u.Seed)
	out.Put = append(out.Put, Doc{Key: key, Data: Must(Note{At: u.At, By: string(u.From), Text: text})})
	out.note(u, "note written", p.Ref, "")
}

// dropNote removes a note: its writer may, and an admin.
func (b *Book) dropNote(out *Outcome, u Update, p *Person, src Source) error {
	var key string
	if json.Unmarshal(u.Args, &key) != nil || !strings.HasPrefix(key, NotesKey(p.ID)) {
		return nil
	}
	docs, err := src.Load(key)
	if err != nil {
		return err
	}
	var n Note
	if docs[0].Data == nil || decode(docs[0], &n) != nil {
		return nil
	}
	if ok, err := b.allows(src, u.From, MayAdmin); err != nil || !ok && n.By != string(u.From) {
		return err
	}
	out.Put = append(out.Put, Doc{Key: key})
	out.note(u, "note removed", p.Ref, "")
	return nil
}
