package flows

import (
	"encoding/json"
	"strings"
)

// A Message.File names what to hand out by its Handle; the bytes are made when a platform opens it (bot.Shelf), so that nothing
// plain is kept anywhere and what is handed out is as things stand then.
const (
	HandoutPack        = "pack:"        // + path in the event pack: a blank form
	HandoutDates       = "ics:"         // + "deadline" or "programme", "/", language: a calendar
	HandoutMail        = "eml:"         // + "person/…": the ready e-mail of that person
	HandoutCertificate = "certificate:" // + its code
	HandoutReport      = "report:"      // + "docx", "pdf" or "txt"
	HandoutQR          = "qr:"          // + what the code leads to: "attend/CODE"
	HandoutData        = "mydata:"      // + "person/…": everything kept of that person

	HandoutPlan   = "plan:"   // + "person/…": that person's action plan, to print: ".pdf" behind it, or plain text
	HandoutRating = "rating:" // + grid: what was rated, as a table marked internal
)

// PackFile hands out a file of the event pack.
func PackFile(path string) *File {
	return &File{Handle: HandoutPack + path, Name: path[strings.LastIndexByte(path, '/')+1:]}
}

// CalendarFile hands out dates for a calendar: what is "deadline" or "programme", language the reader's tag.
func (e *Event) CalendarFile(what, language string) *File {
	return &File{Handle: HandoutDates + what + "/" + language, Name: e.ID + "-" + what + ".ics", Type: "text/calendar"}
}

// qrFile hands out a picture for the screen that leads to what says: "attend/CODE".
func qrFile(what string) *File {
	return &File{Handle: HandoutQR + what, Name: strings.ReplaceAll(what, "/", "-") + ".png", Type: "image/png"}
}

// MailFile hands out the e-mail of a person's application, ready to be looked at and sent.
func (p *Person) MailFile() *File {
	return &File{Handle: HandoutMail + p.ID, Name: p.Ref + ".eml", Type: "message/rfc822"}
}

// DataFile hands out everything kept of a person.
func (p *Person) DataFile() *File {
	return &File{Handle: HandoutData + p.ID, Name: p.Ref + "-my-data.zip", Type: "application/zip"}
}

// undelivered hears that a message's file could not be carried, and will never be: its words are said without it.
func undelivered(t *Turn) {
	var m Message
	if json.Unmarshal(t.Args, &m) != nil || m.File == nil {
		return
	}
	m.Text = strings.TrimSpace(m.Text + "\n\n" + t.Text("files.undelivered", "file", m.File.Name))
	m.File, m.Reply, m.Edit = nil, "", ""
	t.out.Messages = append(t.out.Messages, m)
}
