package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"olle/flows"
	"olle/storage"
	"olle/storage/redis"
)

// settle waits until nothing is left to do, and says how long that took.
func (c *chaos) settle() {
	begun := time.Now()
	for {
		left := c.unsettled()
		if left == nil {
			c.t.Logf("settled %s after the storm; %s; %s", time.Since(begun).Round(100*time.Millisecond), c.telegram.describe(), c.discord.describe())
			return
		}
		if time.Since(begun) > settleTime {
			c.broken("nothing is lost, and service comes back", c.storm, "%s after the storm: %v", settleTime, left)
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// unsettled is what is still to be done; nil nothing.
func (c *chaos) unsettled() error {
	var all []error
	for _, r := range c.replicas {
		all = append(all, r.ready())
	}
	all = append(all, c.discord.connected())
	for _, g := range c.guests {
		n, _, ok := g.answers()
		if missing := g.unanswered(n); !ok || len(missing) > 0 {
			all = append(all, fmt.Errorf("%s has no answer to %v", g, missing))
		}
		if g.name != "" {
			for item := range g.files {
				if n, _ := g.count(fmt.Sprintf("Received: %s,", c.item(item))); n == 0 {
					all = append(all, fmt.Errorf("%s has no receipt of item %d", g, item))
				}
			}
		}
	}
	if err := errors.Join(all...); err != nil {
		return err
	}
	return c.reading(func(ctx context.Context, store storage.Store) error {
		if r, err := c.announcement(ctx, store); err != nil || r.State != flows.AnnouncementFinished {
			return errors.Join(err, fmt.Errorf("the announcement is %q, %d of %d sent", r.State, r.Sent, r.Recipients))
		}
		jobs, err := store.Jobs(ctx, storage.Filter{}, "", 1000)
		jobs = slices.DeleteFunc(jobs, func(j storage.Job) bool { return j.Queue == "clock" || j.Queue == "given-up" })
		if len(jobs) > 0 {
			err = errors.Join(err, fmt.Errorf("%d jobs wait, the first is %s in %s for %s", len(jobs), jobs[0].ID, jobs[0].Queue, jobs[0].At))
		}
		return err
	})
}

// unanswered are the words of a guest that have no answer yet. What was said while the guest blocked the bot cannot have one.
func (g *talker) unanswered(numbers []int) (missing []int) {
	for n := max(1, g.away); n <= g.words(); n++ {
		if !slices.Contains(numbers, n) {
			missing = append(missing, n)
		}
	}
	return missing
}

// item is the name of a checklist's item.
func (c *chaos) item(number int) string { return c.event.Items[number-1].Name }

func (c *chaos) reading(do func(ctx context.Context, store storage.Store) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	store, err := redis.Open(ctx, redis.Options{URL: c.redisURL})
	if err != nil {
		return err
	}
	defer store.Close()
	return do(ctx, store)
}
