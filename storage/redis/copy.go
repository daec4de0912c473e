package redis

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
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
var errRestless = errors.New("redis: copy: documents change faster than they can be read; try again when it is quieter")

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
	c := &copying{store: s, visit: visit, jobs: map[string]storage.Job{}, news: news{changed: map[string]bool{}, words: make(chan string, copyTries)}}
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
	jobs  map[string]storage.Job
	seq   int64 // the highest number of a job known
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
		if err != nil {
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
	seq, err := home.Get(ctx, c.store.root+part("SEQ")).Int64()
	if err != nil && !errors.Is(err, goredis.Nil) {
		return err
	}
	c.seq = seq
	for after := ""; ; {
		jobs, err := c.store.Jobs(ctx, storage.Filter{}, after, copyPage)
		if err != nil {
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
		keys = c.news.take()
	}
	if len(keys) > copyFew {
		return false, errRestless
	}
	at, err := c.moment(ctx, keys)
	if err != nil {
		return false, err
	}
	late, err := c.reread(ctx, c.news.take(), at.rev)
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

// instant is the moment of a copy.
type instant struct {
	rev, seq int64
	jobs     []storage.Job // in the order of Seq
}

// moment runs the one script, hands over the documents it read, and waits until all news from before it have come.
func (c *copying) moment(ctx context.Context, keys []string) (at instant, err error) {
	s, word := c.store, rand.Text()
	args := []any{c.seq, word, len(keys)}
	for _, k := range keys {
		args = append(args, k)
	}
	home, err := s.servers.home(ctx)
	if err != nil {
		return at, err
	}
	slow := home.WithTimeout(time.Minute)
	reply, err := slow.Eval(ctx, copyScript.source, []string{s.root}, args...).Slice()
	if err != nil {
		return at, s.servers.explain(err)
	}
	at.rev, at.seq, reply = integer(reply[0]), integer(reply[1]), reply[2:]
	now := s.now()
	for _, k := range keys {
		d := storage.Doc{Key: k}
		if until := moment(reply[1]); integer(reply[0]) != 0 && (until.IsZero() || now.Before(until)) {
			d.Rev, d.Until, d.Data = integer(reply[0]), until, []byte(text(reply[2]))
		}
		if err := c.visit(storage.Item{Doc: &d}); err != nil {
			return at, err
		}
		reply = reply[3:]
	}
	at.jobs = c.jobsOf(reply)
	return at, c.news.hear(ctx, word)
}

func (c *copying) jobsOf(r []any) (jobs []storage.Job) {
	for len(r) > 0 {
		if id := text(r[0]); id != "" {
			jobs, r = append(jobs, c.jobs[id]), r[1:]
			continue
		}
		jobs = append(jobs, storage.Job{
			ID: text(r[1]), Queue: text(r[2]), Lane: text(r[3]), Bulk: text(r[4]) == "1", At: moment(r[5]), Data: []byte(text(r[6])),
			Born: moment(r[7]), Seq: integer(r[8]),
		})
		r = r[9:]
	}
	slices.SortFunc(jobs, func(a, b storage.Job) int { return cmp.Compare(a.Seq, b.Seq) })
	return jobs
}

// finish hands over the jobs and names of the moment.
func (c *copying) finish(ctx context.Context, at instant) error {
	if err := c.visit(storage.Item{Last: max(at.rev, at.seq)}); err != nil {
		return err
	}
	for i := range at.jobs {
		at.jobs[i].Token, at.jobs[i].Tries = 0, 0
		if err := c.visit(storage.Item{Job: &at.jobs[i]}); err != nil {
			return err
		}
	}
	return c.names(ctx, at)
}

// names hands over the Once names that were committed by the moment.
func (c *copying) names(ctx context.Context, at instant) error {
	home, err := c.store.servers.home(ctx)
	if err != nil {
		return err
	}
	prefix := c.store.root + part("ONCE")
	for cursor := uint64(0); ; {
		keys, next, err := home.Scan(ctx, cursor, prefix+"*", copyPage).Result()
		if err != nil {
			return c.store.servers.explain(err)
		}
		if len(keys) > 0 {
			values, err := home.MGet(ctx, keys...).Result()
			if err != nil {
				return c.store.servers.explain(err)
			}
			for i, v := range values {
				if value, ok := v.(string); ok && at.has(value) {
					if err := c.visit(storage.Item{Name: strings.TrimPrefix(keys[i], prefix)}); err != nil {
						return err
					}
				}
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// has says whether the commit of a name's value ("nonce, revision, last seq before it") was made by the moment. A commit that wrote
// neither document nor job has no number, and its name does no harm.
func (at instant) has(value string) bool {
	fields := strings.Fields(value)
	if len(fields) != 3 {
		return false
	}
	rev, before := integer(fields[1]), integer(fields[2])
	if rev > 0 {
		return rev <= at.rev
	}
	return before == 0 || before < at.seq
}

// Raise makes sure that numbers given from now on are above n.
func (s *Store) Raise(ctx context.Context, n int64) error {
	if s.closed() {
		return storage.ErrClosed
	}
	if _, err := s.again(ctx, s.writes, raiseScript, n); err != nil {
		return fmt.Errorf("redis: raise: %w", err)
	}
	return nil
}
