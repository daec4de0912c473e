package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"olle/bot/gate"
	"olle/flows"
)

//go:embed assets
var embedded embed.FS

// assets are the styles, scripts and icon of the pages.
var assets = gate.Assets{Files: embedded, Folder: "assets", At: "assets/"}

// routes builds the handler; it fails on an origin that is none.
func (w *Web) routes() (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Security-Policy", gate.Talk)
		rw.Header().Set("Vary", "Accept-Language, Cookie")
		w.tongues.page(r).ServeHTTP(rw, r)
	})
	mux.Handle("GET /assets/{file}", assets)
	mux.HandleFunc("POST /api/chat", w.chat)
	mux.HandleFunc("GET /api/chat/history", w.history)
	mux.HandleFunc("GET /api/chat/events", w.events)
	mux.HandleFunc("POST /api/chat/file", w.file)
	mux.HandleFunc("/api/", w.noSuch)
	mux.HandleFunc("GET /certificate/{code}", w.certificate)
	mux.HandleFunc("GET /hand-in", w.showHandin)
	mux.HandleFunc("POST /hand-in", w.takeHandin)
	guard := http.NewCrossOriginProtection()
	for _, o := range w.opt.Origins {
		if err := guard.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("web: origin %q: %w", o, err)
		}
	}
	guard.SetDenyHandler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.fail(rw, r, &problem{Status: http.StatusForbidden, Text: "Requests from pages of other sites are not taken."})
	}))
	return gate.Shut(gate.Page, guard.Handler(mux)), nil
}

// noSuch answers what is not part of the interface, or is asked with the wrong method.
func (w *Web) noSuch(rw http.ResponseWriter, r *http.Request) {
	methods := map[string]string{"/api/chat": "POST", "/api/chat/file": "POST", "/api/chat/history": "GET", "/api/chat/events": "GET"}
	if m, ok := methods[r.URL.Path]; ok {
		rw.Header().Set("Allow", m)
		w.fail(rw, r, &problem{Status: http.StatusMethodNotAllowed, Text: "Please use " + m + " here."})
		return
	}
	w.fail(rw, r, &problem{Status: http.StatusNotFound, Text: "There is nothing at this address."})
}

// index fills the page's template once in each language: nothing else in it depends on who asks.
func (w *Web) index(in Language) gate.Asset {
	if in.Page() == nil {
		in = w.tongues.all[0]
	}
	limit := megabytes(w.opt.MaxUpload)
	texts, live := map[string]string{}, map[string]string{} // of the page, and what its script says
	for key, text := range in.Page() {
		text = strings.ReplaceAll(text, "{max_file}", limit)
		if name, ok := strings.CutPrefix(key, "live."); ok {
			live[name] = text
		} else {
			texts[key] = text
		}
	}
	t := template.Must(template.New("index.html").Funcs(template.FuncMap{"asset": assets.Address}).ParseFS(embedded, "assets/index.html"))
	titleTag := ""
	if in.script() != "Latn" && strings.IndexFunc(w.opt.Title, func(c rune) bool { return c >= utf8.RuneSelf && unicode.IsLetter(c) }) < 0 {
		titleTag = "en" // a workshop is named in the page's language or in English
	}
	data := struct {
		Tag, Title, Notice, Contact string
		TitleTag                    string // the title's language, if it is known to be another than the page's
		Leftwards                   bool
		MaxUpload                   int64
		Languages                   []Language
		Say                         map[string]string
		Live                        string
	}{in.Tag, w.opt.Title, w.opt.Notice, w.opt.Contact, titleTag, in.leftwards(), w.opt.MaxUpload, w.opt.Languages, texts, string(flows.Must(live))}
	if len(data.Languages) < 2 {
		data.Languages = nil
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		panic("web: the page: " + err.Error()) // the program was built from a broken one
	}
	return gate.NewAsset("index.html", b.Bytes())
}
