package web

import (
	"encoding/json"
	"html/template"
	"net/http"
	"regexp"

	"olle/flows"
)

// GET /certificate/CODE says whether a certificate is genuine. Whoever holds the paper has the code; who has no code learns nothing, since
// codes are sixty random bits and the page is asked no faster than any other.

var certificateCode = regexp.MustCompile(`^[A-Z2-9]{12}$`)

var certificatePage = template.Must(template.New("certificate").Parse(`<!doctype html>
<html lang="{{.Tag}}"{{if .Leftwards}} dir="rtl"{{end}}><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>{{if .Name}}{{.Say.genuine}}{{else}}{{.Say.none}}{{end}}</title><link rel="stylesheet" href="/assets/handin.css"></head>
<body><main>{{if .Name}}<h1>{{.Say.genuine}}</h1>
<p>{{.Say.issued_to}} <strong><bdi>{{.Name}}</bdi></strong></p><p>{{.Say.part}}<br><bdi>{{.Title}}</bdi></p><p><bdi>{{.Dates}}, {{.Venue}}</bdi></p><p>{{.Say.issued}}</p>
<p>{{.Say.compare}}</p>{{else}}<h1>{{.Say.none}}</h1>
<p>{{.Say.none_why}}</p>{{end}}</main></body></html>
`))

// certificate serves the page.
func (w *Web) certificate(rw http.ResponseWriter, r *http.Request) {
	if err := w.admitPeer(r); err != nil {
		w.fail(rw, r, err)
		return
	}
	var page struct {
		flows.Certificate
		wording
	}
	code := r.PathValue("code")
	if certificateCode.MatchString(code) {
		docs, err := w.opt.Store.Load(r.Context(), flows.CertificateKey(code))
		if err != nil {
			w.fail(rw, r, err)
			return
		}
		if docs[0].Data != nil && json.Unmarshal(docs[0].Data, &page.Certificate) != nil {
			page.Certificate = flows.Certificate{}
		}
	}
	page.wording = w.tongues.wording(r, "certificate.", "date", page.Issued, "code", code)
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	if page.Name == "" {
		rw.WriteHeader(http.StatusNotFound)
	}
	_ = certificatePage.Execute(rw, page) // whoever asked is gone
}
