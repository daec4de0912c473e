package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode"

	"olle/bot"
	"olle/flows"
)

// A file the bot sends is not put on the disk unasked: its name is shown, and "/save" or "/save PATH" keeps the newest one.

// saved carries out "/save"; ok is false for any other line.
func (t *Terminal) saved(ctx context.Context, text string) (answer string, ok bool) {
	path, ok := strings.CutPrefix(strings.TrimSpace(text), "/save")
	if !ok || t.opt.Handout == nil || t.opt.Create == nil || path != "" && path[0] != ' ' {
		return "", false
	}
	t.mu.Lock()
	f := t.handed
	t.mu.Unlock()
	if f == nil {
		return "No file was sent here yet.", true
	}
	if path = unquoted(path); path == "" {
		path = localName(f.Name)
	}
	n, err := t.save(ctx, path, *f)
	switch {
	case errors.Is(err, fs.ErrExist):
		return "There is a file of that name: " + path + ". Please give another: /save PATH", true
	case err != nil:
		return "It could not be saved as a whole: " + harmless(err.Error()), true
	}
	return fmt.Sprintf("Saved as %s (%s).", path, flows.Bytes(n)), true
}

func (t *Terminal) save(ctx context.Context, path string, f flows.File) (int64, error) {
	r, err := t.opt.Handout(ctx, f)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	w, err := t.opt.Create(path)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, r)
	return n, errors.Join(err, w.Close())
}

// localName is a name for this folder, whatever the file is called.
func localName(name string) string {
	name = strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune("-_. ", c) {
			return c
		}
		return '_'
	}, oneLine(name))
	if name = strings.TrimLeft(name, "-. "); name == "" {
		return "file"
	}
	return name
}

// how says what to do with a file that was sent.
func (t *Terminal) how() string {
	if t.opt.Handout == nil || t.opt.Create == nil {
		return ""
	}
	return "  keep it with /save or /save PATH"
}

// looksLikePath tells "/upload cv.pdf" from "/upload passport", which names an item of the checklist.
func looksLikePath(s string) bool { return strings.ContainsAny(s, `./\`) }

func unquoted(path string) string {
	path = strings.TrimSpace(path)
	if n := len(path); n > 1 && (path[0] == '"' || path[0] == '\'') && path[n-1] == path[0] {
		return path[1 : n-1]
	}
	return path
}

// file describes a local file; its path is its handle.
func (t *Terminal) file(path string) (flows.File, error) {
	if t.opt.Open == nil || path == "" || len(path) > 4096 {
		return flows.File{}, fs.ErrNotExist
	}
	f, err := t.opt.Open(path)
	if err != nil {
		return flows.File{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return flows.File{}, err
	}
	if !info.Mode().IsRegular() {
		return flows.File{}, fs.ErrInvalid
	}
	return flows.File{Handle: path, Name: info.Name(), Size: info.Size()}, nil
}

// Fetch opens a local file that was uploaded.
func (t *Terminal) Fetch(_ context.Context, f flows.File) (io.ReadCloser, error) {
	if t.opt.Open == nil {
		return nil, &bot.SendError{Gone: true, Err: errors.New("terminal: takes no files")}
	}
	r, err := t.opt.Open(f.Handle)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &bot.SendError{Gone: true, Err: errors.New("terminal: the file is not there any more")}
	}
	if err != nil {
		return nil, fmt.Errorf("terminal: open a file: %w", err)
	}
	return r, nil
}
