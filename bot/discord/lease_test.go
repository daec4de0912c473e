package discord_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"olle/bot"
	"olle/bot/discord"
)

// rights is a store's leases.
type rights struct {
	mu    sync.Mutex
	owner string
	until time.Time
	away  map[string]bool // whom the store does not answer
}

func (r *rights) of(owner string) bot.Lease {
	return func(_ context.Context, name string, d time.Duration) (bool, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		switch {
		case name == "" || r.away[owner]:
			return false, errors.New("no answer")
		case r.owner != owner && time.Now().Before(r.until):
			return false, nil
		}
		r.owner, r.until = owner, time.Now().Add(d)
		return d > 0, nil
	}
}

// replicas are two bots with one token, store and network.
type replicas struct {
	*network
	rights *rights
	first  *run // the one that is connected
	second *run
	most   int // connections at once
}

func newReplicas(t *testing.T) *replicas {
	s := &replicas{network: newNetwork(t), rights: &rights{away: map[string]bool{}}}
	memory := newKept()
	open := func(name string) *run {
		return receive(t, newDiscord(t, s.network, func(o *discord.Options) { o.Memory, o.Replica, o.Lease = memory, name, s.rights.of(name) }))
	}
	s.first = open("first")
	s.ready()
	s.second = open("second")
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	go func() {
		for ctx.Err() == nil {
			now := 0
			s.each(func(*session) { now++; s.most = max(s.most, now) })
			time.Sleep(time.Millisecond)
		}
	}()
	return s
}

// over checks that the second has taken the session up within a time, that it got the text and the interaction of the time between,
// and that there were never two.
func (s *replicas) over(within time.Duration, a *asked) {
	s.t.Helper()
	begun := time.Now()
	for end := begun.Add(within); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		s.second.mu.Lock()
		n := len(s.second.took)
		s.second.mu.Unlock()
		if n >= 2 {
			break
		}
	}
	s.second.all("between", "/status")
	s.acked(a, 5)
	s.network.mu.Lock()
	defer s.network.mu.Unlock()
	if s.most != 1 || s.resumes != 1 || len(s.identify) != 1 {
		s.t.Errorf("%d connections at once, %d resumes, %d identifies", s.most, s.resumes, len(s.identify))
	}
	s.t.Logf("taken over after %s", time.Since(begun).Round(time.Millisecond))
}

func (s *replicas) acked(a *asked, kind float64) {
	s.t.Helper()
	s.until("an acknowledgement", func() bool { return a.kind == kind })
}

var status = object{"name": "status", "type": 1}

func TestOneOfTwoReplicasIsConnectedAndTheOtherTakesOver(t *testing.T) {
	t.Parallel()
	s := newReplicas(t)
	s.say("hello", nil)
	s.first.all("hello")
	s.first.stop()
	s.say("between", nil)
	s.over(2*bot.LeaseTime/5, s.use(2, status, nil, false))
}

func TestAReplicaThatLosesTheStoreLeavesTheNetworkToTheOther(t *testing.T) {
	t.Parallel()
	s := newReplicas(t)
	s.say("hello", nil)
	s.first.all("hello")
	s.rights.mu.Lock()
	s.rights.away["first"] = true
	s.rights.mu.Unlock()
	s.until("the first is gone", func() bool {
		for _, one := range s.sessions {
			if one.conn != nil {
				return false
			}
		}
		return true
	})
	s.say("between", nil)
	s.over(bot.LeaseTime/2, s.use(2, status, nil, false))
}
