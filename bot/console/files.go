package console

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"

	"filippo.io/age"

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
	keys, err := v.keys(p)
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

// keys are the identities that open a person's files: their own, and those of the persons that became them.
func (v *visit) keys(p *flows.Person) ([]age.Identity, error) {
	var names []string
	for _, id := range append([]string{p.ID}, p.Joined...) {
		names = append(names, bot.KeyDoc(id))
	}
	docs, err := v.c.opt.Store.Load(v.r.Context(), names...)
	if err != nil {
		return nil, fmt.Errorf("console: load keys: %w", err)
	}
	var all []age.Identity
	for _, d := range docs {
		if d.Data == nil {
			continue
		}
		key, err := age.ParseX25519Identity(string(d.Data))
		if err != nil {
			return nil, errors.New("console: a key that is none")
		}
		all = append(all, key)
	}
	return all, nil
}
