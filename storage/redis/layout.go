package redis

import (
	"context"
	"fmt"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// layout names the way in which documents and jobs lie in Redis. It stands where releases before it counted, so that none of them can
// write to what it no longer understands: their commits fail, whole.
const layout = "layout 2"

const layoutPage = 500 // documents or jobs changed by one script

// settleIn makes sure that the data have the layout of this release. Those of an earlier one are changed, once, in small steps; a
// process of that release which still runs cannot record anything from the first step on. What it had claimed is offered again.
func (s *Store) settleIn(ctx context.Context) error {
	home, err := s.servers.home(ctx)
	if err != nil {
		return err
	}
	was, err := home.Get(ctx, s.root+part("FENCE")).Result()
	if err == nil && was == layout {
		return nil
	}
	state, err := s.layoutStep(ctx, home, "begin", "-")
	if err != nil && strings.HasPrefix(err.Error(), "READONLY") {
		return nil // Check says so
	}
	if err != nil || state == "done" {
		return err
	}
	s.log.Info("redis: the data are brought to the layout of this release", "redis", s.servers.addr.String())
	for _, step := range []string{"docs", "jobs", "end"} {
		for low := "-"; low != ""; {
			last, err := s.layoutStep(ctx, home, step, low)
			if err != nil {
				return fmt.Errorf("bringing the data to the layout of this release: %w", err)
			}
			if low = last; low != "" {
				low = "(" + last
			}
		}
	}
	return nil
}

func (s *Store) layoutStep(ctx context.Context, home *goredis.Client, step, low string) (string, error) {
	return home.Eval(ctx, layoutScript.source, []string{s.root}, layout, step, low, layoutPage).Text()
}
