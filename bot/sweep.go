package bot

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"

	"olle/flows"
	"olle/storage"
	"olle/storage/files"
)

// A file without an owner comes about where a person was deleted while the file was still being fetched, or where the process died
// between keeping it and reporting it. Once a day each replica removes those; doing it twice does no harm. Days are real ones, as the
// ages of files are.
const (
	sweepEvery = 24 * time.Hour
	orphanAge  = 24 * time.Hour // as long as a fetch is tried again unless MaxAge says otherwise, and longer than any upload takes
)

// markPrefix begins the name of an empty file that says whose the place of files is.
const markPrefix = "installation/"

// errForeign keeps a sweep away from files whose persons are in another store.
var errForeign = errors.New("bot: the files belong to another installation or an older store, so none is swept; give each installation a folder or " +
	"prefix of its own (OLLE_FILES_URL)")

// sweepDaily sweeps for the first time within an hour or so of the start, at another moment on each replica.
func (b *Bot) sweepDaily(ctx context.Context) {
	if b.files == nil {
		return
	}
	for wait := time.Minute + rand.N(time.Hour); ctx.Err() == nil; wait = sweepEvery {
		Pause(ctx, wait)
		n, err := b.Sweep(ctx, orphanAge)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			b.log.Warn("files without an owner could not be swept", "err", discreet(err))
		case n > 0:
			b.log.Info("files without an owner removed", "files", n)
		}
	}
}

// Sweep removes files that were put at least age ago and that no person refers to, and what interrupted uploads left. It returns how
// many files it removed.
func (b *Bot) Sweep(ctx context.Context, age time.Duration) (n int, err error) {
	if b.files == nil {
		return 0, nil
	}
	if err := b.files.Sweep(ctx); err != nil {
		return 0, fmt.Errorf("bot: sweeping: %w", err)
	}
	if ours, err := b.markFiles(ctx); err != nil || !ours {
		return 0, err
	}
	found, err := b.orphans(ctx, age)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	// When two persons become one while everybody is looked through, their files may have been seen with neither. So look again.
	if err := b.adopt(ctx, found); err != nil {
		return 0, err
	}
	for name := range found {
		if err := b.files.Delete(ctx, name); err != nil {
			return n, fmt.Errorf("bot: sweeping: %w", err)
		}
		n++
	}
	return n, nil
}

// markFiles makes sure that the place of files is marked as this installation's. false: it is sealed, and so has no mark yet.
func (b *Bot) markFiles(ctx context.Context) (ours bool, err error) {
	secret, err := b.loadSecret(ctx)
	if err != nil {
		return false, fmt.Errorf("bot: sweeping: %w", err)
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("files"))
	mark := markPrefix + hex.EncodeToString(mac.Sum(nil)[:10])
	for e, err := range b.files.List(ctx, markPrefix) {
		switch {
		case err != nil:
			return false, fmt.Errorf("bot: sweeping: %w", err)
		case e.Name != mark:
			return false, errForeign
		}
		ours = true
	}
	if ours || b.files.Sealed() {
		return ours, nil
	}
	if _, err := b.files.Put(ctx, mark, strings.NewReader("")); err != nil {
		return false, fmt.Errorf("bot: sweeping: %w", err)
	}
	return true, nil
}

// orphans lists files put at least age ago that no person refers to. The files are listed first: a person refers to a file before it
// is put.
func (b *Bot) orphans(ctx context.Context, age time.Duration) (map[string]bool, error) {
	found := map[string]bool{}
	for e, err := range b.files.List(ctx, "") {
		if err != nil {
			return nil, fmt.Errorf("bot: looking for files without an owner: %w", err)
		}
		if time.Since(e.Modified) >= age && !strings.HasPrefix(e.Name, markPrefix) {
			found[e.Name] = true
		}
	}
	return found, b.adopt(ctx, found)
}

// adopt takes files that somebody refers to off the list.
func (b *Bot) adopt(ctx context.Context, found map[string]bool) error {
	if len(found) == 0 {
		return nil // nobody is looked through for nothing
	}
	for p, err := range b.everybody(ctx) {
		if err != nil {
			return err
		}
		for _, name := range p.Blobs() {
			delete(found, files.Listed(name))
		}
		if len(found) == 0 {
			return nil
		}
	}
	for n, err := range b.announcements(ctx) {
		if err != nil {
			return err
		}
		if blob := n.Blob(); blob != "" {
			delete(found, files.Listed(blob))
		}
	}
	return nil
}

// announcements goes through all announcements.
func (b *Bot) announcements(ctx context.Context) iter.Seq2[*flows.Announcement, error] {
	return everything[flows.Announcement](b.documents(ctx, flows.AnnouncementKey("")), "announcements")
}

// everybody goes through all persons.
func (b *Bot) everybody(ctx context.Context) iter.Seq2[*flows.Person, error] {
	return everything[flows.Person](b.documents(ctx, "person/"), "persons")
}

// everything reads documents of one kind. One that cannot be read ends it: what it refers to is not known.
func everything[T any](docs iter.Seq2[storage.Doc, error], kind string) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for d, err := range docs {
			v := new(T)
			if err == nil {
				err = json.Unmarshal(d.Data, v)
			}
			if err != nil {
				yield(nil, fmt.Errorf("bot: looking through %s: %w", kind, err))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

func (b *Bot) documents(ctx context.Context, prefix string) iter.Seq2[storage.Doc, error] {
	return storage.Each(ctx, b.store, prefix)
}
