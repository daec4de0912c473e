package flows

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// An announcement carries a file of the event, or a picture or document that an organiser gave it. The latter is looked through and kept
// like an applicant's: encrypted to the organisers, and to a key of the announcement, which is in the store as long as the file is
// wanted. Until the announcement names the file, its key lasts two days only, so that what was never used cannot be opened.

// HandoutAnnounced begins the handle of a file that an organiser gave an announcement; its blob follows, "announcement/ID/NAME".
const HandoutAnnounced = "announced:"

// MaxAnnounced is how large such a file may be, in bytes: Discord takes no more, and one announcement is the same everywhere.
const MaxAnnounced = 10 << 20

// maxCaption is the longest text with a file, in UTF-16 units: Telegram shows it under the file, and it can be corrected as one.
const maxCaption = 1024

// AnnouncementBlob is the name under which a file of an announcement is kept; name is new for every file.
func AnnouncementBlob(id, name string) string { return AnnouncementKey(id) + "/" + name }

// AnnouncementFileRules are what such a file must be.
func AnnouncementFileRules(id string) FetchRules {
	return FetchRules{Person: AnnouncementKey(id), Max: MaxAnnounced, Types: []string{"jpeg", "png", "pdf", "docx", "doc", "odt"}}
}

var announcedTypes = map[string]string{
	"jpeg": "image/jpeg", "png": "image/png", "pdf": "application/pdf", "doc": "application/msword", "odt": "application/vnd.oasis.opendocument.text",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

// AnnouncedFile is a file of an announcement that is kept, as messages carry it; name is what its sender called it, "" nothing.
func AnnouncedFile(got Fetched, name string) *File {
	if name == "" {
		name = "picture." + strings.Replace(got.Type, "jpeg", "jpg", 1)
	}
	return &File{Handle: HandoutAnnounced + got.Blob, Name: FileName(name), Type: announcedTypes[got.Type], Size: got.Size}
}

// Announced takes apart the handle of a file that an organiser gave an announcement; ok: it is one.
func (f *File) Announced() (id, blob string, ok bool) {
	if f == nil {
		return "", "", false
	}
	blob, ok = strings.CutPrefix(f.Handle, HandoutAnnounced)
	id, name, cut := strings.Cut(strings.TrimPrefix(blob, "announcement/"), "/")
	return id, blob, ok && cut && id != "" && name != "" && strings.HasPrefix(blob, "announcement/")
}

// Shown says that a file is a picture to be looked at in the chat, rather than a document to be kept.
func (f *File) Shown() bool {
	_, _, ok := f.Announced()
	return ok && strings.HasPrefix(f.Type, "image/")
}

// checkWhole says in a sentence what an announcement cannot carry: more than one message, or files of persons, which leave only to
// those persons. whole is its text with buttons' addresses.
func (n *Announcement) checkWhole(whole string) error {
	length := utf16Length(whole)
	if marked := length + escapes(whole); marked > 2000 {
		return fmt.Errorf("flows: with its buttons' addresses the announcement has %d characters, signs like * and _ counted twice; 2000 are one message everywhere", marked)
	}
	if n.File == nil {
		return nil
	}
	_, _, given := n.File.Announced()
	if !given && !strings.HasPrefix(n.File.Handle, HandoutPack) && !strings.HasPrefix(n.File.Handle, HandoutDates) {
		return fmt.Errorf("flows: an announcement carries a file of the event, or one that was given to it")
	}
	if length > maxCaption {
		return fmt.Errorf("flows: with a file an announcement has at most %d characters, buttons' addresses counted; this one has %d", maxCaption, length)
	}
	return nil
}

// own takes over the file an announcement was given, and lets go of the one it had. false: the file is another's, or not there.
func (t *announcementTurn) own(fresh *Announcement) (bool, error) {
	id, blob, given := fresh.File.Announced()
	if given {
		docs, err := t.src.Load(KeyDoc(AnnouncementKey(id)))
		if err != nil || id != announcementID(t.Subject) || docs[0].Data == nil {
			return false, err
		}
		t.out.Check = append(t.out.Check, docs[0])
		t.out.Put = append(t.out.Put, Doc{Key: docs[0].Key, Data: docs[0].Data})
	}
	if _, old, had := t.it.File.Announced(); had && old != blob {
		t.dropFile(given)
	}
	return true, nil
}

// dropFile removes the file the announcement was given, and its key unless another file needs it.
func (t *announcementTurn) dropFile(keepKey bool) {
	id, blob, given := t.it.File.Announced()
	if !given {
		return
	}
	t.it.File = nil
	t.out.Work = append(t.out.Work, Work{Name: "drop", Kind: "erase", Args: Must(Erase{Blobs: []string{blob}})})
	if !keepKey {
		t.out.Put = append(t.out.Put, Doc{Key: KeyDoc(AnnouncementKey(id))})
	}
}

// announces takes a picture or file for the announcement being written in chat; words may come with it.
func (t *Turn) announces(in Input) bool {
	command := strings.HasPrefix(in.Text, "/announce")
	if len(in.Files) == 0 || !command && t.writing() == nil || !t.may(MaySend) {
		return false
	}
	f := t.writing()
	switch {
	case command:
		t.command(in.Text)
	case in.Text != "" && f.Step == "text":
		takeAnnouncementText(t, Input{Text: in.Text})
	}
	if f = t.writing(); f == nil {
		return true
	}
	if f.Vars["id"] == "" {
		f.set("id", t.newCode()[:6])
	}
	file := in.Files[0]
	f.set("fetching", t.ID)
	rules := AnnouncementFileRules(f.Vars["id"])
	rules.Echo = Must([]string{t.ID, file.Name})
	t.out.Work = append(t.out.Work, Work{
		Name: "announced", Kind: "fetch", Call: "announce/fetched", File: file, From: t.From, Args: Must(rules),
		Blob: AnnouncementBlob(f.Vars["id"], strings.ToLower(t.newCode())),
	})
	t.Say("team.announce.file.fetching", "file", FileName(file.Name))
	return true
}

// writing is the announcement the person is writing; nil: none.
func (t *Turn) writing() *Frame {
	i := slices.IndexFunc(t.Person.Talk, func(f Frame) bool { return f.Flow == "announce" })
	if i < 0 {
		return nil
	}
	return &t.Person.Talk[i]
}

// announceFetched hears that the file is kept, or why not. The draft is made at once: it is what owns the file.
func announceFetched(t *Turn) {
	var got Fetched
	var echo []string
	if json.Unmarshal(t.Args, &got) != nil || json.Unmarshal(got.Echo, &echo) != nil || len(echo) != 2 {
		return
	}
	f := t.writing()
	if f == nil || f.Vars["fetching"] != echo[0] { // dropped meanwhile, or another came after it
		t.out.Work = append(t.out.Work, Work{Name: "drop", Kind: "erase", Args: Must(Erase{Blobs: []string{got.Blob}})})
		t.asked = true
		return
	}
	delete(f.Vars, "fetching")
	if got.Problem != "" {
		t.Say("team.announce.file."+got.Problem, "file", FileName(echo[1]))
		return
	}
	file := AnnouncedFile(got, echo[1])
	f.set("file", string(Must(file)))
	t.toAnnouncement(f.Vars["id"], "create", f.announcementArgs())
	t.Say("team.announce.file.kept", "file", file.Name, "size", Bytes(file.Size))
}

// announcementArgs is what has been written so far.
func (f *Frame) announcementArgs() AnnouncementArgs {
	a := AnnouncementArgs{Text: f.Vars["text"], Audience: f.Vars["audience"]}
	if text := f.Vars["file"]; text != "" {
		a.File = &File{}
		_ = json.Unmarshal([]byte(text), a.File) // made by Must
	}
	return a
}

// Blob names the file an organiser gave the announcement; "" none. What no announcement names is swept.
func (n *Announcement) Blob() string {
	_, blob, _ := n.File.Announced()
	return blob
}

// Discord gives signs a meaning, so there each is written with another before it; in addresses it is not.
var (
	linked  = regexp.MustCompile(`https?://\S+`)
	meaning = regexp.MustCompile("[\\\\*_~`|\\[<]|@everyone|@here|:\\w+:|(?m:^\\s*(?:[#>+-]|\\d+\\.))")
)

// escapes is how many characters more a text has on Discord, at most.
func escapes(text string) int {
	return len(meaning.FindAllString(linked.ReplaceAllString(text, ""), -1))
}
