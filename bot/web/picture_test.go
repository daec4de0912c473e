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

// That a tap was taken is said for a moment, to eyes and to screen readers, and leaves no line; opened again, the talk is without it.
func TestATapIsAcknowledgedWithoutALine(t *testing.T) {
	h := demonstration(t)
	b := browse(t, h.url)
	b.sees("document.querySelector('#state').textContent === 'Connected'")
	h.mu.Lock()
	to := h.heard[0].From
	h.mu.Unlock()
	_, err := h.web.Send(t.Context(), "tap/1", flows.Message{To: to, Text: "Your answer: B. Consent", Ack: true})
	must(t, err)
	b.sees("document.querySelector('#toast[role=status][aria-live=polite]').textContent === 'Your answer: B. Consent'")
	_, err = h.web.Send(t.Context(), "tap/2", flows.Message{To: to, Text: "Your answer: C. Age", Ack: true})
	must(t, err)
	b.sees("document.querySelector('#toast').textContent === 'Your answer: C. Age'")
	b.shot("8-toast")
	if got := b.js("document.querySelector('#log').innerText.includes('Your answer')"); got != "false" {
		t.Error("the acknowledgement is a line of the talk")
	}
	b.do(chromedp.Navigate(h.url))
	b.sees("document.querySelector('#state').textContent === 'Connected'")
	b.reads("May I ask you a few questions?")
	if got := b.js("document.body.innerText.includes('Your answer')"); got != "false" {
		t.Error("an acknowledgement of earlier is shown again")
	}
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
