package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"olle/bot/papers"
	"olle/flows"
	"olle/storage"
)

// calendar makes dates to import: "deadline/LANG" or "programme/LANG".
func (s *Shelf) calendar(ctx context.Context, which string) (io.ReadCloser, error) {
	what, language, _ := strings.Cut(which, "/")
	changes, err := s.changes(ctx)
	if err != nil {
		return nil, err
	}
	e := changes.Apply(s.Event)
	c := papers.Calendar{Name: e.Short, Stamp: s.Clock.Now()}
	switch {
	case what == "deadline" && !e.Closed && !e.Deadline.IsZero():
		c.Events = []papers.Date{deadlineDate(e, language, changed(&changes, "deadline"))}
	case what == "programme":
		c.Events = programmeDates(e, language)
	default:
		return nil, NoFile("there are no such dates")
	}
	var b bytes.Buffer
	if err := papers.WriteICS(&b, c); err != nil {
		return nil, err
	}
	return io.NopCloser(&b), nil
}

// changed counts how often a key of the event was set: a calendar replaces an entry by one with a higher number.
func changed(o *flows.Override, key string) (n int) {
	for _, c := range o.Trail {
		if c.Key == key {
			n++
		}
	}
	return n
}

// deadlineDate is the hour that ends at the deadline.
func deadlineDate(e *flows.Event, language string, sequence int) papers.Date {
	const day = 24 * time.Hour
	return papers.Date{
		UID: "deadline@" + e.ID + ".olle", Sequence: sequence, URL: e.Site,
		Summary: e.Sentence(language, "ics.deadline"), Description: e.Sentence(language, "ics.deadline_note"),
		Start: e.Deadline.Add(-time.Hour), End: e.Deadline, Alarms: []time.Duration{7 * day, 3 * day, day, 6 * time.Hour},
	}
}

// programmeDates are the days of the event, the day before and the day after for travelling, and the sessions as far as the pack
// has them.
func programmeDates(e *flows.Event, language string) []papers.Date {
	if e.Start.IsZero() || e.End.IsZero() {
		return nil
	}
	whole := func(name, key string, from, to time.Time, blocks bool) papers.Date {
		return papers.Date{
			UID: name + "@" + e.ID + ".olle", Summary: e.Sentence(language, key), Description: e.Sentence(language, key+"_note"),
			Location: e.Venue, Start: from, End: to, Days: true, Blocks: blocks,
		}
	}
	before, after := e.Start.AddDate(0, 0, -1), e.End.AddDate(0, 0, 1)
	all := []papers.Date{
		whole("days", "ics.days", e.Start, e.End, true),
		whole("before", "ics.before", before, before, false),
		whole("after", "ics.after", after, after, false),
	}
	for _, session := range e.Sessions {
		all = append(all, papers.Date{
			UID: "session-" + session.ID + "@" + e.ID + ".olle", Summary: session.Name, Location: strings.TrimPrefix(session.Room+", "+e.Venue, ", "),
			Start: session.Start, End: session.End, Alarms: []time.Duration{15 * time.Minute}, Blocks: true,
		})
	}
	return all
}

// blobs are the person's files that count, under names with the reference in them.
func (s *Shelf) blobs(ctx context.Context, o *owner) (all []papers.Blob) {
	for _, k := range o.person.Files(o.event) {
		if k.Status != "counts" || k.Path == "" {
			continue
		}
		all = append(all, papers.Blob{
			Name: o.person.Ref + "_" + k.Path, Type: flows.MediaType(k.Type), Size: k.Size, Time: k.Sent,
			Open: func() (io.ReadCloser, error) { return s.open(ctx, o, k.ID) },
		})
	}
	return all
}

// writeMail makes the e-mail of an application. It is written to the organisers, in English; the subject and the words are the
// catalogue's, since the announcement asks for none.
func (s *Shelf) writeMail(ctx context.Context, w io.Writer, o *owner) error {
	e := o.event
	if e.Email == "" {
		return NoFile("the event has no address")
	}
	fit, rest := papers.Fit(s.blobs(ctx, o))
	who, details := o.applicant()
	body := e.Sentence("en", "eml.body", "who", who, "ref", o.person.Ref, "details", details, "attached", named(fit))
	if len(rest) > 0 {
		body = e.Sentence("en", "eml.rest", "files", named(rest)) + "\n\n" + body
	}
	return papers.WriteEML(w, papers.Mail{To: e.Email, Subject: e.Sentence("en", "eml.subject", "who", who, "ref", o.person.Ref), Body: body, Files: fit})
}

