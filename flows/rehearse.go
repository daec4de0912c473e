package flows

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"sort"
	"strings"
	"time"
)

// Rehearsal plays a book without a bot: documents in memory, a clock that is moved by hand,
// files that are "fetched" at once. It is for transcripts, previews and tests; nothing in it is a promise of delivery.
type Rehearsal struct {
	Book    *Book
	Now     time.Time
	Visited map[string]bool // "flow/step"
	Cold    bool            // every turn decodes what it reads; else values are handed on from turn to turn, as a bot does
	docs    map[string]Doc
	rev     int64
	once    map[string]bool
	alarms  map[string]Update
	count   int
	said    []Message
}

// NewRehearsal begins at a moment, with the event opened as at a first start.
func NewRehearsal(b *Book, now time.Time) (*Rehearsal, error) {
	r := &Rehearsal{Book: b, Now: now, Visited: map[string]bool{}, docs: map[string]Doc{}, once: map[string]bool{}, alarms: map[string]Update{}}
	return r, r.play(Update{ID: "open", Subject: eventKey(b.Current.ID), Call: "event/open"})
}

// Load and List make the Rehearsal a Source.
func (r *Rehearsal) Load(keys ...string) ([]Doc, error) {
	docs := make([]Doc, len(keys))
	for i, k := range keys {
		if docs[i] = r.docs[k]; docs[i].Data == nil || r.over(docs[i]) {
			docs[i] = Doc{Key: k}
		}
		if docs[i].Value != nil { // handed on only once
			d := docs[i]
			d.Value = nil
			r.docs[k] = d
		}
	}
	return docs, nil
}

// over says that a document's time has passed.
func (r *Rehearsal) over(d Doc) bool { return !d.Until.IsZero() && !r.Now.Before(d.Until) }

