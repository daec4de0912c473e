package web

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"olle/bot"
	"olle/flows"
	"olle/storage"
)

// line is something said in a talk, as it is kept.
type line struct {
	seq     int64
	Text    string         `json:"text"`
	Choices []flows.Choice `json:"choices,omitempty"`
	At      time.Time      `json:"at"`
	Cause   string         `json:"cause"` // the job that carried it, or the guest's update
	Me      bool           `json:"me,omitempty"`
	Edits   string         `json:"edits,omitempty"` // ID of the line it replaces
	Files   []attachment   `json:"files,omitempty"` // what the guest sent
	File    *flows.File    `json:"file,omitempty"`  // what the bot sent
	Ack     bool           `json:"ack,omitempty"`   // only acknowledges a tap, or is one that is only acknowledged: no line of the talk
	Bye     bool           `json:"bye,omitempty"`   // flows.Message.Farewell
}

// attachment is what a talk remembers of an upload.
type attachment struct {
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	Picture string `json:"picture,omitempty"` // media type of one that the page shows in the talk; what people uploaded never is
}

// message is a line as the page and scripts see it. Choices is never null.
type message struct {
	ID      string         `json:"id"`
	Text    string         `json:"text"`
	Choices []flows.Choice `json:"choices"`
	At      time.Time      `json:"at"`
	Me      bool           `json:"me,omitempty"`
	Cause   string         `json:"cause,omitempty"` // a guest's own line: the id the client gave it
	Edits   string         `json:"edits,omitempty"`
	Files   []attachment   `json:"files,omitempty"`
	Ack     bool           `json:"ack,omitempty"`
	Bye     bool           `json:"farewell,omitempty"` // everything before it is deleted
	Pushed  bool           `json:"pushed,omitempty"`   // it came by itself: nothing that was said in this talk caused it; only streams tell
}

func (l line) message() message {
	m := message{ID: lineID(l.seq), Text: l.Text, Choices: l.Choices, At: l.At, Me: l.Me, Edits: l.Edits, Files: l.Files, Ack: l.Ack, Bye: l.Bye}
	if m.Choices == nil {
		m.Choices = []flows.Choice{}
	}
	if l.Me {
		m.Cause = l.Cause[strings.LastIndexByte(l.Cause, ':')+1:]
	}
	if l.File != nil {
		m.Files = []attachment{{Name: cleanName(l.File.Name), Size: l.File.Size, Picture: picture(l.File)}}
	}
	return m
}

// picture is the media type of a picture that is shown in the talk: one of an announcement, or a code to scan. "" it is not.
func picture(f *flows.File) string {
	if (f.Type == "image/png" || f.Type == "image/jpeg") && (f.Shown() || strings.HasPrefix(f.Handle, flows.HandoutQR)) {
		return f.Type
	}
	return ""
}

func lineID(seq int64) string { return strconv.FormatInt(seq, 10) }

func lineKey(a flows.Address, seq int64) string { return fmt.Sprintf("line/%s/%012d", a, seq) }

func countKey(a flows.Address) string { return "lines/" + string(a) }

func saidKey(a flows.Address, id string) string { return fmt.Sprintf("said/%s/%s", a, id) }

// said tells which line the guest's client calls by an id, and when it first came.
type said struct {
	Seq int64     `json:"seq"`
	At  time.Time `json:"at"` // real time; the door maps what platforms report
}

// entry is one line to be kept and what must be kept with it.
type entry struct {
	line  line
	once  string        // the store refuses it the second time
	id    string        // the client's id: a second time finds the first (errSaid)
	sent  time.Time     // when that came
	also  []storage.Doc // written with it
	first bool          // it begins the talk
}

// errSaid: the client's id names a line already.
var errSaid = errors.New("web: said before")

// keep adds a line to the talk at a and returns its number. With errSaid it returns the number of the line that was said before;
// errNoSession: there is no such talk, or no more.
func (w *Web) keep(ctx context.Context, a flows.Address, e entry) (int64, error) {
	t, err := w.stands(ctx, a)
	if err != nil {
		return 0, err
	}
	for try := 0; ; try++ {
		if !e.first && t.session.Rev == 0 {
			return 0, errNoSession
		}
		seq, err := w.keepAt(ctx, a, e, &t)
		if !errors.Is(err, storage.ErrConflict) || try == 60 {
			return seq, err
		}
		bot.Pause(ctx, time.Duration(rand.IntN(1+try))*time.Millisecond)
	}
}

