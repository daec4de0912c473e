package console

import (
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
)

// writable are the fields of forms that people write into, as refused forms show them. What is chosen from a list is chosen again soon.
var writable = [][2]string{{"text", "Words"}, {"reason", "Reason"}, {"note", "Note"}, {"value", "Value"}, {"more", "Further conditions"}, {"title", "Title"},
	{"label0", "First button"}, {"value0", "leads to"}, {"label1", "Second button"}, {"value1", "leads to"}}

// refusal is a page that says why nothing was done, with what was written into the form: pages are kept by no browser, so it would be lost.
type refusal struct {
	Text    string
	Written [][2]string // label and words
}

// refuse refuses whoever has no session or no right, or sends an old form.
func (v *visit) refuse(title, text string) {
	r := refusal{Text: text}
	if v.r.Method == http.MethodPost {
		form := v.posted()
		for _, field := range writable {
			if s := form.Get(field[0]); s != "" {
				r.Written = append(r.Written, [2]string{field[1], s})
			}
		}
	}
	if err := v.render(http.StatusForbidden, "refused", sheet{visit: v, Title: title, Data: r}); err != nil {
		v.c.log.Error("cannot render a page", "page", "refused", "err", err)
		http.Error(v.rw, text, http.StatusForbidden)
	}
}

// posted are the fields of the form, whoever sent it: so no file is read, and no more than a form has.
func (v *visit) posted() url.Values {
	if v.r.PostForm != nil {
		return v.r.PostForm
	}
	v.r.Body = http.MaxBytesReader(v.rw, v.r.Body, maxForm)
	parts, err := v.r.MultipartReader()
	if err != nil {
		_ = v.r.ParseForm() // what can be read of it
		return v.r.PostForm
	}
	form := url.Values{}
	for {
		part, err := parts.NextPart()
		if err != nil || part.FileName() != "" {
			return form
		}
		form.Set(part.FormName(), read(part))
	}
}

func read(part *multipart.Part) string {
	b, _ := io.ReadAll(part) // the body is bounded
	return string(b)
}
