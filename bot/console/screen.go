package console

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/skip2/go-qrcode"

	"olle/bot/gate"
	"olle/flows"
	"olle/storage"
)

//go:embed screen
var screenFiles embed.FS

var screenAssets = gate.Assets{Files: screenFiles, Folder: "screen", At: "/screen/"}

// Screen is the big screen of live quizzes, under /screen/CODE: the question, the time left, how many answered, the bars, the leaders.
//
// It needs only the code, so it shows nothing that is not for the room: no names but those of the leaders, as the quiz lets them be seen,
// and not how answers are spread before the question is closed.
type Screen struct {
	opt  ScreenOptions
	feed *feed
	mux  http.Handler
}

// ScreenOptions are what a Screen needs. Store has no default.
type ScreenOptions struct {
	Store storage.Store
	Now   func() time.Time // program time; nil: real time
	Log   *slog.Logger     // nil: none
	Site  string           // address of the web chat, ending in a slash, as others reach it; "" as the browser does
	Title string           // of the event

	Peer func(r *http.Request) string // whom rate and share count for; nil: the connection's address
}

const (
	maxWatchers      = 500              // pages open at once
	maxHouseWatchers = 20               // of one household, so that nobody takes the screen from the room; ten times that for a whole office
	writeWithin      = 10 * time.Second // a page slower than that is dropped; it comes back by itself
)

