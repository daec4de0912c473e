package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"filippo.io/age"

	"olle/config"
	"olle/flows"
)

// backup writes everything the store holds into one file, while serve runs: documents, waiting jobs, and the names of updates that were
// seen. It is of one moment, and encrypted to OLLE_AGE_RECIPIENTS where they are set. Applicants' files are not in it: they lie
// encrypted in their folder or bucket, which is copied after the backup, so that it lacks none the backup knows.
func backup(ctx context.Context, p *program, args []string) error {
	f := flags("backup")
	force := f.Bool("force", false, "replace a file that exists")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return fmt.Errorf("%w: backup [-force] FILE", errUsage)
	}
	out := f.Arg(0)
	s, err := p.settings()
	if err != nil {
		return err
	}
	recipients, err := ageRecipients(s.AgeRecipients)
	if err != nil {
		return err
	}
	var end *trailer
	err = writeWhole(out, *force, func(w io.Writer) (err error) {
		end, err = p.backUp(ctx, s, w, recipients)
		return err
	})
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	kind := "encrypted to OLLE_AGE_RECIPIENTS"
	if len(recipients) == 0 {
		kind = "NOT encrypted, because OLLE_AGE_RECIPIENTS is not set: it holds personal data"
	}
	fmt.Fprintf(p.out, "%s: %d documents, %d waiting jobs, %d seen names; %s\n", out, end.Docs, end.Jobs, end.Names, kind)
	return nil
}

// backUp writes lines, packed and sealed, and reads along that they are complete.
func (p *program) backUp(ctx context.Context, s *config.Settings, w io.Writer, recipients []age.Recipient) (*trailer, error) {
	var seal io.Closer
	if len(recipients) > 0 {
		sealed, err := age.Encrypt(w, recipients...)
		if err != nil {
			return nil, err
		}
		w, seal = sealed, sealed
	}
	pack := gzip.NewWriter(w)
	lines, err := p.backupLines(ctx, s)
	if err != nil {
		return nil, err
	}
	defer lines.Close()
	end, err := readBackup(io.TeeReader(lines, pack), nil)
	if err != nil {
		return nil, err
	}
	if err := pack.Close(); err != nil {
		return nil, err
	}
	if seal != nil {
		err = seal.Close()
	}
	return end, err
}

// backupLines streams the backup from the running serve, or from the store itself when none runs.
func (p *program) backupLines(ctx context.Context, s *config.Settings) (io.ReadCloser, error) {
	lines, err := streamServe(ctx, socketPath(s))
	if !errors.Is(err, errNoServe) {
		return lines, err
	}
	w, err := p.openThere(ctx, s)
	if err != nil {
		return nil, err
	}
	r, pipe := io.Pipe()
	go func() {
		defer w.Close()
		buffered := bufio.NewWriter(pipe)
		err := writeBackup(ctx, buffered, w)
		pipe.CloseWithError(errors.Join(err, buffered.Flush()))
	}()
	return r, nil
}

// backupPath is where serve's local socket streams a backup.
const backupPath = "/backup/stream"

func streamServe(ctx context.Context, socket string) (io.ReadCloser, error) {
	response, err := askServe(ctx, socket, backupPath, nil)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// stream answers backup over the socket. An error is the whole answer, or the last line where some went out before it.
func (o *operator) stream(rw http.ResponseWriter, r *http.Request) {
	sent := &counted{w: rw}
	buffered := bufio.NewWriterSize(sent, 64<<10)
	err := writeBackup(r.Context(), buffered, o.parts)
	if err != nil {
		o.parts.log.Error("backup broken off", "err", err)
	}
	switch {
	case err != nil && sent.n == 0:
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	case err != nil:
		_, _ = buffered.Write(append(flows.Must(line{Error: err.Error()}), '\n'))
	}
	_ = buffered.Flush()
}

// counted counts what goes out.
type counted struct {
	w io.Writer
	n int
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += n
	return n, err
}