func named(files []papers.Blob) string {
	var lines []string
	for _, f := range files {
		lines = append(lines, "- "+f.Name+" ("+flows.Bytes(f.Size)+")")
	}
	return strings.Join(lines, "\n")
}

// applicant says in a few words who applies, from the profile as far as it is filled in, and in lines.
func (o *owner) applicant() (who, details string) {
	var lines, short []string
	for _, id := range []string{"full_name", "organisation", "position", "email"} {
		v, ok := o.person.Answer("profile", id)
		if !ok || v.Text == "" {
			continue
		}
		lines = append(lines, label(o.event, "profile", id)+": "+v.Text)
		if id == "full_name" || id == "organisation" {
			short = append(short, v.Text)
		}
	}
	if who = strings.Join(short, ", "); who == "" {
		who = o.person.Ref
	}
	return who, strings.Join(lines, "\n")
}

// label is how a form's question is called in lists.
func label(e *flows.Event, form, question string) string {
	if f := e.Forms[form]; f != nil {
		for _, q := range f.Questions {
			if q.ID == question && q.Short != "" {
				return q.Short
			}
		}
	}
	return question
}

// writeData makes the archive of everything kept of a person.
func (s *Shelf) writeData(ctx context.Context, w io.Writer, o *owner) error {
	now, a := s.Clock.Now(), papers.NewArchive(w)
	if err := a.AddJSON("person.json", now, o.raw); err != nil {
		return err
	}
	if err := s.addDocs(ctx, a, now, "requests.json", o.person.Help, "help/"); err != nil {
		return err
	}
	if err := s.addQuizzes(ctx, a, now, o.person); err != nil {
		return err
	}
	if err := s.addApart(ctx, a, now, o.person); err != nil {
		return err
	}
	if err := s.addTalk(ctx, a, now, o.person); err != nil {
		return err
	}
	lost, err := s.addFiles(ctx, a, o)
	if err != nil {
		return err
	}
	text := o.event.Sentence(o.person.Language, "mydata.readme", "ref", o.person.Ref, "now", now.In(o.event.Zone).Format("2006-01-02 15:04")+" "+o.event.ZoneTag)
	if len(lost) > 0 {
		text += "\n\n" + o.event.Sentence(o.person.Language, "mydata.readme_lost", "files", strings.Join(lost, "\n"))
	}
	err = a.Make("README.txt", now, func(w io.Writer) error { _, err := io.WriteString(w, text+"\n"); return err })
	if err != nil {
		return err
	}
	return a.Close()
}

// addFiles puts the documents in, and names those that cannot be read any more.
func (s *Shelf) addFiles(ctx context.Context, a *papers.Archive, o *owner) (lost []string, err error) {
	for _, k := range o.person.Files(o.event) {
		if k.Path == "" {
			continue
		}
		_, broken, err := a.Add(papers.Blob{Name: "documents/" + k.Path, Time: k.Sent, Open: func() (io.ReadCloser, error) {
			return s.open(ctx, o, k.ID)
		}})
		switch {
		case err != nil:
			return nil, err
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case broken != nil:
			lost = append(lost, k.Path)
		}
	}
	return lost, nil
}

// addDocs puts documents in under one name, those that exist.
func (s *Shelf) addDocs(ctx context.Context, a *papers.Archive, now time.Time, name string, keys []string, prefix string) error {
	var found []json.RawMessage
	for _, key := range keys {
		docs, err := s.Store.Load(ctx, prefix+key)
		if err != nil {
			return fmt.Errorf("bot: my data: %w", err)
		}
		if docs[0].Data != nil {
			found = append(found, docs[0].Data)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return a.AddJSON(name, now, found)
}

// addTalk puts in what was said on the web page, the one platform whose talk is kept here.
func (s *Shelf) addTalk(ctx context.Context, a *papers.Archive, now time.Time, p *flows.Person) error {
	const page = 500
	var lines []json.RawMessage
	for _, address := range p.Addresses {
		prefix := "line/" + string(address) + "/"
		for after := ""; ; {
			docs, err := s.Store.List(ctx, prefix, after, page)
			if err != nil {
				return fmt.Errorf("bot: my data: %w", err)
			}
			lines = appendData(lines, docs)
			if len(docs) < page {
				break
			}
			after = docs[len(docs)-1].Key
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return a.AddJSON("conversation.json", now, lines)
}

func appendData(all []json.RawMessage, docs []storage.Doc) []json.RawMessage {
	for _, d := range docs {
		all = append(all, d.Data)
	}
	return all
}
