package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"sync"
	"time"

	"olle/bot"
	"olle/flows"
)

// A link an applicant passes on lets somebody else hand in one document, without an account: GET /hand-in?code= shows what is asked
// for, POST takes the file. The page names the document and the workshop and nobody.

var handinCode = regexp.MustCompile(`^[0-9a-f]{16}$`)

// handinPage is what the page shows.
type handinPage struct {
	wording
	Title, Code, Nonce string
	Item               string // empty: the link is not valid
	State, Became      string // State as in flows.Handover, and in a sentence
	Wrong              string // what went wrong with this request
}

var (
	errChoose = &problem{Status: http.StatusBadRequest, Say: "choose", Text: "Please choose the file first."}
	errUsed   = &problem{Status: http.StatusBadRequest, Say: "used", Text: "This link is not valid any more. Please ask the applicant for a new one."}
)

// showHandin is GET /hand-in.
func (w *Web) showHandin(rw http.ResponseWriter, r *http.Request) {
	if err := w.admitPeer(r); err != nil {
		w.fail(rw, r, err)
		return
	}
	w.renderHandin(rw, r, r.URL.Query().Get("code"), nil)
}

// takeHandin is POST /hand-in: the fields code and nonce, then the file.
func (w *Web) takeHandin(rw http.ResponseWriter, r *http.Request) {
	if err := w.admitPeer(r); err != nil {
		drain(rw, io.LimitReader(r.Body, maxBody))
		w.fail(rw, r, err)
		return
	}
	r.Body = http.MaxBytesReader(rw, r.Body, w.opt.MaxUpload+maxBody)
	parts, err := r.MultipartReader()
	if err != nil {
		w.fail(rw, r, cutShort(err))
		return
	}
	code, err := w.handIn(r, parts)
	w.renderHandin(rw, r, code, err)
}

// handIn takes the file in and waits a moment for what becomes of it.
func (w *Web) handIn(r *http.Request, parts *multipart.Reader) (code string, err error) {
	on := w.onDuty(r.Context())
	if on == nil {
		return "", errNotYet
	}
	var nonce string
	for {
		part, err := parts.NextRawPart()
		switch {
		case err == io.EOF:
			return code, errChoose
		case err != nil:
			return code, cutShort(err)
		}
		switch part.FormName() {
		case "code":
			code, err = field(part, maxField)
		case "nonce":
			nonce, err = field(part, maxField)
		case "file":
			if part.FileName() == "" {
				return code, errChoose
			}
			return code, w.handOver(r, on, code, nonce, part)
		}
		if err != nil {
			return code, err
		}
	}
}

func (w *Web) handOver(r *http.Request, on *shift, code, nonce string, part *multipart.Part) error {
	ctx := r.Context()
	h, err := w.handover(ctx, code)
	if err != nil {
		return err
	}
	if h == nil || h.State == "received" {
		return errUsed
	}
	file, err := w.takeFile(r, part)
	if err != nil {
		return err
	}
	u := flows.Update{
		ID: updateID(flows.Address("web:handin-"+code), nonce), Sent: time.Now(), Subject: h.Person, From: "web:handin", Private: true,
		Call: "documents/third", Args: flows.Must(code), Files: []flows.File{file},
	}
	receipt, err := on.deliver(context.WithoutCancel(ctx), u)
	if err != nil {
		w.log.Error("update not on record", "update", u.ID, "err", err)
		return errNotYet
	}
	if receipt.Seen {
		w.discard([]flows.File{file})
	}
	if w.settle(ctx, on, "web:handin", u.ID) != bot.Unsettled {
		w.spool.done(file.Handle)
	}
	return nil
}

// handover loads what a link is for; nil: nobody made it, or it is long over.
func (w *Web) handover(ctx context.Context, code string) (*flows.Handover, error) {
	if !handinCode.MatchString(code) {
		return nil, nil
	}
	docs, err := w.opt.Store.Load(ctx, flows.HandoverKey(code))
	if err != nil {
		return nil, fmt.Errorf("web: look up a link: %w", err)
	}
	var h flows.Handover
	if docs[0].Data == nil || json.Unmarshal(docs[0].Data, &h) != nil {
		return nil, nil
	}
	return &h, nil
}

// renderHandin shows how things stand with a link, and what went wrong just now, in the language that the browser asks for.
func (w *Web) renderHandin(rw http.ResponseWriter, r *http.Request, code string, wrong error) {
	h, err := w.handover(r.Context(), code)
	page := handinPage{Title: w.opt.Title, Code: code, Nonce: randomName(15)}
	var kinds, until string
	if h != nil && w.opt.Handover != nil {
		page.State = h.State
		page.Item, kinds, until, page.Became = w.opt.Handover(*h, w.tongues.tag(r))
	}
	page.wording = w.tongues.wording(r, "handin.", "item", page.Item, "kinds", kinds, "until", until, "max_file", megabytes(w.opt.MaxUpload))
	status := http.StatusOK
	var p *problem
	switch wrong = errors.Join(wrong, err); {
	case errors.As(wrong, &p):
		page.Wrong, status = cmp.Or(page.Say[p.Say], p.Text), p.Status
	case wrong != nil:
		w.log.Error("a file could not be handed in", "err", wrong)
		page.Wrong, status = cmp.Or(page.Say[errNotYet.Say], errNotYet.Text), errNotYet.Status
	case page.Item == "":
		status = http.StatusNotFound
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	_ = handinTemplate().Execute(rw, page)
}

// handinTemplate is parsed when the first such page is wanted.
var handinTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("handin.html").Funcs(template.FuncMap{"asset": assets.Address}).ParseFS(embedded, "assets/handin.html"))
})
