package web

import (
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
	Title, Limit, Code, Nonce string
	Item, Kinds, Until        string // empty Item: the link is not valid
	State, Say                string // State as in flows.Handover, and in a sentence
	Wrong                     string // what went wrong with this request
}

// showHandin is GET /hand-in.
func (w *Web) showHandin(rw http.ResponseWriter, r *http.Request) {
	if err := w.admitPeer(r); err != nil {
		w.fail(rw, r, err)
		return
	}
	w.renderHandin(r.Context(), rw, r.URL.Query().Get("code"), nil)
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
	w.renderHandin(r.Context(), rw, code, err)
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
			return code, malformed("Please choose the file first.")
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
				return code, malformed("Please choose the file first.")
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
		return malformed("This link is not valid any more. Please ask the applicant for a new one.")
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

// renderHandin shows how things stand with a link, and what went wrong just now.
func (w *Web) renderHandin(ctx context.Context, rw http.ResponseWriter, code string, wrong error) {
	h, err := w.handover(ctx, code)
	page := handinPage{Title: w.opt.Title, Limit: megabytes(w.opt.MaxUpload), Code: code, Nonce: randomName(15)}
	status := http.StatusOK
	var p *problem
	switch wrong = errors.Join(wrong, err); {
	case errors.As(wrong, &p):
		page.Wrong, status = p.Text, p.Status
	case wrong != nil:
		w.log.Error("a file could not be handed in", "err", wrong)
		page.Wrong, status = errNotYet.Text, errNotYet.Status
	}
	if h != nil && w.opt.Handover != nil {
		page.State = h.State
		page.Item, page.Kinds, page.Until, page.Say = w.opt.Handover(*h)
	} else if wrong == nil {
		status = http.StatusNotFound
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	_ = handinTemplate().Execute(rw, page)
}

// handinTemplate is parsed when the first such page is wanted.
var handinTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("handin.html").Funcs(template.FuncMap{"asset": versioned}).ParseFS(assets, "assets/handin.html"))
})
