package console

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"olle/flows"
)

// readForm reads a form as a whole, into memory: one with a file holds plain bytes that must not touch the disk.
func (v *visit) readForm(rt route) error {
	kind, _, _ := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" || rt.right != flows.MaySend || !strings.HasSuffix(rt.path, "/save") {
		v.r.Body = http.MaxBytesReader(v.rw, v.r.Body, maxForm)
		return v.r.ParseForm()
	}
	const most = flows.MaxAnnounced + maxForm
	v.r.Body = http.MaxBytesReader(v.rw, v.r.Body, most)
	return v.r.ParseMultipartForm(most)
}

// attach keeps the file that came with an announcement's form, if one did. The error is a sentence; what the form is about is checked
// first, so that nothing is kept for a form that is shown again. The file's name comes from the form: sent twice, it is kept once.
func (v *visit) attach(id string, args *flows.AnnouncementArgs) (problem string, err error) {
	part, head, err := v.r.FormFile("upload")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) || err == nil && head.Filename == "" {
		return wrong(args.Check(v.event)), nil
	}
	if err != nil {
		return "", fmt.Errorf("console: read a file: %w", err)
	}
	defer part.Close()
	once, ok := v.once()
	if !ok {
		return "", errBadForm
	}
	blob := flows.AnnouncementBlob(id, hexOf("olle announced " + once)[:16])
	args.File = flows.AnnouncedFile(flows.Fetched{Blob: blob}, head.Filename)
	if problem := wrong(args.Check(v.event)); problem != "" {
		return problem, nil
	}
	got := flows.Fetched{Problem: "sealed"}
	if v.c.opt.Keep != nil {
		if got, err = v.c.opt.Keep(v.r.Context(), blob, flows.AnnouncementFileRules(id), part); err != nil {
			return "", fmt.Errorf("console: keep a file: %w", err)
		}
	}
	args.File = flows.AnnouncedFile(got, head.Filename)
	if got.Problem == "" {
		return "", nil
	}
	return v.event.Texts["en"].Text("team.announce.file."+got.Problem, func(string) (string, bool) { return args.File.Name, true }), nil
}

// wrong is an error of Check as a sentence; "" none.
func wrong(_ flows.Announcement, err error) string {
	if err == nil {
		return ""
	}
	return flows.Sentence(err)
}

// announcedFile shows the file an announcement was given: a picture in the page, anything else as a download.
func (v *visit) announcedFile() error {
	r, err := v.report()
	if err != nil {
		return err
	}
	if r.Blob() == "" || v.c.opt.Open == nil {
		return errNotFound
	}
	body, err := v.c.opt.Open(v.r.Context(), *r.File)
	if err != nil {
		v.c.log.Warn("the file of an announcement cannot be opened", "err", err)
		return errNotFound
	}
	defer body.Close()
	h := v.rw.Header()
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	if r.File.Shown() {
		h.Set("Content-Type", r.File.Type)
	} else {
		h.Set("Content-Type", "application/octet-stream")
		attachment(h, r.File.Name)
	}
	if _, err := io.Copy(v.rw, body); err != nil {
		panic(http.ErrAbortHandler) // so that the browser does not take it for whole
	}
	return nil
}
