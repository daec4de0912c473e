package console

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"

	"olle/bot"
	"olle/flows"
)

// openFile hands out one file, decrypted with the applicant's own key. The look is on the audit trail before the first byte leaves.
func (v *visit) openFile() error {
	p, err := v.person()
	if err != nil {
		return err
	}
	id := v.r.PostFormValue("upload")
	files := p.Files(v.event)
	i := slices.IndexFunc(files, func(k flows.Kept) bool { return k.Upload.ID == id && k.Path != "" })
	if i < 0 || v.c.opt.Files == nil {
		return errNotFound
	}
	keys, err := bot.PersonKeys(v.r.Context(), v.c.opt.Store, p)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		v.say(http.StatusGone, "Closed", "The key of this file was destroyed at the end of its time. Only the organisers' own identity opens it.")
		return nil
	}
	if err := v.note("file seen", p.Ref, files[i].Path); err != nil {
		return err
	}
	body, err := v.c.opt.Files.Open(v.r.Context(), id, keys...)
	if errors.Is(err, fs.ErrNotExist) {
		return errNotFound
	}
	if err != nil {
		return fmt.Errorf("console: open a file: %w", err)
	}
	defer body.Close()
	h := v.rw.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	attachment(h, p.Ref+"_"+files[i].Path)
	if _, err := io.Copy(v.rw, body); err != nil {
		v.c.log.Warn("a file was cut short", "err", err)
		panic(http.ErrAbortHandler) // so that the browser does not take it for whole
	}
	return nil
}
