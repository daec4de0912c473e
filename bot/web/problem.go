package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"olle/bot/gate"
)

// problem is an answer that is not one: a status and a sentence the guest can act on.
type problem struct {
	Status int           `json:"-"`
	Text   string        `json:"error"`
	Wait   time.Duration `json:"-"` // when to try again, at least
	Say    string        `json:"-"` // the same in the texts of the page for handing in: "choose"; "" only as above
	// Session is one that began with this very request: trying again goes on with it.
	Session string `json:"session,omitempty"`
}

func (p *problem) Error() string { return "web: " + p.Text }

func malformed(text string) error {
	return &problem{Status: http.StatusBadRequest, Text: text}
}

func tooLarge(format string, args ...any) error {
	return &problem{Status: http.StatusRequestEntityTooLarge, Text: fmt.Sprintf(format, args...)}
}

func tooMany(wait time.Duration, text string) error {
	return &problem{Status: http.StatusTooManyRequests, Text: text, Wait: wait}
}

var (
	errNoSession = &problem{Status: http.StatusNotFound, Text: "This conversation is not known, or is no longer kept. Please start a new one."}
	errNotYet    = &problem{Status: http.StatusServiceUnavailable, Wait: 2 * time.Second, Say: "later",
		Text: "This could not be put on record just now. Please send it again in a moment."}
)

// fail answers with the problem err is; what is not a problem of the guest's is logged, and the guest is asked to try again.
func (w *Web) fail(rw http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	if !errors.As(err, &p) {
		if r.Context().Err() == nil {
			w.log.Error("request failed", "path", r.URL.Path, "err", err)
		}
		p = errNotYet
	}
	if p.Wait > 0 {
		gate.ComeBack(rw, p.Wait)
	}
	writeJSON(rw, p.Status, p)
}

func writeJSON(rw http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(rw, `{"error":"The answer could not be written."}`, http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	rw.Write(append(b, '\n'))
}
