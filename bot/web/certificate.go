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
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>{{if .Name}}Genuine certificate{{else}}No such certificate{{end}}</title><link rel="stylesheet" href="/assets/handin.css"></head>
<body><main>{{if .Name}}<h1>This certificate is genuine</h1>
<p>Issued to <strong>{{.Name}}</strong></p><p>for taking part in<br>{{.Title}}</p><p>{{.Dates}}, {{.Venue}}</p><p>Issued on {{.Issued}}. Code: {{.Code}}</p>
<p>Please compare the name with the paper.</p>{{else}}<h1>There is no such certificate</h1>
<p>The code may be mistyped, or the certificate was withdrawn, or its holder had all data deleted. Please ask the organisers.</p>{{end}}</main></body></html>
`))

// certificate serves the page.
func (w *Web) certificate(rw http.ResponseWriter, r *http.Request) {
	if err := w.admitPeer(r); err != nil {
		w.fail(rw, r, err)
		return
	}
	page := struct {
		flows.Certificate
		Code string
	}{Code: r.PathValue("code")}
	if certificateCode.MatchString(page.Code) {
		docs, err := w.opt.Store.Load(r.Context(), flows.CertificateKey(page.Code))
		if err != nil {
			w.fail(rw, r, err)
			return
		}
		if docs[0].Data != nil && json.Unmarshal(docs[0].Data, &page.Certificate) != nil {
			page.Certificate = flows.Certificate{}
		}
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	if page.Name == "" {
		rw.WriteHeader(http.StatusNotFound)
	}
	_ = certificatePage.Execute(rw, page) // whoever asked is gone
}
