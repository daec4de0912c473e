package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"filippo.io/age"

	"olle/bot"
	"olle/flows"
)

// spoolFor is how long an upload waits to be fetched: the conversation may ask first what it is.
const spoolFor = 24 * time.Hour

var (
	errFileTooLarge = errors.New("web: file too large")
	errSpoolFull    = errors.New("web: upload folder full")
	spoolName       = regexp.MustCompile(`^[a-z2-7]{8}\.[a-z2-7]{16,}$`)
)

// spool keeps uploads until they are fetched, each encrypted to a key of its own. That key is nowhere but in the update that names
// the upload, so the folder alone tells nobody anything.
type spool struct {
	root *os.Root
	node string // whose folder this is: replicas that share no disk have different ones
	max  int64
	used atomic.Int64
	read sync.Map // names that were read to the end
}

func newSpool(dir string, max int64) (*spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	s := &spool{root: root, max: max}
	if s.node, err = s.nodeName(); err != nil {
		return nil, err
	}
	return s, s.sweep(time.Now())
}

// nodeName returns the folder's name, given on first use. It appears complete or not at all: replicas may share the folder.
func (s *spool) nodeName() (string, error) {
	if b, err := s.root.ReadFile("node"); err == nil {
		return string(b), nil
	}
	draft := "node." + randomName(15)
	if err := s.root.WriteFile(draft, []byte(randomName(5)), 0o600); err != nil {
		return "", err
	}
	defer s.root.Remove(draft)
	if err := s.root.Link(draft, "node"); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	b, err := s.root.ReadFile("node")
	return string(b), err
}

// put takes up to max bytes in and returns the handle they can be fetched by and their number.
func (s *spool) put(r io.Reader, max int64) (handle string, size int64, err error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", 0, err
	}
	name := s.node + "." + randomName(15)
	f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", 0, err
	}
	size, err = s.seal(f, id.Recipient(), r, max)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = s.syncFolder()
	}
	if err != nil {
		s.root.Remove(name)
		s.used.Add(-size)
		return "", size, err
	}
	return name + "|" + id.String(), size, nil
}

// syncFolder makes a new upload survive a power cut: the turn that takes it on record must not be more durable than its file.
func (s *spool) syncFolder() error {
	dir, err := s.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// seal encrypts r into f and counts the bytes as used.
func (s *spool) seal(f io.Writer, to age.Recipient, r io.Reader, max int64) (int64, error) {
	enc, err := age.Encrypt(f, to)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(enc, io.LimitReader(&metered{r, s}, max+1))
	switch {
	case err != nil:
		return n, err
	case n > max:
		return n, errFileTooLarge
	}
	return n, enc.Close()
}

// metered reads as long as the spool has room.
type metered struct {
	r io.Reader
	s *spool
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if m.s.used.Add(int64(n)) > m.s.max && n > 0 {
		m.s.used.Add(int64(-n))
		return 0, errSpoolFull
	}
	return n, err
}

// open decrypts what a handle names.
func (s *spool) open(handle string) (io.ReadCloser, error) {
	name, key, _ := strings.Cut(handle, "|")
	id, err := age.ParseX25519Identity(key)
	if err != nil || !spoolName.MatchString(name) {
		return nil, &bot.SendError{Gone: true, Err: errors.New("web: not an upload of this page")}
	}
	f, err := s.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		if !strings.HasPrefix(name, s.node+".") { // it waits in another replica's folder, which will take its turn
			return nil, &bot.SendError{Wait: 250 * time.Millisecond, Err: errors.New("web: upload is with another replica")}
		}
		return nil, &bot.SendError{Gone: true, Err: errors.New("web: upload is no longer kept")}
	}
	if err != nil {
		return nil, fmt.Errorf("web: open an upload: %w", err)
	}
	plain, err := age.Decrypt(f, id)
	if err != nil {
		f.Close()
		return nil, &bot.SendError{Gone: true, Err: fmt.Errorf("web: decrypt an upload: %w", err)}
	}
	return &unsealed{plain, f, s, name}, nil
}

type unsealed struct {
	io.Reader
	f    *os.File
	s    *spool
	name string
}

func (u *unsealed) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	if err == io.EOF {
		u.s.read.Store(u.name, true)
	}
	return n, err
}

func (u *unsealed) Close() error { return u.f.Close() }

// discard removes an upload that nobody will ask for.
func (s *spool) discard(handle string) {
	name, _, _ := strings.Cut(handle, "|")
	if info, err := s.root.Stat(name); err == nil && s.root.Remove(name) == nil {
		s.used.Add(-info.Size())
	}
	s.read.Delete(name)
}

// done removes an upload if it was read to the end. One that waits for the guest to say what it is stays for its day.
func (s *spool) done(handle string) {
	name, _, _ := strings.Cut(handle, "|")
	if _, ok := s.read.Load(name); ok {
		s.discard(handle)
	}
}

// sweep removes what is older than a day and counts the rest anew.
func (s *spool) sweep(now time.Time) error {
	dir, err := s.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	var used int64
	for _, e := range entries {
		info, infoErr := e.Info()
		if infoErr != nil || !spoolName.MatchString(e.Name()) {
			continue
		}
		if now.Sub(info.ModTime()) > spoolFor && s.root.Remove(e.Name()) == nil {
			s.read.Delete(e.Name())
			continue
		}
		used += info.Size()
	}
	s.used.Store(used)
	return err
}

func (s *spool) sweepUntil(stop <-chan struct{}, log *slog.Logger) {
	t := time.NewTicker(10 * time.Minute)
	defer t.Stop()
	for {
		select {
		case <-stop:
			return
		case now := <-t.C:
			if err := s.sweep(now); err != nil {
				log.Warn("cannot sweep the upload folder", "err", err)
			}
		}
	}
}

// Fetch opens an upload. A file another replica took in is not ours to open: the error asks to wait, so that the other one gets it.
func (w *Web) Fetch(_ context.Context, f flows.File) (io.ReadCloser, error) {
	return w.spool.open(f.Handle)
}
