package console_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"olle/flows"
)

// gives sends a form with a file and follows where it leads.
func (b *browser) gives(path, file string, content []byte, more ...string) seen {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for k, v := range b.form(more...) {
		must(b.t, w.WriteField(k, v[0]))
	}
	part, err := w.CreateFormFile("upload", file)
	must(b.t, err)
	_, _ = part.Write(content)
	must(b.t, w.Close())
	r, err := http.NewRequest(http.MethodPost, b.base+path, &body)
	must(b.t, err)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Origin", strings.TrimSuffix(b.base, "/console"))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	s := b.do(r)
	if s.status == http.StatusSeeOther {
		at := strings.TrimPrefix(s.header.Get("Location"), "/console")
		s = b.get(at)
		s.header.Set("Location", strings.TrimSuffix(strings.Split(at, "?")[0], "/"))
	}
	return s
}

func picture(t *testing.T, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, side, side))))
	return b.Bytes()
}

// kept lists what lies in the place of files.
func (o *office) kept() (names []string) {
	o.t.Helper()
	for e, err := range o.files.List(o.t.Context(), "") {
		must(o.t, err)
		if !strings.HasPrefix(e.Name, "installation/") {
			names = append(names, e.Name)
		}
	}
	return names
}

// A picture is looked through, kept encrypted, shown, said with the words, not swept, replaced, and gone when it is taken back.
func TestAnnouncementsCarryPictures(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.member("telegram:anna", "send")
	anna := o.signedIn("telegram:anna")
	first, second := picture(t, 7), picture(t, 9)
	expect(t, anna.gives("/announcements/save", "run.exe", []byte("MZ\x90\x00 nothing to look at"), "text", "Hello"), http.StatusUnprocessableEntity, "run.exe was not kept", "Hello</textarea>")
	expect(t, anna.gives("/announcements/save", "venue.png", first, "text", strings.Repeat("long ", 220)), http.StatusUnprocessableEntity, "at most 1024 characters")
	if names := o.kept(); len(names) != 0 {
		t.Errorf("what was refused is kept: %v", names)
	}
	s := anna.gives("/announcements/save", "../../venue.png", first, "text", "This is the venue.")
	at := s.header.Get("Location")
	expect(t, s, http.StatusOK, "Kept as a draft", at+`/file" alt="venue.png"`)
	got := anna.get(at + "/file")
	if got.body != string(first) || got.header.Get("Content-Type") != "image/png" {
		t.Errorf("the picture comes back as %s with %d bytes", got.header.Get("Content-Type"), len(got.body))
	}
	s = anna.gives(at+"/save", "venue2.png", second, "text", "This is the venue.", "seen", anna.looks(at))
	expect(t, s, http.StatusOK, `alt="venue2.png"`)
	o.eventually("the picture that was replaced is gone", func() bool { return len(o.kept()) == 1 })
	_, err := o.bot.Sweep(t.Context(), 0)
	must(t, err)
	if r, err := o.bot.Remains(t.Context()); err != nil || r.Files+r.Keys != 0 {
		t.Errorf("what an announcement has counts as left over: %+v, %v", r, err)
	}
	expect(t, anna.does(at+"/act", "what", "start", "seen", anna.looks(at)), http.StatusOK)
	o.eventually("Nina has the picture", func() bool {
		for _, m := range o.said(nina) {
			if m.Text == "This is the venue." && m.File != nil && m.File.Shown() && m.File.Name == "venue2.png" {
				return true
			}
		}
		return false
	})
	expect(t, anna.get(at+"/file"), http.StatusOK)
	expect(t, anna.does(at+"/act", "what", "retract", "sure", "yes"), http.StatusOK, "taken back")
	o.eventually("the picture is gone", func() bool { return len(o.kept()) == 0 })
	expect(t, anna.get(at+"/file"), http.StatusNotFound)
	docs, err := o.store.List(t.Context(), "key/announcement/", "", 10)
	must(t, err)
	for _, d := range docs {
		if d.Until.IsZero() { // that of a form which was refused goes by itself
			t.Error("its key is still there")
		}
	}
}

// Another announcement's file, and files of persons, cannot be named.
func TestAnnouncementsCarryNobodysFiles(t *testing.T) {
	o := openOffice(t)
	o.member("telegram:anna", "send")
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	anna := o.signedIn("telegram:anna")
	at := anna.gives("/announcements/save", "venue.png", picture(t, 7), "text", "This is the venue.").header.Get("Location")
	r := flows.AnnouncementKey(strings.TrimPrefix(at, "/announcements/"))
	var blob string
	for _, name := range o.kept() {
		blob = name
	}
	for _, handle := range []string{flows.HandoutAnnounced + blob, flows.HandoutAnnounced + r + "/x", flows.HandoutMail + flows.PersonID(nina), flows.HandoutData + flows.PersonID(nina), "anything"} {
		args := flows.AnnouncementArgs{Text: "Look", File: &flows.File{Handle: handle, Name: "x"}}
		_, err := o.bot.Handle(t.Context(), flows.Update{ID: "forged/" + handle, Subject: flows.AnnouncementKey("OTHER"), Call: "announcement/create", From: "telegram:anna", Args: flows.Must(args), Sent: time.Now()})
		must(t, err)
		if docs, err := o.store.Load(t.Context(), flows.AnnouncementKey("OTHER")); err != nil || docs[0].Data != nil {
			t.Errorf("%s is carried: %s", handle, docs[0].Data)
		}
	}
}
