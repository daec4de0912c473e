package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"olle/storage"
)

// A backup is lines of JSON: the first says what it is, the last counts and sums up all before it. Whoever reads it without the last
// has only a part.

// backupFormat is the version of the lines. A program refuses backups newer than itself.
const backupFormat = 1

type header struct {
	Backup  string    `json:"backup"` // always "olle"
	Format  int       `json:"format"`
	Release string    `json:"release"`
	At      time.Time `json:"at"` // program time
}

// line is one thing of the store. Times are RFC 3339 with nanoseconds, data base64.
type line struct {
	Doc  *docLine `json:"doc,omitempty"`
	Last int64    `json:"last,omitempty"`
	Job  *jobLine `json:"job,omitempty"`
	Name string   `json:"name,omitempty"`
	End  *trailer `json:"end,omitempty"`

	Error string `json:"error,omitempty"` // why there are no more; only between a serve and whoever asks it
}

type docLine struct {
	Key   string     `json:"key"`
	Gone  bool       `json:"gone,omitempty"` // it was there when it was first read
	Until *time.Time `json:"until,omitempty"`
	Data  []byte     `json:"data,omitempty"`
}

type jobLine struct {
	ID    string     `json:"id"`
	Queue string     `json:"queue"`
	Lane  string     `json:"lane"`
	Bulk  bool       `json:"bulk,omitempty"`
	At    *time.Time `json:"at,omitempty"`
	Born  time.Time  `json:"born"`
	Data  []byte     `json:"data,omitempty"`
}

type trailer struct {
	Docs   int    `json:"documents"`
	Jobs   int    `json:"jobs"`
	Names  int    `json:"names"`
	SHA256 string `json:"sha256"` // of all lines before this one
}

func (t *trailer) count(l *line) {
	switch {
	case l.Doc != nil && l.Doc.Gone:
		t.Docs--
	case l.Doc != nil:
		t.Docs++
	case l.Job != nil:
		t.Jobs++
	case l.Name != "":
		t.Names++
	}
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func lineOf(i storage.Item) *line {
	l := &line{Last: i.Last, Name: i.Name}
	if d := i.Doc; d != nil {
		l.Doc = &docLine{Key: d.Key, Gone: d.Rev == 0, Until: moment(d.Until), Data: d.Data}
	}
	if j := i.Job; j != nil {
		l.Job = &jobLine{ID: j.ID, Queue: j.Queue, Lane: j.Lane, Bulk: j.Bulk, At: moment(j.At), Born: j.Born, Data: j.Data}
	}
	return l
}

func (l *line) item() *storage.Item {
	i := &storage.Item{Last: l.Last, Name: l.Name}
	if d := l.Doc; d != nil {
		i.Doc = &storage.Doc{Key: d.Key, Data: d.Data}
		if d.Until != nil {
			i.Doc.Until = *d.Until
		}
		if !d.Gone && d.Data == nil {
			i.Doc.Data = []byte{} // empty is not gone
		}
	}
	if j := l.Job; j != nil {
		i.Job = &storage.Job{ID: j.ID, Queue: j.Queue, Lane: j.Lane, Bulk: j.Bulk, Born: j.Born, Data: j.Data}
		if j.At != nil {
			i.Job.At = *j.At
		}
	}
	return i
}

// writeBackup writes the store's lines. Documents read twice are counted twice: the count is of lines.
func writeBackup(ctx context.Context, w io.Writer, parts *parts) error {
	sum, end := sha256.New(), trailer{}
	to := io.MultiWriter(w, sum)
	put := func(v any) error {
		data, err := json.Marshal(v)
		if err == nil {
			_, err = to.Write(append(data, '\n'))
		}
		return err
	}
	if err := put(header{"olle", backupFormat, versionLine(), parts.clock.Now()}); err != nil {
		return err
	}
	err := parts.store.Copy(ctx, func(i storage.Item) error {
		l := lineOf(i)
		end.count(l)
		return put(l)
	})
	if err != nil {
		return err
	}
	end.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return put(line{End: &end})
}

var (
	errNoBackup = errors.New("this is no backup of olle")
	errCutOff   = errors.New("the backup is not complete: its last line is missing; nothing was done with it")
	errHalf     = errors.New("the backup is of half a store: a restore into that one was broken off; nothing was done with it")
)

// readBackup hands every line between the first and the last to take (nil: nobody) and checks the last.
func readBackup(r io.Reader, take func(*line) error) (*trailer, error) {
	in := bufio.NewReaderSize(r, 1<<20)
	sum, counted := sha256.New(), trailer{}
	if err := readHeader(in, sum); err != nil {
		return nil, err
	}
	for {
		text, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errCutOff
		}
		if err != nil {
			return nil, err
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			return nil, fmt.Errorf("the backup is damaged: %w", err)
		}
		if l.Error != "" {
			return nil, errors.New("broken off: " + l.Error)
		}
		if l.End != nil {
			counted.SHA256 = hex.EncodeToString(sum.Sum(nil))
			return l.End, l.End.verify(counted, in)
		}
		if l.Doc != nil && l.Doc.Key == restoringKey && !l.Doc.Gone {
			return nil, errHalf
		}
		sum.Write(text)
		counted.count(&l)
		if take != nil {
			if err := take(&l); err != nil {
				return nil, err
			}
		}
	}
}

func readHeader(in *bufio.Reader, sum hash.Hash) error {
	text, err := in.ReadBytes('\n')
	var h header
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case json.Unmarshal(text, &h) != nil || h.Backup != "olle":
		return errNoBackup
	case h.Format > backupFormat:
		return fmt.Errorf("the backup was written by a newer version (%s): update olle", h.Release)
	}
	sum.Write(text)
	return nil
}

// verify compares what the last line says with what was read, and that nothing stands behind it.
func (t *trailer) verify(counted trailer, rest *bufio.Reader) error {
	more, err := io.ReadAll(io.LimitReader(rest, 1))
	if err != nil {
		return err
	}
	if *t != counted || len(bytes.TrimSpace(more)) > 0 {
		return errors.New("the backup is damaged: its lines are not those that its last line sums up; nothing was done with it")
	}
	return nil
}
