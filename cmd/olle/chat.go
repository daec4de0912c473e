package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"olle/bot"
	"olle/bot/terminal"
	"olle/storage"
)

// chat talks to the assistant in this terminal: the same door, store and conversations as everywhere, with the terminal as the only
// platform. With the embedded store it needs the store to itself.
func chat(ctx context.Context, p *program, args []string) error {
	f := flags("chat")
	user := f.String("as", "guest", "whose conversation it is")
	if err := parse(f, args); err != nil {
		return err
	}
	s, err := p.settings()
	if err != nil {
		return err
	}
	w, err := p.open(ctx, s)
	if errors.Is(err, storage.ErrBusy) {
		return fmt.Errorf("%w\na serve is running on this data folder: talk to it at http://%s/, or stop it first", err, s.HTTPAddr)
	}
	if err != nil {
		return err
	}
	defer w.Close()
	b, err := w.terminalBot(p, *user)
	if err != nil {
		return err
	}
	if err := w.openEvent(ctx, b); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "Olle for %s. /upload PATH sends a file, Ctrl-D ends.\n", w.book.Current.Short)
	return b.Run(ctx)
}

func (w *parts) terminalBot(p *program, user string) (*bot.Bot, error) {
	var b *bot.Bot
	t, err := terminal.New(p.in, p.out, terminal.Options{
		User: user, Log: w.log,
		Settled: func(ctx context.Context, id string) (bot.Settlement, error) { return b.Settled(ctx, id) },
		Open:    func(path string) (fs.File, error) { return os.Open(path) },
		Handout: w.handOut,
		Create: func(path string) (io.WriteCloser, error) {
			return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		},
	})
	if err != nil {
		return nil, err
	}
	b, err = w.newBot(t)
	return b, err
}
