package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"olle/flows"
)

// What one request may hold. The longest text must get through to the conversation, which knows what to say about it, in the
// longest writing JSON has: twelve bytes for one character.
const (
	maxText  = 120_000 // characters
	maxBody  = 2 << 20 // bytes of a JSON body
	maxField = 1 << 10 // bytes of session, id, choice and album
	maxFiles = 10
	maxDrain = 256 << 20 // bytes read past a refused file, so that the refusal can be heard
)

var errLongText = tooLarge("This message is too long: at most %d characters at a time, please.", maxText)

// post is what a guest's client sent.
type post struct {
	session, id  string
	text, choice string
	album        string // of files that were chosen together and are sent one by one; "" none
	given        bool   // there was a text, be it empty
	files        []flows.File
	locale       string // the language the page speaks
}

// read takes a request apart. Files are in the spool when it returns; with an error, none is left there.
func (w *Web) read(rw http.ResponseWriter, r *http.Request) (p post, err error) {
	body := io.LimitReader(r.Body, max(maxDrain, maxFiles*w.opt.MaxUpload+maxBody))
	defer func() {
		if err != nil {
			w.discard(p.files)
			drain(rw, body)
		}
	}()
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/json":
		return readJSON(body)
	case err == nil && kind == "multipart/form-data" && params["boundary"] != "":
		return w.readForm(r, multipart.NewReader(body, params["boundary"]))
	}
	return post{}, malformed("Please send application/json, or multipart/form-data with files.")
}

func readJSON(body io.Reader) (post, error) {
	var in struct {
		Session, ID, Choice string
		Text                *string
	}
	b, err := io.ReadAll(io.LimitReader(body, maxBody+1))
	switch {
	case err != nil:
		return post{}, cutShort(err)
	case len(b) > maxBody:
		return post{}, errLongText
	}
	if err := json.Unmarshal(b, &in); err != nil {
		return post{}, malformed(`The request could not be read. It should be JSON such as {"text":"When is the deadline?"}.`)
	}
	p := post{session: in.Session, id: in.ID, choice: in.Choice}
	if in.Text != nil {
		p.text, p.given = *in.Text, true
	}
	return p, p.check()
}

// check refuses what makes no sense. Odd text makes sense: the conversation answers it.
func (p *post) check() error {
	p.text = strings.ToValidUTF8(p.text, "\uFFFD")
	switch {
	case utf8.RuneCountInString(p.text) > maxText:
		return errLongText
	case len(p.session) > maxField || len(p.id) > maxField || len(p.choice) > maxField:
		return malformed("The session, id or choice is too long to be one.")
	case p.choice != "" && (p.text != "" || len(p.files) > 0):
		return malformed("Please send either a text or a choice, not both.")
	case p.choice == "" && !p.given && len(p.files) == 0:
		return malformed("There is nothing in this request: please send a text, a choice or a file.")
	}
	p.choice = strings.ToValidUTF8(p.choice, "\uFFFD")
	p.album = plain(p.album)
	return nil
}

// readForm reads a multipart request part by part; files go to the spool as they come in.
func (w *Web) readForm(r *http.Request, parts *multipart.Reader) (p post, err error) {
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return p, p.check()
		}
		if err != nil {
			return p, cutShort(err)
		}
		if err := w.readPart(r, part, &p); err != nil {
			return p, err
		}
	}
}

func (w *Web) readPart(r *http.Request, part *multipart.Part, p *post) (err error) {
	switch part.FormName() {
	case "file":
		if len(p.files) == 0 && p.session != "" { // do not take in megabytes for a session that does not exist
			if _, err := w.known(r.Context(), p.session); err != nil {
				return err
			}
		}
		if len(p.files) == maxFiles {
			return tooLarge("Please send at most %d files at a time.", maxFiles)
		}
		f, err := w.takeFile(r, part)
		if err == nil {
			p.files = append(p.files, f)
		}
		return err
	case "text":
		p.given = true
		p.text, err = field(part, maxBody)
	case "session":
		p.session, err = field(part, maxField)
	case "id":
		p.id, err = field(part, maxField)
	case "choice":
		p.choice, err = field(part, maxField)
	case "album":
		p.album, err = field(part, maxField)
	}
	return err
}

func field(part *multipart.Part, max int64) (string, error) {
	b, err := io.ReadAll(io.LimitReader(part, max+1))
	switch {
	case err != nil:
		return "", cutShort(err)
	case int64(len(b)) > max:
		return "", tooLarge("The field %q is too long.", cleanName(part.FormName()))
	}
	return string(b), nil
}

// takeFile puts an upload in the spool. An empty one passes: the conversation says what is wrong with it.
func (w *Web) takeFile(r *http.Request, part *multipart.Part) (flows.File, error) {
	name := cleanName(part.FileName())
	handle, size, err := w.spool.put(part, w.opt.MaxUpload, w.opt.Peer(r))
	switch {
	case errors.Is(err, errFileTooLarge):
		return flows.File{}, tooLarge("The file %s is larger than %s, which is the limit for one file. Please send a smaller one.",
			name, megabytes(w.opt.MaxUpload))
	case errors.Is(err, errSpoolFull):
		w.log.Error("the upload folder is full; no upload can be taken", "limit", w.opt.MaxSpool)
		return flows.File{}, &problem{Status: http.StatusServiceUnavailable, Wait: time.Minute,
			Text: "There is no room for files just now. Please send it again in some minutes."}
	case errors.Is(err, errShareFull):
		return flows.File{}, tooMany(time.Minute, "Many files from your network are still waiting to be looked at. Please send this one again in some minutes.")
	case err != nil:
		return flows.File{}, cutShort(err)
	}
	kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	return flows.File{Handle: handle, Name: name, Type: kind, Size: size}, nil
}

// cutShort tells a request that ended early or is broken from a disk that failed.
func cutShort(err error) error {
	var disk *fs.PathError
	if errors.As(err, &disk) {
		return err
	}
	return malformed("The request ended early or is not a proper form. Please send it again.")
}

func (w *Web) discard(files []flows.File) {
	for _, f := range files {
		w.spool.discard(f.Handle)
	}
}

// drain reads what is still coming, for a while: a client that is busy sending hears no answer.
func drain(rw http.ResponseWriter, body io.Reader) {
	http.NewResponseController(rw).SetReadDeadline(time.Now().Add(30 * time.Second))
	io.Copy(io.Discard, body)
}

// cleanName makes of a sender's file name something to show: no folders, no control or direction characters, at most 200
// characters, of which the ending survives.
func cleanName(name string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Join(strings.Fields(strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case unicode.Is(unicode.C, c):
			return -1
		}
		return c
	}, name)), " ")
	if rs := []rune(name); len(rs) > 200 {
		dot := strings.LastIndexByte(name, '.')
		end := []rune{}
		if dot >= 0 && utf8.RuneCountInString(name[dot:]) <= 12 {
			end = []rune(name[dot:])
		}
		name = string(rs[:200-len(end)]) + string(end)
	}
	if strings.Trim(name, ". ") == "" {
		return "file"
	}
	return name
}

func megabytes(n int64) string {
	for _, unit := range []int64{1e6, 1 << 20} { // both are called so; an even number is the one that was meant
		if n%unit == 0 {
			return fmt.Sprintf("%d MB", n/unit)
		}
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
