package web

import (
	"io"
	"mime"
	"net/http"
	"strconv"
)

// file hands out a file the bot sent: POST /api/chat/file, form values session and id (the message's). It is a POST so that the
// session stays out of the browser's history, and always a download: nothing a person uploaded is ever shown as a page.
func (w *Web) file(rw http.ResponseWriter, r *http.Request) {
	if err := w.admitPeer(r); err != nil {
		w.fail(rw, r, err)
		return
	}
	r.Body = http.MaxBytesReader(rw, r.Body, 4*maxField)
	a, err := w.known(r.Context(), r.PostFormValue("session"))
	if err != nil {
		w.fail(rw, r, err)
		return
	}
	seq, err := strconv.ParseInt(r.PostFormValue("id"), 10, 64)
	if err != nil || seq < 1 {
		w.fail(rw, r, errNoFile)
		return
	}
	found, err := w.lines(r.Context(), a, seq-1, 1)
	if err != nil {
		w.fail(rw, r, err)
		return
	}
	if len(found) == 0 || found[0].seq != seq || found[0].File == nil || w.opt.Open == nil {
		w.fail(rw, r, errNoFile)
		return
	}
	f := *found[0].File
	content, err := w.opt.Open(r.Context(), f)
	if err != nil {
		w.log.Warn("cannot open a file that was sent", "job", found[0].Cause, "err", err)
		w.fail(rw, r, errNoFile)
		return
	}
	defer content.Close()
	h := rw.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": cleanName(f.Name)}))
	h.Set("Cache-Control", "no-store")
	if _, err := io.Copy(rw, content); err != nil {
		if r.Context().Err() == nil {
			w.log.Warn("a download broke off", "job", found[0].Cause, "err", err)
		}
		panic(http.ErrAbortHandler) // ends the connection: half a file must not look like a whole one
	}
}

var errNoFile = &problem{Status: http.StatusNotFound, Text: "This file is not kept any more."}
