package console

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"olle/bot/gate"
	"olle/flows"
	"olle/flows/places"
)

//go:embed pages assets
var embedded embed.FS

// assets are the style, script and icon of the pages.
var assets = gate.Assets{Files: embedded, Folder: "assets", At: root + "/assets/"}

// pages is every page together with the frame around it, parsed when the first is wanted.
var pages = sync.OnceValue(func() map[string]*template.Template {
	frame := template.Must(template.New("frame.html").
		Funcs(template.FuncMap{"asset": assets.Address, "bytes": flows.Bytes, "country": places.Name, "decimal": flows.Decimal, "percent": percent}).
		ParseFS(embedded, "pages/frame.html"))
	names, _ := fs.Glob(embedded, "pages/*.html") // fails only on a pattern that is none
	all := map[string]*template.Template{}
	for _, name := range names {
		all[strings.TrimSuffix(path.Base(name), ".html")] = template.Must(template.Must(frame.Clone()).ParseFS(embedded, name))
	}
	return all
})

// sheet is what a page is made of.
type sheet struct {
	*visit
	Title   string
	Said    string // what was just done
	Problem string // what was wrong with a form that is shown again
	Data    any
}

// show renders a page.
func (v *visit) show(page, title string, data any) error {
	return v.render(http.StatusOK, page, sheet{visit: v, Title: title, Said: sayings[v.r.URL.Query().Get("said")], Data: data})
}

// again shows a form again with what is wrong with it.
func (v *visit) again(page, title, problem string, data any) error {
	return v.render(http.StatusUnprocessableEntity, page, sheet{visit: v, Title: title, Problem: problem, Data: data})
}

// say shows a page that only says something.
func (v *visit) say(status int, title, text string) {
	if err := v.render(status, "say", sheet{visit: v, Title: title, Data: text}); err != nil {
		v.c.log.Error("cannot render a page", "page", "say", "err", err)
		http.Error(v.rw, text, status)
	}
}

func (v *visit) render(status int, page string, s sheet) error {
	var b bytes.Buffer
	if err := pages()[page].ExecuteTemplate(&b, "frame.html", s); err != nil {
		return fmt.Errorf("console: page %s: %w", page, err)
	}
	v.rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.rw.WriteHeader(status)
	_, _ = v.rw.Write(b.Bytes())
	return nil
}

// fail shows what went wrong. What is not there and what is not for this visitor look the same.
func (v *visit) fail(err error) {
	var still *unread
	switch {
	case errors.As(err, &still) && v.r.Method == http.MethodGet:
		v.rw.Header().Set("Refresh", "2")
		v.say(http.StatusServiceUnavailable, "One moment", fmt.Sprintf("There are very many people, and they are being read: %d so far. This page comes by itself.", still.so))
	case errors.As(err, &still):
		v.say(http.StatusServiceUnavailable, "One moment", fmt.Sprintf("There are very many people, and they are being read: %d so far. Nothing was done; please try again in a minute.", still.so))
	case errors.Is(err, errNotFound):
		v.say(http.StatusNotFound, "There is no such page", "It may have been deleted, or the address is not right.")
	case errors.Is(err, errBadForm):
		v.say(http.StatusBadRequest, "An incomplete form", "Nothing was done. Please open the page again.")
	default:
		v.c.log.Error("page failed", "method", v.r.Method, "err", err)
		v.say(http.StatusInternalServerError, "This did not work", "It is not known whether anything was done. Please try once more; the log of the server says why.")
	}
}

// Menu lists the places this visitor may go to.
func (s sheet) Menu() []place {
	var all []place
	for _, p := range menu() {
		if s.May(p.right) {
			all = append(all, p)
		}
	}
	return all
}

// Here says whether a menu entry leads to where the page is.
func (s sheet) Here(p string) bool {
	at := strings.TrimPrefix(s.r.URL.Path, root)
	return at == p || p != "/" && strings.HasPrefix(at, p+"/")
}

// SignedIn says whether there is a session.
func (s sheet) SignedIn() bool { return s.session != nil }

// Who is how the visitor is named in the corner.
func (s sheet) Who() string { return s.session.By }

// RightsNow lists the visitor's rights.
func (s sheet) RightsNow() string { return strings.Join(s.rights, ", ") }

// Event is the event as it stands.
func (s sheet) Event() *flows.Event { return s.event }

// Notice is the banner of a demonstration.
func (s sheet) Notice() string { return s.c.opt.Notice }

// Now is the program's time.
func (s sheet) Now() time.Time { return s.now }

// Root is where the console lies.
func (s sheet) Root() string { return root }

// Form is what every form carries: the session's token, and a name of its own that makes a second sending harmless.
func (s sheet) Form() template.HTML {
	return template.HTML(`<input type="hidden" name="token" value="` + s.token + `"><input type="hidden" name="once" value="` + newSecret()[:32] + `">`)
}

// When prints an instant in the event's zone, with its tag.
func (s sheet) When(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	there := t.In(s.event.Zone)
	layout := "Mon 2 Jan, 15:04"
	if there.Year() != s.now.In(s.event.Zone).Year() {
		layout = "2 Jan 2006, 15:04"
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s %s</time>`, there.Format(time.RFC3339), there.Format(layout), template.HTMLEscapeString(s.event.ZoneTag)))
}

// Stamp is a moment as a form carries it, to say what was looked at.
func (s sheet) Stamp(t time.Time) string { return stamp(t) }

// Was is how something stands that is decided about, as a form carries it.
func (s sheet) Was(state string, at time.Time) string { return state + " " + stamp(at) }

// Day prints a day in the event's zone; the moment shows on pointing at it.
func (s sheet) Day(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	there := t.In(s.event.Zone)
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s %s">%s</time>`, there.Format(time.RFC3339), there.Format("2 Jan 2006, 15:04"),
		template.HTMLEscapeString(s.event.ZoneTag), there.Format("2 Jan 2006")))
}

// moment is an instant in the event's zone, in words.
func (v *visit) moment(t time.Time) string {
	return t.In(v.event.Zone).Format("Mon 2 Jan, 15:04 ") + v.event.ZoneTag
}

// Ago prints how long ago or how far ahead something is: "3 days".
func (s sheet) Ago(t time.Time) string {
	d := s.now.Sub(t).Abs()
	count := func(n int, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return count(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return count(int(d/time.Hour), "hour")
	}
	return count(int(d/(24*time.Hour)), "day")
}

// Past says whether an instant is over.
func (s sheet) Past(t time.Time) bool { return !t.After(s.now) }

// Stage is how a stage is named on pages.
func (s sheet) Stage(stage string) string { return stageName(stage) }

func percent(n, of int) int {
	if of <= 0 {
		return 0
	}
	return n * 100 / of
}

// Help is how the state of a help request is named on pages.
func (s sheet) Help(state string) string {
	switch state {
	case "taken":
		return "our turn"
	case "waiting":
		return "their turn"
	}
	return state
}

// Marks are the scores there are.
func (s sheet) Marks() []int { return []int{1, 2, 3, 4, 5} }

// Mean prints the weighted mean of a review.
func (s sheet) Mean(r flows.Review) string {
	mean, ok := r.Score(s.event.Criteria)
	if !ok {
		return "–"
	}
	return fmt.Sprintf("%.2f", mean)
}

// Span prints a stretch of time: "3 minutes".
func (s sheet) Span(d time.Duration) string { return s.Ago(s.now.Add(d)) }
