package web_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"olle/bot/web"
	"olle/flows"
)

// A file that breaks off while it is made is a failed download, never a shorter file.
func TestADownloadThatBreaksOff(t *testing.T) {
	h := open(t, web.Options{Open: func(context.Context, flows.File) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(strings.Repeat("half", 100_000)), iotest.ErrReader(errors.New("unplugged")))), nil
	}})
	s := h.say("", "/start").Session
	h.mu.Lock()
	to := h.heard[0].From
	h.mu.Unlock()
	id, err := h.web.Send(t.Context(), "job/f", flows.Message{To: to, File: &flows.File{Handle: "x", Name: "x.zip"}})
	must(t, err)
	r, err := http.PostForm(h.url+"/api/chat/file", map[string][]string{"session": {s}, "id": {id}})
	if err != nil {
		return // broken off before anything arrived
	}
	defer r.Body.Close()
	if b, err := io.ReadAll(r.Body); err == nil {
		t.Errorf("%d bytes look like the whole file", len(b))
	}
}
