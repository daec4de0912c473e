package redis

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"olle/storage"
)

const (
	copyPage  = 1000 // documents or jobs
	copyFew   = 200  // changed documents that the last step may still read
	copyTries = 50   // last steps, each hindered by a commit that came between
)

// errRestless is a copy that other commits never let come to its end.
var (
	errRestless = errors.New("redis: copy: documents change faster than they can be read; try again when it is quieter")
	// errDeaf is a copy that commits may have kept something from.
	errDeaf = errors.New("commits did not announce all they changed, because Redis was away for too long; try again")
)

// Copy hands everything the store held at one moment to visit, without stopping anybody for longer than one script that looks at each
// waiting job once (about a second for a million).
//
// It reads documents and jobs page by page while commits go on, and overhears which documents those change. These it reads again
// until they are few. Then one script says, for a single moment, what they are and which jobs there are. What changed between the last
// news and that moment is read once more and must not be younger, else the last step is done again. Names carry the numbers of their
// commits, so those that came after the moment are left out.
func (s *Store) Copy(ctx context.Context, visit func(storage.Item) error) error {
	if s.closed() {
		return storage.ErrClosed
	}
	sub, err := s.servers.overhear(ctx)
	if err != nil {
		return fmt.Errorf("redis: copy: %w", err)
	}
	defer sub.Close()
	mark, err := s.saysCopying(ctx)
	if err != nil {
		return fmt.Errorf("redis: copy: %w", err)
	}
	c := &copying{mark: mark, store: s, visit: visit, jobs: map[string]storage.Job{}, news: news{changed: map[string]bool{}, words: make(chan string, copyTries)}}
	go c.news.listen(ctx, sub)
	if err := c.run(ctx); err != nil {
		return fmt.Errorf("redis: copy: %w", cmp.Or(c.news.failed(), err))
	}
	return nil
}

// copying is one Copy under way.
type copying struct {
	store *Store
	visit func(storage.Item) error
	news  news
	mark  string // what COPYING held when news began to come
	jobs  map[string]storage.Job
	seq   int64 // the highest number of a job known
	said  time.Time
}

// saysCopying makes commits announce documents of every kind for a while, and returns the word that says so. As long as that word
// stands, nothing was missed: when its time has passed, another one comes.
func (s *Store) saysCopying(ctx context.Context) (string, error) {
	key, life := s.root+parts.copying, watchFor.Milliseconds()
	if _, err := s.again(ctx, s.writes, []any{"set", key, rand.Text(), "px", life, "nx"}); err != nil {
		return "", err
	}
	if _, err := s.again(ctx, s.writes, []any{"pexpire", key, life}); err != nil {
		return "", err
	}
	mark, err := s.again(ctx, s.writes, []any{"get", key})
	return text(mark), err
}

// goOn keeps the word standing, and says whether it still is ours.
func (c *copying) goOn(ctx context.Context) error {
	if time.Since(c.said) < watchAgain {
		return nil
	}
	c.said = time.Now()
	if mark, err := c.store.saysCopying(ctx); err != nil || mark != c.mark {
		return errors.Join(errDeaf, err)
	}
	return nil
}

func (c *copying) run(ctx context.Context) error {
	if err := c.readDocs(ctx); err != nil {
		return err
	}
	if err := c.readJobs(ctx); err != nil {
		return err
	}
	for range copyTries {
		done, err := c.settle(ctx)
		if err != nil || done {
			return err
		}
	}
	return errRestless
}

func (c *copying) readDocs(ctx context.Context) error {
	for after := ""; ; {
		docs, err := c.store.List(ctx, "", after, copyPage)
		if err = errors.Join(err, c.goOn(ctx)); err != nil {
			return err
		}
		for i := range docs {
			after = docs[i].Key
			if err := c.visit(storage.Item{Doc: &docs[i]}); err != nil {
				return err
			}
		}
		if len(docs) < copyPage {
			return nil
		}
	}
}

func (c *copying) readJobs(ctx context.Context) error {
	home, err := c.store.servers.home(ctx)
	if err != nil {
		return err
	}
	// Numbers are given in the order of commits, so a job with a number up to this one that is read below is read whole.
	seq, err := home.Get(ctx, c.store.root+parts.number).Int64()
	if err != nil && !errors.Is(err, goredis.Nil) {
		return err
	}
	c.seq = seq
	for after := ""; ; {
		jobs, err := c.store.Jobs(ctx, storage.Filter{}, after, copyPage)
		if err = errors.Join(err, c.goOn(ctx)); err != nil {
			return err
		}
		for _, j := range jobs {
			after = j.ID
			if j.Seq <= seq {
				c.jobs[j.ID] = j
			}
		}
		if len(jobs) < copyPage {
			return nil
		}
	}
}

// settle reads what has changed until it is little, then takes the moment; false: a commit came between.
func (c *copying) settle(ctx context.Context) (bool, error) {
	keys := c.news.take()
	for range copyTries {
		if len(keys) <= copyFew {
			break
		}
		if _, err := c.reread(ctx, keys, 0); err != nil {
			return false, err
		}
		if err := c.goOn(ctx); err != nil {
			return false, err
		}
		keys = c.news.take()
	}
	if len(keys) > copyFew {
		return false, errRestless
	}
	at, err := c.moment(ctx, keys)
	if err != nil {
		return false, err
	}
	late, err := c.reread(ctx, c.news.take(), at.number)
	if err != nil || late {
		return false, err
	}
	return true, c.finish(ctx, at)
}

// reread hands documents over once more; late says that one of them may have changed after rev.
func (c *copying) reread(ctx context.Context, keys []string, rev int64) (late bool, err error) {
	for some := range slices.Chunk(keys, pageKeys) {
		docs, err := c.store.Load(ctx, some...)
		if err != nil {
			return false, err
		}
		for i := range docs {
			late = late || docs[i].Rev > rev || docs[i].Rev == 0 // a deletion does not say when it was
			if err := c.visit(storage.Item{Doc: &docs[i]}); err != nil {
				return false, err
			}
		}
	}
	return late, nil
}

// Raise makes sure that numbers given from now on are above n.
func (s *Store) Raise(ctx context.Context, n int64) error {
	if s.closed() {
		return storage.ErrClosed
	}
	if _, err := s.again(ctx, s.writes, s.command(raiseScript, n)); err != nil {
		return fmt.Errorf("redis: raise: %w", err)
	}
	return nil
}

// Forget forgets every Once name.
func (s *Store) Forget(ctx context.Context) error {
	if s.closed() {
		return storage.ErrClosed
	}
	err := s.scanNames(ctx, func(home *goredis.Client, keys []string) error {
		return s.servers.explain(home.Unlink(ctx, keys...).Err())
	})
	if err != nil {
		return fmt.Errorf("redis: forget: %w", err)
	}
	return nil
}
