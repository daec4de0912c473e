package bot

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"filippo.io/age"

	"olle/bot/papers"
	"olle/flows"
	"olle/storage"
	"olle/storage/files"
)

// ErrNoFile says that a message's file can never be carried: nobody keeps it any more, or the chat takes none of its size. It
// comes in a SendError that is Gone, and is no reason to think that the chat itself cannot be reached.
var ErrNoFile = errors.New("the file cannot be carried")

// NoFile is the error for a file that can never be carried, with the reason.
func NoFile(why string) error {
	return &SendError{Gone: true, Err: fmt.Errorf("%w: %s", ErrNoFile, why)}
}

// Shelf hands out what messages carry (flows.Handout…). Files are made while they are read, from the documents as they stand then,
// and decrypted with the person's own key, so nothing plain is kept anywhere and a deleted person's files are gone at once.
type Shelf struct {
	Store storage.Store
	Files *files.Files
	Event *flows.Event // the current edition, as its pack has it
	Pack  fs.FS        // the pack's folder
	Clock *Clock
	Site  string       // address of the web page, ending in a slash; "" none
	Font  *papers.Font // of papers; nil: the one that comes with Olle
}

// Open opens a file for reading. A handle that stands for nothing, or not any more, is a NoFile error.
func (s *Shelf) Open(ctx context.Context, f flows.File) (io.ReadCloser, error) {
	kind, rest, _ := strings.Cut(f.Handle, ":")
	switch kind + ":" {
	case flows.HandoutPack:
		return s.fromPack(rest)
	case flows.HandoutDates:
		return s.calendar(ctx, rest)
	case flows.HandoutMail:
		return s.ofPerson(ctx, rest, s.writeMail)
	case flows.HandoutData:
		return s.ofPerson(ctx, rest, s.writeData)
	case flows.HandoutCertificate:
		return s.certificate(ctx, rest)
	case flows.HandoutReport:
		return s.report(ctx, rest)
	case flows.HandoutQR:
		return s.qr(rest)
	case flows.HandoutQuiz:
		return s.quiz(ctx, rest)
	case flows.HandoutPlan:
		return s.plan(ctx, rest)
	case flows.HandoutRating:
		return s.rating(ctx, rest)
	case flows.HandoutAnnounced:
		return s.announced(ctx, &f)
	}
	return nil, NoFile("nobody makes this kind")
}

// fromPack opens a file of the event pack.
func (s *Shelf) fromPack(path string) (io.ReadCloser, error) {
	if s.Pack == nil || !fs.ValidPath(path) {
		return nil, NoFile("not in the event pack")
	}
	file, err := s.Pack.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, NoFile("not in the event pack any more")
	}
	if err != nil {
		return nil, fmt.Errorf("bot: open a file of the event pack: %w", err)
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		file.Close()
		return nil, NoFile("not a file of the event pack")
	}
	return file, nil
}

// announced opens the file an organiser gave an announcement.
func (s *Shelf) announced(ctx context.Context, f *flows.File) (io.ReadCloser, error) {
	id, blob, ok := f.Announced()
	if !ok {
		return nil, NoFile("not an announcement's")
	}
	keys, err := PersonKeys(ctx, s.Store, &flows.Person{ID: flows.AnnouncementKey(id)})
	if err != nil {
		return nil, err
	}
	return s.open(ctx, &owner{keys: keys}, blob)
}

// changes loads what organisers changed of the event.
func (s *Shelf) changes(ctx context.Context) (o flows.Override, err error) {
	docs, err := s.Store.Load(ctx, "event/"+s.Event.ID)
	if err == nil && docs[0].Data != nil {
		err = json.Unmarshal(docs[0].Data, &o)
	}
	if err != nil {
		return o, fmt.Errorf("bot: the event's changes: %w", err)
	}
	return o, nil
}

// owner is a person whose files are handed out.
type owner struct {
	event  *flows.Event // as it stands
	person *flows.Person
	raw    json.RawMessage // the person's document
	keys   []age.Identity
}

// ofPerson streams what write makes of a person.
func (s *Shelf) ofPerson(ctx context.Context, id string, write func(context.Context, io.Writer, *owner) error) (io.ReadCloser, error) {
	o, err := s.owner(ctx, id)
	if err != nil {
		return nil, err
	}
	return stream(func(w io.Writer) error { return write(ctx, w, o) }), nil
}

// owner loads a person, the event as it stands, and the keys of all persons that became this one.
func (s *Shelf) owner(ctx context.Context, id string) (*owner, error) {
	if !strings.HasPrefix(id, "person/") {
		return nil, NoFile("nobody's")
	}
	changes, err := s.changes(ctx)
	if err != nil {
		return nil, err
	}
	docs, err := s.Store.Load(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("bot: whose file it is: %w", err)
	}
	if docs[0].Data == nil {
		return nil, NoFile("the person is gone")
	}
	o := &owner{event: changes.Apply(s.Event), person: &flows.Person{}, raw: docs[0].Data}
	if err := json.Unmarshal(docs[0].Data, o.person); err != nil {
		return nil, fmt.Errorf("bot: whose file it is: %w", err)
	}
	o.keys, err = PersonKeys(ctx, s.Store, o.person)
	return o, err
}

// PersonKeys loads the identities that open a person's files: their own, and those of the persons that became this one by linking.
func PersonKeys(ctx context.Context, store storage.Store, p *flows.Person) ([]age.Identity, error) {
	names := []string{flows.KeyDoc(p.ID)}
	for _, joined := range p.Joined {
		names = append(names, flows.KeyDoc(joined))
	}
	docs, err := store.Load(ctx, names...)
	if err != nil {
		return nil, fmt.Errorf("bot: a person's keys: %w", err)
	}
	var keys []age.Identity
	for _, d := range docs {
		if d.Data == nil {
			continue // sent no file as that person
		}
		key, err := age.ParseX25519Identity(string(d.Data))
		if err != nil {
			return nil, fmt.Errorf("bot: a person's keys: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// open opens a stored file with the person's keys.
func (s *Shelf) open(ctx context.Context, o *owner, blob string) (io.ReadCloser, error) {
	if s.Files == nil || len(o.keys) == 0 {
		return nil, NoFile("its key is gone")
	}
	r, err := s.Files.Open(ctx, blob, o.keys...)
	var other *age.NoIdentityMatchError
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, &other) {
		return nil, NoFile("it is not kept, or its key is gone")
	}
	return r, err
}

// stream reads what write writes, as it writes. Closing the reader ends the writing.
func stream(write func(io.Writer) error) io.ReadCloser {
	r, w := io.Pipe()
	go func() {
		buffered := bufio.NewWriterSize(w, 64<<10)
		err := write(buffered)
		if err == nil {
			err = buffered.Flush()
		}
		w.CloseWithError(err)
	}()
	return r
}
