package web_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"testing"

	"github.com/chromedp/chromedp"

	"olle/bot/web"
	"olle/flows"
)

// That a tap was taken is said for a moment, to eyes and to screen readers, and marked on the button; neither leaves a line. Opened again, the
// talk has the mark alone.
func TestATapIsAcknowledgedWithoutALine(t *testing.T) {
	h := demonstration(t)
	b := browse(t, h.url)
	b.sees("document.querySelector('#state').textContent === 'Connected'")
	b.says("quiz")
	b.reads("Which?")
	lines := b.js("document.querySelectorAll('#log .said').length")
	for _, tap := range [][2]string{{"a", "A. Consent"}, {"b", "B. Age"}} {
		b.js("[...document.querySelectorAll('.choices[data-stay] button')].find((x) => x.textContent === '" + tap[1] + "').click()")
		b.sees("document.querySelector('#toast[role=status][aria-live=polite]').textContent === 'Your answer: " + tap[1] + "'")
		b.sees("[...document.querySelectorAll('.choices[data-stay] button[aria-pressed=true]')].map((x) => x.textContent).join() === '" + tap[1] + "'")
	}
	b.shot("8-toast")
	if now := b.js("document.querySelectorAll('#log .said').length"); now != lines {
		t.Errorf("taps made %s lines of %s", now, lines)
	}
	b.do(chromedp.Navigate(h.url))
	b.sees("document.querySelector('#state').textContent === 'Connected'")
	b.reads("Which?")
	if got := b.js("document.body.innerText.includes('Your answer') || document.querySelectorAll('#log .said').length != " + lines); got != "false" {
		t.Error("a tap of earlier is shown again")
	}
	b.sees("[...document.querySelectorAll('.choices[data-stay] button[aria-pressed=true]')].map((x) => x.textContent).join() === 'B. Age'")
}

// A picture of an announcement is seen in the talk, with words for who does not see it, and a click on it downloads it. What somebody
// uploaded is never shown, whatever it says it is.
func TestPicturesAreSeenInTheTalk(t *testing.T) {
	var drawn bytes.Buffer
	must(t, png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 640, 360))))
	h := open(t, web.Options{Title: "Pictures", Open: func(context.Context, flows.File) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(drawn.Bytes())), nil
	}})
	b := browse(t, h.url)
	b.sees("document.querySelector('#state').textContent === 'Connected'")
	h.mu.Lock()
	to := h.heard[0].From
	h.mu.Unlock()
	for id, f := range map[string]*flows.File{
		"p/1": flows.AnnouncedFile(flows.Fetched{Blob: flows.AnnouncementBlob("AB12", "x"), Type: "png", Size: int64(drawn.Len())}, "map of the venue.png"),
		"p/2": {Handle: "somebody's", Name: "passport.png", Type: "image/png"},
		"p/3": flows.AnnouncedFile(flows.Fetched{Blob: flows.AnnouncementBlob("AB12", "y"), Type: "pdf"}, "paper.pdf"),
	} {
		_, err := h.web.Send(t.Context(), id, flows.Message{To: to, Text: "The venue.", File: f})
		must(t, err)
	}
	b.sees("document.querySelector('#log img')?.naturalWidth === 640")
	if got := b.js("[...document.querySelectorAll('#log img')].map((i) => i.alt + '|' + new URL(i.src).protocol).join()"); got != "Picture: map of the venue.png|blob:" {
		t.Errorf("pictures: %s", got)
	}
	if wide := b.js("document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide != "0" {
		t.Errorf("the page is %s px too wide", wide)
	}
	b.shot("9-picture")
	b.js("(() => { window.saved = ''; HTMLAnchorElement.prototype.click = function () { window.saved = this.download; }; })()")
	b.js("document.querySelector('#log .picture').click()")
	b.sees("window.saved === 'map of the venue.png'")
	if got := b.js("[...document.querySelectorAll('#log .paper button')].map((p) => p.textContent).sort().join()"); got != "paper.pdf,passport.png" {
		t.Errorf("files to download: %s", got)
	}
}
