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
	"time"

	"filippo.io/age"

	"olle/bot"
	"olle/bot/gate"
	"olle/flows"
)

// spoolFor is how long an upload waits to be fetched: the conversation may ask first what it is.
const spoolFor = 24 * time.Hour

var (
	errFileTooLarge = errors.New("web: file too large")
	errSpoolFull    = errors.New("web: upload folder full")
	errShareFull    = errors.New("web: share of the upload folder full")
	spoolName       = regexp.MustCompile(`^[a-z2-7]{8}\.[a-z2-7]{16,}$`)
)

// spool keeps uploads until they are fetched, each encrypted to a key of its own. That key is nowhere but in the update that names
// the upload, so the folder alone tells nobody anything.
type spool struct {
	root  *os.Root
	node  string // whose folder this is: replicas that share no disk have different ones
	max   int64
	share int64 // of max, for one household

	mu      sync.Mutex
	used    int64
	by      map[string]int64    // used by each household
	waiting map[string]*waiting // uploads this process takes in, by name
}

// waiting is an upload, from its first byte on.
type waiting struct {
	household   string
	share, size int64 // the most that household may have here; bytes of this one
	since       time.Time
	fetched     bool
}

func newSpool(dir string, max, share int64) (*spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	s := &spool{root: root, max: max, share: share, by: map[string]int64{}, waiting: map[string]*waiting{}}
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

// put takes up to max bytes that come from a network address in and returns the handle they can be fetched by and their number.
func (s *spool) put(r io.Reader, max int64, peer string) (handle string, size int64, err error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", 0, err
	}
	name := s.node + "." + randomName(15)
	f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", 0, err
	}
	size, err = s.seal(f, id.Recipient(), &metered{r, s, s.expect(name, peer)}, max)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = s.syncFolder()
	}
	if err != nil {
		s.discard(name)
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

// seal encrypts up to max bytes of r into f.
func (s *spool) seal(f io.Writer, to age.Recipient, r io.Reader, max int64) (int64, error) {
	enc, err := age.Encrypt(f, to)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(enc, io.LimitReader(r, max+1))
	switch {
	case err != nil:
		return n, err
	case n > max:
		return n, errFileTooLarge
	}
	return n, enc.Close()
}

// expect notes an upload that begins.
func (s *spool) expect(name, peer string) *waiting {
	house, times := gate.Household(peer)
	u := &waiting{household: house, share: s.share * int64(times), since: time.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[name] = u
	return u
}

// metered reads as long as there is room.
type metered struct {
	r io.Reader
	s *spool
	u *waiting
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if n > 0 {
		if full := m.s.take(m.u, int64(n)); full != nil {
			return 0, full
		}
	}
	return n, err
}

// take counts n bytes more of an upload, if the spool and its household's share have room for them.
func (s *spool) take(u *waiting, n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.used+n > s.max:
		return errSpoolFull
	case s.by[u.household]+n > u.share:
		return errShareFull
	}
	s.count(u, n)
	return nil
}

func (s *spool) count(u *waiting, n int64) {
	s.used += n
	u.size += n
	if s.by[u.household] += n; s.by[u.household] == 0 {
		delete(s.by, u.household)
	}
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

// Close notes that the upload was fetched. It need not have been read to its end: of one that is refused, often the first bytes say why.
func (u *unsealed) Close() error {
	u.s.mu.Lock()
	if w := u.s.waiting[u.name]; w != nil {
		w.fetched = true
	}
	u.s.mu.Unlock()
	return u.f.Close()
}

// discard removes an upload that nobody will ask for.
func (s *spool) discard(handle string) {
	name, _, _ := strings.Cut(handle, "|")
	s.root.Remove(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(name)
}

// forget counts an upload no more.
func (s *spool) forget(name string) {
	if u := s.waiting[name]; u != nil {
		s.count(u, -u.size)
		delete(s.waiting, name)
	}
}

// done removes an upload of a turn that has settled, if it was fetched. One that waits for the guest to say what it is stays for its day.
func (s *spool) done(handle string) {
	name, _, _ := strings.Cut(handle, "|")
	s.mu.Lock()
	u := s.waiting[name]
	fetched := u != nil && u.fetched
	s.mu.Unlock()
	if fetched {
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
			continue
		}
		used += info.Size()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, u := range s.waiting {
		if now.Sub(u.since) > spoolFor {
			s.forget(name)
		}
	}
	s.used = used
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
