package redis

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"olle/storage"
)

// instant is the moment of a copy.
type instant struct {
	number int64         // the last one given out
	jobs   []storage.Job // in the order of Seq
}

// moment runs the one script, hands over the documents it read, and waits until all news from before it have come.
func (c *copying) moment(ctx context.Context, keys []string) (at instant, err error) {
	s, word := c.store, rand.Text()
	args := []any{c.seq, c.mark, word, len(keys)}
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
	if len(reply) < 1+2*len(keys) || text(reply[0]) == "" {
		return at, errDeaf
	}
	at.number, reply = integer(reply[0]), reply[1:]
	now := s.now()
	for _, k := range keys {
		d := storage.Doc{Key: k}
		if head := text(reply[0]); head != "" {
			if found := readDoc(k, head, text(reply[1])); found.Until.IsZero() || now.Before(found.Until) {
				d = found
			}
		}
		if err := c.visit(storage.Item{Doc: &d}); err != nil {
			return at, err
		}
		reply = reply[2:]
	}
	if at.jobs, err = c.jobsOf(reply); err != nil {
		return at, err
	}
	return at, c.news.hear(ctx, word)
}

func (c *copying) jobsOf(r []any) (jobs []storage.Job, err error) {
	for len(r) > 0 {
		if id := text(r[0]); id != "" {
			jobs, r = append(jobs, c.jobs[id]), r[1:]
			continue
		}
		j, odd := readJob(text(r[1]), text(r[2]))
		jobs, r, err = append(jobs, j), r[3:], errors.Join(err, odd)
	}
	slices.SortFunc(jobs, func(a, b storage.Job) int { return cmp.Compare(a.Seq, b.Seq) })
	return jobs, err
}

// finish hands over the jobs and names of the moment.
func (c *copying) finish(ctx context.Context, at instant) error {
	if err := c.visit(storage.Item{Last: at.number}); err != nil {
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
	s := c.store
	return s.scanNames(ctx, func(home *goredis.Client, keys []string) error {
		values, err := home.MGet(ctx, keys...).Result()
		if err != nil {
			return s.servers.explain(err)
		}
		for i, v := range values {
			if value, ok := v.(string); ok && at.has(value) {
				if err := c.visit(storage.Item{Name: strings.TrimPrefix(keys[i], s.root+parts.once)}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// scanNames hands the keys of all Once names to visit, some at a time.
func (s *Store) scanNames(ctx context.Context, visit func(home *goredis.Client, keys []string) error) error {
	home, err := s.servers.home(ctx)
	if err != nil {
		return err
	}
	for cursor := uint64(0); ; {
		keys, next, err := home.Scan(ctx, cursor, s.root+parts.once+"*", copyPage).Result()
		if err != nil {
			return s.servers.explain(err)
		}
		if len(keys) > 0 {
			if err := visit(home, keys); err != nil {
				return err
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// has says whether the commit of a name's value ("nonce, revision, number") was made by the moment. A commit that wrote neither document
// nor job took no number, and its name does no harm.
func (at instant) has(value string) bool {
	fields := strings.Fields(value)
	return len(fields) == 3 && integer(fields[2]) <= at.number
}
