package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"olle/flows"
	"olle/storage/redis/redistest"
)

var (
	chaosFor  = flag.Duration("chaos", 0, "how long TestChaos blows; 0: one short storm of a fixed seed")
	chaosSeed = flag.Uint64("seed", 0, "seed of TestChaos' first storm; 0: of the clock with -chaos, else fixed")
)

const (
	shortStorm = 8 * time.Second
	longStorm  = 2 * time.Minute // longer runs are several storms, each from nothing
	mostOff    = 5 * time.Second // by how much the clock of a replica is wrong
	settleTime = 2 * time.Minute // after a storm; what a killed process was at is free after two seconds, a network's reader after 15
)

// Replicas are killed, frozen and restarted, Redis is killed and frozen, networks are slow, cut and half cut, the disk fills, the clock
// jumps, no two replicas' clocks agree, the platforms answer with every error they know and bring everything twice, while people on three networks talk, send files,
// take part in a quiz, are told something and reminded. When it is over every promise is looked at from outside: see chaos_verdict_test.go.
//
// All that happens follows from the seed, which is printed; only how the system schedules processes does not.
func TestChaos(t *testing.T) {
	redistest.Need(t)
	storm, seed := shortStorm, uint64(2020)
	if *chaosFor > 0 {
		seed = uint64(time.Now().UnixNano()) % 1_000_000
	} else {
		t.Parallel()
	}
	if *chaosSeed != 0 {
		seed = *chaosSeed
	}
	for begun := time.Now(); ; seed++ {
		if left := *chaosFor - time.Since(begun); *chaosFor > 0 {
			storm = min(max(left.Round(time.Second), shortStorm), longStorm)
		}
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) { newChaos(t, seed, storm).run() })
		if t.Failed() || time.Since(begun) >= *chaosFor {
			return
		}
	}
}

// chaos is one storm and what it blows upon.
type chaos struct {
	t     *testing.T
	seed  uint64
	storm time.Duration
	blows []blow
	event *flows.Event

	ctx       context.Context
	redis     *redistest.Server
	redisURL  string // without any link between
	redisGone bool
	telegram  *fakeTelegram
	discord   *fakeDiscord
	toDiscord *link
	env       map[string]string // of a program that meets no bad weather
	key       string            // file of the organisers' identity
	disk      string            // where documents are kept
	room      bool              // it is a small disk of its own, which can be filled
	replicas  []*replica
	guests    []*talker
	host      *talker // an organiser
	quiz      *chaosQuiz

	mu     sync.Mutex
	now    time.Time     // the program's time when this was made
	made   time.Time     // when that was
	jumped time.Duration // by how much the clock was moved since
	begun  time.Time     // the storm; zero before
	blown  int           // acts of the schedule that were done
	over   bool
	pick   *rand.Rand // of replicas that guests reach
}

const chaosRedisPassword = "chaos-PASSWORD-of-redis"

func newChaos(t *testing.T, seed uint64, storm time.Duration) *chaos {
	c := &chaos{t: t, seed: seed, storm: storm, ctx: t.Context(), event: book2020(t).Current, made: time.Now(), pick: rand.New(rand.NewPCG(seed, 3))}
	c.now = time.Date(2020, 2, 7, 11, 45, 0, 0, kst) // a quarter of an hour before the reminder of the last week
	count := 2
	if storm >= time.Minute {
		count = 3
	}
	c.blows = schedule(seed, storm, count)
	c.redis = redistest.NewServer(t, "--appendfsync", "always", "--requirepass", chaosRedisPassword)
	c.redisURL = "redis://:" + chaosRedisPassword + "@" + c.redis.Addr()
	c.telegram, c.discord = newFakeTelegram(t, seed), newFakeDiscord(t, seed)
	c.telegram.weight, c.discord.weight = c.undisturbed, c.undisturbed
	c.toDiscord = newLink(t, hostOf(c.discord.server.URL))
	c.disk, c.room = smallDisk(t, 64<<20)
	if !c.room {
		t.Log("the disk is never full: that takes the right to mount one")
	}
	recipient, key := keyFile(t)
	c.key = key
	c.env = map[string]string{
		"OLLE_EVENT": "vca-jeju-2020", "OLLE_AGE_RECIPIENTS": recipient, "OLLE_FILES_URL": c.disk, "OLLE_REDIS_URL": c.redisURL,
		"OLLE_DATA_DIR": t.TempDir(), "OLLE_TELEGRAM_TOKEN": chaosTelegramToken, "OLLE_TELEGRAM_PER_CHAT": "20",
		"OLLE_DISCORD_TOKEN": chaosDiscordToken, "OLLE_DISCORD_API_URL": "http://" + c.toDiscord.addr(),
	}
	if seed%2 == 1 {
		c.env["OLLE_TELEGRAM_WEBHOOK_URL"] = "http://telegram.invalid/telegram/webhook" // the fake has its own way to the replicas
	}
	for i := range count {
		c.replicas = append(c.replicas, c.newReplica(i))
	}
	return c
}

