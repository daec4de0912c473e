package main

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"olle/bot"
	"olle/config"
	"olle/flows"
)

// handOut opens a file that a message carries; every platform reads what it sends with it.
func (w *parts) handOut(ctx context.Context, f flows.File) (io.ReadCloser, error) {
	s := bot.Shelf{Store: w.store, Files: w.files, Event: w.book.Current, Pack: w.packFolder(), Clock: w.clock, Site: w.book.Site, Font: w.font}
	return s.Open(ctx, f)
}

// packFolder is the folder of the current edition's pack: the operator's own, else the embedded one (see config.LoadAll).
func (w *parts) packFolder() fs.FS {
	id := w.book.Current.ID
	if dir := w.settings.EventsDir; dir != "" {
		own := filepath.Join(dir, id)
		if info, err := os.Stat(own); err == nil && info.IsDir() {
			return os.DirFS(own)
		}
	}
	sub, err := fs.Sub(config.Events(), id)
	if err != nil {
		return nil
	}
	return sub
}
