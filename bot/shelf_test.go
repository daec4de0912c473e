package bot_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"filippo.io/age"
	"go.uber.org/goleak"

	"olle/bot"
	"olle/config"
	"olle/flows"
	"olle/storage"
	"olle/storage/bolt"
	"olle/storage/files"
)

// counter is a shelf with a person on it: two versions of one document, one sent as somebody they were linked with, one loose.
type counter struct {
	*bot.Shelf
	dir     string
	person  *flows.Person
	content map[string][]byte // by blob
}

const marker = "Anh's own words, plain"

func newCounter(t *testing.T) *counter {
	t.Helper()
	event, err := config.LoadEvent(config.Events(), "vca-jeju-2020")
	if err != nil {
		t.Fatal(err)
	}
	clock, dir := bot.StoppedClock(noon), t.TempDir()
	store, err := bolt.Open(filepath.Join(dir, "store"), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	organiser := identity(t)
	kept, err := files.OpenFolder(filepath.Join(dir, "files"), []age.Recipient{organiser.Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	c := &counter{
		Shelf: &bot.Shelf{Store: store, Files: kept, Event: event, Clock: clock, Pack: fstest.MapFS{"blank/form.pdf": {Data: []byte("blank")}}},
		dir:   dir, content: map[string][]byte{},
	}
	answer := func(s string) flows.Value { return flows.Value{Data: s, Text: s} }
	c.person = &flows.Person{
		ID: "person/anh", Ref: "VCA20-7K3FQ2", Addresses: []flows.Address{"web:abc"}, Joined: []string{"person/old"}, Help: []string{"H-7K3FQ2-1"}, Language: "vi",
		Began: noon, Forms: map[string]*flows.Record{"profile": {Answers: map[string]flows.Value{
			"full_name": answer("Nguyễn Thị Ánh"), "organisation": answer("Ministry of Public Security\r\nBcc: x@example.org"), "email": answer("anh@example.org"),
		}}},
	}
	mine, old := identity(t), identity(t)
	c.person.Items = map[string]*flows.Upload{
		"application": c.keep(t, "u/2", 3000, mine, c.keep(t, "u/1", 100, mine, nil)),
		"nomination":  c.keep(t, "u/3", 70_000, old, nil),
		"cv":          {ID: "u/4", State: "receiving", Sent: noon},
	}
	c.person.Loose = []*flows.Upload{c.keep(t, "u/5", 10, mine, nil)}
	c.put(t, flows.KeyDoc("person/anh"), []byte(mine.String()))
	c.put(t, flows.KeyDoc("person/old"), []byte(old.String()))
	c.put(t, "help/H-7K3FQ2-1", flows.Must(flows.HelpRequest{Ref: "H-7K3FQ2-1", Lines: []flows.HelpLine{{Text: "May I come a day late?"}}}))
	c.put(t, "line/web:abc/000000000001", []byte(`{"text":"hello from the page"}`))
	c.save(t)
	return c
}

func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (c *counter) keep(t *testing.T, blob string, size int, key *age.X25519Identity, before *flows.Upload) *flows.Upload {
	t.Helper()
	content := bytes.Repeat([]byte(marker+blob), size/len(marker)+1)[:size]
	if _, err := c.Files.Put(t.Context(), blob, bytes.NewReader(content), key.Recipient()); err != nil {
		t.Fatal(err)
	}
	c.content[blob] = content
	return &flows.Upload{ID: blob, Name: "scan.pdf", Type: "pdf", State: "received", Sent: noon, Size: int64(size), Before: before}
}

func (c *counter) put(t *testing.T, key string, data []byte) {
	t.Helper()
	if _, err := c.Store.Commit(t.Context(), storage.Batch{Put: []storage.Doc{{Key: key, Data: data}}, Now: noon}); err != nil {
		t.Fatal(err)
	}
}

func (c *counter) save(t *testing.T) { t.Helper(); c.put(t, c.person.ID, flows.Must(c.person)) }

func (c *counter) read(t *testing.T, f *flows.File) []byte {
	t.Helper()
	r, err := c.Open(t.Context(), *f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The e-mail holds what counts, from either key, byte for byte, and leads only to the organisers.
func TestShelfMail(t *testing.T) {
	c := newCounter(t)
	m, err := mail.ReadMessage(bytes.NewReader(c.read(t, c.person.MailFile())))
	if err != nil {
		t.Fatal(err)
	}
	subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if m.Header.Get("To") != "<cifaljeju.jitc.1@gmail.com>" || m.Header.Get("Bcc") != "" ||
		subject != "Application: VCA workshop 2020 – Nguyễn Thị Ánh, Ministry of Public Security Bcc: x@example.org" {
		t.Errorf("headers %v, subject %q", m.Header, subject)
	}
	got := attachments(t, m)
	if len(got) != 2 || !bytes.Equal(got["VCA20-7K3FQ2_1_application-form_v2.pdf"], c.content["u/2"]) ||
		!bytes.Equal(got["VCA20-7K3FQ2_6_nomination-letter_v1.pdf"], c.content["u/3"]) {
		t.Errorf("%d files attached, or not as sent", len(got))
	}
}

func attachments(t *testing.T, m *mail.Message) map[string][]byte {
	t.Helper()
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]byte{}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.FileName() != "" {
			if got[p.FileName()], err = io.ReadAll(base64.NewDecoder(base64.StdEncoding, p)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// What does not fit together is named in the words of the e-mail.
func TestShelfMailTooLarge(t *testing.T) {
	c := newCounter(t)
	c.person.Items["application"].Size = 17_990_000
	c.save(t)
	raw := c.read(t, c.person.MailFile())
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if got := attachments(t, m); len(got) != 1 {
		t.Errorf("%d attached", len(got))
	}
	if !bytes.Contains(raw, []byte("do not fit")) || !bytes.Contains(raw, []byte("nomination-letter")) {
		t.Error("the e-mail does not say what is missing")
	}
}

func unzip(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got[f.Name] = string(all)
	}
	return got
}

// "My data" holds all of it: every version, what is loose, the requests, the talk. The keys stay where they are.
func TestShelfMyData(t *testing.T) {
	c := newCounter(t)
	got := unzip(t, c.read(t, c.person.DataFile()))
	for name, blob := range map[string]string{"1_application-form_v1": "u/1", "1_application-form_v2": "u/2", "6_nomination-letter_v1": "u/3", "unassigned_1": "u/5"} {
		if got["documents/"+name+".pdf"] != string(c.content[blob]) {
			t.Errorf("%s is not as sent", name)
		}
	}
	var back flows.Person
	if err := json.Unmarshal([]byte(got["person.json"]), &back); err != nil || back.Ref != c.person.Ref || back.Forms["profile"] == nil {
		t.Errorf("person.json: %v, %+v", err, back)
	}
	for name, word := range map[string]string{"requests.json": "a day late", "conversation.json": "hello from the page", "README.txt": "VCA20-7K3FQ2"} {
		if !strings.Contains(got[name], word) {
			t.Errorf("%s lacks %q: %q", name, word, got[name])
		}
	}
	if len(got) != 8 || strings.Contains(fmt.Sprint(got), "AGE-SECRET-KEY") {
		t.Errorf("%d files, or a key among them", len(got))
	}
}

// A damaged file does not keep the rest from its owner.
func TestShelfMyDataWithALostFile(t *testing.T) {
	c := newCounter(t)
	if err := c.Files.Delete(t.Context(), "u/2"); err != nil {
		t.Fatal(err)
	}
	got := unzip(t, c.read(t, c.person.DataFile()))
	if !strings.Contains(got["README.txt"], "1_application-form_v2.pdf") || got["documents/6_nomination-letter_v1.pdf"] == "" {
		t.Errorf("README.txt: %s", got["README.txt"])
	}
}

// Dates are the event's as it stands: a moved deadline replaces the one in the calendar.
func TestShelfCalendar(t *testing.T) {
	c := newCounter(t)
	text := string(c.read(t, c.Event.CalendarFile("deadline", "en")))
	if !strings.Contains(text, "DTEND:20200214T145959Z") || !strings.Contains(text, "SEQUENCE:0") {
		t.Error(text)
	}
	var o flows.Override
	if err := o.Set(c.Event, "deadline", "2020-02-21 23:59 (Friday)", "operator", noon); err != nil {
		t.Fatal(err)
	}
	c.put(t, "event/vca-jeju-2020", flows.Must(o))
	text = string(c.read(t, c.Event.CalendarFile("deadline", "ko")))
	if !strings.Contains(text, "DTEND:20200221T145959Z") || !strings.Contains(text, "SEQUENCE:1") || !strings.Contains(text, "지원 마감") {
		t.Error(text)
	}
	text = string(c.read(t, c.Event.CalendarFile("programme", "xx")))
	if !strings.Contains(text, "DTSTART;VALUE=DATE:20200331\r\nDTEND;VALUE=DATE:20200404") || strings.Count(text, "BEGIN:VEVENT") != 3 {
		t.Error(text)
	}
}

// What is not there, or not any more, is gone for good: the outbox must not try again.
func TestShelfHasNoSuchFile(t *testing.T) {
	c := newCounter(t)
	if got := c.read(t, flows.PackFile("blank/form.pdf")); string(got) != "blank" {
		t.Errorf("the blank form is %q", got)
	}
	for _, handle := range []string{"", "x", "pack:", "pack:../go.mod", "pack:blank", "pack:/etc/passwd", "ics:lunch/en", "ics:", "eml:person/nobody", "eml:key/anh",
		"eml:", "mydata:at/web:abc", "mydata:person/", "file:u/1"} {
		r, err := c.Open(t.Context(), flows.File{Handle: handle})
		var fact *bot.SendError
		if !errors.Is(err, bot.ErrNoFile) || !errors.As(err, &fact) || !fact.Gone {
			t.Errorf("%q: %v, %v", handle, r, err)
		}
	}
	c.put(t, c.person.ID, nil)
	if _, err := c.Open(t.Context(), *c.person.DataFile()); !errors.Is(err, bot.ErrNoFile) {
		t.Errorf("a deleted person's data: %v", err)
	}
}

// Reading may end anywhere, and leaves nothing behind: no goroutine, and no plain byte on the disk.
func TestShelfLeavesNothingBehind(t *testing.T) {
	c := newCounter(t)
	before := goleak.IgnoreCurrent()
	for _, f := range []*flows.File{c.person.MailFile(), c.person.DataFile()} {
		c.read(t, f)
		r, err := c.Open(t.Context(), *f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	goleak.VerifyNone(t, before)
	err := filepath.WalkDir(c.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(marker)) {
			t.Errorf("%s holds a document in the clear", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A file that can never be carried is told to the person's history as such; the chat is not taken for lost.
func TestUndelivered(t *testing.T) {
	t.Parallel()
	clock := bot.StoppedClock(noon)
	s, err := bolt.Open(filepath.Join(t.TempDir(), "store"), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	net := newNetwork("net")
	net.mood = func(_ string, m flows.Message, _ int) error {
		if strings.HasSuffix(m.Text, ": hi") {
			return fmt.Errorf("net: open: %w", bot.NoFile("gone"))
		}
		return nil
	}
	b := newBot(t, s, clock, net)
	running(t, b)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := b.Handle(ctx, said("n-1", "net:ann", "hi")); err != nil {
		t.Fatal(err)
	}
	soon(t, "the history knows", func() bool { how, err := b.Settled(ctx, "n-1"); return how != bot.Unsettled && err == nil })
	if told := lines(t, s, "net:ann"); len(told) != 2 || !strings.HasPrefix(told[1], "person/undelivered ") {
		t.Errorf("the history holds %q", told)
	}
}