// keepAt tries to keep the line behind those of t; ErrConflict leaves the truth in t.
func (w *Web) keepAt(ctx context.Context, a flows.Address, e entry, t *talk) (int64, error) {
	now := w.opt.Now()
	until, seq := now.Add(keepFor), t.n+1
	b := storage.Batch{
		Once:  e.once,
		Now:   now,
		Check: []storage.Doc{{Key: countKey(a), Rev: t.rev}, {Key: sessionKey(a), Rev: t.session.Rev}},
		Put: append([]storage.Doc{
			{Key: countKey(a), Until: until, Data: []byte(lineID(seq))},
			{Key: lineKey(a, seq), Until: until, Data: flows.Must(e.line)},
		}, e.also...),
	}
	if e.id != "" {
		b.Check = append(b.Check, storage.Doc{Key: saidKey(a, e.id)})
		b.Put = append(b.Put, storage.Doc{Key: saidKey(a, e.id), Until: until, Data: flows.Must(said{seq, e.sent})})
	}
	after := talk{n: seq, session: t.session}
	renewed := e.line.Me && w.renew(&after.session, a)
	if renewed {
		b.Put = append(b.Put, after.session)
	}
	res, err := w.opt.Store.Commit(ctx, b)
	var conflict *storage.Conflict
	switch {
	case err == nil:
		if after.rev = res.Rev; renewed {
			after.session.Rev = res.Rev
		}
		w.talks.wrote(a, after, e.line)
		w.hub.wake(a)
		return seq, nil
	case errors.As(err, &conflict) && e.id != "" && conflict.Docs[2].Rev != 0:
		var s said
		if err := json.Unmarshal(conflict.Docs[2].Data, &s); err != nil {
			return 0, fmt.Errorf("web: read what was said: %w", err)
		}
		return s.Seq, errSaid
	case errors.As(err, &conflict):
		*t = talkOf(conflict.Docs[0], conflict.Docs[1])
		return 0, storage.ErrConflict
	}
	return 0, fmt.Errorf("web: keep a line: %w", err)
}

// forget blanks the guest's line that the message with this job ID answers: the talk goes on, the words are gone.
func (w *Web) forget(ctx context.Context, a flows.Address, job string) ([]storage.Doc, error) {
	update, _, _ := strings.Cut(job, "/")
	docs, err := w.opt.Store.Load(ctx, saidKey(a, update[strings.LastIndexByte(update, ':')+1:]))
	if err != nil {
		return nil, fmt.Errorf("web: look up a line: %w", err)
	}
	var s said
	if docs[0].Rev == 0 || json.Unmarshal(docs[0].Data, &s) != nil {
		return nil, nil
	}
	lines, err := w.lines(ctx, a, s.Seq-1, 1)
	if err != nil || len(lines) == 0 || !lines[0].Me {
		return nil, err
	}
	l := lines[0]
	l.Text, l.Files = "…", nil
	return []storage.Doc{{Key: lineKey(a, s.Seq), Until: w.opt.Now().Add(keepFor), Data: flows.Must(l)}}, nil
}

// lines returns up to n lines of the talk at a after number seq.
func (w *Web) lines(ctx context.Context, a flows.Address, after int64, n int) ([]line, error) {
	docs, err := w.opt.Store.List(ctx, "line/"+string(a)+"/", lineKey(a, after), n)
	if err != nil {
		return nil, fmt.Errorf("web: read lines: %w", err)
	}
	out := make([]line, 0, len(docs))
	for _, d := range docs {
		var l line
		if err := json.Unmarshal(d.Data, &l); err != nil {
			return nil, fmt.Errorf("web: read %s: %w", d.Key, err)
		}
		l.seq, _ = strconv.ParseInt(d.Key[strings.LastIndexByte(d.Key, '/')+1:], 10, 64)
		out = append(out, l)
	}
	return out, nil
}

// count returns how many lines the talk at a has had.
func (w *Web) count(ctx context.Context, a flows.Address) (int64, error) {
	docs, err := w.opt.Store.Load(ctx, countKey(a))
	if err != nil {
		return 0, fmt.Errorf("web: count lines: %w", err)
	}
	return countOf(docs[0]), nil
}

// onceName names the sending of a job, within what the store takes as a name.
func onceName(id string) string {
	if len(id) > storage.MaxKey-8 {
		sum := sha256.Sum256([]byte(id))
		id = base32.StdEncoding.EncodeToString(sum[:])
	}
	return "web/" + id
}

// countOf reads how many lines a talk has had.
func countOf(d storage.Doc) int64 {
	n, _ := strconv.ParseInt(string(d.Data), 10, 64)
	return n
}