// List returns documents in the byte order of their keys.
func (r *Rehearsal) List(prefix, after string, n int) ([]Doc, error) {
	var keys []string
	for k := range r.docs {
		if strings.HasPrefix(k, prefix) && k > after && !r.over(r.docs[k]) {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	docs, err := r.Load(keys[:min(n, len(keys))]...)
	return docs, err
}

// Guest sends what a guest does, in private unless Chat says where, and returns everything said because of it.
func (r *Rehearsal) Guest(from Address, u Update) ([]Message, error) {
	r.count++
	u.ID, u.From = fmt.Sprintf("guest/%d", r.count), from
	if u.Chat == "" {
		u.Chat, u.Private = from, true
	}
	u.Sent, u.Seed = r.Now, uint64(r.count)*0x9e3779b97f4a7c15 // other dice at every line, the same at every rehearsal
	err := r.play(u)
	return r.take(), err
}

// Post plays an update from inside: an organiser's change.
func (r *Rehearsal) Post(u Update) ([]Message, error) {
	r.count++
	u.ID = fmt.Sprintf("inside/%d", r.count)
	u.Sent, u.Seed = r.Now, uint64(r.count)*0x9e3779b97f4a7c15
	err := r.play(u)
	return r.take(), err
}

// Until moves the clock, striking the alarms on the way in their order, and returns what was said.
func (r *Rehearsal) Until(then time.Time) ([]Message, error) {
	for range 100_000 {
		name, next := r.first()
		if name == "" || next.Due.After(then) {
			r.Now = then
			return r.take(), nil
		}
		delete(r.alarms, name)
		if next.Due.After(r.Now) {
			r.Now = next.Due
		}
		next.ID = fmt.Sprintf("alarm/%s@%d", name, next.Due.Unix())
		next.Sent = r.Now
		if err := r.play(next); err != nil {
			return r.take(), err
		}
	}
	return r.take(), fmt.Errorf("flows: alarms never end")
}

// Skip moves the clock without striking anything: downtime. What is overdue strikes at the next Until.
func (r *Rehearsal) Skip(then time.Time) { r.Now = then }

func (r *Rehearsal) first() (name string, next Update) {
	for n, u := range r.alarms {
		if name == "" || u.Due.Before(next.Due) || u.Due.Equal(next.Due) && n < name {
			name, next = n, u
		}
	}
	return name, next
}

func (r *Rehearsal) take() []Message {
	said := r.said
	r.said = nil
	return said
}

// play plays an update and everything it causes.
func (r *Rehearsal) play(u Update) error {
	if u.At = r.Now; r.once[u.ID] {
		return nil
	}
	if u.Seed == 0 { // an alarm, a post: dice of its own, the same at every rehearsal
		h := fnv.New64a()
		h.Write([]byte(u.ID))
		u.Seed = h.Sum64()
	}
	out, err := r.Book.Play(u, r)
	if err != nil {
		return err
	}
	r.once[u.ID] = true
	for _, c := range out.Check {
		if d := r.docs[c.Key]; d.Rev != c.Rev && !(c.Rev == 0 && r.over(d)) {
			return fmt.Errorf("flows: turn %s was decided on an old %s", u.ID, c.Key)
		}
	}
	r.commit(u, out)
	return r.follow(u, out)
}

// commit records what a turn wants, and says its messages. Its posts and its work are another matter, as they are with a bot.
func (r *Rehearsal) commit(u Update, out Outcome) {
	r.rev++
	for _, d := range out.Put {
		if d.Data == nil {
			delete(r.docs, d.Key)
		} else {
			if d.Rev = r.rev; r.Cold {
				d.Value = nil
			}
			r.docs[d.Key] = d
		}
	}
	for _, v := range out.Visited {
		r.Visited[v] = true
	}
	r.said = append(r.said, out.Messages...)
	for i, m := range out.Messages { // every message is carried at once
		if m.Ledger != nil {
			c := Carried{State: "sent", To: m.To, ID: fmt.Sprintf("%s/m%d", u.ID, i), At: r.Now, Note: m.Ledger.Note}
			r.docs[m.Ledger.Key] = Doc{Key: m.Ledger.Key, Rev: r.rev, Data: Must(c)}
		}
	}
	for _, a := range out.Alarms {
		name := out.Subject + "/" + a.Name
		delete(r.alarms, name)
		if !a.At.IsZero() {
			r.alarms[name] = Update{Subject: out.Subject, Call: a.Call, Args: a.Args, Due: a.At}
		}
	}
}

// follow plays the posts and finishes the work of a turn.
func (r *Rehearsal) follow(u Update, out Outcome) error {
	for _, w := range out.Work {
		if w.Kind == "erase" {
			r.erase(w.Args)
		}
		if w.Kind != "fetch" {
			continue
		}
		back := Update{ID: u.ID + "/" + w.Name, Subject: out.Subject, Call: w.Call, Sent: r.Now, Args: Must(rehearseFetch(w))}
		if err := r.play(back); err != nil {
			return err
		}
	}
	for _, p := range out.Posts {
		if err := r.play(p); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rehearsal) erase(args json.RawMessage) {
	var e Erase
	if json.Unmarshal(args, &e) != nil {
		return
	}
	for k := range r.docs {
		for _, p := range e.Prefixes {
			if strings.HasPrefix(k, p) {
				delete(r.docs, k)
			}
		}
	}
}

// rehearseFetch judges a file by what the transcript says of it: kind in Type, "3 pages" as "pdf:3".
func rehearseFetch(w Work) Fetched {
	var rules FetchRules
	_ = json.Unmarshal(w.Args, &rules)
	kind, pages, _ := strings.Cut(w.File.Type, ":")
	f := Fetched{Blob: w.Blob, Size: w.File.Size, Type: kind, Hash: w.File.Handle, Echo: rules.Echo}
	_, _ = fmt.Sscan(pages, &f.Pages)
	switch {
	case f.Size == 0:
		f.Problem = "empty"
	case f.Size > rules.Max:
		f.Problem = "large"
	case !strings.Contains(" "+strings.Join(rules.Types, " ")+" ", " "+kind+" "):
		f.Problem = "type"
	case rules.Pages > 0 && f.Pages > rules.Pages:
		f.Problem = "pages"
	}
	return f
}

// Shelf describes what is kept of a guest in one line, for transcripts.
func (r *Rehearsal) Shelf(from Address) string {
	var who Identity
	if d := r.docs["at/"+string(from)]; decode(d, &who) != nil || d.Data == nil {
		return "nothing"
	}
	var p Person
	d := r.docs[who.Person]
	if decode(d, &p) != nil || d.Data == nil {
		return "nothing"
	}
	var parts []string
	parts = append(parts, "stage "+p.Stage(r.Book.Current))
	if p.Consent != nil {
		parts = append(parts, "consent "+p.Consent.Version)
	}
	for _, name := range sortedKeys(p.Forms) {
		for _, q := range sortedKeys(p.Forms[name].Answers) {
			if v := p.Forms[name].Answers[q]; v.Text != "" {
				parts = append(parts, name+"."+q+"="+v.Text)
			}
		}
	}
	for _, it := range r.Book.Current.Items {
		if u := p.Items[it.ID]; u != nil {
			parts = append(parts, it.ID+" "+u.State)
		}
	}
	if len(p.Talk) > 0 {
		f := p.Talk[len(p.Talk)-1]
		parts = append(parts, "pending "+f.Flow+"/"+f.Step)
	}
	return strings.Join(parts, "; ")
}