// NewScreen makes the handler of everything under /screen/.
func NewScreen(o ScreenOptions) (*Screen, error) {
	if o.Store == nil {
		return nil, errors.New("console: a screen needs Store")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Peer == nil {
		o.Peer = gate.Peer(nil)
	}
	s := &Screen{opt: o, feed: newFeed(o.Store, o.Log.With("platform", "screen"))}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /screen/{code}", s.show)
	mux.HandleFunc("GET /screen/{code}/events", s.events)
	mux.HandleFunc("GET /screen/{code}/join.png", s.join)
	mux.HandleFunc("GET /screen/", func(rw http.ResponseWriter, _ *http.Request) {
		s.say(rw, http.StatusNotFound, "There is no such page.")
	})
	for _, name := range []string{"screen.css", "screen.js"} {
		mux.Handle("GET /screen/"+name, screenAssets)
	}
	s.mux = gate.Shut(gate.Page, gate.Private(gate.Hold(pageRate, o.Peer, mux)))
	return s, nil
}

// ServeHTTP serves the screens.
func (s *Screen) ServeHTTP(rw http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(rw, r) }

// Run keeps the screens in step with the store until ctx ends. Without it each look reads everything.
func (s *Screen) Run(ctx context.Context) { s.feed.run(ctx) }

// Slide is what a screen shows, as JSON: of {"quiz","question","state","answers","counts"} the question is its number as in a choice's
// value, answers how many people answered it, counts how often each option was chosen, by its letter, once the question is closed.
type Slide struct {
	Quiz     string         `json:"quiz"` // the code
	Question string         `json:"question"`
	State    string         `json:"state"` // flows.Quiz.State
	Answers  int            `json:"answers"`
	Counts   map[string]int `json:"counts"`

	Title   string            `json:"title"`
	Of      int               `json:"of"`      // questions
	Players int               `json:"players"` // people in it
	Type    string            `json:"type,omitempty"`
	Ask     string            `json:"ask,omitempty"`
	Options []string          `json:"options,omitempty"`
	Left    int64             `json:"left_ms,omitempty"` // until the question closes; 0: no clock runs
	Seconds int               `json:"seconds,omitempty"` // of which it had
	Key     string            `json:"key,omitempty"`     // letters of the right options, once revealed
	Right   string            `json:"right,omitempty"`   // the right answer in words, once revealed
	Explain string            `json:"explain,omitempty"`
	Source  string            `json:"source,omitempty"`
	Board   bool              `json:"board,omitempty"` // the leaders are shown
	Leaders []flows.QuizPlace `json:"leaders,omitempty"`
	Teams   []flows.QuizPlace `json:"teams,omitempty"`
	Join    string            `json:"join,omitempty"` // address of the web chat
}

// slide is what is shown of a room now, and what tells of the next change.
func (s *Screen) slide(r *room) (Slide, <-chan struct{}) {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	r.seen = time.Now()
	q := &r.quiz
	out := Slide{Quiz: q.Code, State: q.State, Counts: map[string]int{}, Title: q.Title, Of: q.Count, Players: len(r.players), Answers: len(r.answers)}
	if q.Now != nil {
		out.Question, out.Type, out.Ask, out.Options, out.Seconds = strconv.Itoa(q.Number), q.Now.Type, q.Now.Ask, q.Now.Options, q.Now.Seconds
	}
	if left := q.Until.Sub(s.opt.Now()); q.State == flows.QuizOpen && !q.Until.IsZero() {
		out.Left = max(left.Milliseconds(), 1)
	}
	if q.Number > 0 && q.Counted == q.Number && r.tally.Counts != nil {
		out.Answers, out.Counts = r.tally.Total, r.tally.Counts
	}
	if q.Now != nil && (q.State == flows.QuizRevealed || q.State == flows.QuizEnded) {
		out.Key, out.Right, out.Explain, out.Source = q.Now.Key, q.Now.Right(), q.Now.Explain, q.Now.Source
	}
	if out.Board = q.Board; out.Board {
		out.Leaders = flows.Leaders(q, r.places, q.Rules.Top)
		out.Teams = flows.Leaders(q, flows.Teams(q, r.places), q.Rules.Top)
	}
	out.Join = s.opt.Site
	return out, r.changed
}

// room finds the quiz of the address.
func (s *Screen) room(rw http.ResponseWriter, r *http.Request) *room {
	code := flows.ReadQuizCode(r.PathValue("code"))
	if code == "" {
		s.say(rw, http.StatusNotFound, "There is no such quiz.")
		return nil
	}
	room, err := s.feed.look(r.Context(), code)
	switch {
	case err != nil:
		s.opt.Log.Error("screen failed", "err", err)
		s.say(rw, http.StatusInternalServerError, "This did not work. Please load the page again.")
		return nil
	case room == nil:
		s.say(rw, http.StatusNotFound, "There is no such quiz.")
	}
	return room
}

// say shows a page that only says something, and leads to the chat.
func (s *Screen) say(rw http.ResponseWriter, status int, text string) {
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.WriteHeader(status)
	if err := screenPage().ExecuteTemplate(rw, "say.html", map[string]string{"Text": text, "Event": s.opt.Title, "Back": cmp.Or(s.opt.Site, "/")}); err != nil {
		s.opt.Log.Error("cannot render a screen", "err", err)
	}
}

// show is the page, or with "Accept: application/json" the slide.
func (s *Screen) show(rw http.ResponseWriter, r *http.Request) {
	room := s.room(rw, r)
	if room == nil {
		return
	}
	slide, _ := s.slide(room)
	rw.Header().Add("Vary", "Accept")
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(slide)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := screenPage().Execute(rw, map[string]any{"Slide": slide, "Event": s.opt.Title}); err != nil {
		s.opt.Log.Error("cannot render a screen", "err", err)
	}
}

// events sends the slide at every change, as server-sent events. What changes within a few milliseconds is one event.
func (s *Screen) events(rw http.ResponseWriter, r *http.Request) {
	room := s.room(rw, r)
	if room == nil {
		return
	}
	leave, ok := s.feed.enter(s.opt.Peer(r))
	if !ok {
		http.Error(rw, "Too many screens are open.", http.StatusServiceUnavailable)
		return
	}
	defer leave()
	rw.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(rw)
	beat := time.NewTicker(15 * time.Second)
	defer beat.Stop()
	for {
		slide, changed := s.slide(room)
		_ = out.SetWriteDeadline(time.Now().Add(writeWithin))
		if _, err := fmt.Fprintf(rw, "event: slide\ndata: %s\n\n", flows.Must(slide)); err != nil || out.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-changed:
			time.Sleep(25 * time.Millisecond)
		case <-beat.C:
		}
	}
}

// join is the code as a picture to point a phone at: it leads to the web chat, which joins the quiz.
func (s *Screen) join(rw http.ResponseWriter, r *http.Request) {
	room := s.room(rw, r)
	if room == nil {
		return
	}
	png, err := qrcode.Encode(s.address(r)+"?start=quiz-"+room.code, qrcode.Medium, 512)
	if err != nil {
		s.opt.Log.Error("cannot draw a code", "err", err)
		http.Error(rw, "This did not work.", http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "image/png")
	_, _ = rw.Write(png)
}

// address is where the web chat is, as far as is known.
func (s *Screen) address(r *http.Request) string {
	if s.opt.Site != "" {
		return s.opt.Site
	}
	return "http://" + r.Host + "/"
}

// screenPage is parsed when the first screen is wanted.
var screenPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("screen.html").Funcs(template.FuncMap{"asset": screenAssets.Address}).ParseFS(screenFiles, "screen/*.html"))
})