func (c *chaos) newReplica(i int) *replica {
	off := time.Duration(rand.New(rand.NewPCG(c.seed, 11+uint64(i))).Int64N(int64(2*mostOff))) - mostOff
	r := &replica{t: c.t, name: fmt.Sprint("replica ", i), redis: newLink(c.t, c.redis.Addr()), tg: newLink(c.t, hostOf(c.telegram.server.URL))}
	r.now = func() time.Time { return c.programTime().Add(off) }
	c.t.Logf("the clock of %s is %s off", r.name, off.Round(10*time.Millisecond))
	r.env = with(c.env, "OLLE_DATA_DIR", filepath.Join(c.t.TempDir(), fmt.Sprint(i)), "OLLE_REDIS_URL", "redis://:"+chaosRedisPassword+"@"+r.redis.addr(),
		"OLLE_TELEGRAM_API_URL", "http://"+r.tg.addr())
	return r
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return u.Host
}

func (c *chaos) run() {
	c.t.Logf("seed %d, %d replicas, a storm of %s, Telegram by %s; repeat it: %s", c.seed, len(c.replicas), c.storm, c.telegramBy(), c.again())
	for _, r := range c.replicas {
		r.begin()
	}
	if c.env["OLLE_TELEGRAM_WEBHOOK_URL"] != "" {
		go c.telegram.pushUpdates(c.ctx, c.anyReplica)
	}
	c.prepare()
	if c.t.Failed() {
		c.t.FailNow()
	}
	c.mu.Lock()
	c.begun = time.Now()
	c.mu.Unlock()
	var busy sync.WaitGroup
	for _, g := range c.guests {
		busy.Go(g.talk)
		busy.Go(g.handsIn)
	}
	busy.Go(c.organise)
	c.rage()
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.calm()
	busy.Wait()
	c.settle()
	c.judge()
}

// rage lets the schedule happen.
func (c *chaos) rage() {
	for _, a := range c.acts(c.blows) {
		pause(c.ctx, time.Until(c.begun.Add(a.at)))
		if a.what != "" {
			c.mu.Lock()
			c.blown++
			c.t.Logf("step %d: %s", c.blown, a.what)
			c.mu.Unlock()
		}
		a.do()
	}
	pause(c.ctx, time.Until(c.begun.Add(c.storm)))
}

// again is the command that repeats this storm.
func (c *chaos) again() string {
	length := fmt.Sprintf(" -chaos %s", c.storm.Round(time.Second))
	if c.storm == shortStorm {
		length = ""
	}
	return fmt.Sprintf("go test ./cmd/olle -run 'TestChaos$' -v%s -seed %d", length, c.seed)
}

func (c *chaos) telegramBy() string {
	if c.env["OLLE_TELEGRAM_WEBHOOK_URL"] != "" {
		return "webhook"
	}
	return "polling"
}

// broken says which promise does not hold, and when it was broken, as far as that is known.
func (c *chaos) broken(promise string, at time.Duration, format string, args ...any) {
	step, what := 0, "before the storm"
	for i, b := range c.blows {
		if b.at <= at {
			step, what = i+1, b.String()
		}
	}
	c.t.Errorf("BROKEN: %s. %s (at %s, the last step was %d: %s; seed %d; repeat it: %s)",
		promise, fmt.Sprintf(format, args...), at.Round(10*time.Millisecond), step, what, c.seed, c.again())
}

// since is how long the storm has blown; 0 before.
func (c *chaos) since() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.begun.IsZero() {
		return 0
	}
	return time.Since(c.begun)
}

func (c *chaos) storming() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.over && c.ctx.Err() == nil
}

// programTime is what a process that starts now is told.
func (c *chaos) programTime() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now.Add(time.Since(c.made) + c.jumped)
}

// undisturbed says that nothing has held messages back lately, so that what arrives together was also sent together.
func (c *chaos) undisturbed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.begun.IsZero() {
		return true
	}
	now := time.Since(c.begun)
	for _, b := range c.blows {
		held := strings.HasSuffix(b.what, "network") || b.what == "freeze" || b.what == "redis frozen"
		if held && b.at <= now && now < b.at+b.lasts+3*time.Second {
			return false
		}
	}
	return true
}

// anyReplica is the address of one, as a balancer before them might choose.
func (c *chaos) anyReplica() string {
	c.mu.Lock()
	r := c.replicas[c.pick.IntN(len(c.replicas))]
	c.mu.Unlock()
	return r.address()
}
